"""The function may do what it does, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.deploy.template import TEMPLATE, listed, load_template, properties, role_statements

# Actions for which IAM knows no resource, each with its place in the service authorization
# reference (docs.aws.amazon.com/service-authorization/latest/reference/).
WITHOUT_RESOURCES = {
    "sagemaker:ListInferenceRecommendationsJobSteps",  # list_amazonsagemakerai.html
    "cloudwatch:GetMetricData",  # list_amazoncloudwatch.html; needed across metrics
    "xray:PutTraceSegments",  # list_awsx-ray.html
    "xray:PutTelemetryRecords",
}

# moto's account and the test's region
IN_SECRETS_MANAGER = "arn:aws:secretsmanager:eu-west-1:123456789012:secret"
IN_SSM = "arn:aws:ssm:eu-west-1:123456789012:parameter"
A_SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:recgate/slack-AbC123"
A_KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize("sid", sorted(role_statements()))
def test_no_statement_of_the_role_allows_more_than_it_names(sid: str) -> None:
    """Actions in full; a resource wherever IAM has one; nothing by exclusion."""
    statement = role_statements()[sid]
    actions = set(listed(statement["Action"]))

    assert statement["Effect"] == "Allow"
    assert not any("*" in action or "?" in action for action in actions)
    assert not {"NotAction", "NotResource"} & set(statement)
    if "*" in listed(statement["Resource"]):
        assert actions <= WITHOUT_RESOURCES


def test_the_role_has_no_policies_but_its_own() -> None:
    """A managed policy would grant what this file does not show."""
    role = properties("CheckRole")

    assert "ManagedPolicyArns" not in role
    assert properties("CheckFunction")["Role"] == {"Fn::GetAtt": ["CheckRole", "Arn"]}
    assert "Policies" not in properties("CheckFunction")


def test_the_ledger_is_append_only_for_the_function() -> None:
    """A recorded decision can be neither changed nor removed by what recorded it."""
    actions = {
        action
        for statement in role_statements().values()
        for action in listed(statement["Action"])
        if action.startswith("dynamodb:")
    }

    assert actions == {
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:GetItem",
        "dynamodb:ConditionCheckItem",
    }
    assert role_statements()["AppendToLedger"]["Resource"] == {"Fn::GetAtt": ["LedgerTable", "Arn"]}


def test_every_statement_of_the_role_is_explained_where_it_stands() -> None:
    """Whoever reviews the template need not guess."""
    lines = TEMPLATE.read_text("utf-8").splitlines()
    before = {
        line.split()[-1]: lines[number - 1].strip()
        for number, line in enumerate(lines)
        if line.strip().startswith("- Sid:")
    }

    unexplained = [sid for sid in role_statements() if not before[sid].startswith("#")]

    assert unexplained == []


@pytest.mark.parametrize(
    ("parameters", "granted"),
    [
        pytest.param({}, {}, id="no Slack, no secret"),
        pytest.param(
            {"SlackSecretName": "recgate/slack"},
            {"ReadSlackSecret": f"{IN_SECRETS_MANAGER}:recgate/slack-??????"},
            id="the name of a secret",
        ),
        pytest.param(
            {"SlackSecretName": A_SECRET}, {"ReadSlackSecret": A_SECRET}, id="the ARN of a secret"
        ),
        pytest.param(
            {"SlackSecretName": "ssm:/recgate/slack", "SlackSecretKeyArn": A_KEY},
            {
                "ReadSlackParameter": f"{IN_SSM}/recgate/slack",
                "DecryptSlackSecret": A_KEY,
            },
            id="an SSM parameter with a key of its own",
        ),
    ],
)
def test_the_function_may_read_the_one_secret_that_was_named(
    parameters: dict[str, str], granted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudFormation (moto's) works out the conditional statements of the role."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(variable, "testing")
    template = load_template()
    stack = {
        "Parameters": template["Parameters"],
        "Conditions": template["Conditions"],
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": dict(conditional_grants()),
    }

    with mock_aws():
        cloudformation = boto3.client("cloudformation", region_name="eu-west-1")
        cloudformation.create_stack(
            StackName="recgate",
            TemplateBody=json.dumps(stack),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
        )
        (made,) = cloudformation.describe_stacks(StackName="recgate")["Stacks"]

    outputs = made.get("Outputs", [])
    assert {each["OutputKey"]: each["OutputValue"] for each in outputs} == granted


def conditional_grants() -> Iterator[tuple[str, dict[str, Any]]]:
    """The resources of the role's conditional statements, as outputs under their condition."""
    for policy in properties("CheckRole")["Policies"]:
        if "Fn::If" in policy:
            condition, then, _ = policy["Fn::If"]
            for statement in then["PolicyDocument"]["Statement"]:
                output = {"Condition": condition, "Value": statement["Resource"]}
                yield statement["Sid"], output


def test_no_secret_is_readable_unconditionally() -> None:
    """Every statement about secrets is under a condition."""
    readers = {
        sid
        for sid, statement in role_statements().items()
        for action in listed(statement["Action"])
        if action.startswith(("secretsmanager:", "ssm:"))
    }

    assert readers == {"ReadSlackSecret", "ReadSlackParameter"}
    assert readers <= {sid for sid, _ in conditional_grants()}

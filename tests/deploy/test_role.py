"""The functions may do what they do, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from tests.deploy.cloudformation import ACCOUNT, REGION, worked_out
from tests.deploy.template import (
    MEMBER,
    TEMPLATE,
    conditional_statements,
    listed,
    properties,
    resources,
    role_statements,
)

# Actions for which IAM knows no resource, each with its place in the service authorization
# reference (docs.aws.amazon.com/service-authorization/latest/reference/). cfn-lint carries a copy
# of it (cfnlint/data/AdditionalSpecs/Policies.json), where they have no resources either.
WITHOUT_RESOURCES = {
    "sagemaker:ListInferenceRecommendationsJobs",  # list_amazonsagemakerai.html
    "sagemaker:ListInferenceRecommendationsJobSteps",  # list_amazonsagemakerai.html
    "cloudwatch:GetMetricData",  # list_amazoncloudwatch.html; needed across metrics
    "xray:PutTraceSegments",  # list_awsx-ray.html
    "xray:PutTelemetryRecords",
}

ROLES = [
    (template, role)
    for template in (TEMPLATE, MEMBER)
    for role in resources("AWS::IAM::Role", template)
]
STATEMENTS = [
    pytest.param(template, role, sid, id=f"{template.stem}-{role}-{sid}")
    for template, role in ROLES
    for sid in role_statements(role, template)
]

# moto's account and the test's region
IN_SECRETS_MANAGER = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
IN_SSM = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter"
A_SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:recgate/slack-AbC123"
A_KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def actions_of(role: str, service: str) -> set[str]:
    """What a role may do with one service."""
    return {
        action
        for statement in role_statements(role).values()
        for action in listed(statement["Action"])
        if action.startswith(f"{service}:")
    }


@pytest.mark.parametrize(("template", "role", "sid"), STATEMENTS)
def test_no_statement_allows_more_than_it_names(template: Path, role: str, sid: str) -> None:
    """Actions in full; a resource wherever IAM has one; nothing by exclusion."""
    statement = role_statements(role, template)[sid]
    actions = set(listed(statement["Action"]))

    assert statement["Effect"] == "Allow"
    assert not any("*" in action or "?" in action for action in actions)
    assert not {"NotAction", "NotResource"} & set(statement)
    if "*" in listed(statement["Resource"]):
        assert actions <= WITHOUT_RESOURCES


@pytest.mark.parametrize(("template", "role"), ROLES)
def test_no_role_has_policies_but_its_own(template: Path, role: str) -> None:
    """A managed policy would grant what this file does not show."""
    assert "ManagedPolicyArns" not in properties(role, template)


@pytest.mark.parametrize(
    ("function", "role"),
    [
        ("CheckFunction", "CheckRole"),
        ("WatchFunction", "WatchRole"),
        ("SealFunction", "SealRole"),
    ],
)
def test_each_function_has_a_role_of_its_own(function: str, role: str) -> None:
    """SAM would make one, with a managed policy, for a function that names none."""
    assert properties(function)["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    assert "Policies" not in properties(function)


@pytest.mark.parametrize(("template", "role"), ROLES)
def test_a_role_trusts_whom_it_is_for(template: Path, role: str) -> None:
    """One service, on behalf of this account only where the service says on whose; or the hub."""
    (trust,) = properties(role, template)["AssumeRolePolicyDocument"]["Statement"]
    this_account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    hub = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${HubAccount}:root"}}
    named = trust.get("Condition", {}).get("ArnLike")  # tests/deploy/test_places.py has whom

    wanted: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
        "CheckRole": ({"Service": "lambda.amazonaws.com"}, None),
        "WatchRole": ({"Service": "lambda.amazonaws.com"}, None),
        "SealRole": ({"Service": "lambda.amazonaws.com"}, None),
        "SealScheduleRole": ({"Service": "scheduler.amazonaws.com"}, this_account),
        "WatchScheduleRole": ({"Service": "scheduler.amazonaws.com"}, this_account),
        "DigestScheduleRole": ({"Service": "scheduler.amazonaws.com"}, this_account),
        "ForwardRole": ({"Service": "events.amazonaws.com"}, this_account),
        "MemberRole": (hub, {"ArnLike": named}),
    }

    assert trust["Action"] == "sts:AssumeRole"
    assert (trust["Principal"], trust.get("Condition")) == wanted[role]


def test_the_ledger_is_append_only_for_the_check() -> None:
    """A recorded decision can be neither changed nor removed by what recorded it; a new record
    moves the head of its chain, and nothing else. It cannot say that something is sealed.
    """
    statements = role_statements("CheckRole")

    assert actions_of("CheckRole", "dynamodb") == {
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:GetItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:BatchGetItem",
        "dynamodb:UpdateItem",
    }
    assert on_streams(statements["MoveHeads"]) == {"chains", "chain-head:*"}
    assert statements["MoveHeads"]["Action"] == "dynamodb:UpdateItem"
    assert [sid for sid, each in statements.items() if "dynamodb:UpdateItem" in each["Action"]] == [
        "MoveHeads"
    ]
    assert statements["AppendToLedger"]["Condition"] == {
        "ForAllValues:StringNotLike": {
            "dynamodb:LeadingKeys": ["chains", "chain-head:*", "chain-sealed:*", "checkpoint:*"]
        }
    }
    assert [sid for sid, each in statements.items() if "dynamodb:PutItem" in each["Action"]] == [
        "AppendToLedger"
    ]
    assert statements["AppendToLedger"]["Resource"] == {"Fn::GetAtt": ["LedgerTable", "Arn"]}
    assert listed(statements["FindDecisions"]["Action"]) == ["dynamodb:Query"]


def test_the_sealer_writes_seals_and_checkpoints_and_nothing_else() -> None:
    """Who signs what is recorded cannot record a decision, nor change one."""
    statements = role_statements("SealRole")
    writing = {
        sid: on_streams(statement)
        for sid, statement in statements.items()
        if {"dynamodb:PutItem", "dynamodb:UpdateItem"} & set(listed(statement["Action"]))
    }

    assert writing == {
        "KeepSeals": {"chains", "chain-head:*", "chain-sealed:*", "chain:*"},
        "RecordCheckpoints": {"chain:*", "checkpoint:*"},
    }
    assert "dynamodb:DeleteItem" not in actions_of("SealRole", "dynamodb")


def test_only_the_sealer_signs_and_archives() -> None:
    """Who decides cannot vouch for it, and who vouches for it can take nothing back."""
    for role in ("CheckRole", "WatchRole"):
        assert "kms:Sign" not in actions_of(role, "kms")
        assert not any(
            "EvidenceBucket" in str(each["Resource"]) for each in role_statements(role).values()
        )
    assert actions_of("SealRole", "kms") == {"kms:Sign", "kms:Verify"}
    assert actions_of("SealRole", "s3") == {
        "s3:PutObject",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:GetBucketVersioning",
        "s3:ListBucketVersions",
    }
    assert role_statements("SealRole")["Archive"]["Resource"] == {
        "Fn::Sub": "${EvidenceBucket.Arn}/records/*"
    }


def on_streams(statement: dict[str, Any]) -> set[str]:
    """The streams of the ledger that a statement is limited to."""
    return set(statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])


def test_a_page_can_be_written_and_nothing_else() -> None:
    """What is in the bucket is neither read nor removed by the function."""
    assert actions_of("CheckRole", "s3") == {"s3:PutObject"}
    assert actions_of("WatchRole", "s3") == set()


def test_the_watcher_reads_the_ledger_and_writes_its_own_memory_only() -> None:
    """What looks whether there is a decision cannot make one."""
    on_table = {
        statement["Resource"]["Fn::GetAtt"][0]: set(listed(statement["Action"]))
        for statement in role_statements("WatchRole").values()
        if listed(statement["Action"])[0].startswith("dynamodb:")
    }

    assert on_table == {
        "LedgerTable": {"dynamodb:Query"},
        "WatchTable": {
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:DeleteItem",
            "dynamodb:DescribeTable",
        },
    }


def test_the_watcher_puts_its_own_event_and_no_other() -> None:
    """The same source as the rule takes: an event in another's name would be a lie.

    One call has several sources, hence ForAllValues, as in EventBridge's own example
    (docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html). The key for the
    detail-type takes one value, and what it is for a call of several entries is not documented.
    """
    pattern = properties("StatusChangedRule")["EventPattern"]
    statement = role_statements("WatchRole")["PutStatusChanges"]

    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": pattern["source"][0]}
    }
    assert statement["Resource"]["Fn::Sub"].endswith(":event-bus/default")


@pytest.mark.parametrize("part", ["Watch", "Seal"])
def test_a_schedule_may_start_its_function_and_nothing_else(part: str) -> None:
    """The role is EventBridge Scheduler's, not the function's."""
    (statement,) = role_statements(f"{part}ScheduleRole").values()

    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"] == {"Fn::GetAtt": [f"{part}Function", "Arn"]}


@pytest.mark.parametrize(("template", "role", "sid"), STATEMENTS)
def test_every_statement_is_explained_where_it_stands(template: Path, role: str, sid: str) -> None:
    """Whoever reviews the template need not guess."""
    lines = template.read_text("utf-8").splitlines()

    places = [number for number, line in enumerate(lines) if line.strip() == f"- Sid: {sid}"]

    assert len(places) == 1, f"{role}: a Sid names one statement of the file"
    assert lines[places[0] - 1].strip().startswith("#")


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
    grants = {
        statement["Sid"]: (condition, statement["Resource"])
        for condition, statement in conditional_statements("CheckRole")
    }

    assert worked_out(grants, parameters, monkeypatch) == granted


def test_no_secret_is_readable_unconditionally() -> None:
    """Every statement about secrets is under a condition, and the watcher has none."""
    conditional = {statement["Sid"] for _, statement in conditional_statements("CheckRole")}
    readers = {
        sid
        for sid, statement in role_statements("CheckRole").items()
        for action in listed(statement["Action"])
        if action.startswith(("secretsmanager:", "ssm:"))
    }

    assert readers == {"ReadSlackSecret", "ReadSlackParameter", "ReadRouteSecrets"}
    assert readers <= conditional
    assert not actions_of("WatchRole", "secretsmanager") | actions_of("WatchRole", "ssm")

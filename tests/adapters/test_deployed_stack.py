"""What a deployed stack says about itself, over a local CloudFormation and Lambda."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from botocore.stub import Stubber

from recgate.adapters.deployed_stack import StackUnusable, deployed_function
from recgate.domain.place import Place
from tests.servers.aws import REGION, LocalAws, aws_client, local_aws

ENVIRONMENT = {"RECGATE_LEDGER": "dynamodb:ledger", "RECGATE_QUEUE_URL": "https://sqs/1/q"}
_ROLE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def stack_template(environment: dict[str, str], function: str = "CheckFunction") -> str:
    """A stack with nothing but a function of that logical id and its role."""
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": _ROLE_POLICY}}
    made = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": "def handler(event, context): pass"},
            "Environment": {"Variables": environment},
        },
    }
    return json.dumps({"Resources": {"Role": role, function: made}})


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        running.reset()
        for name, template in {
            "recgate": stack_template(ENVIRONMENT),
            "somebody-elses": stack_template(ENVIRONMENT, function="TheirFunction"),
        }.items():
            running.client("cloudformation").create_stack(
                StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_IAM"]
            )
        yield running


def found(aws: LocalAws, stack: str, **options: str) -> Any:
    clients = aws.client("cloudformation"), aws.client("lambda")
    return deployed_function(*clients, stack=stack, **options)


def test_the_function_of_a_stack_tells_its_environment_and_its_place(aws: LocalAws) -> None:
    """Nobody has to copy a queue's URL."""
    function = found(aws, "recgate")

    assert function.environment == ENVIRONMENT
    assert function.home == Place("123456789012", REGION)
    assert function.name.startswith("recgate-CheckFunction-")


def test_another_function_of_the_stack_is_asked_by_its_logical_id(aws: LocalAws) -> None:
    """The watcher has settings of its own."""
    function = found(aws, "somebody-elses", logical_id="TheirFunction")

    assert function.name.startswith("somebody-elses-TheirFunction-")


def test_a_stack_that_is_not_there_is_named_with_its_region(aws: LocalAws) -> None:
    """A misspelt name or another region."""
    with pytest.raises(StackUnusable, match=r"no stack 'recgat' in eu-west-1: check --stack"):
        found(aws, "recgat")


def test_a_stack_of_somebody_else_is_not_taken_for_ours(aws: LocalAws) -> None:
    """It has no check function."""
    with pytest.raises(StackUnusable, match="not one of recgate's: it has no CheckFunction"):
        found(aws, "somebody-elses")


@pytest.fixture
def stubs(aws: LocalAws) -> Iterator[tuple[Stubber, Stubber]]:
    clients = [aws_client(name, aws.endpoint_url) for name in ("cloudformation", "lambda")]
    with (
        closing(clients[0]),
        closing(clients[1]),
        Stubber(clients[0]) as stacks,
        Stubber(clients[1]) as functions,
    ):
        yield stacks, functions


def ask(stubs: tuple[Stubber, Stubber], stack: str = "recgate") -> Any:
    stacks, functions = stubs
    return deployed_function(stacks.client, functions.client, stack=stack)


def describe(stacks: Stubber, status: str = "CREATE_COMPLETE", **detail: str) -> None:
    known = {
        "LogicalResourceId": "CheckFunction",
        "ResourceType": "AWS::Lambda::Function",
        "LastUpdatedTimestamp": "2026-11-21T07:00:00Z",
        "ResourceStatus": status,
    }
    stacks.add_response("describe_stack_resource", {"StackResourceDetail": known | detail})


DENIED = [
    ("AccessDenied", 403, "allow cloudformation:DescribeStackResource on arn:aws:"),
    ("ExpiredToken", 403, "Check credentials and region"),
    ("Throttling", 400, "may be answered later"),
    ("ValidationError", 400, "ValidationError"),
]


@pytest.mark.parametrize(("code", "status", "words"), DENIED)
def test_a_stack_that_cannot_be_described_says_what_to_allow(
    stubs: tuple[Stubber, Stubber], code: str, status: int, words: str
) -> None:
    """Who, where, what, what next."""
    stubs[0].add_client_error("describe_stack_resource", code, "no", status)

    with pytest.raises(StackUnusable, match="describe stack 'recgate' in eu-west-1") as told:
        ask(stubs)

    assert words in str(told.value)


def test_a_function_that_may_not_be_looked_at_says_what_to_allow(
    stubs: tuple[Stubber, Stubber],
) -> None:
    """CloudFormation and Lambda have permissions of their own."""
    describe(stubs[0], PhysicalResourceId="recgate-check")
    stubs[1].add_client_error("get_function_configuration", "AccessDeniedException", "no", 403)

    with pytest.raises(
        StackUnusable,
        match=r"allow lambda:GetFunctionConfiguration on arn:aws:lambda:.*:function:recgate-check",
    ):
        ask(stubs)


def test_a_function_that_is_gone_from_its_stack_is_told(stubs: tuple[Stubber, Stubber]) -> None:
    """Deleted by hand."""
    describe(stubs[0], PhysicalResourceId="recgate-check")
    stubs[1].add_client_error(
        "get_function_configuration", "ResourceNotFoundException", "Function not found", 404
    )

    with pytest.raises(StackUnusable, match="recgate-check of stack 'recgate' is gone: deploy"):
        ask(stubs)


@pytest.mark.parametrize(
    ("status", "detail"),
    [("CREATE_IN_PROGRESS", {}), ("DELETE_COMPLETE", {"PhysicalResourceId": "old"})],
)
def test_a_function_that_is_not_made_yet_or_no_longer_is_told(
    stubs: tuple[Stubber, Stubber], status: str, detail: dict[str, str]
) -> None:
    """A deployment that goes on, or one that failed."""
    describe(stubs[0], status, **detail)

    with pytest.raises(StackUnusable, match=f"has no CheckFunction now \\({status}\\)"):
        ask(stubs)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "there are none"),
        ({"Environment": {"Variables": {}}}, "there are none"),
        (
            {"Environment": {"Error": {"ErrorCode": "AccessDeniedException", "Message": "x"}}},
            "AccessDeniedException",
        ),
    ],
)
def test_an_environment_that_is_not_told_is_no_empty_one(
    stubs: tuple[Stubber, Stubber], environment: dict[str, Any], said: str
) -> None:
    """Without the key's permission Lambda leaves it out; a ledger in memory would be wrong."""
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:recgate-check"
    describe(stubs[0], PhysicalResourceId="recgate-check")
    stubs[1].add_response("get_function_configuration", {"FunctionArn": arn} | environment)

    with pytest.raises(StackUnusable, match=f"did not tell the environment.*{said}.*kms:Decrypt"):
        ask(stubs)


def test_an_aws_that_cannot_be_reached_is_told() -> None:
    """Nothing answers on port 9."""
    clients = [
        aws_client(name, "http://127.0.0.1:9", connect_timeout=1)
        for name in ("cloudformation", "lambda")
    ]
    with (
        closing(clients[0]),
        closing(clients[1]),
        pytest.raises(StackUnusable, match="EndpointConnectionError"),
    ):
        deployed_function(*clients, stack="recgate")

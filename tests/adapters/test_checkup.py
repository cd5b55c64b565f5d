"""What AWS says about an installation, asked of a local AWS and of botocore's Stubber."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError, SSOTokenLoadError
from botocore.stub import Stubber

from recgate.adapters.checkup import caller, delivery, keeping, stack, watching
from recgate.flows.checkup.facts import (
    Caller,
    CallerProblem,
    CannotLook,
    Function,
    NotThere,
    Queue,
    Simulated,
    Target,
)
from tests.servers.aws import REGION, aws_client

ROLE = "arn:aws:iam::111122223333:role/ml"
TRAIL = f"arn:aws:cloudtrail:{REGION}:111122223333:trail/t"


@pytest.fixture
def client() -> Iterator[Callable[[str], Any]]:
    """Clients that reach nothing."""
    made: list[Any] = []

    def make(service: str) -> Any:
        made.append(aws_client(service, "http://127.0.0.1:9", connect_timeout=1))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_sts_says_who_asks(client: Callable[[str], Any]) -> None:
    """The ARN and the account."""
    sts = client("sts")
    with Stubber(sts) as stub:
        stub.add_response(
            "get_caller_identity", {"Arn": ROLE, "Account": "111122223333", "UserId": "A"}
        )

        assert caller.caller(sts) == Caller(ROLE, "111122223333")


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("ExpiredToken", CallerProblem.EXPIRED),
        ("InvalidClientTokenId", CallerProblem.REFUSED),
        ("SignatureDoesNotMatch", CallerProblem.REFUSED),
    ],
)
def test_credentials_that_are_not_taken_say_why(
    client: Callable[[str], Any], code: str, problem: CallerProblem
) -> None:
    """By the service's word; its message may quote what was signed."""
    sts = client("sts")
    with Stubber(sts) as stub:
        stub.add_client_error("get_caller_identity", code, "AWS4-HMAC secret", 403)

        assert caller.caller(sts) == Caller(problem=problem, said=code)


class Broken:
    """A client whose credentials cannot be had."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_caller_identity(self) -> None:
        raise self._error


def test_no_credentials_and_a_sign_in_that_ended_are_two_things() -> None:
    """Each has its own cure."""
    none = caller.caller(Broken(NoCredentialsError()))
    ended = caller.caller(Broken(SSOTokenLoadError(error_msg="gone")))

    assert none.problem is CallerProblem.NONE
    assert ended == Caller(problem=CallerProblem.EXPIRED, said="SSOTokenLoadError")


def test_an_sts_that_gives_no_answer_is_no_wrong_credential(client: Callable[[str], Any]) -> None:
    """A network that is down, or a service."""
    sts = client("sts")

    with pytest.raises(CannotLook, match="EndpointConnectionError"):
        caller.caller(sts)
    with Stubber(sts) as stub:
        stub.add_client_error("get_caller_identity", "InternalFailure", "no", 500)
        with pytest.raises(CannotLook, match="InternalFailure"):
            caller.caller(sts)


def test_the_role_of_a_session_is_simulated_with_its_path(client: Callable[[str], Any]) -> None:
    """A session's ARN has the role's name only; a user and a role are themselves."""
    iam = client("iam")
    with_path = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/ml"
    role = {"Arn": with_path, "RoleName": "ml", "Path": "/", "RoleId": "AROA" + "A" * 16}
    with Stubber(iam) as stub:
        stub.add_response(
            "get_role", {"Role": {**role, "CreateDate": "2026-11-01T00:00:00Z"}}, {"RoleName": "ml"}
        )

        found = caller.principal(iam, "arn:aws:sts::111122223333:assumed-role/ml/dana")

    assert found == with_path
    user = "arn:aws:iam::111122223333:user/team/dana"
    assert caller.principal(iam, user) == user


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:iam::111122223333:root", "arn:aws:sts::111122223333:federated-user/dana"],
)
def test_who_cannot_be_simulated_is_not_said_to_be_fine(
    client: Callable[[str], Any], arn: str
) -> None:
    """IAM simulates users, groups and roles."""
    with pytest.raises(CannotLook, match="cannot be simulated"):
        caller.principal(client("iam"), arn)


def test_every_page_of_a_simulation_is_read(client: Callable[[str], Any]) -> None:
    """What is not allowed is denied, however; condition keys that were not told are named."""
    iam = client("iam")
    asked = {
        "PolicySourceArn": ROLE,
        "ActionNames": ["sns:Publish", "sns:Subscribe"],
        "ResourceArns": ["arn:t"],
        "ContextEntries": [
            {
                "ContextKeyName": "kms:ViaService",
                "ContextKeyType": "string",
                "ContextKeyValues": ["sns"],
            }
        ],
    }
    first = {"EvalActionName": "sns:Publish", "EvalDecision": "allowed"}
    second = {
        "EvalActionName": "sns:Subscribe",
        "EvalDecision": "explicitDeny",
        "MissingContextValues": ["aws:SourceIp"],
    }
    with Stubber(iam) as stub:
        page = {"EvaluationResults": [first], "IsTruncated": True, "Marker": "m"}
        stub.add_response("simulate_principal_policy", page, asked)
        last = {"EvaluationResults": [second], "IsTruncated": False}
        stub.add_response("simulate_principal_policy", last, {**asked, "Marker": "m"})

        found = caller.simulated(
            iam, ROLE, ["sns:Publish", "sns:Subscribe"], "arn:t", {"kms:ViaService": ("sns",)}
        )

    assert found == [
        Simulated("sns:Publish", "arn:t", is_allowed=True),
        Simulated("sns:Subscribe", "arn:t", is_allowed=False, missing_keys=("aws:SourceIp",)),
    ]


REFUSALS: list[tuple[str, Callable[[Any], object], str, str]] = [
    (
        "iam",
        lambda c: caller.simulated(c, ROLE, ["a:B"], "*", {}),
        "simulate_principal_policy",
        f"allow iam:SimulatePrincipalPolicy on {ROLE}",
    ),
    (
        "cloudformation",
        lambda c: stack.stack(c, "recgate"),
        "describe_stacks",
        f"allow cloudformation:DescribeStacks on arn:aws:cloudformation:{REGION}:*:stack/recgate/*",
    ),
    (
        "lambda",
        lambda c: stack.function(c, "f"),
        "get_function_configuration",
        f"allow lambda:GetFunctionConfiguration on arn:aws:lambda:{REGION}:*:function:f",
    ),
    (
        "lambda",
        lambda c: stack.pollers(c, "f"),
        "list_event_source_mappings",
        "allow lambda:ListEventSourceMappings on *",
    ),
    (
        "events",
        lambda c: delivery.rule(c, "bus|r"),
        "describe_rule",
        f"allow events:DescribeRule on arn:aws:events:{REGION}:*:rule/bus/r",
    ),
    (
        "scheduler",
        lambda c: delivery.schedule(c, "s"),
        "get_schedule",
        f"allow scheduler:GetSchedule on arn:aws:scheduler:{REGION}:*:schedule/default/s",
    ),
    (
        "sqs",
        lambda c: delivery.queue(c, "http://q/1/notices"),
        "get_queue_attributes",
        f"allow sqs:GetQueueAttributes on arn:aws:sqs:{REGION}:*:notices",
    ),
    (
        "dynamodb",
        lambda c: keeping.table(c, "t"),
        "describe_table",
        f"allow dynamodb:DescribeTable on arn:aws:dynamodb:{REGION}:*:table/t",
    ),
    (
        "s3",
        lambda c: keeping.bucket_is_there(c, "b"),
        "head_bucket",
        "allow s3:ListBucket on arn:aws:s3:::b",
    ),
    (
        "cloudtrail",
        watching.trails,
        "describe_trails",
        "allow cloudtrail:DescribeTrails on *",
    ),
    (
        "cloudwatch",
        lambda c: watching.alarms(c, ["a"]),
        "describe_alarms",
        f"allow cloudwatch:DescribeAlarms on arn:aws:cloudwatch:{REGION}:*:alarm:*",
    ),
]


@pytest.mark.parametrize(("service", "look", "operation", "remedy"), REFUSALS)
@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_who_may_not_look_is_told_what_to_allow(
    client: Callable[[str], Any],
    service: str,
    look: Callable[[Any], object],
    operation: str,
    remedy: str,
    code: str,
) -> None:
    """Nobody could say is not "not there", and not "fine"; AWS's message is not repeated."""
    made = client(service)
    with Stubber(made) as stub:
        stub.add_client_error(operation, code, "SECRET", 403)

        with pytest.raises(CannotLook) as told:
            look(made)

    assert told.value.remedy == remedy
    assert "SECRET" not in str(told.value)


@pytest.mark.parametrize(
    ("service", "look", "operation", "code", "message"),
    [
        (
            "cloudformation",
            lambda c: stack.stack(c, "x"),
            "describe_stacks",
            "ValidationError",
            "Stack with id x does not exist",
        ),
        (
            "lambda",
            lambda c: stack.function(c, "f"),
            "get_function_configuration",
            "ResourceNotFoundException",
            "",
        ),
        (
            "events",
            lambda c: delivery.rule(c, "r"),
            "describe_rule",
            "ResourceNotFoundException",
            "",
        ),
        (
            "sqs",
            lambda c: delivery.queue(c, "http://q/1/n"),
            "get_queue_attributes",
            "AWS.SimpleQueueService.NonExistentQueue",
            "",
        ),
        (
            "dynamodb",
            lambda c: keeping.table(c, "t"),
            "describe_table",
            "ResourceNotFoundException",
            "",
        ),
        ("s3", lambda c: keeping.bucket_is_there(c, "b"), "head_bucket", "404", ""),
    ],
)
def test_what_is_not_there_is_not_there(
    client: Callable[[str], Any],
    service: str,
    look: Callable[[Any], object],
    operation: str,
    code: str,
    message: str,
) -> None:
    """By each service's own word for it."""
    made = client(service)
    with Stubber(made) as stub:
        stub.add_client_error(operation, code, message, 404)

        with pytest.raises(NotThere):
            look(made)


def test_an_aws_that_cannot_be_reached_is_not_known(client: Callable[[str], Any]) -> None:
    """Nothing answers on port 9."""
    with pytest.raises(CannotLook, match="describe the table t: EndpointConnectionError"):
        keeping.table(client("dynamodb"), "t")


def test_a_validation_error_of_another_kind_is_not_a_missing_stack(
    client: Callable[[str], Any],
) -> None:
    """CloudFormation has one code for both."""
    made = client("cloudformation")
    with Stubber(made) as stub:
        stub.add_client_error("describe_stacks", "ValidationError", "Rate exceeded", 400)

        with pytest.raises(CannotLook, match="ValidationError"):
            stack.stack(made, "recgate")


def test_an_environment_that_lambda_does_not_tell_is_none(client: Callable[[str], Any]) -> None:
    """It is not an empty one."""
    made = client("lambda")
    arn = f"arn:aws:lambda:{REGION}:111122223333:function:f"
    error = {"ErrorCode": "AccessDeniedException", "Message": "key"}
    with Stubber(made) as stub:
        stub.add_response(
            "get_function_configuration",
            {"FunctionArn": arn, "Role": ROLE, "State": "Active", "Environment": {"Error": error}},
        )

        assert stack.function(made, "f") == Function("f", arn, ROLE, "Active", "", None)


def test_a_rule_of_a_bus_of_its_own_is_asked_there(client: Callable[[str], Any]) -> None:
    """CloudFormation's name for it is ``BUS|RULE``."""
    made = client("events")
    with Stubber(made) as stub:
        where = {"Name": "r", "EventBusName": "members"}
        stub.add_response("describe_rule", {"State": "ENABLED", "EventPattern": "{oops"}, where)
        stub.add_response(
            "list_targets_by_rule",
            {"Targets": [{"Id": "1", "Arn": "arn:q", "DeadLetterConfig": {"Arn": "arn:d"}}]},
            {"Rule": "r", "EventBusName": "members"},
        )

        found = delivery.rule(made, "members|r")

    assert not found.targets[0].is_rewritten
    assert (found.name, found.bus, found.pattern) == ("r", "members", None)
    assert found.targets == (Target("arn:q", "arn:d"),)


@pytest.mark.parametrize(
    "rewrite",
    [{"Input": "{}"}, {"InputPath": "$.detail"}, {"InputTransformer": {"InputTemplate": "x"}}],
)
def test_a_target_that_sends_something_else_is_seen(
    client: Callable[[str], Any], rewrite: dict[str, Any]
) -> None:
    """Whatever way it is rewritten."""
    made = client("events")
    with Stubber(made) as stub:
        stub.add_response("describe_rule", {"State": "ENABLED"})
        target = {"Id": "1", "Arn": "arn:q", **rewrite}
        stub.add_response("list_targets_by_rule", {"Targets": [target]})

        found = delivery.rule(made, "r")

    assert found.targets == (Target("arn:q", is_rewritten=True),)


def test_a_queue_says_who_may_send_and_how_long_it_hides(client: Callable[[str], Any]) -> None:
    """Its policy as a document."""
    made = client("sqs")
    attributes = {
        "QueueArn": "arn:q",
        "ApproximateNumberOfMessages": "2",
        "VisibilityTimeout": "360",
        "Policy": '{"Statement": []}',
    }
    with Stubber(made) as stub:
        stub.add_response("get_queue_attributes", {"Attributes": attributes})

        found = delivery.queue(made, "http://q/1/n")

    assert found == (Queue("n", 2, "", "http://q/1/n", 360, {"Statement": []}), "arn:q")


def test_a_watermark_grows_older_after_it_was_told(client: Callable[[str], Any]) -> None:
    """What was 4 s behind five minutes ago is now 304 s behind, as far as anybody knows."""
    made = client("cloudwatch")
    now = datetime(2026, 11, 22, 8, 5, tzinfo=UTC)
    told = [{"Id": "age", "Values": [4.0], "Timestamps": [datetime(2026, 11, 22, 8, tzinfo=UTC)]}]
    with Stubber(made) as stub:
        stub.add_response("get_metric_data", {"MetricDataResults": told})

        found = delivery.sweeps(made, "watch", now)

    assert found.age_s == 304.0


@pytest.mark.parametrize("answer", [{}, {"Account": "1"}, {"Arn": ROLE}])
def test_an_answer_without_a_caller_is_not_one_of_sts(
    client: Callable[[str], Any], answer: dict[str, str]
) -> None:
    """Botocore takes any 200."""
    sts = client("sts")
    with Stubber(sts) as stub:
        stub.add_response("get_caller_identity", answer)

        with pytest.raises(CannotLook, match="what answered is not STS"):
            caller.caller(sts)


@pytest.mark.parametrize("answer", [{}, {"Stacks": []}])
def test_an_answer_without_what_was_asked_for_is_not_known(
    client: Callable[[str], Any], answer: dict[str, Any]
) -> None:
    """Neither "there is none" nor a fault of recgate's."""
    made = client("cloudformation")
    with Stubber(made) as stub:
        stub.add_response("describe_stacks", answer)

        with pytest.raises(CannotLook, match="AWS did not describe stack"):
            stack.stack(made, "recgate")


def test_a_function_without_variables_has_none(client: Callable[[str], Any]) -> None:
    """Somebody took them away: Lambda then leaves the environment out."""
    made = client("lambda")
    arn = f"arn:aws:lambda:{REGION}:111122223333:function:f"
    with Stubber(made) as stub:
        stub.add_response("get_function_configuration", {"FunctionArn": arn, "Role": ROLE})

        assert stack.function(made, "f").environment == {}


MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
NOT_OURS = {"Field": "eventSource", "NotEquals": ["sagemaker.amazonaws.com"]}
DATA = {"Field": "eventCategory", "Equals": ["Data"]}


@pytest.mark.parametrize(
    ("selectors", "writes"),
    [
        ({}, True),
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}, True),
        ({"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}, True),
        ({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}, False),
        ({"EventSelectors": [{"IncludeManagementEvents": False}]}, False),
        (
            {"EventSelectors": [{"ExcludeManagementEventSources": ["sagemaker.amazonaws.com"]}]},
            False,
        ),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [MANAGEMENT]}]}, True),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [DATA]}]}, False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [MANAGEMENT, NOT_OURS]}]}, False),
        (
            {
                "AdvancedEventSelectors": [
                    {"FieldSelectors": [MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}]}
                ]
            },
            False,
        ),
    ],
)
def test_a_trail_that_leaves_writes_out_tells_nothing_of_us(
    client: Callable[[str], Any], selectors: dict[str, Any], writes: bool
) -> None:
    """Create and Stop are management events that write."""
    made = client("cloudtrail")
    with Stubber(made) as stub:
        listed = {"Name": "t", "TrailARN": TRAIL, "HomeRegion": REGION}
        stub.add_response("describe_trails", {"trailList": [listed]})
        stub.add_response("get_trail_status", {"IsLogging": True})
        stub.add_response("get_event_selectors", json.loads(json.dumps(selectors)))

        (found,) = watching.trails(made)

    assert (found.is_logging, found.logs_writes) == (True, writes)


def test_a_trail_that_may_not_be_asked_is_not_known_to_log(client: Callable[[str], Any]) -> None:
    """The organisation's, seen from one of its accounts."""
    made = client("cloudtrail")
    with Stubber(made) as stub:
        listed = {"Name": "t", "TrailARN": TRAIL, "HomeRegion": REGION, "IsMultiRegionTrail": True}
        stub.add_response("describe_trails", {"trailList": [listed]})
        stub.add_client_error("get_trail_status", "AccessDeniedException", "no", 403)

        (found,) = watching.trails(made)

    assert (found.is_logging, found.logs_writes) == (None, None)

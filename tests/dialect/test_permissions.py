"""The policy that is printed: the template's roles, the calls in the code, and nothing more."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import cfnlint  # type: ignore[import-untyped]
import pytest
from botocore import xform_name

from recgate.dialect.permissions.desk import desk_statements, reader_statements
from recgate.dialect.permissions.evidence import not_what_seals
from recgate.dialect.permissions.functions import (
    check_statements,
    function_statements,
    seal_statements,
    watch_statements,
)
from recgate.dialect.permissions.in_force import PLACEHOLDERS, InForce, unfilled
from recgate.dialect.permissions.statement import (
    Statement,
    policy_document,
    simulations,
)
from tests.deploy.template import ROOT, listed, load_template, policies_of

ACCOUNT, REGION = "111122223333", "eu-west-1"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}"
ROUTE_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:chat-AbC123"
ROUTE_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:finops"

FULL = InForce(
    account=ACCOUNT,
    region=REGION,
    regions=("us-east-1",),
    members=("444455556666",),
    member_role="recgate-member",
    ledger_table="LedgerTable",
    watch_table="WatchTable",
    queue="NoticeQueue",
    dead_letters="DeadLetterQueue",
    topic=f"arn:aws:sns:{REGION}:{ACCOUNT}:NoticeTopic",
    topic_key=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/NoticeKey",
    topics=(ROUTE_TOPIC,),
    bucket="ReportsBucket",
    archive="EvidenceBucket",
    signing_key=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/EvidenceKey",
    slack_secret="recgate/slack",
    secrets=(ROUTE_SECRET,),
    secret_key=SECRET_KEY,
    check_log_group="CheckLogGroup",
    watch_log_group="WatchLogGroup",
    seal_log_group="SealLogGroup",
    stack="recgate",
    functions=("recgate-check", "recgate-watch", "recgate-seal"),
    roles=tuple(f"arn:aws:iam::{ACCOUNT}:role/{each}" for each in ("check", "watch", "seal")),
    rules=("rule", "recgate-members|member-rule"),
    schedules=("sweep",),
    you=f"arn:aws:iam::{ACCOUNT}:role/ml",
)
"""Everything that a stack can have; its parts are named as in the template."""

ELSEWHERE = f"arn:aws:events:{REGION}:444455556666:event-bus/shared"

BARE = InForce(account=ACCOUNT, region=REGION)
EVERYBODY = [
    pytest.param(whose, config, id=f"{name}-{kind}")
    for name, whose in (
        ("functions", function_statements),
        ("desk", desk_statements),
        ("reader", reader_statements),
    )
    for kind, config in (
        ("full", FULL),
        ("own bus", replace(FULL, bus="announcements")),
        ("bare", BARE),
        ("nothing known", InForce()),
    )
]

WITHOUT_RESOURCES = {
    # docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemakerai.html
    "sagemaker:ListInferenceRecommendationsJobs",
    "sagemaker:ListInferenceRecommendationsJobSteps",
    # …/list_amazoncloudwatch.html: its one resource, a dataset, is another thing than metrics
    "cloudwatch:GetMetricData",
    # …/list_awsx-ray.html
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    # …/list_awscloudtrail.html
    "cloudtrail:DescribeTrails",
    # …/list_awslambda.html
    "lambda:ListEventSourceMappings",
}
"""Actions for which IAM knows no resource, each with its place in AWS's reference."""


@cache
def reference() -> dict[str, Any]:
    """AWS's service authorization reference, in the copy that cfn-lint carries."""
    data = Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json"
    found: dict[str, Any] = json.loads(data.read_text("utf-8"))
    return found


# --- the template ------------------------------------------------------------------------------

_CONDITIONS = {
    "HasRegions": True,
    "HasMembers": True,
    "HasRouteTopics": True,
    "HasRouteSecrets": True,
    "HasSlackSecretKey": True,
    "SlackSecretIsSecret": True,
    "SlackSecretIsArn": False,
    "SlackSecretIsParameter": False,
    "MakesSigningKey": True,
}
_REFS: dict[str, Any] = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::URLSuffix": "amazonaws.com",
    "WatchRegions": list(FULL.regions),
    "MemberAccounts": list(FULL.members),
    "MemberRoleName": FULL.member_role,
    "RouteTopicArns": list(FULL.topics),
    "RouteSecretArns": list(FULL.secrets),
    "SlackSecretName": FULL.slack_secret,
    "SlackSecretKeyArn": FULL.secret_key,
    "NoticeTopic": FULL.topic,
    "SigningKeyArn": "",
}
_ARNS = {
    "LedgerTable": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/LedgerTable",
    "WatchTable": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/WatchTable",
    "NoticeQueue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:NoticeQueue",
    "DeadLetterQueue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:DeadLetterQueue",
    "NoticeKey": FULL.topic_key,
    "ReportsBucket": "arn:aws:s3:::ReportsBucket",
    "EvidenceBucket": "arn:aws:s3:::EvidenceBucket",
    "EvidenceKey": FULL.signing_key,
    # What GetAtt gives of a log group ends so.
    "CheckLogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:CheckLogGroup:*",
    "WatchLogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:WatchLogGroup:*",
    "SealLogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:SealLogGroup:*",
}


def worked_out(value: Any, conditions: dict[str, bool]) -> Any:
    """What CloudFormation makes of a value in a stack that has what `FULL` has."""
    match value:
        case {"Ref": name}:
            return _REFS[name]
        case {"Fn::GetAtt": [name, "Arn"]}:
            return _ARNS[name]
        case {"Fn::If": [name, then, otherwise]}:
            return worked_out(then if conditions[name] else otherwise, conditions)
        case {"Fn::Join": [mark, words]}:
            return mark.join(map(str, listed(worked_out(words, conditions))))
        case {"Fn::Split": [mark, text]}:
            return worked_out(text, conditions).split(mark)
        case {"Fn::Select": [place, words]}:
            return worked_out(words, conditions)[place]
        case {"Fn::Sub": [str(text), dict(names)]}:
            own = {name: worked_out(each, conditions) for name, each in names.items()}
            return _substituted(text, own)
        case {"Fn::Sub": str(text)}:
            return _substituted(text, {})
        case dict():
            return {key: worked_out(each, conditions) for key, each in value.items()}
        case list():
            return [worked_out(each, conditions) for each in value]
        case _:
            return value


def _substituted(text: str, own: dict[str, Any]) -> str:
    def put(found: "re.Match[str]") -> str:
        name = found[1]
        if name.endswith(".Arn"):
            return _ARNS[name.removesuffix(".Arn")]
        return str(own.get(name, _REFS.get(name)))

    return re.sub(r"\$\{([^}]+)\}", put, text)


def role_of_the_template(role: str, **conditions: bool) -> dict[str, Any]:
    """The statements of a role as they are deployed, by their Sids."""
    true = _CONDITIONS | conditions
    found = {}
    for policy in policies_of(role):
        written = policy
        if "Fn::If" in policy:
            name, written, _ = policy["Fn::If"]
            if not true[name]:
                continue
        for statement in written["PolicyDocument"]["Statement"]:
            found[statement["Sid"]] = canonical(worked_out(statement, true))
    return found


def canonical(statement: dict[str, Any]) -> dict[str, Any]:
    """With lists where IAM takes one of something without one, in one order."""
    conditions = {
        operator: {key: sorted(listed(values)) for key, values in keys.items()}
        for operator, keys in statement.get("Condition", {}).items()
    }
    flat = {key: sorted(listed(statement[key])) for key in ("Action", "Resource")}
    return {"Effect": statement["Effect"], **flat, "Condition": conditions}


def printed(statements: tuple[Statement, ...]) -> dict[str, Any]:
    return {each.sid: canonical(each.document()) for each in statements}


@pytest.mark.parametrize(
    ("role", "whose"),
    [
        ("CheckRole", check_statements),
        ("WatchRole", watch_statements),
        ("SealRole", seal_statements),
    ],
)
def test_what_a_function_needs_is_what_the_template_grants(role: str, whose: Any) -> None:
    """Statement by statement: actions, resources, conditions; no more and no fewer."""
    assert printed(whose(FULL)) == role_of_the_template(role)


def test_a_stack_without_extras_needs_less() -> None:
    """No member, no second region, no secret, no route of its own: as the template has it."""
    bare = replace(
        FULL, regions=(), members=(), topics=(), secrets=(), slack_secret="", secret_key=""
    )
    without = dict.fromkeys(_CONDITIONS, False)

    assert printed(check_statements(bare)) == role_of_the_template("CheckRole", **without)
    assert printed(watch_statements(bare)) == role_of_the_template("WatchRole", **without)


def test_a_key_of_ones_own_is_signed_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """SigningKeyArn, and no other key."""
    monkeypatch.setitem(_REFS, "SigningKeyArn", SECRET_KEY)

    granted = role_of_the_template("SealRole", MakesSigningKey=False)

    assert printed(seal_statements(replace(FULL, signing_key=SECRET_KEY))) == granted
    assert granted["Sign"]["Resource"] == [SECRET_KEY]


@pytest.mark.parametrize(
    ("secret", "conditions"),
    [
        (ROUTE_SECRET, {"SlackSecretIsArn": True}),
        ("ssm:/recgate/slack", {"SlackSecretIsSecret": False, "SlackSecretIsParameter": True}),
    ],
)
def test_a_secret_is_allowed_where_it_is_kept(
    secret: str, conditions: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its full ARN, or in the Parameter Store."""
    monkeypatch.setitem(_REFS, "SlackSecretName", secret)

    granted = role_of_the_template("CheckRole", **conditions)

    assert printed(check_statements(replace(FULL, slack_secret=secret))) == granted


# --- the code ----------------------------------------------------------------------------------

SERVICES = (
    "cloudformation",
    "cloudtrail",
    "cloudwatch",
    "dynamodb",
    "events",
    "iam",
    "kms",
    "lambda",
    "s3",
    "sagemaker",
    "scheduler",
    "sns",
    "sqs",
    "sts",
)
"""The services that the adapters ask; Secrets Manager and SSM through powertools."""

_MEANT = {
    "list_tags": "sagemaker",
    "publish": "sns",
    "query": "dynamodb",
    "scan": "dynamodb",
    "sign": "kms",
    "verify": "kms",
}
"""Operations that several services have, and words that something else has, too."""

_ACTIONS = {
    "dynamodb:TransactWriteItems": (
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    ),
    # A batch needs the permission for the single call.
    # …/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    # docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html, and so on
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:GetObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:HeadObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    # Needs no permission: docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    "sts:GetCallerIdentity": (),
}
"""Calls whose permission has another name."""

NOT_CALLED = {
    # by Lambda in the role's name
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    # by SNS and Secrets Manager in the caller's name
    "kms:Decrypt",
    "kms:GenerateDataKey",
    # by powertools
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
}
"""Permissions for what no line of ours calls."""


@cache
def operations() -> dict[str, tuple[str, str]]:
    """Every operation of the services by its name in Python: the service and its own name."""
    session = botocore.session.get_session()
    found: dict[str, tuple[str, str]] = {}
    for service in SERVICES:
        for operation in session.get_service_model(service).operation_names:
            name = xform_name(operation)
            if _MEANT.get(name, service) == service:
                found.setdefault(name, (service, operation))
    return found


def calls() -> Iterator[tuple[str, str]]:
    """What the adapters ask of AWS: ``service:Operation``, and the file."""
    for file in sorted((ROOT / "src/recgate/adapters").rglob("*.py")):
        text = file.read_text("utf-8")
        if file.name.startswith(("sqlite", "slack", "local", "console", "folder")):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            name = node.func.attr
            if name == "get_paginator" and isinstance(node.args[0], ast.Constant):
                name = str(node.args[0].value)
            if name in operations() and ("_" in name or name in _MEANT):
                service, operation = operations()[name]
                yield f"{service}:{operation}", file.name


def test_every_call_of_the_code_has_its_permission_and_every_permission_its_call() -> None:
    """Taken from the adapters' source, so that a new call without a permission is found here."""
    called = {action for call, _ in calls() for action in _ACTIONS.get(call, (call,))}
    in_ssm = replace(FULL, slack_secret="ssm:/recgate/slack")
    own_bus = replace(FULL, bus="announcements")
    everything = (
        *function_statements(FULL),
        *desk_statements(own_bus),
        *check_statements(in_ssm),
    )
    allowed = {action for statement in everything for action in statement.actions}

    assert called - allowed == set(), sorted(calls())
    assert allowed - called == NOT_CALLED


def test_the_calls_are_found() -> None:
    """The test above must see the adapters' clients, under whatever names."""
    found = {call for call, _ in calls()}

    assert {
        "sagemaker:DescribeInferenceRecommendationsJob",
        "sagemaker:ListTags",
        "dynamodb:Query",
        "dynamodb:TransactWriteItems",
        "sns:Publish",
        "sts:AssumeRole",
        "iam:SimulatePrincipalPolicy",
        "scheduler:GetSchedule",
    } <= found


# --- AWS ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("whose", "config"), EVERYBODY)
def test_every_action_is_one_of_aws(whose: Any, config: InForce) -> None:
    """By the service authorization reference."""
    for statement in whose(config):
        for action in statement.actions:
            service, _, name = action.partition(":")
            assert name.lower() in reference()[service]["Actions"], action
            assert "*" not in action


@pytest.mark.parametrize(("whose", "config"), EVERYBODY)
def test_everything_is_asked_for_only_where_iam_knows_no_less(whose: Any, config: InForce) -> None:
    """A resource of its own for whatever has one."""
    for statement in whose(config):
        if "*" in statement.resources:
            assert set(statement.actions) <= WITHOUT_RESOURCES, statement.sid
            assert statement.resources == ("*",)


def test_the_actions_without_resources_have_none_in_the_reference() -> None:
    """cloudwatch:GetMetricData alone has one there, a dataset, which metrics are not in."""
    having = {
        action
        for action in WITHOUT_RESOURCES
        for service, _, name in [action.partition(":")]
        if reference()[service]["Actions"][name.lower()].get("Resources")
    }

    assert having == {"cloudwatch:GetMetricData"}


@pytest.mark.parametrize(("whose", "config"), EVERYBODY)
def test_a_policy_is_one_that_iam_takes(whose: Any, config: InForce) -> None:
    """A Sid of letters and digits for each purpose, once; a reason for each; JSON."""
    statements = whose(config)
    sids = [each.sid for each in statements]

    assert len(sids) == len(set(sids))
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
    assert all(each.why.endswith(".") and each.actions and each.resources for each in statements)
    written = json.loads(json.dumps(policy_document(statements)))
    assert written["Version"] == "2012-10-17"
    assert [each["Sid"] for each in written["Statement"]] == sids


def test_whoever_reads_may_do_less_than_who_works_here() -> None:
    """Nothing that writes, sends or tells."""
    of_readers = {action for each in reader_statements(FULL) for action in each.actions}
    at_a_desk = {action for each in desk_statements(FULL) for action in each.actions}

    assert of_readers < at_a_desk
    assert not {
        action for action in of_readers if re.search(r":(Put|Delete|Send|Publish|Assume)", action)
    }


def test_nobody_may_change_what_is_recorded() -> None:
    """Append only, for a person as for a function: what may be updated holds no entry."""
    ledger = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/LedgerTable"
    about = [
        each
        for each in (*desk_statements(FULL), *function_statements(FULL))
        if ledger in each.resources
    ]

    assert not any("dynamodb:DeleteItem" in each.actions for each in about)
    putting = {each.sid: each.condition for each in about if "dynamodb:PutItem" in each.actions}
    assert putting == {
        "AppendToLedger": not_what_seals(),
        "RecordCheckpoints": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ("chain:*", "checkpoint:*")}
        },
    }
    updating = [each for each in about if "dynamodb:UpdateItem" in each.actions]
    streams = {
        stream
        for each in updating
        for stream in each.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    }
    assert len(updating) == 3
    assert streams == {"chains", "chain-head:*", "chain-sealed:*", "chain:*"}


def test_nobody_at_a_desk_can_sign_or_archive() -> None:
    """Who checks the evidence cannot make it."""
    at_a_desk = {action for each in desk_statements(FULL) for action in each.actions}
    on_the_archive = {
        action
        for each in desk_statements(FULL)
        if any(FULL.archive in arn for arn in each.resources)
        for action in each.actions
    }

    assert "kms:Sign" not in at_a_desk
    assert on_the_archive
    assert all(re.match(r"s3:(Get|List)", action) for action in on_the_archive)


def test_whoever_reads_can_verify() -> None:
    """An auditor needs no more than a reader has."""
    of_readers = {action for each in reader_statements(FULL) for action in each.actions}

    assert of_readers >= {
        "dynamodb:Query",
        "dynamodb:Scan",
        "s3:ListBucketVersions",
        "s3:GetObjectVersion",
        "s3:GetObjectRetention",
        "s3:GetBucketObjectLockConfiguration",
        "kms:GetPublicKey",
    }


@pytest.mark.parametrize("whose", [desk_statements, reader_statements, function_statements])
def test_what_is_not_known_is_a_word_to_replace(whose: Any) -> None:
    """Each is explained; what is known has none."""
    words = {word for each in whose(InForce()) for arn in each.resources for word in unfilled(arn)}

    assert {"ACCOUNT", "REGION"} <= words <= set(PLACEHOLDERS)
    assert not {word for each in whose(FULL) for arn in each.resources for word in unfilled(arn)}


def test_another_partition_has_its_own_names() -> None:
    """Service names in conditions, too."""
    there = InForce(partition="aws-cn", account=ACCOUNT, region="cn-north-1", topic=ROUTE_TOPIC)
    written = json.dumps(policy_document(function_statements(there)))

    assert "arn:aws:" not in written.replace(ROUTE_TOPIC, "")
    assert "sns.cn-north-1.amazonaws.com.cn" in written


def test_the_fewest_questions_are_asked_of_the_simulator() -> None:
    """One for each resource and each set of condition keys, with a role in a real account."""
    statements = (
        Statement("A", "Why.", ("sns:Publish",), ("arn:t",)),
        Statement("B", "Why.", ("sns:GetTopicAttributes", "sns:Publish"), ("arn:t", "arn:u")),
        Statement(
            "C",
            "Why.",
            ("sts:AssumeRole",),
            ("arn:aws:iam::*:role/r",),
            {"StringEquals": {"aws:ResourceAccount": ("444455556666", "1")}},
        ),
    )

    found = [(each.actions, each.resource, dict(each.context)) for each in simulations(statements)]

    assert found == [
        (("sns:Publish", "sns:GetTopicAttributes"), "arn:t", {}),
        (("sns:GetTopicAttributes", "sns:Publish"), "arn:u", {}),
        *(
            (
                ("sts:AssumeRole",),
                f"arn:aws:iam::{account}:role/r",
                {"aws:ResourceAccount": (account,)},
            )
            for account in ("444455556666", "1")
        ),
    ]


def test_every_region_is_asked_about() -> None:
    """Who may look in one may be denied in another."""
    asked = [
        each.context["aws:RequestedRegion"]
        for each in simulations(watch_statements(FULL))
        if "sagemaker:ListInferenceRecommendationsJobs" in each.actions
    ]

    assert asked == [(REGION,), ("us-east-1",)]


@pytest.mark.parametrize(
    ("bus", "arn"),
    [
        ("announcements", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/announcements"),
        (ELSEWHERE, ELSEWHERE),
    ],
)
@pytest.mark.parametrize("whose", [desk_statements, function_statements])
def test_a_bus_of_ones_own_may_be_looked_at(whose: Any, bus: str, arn: str) -> None:
    """By its name or its ARN; a look has no source, so none is asked for."""
    found = {each.sid: each for each in whose(replace(FULL, bus=bus))}

    assert found["PutStatusChanges"].resources == (arn,)
    assert found["LookAtTheBus"].resources == (arn,)
    assert found["LookAtTheBus"].actions == ("events:DescribeEventBus",)
    assert not found["LookAtTheBus"].condition
    assert "LookAtTheBus" not in {each.sid for each in whose(FULL)}


def test_the_conditions_of_the_template_are_all_thought_of() -> None:
    """A new one would be left out here in silence."""
    used = set(re.findall(r'"Fn::If": \["(\w+)"', json.dumps(load_template()["Resources"])))
    of_roles = {
        name
        for role in ("CheckRole", "WatchRole", "SealRole")
        for name in re.findall(r'"Fn::If": \["(\w+)"', json.dumps(policies_of(role)))
    }

    assert of_roles <= set(_CONDITIONS) <= used | {"SlackSecretIsArn"}

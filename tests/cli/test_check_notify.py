"""`recgate check JOB --record --notify`: by hand what the function does, and never twice."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.cli.check_parts import notice_of
from recgate.cli.deployment import Deployment
from recgate.domain.delivery import RefusalKind, Refused
from recgate.domain.effect import EffectEntry, claim_entry, outcome_entry
from recgate.domain.place import Place
from recgate.ports import Entry
from recgate.settings import Settings
from tests.adapters.test_deployed_stack import stack_template
from tests.cli.runner import JOBS, POLICIES, ROOT, Answer, recgate
from tests.e2e.world import CHANNEL, TABLE, World, world
from tests.servers.aws import REGION, local_aws
from tests.servers.sagemaker import local_sagemaker
from tests.servers.slack import error, local_slack

JOB = "fraud-ranker-v14"
COMPLETED = "status-change-completed.json"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Any, ...]]:
    with local_aws() as aws, local_slack() as slack:
        yield aws, slack


@pytest.fixture
def here(servers: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The function on its local servers, its stack, and a desk that reaches the same servers."""
    aws, slack = servers
    slack.posted.clear()
    with local_sagemaker() as sagemaker, world(aws, sagemaker, slack, code=ROOT / "src") as made:
        made.put_sample(JOB)
        deploy(made, "recgate")
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_ENDPOINT_URL_SAGEMAKER": sagemaker.endpoint_url,
            "AWS_ENDPOINT_URL_CLOUDWATCH": sagemaker.endpoint_url,
            # What the caller's own environment says does not count beside --stack.
            "RECGATE_LEDGER": "dynamodb:another",
            "RECGATE_SLACK_CHANNEL": "C0000000000",
        }.items():
            monkeypatch.setenv(name, value)
        yield made


def environment(here: World, **changes: str) -> dict[str, str]:
    """What the stack's function is told, as `world` tells it."""
    return {
        "RECGATE_LEDGER": f"dynamodb:{TABLE}",
        "RECGATE_POLICIES": "policies of the package",
        "RECGATE_QUEUE_URL": here.queue_url,
        "RECGATE_DLQ_URL": here.dead_letter_url,
        "RECGATE_SNS_TOPIC_ARN": here.aws.client("sns").list_topics()["Topics"][0]["TopicArn"],
        "RECGATE_SLACK_SECRET": "recgate/slack",
        "RECGATE_SLACK_CHANNEL": CHANNEL,
        "RECGATE_SLACK_API": here.slack.base_url,
    } | changes


def deploy(here: World, name: str, **changes: str) -> None:
    here.aws.client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=stack_template(environment(here, **changes)),
        Capabilities=["CAPABILITY_IAM"],
    )


def check(*options: str | Path, stack: str | None = "recgate", job: str = JOB) -> Answer:
    named = ("--stack", stack) if stack else ()
    return recgate("check", job, "--policies", POLICIES, "--region", REGION, *named, *options)


def notify(*options: str | Path) -> Answer:
    return check("--record", "--notify", *options)


def assert_told_once(here: World) -> None:
    """One snapshot, one decision, one message in each medium, and the streams that say so."""
    [decision] = here.entries(JOB, "decision")
    assert len(here.entries(JOB, "snapshot")) == 1
    assert len(here.said_in_slack()) == 1
    assert len(here.said_by_topic()) == 1
    assert here.effect(decision, "slack")[-1] == "delivered"
    assert here.effect(decision, "sns")[-1] == "delivered"


def test_the_function_first_and_then_a_person_is_one_decision_told_once(here: World) -> None:
    """Whoever comes second finds the same key and the same effects."""
    assert here.send(here.event(COMPLETED)) == []

    answer = notify()

    assert answer.code == 0, answer.err
    assert "Route slack: told already\nRoute sns: told already\n" in answer.out
    assert answer.err == ""
    assert_told_once(here)


def test_a_person_first_and_then_the_function_is_one_decision_told_once(here: World) -> None:
    """The other order."""
    answer = notify()

    assert here.send(here.event(COMPLETED)) == []

    assert answer.code == 0, answer.err
    assert "Route slack: told (C0123456789:" in answer.out
    assert "Route sns: told (" in answer.out
    assert_told_once(here)
    [decision] = here.entries(JOB, "decision")
    assert "'source': 'command line'" in str(decision.body["trigger"])


def test_by_hand_twice_is_one_decision_told_once(here: World) -> None:
    """For whoever is not sure whether it worked."""
    first, second = notify(), notify()

    assert [first.code, second.code] == [0, 0]
    assert "Route slack: told already" in second.out
    assert_told_once(here)


def test_what_was_recorded_without_telling_is_told_by_the_function(here: World) -> None:
    """--record alone does not silence anybody."""
    assert check("--record").code == 0
    assert here.said_in_slack() == []

    assert here.send(here.event(COMPLETED)) == []

    assert_told_once(here)


def test_what_was_recorded_without_knowing_the_routes_is_told_by_the_function(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever tells says who hears of it."""
    for name in ("RECGATE_SLACK_SECRET", "RECGATE_SNS_TOPIC_ARN", "RECGATE_SLACK_CHANNEL"):
        monkeypatch.delenv(name, raising=False)
    assert check("--record", "--ledger", f"dynamodb:{TABLE}", stack=None).code == 0

    assert here.send(here.event(COMPLETED)) == []

    assert_told_once(here)


def test_what_was_recorded_without_telling_can_be_told_by_hand(here: World) -> None:
    """Look first, then tell."""
    assert check("--record").code == 0

    assert "Route sns: told (" in notify().out

    assert_told_once(here)


def test_the_settings_of_the_stack_count(here: World) -> None:
    """How many samples a P99 needs is deployed, not a habit of this desk."""
    deploy(here, "strict", RECGATE_MIN_P99_SAMPLES="100000")

    usual = check()
    strict = check(stack="strict")

    assert usual.out.startswith("PASS")
    assert strict.out.startswith("UNKNOWN")


def test_the_settling_time_of_the_stack_counts(here: World) -> None:
    """Whoever is told to wait less judges sooner, here as there."""
    deploy(here, "hasty", RECGATE_SETTLING_MINUTES="0")
    job = json.loads((JOBS / "churn-xgb-v8.json").read_text("utf-8"))
    fresh = job | {"LastModifiedTime": datetime.now(UTC).timestamp()}
    here.sagemaker.put_job(fresh, tags={"env": "prod"}, checked=False)

    patient = check(job="churn-xgb-v8")
    hasty = check(job="churn-xgb-v8", stack="hasty")

    assert (patient.code, patient.out) == (2, "")
    assert hasty.out.startswith("UNKNOWN")


def test_the_notice_names_the_place_of_the_stack() -> None:
    """A job of the same name elsewhere is another job."""
    place = Place("111122223333", REGION)

    notice = notice_of(JOB, Deployment("recgate", place, Settings(POLICIES)), notify=True)

    assert (notice.account, notice.region) == ("111122223333", REGION)
    assert notice.trigger.event_id is not None


def test_an_explicit_ledger_wins_over_that_of_the_stack(here: World, tmp_path: Path) -> None:
    """To try it without leaving a trace in the deployed table."""
    ledger = tmp_path / "ledger.sqlite"

    answer = check("--record", "--ledger", ledger)

    assert f"Recorded in {ledger}" in answer.out
    assert here.entries(JOB, "decision") == []


def test_a_route_that_is_down_is_told_later_by_the_same_command(here: World) -> None:
    """The verdict's exit code stays; standard error says who has not heard, and what to do."""
    here.slack.answer_with(error("ratelimited", status=429, Retry_After="0"))

    first, second = notify(), notify()

    assert first.code == 0
    assert "Route slack: not told yet" in first.out
    assert "recgate: route slack: not told yet: " in first.err
    assert "run the same command again" in first.err
    assert "Route slack: told (" in second.out
    assert "Route sns: told already" in second.out
    assert second.err == ""
    assert len(here.said_by_topic()) == 1


def test_a_route_that_refused_the_function_is_tried_anew_by_hand(here: World) -> None:
    """Once somebody has mended it; the others hear nothing twice."""
    here.slack.answer_with(error("channel_not_found"))
    assert here.send(here.event(COMPLETED)) == []

    answer = notify()

    [decision] = here.entries(JOB, "decision")
    assert "Route slack: told (" in answer.out
    assert "Route sns: told already" in answer.out
    assert here.effect(decision, "slack") == ["claimed", "refused"]
    assert here.effect(decision, "slack#1") == ["claimed", "delivered"]
    assert len(here.said_by_topic()) == 1


def test_a_refusal_comes_with_its_remedy(here: World) -> None:
    """On standard error, where a pipeline looks."""
    here.slack.answer_with(error("channel_not_found"))

    answer = notify()

    assert answer.code == 0
    assert "recgate: route slack: refused: " in answer.err
    assert "channel_not_found" in answer.err
    assert "; then run the same command again" in answer.err


def test_a_route_that_somebody_else_is_telling_is_not_told_twice(here: World) -> None:
    """The function may be at it at this moment; nobody calls that "told"."""
    assert check("--record").code == 0
    until = datetime.now(UTC) + timedelta(minutes=2)
    write(here, "slack", claim_entry(worker="function", lease_until=until, attempt=2))

    answer = notify()

    assert "Route slack: not told yet" in answer.out
    assert "recgate: route slack: not told yet: somebody else is telling it" in answer.err
    assert here.said_in_slack() == []


def test_a_route_that_has_refused_too_often_is_not_called_told(here: World) -> None:
    """After twenty refusals it is not tried, and the person hears so."""
    assert check("--record").code == 0
    refused = outcome_entry(Refused("no", "mend it", RefusalKind.DESTINATION), attempt=1)
    for course in range(20):
        write(here, f"slack#{course}" if course else "slack", refused)

    answer = notify()

    assert "Route slack: refused" in answer.out
    assert "refused this decision too often" in answer.err
    assert here.said_in_slack() == []


def write(here: World, route: str, effect: EffectEntry) -> None:
    """Append to the stream of the job's only decision and a route, as another worker does."""
    ledger = DynamoDbLedger(here.aws.client("dynamodb"), TABLE)
    [decision] = here.entries(JOB, "decision")
    stream = f"effect:{decision.key}:{route}"
    kind, body = effect
    ledger.append(stream, len(ledger.read(stream)), Entry(kind, stream, datetime.now(UTC), body))


def test_a_decision_with_the_same_verdict_as_before_says_why_nobody_is_told(
    here: World, tmp_path: Path
) -> None:
    """Other policies make another decision, and the same verdict is no news."""
    assert notify().code == 0
    for file in POLICIES.glob("*.yaml"):
        text = file.read_text("utf-8")
        (tmp_path / file.name).write_text(text.replace("owner: ml", "owner: new-ml"), "utf-8")

    answer = recgate(
        "check", JOB, "--policies", tmp_path, "--region", REGION, "--stack", "recgate",
        "--record", "--notify",
    )  # fmt: skip

    assert answer.code == 0, answer.err
    assert "Nobody is told: the verdict is PASS as before" in answer.out
    assert len(here.entries(JOB, "decision")) == 2
    assert len(here.said_in_slack()) == 1


def test_json_says_how_each_route_fared(here: World) -> None:
    """And nothing but JSON is on standard output, a console route included."""
    deploy(here, "talkative", RECGATE_CONSOLE="1")

    answer = check("--record", "--notify", "--output", "json", stack="talkative")

    body = json.loads(answer.out)
    assert answer.code == 0
    assert body["effects"] == ["slack", "sns", "console"]
    assert [(each["route"], each["outcome"]) for each in body["routes"]] == [
        ("slack", "told"),
        ("sns", "told"),
        ("console", "told"),
    ]
    assert "PASS fraud-ranker v14" in answer.err


def test_the_environment_does_instead_of_a_stack(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RECGATE_* as the function has it, for a pipeline without CloudFormation's permissions."""
    for name, value in environment(here).items():
        monkeypatch.setenv(name, value)

    answer = check("--record", "--notify", stack=None)

    assert answer.code == 0, answer.err
    assert here.send(here.event(COMPLETED)) == []
    assert_told_once(here)


def test_a_job_that_has_not_ended_is_neither_recorded_nor_told(here: World) -> None:
    """Exit 2, as without --notify."""
    job = json.loads((JOBS / f"{JOB}.json").read_text("utf-8")) | {"Status": "IN_PROGRESS"}
    here.sagemaker.put_job(job, tags={"env": "prod"}, checked=False)

    answer = notify()

    assert (answer.code, answer.out) == (2, "")
    assert here.entries(JOB, "decision") == []
    assert here.said_in_slack() == []


def test_broken_policies_are_told_to_the_person_and_to_nobody_else(
    here: World, tmp_path: Path
) -> None:
    """At a desk they are a draft."""
    (tmp_path / "a.yaml").write_text("version: 1\npolicy: a\nrequire: {max_cost: 1}\n")

    answer = recgate(
        "check", JOB, "--policies", tmp_path, "--region", REGION, "--stack", "recgate",
        "--record", "--notify",
    )  # fmt: skip

    assert answer.code == 2
    assert "a.yaml:3" in answer.err
    assert here.entries(JOB, "decision") == []
    assert here.said_in_slack() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((JOB, "--notify"), "--notify needs --record"),
        ((JOB, "--record"), "--record needs a ledger that lasts"),
        ((JOB, "--record", "--ledger", "memory", "--notify"), "needs a ledger that lasts"),
        ((JOB, "--record", "--ledger", "l.sqlite", "--notify"), "nobody to tell"),
        (("--file", "f.json", "--record", "--notify"), "are about a JOB in SageMaker"),
        (("--file", "f.json", "--stack", "recgate"), "are about a JOB in SageMaker"),
    ],
)
def test_wrong_usage_says_what_is_missing(
    arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is asked, recorded or told."""
    for name in ("RECGATE_LEDGER", "RECGATE_SLACK_SECRET", "RECGATE_SNS_TOPIC_ARN"):
        monkeypatch.delenv(name, raising=False)

    answer = recgate("check", "--policies", POLICIES, "--region", REGION, *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err


def test_a_job_of_another_region_is_named_by_its_arn(here: World) -> None:
    """As far as the stack serves that region; the decision is the function's own."""
    deploy(here, "two-regions", RECGATE_REGIONS="us-east-1", RECGATE_ACCOUNT="111122223333")
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:inference-recommendations-job/{JOB}"
    elsewhere = json.loads((JOBS / f"{JOB}.json").read_text("utf-8")) | {"JobArn": arn}
    here.sagemaker.put_job(elsewhere, tags={"env": "prod"}, checked=False)

    answer = check("--record", "--no-settle", stack="two-regions", job=arn)
    unserved = check(stack="two-regions", job=arn.replace("us-east-1", "ap-south-1"))

    assert "us-east-1 · 111122223333" in answer.out, answer.err
    ledger = DynamoDbLedger(here.aws.client("dynamodb"), TABLE)
    assert [entry.kind for entry in ledger.read(f"job:{arn}")] == ["snapshot", "decision"]
    assert (unserved.code, "WatchRegions" in unserved.err) == (2, True)


def test_an_arn_says_the_region_where_nobody_else_does(here: World) -> None:
    """Without --region and without a stack."""
    arn = f"arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/{JOB}"

    answer = recgate("check", arn, "--policies", POLICIES)

    assert answer.code == 0, answer.err
    assert "eu-west-1 · 111122223333" in answer.out

"""`recgate sweep` as a person uses it, on a local AWS and a local SageMaker."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.adapters.dynamodb_watch_memory import DynamoDbWatchMemory
from recgate.cli.since import moment
from recgate.domain.place import Place
from recgate.domain.watch_memory import Remembered
from recgate.ports import Entry, job_stream
from tests.adapters.test_deployed_stack import stack_template
from tests.builders import NOW
from tests.cli.runner import Answer, recgate
from tests.functions.test_watcher import received, subscribed_queue
from tests.servers.aws import REGION, LocalAws, create_ledger_table, create_watch_table, local_aws
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import job
from tests.servers.signed_calls import signed_calls

ACCOUNT = "123456789012"  # moto's
HOME = Place(ACCOUNT, REGION)


@dataclass
class Stack:
    """A deployed stack, seen from a desk. ``queue`` is behind the rule on status changes."""

    aws: LocalAws
    sagemaker: LocalSageMaker
    queue: str

    def job(self, name: str, *, hours_ago: float, status: str = "COMPLETED") -> None:
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:inference-recommendations-job/{name}"
        modified = time.time() - hours_ago * 3600
        self.sagemaker.put_job(
            job(name, JobArn=arn, Status=status, LastModifiedTime=modified), checked=False
        )

    def judged(self, name: str) -> None:
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:inference-recommendations-job/{name}"
        ledger = DynamoDbLedger(self.aws.client("dynamodb"), "ledger")
        ledger.append(job_stream(arn), 0, Entry("decision", "d", NOW, {"verdict": "PASS"}))

    def memory(self) -> DynamoDbWatchMemory:
        return DynamoDbWatchMemory(self.aws.client("dynamodb"), "watch", HOME)

    def announced(self) -> list[str]:
        events = received(self.aws, self.queue)
        return sorted(str(event["detail"]["JobName"]) for event in events)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def stack(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    aws.reset()
    create_ledger_table(aws.client("dynamodb"), "ledger")
    create_watch_table(aws.client("dynamodb"), "watch")
    settings = {"RECGATE_LEDGER": "dynamodb:ledger", "RECGATE_WATCH_TABLE": "watch"}
    aws.client("cloudformation").create_stack(
        StackName="recgate",
        TemplateBody=stack_template(settings, function="WatchFunction"),
        Capabilities=["CAPABILITY_IAM"],
    )
    with local_sagemaker(account=ACCOUNT) as sagemaker:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_ENDPOINT_URL_SAGEMAKER": sagemaker.endpoint_url,
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        yield Stack(aws, sagemaker, subscribed_queue(aws))


def sweep(*options: str) -> Answer:
    return recgate("sweep", "--region", REGION, *options)


def test_what_ended_without_a_verdict_is_announced(stack: Stack) -> None:
    """Not what still runs, not what has a decision, not what is older."""
    stack.job("forgotten", hours_ago=30)
    stack.job("failed", hours_ago=20, status="FAILED")
    stack.job("judged", hours_ago=10)
    stack.judged("judged")
    stack.job("running", hours_ago=1, status="IN_PROGRESS")
    stack.job("ancient", hours_ago=24 * 30)

    answer = sweep("--since", "7d", "--yes")

    assert answer.code == 0, answer.err
    assert stack.announced() == ["failed", "forgotten"]
    assert "1 still run, 1 have a verdict, 2 ended without one." in answer.out
    assert "2 announced. Verdicts follow." in answer.out


def test_a_dry_run_announces_nothing(stack: Stack) -> None:
    """It shows by name what would be."""
    stack.job("forgotten", hours_ago=30)

    answer = sweep("--since", "7d", "--dry-run")

    assert answer.code == 0
    assert "forgotten" in answer.out
    assert stack.announced() == []


def test_a_dry_run_stays_one_with_a_yes(stack: Stack) -> None:
    """Whoever says both wants to look."""
    stack.job("forgotten", hours_ago=30)

    answer = sweep("--since", "7d", "--dry-run", "--yes")

    assert answer.code == 0
    assert stack.announced() == []


@pytest.mark.parametrize("options", [(), ("--since", "7d", "--yes")])
def test_what_the_bus_did_not_take_shows_in_the_exit_code(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """For a script that would go on as if all were well."""
    begun = datetime.now(UTC) - timedelta(hours=1)
    stack.memory().save(Remembered(started_at=begun, watermark=begun), revision=0)
    stack.job("new", hours_ago=0.01)
    with signed_calls() as events:
        failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "try again"}
        events.answers["PutEvents"] = {"FailedEntryCount": 1, "Entries": [failed]}
        monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", events.endpoint_url)

        answer = sweep(*options)

    assert answer.code == 1
    assert "0 announced" in answer.out


def test_without_a_yes_nothing_is_announced(stack: Stack) -> None:
    """Nobody was asked: a script must say so."""
    stack.job("forgotten", hours_ago=30)

    answer = sweep("--since", "7d")

    assert answer.code == 1
    assert "--yes" in answer.err
    assert stack.announced() == []


def test_the_deployed_watcher_waits_for_the_verdicts_of_what_a_desk_announced(
    stack: Stack,
) -> None:
    """So that one that never comes rings the alarm; its watermark stays where it was."""
    begun = datetime.now(UTC) - timedelta(hours=1)
    stack.memory().save(Remembered(started_at=begun, watermark=begun), revision=0)
    stack.job("forgotten", hours_ago=30)

    answer = sweep("--since", "7d", "--yes")

    remembered, _ = stack.memory().load()
    assert remembered is not None
    assert [each.job_name for each in remembered.awaited.values()] == ["forgotten"]
    assert remembered.watermark == begun
    assert answer.err == ""


def test_a_watcher_without_a_memory_is_said_not_to_wait(stack: Stack) -> None:
    """It has never run: its first sweep will begin at its own time."""
    stack.job("forgotten", hours_ago=30)

    answer = sweep("--since", "7d", "--yes")

    assert answer.code == 0
    assert "does not wait for these verdicts" in answer.err
    assert stack.announced() == ["forgotten"]


def test_one_sweep_by_hand_is_the_functions_own(stack: Stack) -> None:
    """With the memory of the deployed watcher: the next one of either knows what was told."""
    begun = datetime.now(UTC) - timedelta(hours=1)
    stack.memory().save(Remembered(started_at=begun, watermark=begun), revision=0)
    stack.job("new", hours_ago=0.01)

    first, second = sweep(), sweep()

    assert first.out == f"{HOME}: 1 announced, 0 left, 0 without a verdict in time.\n"
    assert second.out == f"{HOME}: 0 announced, 0 left, 0 without a verdict in time.\n"
    assert stack.announced() == ["new"]


def test_a_job_that_nobody_can_judge_is_forgotten(stack: Stack) -> None:
    """By its name; who is not waited for is said to be so."""
    begun = datetime.now(UTC) - timedelta(hours=1)
    stack.memory().save(Remembered(started_at=begun, watermark=begun), revision=0)
    stack.job("odd", hours_ago=0.01)
    sweep()

    forgotten, again = sweep("--forget", "odd"), sweep("--forget", "odd")

    assert forgotten.code == 0
    assert "waits no longer for the verdict of arn:aws:sagemaker:" in forgotten.out
    assert (again.code, "waits for no verdict of odd" in again.err) == (1, True)
    remembered, _ = stack.memory().load()
    assert remembered is not None
    assert remembered.awaited == {}


@pytest.mark.parametrize("options", [(), ("--since", "7d", "--yes")])
def test_a_region_that_cannot_be_listed_stops_no_other(
    stack: Stack, options: tuple[str, ...]
) -> None:
    """It is named, and shows in the exit code."""
    settings = {
        "RECGATE_LEDGER": "dynamodb:ledger",
        "RECGATE_WATCH_TABLE": "watch",
        "RECGATE_REGIONS": "us-east-1",
    }
    stack.aws.client("cloudformation").create_stack(
        StackName="two-regions",
        TemplateBody=stack_template(settings, function="WatchFunction"),
        Capabilities=["CAPABILITY_IAM"],
    )
    stack.sagemaker.fail(
        "ListInferenceRecommendationsJobs", "AccessDeniedException", message="not authorized"
    )

    answer = sweep("--stack", "two-regions", *options)

    assert answer.code == 2
    assert f"recgate: {HOME}: SageMaker refused to list" in answer.err
    assert f"{ACCOUNT}/us-east-1" in answer.out


def test_machines_get_the_same_as_json(stack: Stack) -> None:
    """What was found, and what was announced of it."""
    stack.job("forgotten", hours_ago=30)
    stack.job("running", hours_ago=1, status="PENDING")

    answer = sweep("--since", "7d", "--yes", "--output", "json")

    [place] = json.loads(answer.out)
    assert (place["account"], place["region"]) == (ACCOUNT, REGION)
    assert (place["running"], place["with_verdict"]) == (1, 0)
    names: dict[str, list[Any]] = {
        key: [each["job_name"] for each in place[key]] for key in ("without_verdict", "announced")
    }
    assert names == {"without_verdict": ["forgotten"], "announced": ["forgotten"]}


def test_one_sweep_as_json(stack: Stack) -> None:
    """The change by name."""
    sweep()
    stack.job("new", hours_ago=-0.001)

    answer = sweep("--output", "json")

    [place] = json.loads(answer.out)
    assert [each["status"] for each in place["announced"]] == ["COMPLETED"]
    assert place["left"] == 0


def test_names_from_outside_cannot_paint_the_terminal(stack: Stack) -> None:
    """A status of tomorrow may hold anything."""
    stack.job("odd", hours_ago=1)
    stack.sagemaker.fail(
        "ListInferenceRecommendationsJobs", "ValidationException", message="\x1b[2J"
    )

    answer = sweep("--since", "7d", "--yes")

    assert answer.code == 2
    assert "\x1b" not in answer.out + answer.err


@pytest.mark.parametrize("text", ["tomorrow", "7", "2999-01-01", "-1d", "9999999w"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    """Before anything is asked of AWS."""
    answer = recgate("sweep", "--since", text)

    assert answer.code == 2
    assert "no time in the past" in answer.err


@pytest.mark.parametrize("options", [("--yes",), ("--dry-run",)])
def test_options_of_catching_up_need_their_since(options: tuple[str, ...]) -> None:
    """One sweep asks nobody and has no dry run."""
    answer = recgate("sweep", *options)

    assert answer.code == 2
    assert "--since" in answer.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", NOW - timedelta(minutes=90)),
        ("36h", NOW - timedelta(hours=36)),
        ("7d", NOW - timedelta(days=7)),
        ("2 W", NOW - timedelta(weeks=2)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T08:00", datetime(2026, 11, 1, 8, tzinfo=UTC)),
        ("2026-11-01T08:00+02:00", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ],
)
def test_a_time_is_what_a_person_means(text: str, expected: datetime) -> None:
    """Ago, or a date in UTC."""
    assert moment(text, NOW) == expected

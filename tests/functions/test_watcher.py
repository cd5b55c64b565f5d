"""The watch function: every place swept, told in metrics, and an error when one was not."""

import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger

from recgate.adapters.aws_clients import Aws
from recgate.dialect.events import notice_from
from recgate.domain.notice import TriggerSource
from recgate.domain.place import Place
from recgate.flows.watch import WatchParts
from recgate.functions.watcher import Watcher, WatchFailed
from recgate.ports import JobSourceBusy
from recgate.settings import Settings, SettingsInvalid, settings_from
from recgate.watch_wiring import watched_places
from tests.deploy.template import properties
from tests.flows.test_watch import Desk
from tests.servers.aws import LocalAws, create_ledger_table, create_watch_table, local_aws
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import job

HOME = Place("111122223333", "eu-west-1")
ELSEWHERE = Place("111122223333", "us-east-1")


@dataclass
class Context:
    """The part of Lambda's context that the watcher reads."""

    left_ms: int = 300_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


class Function:
    """A watch function over desks, with a view of what it prints."""

    def __init__(
        self,
        capsys: pytest.CaptureFixture[str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        **desks: Desk,
    ) -> None:
        self.desks = desks
        self._capsys = capsys
        self.log = io.StringIO()
        places: dict[Place, Callable[[], WatchParts]] = {
            Place("111122223333", region.replace("_", "-")): (lambda desk=desk: desk.parts)  # type: ignore[misc]
            for region, desk in desks.items()
        }
        logger = Logger(service=f"recgate {uuid4()}", stream=self.log)
        self.watcher = Watcher(places, monotonic=monotonic, logger=logger)

    def run(self, *, left_ms: int = 300_000) -> dict[str, Any]:
        """One run, and the figures that it printed beside its answer."""
        return self.watcher.handle(Context(left_ms))

    def figures(self) -> dict[str, float]:
        """The metrics printed since the last look."""
        lines = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        return {
            metric["Name"]: line[metric["Name"]][0]
            for line in lines
            for metrics in line["_aws"]["CloudWatchMetrics"]
            for metric in metrics["Metrics"]
        }

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def test_a_run_tells_what_it_announced(capsys: pytest.CaptureFixture[str]) -> None:
    """In its answer, in the log by name, and in metrics, zeros included."""
    desk = Desk()
    function = Function(capsys, eu_west_1=desk)
    desk.job("a", "COMPLETED")
    desk.job("b", "IN_PROGRESS")

    summary = function.run()

    assert summary == {"announced": 2, "left": 0, "without_verdict": 0}
    assert function.figures() == {"StatusChanges": 2, "JobsWithoutVerdict": 0, "WatermarkAge": 0}
    told = [(line["job_name"], line["status"]) for line in function.logged() if "job_name" in line]
    assert told == [("a", "COMPLETED"), ("b", "IN_PROGRESS")]


def test_metrics_come_with_the_dimension_that_the_alarms_watch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Namespace and service as in the template, and no other dimension."""
    Function(capsys, eu_west_1=Desk()).run()

    for line in map(json.loads, capsys.readouterr().out.splitlines()):
        [metrics] = line["_aws"]["CloudWatchMetrics"]
        assert (metrics["Namespace"], metrics["Dimensions"]) == ("recgate", [["service"]])
        assert line["service"] == "recgate"


def test_a_job_without_a_verdict_is_counted_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    """For the alarm, and for whoever it wakes."""
    desk = Desk()
    function = Function(capsys, eu_west_1=desk)
    desk.job("forgotten", "COMPLETED")
    function.run()
    function.figures()
    desk.clock.advance(minutes=31)

    assert function.run()["without_verdict"] == 1

    assert function.figures()["JobsWithoutVerdict"] == 1
    errors = [line for line in function.logged() if line["level"] == "ERROR"]
    assert [line["job_name"] for line in errors] == ["forgotten"]


def test_what_is_left_shows_as_age(capsys: pytest.CaptureFixture[str]) -> None:
    """The bus takes nothing: the age of what waits is told, in seconds."""
    desk = Desk()
    function = Function(capsys, eu_west_1=desk)
    desk.job("a", "COMPLETED")
    desk.bus.refuses = lambda change: True
    desk.clock.advance(minutes=12)

    assert function.run()["left"] == 1

    assert function.figures()["WatermarkAge"] == 720


def test_a_place_that_fails_stops_no_other_and_fails_the_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The error names the place; no age is told, so that its alarm rings if this stays."""
    sick, well = Desk(), Desk()

    def throttled() -> None:
        raise JobSourceBusy("SageMaker did not list: ThrottlingException")

    sick.sagemaker.before = throttled
    well.job("a", "COMPLETED")
    function = Function(capsys, eu_west_1=sick, us_east_1=well)

    with pytest.raises(WatchFailed, match=r"1 of 2 .*111122223333/eu-west-1.*Throttling"):
        function.run()

    assert well.bus.told == [("a", None, "COMPLETED")]
    assert "WatermarkAge" not in (figures := function.figures())
    assert figures["StatusChanges"] == 1


def test_a_fault_of_ours_in_one_place_fails_the_run_and_stops_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Home comes first: were it not so, one odd job there would leave all others unwatched."""
    desk, well = Desk(), Desk()
    well.job("a", "COMPLETED")

    def broken() -> None:
        raise KeyError("a fault")

    desk.sagemaker.before = broken

    function = Function(capsys, eu_west_1=desk, us_east_1=well)
    with pytest.raises(WatchFailed, match=r"eu-west-1: recgate failed \(KeyError\)"):
        function.run()

    assert well.bus.told == [("a", None, "COMPLETED")]
    [fault] = [line for line in function.logged() if line["message"] == "A fault of recgate"]
    assert "KeyError" in fault["exception"]


def test_a_run_that_has_little_time_begins_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A run that Lambda cuts off tells nobody what it did."""
    desk = Desk()
    desk.job("a", "COMPLETED")
    function = Function(capsys, eu_west_1=desk)

    function.run(left_ms=10_000)

    assert desk.bus.told == []
    assert function.figures()["WatermarkAge"] > 0


def test_no_place_uses_up_the_time_of_those_after_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Each has its share of what is left; the last has all of it."""
    now = [0.0]

    def takes(seconds: float) -> Callable[[], None]:
        def pass_time() -> None:
            now[0] += seconds

        return pass_time

    greedy, last = Desk(), Desk()
    for desk, seconds in ((greedy, 180.0), (last, 40.0)):
        desk.job("a", "COMPLETED")
        desk.sagemaker.before = takes(seconds)
    function = Function(capsys, eu_west_1=greedy, us_east_1=last, monotonic=lambda: now[0])

    summary = function.run(left_ms=300_000)

    assert greedy.bus.told == []
    assert last.bus.told == [("a", None, "COMPLETED")]
    assert (summary["announced"], summary["left"]) == (1, 1)
    assert any(line["message"] == "Changes left for the next sweep" for line in function.logged())


def test_a_missing_verdict_stays_missing_while_nobody_can_look(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A zero would end the alarm: throttled, out of time, overtaken are no answers."""
    desk = Desk()
    function = Function(capsys, eu_west_1=desk)
    desk.job("forgotten", "COMPLETED")
    function.run()
    desk.clock.advance(minutes=31)
    function.figures()

    def throttled() -> None:
        raise JobSourceBusy("ThrottlingException")

    def overtaken() -> None:
        desk.memory.revision += 1

    desk.sagemaker.before = throttled
    with pytest.raises(WatchFailed):
        function.run()
    failed = function.figures()
    desk.sagemaker.before = lambda: None
    function.run(left_ms=10_000)
    short = function.figures()
    desk.job("other", "COMPLETED")
    desk.bus.before = overtaken
    function.run()
    superseded = function.figures()

    for figures in (failed, short, superseded):
        assert "JobsWithoutVerdict" not in figures
    assert "WatermarkAge" not in superseded
    desk.bus.before = lambda: None
    assert function.run()["without_verdict"] == 1


def test_a_run_without_time_to_list_says_that_it_is_behind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The operations page tells people to look for that line."""
    desk = Desk()
    function = Function(capsys, eu_west_1=desk)

    function.run(left_ms=10_000)

    [line] = [line for line in function.logged() if "left for the next" in line["message"]]
    assert line["behind_s"] > 0


def test_a_sweep_that_was_overtaken_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """It is no error: the other one did the work."""
    desk = Desk()
    desk.job("a", "COMPLETED")

    def overtaken() -> None:
        desk.memory.revision += 1

    desk.bus.before = overtaken
    function = Function(capsys, eu_west_1=desk)

    function.run()

    assert any("Another sweep was faster" in line["message"] for line in function.logged())


# --- over AWS's own interfaces ----------------------------------------------------------------


@pytest.fixture(name="aws", scope="module")
def _aws() -> Iterator[LocalAws]:
    with local_aws() as aws:
        yield aws


@pytest.fixture
def sagemaker() -> Iterator[LocalSageMaker]:
    with local_sagemaker() as served:
        yield served


@pytest.fixture
def settings(aws: LocalAws, sagemaker: LocalSageMaker, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a deployment on this machine, with its tables, its rule and its queue."""
    aws.reset()
    create_ledger_table(aws.client("dynamodb"), "ledger")
    create_watch_table(aws.client("dynamodb"), "watch")
    for name, value in {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_ENDPOINT_URL_SAGEMAKER": sagemaker.endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    return settings_from(
        {
            "RECGATE_WATCH_TABLE": "watch",
            "RECGATE_LEDGER": "dynamodb:ledger",
            "RECGATE_ACCOUNT": "111122223333",
        }
    )


def subscribed_queue(aws: LocalAws) -> str:
    """A queue behind the template's own rule on status changes."""
    sqs, events = aws.client("sqs"), aws.client("events")
    queue = sqs.create_queue(QueueName="notices")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = properties("StatusChangedRule")["EventPattern"]
    events.put_rule(Name="status-changed", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="status-changed", Targets=[{"Id": "queue", "Arn": arn["QueueArn"]}])
    return str(queue)


def received(aws: LocalAws, queue: str) -> list[Mapping[str, Any]]:
    sqs = aws.client("sqs")
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in messages]


def test_a_job_that_ends_becomes_a_notice_in_the_queue(
    aws: LocalAws, sagemaker: LocalSageMaker, settings: Settings
) -> None:
    """SageMaker's list → memory → bus → rule → queue → a notice that the checker reads."""
    queue = subscribed_queue(aws)
    clients = Aws()
    watcher = Watcher(watched_places(settings, clients), metrics=False)
    sagemaker.put_job(job("old", LastModifiedTime=time.time() - 3600))
    watcher.handle(Context())
    first = received(aws, queue)

    sagemaker.put_job(job("new", LastModifiedTime=time.time() + 1))
    summaries = [watcher.handle(Context()) for _ in range(3)]
    clients.close()

    assert first == []
    assert [summary["announced"] for summary in summaries] == [1, 0, 0]
    [event] = received(aws, queue)
    assert event["detail"]["Status"] == "COMPLETED"
    notice = notice_from(json.dumps(event))
    assert (notice.job_name, notice.trigger.source) == ("new", TriggerSource.SWEEP)
    assert (notice.account, notice.region) == ("111122223333", "eu-west-1")


def test_every_region_has_a_memory_of_its_own(
    aws: LocalAws, sagemaker: LocalSageMaker, settings: Settings
) -> None:
    """Home and one more, swept by one function, put on the bus at home."""
    clients = Aws()
    both = replace(settings, regions=("us-east-1",))
    watcher = Watcher(watched_places(both, clients), metrics=False)

    watcher.handle(Context())
    clients.close()

    items = aws.client("dynamodb").scan(TableName="watch")["Items"]
    assert {item["place"]["S"] for item in items} == {str(HOME), str(ELSEWHERE)}
    assert sagemaker.count("ListInferenceRecommendationsJobs") == 2


def test_without_a_table_the_watcher_does_not_start() -> None:
    """It would announce everything again at every start."""
    clients = Aws(region="eu-west-1")

    with pytest.raises(SettingsInvalid, match="RECGATE_WATCH_TABLE"):
        watched_places(settings_from({}), clients)


def test_a_verdict_is_awaited_for_the_settling_time_and_the_time_allowed(
    aws: LocalAws, settings: Settings
) -> None:
    """A P99 may take the settling time to be there; only then is a verdict late."""
    clients = Aws()

    [make] = watched_places(settings, clients).values()

    assert make().verdict_within == timedelta(minutes=30)
    clients.close()

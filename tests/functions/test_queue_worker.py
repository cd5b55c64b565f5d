"""SQS messages in, partial batch failures out."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger

from recgate.adapters.local_inbox import LocalInbox
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.cli.demo import LambdaContext
from recgate.domain.delivery import RefusalKind, Refused, TryAgain
from recgate.domain.place import Place, Places
from recgate.functions.queue_worker import QueueWorker
from recgate.functions.telemetry import Telemetry
from recgate.ports import (
    CannotTellYet,
    JobSourceBusy,
    JobSourceRefused,
    JobState,
    JobUnusable,
    LedgerUnavailable,
)
from recgate.rendering.headline import headline
from recgate.wiring import QueueParts
from tests.flows.test_check import Desk, job

EVENTS = Path(__file__).parents[2] / "events"
COMPLETED = (EVENTS / "status-change-completed.json").read_text("utf-8")


class Function:
    """The function of one desk, with a view of its queue and of what it prints."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.places: Places | None = None
        self.most_receives = 0
        self.inbox = LocalInbox()
        self.log = io.StringIO()
        self.use(self.inbox)

    def use(self, inbox: LocalInbox) -> None:
        self.inbox = inbox
        # powertools keeps one logger a service, with the stream it first had: so one a test.
        logger = Logger(service=f"recgate {uuid4()}", stream=self.log)
        parts = QueueParts(self.desk.parts(), inbox, self.places, self.most_receives)
        self.worker = QueueWorker(parts, Telemetry(logger=logger))

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def receive(self, *bodies: str, received: int = 1, context: object = None) -> list[int]:
        """Hand over a batch; gives the places of the messages that are to come again."""
        records = [
            {
                "messageId": str(place),
                "receiptHandle": f"receipt {place}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(received)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:recgate",
                "awsRegion": "eu-west-1",
            }
            for place, body in enumerate(bodies)
        ]
        answer = self.worker.handle({"Records": records}, context or LambdaContext())
        return [int(failed["itemIdentifier"]) for failed in answer["batchItemFailures"]]


@pytest.fixture
def function() -> Iterator[Function]:
    with SqliteLedger(":memory:") as ledger:
        yield Function(Desk(ledger))


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_poisoned_message_does_not_spoil_the_batch(function: Function) -> None:
    """It is parked with its reason; the message beside it is handled."""
    failed = function.receive("{", COMPLETED)

    assert failed == []
    assert [body for body, _ in function.inbox.parked] == ["{"]
    assert "not JSON" in function.inbox.parked[0][1]
    assert function.desk.heard("slack") == 1


def test_only_what_is_not_done_comes_again(function: Function) -> None:
    """Partial batch failures: the parked one does not, the busy one does."""
    function.desk.channels["slack"].answers = [TryAgain("429", after_s=42.5)]

    failed = function.receive("{", COMPLETED)

    assert failed == [1]
    assert function.inbox.postponed == [("receipt 1", 42.5)]


@pytest.mark.parametrize(("received", "wait_s"), [(1, 30), (2, 60), (4, 240), (9, 900)])
def test_without_a_wait_that_was_asked_for_the_waits_double(
    function: Function, received: int, wait_s: float
) -> None:
    """From half a minute to a quarter of an hour."""
    function.desk.channels["slack"].answers = [TryAgain("500")]

    function.receive(COMPLETED, received=received)

    assert function.inbox.postponed == [("receipt 0", wait_s)]


class Failing:
    """A job source that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def state(self, notice: object) -> JobState:
        raise self.error

    def gather(self, state: JobState) -> Any:
        raise AssertionError


@pytest.mark.parametrize(
    "error", [JobSourceBusy("throttled"), LedgerUnavailable("throttled"), ConnectionError("bug")]
)
def test_throttling_and_faults_are_tried_again_later(function: Function, error: Exception) -> None:
    """Nothing is parked that time may mend."""
    function.desk.jobs = Failing(error)  # type: ignore[assignment]
    function.use(function.inbox)

    assert function.receive(COMPLETED) == [0]
    assert function.inbox.parked == []


@pytest.mark.parametrize(
    "error", [JobSourceRefused("allow sagemaker:Describe…"), JobUnusable("microseconds")]
)
def test_what_time_cannot_mend_is_parked_with_its_reason(
    function: Function, error: Exception
) -> None:
    """Until somebody mends it and moves the message back."""
    function.desk.jobs = Failing(error)  # type: ignore[assignment]
    function.use(function.inbox)

    assert function.receive(COMPLETED) == []
    assert function.inbox.parked == [(COMPLETED, str(error))]


def test_a_message_that_cannot_be_parked_stays_in_the_queue(function: Function) -> None:
    """Nothing is lost."""
    function.use(Unreachable())

    assert function.receive("{") == [0]


def test_a_wait_that_the_queue_did_not_take_is_told(function: Function) -> None:
    """The message comes back all the same; the operator should know that it is later."""

    class Deaf(LocalInbox):
        def postpone(self, receipt: str, after_s: float) -> bool:
            return False

    function.use(Deaf())
    function.desk.channels["slack"].answers = [TryAgain("429", after_s=42.5)]

    assert function.receive(COMPLETED) == [0]
    assert "sqs:ChangeMessageVisibility" in function.logged()[-1]["message"]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:lambda:us-east-1:111122223333:function:recgate",
        "arn:aws:lambda:eu-west-1:999988887777:function:recgate",
    ],
)
def test_a_job_elsewhere_is_parked_rather_than_not_found(function: Function, arn: str) -> None:
    """Describing it here would say that it does not exist."""
    assert function.receive(COMPLETED, context=LambdaContext(invoked_function_arn=arn)) == []

    assert "this function serves" in function.inbox.parked[0][1]
    assert function.desk.entries("decision") == []


def test_what_a_function_of_several_places_serves_is_its_job_sources_affair(
    function: Function,
) -> None:
    """One check in one place: the source knows them all, the function's ARN only one."""
    function.places = Places(Place("111122223333", "us-east-1"), regions=("eu-west-1",))
    function.use(function.inbox)
    arn = "arn:aws:lambda:us-east-1:111122223333:function:recgate"

    assert function.receive(COMPLETED, context=LambdaContext(invoked_function_arn=arn)) == []

    assert function.inbox.parked == []
    assert len(function.desk.entries("decision")) == 1


def test_a_stop_call_is_recorded_and_the_message_says_who(function: Function) -> None:
    """From CloudTrail's event to the decision that people hear."""
    function.desk.jobs.snapshot = job(status="STOPPED")

    function.receive((EVENTS / "cloudtrail-stop.json").read_text("utf-8"))

    [heard] = function.desk.channels["slack"].delivered
    assert "stopped by dana (role ml-engineer)" in headline(heard)


def gives_up(function: Function, *, after: int, inbox: LocalInbox | None = None) -> None:
    function.most_receives = after
    function.use(inbox or function.inbox)


@pytest.mark.parametrize(("received", "parked"), [(11, 0), (12, 1), (13, 1)])
def test_the_last_try_is_parked_with_its_reason(
    function: Function, received: int, parked: int
) -> None:
    """SQS would move it without a word."""
    function.desk.channels["slack"].answers = [TryAgain("slack answered 500")]
    gives_up(function, after=12)

    failed = function.receive(COMPLETED, received=received)

    assert failed == ([] if parked else [0])
    assert (
        function.inbox.parked
        == [
            (
                COMPLETED,
                f"Tried {received} times; last: not delivered yet: slack (slack answered 500)",
            )
        ]
        * parked
    )
    assert len(function.inbox.postponed) == 1 - parked


def test_a_queue_of_unknown_patience_is_never_given_up_on(function: Function) -> None:
    """Without RECGATE_MOST_RECEIVES it is SQS that counts."""
    function.desk.channels["slack"].answers = [TryAgain("500")]

    assert function.receive(COMPLETED, received=1000) == [0]
    assert function.inbox.parked == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (JobSourceBusy("SageMaker is throttled"), "SageMaker is throttled"),
        (ZeroDivisionError("secret"), "recgate failed (ZeroDivisionError)"),
    ],
)
def test_every_kind_of_last_try_says_why(
    function: Function, error: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever was in the way; a fault by its kind only, the log has the rest."""
    function.desk.jobs = Failing(error)  # type: ignore[assignment]
    gives_up(function, after=12)

    assert function.receive(COMPLETED, received=12) == []

    assert function.inbox.parked == [(COMPLETED, f"Tried 12 times; last: {said}")]
    assert function.logged()[-1]["message"] == "Parked in the dead-letter queue"
    assert [line["reason"] for line in printed(capsys) if "Parked" in line] == ["GivenUp"]


class Unreachable(LocalInbox):
    """A queue whose dead-letter queue is away."""

    def park(self, body: str, reason: str) -> None:
        raise CannotTellYet(f"not parked: {reason}")


def test_a_last_try_that_cannot_be_parked_goes_back_as_before(function: Function) -> None:
    """SQS moves it itself then; the log has the reason."""
    function.desk.jobs = Failing(JobSourceBusy("throttled"))  # type: ignore[assignment]
    gives_up(function, after=12, inbox=Unreachable())

    assert function.receive(COMPLETED, received=12) == [0]

    assert function.inbox.postponed == [("receipt 0", 900)]
    assert [line["reason"] for line in function.logged()] == [
        "not parked: Tried 12 times; last: throttled"
    ]


def test_a_fault_at_the_last_try_that_cannot_be_parked_stays_in_the_queue(
    function: Function,
) -> None:
    """Nothing is lost."""
    function.desk.jobs = Failing(ZeroDivisionError("bug"))  # type: ignore[assignment]
    gives_up(function, after=12, inbox=Unreachable())

    assert function.receive(COMPLETED, received=12) == [0]


def test_what_cannot_be_handled_at_all_is_parked_with_that_reason(function: Function) -> None:
    """Also when it happens to be the last try."""
    gives_up(function, after=1)

    assert function.receive("{", received=1) == []
    assert "not JSON" in function.inbox.parked[0][1]
    assert "Tried" not in function.inbox.parked[0][1]


def test_logs_name_the_job_and_metrics_count_the_verdict(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    """Structured logs and EMF, one JSON object a line."""
    function.receive(COMPLETED)

    logs, metrics = function.logged(), printed(capsys)

    assert {line["job_name"] for line in logs} == {"fraud-ranker-v14"}
    assert [line["message"] for line in logs] == ["Decision recorded", "Delivered", "Delivered"]
    assert {"verdict": "PASS", "Decisions": [1.0]}.items() <= metrics[0].items()
    assert metrics[1]["TimeToVerdict"] == [3600.0]
    assert [line.get("outcome") for line in metrics[2:]] == ["delivered", "delivered"]
    assert {directive["Namespace"] for line in metrics for directive in _directives(line)} == {
        "recgate"
    }


def test_the_same_event_again_is_counted_as_no_decision(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    """Redeliveries do not make more decisions of one."""
    function.receive(COMPLETED)
    function.receive(COMPLETED)

    counted = [line for line in printed(capsys) if "Decisions" in line or "TimeToVerdict" in line]

    assert len(counted) == 2
    assert function.logged()[-1]["message"] == "Decision known already"


def _directives(line: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = line["_aws"]["CloudWatchMetrics"]
    return found


def test_the_next_message_does_not_carry_the_job_of_the_one_before(function: Function) -> None:
    """A log line about the wrong job is worse than none."""
    function.receive(COMPLETED, "{")

    last = function.logged()[-1]

    assert last["message"] == "Parked in the dead-letter queue"
    assert "job_name" not in last


def test_a_refusal_for_good_is_logged_with_its_remedy(function: Function) -> None:
    """The log says what to do."""
    refusal = Refused("not_in_channel", "invite the bot: /invite @recgate", RefusalKind.DESTINATION)
    function.desk.channels["slack"].answers = [refusal]

    failed = function.receive(COMPLETED)

    logged = next(line for line in function.logged() if line.get("message") == "Refused for good")
    assert failed == []
    assert logged["remedy"] == "invite the bot: /invite @recgate"
    assert logged["level"] == "ERROR"


def test_a_fault_is_logged_with_its_traceback(function: Function) -> None:
    """The batch processor would swallow it."""
    function.desk.jobs = Failing(ZeroDivisionError("bug"))  # type: ignore[assignment]
    function.use(function.inbox)

    function.receive(COMPLETED)

    logged = next(line for line in function.logged() if line.get("level") == "ERROR")
    assert "ZeroDivisionError" in logged["exception"]

"""Who asked for a job is kept until somebody decides, and never decides anything itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.delivery import TryAgain
from recgate.domain.job import JobStatus
from recgate.domain.notice import JobNotice, Request, RequestedAction, Trigger, TriggerSource
from recgate.flows.check import NotEnded, check
from recgate.ports import CannotTellYet
from tests.flows.fakes import NOTICE, Crash, CrashingLedger
from tests.flows.test_check import NEEDS_P99, Desk, job, policy_set

DANA = "arn:aws:sts::111122223333:assumed-role/ml-engineer/dana"
BO = "arn:aws:iam::111122223333:user/bo"
CREATED = Request(
    RequestedAction.CREATED,
    by=DANA,
    at=datetime(2026, 11, 21, 4, 40, tzinfo=UTC),
    person="dana",
    through="cloudformation.amazonaws.com",
    call_id="call-1",
)
STOPPED = Request(
    RequestedAction.STOPPED, by=BO, at=datetime(2026, 11, 21, 6, 31, tzinfo=UTC), call_id="call-2"
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with SqliteLedger(":memory:") as ledger:
        yield Desk(ledger)


def told(request: Request, *, event_id: str = "event-1") -> JobNotice:
    return replace(NOTICE, trigger=Trigger(TriggerSource.CLOUDTRAIL, event_id, request=request))


def runs(desk: Desk) -> None:
    desk.jobs.snapshot = job(status="IN_PROGRESS")


def ends(desk: Desk, status: str = "COMPLETED") -> None:
    desk.jobs.snapshot = job(status=status)


def test_who_made_a_running_job_is_in_the_decision_about_its_end(desk: Desk) -> None:
    """The Create comes long before the end, and by another event."""
    runs(desk)
    created = check(told(CREATED), desk.parts())
    ends(desk)

    decision = desk.check().decision

    assert created == NotEnded("fraud-ranker-v14", JobStatus.IN_PROGRESS)
    assert decision.requests == (CREATED,)
    assert decision.created == CREATED
    assert desk.channels["slack"].delivered == [decision]


def test_a_call_is_recorded_once_however_often_it_is_told(desk: Desk) -> None:
    """CloudTrail's own id counts: EventBridge may give one call two ids."""
    runs(desk)

    for event_id in ("event-1", "event-1", "event-2"):
        check(told(CREATED, event_id=event_id), desk.parts())

    assert [entry.key for entry in desk.entries("request")] == ["created:call-1"]


def test_what_was_recorded_first_of_a_call_counts(desk: Desk) -> None:
    """A later telling changes nothing."""
    check(told(CREATED), desk.parts())
    check(told(replace(CREATED, by=BO)), desk.parts())

    assert [entry.body["by"] for entry in desk.entries("request")] == [DANA]


@pytest.mark.parametrize(
    ("event_id", "key"),
    [("event-1", "created:event-1"), (None, "created:2026-11-21T04:40:00+00:00")],
)
def test_a_call_without_an_id_is_known_by_its_event(
    desk: Desk, event_id: str | None, key: str
) -> None:
    """Or by its time, should there be neither."""
    notice = replace(
        NOTICE,
        trigger=Trigger(TriggerSource.CLOUDTRAIL, event_id, request=replace(CREATED, call_id=None)),
    )

    check(notice, desk.parts())

    assert [entry.key for entry in desk.entries("request")] == [key]


def test_the_call_that_brings_the_news_of_the_end_is_in_the_decision(desk: Desk) -> None:
    """It is recorded before anything is decided."""
    ends(desk, "STOPPED")

    check(told(STOPPED), desk.parts())

    [entry] = desk.entries("decision")
    job_part: Any = entry.body["job"]
    assert job_part["stopped_by"] == BO
    assert job_part["created_by"] is None
    assert [request["by"] for request in job_part["requests"]] == [BO]


def test_a_request_is_kept_even_if_nothing_can_be_decided_yet(desk: Desk) -> None:
    """The samples are missing; the caller is known all the same, and recorded once."""
    desk.policies.current = policy_set(NEEDS_P99)
    desk.clock.now = datetime(2026, 11, 21, 6, 33, tzinfo=UTC)

    for _ in range(2):
        with pytest.raises(CannotTellYet):
            check(told(CREATED), desk.parts())

    assert len(desk.entries("request")) == 1


def test_a_trail_that_comes_late_makes_no_new_decision(desk: Desk) -> None:
    """The request is in the stream, the decision and everything that was told stand."""
    before = desk.check()

    after = check(told(CREATED), desk.parts())

    assert not isinstance(after, NotEnded)
    assert (after.is_news, after.decision.key) == (False, before.decision.key)
    assert len(desk.entries("decision")) == len(desk.entries("request")) == 1
    assert desk.heard("slack") == 1


def test_every_channel_hears_what_the_record_says(desk: Desk) -> None:
    """Slack was down, the trail came in the meantime: what was recorded first counts."""
    desk.channels["slack"].answers = [TryAgain("500")]
    desk.check()
    check(told(CREATED), desk.parts())

    desk.check()

    [to_sns], [to_slack] = desk.channels["sns"].delivered, desk.channels["slack"].delivered
    assert to_sns.requests == to_slack.requests == ()


def test_a_redelivery_knows_the_requests_of_the_record(desk: Desk) -> None:
    """Read back as they were written."""
    check(told(CREATED), desk.parts())
    ends(desk, "STOPPED")
    check(told(STOPPED), desk.parts())

    again = desk.check()

    assert again.is_news is False
    assert again.decision.requests == (CREATED, STOPPED)


def test_a_running_job_that_nobody_tells_of_costs_the_ledger_nothing(desk: Desk) -> None:
    """Most notices about running jobs are sweeps."""
    runs(desk)
    counting = CrashingLedger(desk.ledger, dies_at=0, after=False)

    check(NOTICE, desk.parts(ledger=counting))

    assert counting.calls == 0


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", [1, 2])
def test_a_crash_while_a_request_is_kept_loses_nothing(
    desk: Desk, dies_at: int, *, after: bool
) -> None:
    """The queue hands the notice over again."""
    runs(desk)
    with pytest.raises(Crash):
        check(told(CREATED), desk.parts(ledger=CrashingLedger(desk.ledger, dies_at, after)))

    check(told(CREATED), desk.parts())

    assert len(desk.entries("request")) == 1


def test_a_create_that_is_faster_than_its_job_is_told_again(desk: Desk) -> None:
    """Describe does not know the job yet: nothing is recorded, and nothing is lost."""
    desk.jobs.snapshot = None
    with pytest.raises(CannotTellYet) as early:
        check(told(CREATED), desk.parts())
    runs(desk)

    check(told(CREATED), desk.parts())

    assert early.value.after_s == 60
    assert len(desk.entries("request")) == 1


def test_a_request_of_a_kind_that_is_not_known_is_left_out(desk: Desk) -> None:
    """A newer version may have written it; this one still decides."""
    check(told(CREATED), desk.parts())
    [entry] = desk.entries("request")
    newer = replace(entry, key="paused:1", body={**entry.body, "action": "paused"})
    desk.ledger.append("job:" + str(NOTICE.job_arn), 3, newer)
    desk.policies.current = policy_set(NEEDS_P99)

    decision = desk.check().decision

    assert decision.requests == (CREATED,)

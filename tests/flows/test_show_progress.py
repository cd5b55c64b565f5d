"""A running job's message: posted once, changed in place, and never in the verdict's way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.describe import snapshot_from
from recgate.domain.delivery import Delivered, RefusalKind, Refused, TryAgain
from recgate.domain.job import JobStatus, Step
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.policy import Policy
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route, SlackBot
from recgate.domain.scope import Condition, Scope
from recgate.flows.check import NotEnded, check
from recgate.flows.parts import CheckParts
from recgate.flows.record_and_tell import Checked
from recgate.flows.show_progress import LONGEST, PAUSE
from recgate.ports import JobSourceRefused, JobState
from tests.builders import JOB_ARN, at_most, policy, snapshot
from tests.flows.fakes import NOTICE, Clock, Crash, Jobs, Policies, TalkingChannel
from tests.flows.test_check import job

BOT = SlackBot("C0123456789", "recgate/token", progress=True)
CHAT = Route("chat", BOT)
PLAIN = Route("plain", replace(BOT, progress=False))
LIMIT = policy(at_most("max_cost_per_hour_usd", 2.5))
RUNNING = snapshot(
    status=JobStatus.IN_PROGRESS,
    ended_at=None,
    steps=(Step("COMPLETED"), Step("IN_PROGRESS"), Step("PENDING")),
)
PAUSE_S = PAUSE.total_seconds()


def tick(number: int) -> JobNotice:
    """The reminder of that number."""
    trigger = Trigger(TriggerSource.PROGRESS)
    return JobNotice("fraud-ranker-v14", trigger, job_arn=JOB_ARN, reminder=number)


class Desk:
    """A job that runs, and a chat that wants to see how far it is."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self.chat, self.clock, self.jobs = TalkingChannel(), Clock(), Jobs(RUNNING)
        self.policies = Policies(self.of(LIMIT))
        self.reminders: list[tuple[int, float]] = []
        self.ledger = ledger
        self.takes_reminders = True

    def of(self, *policies: Policy, route: Route = CHAT) -> PolicySet:
        return PolicySet(policies, {route.name: route}, (route.name,))

    def remind(self, state: JobState, number: int, after_s: float) -> bool:
        self.reminders.append((number, after_s))
        return self.takes_reminders

    def conversation_for(self, route: Route) -> TalkingChannel:
        return self.chat

    def check(self, notice: JobNotice = NOTICE, *, tells: bool = True) -> NotEnded | Checked:
        parts = CheckParts(
            jobs=self.jobs,
            policies=self.policies,
            ledger=self.ledger,
            read_snapshot=snapshot_from,
            channel_for=lambda _: self.chat,
            conversation_for=self.conversation_for,
            clock=self.clock,
            worker="one",
            remind=self.remind,
            tells=tells,
        )
        return check(notice, parts)

    def end(self) -> None:
        self.jobs.snapshot = job()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with SqliteLedger(":memory:") as ledger:
        yield Desk(ledger)


def test_a_running_job_is_posted_once_and_then_changed_in_place(desk: Desk) -> None:
    """Every further notice changes the same message."""
    for _ in range(3):
        desk.check()

    assert [receipt for _, receipt in desk.chat.shown] == ["", "p1", "p1"]
    note, _ = desk.chat.shown[0]
    assert (note.benchmarks.done, note.benchmarks.started, note.policies) == (
        1,
        2,
        ("prod-realtime",),
    )


def test_nobody_is_shown_what_no_route_wants(desk: Desk) -> None:
    """And nothing is asked of SageMaker for it."""
    desk.policies.current = desk.of(LIMIT, route=PLAIN)

    desk.check()

    assert desk.chat.shown == []
    assert desk.jobs.gathered == 0
    assert desk.reminders == []


def test_a_route_that_will_not_hear_the_verdict_is_not_shown_the_way_to_it(desk: Desk) -> None:
    """The policy names another route."""
    elsewhere = replace(LIMIT, notify=("mail",))
    routes = {"chat": CHAT, "mail": Route("mail", Console())}
    desk.policies.current = PolicySet((elsewhere,), routes, ("chat",))

    desk.check()

    assert desk.chat.shown == []


def test_a_policy_that_does_not_apply_shows_nothing(desk: Desk) -> None:
    """Only those that will judge the job are named, and without any the default routes hear."""
    scope = Scope((Condition("regions", ("us-west-2",)),))
    desk.policies.current = desk.of(replace(LIMIT, scope=scope))

    desk.check()

    note, _ = desk.chat.shown[0]
    assert note.policies == ()


def test_one_chain_of_reminders_runs_however_many_notices_come(desk: Desk) -> None:
    """The first notice begins it, and each reminder carries it on."""
    desk.check()
    desk.check()
    desk.check(tick(0))

    assert desk.reminders == [(0, PAUSE_S), (1, PAUSE_S)]


def test_a_reminder_that_is_handed_over_twice_carries_the_chain_on_once(desk: Desk) -> None:
    """However often, and however late: chains never multiply."""
    desk.check()
    for number in (0, 0, 1, 0, 1, 2):
        desk.check(tick(number))

    assert [number for number, _ in desk.reminders] == [0, 1, 2, 3]


def test_a_reminder_that_was_lost_is_replaced_by_the_next_notice(desk: Desk) -> None:
    """Once it is overdue; before that it may still come."""
    desk.check()
    desk.clock.advance(minutes=14)
    desk.check()
    desk.clock.advance(minutes=2)
    desk.check()
    desk.check(tick(0))

    assert [number for number, _ in desk.reminders] == [0, 1]


def test_a_crash_before_the_reminder_was_sent_is_made_good_later(desk: Desk) -> None:
    """Its place is taken, and when it is overdue the next notice takes another."""

    def crash(state: JobState, number: int, after_s: float) -> bool:
        raise Crash

    alive, desk.remind = desk.remind, crash  # type: ignore[method-assign]
    with pytest.raises(Crash):
        desk.check()
    desk.remind = alive  # type: ignore[method-assign]
    desk.clock.advance(minutes=20)

    desk.check()

    assert [number for number, _ in desk.reminders] == [1]


def test_a_queue_that_takes_no_reminder_is_told(desk: Desk) -> None:
    """The log says why the message stands still."""
    desk.takes_reminders = False

    result = desk.check()

    assert isinstance(result, NotEnded)
    assert "did not take the reminder" in result.shown.trouble


def test_a_message_that_nobody_can_change_any_more_is_not_looked_after(desk: Desk) -> None:
    """Whoever deleted it is not asked again every five minutes for twelve hours."""
    desk.check()
    desk.chat.show_answers = [
        Refused("message_not_found", "nothing to do", RefusalKind.DESTINATION)
    ]

    result = desk.check(tick(0))

    assert isinstance(result, NotEnded)
    assert isinstance(result.shown.announcements[0].delivery, Refused)
    assert len(desk.reminders) == 1


def test_a_reminder_that_finds_the_job_ended_judges_it(desk: Desk) -> None:
    """Every notice is a hint."""
    desk.check()
    desk.end()

    result = desk.check(tick(0))

    assert isinstance(result, Checked)
    assert len(desk.reminders) == 1


def test_a_reminder_that_was_late_cannot_leave_a_job_running_for_ever(desk: Desk) -> None:
    """It saw the job run, and wrote so after the verdict had ended the message: the one that
    comes after it ends the message again.
    """
    desk.check()
    desk.end()
    desk.check()
    told = len(desk.chat.tellings)

    desk.check(tick(0))

    [closed] = desk.chat.closed
    assert closed.progress == "p1"
    assert len(desk.chat.tellings) == told


def test_reminders_end_with_the_longest_job(desk: Desk) -> None:
    """A job that never ends is not looked at for ever."""
    assert RUNNING.created_at is not None
    desk.check()
    desk.clock.now = RUNNING.created_at + LONGEST + timedelta(minutes=1)

    desk.check(tick(0))

    assert len(desk.reminders) == 1


def test_the_verdict_is_a_new_message_that_knows_the_progress_message(desk: Desk) -> None:
    """So that it can be brought to its end."""
    desk.check()
    desk.end()

    desk.check()

    [telling] = desk.chat.tellings
    assert (telling.progress, telling.parent) == ("p1", "")


def test_a_verdict_that_the_route_does_not_want_ends_its_progress_message(desk: Desk) -> None:
    """No message stays "in progress" for ever."""
    quiet = replace(CHAT, on=frozenset({"FAIL"}))
    desk.policies.current = desk.of(LIMIT, route=quiet)
    desk.check()
    desk.end()

    desk.check()
    desk.check()

    [closed] = desk.chat.closed
    assert closed.progress == "p1"
    assert desk.chat.tellings == []


def test_a_message_that_could_not_be_posted_is_tried_with_the_next_notice(desk: Desk) -> None:
    """It is nobody's error: the queue is not asked to come again."""
    desk.chat.show_answers = [TryAgain("429"), Delivered("p9")]

    first = desk.check()
    desk.check()
    desk.check()

    assert isinstance(first, NotEnded)
    assert [receipt for _, receipt in desk.chat.shown] == ["", "", "p9"]


def test_a_refusal_of_sagemaker_shows_nothing_and_parks_nothing(desk: Desk) -> None:
    """The log says why."""

    def gather(state: JobState) -> None:
        raise JobSourceRefused("no sagemaker:ListTags")

    desk.jobs.gather = gather  # type: ignore[method-assign, assignment]

    result = desk.check()

    assert isinstance(result, NotEnded)
    assert result.shown.trouble == "no sagemaker:ListTags"
    assert desk.chat.shown == []


def test_who_tells_nobody_shows_nothing(desk: Desk) -> None:
    """`recgate check` at a desk does not post."""
    desk.check(tells=False)

    assert desk.chat.shown == []


def test_a_verdict_that_the_route_refuses_ends_its_progress_message(desk: Desk) -> None:
    """And says that the channel is not told more: its parent is empty."""
    desk.check()
    desk.end()
    desk.chat.answers = [Refused("is_archived", "unarchive it", RefusalKind.DESTINATION)]

    desk.check()

    [closed] = desk.chat.closed
    assert (closed.progress, closed.parent) == ("p1", "")


def test_a_reminder_tries_no_route_anew_that_has_refused(desk: Desk) -> None:
    """It is our own message, and nobody has mended anything."""
    desk.check()
    desk.end()
    desk.chat.answers = [Refused("is_archived", "unarchive it", RefusalKind.DESTINATION)]
    desk.check()

    desk.check(replace(tick(0), trigger=Trigger(TriggerSource.PROGRESS, "another-id")))

    assert len(desk.chat.tellings) == 1


def test_a_fault_of_ours_in_progress_is_told_and_parks_nothing(desk: Desk) -> None:
    """Posting or changing: the notice is done with, and the next look tries again."""

    def breaks(note: object, receipt: str) -> None:
        raise KeyError(receipt)

    alive, desk.chat.show = desk.chat.show, breaks  # type: ignore[method-assign, assignment]
    posting = desk.check()
    desk.chat.show = alive  # type: ignore[method-assign]
    desk.check()
    desk.chat.show = breaks  # type: ignore[method-assign, assignment]

    changing = desk.check()

    for result in (posting, changing):
        assert isinstance(result, NotEnded)
        assert isinstance(result.shown.announcements[0].fault, KeyError)

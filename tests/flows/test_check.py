"""The main job: gathered once, recorded before told, told once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.domain.candidate import EndpointKind
from recgate.domain.delivery import Delivered, RefusalKind, Refused, TryAgain
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import OnMissing
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.policy import Policy
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route
from recgate.domain.scope import Scope
from recgate.domain.verdict import Verdict
from recgate.flows.check import NotEnded, check
from recgate.flows.parts import CheckParts
from recgate.flows.record_and_tell import Checked
from recgate.ports import (
    CannotTellYet,
    Entry,
    JobNotFound,
    Ledger,
    PoliciesInvalid,
    PolicyProblem,
    job_stream,
)
from tests.builders import JOB_ARN, NOW, at_most, policy, waiver
from tests.flows.fakes import (
    NOTICE,
    Clock,
    Crash,
    CrashingLedger,
    Jobs,
    Policies,
    RecordingChannel,
)

ROUTES = {name: Route(name, Console()) for name in ("slack", "sns", "spare")}
GENEROUS = policy(at_most("max_cost_per_hour_usd", 2.5))
STRICT = policy(at_most("max_cost_per_hour_usd", 0.1))
NEEDS_P99 = policy(at_most("max_latency_p99_ms", 120))


def job(*, status: str = "COMPLETED", cost: float = 0.26, p99: float | None = None) -> Snapshot:
    """A job of one recommendation, by way of its document, as sources make it."""
    response: dict[str, Any] = {
        "JobName": "fraud-ranker-v14",
        "JobArn": JOB_ARN,
        "Status": status,
        "LastModifiedTime": NOW,
        "InferenceRecommendations": [
            {
                "RecommendationId": "fraud-ranker-v14/1",
                "Metrics": {"CostPerHour": cost},
                "EndpointConfiguration": {"InstanceType": "ml.c7g.xlarge"},
            }
        ],
    }
    measured = {"minimum_samples": 100, "rows": []}
    if p99 is not None:
        row = {"recommendation": "fraud-ranker-v14/1", "p99_ms": p99, "samples": 500}
        measured["rows"] = [row]
    return snapshot_from(snapshot_document(response, tags=[], measured=measured))


def policy_set(*policies: Policy, defaults: tuple[str, ...] = ("slack", "sns")) -> PolicySet:
    return PolicySet(policies, ROUTES, defaults)


class Desk:
    """One account: a job, policies, two channels, a ledger, a clock."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger: Ledger = ledger
        self.jobs = Jobs(job())
        self.policies = Policies(policy_set(GENEROUS))
        self.clock = Clock()
        self.channels = {name: RecordingChannel() for name in ROUTES}

    def parts(self, *, worker: str = "one", ledger: Ledger | None = None) -> CheckParts:
        return CheckParts(
            jobs=self.jobs,
            policies=self.policies,
            ledger=ledger or self.ledger,
            read_snapshot=snapshot_from,
            channel_for=lambda route: self.channels[route.name],
            clock=self.clock,
            worker=worker,
            built_in_routes={"slack": ROUTES["slack"]},
        )

    def check(self) -> Checked:
        result = check(NOTICE, self.parts())
        assert isinstance(result, Checked)
        return result

    def entries(self, kind: str) -> list[Entry]:
        found = self.ledger.read(job_stream(JOB_ARN))
        return [entry for entry in found if entry.kind == kind]

    def heard(self, route: str) -> int:
        return len(self.channels[route].heard)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with SqliteLedger(":memory:") as ledger:
        yield Desk(ledger)


def test_a_decision_is_recorded_before_anyone_hears_of_it(desk: Desk) -> None:
    """Record before effect."""
    recorded: list[int] = []
    desk.channels["slack"].before = lambda: recorded.append(len(desk.entries("decision")))

    desk.check()

    assert recorded == [1]


def test_every_channel_hears_the_same_decision(desk: Desk) -> None:
    """One judgement, many readers."""
    result = desk.check()

    assert result.decision.verdict is Verdict.PASS
    assert desk.channels["slack"].delivered == desk.channels["sns"].delivered == [result.decision]


def test_the_same_event_again_changes_nothing_and_says_nothing(desk: Desk) -> None:
    """Redelivery judges the recorded snapshot, which is gathered once."""
    first = desk.check()
    desk.clock.advance(days=2)

    again = desk.check()

    assert (first.is_news, again.is_news) == (True, False)
    assert again.decision.key == first.decision.key
    assert desk.jobs.gathered == 1
    assert len(desk.entries("decision")) == 1
    assert (desk.heard("slack"), desk.heard("sns")) == (1, 1)


def test_a_redelivery_reads_the_job_and_its_two_effects_and_nothing_more(desk: Desk) -> None:
    """The common case of a queue is cheap: three reads, no write."""
    desk.check()
    counting = CrashingLedger(desk.ledger, dies_at=0, after=False)

    check(NOTICE, desk.parts(ledger=counting))

    assert counting.calls == 3


def test_redelivery_judges_what_was_measured_then(desk: Desk) -> None:
    """Gathering again would give other CloudWatch numbers and so another answer."""
    desk.policies.current = policy_set(NEEDS_P99)
    desk.jobs.snapshot = job(p99=84)
    first = desk.check()
    desk.jobs.snapshot = job(p99=400)

    again = desk.check()

    assert again.decision.key == first.decision.key
    assert again.decision.verdict is Verdict.PASS


def test_a_new_decision_with_the_same_verdict_is_recorded_and_not_told(desk: Desk) -> None:
    """Same news, no noise."""
    desk.check()
    desk.policies.current = policy_set(policy(at_most("max_cost_per_hour_usd", 2.6)))

    second = desk.check()

    assert second.is_news
    assert second.silent_because == "the verdict is PASS as before"
    assert len(desk.entries("decision")) == 2
    assert desk.heard("slack") == 1


def test_another_verdict_is_told_and_so_is_the_way_back(desk: Desk) -> None:
    """PASS, FAIL, PASS are three pieces of news."""
    for current in (GENEROUS, STRICT, policy(at_most("max_cost_per_hour_usd", 3))):
        desk.policies.current = policy_set(current)
        desk.check()

    verdicts = [decision.verdict for decision in desk.channels["slack"].delivered]

    assert verdicts == [Verdict.PASS, Verdict.FAIL, Verdict.PASS]


def test_the_end_of_a_waiver_is_news_though_the_same_was_decided_before_it(desk: Desk) -> None:
    """FAIL, WAIVED, FAIL: the ledger's last word is a closed gate, and everybody hears of it."""
    allowed = waiver(up_to=1.0, starts=date(2026, 11, 22), expires=date(2026, 11, 30))
    desk.policies.current = replace(policy_set(STRICT), waivers=(allowed,))
    keys = []
    for days in (0, 1, 2, 10, 11, 12):  # twice before the end is news, so is twice after it
        desk.clock.now = NOW + timedelta(days=days)
        keys.append(desk.check().decision.key)

    told = [decision.verdict for decision in desk.channels["slack"].delivered]

    recorded = [entry.body["verdict"] for entry in desk.entries("decision")]
    assert told == recorded == [Verdict.FAIL, Verdict.WAIVED, Verdict.FAIL]
    assert keys[1:] == [keys[1], keys[1], keys[3], keys[3], keys[3]]
    assert len(set(keys)) == 3


def test_a_policy_that_is_put_back_and_forth_is_told_each_time(desk: Desk) -> None:
    """And a redelivery in between says nothing."""
    for current in (GENEROUS, STRICT, STRICT, GENEROUS, GENEROUS, STRICT, GENEROUS, GENEROUS):
        desk.policies.current = policy_set(current)
        desk.check()

    told = [decision.verdict for decision in desk.channels["slack"].delivered]

    passed, failed = Verdict.PASS, Verdict.FAIL
    assert told == [passed, failed, passed, failed, passed]
    assert len(desk.entries("decision")) == 5


def test_a_route_that_missed_the_news_hears_it_with_the_next_decision(desk: Desk) -> None:
    """A verdict that nobody was told is no old news, whatever the policies did meanwhile."""
    desk.channels["sns"].answers = [TryAgain("down")]
    desk.check()
    desk.policies.current = policy_set(policy(at_most("max_cost_per_hour_usd", 2.6)))

    desk.check()

    assert len(desk.channels["sns"].delivered) == 1
    assert desk.heard("slack") == 1


def test_the_day_that_makes_a_policy_count_makes_a_new_decision(desk: Desk) -> None:
    """The key holds what the day makes of the policies, and not the day."""
    coming = replace(STRICT, enforce_from=date(2026, 12, 1))
    desk.policies.current = policy_set(coming)
    before = desk.check()
    desk.clock.advance(days=30)

    after = desk.check()

    assert before.decision.verdict is Verdict.WOULD_FAIL
    assert after.decision.verdict is Verdict.FAIL
    assert after.is_news


def test_a_dead_channel_neither_blocks_nor_repeats_the_other(desk: Desk) -> None:
    """Each effect is its own promise; trying again belongs to the queue."""
    desk.channels["slack"].answers = [TryAgain("429", after_s=30), TryAgain("500")]

    waits = [desk.check().wait_s for _ in range(3)]

    assert waits == [30, 0, None]
    assert len(desk.channels["slack"].delivered) == 1
    assert desk.heard("sns") == 1


def test_the_longest_wait_that_was_asked_for_is_kept(desk: Desk) -> None:
    """Nobody's Retry-After is cut short by another channel's trouble."""
    desk.channels["slack"].answers = [TryAgain("429", after_s=30)]
    desk.channels["sns"].answers = [TryAgain("throttled", after_s=90)]

    assert desk.check().wait_s == 90


def test_a_refusal_for_good_is_not_tried_again(desk: Desk) -> None:
    """It is recorded with its remedy, and the message is done with."""
    refusal = Refused("channel_not_found", "invite the bot", RefusalKind.DESTINATION)
    desk.channels["slack"].answers = [refusal]
    first = desk.check()

    again = desk.check()

    assert first.wait_s is None
    assert [made.delivery for made in again.announcements] == [None, None]
    assert desk.heard("slack") == 1


def notice(event_id: str) -> JobNotice:
    return replace(NOTICE, trigger=Trigger(TriggerSource.SWEEP, event_id=event_id))


def test_a_new_notice_tries_a_refused_route_anew(desk: Desk) -> None:
    """The bot was invited and the event put again: the message comes, and comes once. The same
    notice, which a queue may hand over often, does not knock again.
    """
    refusal = Refused("not_in_channel", "invite the bot", RefusalKind.DESTINATION)
    desk.channels["slack"].answers = [refusal, refusal]

    heard = []
    for event_id in ("a", "a", "b", "b", "c", "c", "d"):
        check(notice(event_id), desk.parts())
        heard.append((desk.heard("slack"), len(desk.channels["slack"].delivered)))

    assert heard == [(1, 0), (1, 0), (2, 0), (2, 0), (3, 1), (3, 1), (3, 1)]
    assert desk.heard("sns") == 1
    assert len(desk.entries("decision")) == 1


def test_what_was_delivered_after_a_refusal_is_old_news(desk: Desk) -> None:
    """A later decision with the same verdict is not told again."""
    refusal = Refused("not_in_channel", "invite the bot", RefusalKind.DESTINATION)
    desk.channels["slack"].answers = [refusal]
    for event_id in ("a", "b"):
        check(notice(event_id), desk.parts())
    desk.policies.current = policy_set(policy(at_most("max_cost_per_hour_usd", 2.6)))

    check(notice("c"), desk.parts())

    assert len(desk.channels["slack"].delivered) == 1


def test_a_refused_route_hands_over_to_its_fallback_once(desk: Desk) -> None:
    """Also when the worker came back after the refusal was recorded."""
    routes = {**ROUTES, "slack": Route("slack", Console(), fallback="spare")}
    desk.policies.current = PolicySet((GENEROUS,), routes, ("slack",))
    desk.channels["slack"].answers = [Refused("archived", "unarchive", RefusalKind.DESTINATION)]

    desk.check()
    desk.check()

    assert (desk.heard("slack"), desk.heard("spare")) == (1, 1)


def test_a_channel_that_crashes_is_a_fault_and_not_an_end(desk: Desk) -> None:
    """The other channel hears, the error is kept for the log, the queue comes again."""
    desk.channels["slack"].answers = [RuntimeError("bug")]

    result = desk.check()

    assert [type(made.fault) for made in result.announcements] == [RuntimeError, type(None)]
    assert result.wait_s == 0
    assert len(desk.channels["sns"].delivered) == 1
    assert desk.check().wait_s is None
    assert len(desk.channels["slack"].delivered) == 1


def test_a_route_hears_only_what_it_asked_for(desk: Desk) -> None:
    """A PASS can be left to a digest."""
    routes = {**ROUTES, "slack": Route("slack", Console(), on=frozenset({"FAIL"}))}
    desk.policies.current = PolicySet((GENEROUS,), routes, ("slack", "sns"))

    desk.check()

    assert (desk.heard("slack"), desk.heard("sns")) == (0, 1)


def test_the_routes_that_a_policy_names_come_before_the_default(desk: Desk) -> None:
    """The default is for policies that name none."""
    desk.policies.current = policy_set(replace(GENEROUS, notify=("spare",)))

    desk.check()

    assert (desk.heard("spare"), desk.heard("slack")) == (1, 0)


def test_a_job_that_runs_is_left_alone(desk: Desk) -> None:
    """Nothing is gathered, recorded or told."""
    desk.jobs.snapshot = job(status="IN_PROGRESS")

    result = check(NOTICE, desk.parts())

    assert result == NotEnded("fraud-ranker-v14", JobStatus.IN_PROGRESS)
    assert desk.entries("snapshot") == desk.entries("decision") == []


def test_a_job_that_is_gone_is_a_recorded_no_result(desk: Desk) -> None:
    """Not a crash loop."""
    desk.jobs.snapshot = None

    result = desk.check()

    assert result.decision.verdict is Verdict.NO_RESULT
    assert result.decision.evaluation.reason == "the job no longer exists"
    assert desk.check().is_news is False
    assert desk.heard("slack") == 1


def test_a_job_that_went_after_it_was_judged_keeps_its_decision(desk: Desk) -> None:
    """What was measured then is still the evidence."""
    first = desk.check()
    desk.jobs.snapshot = None

    assert desk.check().decision.key == first.decision.key


def test_a_job_that_is_not_visible_yet_is_waited_for() -> None:
    """The notice of a Create can be faster than Describe."""
    with SqliteLedger(":memory:") as ledger:
        desk = Desk(ledger)
        desk.jobs.snapshot = None
        created = replace(NOTICE, trigger=Trigger(TriggerSource.CLOUDTRAIL))

        with pytest.raises(CannotTellYet):
            check(created, desk.parts())

        assert desk.entries("decision") == []


def test_a_person_who_misspelt_a_job_is_told_so(desk: Desk) -> None:
    """And nothing is recorded."""
    desk.jobs.snapshot = None
    typed = replace(NOTICE, trigger=Trigger(TriggerSource.COMMAND_LINE))

    with pytest.raises(JobNotFound):
        check(typed, desk.parts())

    assert desk.entries("decision") == []


def test_a_fresh_job_waits_for_its_samples(desk: Desk) -> None:
    """CloudWatch is minutes behind: too early is not UNKNOWN."""
    desk.policies.current = policy_set(NEEDS_P99)
    desk.clock.now = NOW + timedelta(minutes=1)

    with pytest.raises(CannotTellYet) as early:
        desk.check()

    assert early.value.after_s == 180
    assert desk.entries("snapshot") == []


@pytest.mark.parametrize(
    "settling", [timedelta(minutes=15), timedelta(minutes=35), timedelta(hours=6)]
)
def test_samples_that_never_come_are_judged_before_the_queue_gives_up(
    desk: Desk, settling: timedelta
) -> None:
    """Each look uses up one of the queue's twelve receives, however long the settling time."""
    desk.policies.current = policy_set(NEEDS_P99)
    desk.clock.now = NOW + timedelta(minutes=1)
    parts = replace(desk.parts(), settling=settling)
    waits = []
    while True:
        try:
            result = check(NOTICE, parts)
        except CannotTellYet as early:
            waits.append(early.after_s or 0.0)
            desk.clock.advance(seconds=waits[-1])
        else:
            break

    assert isinstance(result, Checked)
    assert result.decision.verdict is Verdict.UNKNOWN
    assert waits[0] == 180
    assert len(waits) < 10
    assert desk.clock.now == NOW + settling


def test_what_a_desk_recorded_and_another_told_counts_as_told(desk: Desk) -> None:
    """A new policy with the same verdict is no news, whoever recorded the decision before."""
    silent = replace(desk.parts(), tells=False)
    check(NOTICE, silent)
    assert desk.heard("slack") == 0
    desk.check()
    desk.policies.current = policy_set(policy(at_most("max_cost_per_hour_usd", 2.6)))

    again = desk.check()

    assert again.is_news
    assert desk.heard("slack") == 1


def test_samples_that_come_in_time_are_judged(desk: Desk) -> None:
    """Nothing was recorded too early."""
    desk.policies.current = policy_set(NEEDS_P99)
    desk.clock.now = NOW + timedelta(minutes=1)
    with pytest.raises(CannotTellYet):
        desk.check()
    desk.jobs.snapshot = job(p99=84)

    assert desk.check().decision.verdict is Verdict.PASS


def test_samples_that_never_come_are_unknown_after_the_settling_time(desk: Desk) -> None:
    """Fifteen minutes after the end."""
    desk.policies.current = policy_set(NEEDS_P99)
    desk.clock.now = NOW + timedelta(minutes=15)

    assert desk.check().decision.verdict is Verdict.UNKNOWN


def test_nobody_waits_for_samples_that_no_policy_asks_for(desk: Desk) -> None:
    """A cost limit needs no CloudWatch."""
    desk.clock.now = NOW

    assert desk.check().decision.verdict is Verdict.PASS


def test_nobody_waits_for_samples_of_rows_that_the_policy_does_not_judge(desk: Desk) -> None:
    """A serverless row without a P99 does not keep a real-time policy waiting."""
    response: dict[str, Any] = dict(job(p99=84).describe)
    serverless = {"EndpointConfiguration": {"ServerlessConfig": {"MemorySizeInMB": 2048}}}
    response["InferenceRecommendations"] = [*response["InferenceRecommendations"], serverless]
    measured = job(p99=84).document["measured"]
    assert isinstance(measured, dict)
    desk.jobs.snapshot = snapshot_from(snapshot_document(response, tags=[], measured=measured))
    real_time = replace(NEEDS_P99, scope=Scope(endpoint_kind=EndpointKind.REALTIME))
    desk.policies.current = policy_set(real_time)
    desk.clock.now = NOW

    assert desk.check().decision.verdict is Verdict.PASS


def test_a_job_without_recommendations_waits_for_nothing(desk: Desk) -> None:
    """There is no row that samples could come for."""
    response: dict[str, Any] = dict(job().describe) | {"InferenceRecommendations": []}
    desk.jobs.snapshot = snapshot_from(snapshot_document(response, tags=[], measured=None))
    desk.policies.current = policy_set(NEEDS_P99)
    desk.clock.now = NOW

    assert desk.check().decision.verdict is Verdict.NO_RESULT


PROBLEM = PolicyProblem("policies/prod.yaml", 6, 3, "require.max_cost", "unknown key")


def test_broken_policies_are_a_recorded_error_that_everybody_hears_of(desk: Desk) -> None:
    """Nothing is approved, and the built-in routes are told, since the file of routes may be
    what is broken.
    """
    desk.policies.current = PoliciesInvalid([PROBLEM])

    result = desk.check()

    assert result.decision.verdict is Verdict.ERROR
    assert result.decision.evaluation.problems == (str(PROBLEM),)
    assert (desk.heard("slack"), desk.heard("sns")) == (1, 0)


def test_mended_policies_judge_the_job_after_all(desk: Desk) -> None:
    """An ERROR is not the last word."""
    desk.policies.current = PoliciesInvalid([PROBLEM])
    desk.check()
    desk.policies.current = policy_set(GENEROUS)

    assert desk.check().decision.verdict is Verdict.PASS
    assert desk.heard("slack") == 2


def test_a_policy_that_crashes_is_an_error_and_never_a_no(desk: Desk) -> None:
    """The fault is kept for the log; the record says whose it is."""

    def crash(_: object) -> None:
        raise ZeroDivisionError

    broken = JobLimit("InputConfig", "", OnMissing.FAIL, crash, present=True)
    desk.policies.current = policy_set(policy(broken))

    result = desk.check()

    assert result.decision.verdict is Verdict.ERROR
    assert isinstance(result.fault, ZeroDivisionError)
    assert "ZeroDivisionError" in result.decision.evaluation.problems[0]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 13))
def test_a_crash_between_any_two_steps_loses_nothing(desk: Desk, step: int, *, after: bool) -> None:
    """One decision whatever happens; each message at least once, and once unless the worker died
    between sending it and recording that it was sent.
    """
    dying = CrashingLedger(desk.ledger, step, after)
    died = False
    try:
        check(NOTICE, desk.parts(ledger=dying))
    except Crash:
        died = True
    desk.clock.advance(minutes=10)

    final = desk.check()

    assert died or dying.calls < step
    assert final.wait_s is None
    assert len(desk.entries("snapshot")) == len(desk.entries("decision")) == 1
    for route in ("slack", "sns"):
        assert 1 <= desk.heard(route) <= 2
    assert desk.heard("slack") + desk.heard("sns") <= 3


def test_a_crash_while_a_channel_sends_is_made_good_after_the_lease(desk: Desk) -> None:
    """Before that the claim is respected; a message may repeat and is never lost."""

    def die() -> None:
        raise Crash

    desk.channels["slack"].before = die
    with pytest.raises(Crash):
        desk.check()
    desk.channels["slack"].before = lambda: None

    at_once = desk.check()
    desk.clock.advance(minutes=5)
    later = desk.check()

    assert at_once.wait_s is not None
    assert at_once.wait_s > 0
    assert later.wait_s is None
    assert len(desk.channels["slack"].delivered) == 1
    assert len(desk.channels["sns"].delivered) == 1


def test_workers_at_once_make_one_decision_and_tell_it_once(desk: Desk) -> None:
    """Two hands on the same event, or eight."""

    def work(number: int) -> Checked | NotEnded:
        return check(NOTICE, desk.parts(worker=f"worker {number}"))

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))

    keys = {result.decision.key for result in results if isinstance(result, Checked)}
    assert len(keys) == 1
    assert len(desk.entries("snapshot")) == len(desk.entries("decision")) == 1
    assert (desk.heard("slack"), desk.heard("sns")) == (1, 1)
    assert desk.check().wait_s is None


def test_what_was_delivered_is_in_the_ledger(desk: Desk) -> None:
    """The auditor asks which message said it."""
    desk.channels["slack"].answers = [Delivered("C1:171.5", note="sent without the table")]
    key = desk.check().decision.key

    entries = desk.ledger.read(f"effect:{key}:slack")

    assert [entry.kind for entry in entries] == ["claimed", "delivered"]
    assert entries[1].body["receipt"] == "C1:171.5"

"""Judging again, over every source of recorded jobs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.sqlite_history import SqliteHistory
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.backtest_figures import FiguresReader
from recgate.dialect.backtest_reading import quick_snapshot
from recgate.dialect.backtest_record import decided_whole
from recgate.dialect.decision_reader import decision_from
from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.domain.backtest import Backtest, Direction, NotJudged
from recgate.domain.candidate import Metric
from recgate.domain.canonical import Json
from recgate.domain.decision_record import decision_record
from recgate.domain.job import Snapshot
from recgate.domain.limits import OnMissing
from recgate.domain.notice import JobNotice
from recgate.domain.policy import Mode, Policy
from recgate.domain.policy_set import PolicySet
from recgate.domain.recorded_verdict import recorded_verdict
from recgate.domain.scope import Scope
from recgate.domain.status_change import ListedJob
from recgate.domain.waiver import Waiver
from recgate.flows.backtest import BacktestParts, NoSuchJudgement, backtest
from recgate.flows.backtest_account import AccountHistory, TooManyJobs, ended_since
from recgate.flows.backtest_ledger import LedgerHistory
from recgate.flows.backtest_past import Past
from recgate.ports import Entry, JobNotFound, JobSourceBusy, JobState
from tests.builders import NOW, TODAY, at_most, decision, policy

COST = "max_cost_per_hour_usd"
DEAR, CHEAP = policy(at_most(COST, 5.0)), policy(at_most(COST, 1.0))
READER = FiguresReader(frozenset(Metric))


def document(name: str = "ranker", *costs: float, version: int = 1, **more: Any) -> dict[str, Json]:
    place = "arn:aws:sagemaker:eu-west-1:111122223333"
    return snapshot_document(
        {
            "JobName": name,
            "JobArn": f"{place}:inference-recommendations-job/{name}",
            "Status": "COMPLETED",
            "InputConfig": {"ModelPackageVersionArn": f"{place}:model-package/{name}/{version}"},
            "InferenceRecommendations": [
                {
                    "RecommendationId": f"{name}/{at}",
                    "Metrics": {"CostPerHour": cost},
                    "EndpointConfiguration": {"InstanceType": "ml.c7g.xlarge"},
                }
                for at, cost in enumerate(costs)
            ],
        }
        | more,
        tags=[],
    )


def judged(
    pasts: Sequence[Past | NotJudged],
    new: Policy,
    old: Policy | None = None,
    *,
    waivers: tuple[Waiver, ...] = (),
    **changes: Any,
) -> Backtest:
    parts = BacktestParts(
        new=PolicySet((new,), waivers=waivers),
        old=None if old is None else PolicySet((old,)),
        today=TODAY,
        on=None,
        quick=partial(quick_snapshot, reader=READER),
        read_snapshot=snapshot_from,
        read_decision=decision_from,
        watch=lambda seen: None,
    )
    return backtest(pasts, replace(parts, **changes))


def test_each_model_costs_what_its_latest_approval_costs() -> None:
    """As the digest counts it: a new version takes the place of the one before."""
    earlier, later = NOW - timedelta(days=1), NOW
    pasts = [
        Past("b", document("ranker", 2.0, version=2), later),
        Past("a", document("ranker", 0.5, version=1), earlier),
        Past("c", document("tagger", 0.1), earlier),
        Past("d", document("free", 0.0), earlier),
    ]

    found = judged(
        pasts, policy(at_most("max_instance_count", 9, on_missing=OnMissing.IGNORE)), DEAR
    )

    assert (found.cost_after.models, found.cost_after.cost_per_hour_usd) == (3, 2.1)
    assert found.cost_after.unpriced == ("free v1",)


@pytest.mark.parametrize(
    ("costs", "new", "old", "direction", "responsible"),
    [
        ((2.0,), CHEAP, DEAR, Direction.CLOSES, {COST}),
        ((2.0,), DEAR, CHEAP, Direction.OPENS, {COST}),
        ((2.0,), policy(at_most(COST, 5.0, warn=1.0)), DEAR, Direction.OTHER_VERDICT, {COST}),
        ((0.5, 2.0), CHEAP, DEAR, Direction.SAME, set()),
        (
            (0.5, 2.0),
            policy(at_most(COST, 5.0), at_most("min_invocations_per_minute", 9)),
            DEAR,
            Direction.CLOSES,
            {"min_invocations_per_minute"},
        ),
    ],
)
def test_a_change_has_its_direction_and_the_limit_that_makes_it(
    costs: tuple[float, ...], new: Policy, old: Policy, direction: Direction, responsible: set[str]
) -> None:
    """Whatever the direction, the limit is that of the side that refuses."""
    found = judged([Past("job", document("ranker", *costs))], new, old)

    assert set(found.directions) == {direction}
    assert set(found.limits) == {("prod-realtime", limit) for limit in responsible}


def test_another_configuration_under_the_same_verdict_is_a_change() -> None:
    """The cheapest is no longer allowed, the next is: the gate stays open at another price."""
    rows: Any = document("ranker", 0.5, 2.0)
    rows["job"]["InferenceRecommendations"][1]["Metrics"]["MaxInvocations"] = 900
    busy = policy(at_most(COST, 5.0), at_most("min_invocations_per_minute", 100))

    found = judged([Past("job", rows)], busy, DEAR)

    (change,) = found.changes
    assert change.direction is Direction.OTHER_CONFIGURATION
    assert [each.finding.limit for each in change.broken] == ["min_invocations_per_minute"]
    assert found.cost_difference_usd == 1.5


def test_a_failure_that_is_only_observed_says_so() -> None:
    """The limits are missed on both sides alike; what differs is the mode."""
    found = judged([Past("job", document("ranker", 2.0))], replace(CHEAP, mode=Mode.OBSERVE), CHEAP)

    (change,) = found.changes
    assert change.direction is Direction.OTHER_VERDICT
    assert change.reason == "the policy is in enforce mode before and in observe mode after"


def test_waivers_hold_on_the_day_of_the_decision_or_on_the_day_that_is_named() -> None:
    """Rule 7 sees that day, and no other."""
    waiver = Waiver(
        *("W-1", "prod-realtime", COST, Scope(), "r", "a", "b"),
        starts=date(2026, 11, 1),
        expires=date(2026, 11, 30),
        digest="0" * 64,
        up_to=3.0,
    )
    past = Past("job", document("ranker", 2.0), judged_on=date(2026, 11, 5))

    def verdict(**changes: Any) -> str:
        found = judged([past], CHEAP, waivers=(waiver,), **changes)
        ((_, after),) = found.verdicts
        return str(after)

    assert verdict() == "WAIVED"
    assert verdict(on=date(2026, 12, 5)) == "FAIL"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (document("ranker", 2.0) | {"schema": 2}, "its snapshot has schema 2"),
        ({"schema": 1, "job": "text"}, "holds no Describe response"),
        (document("ranker", 2.0, Status="IN_PROGRESS"), "it has not ended"),
    ],
)
def test_what_cannot_be_judged_is_counted_with_its_reason(
    broken: Mapping[str, Json], told: str
) -> None:
    """Beside those that can."""
    found = judged([Past("bad", broken), Past("good", document("ranker", 2.0))], CHEAP, DEAR)

    (left,) = found.not_judged
    assert (left.place, found.judged) == ("bad", 1)
    assert told in left.reason


def test_a_policy_that_crashes_is_no_no_change() -> None:
    """A fault of ours is told as one."""

    class Crashing:
        name = "job.x"

        def outcomes(self, rows: object, snapshot: object) -> Any:
            raise ZeroDivisionError

    crashing: Any = Crashing()

    found = judged([Past("job", document("ranker", 2.0))], policy(crashing), DEAR)

    assert (found.judged, len(found.not_judged)) == (0, 1)
    assert "this is a fault of ours" in found.not_judged[0].reason


def test_a_quick_reading_that_differs_from_the_whole_one_is_a_fault_and_not_a_result() -> None:
    """What is reported was judged again from the whole snapshot."""
    wrong = quick_snapshot(document("ranker", 2.0), READER)

    with pytest.raises(NoSuchJudgement, match="this is a fault of recgate"):
        judged([Past("job", document("ranker", 0.5))], CHEAP, DEAR, quick=lambda _: wrong)


# --- what is in a ledger -------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger(tmp_path / "decisions.db") as opened:
        yield opened


def record(
    ledger: SqliteLedger, made: Mapping[str, Json], *policies: Policy, at: datetime = NOW
) -> None:
    snapshot = snapshot_from(made)
    stream = f"job:{snapshot.job_arn}"
    entries = ledger.read(stream)
    if not any(entry.body == made for entry in entries):
        ledger.append(stream, len(entries), Entry("snapshot", "s", at, made))
    decided = decision(snapshot, *policies)
    body = decision_record(decided, effects=())
    position = len(ledger.read(stream))
    ledger.append(stream, position, Entry("decision", f"{position}{decided.key[1:]}", at, body))


def both(ledger: SqliteLedger, path: Path, since: datetime, until: datetime) -> list[list[Any]]:
    """What each history finds, in one order."""
    whole = LedgerHistory(ledger, ledger, decided_whole, since, until)
    with SqliteHistory(path, since=since, until=until) as quick:
        assert quick.jobs() == len({each.place for each in quick})
        found = [list(quick), list(whole)]
    return [
        sorted(
            (
                (each.place, each.at, each.judged_on, each.document, each.recorded.answer)
                for each in one
                if isinstance(each, Past) and each.recorded
            ),
            key=lambda each: (each[0], str(each[3])),
        )
        for one in found
    ]


def test_both_histories_find_the_last_decision_on_each_state(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    """Whichever way a ledger is read; and several policies may have opened the gate together."""
    other = policy(at_most(COST, 4.0, warn=0.2), name="other")
    record(ledger, document("ranker", 0.5, 2.0), CHEAP, at=NOW - timedelta(days=3))
    record(ledger, document("ranker", 0.5, 2.0), CHEAP, other, at=NOW)
    record(ledger, document("ranker", 0.6), CHEAP, at=NOW)
    record(ledger, document("tagger", 9.0), CHEAP, at=NOW - timedelta(days=1))
    many = [policy(at_most(COST, 9.0), name=f"p{each}") for each in range(5)]
    record(ledger, document("liked", 1.0, 2.0), *many, at=NOW)

    quick, whole = both(ledger, tmp_path / "decisions.db", NOW - timedelta(days=9), NOW + DAY)

    assert quick == whole
    assert len(quick) == 4
    verdicts = [(each[0].rpartition("/")[2], each[4].verdict) for each in quick]
    assert sorted(verdicts) == [
        ("liked", "PASS"),
        ("ranker", "PASS"),
        ("ranker", "WARN"),
        ("tagger", "FAIL"),
    ]


DAY = timedelta(days=1)


def test_both_histories_keep_to_their_span(ledger: SqliteLedger, tmp_path: Path) -> None:
    """The beginning is in it, the end is not."""
    record(ledger, document("ranker", 0.5), CHEAP, at=NOW - DAY)
    record(ledger, document("tagger", 0.5), CHEAP, at=NOW)

    quick, whole = both(ledger, tmp_path / "decisions.db", NOW - DAY, NOW)

    assert quick == whole
    assert [each[0].rpartition("/")[2] for each in quick] == ["ranker"]


def test_a_recorded_choice_and_cost_are_those_of_the_digest(ledger: SqliteLedger) -> None:
    """Two readers of one record agree on what is approved."""
    other = policy(at_most(COST, 4.0, warn=0.2), name="other")
    record(ledger, document("ranker", 0.5, 2.0), DEAR, other)
    past = next(iter(LedgerHistory(ledger, ledger, decided_whole, NOW - DAY, NOW + DAY)))
    assert isinstance(past, Past)

    found = judged([past], CHEAP)

    (entry,) = (each for each in ledger.read(past.place) if each.kind == "decision")
    said = recorded_verdict(past.place, NOW, entry.body)
    assert found.cost_before is not None
    assert found.cost_before.cost_per_hour_usd == float(said.cost_per_hour_usd or 0)


# --- what is in an account -----------------------------------------------------------------


class Account:
    """Jobs by name; ``busy`` says how often each is refused first."""

    def __init__(self, busy: int = 0) -> None:
        self.left = busy
        self.waited: list[float] = []

    def state(self, notice: JobNotice) -> JobState:
        if notice.job_name == "gone":
            raise JobNotFound("gone is gone")
        if self.left:
            self.left -= 1
            raise JobSourceBusy("throttled")
        made: Any = document(notice.job_name, 2.0)["job"]
        snapshot = snapshot_from({"schema": 1, "job": made})
        return JobState(snapshot.job_name, snapshot.job_arn, snapshot.status, NOW, made)

    def gather(self, state: JobState) -> Snapshot:
        return snapshot_from(snapshot_document(state.response, tags=[]))

    def changed(
        self, after: datetime, before: datetime | None, *, at_most: int | None
    ) -> Sequence[ListedJob] | None:
        names = ("ranker", "gone", "running", "older")
        if at_most is not None and len(names) > at_most:
            return None
        return [
            ListedJob(
                name=name,
                arn=f"arn:{name}",
                status="IN_PROGRESS" if name == "running" else "COMPLETED",
                created_at=NOW,
                modified_at=NOW - 9 * DAY if name == "older" else NOW,
            )
            for name in names
        ]


def test_the_jobs_of_an_account_are_gathered_without_haste() -> None:
    """Only those that ended in the time asked for; who is throttled waits, and longer each time."""
    account = Account(busy=2)
    listed = ended_since(account, NOW - DAY, None, at_most=10)

    found = judged(list(AccountHistory(listed, account, account.waited.append)), CHEAP, DEAR)

    assert (found.judged, [each.reason for each in found.not_judged]) == (1, ["gone is gone"])
    assert account.waited == [2.0, 4.0, 0.25]


def test_a_job_that_is_throttled_for_good_is_told() -> None:
    """After the last wait it is left out by name."""
    account = Account(busy=99)

    listed = ended_since(account, NOW - DAY, None, at_most=10)
    (first, _) = AccountHistory(listed, account, account.waited.append)

    assert first == NotJudged("arn:ranker", "throttled")


def test_more_jobs_than_allowed_are_refused_before_any_is_gathered() -> None:
    """Each is four calls, in somebody's account."""
    with pytest.raises(TooManyJobs, match="More than 3 jobs"):
        ended_since(Account(), NOW - DAY, None, at_most=3)


def test_documents_of_these_tests_are_plain() -> None:
    """Or the quick reading would not be what is tested."""
    assert quick_snapshot(json.loads(json.dumps(document("ranker", 0.5))), READER) is not None
    assert NOW.tzinfo is UTC

"""Finding decisions by the index that reads the least, and what is approved among them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from recgate.domain.canonical import Json, digest
from recgate.domain.loose_json import mapping_in
from recgate.domain.model_wanted import model_wanted
from recgate.domain.notice import Request, RequestedAction
from recgate.domain.recorded_decision import RecordedDecision
from recgate.flows.evidence.approved import Approved, approved
from recgate.flows.evidence.find import (
    MOST_DAYS,
    Look,
    LookBy,
    PolicyWanted,
    RangeTooLong,
    Wanted,
    found_decisions,
    look_for,
    with_arns,
)
from recgate.ports import Entry, job_stream
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot, waiver
from tests.domain.test_recorded_decision import record_of
from tests.flows.recorded_index import CountingIndex

JOBS = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/"
GROUPS = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/"
HELD = policy(at_most("max_cost_per_hour_usd", 1.0))
DEANA = Request(RequestedAction.CREATED, by="arn:aws:sts::111122223333:assumed-role/ml/Deana")


@pytest.fixture
def index() -> CountingIndex:
    return CountingIndex()


def keep(
    index: CountingIndex,
    job: str = "ranker-1",
    *,
    days_ago: float = 1,
    cost: float = 0.5,
    model: str | None = "ranker/1",
    tags: dict[str, str] | None = None,
    **more: Any,
) -> str:
    """Record a decision about a job; gives its key."""
    made = decision(
        snapshot(candidate(cost_per_hour_usd=cost), tags=tags or {}),
        more.pop("policy", HELD),
        **more,
    )
    body: dict[str, Json] = record_of(made)
    arn = None if model is None else GROUPS + model
    body["job"] = {
        **body["job"],  # type: ignore[dict-item]
        "name": job,
        "arn": JOBS + job,
        "model_package_arn": arn,
        "model_name": None,
    }
    stream = job_stream(JOBS + job)
    there = len(index.streams.get(stream, ()))
    key = digest({"job": job, "n": there, "cost": cost})
    at = NOW - timedelta(days=days_ago)
    index.append(stream, there, Entry("decision", key, at, body))
    return key


def find(index: CountingIndex, **wanted: Any) -> list[str]:
    return [each.key for each in found(index, Wanted(**wanted))]


def found(index: CountingIndex, wanted: Wanted) -> Iterator[RecordedDecision]:
    look = look_for(wanted, NOW)
    return found_decisions(wanted, look, ledger=index, index=index, now=NOW)


def test_a_model_is_found_at_once_however_long_ago(index: CountingIndex) -> None:
    """One question to the index of models, none by day."""
    old = keep(index, days_ago=900)
    keep(index, "other-1", model="other/1")

    assert find(index, model=model_wanted("ranker")) == [old]
    assert set(index.asked) == {"model ranker"}


def test_a_version_is_found_among_those_of_its_model(index: CountingIndex) -> None:
    """By GROUP/VERSION or the ARN of the package."""
    keep(index, "ranker-1", model="ranker/1")
    second = keep(index, "ranker-2", model="ranker/2")

    assert find(index, model=model_wanted("ranker/2")) == [second]
    assert find(index, model=model_wanted(f"{GROUPS}ranker/2")) == [second]


def test_a_jobs_arn_reads_its_own_stream_and_nothing_else(index: CountingIndex) -> None:
    """The newest first, however long ago."""
    first = keep(index, days_ago=900)
    second = keep(index, cost=2.0, days_ago=800)

    assert find(index, job=JOBS + "ranker-1") == [second, first]
    assert set(index.asked) == {f"read job:{JOBS}ranker-1"}


def test_a_jobs_name_is_found_by_the_arns_that_it_may_have(index: CountingIndex) -> None:
    """Where it was decided in two places, in the order of the times; no day is asked for."""
    elsewhere = JOBS.replace("eu-west-1", "us-east-1")
    first = keep(index, days_ago=900)
    entry = index.streams[f"job:{JOBS}ranker-1"][0]
    job = {**mapping_in(entry.body["job"]), "arn": f"{elsewhere}ranker-1"}
    other = Entry(
        "decision", digest({"n": 2}), NOW - timedelta(days=850), {**entry.body, "job": job}
    )
    index.append(f"job:{elsewhere}ranker-1", 0, other)
    last = keep(index, cost=2.0, days_ago=800)
    arns = [f"{places}ranker-1" for places in (JOBS, elsewhere, JOBS.replace("1111", "9999"))]

    wanted = with_arns(Wanted(job="ranker-1"), arns, index)

    assert wanted.job_arns == tuple(arns[:2])
    assert [each.key for each in found(index, wanted)] == [last, other.key, first]
    assert set(index.asked) == {f"read job:{arn}" for arn in arns}


def test_a_name_that_none_of_the_arns_has_is_looked_for_as_before(index: CountingIndex) -> None:
    """A job of a place that the stack does not serve any more, for one."""
    key = keep(index, days_ago=2)
    arns = [JOBS.replace("eu-west-1", "us-east-1") + "ranker-1"]

    wanted = with_arns(Wanted(job="ranker-1"), arns, index)

    assert look_for(wanted, NOW).by is LookBy.DAY
    assert [each.key for each in found(index, wanted)] == [key]


def test_everything_else_asks_for_the_days_of_the_range_and_no_more(index: CountingIndex) -> None:
    """30 days unless it is said; the newest first."""
    keep(index, "old-1", days_ago=30.1)  # on the first day, before the time
    second, third = keep(index, "b", days_ago=3), keep(index, "c", days_ago=2)

    assert find(index) == [third, second]
    assert len(index.asked) == 31
    assert all(each.startswith("day ") for each in index.asked)


def test_a_limit_ends_the_reading(index: CountingIndex) -> None:
    """Days that nobody wants to see any more are not asked for."""
    last = keep(index, "c", days_ago=2)
    keep(index, "b", days_ago=20)

    assert [each.key for each in islice(found(index, Wanted()), 1)] == [last]
    assert len(index.asked) == 3


def test_since_and_until_are_times(index: CountingIndex) -> None:
    """The first is included, the last is not."""
    keep(index, "a", days_ago=3)
    second, third = keep(index, "b", days_ago=2), keep(index, "c", days_ago=1.5)
    keep(index, "d", days_ago=1)
    since, until = NOW - timedelta(days=2), NOW - timedelta(days=1)

    assert find(index, since=since, until=until) == [third, second]
    assert find(index, job=JOBS + "b", since=since, until=until) == [second]
    assert find(index, job=JOBS + "d", since=since, until=until) == []
    assert find(index, model=model_wanted("ranker"), since=since, until=until) == [third, second]


def test_a_range_that_nobody_waits_for_is_refused_with_what_to_do(index: CountingIndex) -> None:
    """But not for a model or a job's ARN, which are found at once."""
    long_ago = NOW - timedelta(days=MOST_DAYS)

    with pytest.raises(RangeTooLong, match="Name a model or a job's ARN"):
        look_for(Wanted(since=long_ago), NOW)
    assert look_for(Wanted(since=long_ago + timedelta(days=1)), NOW).by is LookBy.DAY
    assert look_for(Wanted(model=model_wanted("r"), since=long_ago), NOW).since == long_ago
    assert look_for(Wanted(job=JOBS + "x", since=long_ago), NOW).by is LookBy.JOB
    assert index.asked == {}


def test_the_default_is_told_as_one(index: CountingIndex) -> None:
    """Whoever reads the list knows that not everything was looked through."""
    until = datetime(2026, 6, 30, tzinfo=UTC)

    assert look_for(Wanted(), NOW) == Look(
        LookBy.DAY, NOW - timedelta(days=30), None, is_default=True
    )
    assert look_for(Wanted(until=until), NOW).since == until - timedelta(days=30)


def test_each_filter_leaves_out_what_it_does_not_mean(index: CountingIndex) -> None:
    """All of them together leave what all of them mean."""
    dear = policy(at_most("max_cost_per_hour_usd", 1.0), name="cheap")
    passed = keep(index, "a", tags={"env": "prod"}, requests=(DEANA,))
    failed = keep(index, "b", cost=2.0, policy=dear)

    assert find(index, verdicts=frozenset({"FAIL"})) == [failed]
    assert find(index, verdicts=frozenset({"FAIL", "PASS"})) == [failed, passed]
    assert find(index, policies=(PolicyWanted("cheap"),)) == [failed]
    assert find(index, policies=(PolicyWanted("cheap", dear.digest[:7]),)) == [failed]
    assert find(index, policies=(PolicyWanted("cheap", "0000"),)) == []
    assert find(index, job="a") == [passed]
    assert find(index, by="deana") == [passed]
    assert find(index, by="nobody") == []
    assert find(index, tags={"env": "prod"}) == [passed]
    assert find(index, tags={"env": "dev"}) == []
    assert find(index, job="a", verdicts=frozenset({"FAIL"})) == []


def test_whoever_approved_a_waiver_that_was_used_is_found(index: CountingIndex) -> None:
    """And whoever asked for it; not who approved one that allowed nothing."""
    prod = policy(at_most("max_cost_per_hour_usd", 1.0))
    used = keep(index, "a", cost=2.0, policy=prod, waivers=[waiver(up_to=3.0)])
    keep(index, "b", cost=0.5, policy=prod, waivers=[waiver(up_to=3.0)])

    assert find(index, by="FinOps-Lead@") == [used]
    assert find(index, by="dana@example.com") == [used]


def test_a_job_that_failed_is_found_by_either_word(index: CountingIndex) -> None:
    """FAILED is what the list says, NO_RESULT what the record does."""
    keep(index, "a")
    stream = index.streams[job_stream(JOBS + "a")]
    stream[0].body["job"]["status"] = "FAILED"  # type: ignore[index]
    stream[0].body["verdict"], stream[0].body["gate"] = "NO_RESULT", "closed"  # type: ignore[index]

    assert len(find(index, verdicts=frozenset({"FAILED"}))) == 1
    assert len(find(index, verdicts=frozenset({"NO_RESULT"}))) == 1
    assert find(index, verdicts=frozenset({"STOPPED"})) == []


# --- what is approved -----------------------------------------------------------------------


def approvals_of(index: CountingIndex, model: str | None = None, **more: Any) -> Approved:
    wanted = None if model is None else model_wanted(model)
    asked = {"since": None, "until": None, **more}
    return approved(model=wanted, ledger=index, index=index, now=NOW, **asked)


def in_force(answer: Approved) -> dict[str | None, str | None]:
    return {
        each.last.model: each.in_force.decision.key if each.in_force else None
        for each in answer.models
    }


def test_one_model_is_one_question_and_its_jobs_stream(index: CountingIndex) -> None:
    """The stream has the last word, and is read of the job in force alone."""
    keep(index, "ranker-1", days_ago=900)
    second = keep(index, "ranker-2", model="ranker/2", days_ago=800)

    answer = approvals_of(index, "ranker")

    assert in_force(answer) == {"ranker": second}
    assert index.asked == {"model ranker": 1, f"read job:{JOBS}ranker-2": 1}


def test_a_decision_that_the_index_has_not_got_yet_still_takes_an_approval_away(
    index: CountingIndex,
) -> None:
    """What comes to light then is looked at in the same way."""
    first = keep(index, "ranker-1", days_ago=9)
    keep(index, "ranker-2", model="ranker/2", days_ago=8)
    index.hidden.add(keep(index, "ranker-2", model="ranker/2", cost=5.0, days_ago=0))

    assert in_force(approvals_of(index, "ranker")) == {"ranker": first}


def test_a_closed_decision_with_an_earlier_time_takes_an_approval_away(
    index: CountingIndex,
) -> None:
    """The order of the stream counts, not the clocks."""
    keep(index, days_ago=1)
    keep(index, cost=5.0, days_ago=2)

    assert in_force(approvals_of(index, "ranker")) == {"ranker": None}


def test_every_model_of_the_last_days_is_told_from_its_beginning(index: CountingIndex) -> None:
    """A failed version of this week leaves the approval of last year in force."""
    old = keep(index, "ranker-1", days_ago=300)
    keep(index, "ranker-2", model="ranker/2", cost=5.0, days_ago=2)
    keep(index, "forgotten-1", model="forgotten/1", days_ago=300)
    alone = keep(index, "nameless", model=None, days_ago=3)

    answer = approvals_of(index)

    assert in_force(answer) == {"ranker": old, None: alone}
    assert answer.is_default
    assert answer.since == NOW - timedelta(days=90)


def test_a_day_of_the_past_knows_nothing_of_what_came_later(index: CountingIndex) -> None:
    """Neither from the index nor from the stream."""
    first = keep(index, days_ago=9)
    keep(index, cost=5.0, days_ago=2)
    then = NOW - timedelta(days=5)

    assert in_force(approvals_of(index, "ranker", until=then)) == {"ranker": first}
    assert in_force(approvals_of(index, until=then)) == {"ranker": first}
    assert in_force(approvals_of(index, "ranker")) == {"ranker": None}


def test_a_model_that_nobody_decided_on_has_no_approvals(index: CountingIndex) -> None:
    """Not even an empty one."""
    keep(index)

    assert approvals_of(index, "nobodys").models == ()


def test_a_model_in_a_place_where_nothing_was_decided_lately_is_not_told(
    index: CountingIndex,
) -> None:
    """It has the name of one that is; asked for by name both are told."""
    keep(index, "ranker-1", days_ago=2)
    keep(index, "ranker-2", model="ranker/2", days_ago=300)
    index.streams[job_stream(JOBS + "ranker-2")][0].body["job"]["region"] = "us-east-1"  # type: ignore[index]

    assert len(approvals_of(index).models) == 1
    assert len(approvals_of(index, "ranker").models) == 2


def test_an_open_decision_with_an_earlier_time_gives_the_approval_back(
    index: CountingIndex,
) -> None:
    """The stream ends with it, and the clock had gone back."""
    keep(index, cost=5.0, days_ago=1)
    opened = keep(index, days_ago=2)

    assert in_force(approvals_of(index, "ranker")) == {"ranker": opened}
    assert in_force(approvals_of(index)) == {"ranker": opened}


def test_a_job_that_is_neither_in_force_nor_the_last_one_is_read_where_its_order_matters(
    index: CountingIndex,
) -> None:
    """Its last decision in the stream opened the gate, later than that of the one in force."""
    keep(index, "ranker-1", days_ago=9)
    keep(index, "ranker-2", model="ranker/2", cost=5.0, days_ago=3)
    second = keep(index, "ranker-2", model="ranker/2", days_ago=4)
    keep(index, "ranker-3", model="ranker/3", cost=5.0, days_ago=1)

    assert in_force(approvals_of(index, "ranker")) == {"ranker": second}


def test_an_approval_that_the_index_has_not_got_yet_is_told(index: CountingIndex) -> None:
    """The last job that was decided on is read, also where nothing is in force."""
    keep(index, cost=5.0, days_ago=1)
    opened = keep(index, days_ago=0)
    index.hidden.add(opened)

    assert in_force(approvals_of(index, "ranker")) == {"ranker": opened}

"""What is approved for a model, since when, and until when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.approval import Approval, ModelApprovals, approvals
from recgate.domain.recorded_configuration import Configuration
from recgate.domain.recorded_decision import PolicyResult, RecordedDecision
from recgate.domain.verdict import Verdict
from tests.builders import waiver

START = datetime(2026, 1, 1, tzinfo=UTC)
GROUP = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/ranker"


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def made(
    hour: float,
    verdict: Verdict = Verdict.PASS,
    *,
    job: str = "a",
    model: str | None = "ranker",
    version: int = 1,
    instance: str = "ml.c7g.large",
    key: str = "",
) -> RecordedDecision:
    """A decision at an hour of the first of January."""
    chosen = Configuration(f"{job}/1", f"{instance} × 1", "realtime", instance, 1, (), {})
    return RecordedDecision(
        stream=f"job:{job}",
        key=key or f"{job}@{hour}",
        recorded_at=at(hour),
        body={},
        readable=True,
        verdict=verdict,
        word=verdict.value,
        is_open=verdict.opens_gate,
        reason="",
        job_name=job,
        job_arn=None,
        account="111122223333",
        region="eu-west-1",
        model=model,
        version=version if model else None,
        package_arn=f"{GROUP}/{version}" if model else None,
        created=None,
        configuration=chosen if verdict.opens_gate else None,
        policies=(),
    )


def only(*decisions: RecordedDecision) -> ModelApprovals:
    (found,) = approvals(decisions)
    return found


def told(history: tuple[Approval, ...]) -> list[tuple[str, datetime, datetime | None]]:
    return [(each.decision.key, each.since, each.until) for each in history]


def test_the_latest_open_decision_is_in_force() -> None:
    """A new version takes the place of the one before."""
    found = only(made(1, job="a"), made(5, job="b", version=2))

    assert told(found.history) == [("a@1", at(1), at(5)), ("b@5", at(5), None)]
    assert found.in_force is not None
    assert found.in_force.decision.version == 2
    assert not found.before[0].was_taken_away


def test_a_later_closed_decision_about_the_job_takes_the_approval_away() -> None:
    """As when a waiver has ended and the job is judged again."""
    found = only(made(1, Verdict.WAIVED), made(5, Verdict.FAIL))

    assert found.in_force is None
    assert told(found.before) == [("a@1", at(1), at(5))]
    assert found.before[0].was_taken_away
    assert found.last.verdict is Verdict.FAIL


def test_a_closed_decision_about_another_job_takes_nothing_away() -> None:
    """The next version fails; the one before stays approved."""
    found = only(made(1, job="a"), made(5, Verdict.FAIL, job="b", version=2))

    assert found.in_force is not None
    assert found.in_force.decision.key == "a@1"
    assert found.last.key == "b@5"


def test_what_was_approved_before_holds_again_when_the_latest_is_taken_away() -> None:
    """It was never taken away itself."""
    found = only(
        made(1, job="a"), made(5, job="b", version=2), made(9, Verdict.FAIL, job="b", version=2)
    )

    assert told(found.history) == [
        ("a@1", at(1), at(5)),
        ("b@5", at(5), at(9)),
        ("a@1", at(9), None),
    ]


def test_the_order_of_a_jobs_stream_counts_where_a_clock_went_back() -> None:
    """A closed decision with an earlier time was still made after the open one."""
    found = only(made(5, key="open"), made(4, Verdict.FAIL, key="closed"))

    assert found.in_force is None
    assert told(found.history) == [("open", at(5), at(5))]


def test_a_configuration_is_unchanged_through_decisions_that_chose_it_again() -> None:
    """A policy was changed, and the job judged again: the same instance type and count."""
    first, again = made(1), made(5)

    assert only(first, again).unchanged_since == at(1)
    assert only(first, again).in_force == Approval(again, at(5))
    assert only(first, made(5, instance="ml.c7g.xlarge")).unchanged_since == at(5)
    assert only(first, made(3, Verdict.FAIL), again).unchanged_since == at(5)
    assert only(made(1, Verdict.FAIL)).unchanged_since is None


def test_each_model_and_each_place_has_its_own() -> None:
    """Sorted by the model's name; a job without a model is a family of its own."""
    abroad = replace(made(2, job="b"), region="us-east-1")

    found = approvals([made(1, model="zebra"), abroad, made(3, job="c"), made(4, model=None)])

    assert [(each.last.model, each.last.region) for each in found if each.in_force] == [
        (None, "eu-west-1"),
        ("ranker", "eu-west-1"),
        ("ranker", "us-east-1"),
    ]
    assert [each.last.model for each in found] == [None, "ranker", "ranker", "zebra"]


def test_a_job_that_is_about_another_model_now_approves_nothing_of_the_first() -> None:
    """A recorded file that was edited: its last decision is what counts."""
    found = approvals([made(1, model="ranker"), made(2, model="other")])

    assert [(each.last.model, each.in_force is not None) for each in found] == [
        ("other", True),
        ("ranker", False),
    ]


def test_a_waiver_that_has_ended_since_is_told() -> None:
    """From the day after its last one."""
    rests = waiver(up_to=3.0, expires=date(2026, 6, 30))
    result = PolicyResult(
        "p", "", "", "", "enforce", "WAIVED", "", None, (), waivers=(rests,), rests_on=(rests,)
    )
    waived = replace(made(1, Verdict.WAIVED), policies=(result,))

    found = only(waived).in_force

    assert found is not None
    assert found.ended_waivers(date(2026, 6, 30)) == ()
    assert found.ended_waivers(date(2026, 7, 1)) == (rests,)


def test_a_waiver_that_was_used_and_is_not_needed_ends_nothing() -> None:
    """It was for another configuration than the approved one."""
    used = waiver(up_to=3.0, expires=date(2026, 6, 30))
    result = PolicyResult(
        "p", "", "", "", "enforce", "PASS", "", None, (), waivers=(used,), rests_on=()
    )

    found = only(replace(made(1), policies=(result,))).in_force

    assert found is not None
    assert found.ended_waivers(date(2026, 7, 1)) == ()


def test_an_approval_is_taken_away_by_its_own_job_alone() -> None:
    """A closed decision about another job ends nothing, whatever it is about."""
    ended = Approval(made(1, job="a"), at(1), at(2), made(2, Verdict.FAIL, job="b"))

    assert not ended.was_taken_away
    assert replace(ended, ended_by=made(2, Verdict.FAIL, job="a")).was_taken_away
    assert not replace(ended, ended_by=made(2, job="a")).was_taken_away


def test_the_same_configuration_of_another_package_is_another_one() -> None:
    """Also where the version is not known: the ARN tells them apart."""
    first = made(1)
    other = replace(made(5), package_arn=f"{GROUP}-of-another-account/1")

    assert only(first, other).unchanged_since == at(5)
    assert only(first, made(5)).unchanged_since == at(1)


def test_nothing_was_decided_and_nothing_is_approved() -> None:
    """No model, no approval."""
    assert approvals([]) == ()


decided = st.lists(
    st.builds(
        made,
        st.integers(0, 12),
        st.sampled_from([Verdict.PASS, Verdict.WAIVED, Verdict.FAIL, Verdict.ERROR]),
        job=st.sampled_from("abc"),
        model=st.sampled_from(["ranker", "other", None]),
        version=st.integers(1, 2),
        instance=st.sampled_from(["ml.c7g.large", "ml.g5.xlarge"]),
    ),
    max_size=12,
).map(lambda many: [replace(each, key=str(place)) for place, each in enumerate(many)])


def by_definition(decisions: list[RecordedDecision]) -> dict[str, str]:
    """The approval in force by family: of the last decisions of all jobs those with an open gate,
    and of these the latest. Times count as no earlier than those before them in their stream.
    """
    last: dict[str, tuple[datetime, int, RecordedDecision]] = {}
    for place, each in enumerate(decisions):
        before = last[each.stream][0] if each.stream in last else each.recorded_at
        last[each.stream] = max(each.recorded_at, before), place, each
    found: dict[str, tuple[datetime, int, RecordedDecision]] = {}
    for entry in last.values():
        family = entry[2].family
        if entry[2].is_open and (family not in found or entry[:2] > found[family][:2]):
            found[family] = entry
    return {family: each.key for family, (_, _, each) in found.items()}


@given(decided)
def test_what_is_in_force_follows_from_the_last_decisions(
    decisions: list[RecordedDecision],
) -> None:
    """However they came about."""
    found = approvals(decisions)

    in_force = {each.family: each.in_force.decision.key for each in found if each.in_force}
    assert in_force == by_definition(decisions)
    assert {each.family for each in found} == {each.family for each in decisions}


@given(decided)
def test_a_history_has_no_overlap_and_every_end_has_its_reason(
    decisions: list[RecordedDecision],
) -> None:
    """One approval at a time; only the last one may hold still."""
    for found in approvals(decisions):
        for each, after in zip(found.history, found.history[1:], strict=False):
            assert each.until is not None
            assert each.since <= each.until <= after.since
        for each in found.history:
            assert each.decision.is_open
            assert each.decision.family == found.family
            assert (each.until is None) == (each.ended_by is None)
        assert len([each for each in found.history if each.is_in_force]) <= 1
        assert len(found.before) + (found.in_force is not None) == len(found.history)


@given(decided, st.integers(0, 13))
def test_a_day_of_the_past_has_what_was_in_force_then(
    decisions: list[RecordedDecision], hour: int
) -> None:
    """The history tells of every moment what the decisions made before it tell of the end."""
    ordered = sorted(decisions, key=lambda each: each.recorded_at)  # no clock went back
    then = approvals(each for each in ordered if each.recorded_at < at(hour))

    expected = {each.family: each.in_force.decision.key for each in then if each.in_force}
    told_then = {
        found.family: each.decision.key
        for found in approvals(ordered)
        for each in found.history
        if each.since < at(hour) and (each.until is None or each.until >= at(hour))
    }
    assert told_then == expected

"""Following a job: whatever happens on the way, it ends with a verdict or a permanent error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby, islice
from typing import Any

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.describe import job_state, snapshot_from, snapshot_of
from recgate.dialect.document import canonical_value
from recgate.domain.canonical import Json
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.limits import OnMissing
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.policy import Policy
from recgate.domain.policy_set import PolicySet
from recgate.domain.progress import Progress
from recgate.domain.route import Route
from recgate.domain.verdict import Verdict
from recgate.flows.follow import FollowParts, follow
from recgate.flows.parts import SETTLING_TIME, CheckParts
from recgate.flows.record_and_tell import Checked
from recgate.ports import (
    JobNotFound,
    JobSourceBusy,
    JobSourceRefused,
    JobState,
    JobUnusable,
    RecgateError,
)
from recgate.telling_ports import Channel
from tests.builders import JOB_ARN, NOW, at_most, policy
from tests.flows.fakes import Clock, Policies

NOTICE = JobNotice("fraud-ranker-v14", Trigger(TriggerSource.COMMAND_LINE))
GENEROUS = policy(at_most("max_cost_per_hour_usd", 2.5))
NEEDS_P99 = policy(at_most("max_latency_p99_ms", 120, on_missing=OnMissing.FAIL))
CREATED = NOW - timedelta(minutes=20)
BUSY = JobSourceBusy("SageMaker did not describe job fraud-ranker-v14: Throttled. Ask again.")

Answer = Mapping[str, Any] | Exception


def described(status: str = "IN_PROGRESS", **members: Any) -> dict[str, Any]:
    """A Describe response; a job that completed did so at NOW with one recommendation."""
    made = {
        "JobName": "fraud-ranker-v14",
        "JobArn": JOB_ARN,
        "JobType": "Advanced",
        "Status": status,
        "CreationTime": CREATED,
        "LastModifiedTime": NOW,
        **members,
    }
    if status == "COMPLETED":
        made["InferenceRecommendations"] = [
            {
                "RecommendationId": "fraud-ranker-v14/1",
                "Metrics": {"CostPerHour": 0.26},
                "EndpointConfiguration": {"InstanceType": "ml.c7g.xlarge"},
            }
        ]
    return made


def benchmark(status: str) -> dict[str, Json]:
    return {"StepType": "BENCHMARK", "Status": status}


@dataclass
class SageMaker:
    """A JobSource and a ProgressSource that answer as scripted; the last answers stay."""

    states: list[Answer]
    steps: list[Sequence[Mapping[str, Json]] | Exception] = field(default_factory=lambda: [[]])
    past: list[Sequence[timedelta] | Exception] = field(default_factory=lambda: [[]])
    p99: list[float | Exception | None] = field(default_factory=lambda: [90.0])
    asked: list[str] = field(default_factory=list)

    def state(self, notice: JobNotice) -> JobState:
        response = canonical_value(self._next("state", self.states))
        assert isinstance(response, Mapping)
        return job_state(response)

    def gather(self, state: JobState) -> Snapshot:
        p99 = self._next("gather", self.p99)
        row = {"recommendation": "fraud-ranker-v14/1", "p99_ms": p99, "samples": 500}
        measured = {"minimum_samples": 100, "rows": [row] if p99 else []}
        return snapshot_of(state, tags=[], steps=[], measured=measured)

    def benchmarks(self, job_name: str) -> Sequence[Mapping[str, Json]]:
        found: Sequence[Mapping[str, Json]] = self._next("benchmarks", self.steps)
        return found

    def durations(self, job_type: str) -> Sequence[timedelta]:
        found: Sequence[timedelta] = self._next(f"durations {job_type}", self.past)
        return found

    def _next(self, question: str, answers: list[Any]) -> Any:
        self.asked.append(question)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Desk:
    """Follows a job with a clock that only waiting moves; ``waits`` are in seconds."""

    def __init__(
        self,
        sagemaker: SageMaker,
        *policies: Policy,
        settling: timedelta = SETTLING_TIME,
        every_s: float = 15.0,
    ) -> None:
        self.sagemaker = sagemaker
        self.clock = Clock(NOW)
        self.waits: list[float] = []
        self.ledger = SqliteLedger(":memory:")
        check = CheckParts(
            jobs=sagemaker,
            policies=Policies(PolicySet(policies or (GENEROUS,), {}, ())),
            ledger=self.ledger,
            read_snapshot=snapshot_from,
            channel_for=_no_channel,
            clock=self.clock,
            worker="test",
            settling=settling,
        )
        self.parts = FollowParts(check, sagemaker, self._wait, every_s)

    def _wait(self, seconds: float) -> None:
        assert seconds > 0, "a loop without a pause"
        self.waits.append(seconds)
        self.clock.advance(seconds=seconds)

    def follow(self, *, at_most: int = 200) -> list[Progress | Checked]:
        """Everything that is yielded."""
        try:
            found = list(islice(follow(NOTICE, self.parts), at_most))
        finally:
            self.ledger.close()
        return found

    def looks(self, *, at_most: int = 200) -> list[Progress]:
        """What was known after each look, before each pause."""
        return [
            seen
            for seen in self.follow(at_most=at_most)
            if isinstance(seen, Progress) and seen.pause_s is not None
        ]


def _no_channel(route: Route) -> Channel:
    raise RecgateError("nobody is to be told")


def verdict_of(found: Sequence[Progress | Checked]) -> Verdict:
    last = found[-1]
    assert isinstance(last, Checked)
    return last.decision.verdict


def test_a_job_is_followed_to_its_verdict() -> None:
    """Looked at every 15 seconds, and judged once when it has ended."""
    desk = Desk(SageMaker([described("PENDING"), described(), described(), described("COMPLETED")]))

    found = desk.follow()

    assert verdict_of(found) is Verdict.PASS
    assert desk.waits == [15, 15, 15]
    assert desk.sagemaker.asked.count("gather") == 1
    statuses = [seen.job and seen.job.status for seen in found if isinstance(seen, Progress)]
    assert [status for status, _ in groupby(statuses)] == [
        None,
        JobStatus.PENDING,
        JobStatus.IN_PROGRESS,
        JobStatus.COMPLETED,
    ]


def test_a_job_that_has_ended_already_is_judged_at_once() -> None:
    """No pause, and nobody asks how long jobs like it take."""
    desk = Desk(SageMaker([described("COMPLETED")]))

    found = desk.follow()

    assert verdict_of(found) is Verdict.PASS
    assert desk.waits == []
    assert "durations Advanced" not in desk.sagemaker.asked


@pytest.mark.parametrize("status", ["FAILED", "STOPPED", "DELETED"])
def test_every_end_is_an_end(status: str) -> None:
    """The gate stays closed, and the watching is over."""
    found = Desk(SageMaker([described(), described(status)])).follow()

    assert verdict_of(found) is Verdict.NO_RESULT


def test_the_job_is_never_judged_before_it_ended() -> None:
    """Nothing is gathered from a running job: CloudWatch is not asked every 15 seconds."""
    desk = Desk(SageMaker([described("STOPPING")]))

    desk.follow(at_most=50)

    assert "gather" not in desk.sagemaker.asked


def test_what_is_under_way_is_said_before_it_is_asked() -> None:
    """A view must not count down to a look that has begun."""
    found = Desk(SageMaker([described(), described("COMPLETED")])).follow()

    pauses = [seen.pause_s for seen in found if isinstance(seen, Progress)]
    assert pauses == [None, 15, None, None]


def test_benchmarks_are_told_as_they_are_listed() -> None:
    """Of a running job, the number that SageMaker lists may still grow."""
    listed = [[], [benchmark("IN_PROGRESS")], [benchmark("FAILED"), benchmark("PENDING")]]
    looks = Desk(SageMaker([described()], [*listed])).looks(at_most=7)

    counts = [
        (seen.started, seen.done, seen.waiting) for each in looks if (seen := each.benchmarks)
    ]
    assert counts == [(0, 0, 0), (1, 0, 0), (1, 1, 1)]


def test_the_usual_duration_is_asked_once() -> None:
    """One list for the whole time of watching."""
    past = [timedelta(minutes=minutes) for minutes in (30, 38, 50)]
    desk = Desk(SageMaker([described()], past=[past]))

    looks = desk.looks(at_most=20)

    assert desk.sagemaker.asked.count("durations Advanced") == 1
    assert {usual.duration for each in looks if (usual := each.usual)} == {timedelta(minutes=38)}


def test_who_may_not_list_jobs_gets_the_documented_figure() -> None:
    """It is worth having, and no reason to stop; it is not asked again either."""
    desk = Desk(SageMaker([described()], past=[JobSourceRefused("denied")]))

    looks = desk.looks(at_most=9)

    assert desk.sagemaker.asked.count("durations Advanced") == 1
    assert {(each.usual.jobs, each.usual.duration) for each in looks if each.usual} == {
        (0, timedelta(hours=2))
    }
    assert all(each.silence is None for each in looks)


def test_a_throttled_list_of_jobs_is_asked_again_and_disturbs_nothing() -> None:
    """The documented figure stands in for it meanwhile."""
    past = [timedelta(minutes=minutes) for minutes in (30, 38, 50)]
    looks = Desk(SageMaker([described()], past=[BUSY, BUSY, past])).looks(at_most=9)

    assert [each.usual.jobs for each in looks if each.usual] == [0, 0, 3, 3]
    assert all(each.silence is None for each in looks)


def test_a_silence_is_told_with_longer_and_longer_pauses() -> None:
    """Up to two minutes; what was known stays known, with its age."""
    desk = Desk(SageMaker([described(), *[BUSY] * 6, described()]))

    looks = desk.looks(at_most=18)

    assert desk.waits[:8] == [15, 15, 30, 60, 120, 120, 120, 15]
    silent = looks[1:7]
    assert [each.silence and each.silence.attempts for each in silent] == [1, 2, 3, 4, 5, 6]
    assert {each.silence.since for each in silent if each.silence} == {NOW + timedelta(seconds=15)}
    assert {each.answered_at for each in silent} == {NOW}
    assert all(each.job and each.job.status is JobStatus.IN_PROGRESS for each in silent)
    assert looks[7].silence is None


def test_a_silence_of_days_is_waited_out() -> None:
    """A laptop that was closed over a weekend."""
    desk = Desk(SageMaker([*[BUSY] * 3000, described("COMPLETED")]))

    found = desk.follow(at_most=10_000)

    assert verdict_of(found) is Verdict.PASS
    assert max(desk.waits) == 120


def test_a_pause_is_never_shorter_than_what_was_asked_for() -> None:
    """``--every 300`` is not cut to two minutes because SageMaker is throttling."""
    desk = Desk(SageMaker([BUSY, BUSY, described("COMPLETED")]), every_s=300)

    desk.follow()

    assert desk.waits == [300, 300]


@pytest.mark.parametrize("which", ["steps", "p99"])
def test_any_question_may_go_unanswered(which: str) -> None:
    """The benchmarks' of a running job, CloudWatch's of one that ended."""
    sagemaker = SageMaker([described("COMPLETED")])
    answers: list[Any] = getattr(sagemaker, which)
    answers[:0] = [BUSY, BUSY]
    desk = Desk(sagemaker)

    found = desk.follow()

    assert verdict_of(found) is Verdict.PASS
    assert desk.waits[0] == 15
    assert any(isinstance(seen, Progress) and seen.silence for seen in found)


@pytest.mark.parametrize(
    "permanent", [JobNotFound("no such job"), JobSourceRefused("denied"), JobUnusable("no job")]
)
def test_what_no_asking_changes_ends_the_watching(permanent: Exception) -> None:
    """At the first look, and at any later one."""
    for before in (0, 2):
        with pytest.raises(type(permanent), match=str(permanent)):
            Desk(SageMaker([*[described()] * before, permanent])).follow()


def test_benchmarks_that_may_not_be_listed_end_the_watching_at_once() -> None:
    """The check would need the permission too: better told now than after an hour."""
    with pytest.raises(JobSourceRefused, match="denied"):
        Desk(SageMaker([described()], [JobSourceRefused("denied")])).follow()


def test_missing_samples_are_waited_for_with_the_time_that_is_left() -> None:
    """CloudWatch may be 15 minutes behind the job's end; it is asked every 3 minutes."""
    desk = Desk(SageMaker([described("COMPLETED")], p99=[None, None, 90.0]), NEEDS_P99)

    found = desk.follow()

    assert verdict_of(found) is Verdict.PASS
    assert desk.waits == [180, 180]
    waiting = [seen for seen in found if isinstance(seen, Progress) and seen.settled_at]
    assert {seen.settled_at for seen in waiting} == {NOW + SETTLING_TIME}


def test_a_silence_while_samples_are_awaited_is_a_silence() -> None:
    """Nobody is asked for a verdict on a job that could not be looked at."""
    completed: list[Answer] = [described("COMPLETED")] * 2
    sagemaker = SageMaker([*completed, BUSY, *completed], p99=[None, 90.0])
    desk = Desk(sagemaker, NEEDS_P99)

    found = desk.follow()

    assert verdict_of(found) is Verdict.PASS
    assert desk.waits == [180, 15]


def test_samples_that_never_come_do_not_keep_the_job_waiting_for_ever() -> None:
    """After the settling time the verdict is that nobody knows."""
    desk = Desk(SageMaker([described("COMPLETED")], p99=[None]), NEEDS_P99)

    found = desk.follow()

    assert verdict_of(found) is Verdict.UNKNOWN
    assert sum(desk.waits) == SETTLING_TIME.total_seconds()


def test_without_settling_it_is_judged_at_once() -> None:
    """``--no-settle``."""
    desk = Desk(SageMaker([described("COMPLETED")], p99=[None]), NEEDS_P99, settling=timedelta(0))

    found = desk.follow()

    assert verdict_of(found) is Verdict.UNKNOWN
    assert desk.waits == []


def test_the_last_moment_of_settling_is_no_busy_loop() -> None:
    """A hundredth of a second that is left is waited for as a second."""
    desk = Desk(SageMaker([described("COMPLETED")], p99=[None]), NEEDS_P99)
    desk.clock.now = NOW + SETTLING_TIME - timedelta(milliseconds=10)

    desk.follow()

    assert desk.waits == [1]


def test_a_job_that_begins_again_under_the_name_is_followed() -> None:
    """Between the look and the check it was another job."""
    states = [described("COMPLETED"), described(), described(), described("COMPLETED")]
    desk = Desk(SageMaker(list[Answer](states)))

    found = desk.follow()

    assert verdict_of(found) is Verdict.PASS
    assert desk.waits == [15, 15]


def test_a_job_that_begins_again_waits_for_no_samples() -> None:
    """The countdown belonged to the one before."""
    completed: list[Answer] = [described("COMPLETED")] * 2
    desk = Desk(SageMaker([*completed, described()], p99=[None]), NEEDS_P99)

    looks = desk.looks(at_most=6)

    assert [each.settled_at is None for each in looks] == [False, True]

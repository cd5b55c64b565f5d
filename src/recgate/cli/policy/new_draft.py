"""The two texts of a new policy, proven before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from recgate.cli.policy.new_files import (
    TESTS,
    FaultOfOurs,
    Places,
    check_tests,
    loaded,
    only_policy,
    schema_lines,
)
from recgate.cli.policy.new_job import JobStart
from recgate.domain.candidate import Candidate
from recgate.domain.evaluation import Judgement, judge
from recgate.domain.job import Snapshot
from recgate.domain.new_policy import NewPolicy
from recgate.domain.policy import Policy
from recgate.domain.scope import Applies
from recgate.domain.verdict import Verdict
from recgate.rendering.new_policy.policy_text import policy_text
from recgate.rendering.new_policy.tests_text import JobCase, text_of_tests
from recgate.rendering.safe_text import clean


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written. ``verdict`` is that on the job, None without one that it concerns."""

    policy: str
    tests: str
    verdict: Verdict | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Job:
    """The job as the new policy sees it. ``tags`` are those that its own file does not tell."""

    snapshot: Snapshot
    tags: Mapping[str, str] | None
    file: str


def draft_of(new: NewPolicy, places: Places, start: JobStart | None, today: date) -> Draft:
    """Both texts: loaded by the real loader, run as tests, and held to what was promised.

    Raises FaultOfOurs when they are not what was meant.
    """
    policy_schema, test_schema = schema_lines(places.folder)
    text = policy_text(new, schema=policy_schema)
    policies = loaded(new.name, text, new.notify)
    notes, case, verdict, job = list(new.notes), None, None, None
    if start is not None:
        job = _as_seen(new, start, places)
        day = max(today, new.enforce_from or today)
        judgement, why_not = _judged(only_policy(policies), job.snapshot, day)
        if judgement is not None and new.origin:
            verdict = judgement.verdict
            notes += _promised(new, judgement, new.origin.chosen)
        if verdict is not None and job.file:
            case = JobCase(job.file, verdict, job.tags)
        else:
            reason = why_not or start.why_no_path or "its file cannot be named in one"
            notes.append(f"the job itself is not among the tests: {reason}")
    tests = text_of_tests(new, schema=test_schema, today=today, job=case)
    check_tests(new.name, tests, policies, job.snapshot if job else None)
    return Draft(text, tests, verdict, tuple(notes))


def _as_seen(new: NewPolicy, start: JobStart, places: Places) -> _Job:
    """Where nobody knows the tags of the job, it has those that the policy asks for."""
    file = start.path_from(places.folder / TESTS)
    if start.snapshot.tags is not None or not new.tags:
        return _Job(start.snapshot, None, file)
    tags = {key: values[0] for key, values in new.tags.items()}
    return _Job(replace(start.snapshot, tags=tags), tags, file)


def _judged(policy: Policy, snapshot: Snapshot, day: date) -> tuple[Judgement | None, str]:
    match = policy.scope.match(snapshot)
    if match.applies is not Applies.YES:
        return None, f"the policy does not concern it ({clean(match.reason, 160)})"
    return judge(snapshot, policy, day), ""


def _promised(new: NewPolicy, judgement: Judgement, chosen: Candidate) -> list[str]:
    """Holds the policy to its promise; says where a figure that was given cannot be measured."""
    missing = [bound.name for bound in new.bounds if chosen.values[bound.spec.metric] is None]
    place = next(at for at, row in enumerate(judgement.candidates) if row is chosen)
    verdict = judgement.verdict_on(place)
    if verdict is not (Verdict.UNKNOWN if missing else Verdict.PASS):
        raise FaultOfOurs(f"{chosen.recommendation_id} would be {verdict}")
    short = [
        bound.name
        for bound in new.bounds
        if bound.asked is not None and (bound.leaves or 0.0) < bound.asked - 1e-9
    ]
    if short:
        raise FaultOfOurs(f"less headroom than was asked for: {', '.join(short)}")
    return [f"the job has no figure for {name}: its verdict is UNKNOWN" for name in missing]

"""The tests of a new policy: for each limit a recommendation that meets it, and one beyond it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, count

from recgate.domain.candidate import EndpointKind, Metric
from recgate.domain.new_policy import NewPolicy
from recgate.domain.new_policy_bounds import Bound
from recgate.domain.policy import Mode
from recgate.domain.scope import Condition
from recgate.domain.verdict import Verdict
from recgate.rendering.new_policy.yaml_text import comment, figure, mapping
from recgate.rendering.yaml_flow import scalar

_OTHER_FAMILIES = ("p5", "p4d", "g5", "c7g", "m7i")
_P99 = "max_latency_p99_ms"
_INSTANCE = "ml.c7g.xlarge"
"""What a row stands for where the policy says nothing about instances."""

_OTHER_MODEL, _OTHER_JOB = "another-model", "another-job"

_SIZES = {
    Metric.SERVERLESS_MEMORY_MB: "memory_mb",
    Metric.SERVERLESS_CONCURRENCY: "concurrency",
}
"""What is written under ``serverless`` in a row, and how it is called there."""

_MOST_USERS = 900
"""From 1000 callers at once a latency is not taken for milliseconds, and is missing
(recgate.dialect.readings).
"""

Figures = Mapping[Metric, float]


@dataclass(frozen=True, slots=True)
class JobCase:
    """The job itself as a test: its file, from the folder of the tests, and the verdict on it.

    ``tags`` are those that the file itself does not tell, None: it tells them.
    """

    file: str
    verdict: Verdict
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    verdict: Verdict
    figures: Figures
    instance: str
    limit: str = ""
    outcome: str = ""


def text_of_tests(new: NewPolicy, *, schema: str, today: date, job: JobCase | None = None) -> str:
    """The whole file. ``schema`` is where an editor finds the schema, from the file's folder;
    ``today`` the day on which the tests judge, unless the policy is enforced from a later one.
    """
    day = max(today, new.enforce_from or today)
    said = "the first day on which it is enforced" if new.enforce_from else "the day of judgement"
    lines = [
        f"# yaml-language-server: $schema={schema}",
        "#",
        comment(f"What the policy {new.name} must answer: recgate policy test runs this."),
        "# For each limit there is a recommendation that meets it, and one just beyond it.",
        "",
        f"policy: {scalar(new.name)}",
        f"today: {day.isoformat()}   # {said} (UTC): the answer is the same tomorrow",
        "",
        "tests:",
    ]
    cases = list(_cases(new))
    for case in cases:
        lines += _written(case, new.kind)
    if stranger := _stranger(new):
        lines += _not_concerned(stranger, cases[0], new.kind)
    if job is not None:
        lines += _written_job(job)
    return "\n".join(lines) + "\n"


def _cases(new: NewPolicy) -> Iterator[_Case]:
    instance, good = _instance(new), _good(new)
    whose = "the recommendation that it was made for" if new.origin else "a good recommendation"
    yield _Case(f"{whose} passes", Verdict.PASS, good, instance)
    for bound in new.bounds:
        yield from _around(bound, good, instance, _failure(new))
    if new.families:
        other = next(family for family in _other_families() if family not in new.families)
        name = f"another family, {other}, fails"
        bad = f"ml.{other}.xlarge"
        yield _Case(name, _failure(new), good, bad, "instance_families", "fail")


def _other_families() -> Iterator[str]:
    """Families that a policy may not name, without end."""
    return chain(_OTHER_FAMILIES, (f"x{number}" for number in count(1)))


def _good(new: NewPolicy) -> Figures:
    """The figures of a recommendation that meets every limit without a warning."""
    good = {bound.spec.metric: bound.passes for bound in new.bounds}
    measured = {bound.spec.metric for bound in new.bounds if bound.had is not None}
    if not _is_plausible(good) and Metric.MODEL_LATENCY_MS not in measured:
        fits = _MOST_USERS * 60_000 / good[Metric.INVOCATIONS_PER_MINUTE]
        good[Metric.MODEL_LATENCY_MS] = float(f"{fits:.2g}")
    return good


def _is_plausible(figures: Figures) -> bool:
    """Whether so many callers at once can be meant: by Little's law, rate × latency."""
    rate = figures.get(Metric.INVOCATIONS_PER_MINUTE, 0.0)
    return rate * figures.get(Metric.MODEL_LATENCY_MS, 0.0) / 60_000 <= _MOST_USERS


def _stranger(new: NewPolicy) -> str:
    """A job that the policy does not concern, as YAML; empty where none is easily told."""
    if new.tags:
        return "{tags: {}}"
    for key, said, patterns, other in (
        ("model_package_groups", "model_package_group", new.model_package_groups, _OTHER_MODEL),
        ("job_names", "job_name", new.job_names, _OTHER_JOB),
    ):
        if patterns and not Condition(key, patterns).accepts(other):
            return mapping({said: scalar(other)})
    return ""


def _failure(new: NewPolicy) -> Verdict:
    return Verdict.WOULD_FAIL if new.mode is Mode.OBSERVE else Verdict.FAIL


def _around(bound: Bound, good: Figures, instance: str, failure: Verdict) -> Iterator[_Case]:
    """The cases that change one figure of a good recommendation."""
    metric, unit = bound.spec.metric, bound.spec.unit
    is_latency = metric is Metric.MODEL_LATENCY_MS
    at_limit = {**good, metric: bound.fail}
    if bound.warn is not None and (_is_plausible(at_limit) or not is_latency):
        name = f"exactly at {bound.name}, {figure(bound.fail, unit)}, it only warns"
        yield _Case(name, Verdict.WARN, at_limit, instance, bound.name, "warn")
    broken = {**good, metric: bound.beyond}
    if is_latency and not _is_plausible(broken):  # the throughput is not what this case is about
        del broken[Metric.INVOCATIONS_PER_MINUTE]
    name = f"beyond {bound.name}, at {figure(bound.beyond, unit)}, it fails"
    yield _Case(name, failure, broken, instance, bound.name, "fail")
    if bound.name == _P99:
        unmeasured = {each: good[each] for each in good if each is not metric}
        name = "a P99 that was not measured never passes"
        yield _Case(name, Verdict.UNKNOWN, unmeasured, instance, bound.name, "missing")


def _instance(new: NewPolicy) -> str:
    """The instance type of a good recommendation; empty: it is serverless."""
    if new.kind is EndpointKind.SERVERLESS:
        return ""
    chosen = new.origin.chosen if new.origin else None
    if chosen and chosen.instance_type and chosen.family:
        return chosen.instance_type
    return f"ml.{new.families[0]}.xlarge" if new.families else _INSTANCE


def _row(case: _Case, kind: EndpointKind) -> dict[str, str]:
    """One recommendation: keys and figures, as they are written."""
    row, sizes = {}, {}
    for metric, value in case.figures.items():
        if metric in _SIZES:
            sizes[_SIZES[metric]] = figure(value)
        else:
            row[metric.name.lower()] = figure(value)
    if kind is EndpointKind.SERVERLESS:
        return {"serverless": mapping(sizes), **row}
    return {"instance": scalar(case.instance), **row}


def _written(case: _Case, kind: EndpointKind) -> Iterator[str]:
    yield f"  - name: {scalar(case.name)}"
    yield f"    given: [{mapping(_row(case, kind))}]"
    expect = {"verdict": case.verdict.value}
    if case.limit:
        expect["limits"] = mapping({case.limit: case.outcome})
    yield f"    expect: {mapping(expect)}"


def _not_concerned(stranger: str, good: _Case, kind: EndpointKind) -> Iterator[str]:
    yield "  - name: another job is none of its business"
    yield f"    given: [{mapping(_row(good, kind))}]"
    yield f"    given_job: {stranger}"
    yield "    expect: {applies: false}"


def _written_job(job: JobCase) -> Iterator[str]:
    yield "  - name: the job that it was made from"
    yield f"    job: {scalar(job.file)}"
    if job.tags is not None:
        tags = {key: scalar(value) for key, value in job.tags.items()}
        yield f"    given_job: {{tags: {mapping(tags)}}}"
    yield f"    expect: {mapping({'verdict': job.verdict.value})}"

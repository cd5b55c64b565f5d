"""A test that is missing, written out: a row in which one limit passes, or breaks."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from recgate.dialect.policy_test_document import policy_test_from
from recgate.dialect.policy_test_job import RESERVED
from recgate.domain.candidate import EndpointKind, instance_family
from recgate.domain.canonical import Json
from recgate.domain.catalogue import Direction
from recgate.domain.job import Snapshot
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy
from recgate.domain.policy_test import word_of
from recgate.domain.policy_test_result import CaseResult, run_test
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Outcome
from recgate.ports import JobUnusable

_FAMILIES = ("c7g", "m7i", "g5", "c6i", "m5", "r7g", "inf2", "p4d", "t3")
"""Families to try where a policy names none that helps."""

_SIZE = "xlarge"
_FIELD = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_KEYS = {"JobName": "job_name", "JobType": "job_type"}
"""Fields that a test says by a key of its own."""

_ANY_DAY = "2000-01-01"
"""No limit depends on the day."""


def suggested_case(policy: Policy, limit: Limit, outcome: Outcome) -> dict[str, Json] | None:
    """A test in which the limit gives the outcome, as an entry of ``tests``.

    The other limits are met as far as that goes. ``outcome`` is PASS, WARN or FAIL; what is
    expected is what the policy gives. It has as many rows, all alike, as the policy asks for.
    None if no such row was found, as for a limit on a field that takes more than a path, or one
    that no row can break.
    """
    word = {Outcome.PASS: "passes", Outcome.WARN: "warns"}.get(outcome, "fails")
    rows = policy.candidates.at_least or 1
    for row in _rows(policy, limit, outcome):
        for given_job in _jobs(policy, limit, outcome):
            case: dict[str, Any] = {"name": f"{limit.name} {word}", "given": [row] * rows}
            if given_job:
                case["given_job"] = given_job
            try:
                judgement = _ran(policy, case).judgement
            except JobUnusable:  # no job has such a value there
                continue
            if judgement is None or judgement.deciding is None:
                continue
            found = {each.limit: each.outcome for each in judgement.findings(judgement.deciding)}
            if found.get(limit.name) is outcome:
                expect: dict[str, Any] = {"limits": {limit.name: word_of(outcome).value}}
                if policy.enforce_from is None:  # else the verdict depends on the day
                    expect = {"verdict": judgement.verdict.value, **expect}
                return {**case, "expect": expect}
    return None


def _ran(policy: Policy, case: Mapping[str, Any]) -> CaseResult:
    document = {
        "policy": policy.name,
        "today": _ANY_DAY,
        "tests": [{**case, "expect": {}}],
    }
    return run_test(policy_test_from(document, 0, _no_job), policy)


def _no_job(written: str, tags: Mapping[str, str] | None) -> Snapshot:
    raise AssertionError(f"{written}: a suggestion names no recorded job")


def _rows(policy: Policy, limit: Limit, outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Rows to try, of each kind that the limit may exist for."""
    kinds = [policy.scope.endpoint_kind] if policy.scope.endpoint_kind else list(EndpointKind)
    for kind in kinds:
        figures: dict[str, Any] = {}
        for each in policy.limits:
            if isinstance(each, NumericLimit) and each.spec.only_for in (None, kind):
                wanted = outcome if each is limit else Outcome.PASS
                _say(figures, each, _figure(each, wanted))
        if kind is EndpointKind.SERVERLESS:
            yield {"serverless": figures.pop("serverless", {}), **figures}
            continue
        broken = limit if outcome is not Outcome.PASS else None
        for instance in _instances(policy, broken):
            count = {key: figures[key] for key in ("instance_count",) if key in figures}
            yield {"instance": instance, **count, **figures}


def _say(figures: dict[str, Any], limit: NumericLimit, value: float) -> None:
    """Put a figure where a row has it."""
    key = limit.spec.metric.name.lower()
    if key.startswith("serverless_"):
        figures.setdefault("serverless", {})[key.removeprefix("serverless_")] = value
    else:
        figures[key] = value


def _figure(limit: NumericLimit, outcome: Outcome) -> float:
    """A value for which the limit gives the outcome: at the bound, or a tenth beyond it."""
    bounds = (limit.fail, limit.warn)
    if outcome is not Outcome.FAIL:
        bounds = (limit.warn, limit.fail)
    bound = next(each for each in bounds if each is not None)
    if outcome is Outcome.PASS:
        return _short(bound, limit)
    step = max(abs(bound) / 10, 1 if limit.spec.unit in ("", "MB", "%", "/min") else 0.01)
    value = bound + step if limit.spec.direction is Direction.AT_MOST else bound - step
    return _short(
        value if limit.spec.metric.name.endswith("EXISTING_PCT") else max(value, 0), limit
    )


def _short(value: float, limit: NumericLimit) -> float:
    """The number as a person writes it; a whole one where only whole ones are."""
    if limit.spec.unit in ("", "MB"):
        return round(value)
    short = float(f"{value:.6g}")
    return int(short) if short.is_integer() else short


def _instances(policy: Policy, broken: Limit | None) -> Iterator[str]:
    """Instance types that the policy takes, but for the limit that is to break."""
    sets = [each for each in policy.limits if isinstance(each, SetLimit)]
    named = [name for each in sets for name in sorted({*(each.allow or ()), *each.deny}) if name]
    types = [name if name.startswith("ml.") else f"ml.{name}.{_SIZE}" for name in named]
    types += [f"ml.{family}.{_SIZE}" for family in _FAMILIES]
    for instance in dict.fromkeys(types):
        if all(_takes(each, instance) is (each is not broken) for each in sets):
            yield instance
    if isinstance(broken, SetLimit):  # one that breaks it and another is better than none
        yield from (each for each in dict.fromkeys(types) if not _takes(broken, each))
    yield types[0]


def _takes(limit: SetLimit, instance: str) -> bool:
    name = instance_family(instance) if limit.name == "instance_families" else instance
    return name not in limit.deny and (limit.allow is None or name in limit.allow)


def _jobs(policy: Policy, limit: Limit, outcome: Outcome) -> Iterator[dict[str, Any]]:
    """The job around the row: what the limits on its fields ask for, and then nothing at all."""
    rules = [each for each in policy.limits if isinstance(each, JobLimit)]
    given_job: dict[str, Any] = {}
    for rule in rules:
        wanted = outcome if rule is limit else Outcome.PASS
        _say_field(given_job, rule, wanted)
    yield given_job
    if given_job:
        yield {}


def _say_field(given_job: dict[str, Any], rule: JobLimit, outcome: Outcome) -> None:
    """Put the field there, or leave it out, so that the rule gives the outcome."""
    passes = outcome is Outcome.PASS
    if not _FIELD.fullmatch(rule.path) or (rule.present is not None and rule.present is not passes):
        return
    value: Json = rule.one_of[0] if rule.one_of and passes else "something"
    *way, last = rule.path.split(".")
    if rule.path in _KEYS:
        types = ("Default", "Advanced")
        if rule.path == "JobType" and not passes:
            value = next((each for each in types if each not in rule.one_of), types[0])
        given_job[_KEYS[rule.path]] = value
        return
    if rule.path == "InputConfig.ModelPackageVersionArn":
        given_job["model_package_group"] = "something"
        return
    if rule.path.partition(".")[0] in RESERVED:  # a test cannot say it
        return
    inner = given_job.setdefault("describe", {})
    for step in way:
        inner = inner.setdefault(step, {})
        if not isinstance(inner, dict):
            return
    inner.setdefault(last, value)

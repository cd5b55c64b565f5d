"""The results of policy tests for people: what failed and why, and the sum of it."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from recgate.domain.limit_coverage import MissingCase, PolicyCoverage
from recgate.domain.policy_test_result import CaseResult
from recgate.domain.policy_test_run import CaseStatus, PolicyTestRun, RunFile
from recgate.domain.verdict import Outcome
from recgate.rendering.safe_text import clean
from recgate.rendering.test_results.case_text import case_text, gathered
from recgate.rendering.test_results.words import reasons, unmet_words
from recgate.rendering.yaml_flow import flow

_LINE = 400
_NAME = 200


class Tone(StrEnum):
    """How a line is meant; a terminal may give it a colour."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    HEADING = "heading"
    ASIDE = "aside"


class Line(NamedTuple):
    """One line of the answer."""

    text: str
    tone: Tone = Tone.PLAIN


_TONES = {
    CaseStatus.PASSED: Tone.GOOD,
    CaseStatus.FAILED: Tone.BAD,
    CaseStatus.ERROR: Tone.BAD,
    CaseStatus.NOT_COUNTED: Tone.ASIDE,
}


def run_lines(run: PolicyTestRun, *, every: bool) -> Iterator[Line]:
    """The tests that did not pass, each with its reasons, and the sum; ``every``: all tests."""
    for file in run.files:
        for result in file.results:
            if every or file.status(result) is CaseStatus.FAILED:
                yield from _test_lines(file, result)
        for mistake in file.mistakes:
            yield Line(clean(mistake, _LINE), Tone.BAD)
    yield from _sum_lines(run)


def _test_lines(file: RunFile, result: CaseResult) -> Iterator[Line]:
    status = file.status(result)
    where = file.file.at(result.test.place, "").where
    name = clean(result.test.name, _NAME)
    yield Line(clean(f"{status.value.upper()} {where} {name}", _LINE), _TONES[status])
    if status is not CaseStatus.FAILED:
        return
    for unmet in result.unmet:
        told = file.file.at(unmet.place, unmet_words(unmet, result))
        path = told.path.partition(".")[2] or told.path
        yield Line(f"  line {told.line}: {clean(path, _NAME)}: {told.message}")
    for reason in reasons(result):
        yield Line(f"    {reason}", Tone.ASIDE)


def _sum_lines(run: PolicyTestRun) -> Iterator[Line]:
    passed, failed = run.count(CaseStatus.PASSED), run.count(CaseStatus.FAILED)
    total = f"{_several(run.tests, 'test')} in {_several(len(run.files), 'file')}"
    if passed == run.tests and run.tests and not run.mistakes:
        yield Line(f"{total}: all passed", Tone.GOOD)
        return
    parts = [f"{passed} passed"]
    parts += [f"{failed} failed"] if failed else []
    errors = run.count(CaseStatus.ERROR)
    parts += [f"{errors} mistaken"] if errors else []
    uncounted = run.count(CaseStatus.NOT_COUNTED)
    parts += [f"{uncounted} not counted"] if uncounted else []
    yield Line(f"{total}: {', '.join(parts)}", Tone.BAD)
    broken = sum(bool(file.mistakes) for file in run.files)
    if broken:
        has, there = ("has", "it") if broken == 1 else ("have", "them")
        yield Line(
            f"{_several(broken, 'file')} {has} mistakes: no test in {there} counts as passed.",
            Tone.BAD,
        )


def coverage_summary(coverage: Sequence[PolicyCoverage]) -> Line:
    """How many limits are covered, in one line."""
    limits = [limit for covered in coverage for limit in covered.limits]
    complete = sum(limit.is_complete for limit in limits)
    told = f"{complete} of {_several(len(limits), 'limit')}"
    if complete == len(limits):
        return Line(f"Coverage: {told}, each with a case that passes and one that fails")
    return Line(f"Coverage: {told}; recgate policy test --coverage says what is missing")


def coverage_lines(
    coverage: Sequence[PolicyCoverage], missing: Sequence[MissingCase], *, today: str
) -> Iterator[Line]:
    """What is covered and what is not, with a test to paste for each case that is missing.

    ``today`` is the day for a file of tests that has yet to be made.
    """
    yield Line("Coverage", Tone.HEADING)
    for covered in coverage:
        yield from _policy_lines(covered)
    for covered in coverage:
        mine = [each for each in missing if each.policy == covered.policy.name]
        if not mine:
            continue
        yield Line("")
        yield from _paste_lines(covered, mine, today)


def _policy_lines(covered: PolicyCoverage) -> Iterator[Line]:
    name = clean(covered.policy.name, _NAME)
    complete = sum(limit.is_complete for limit in covered.limits)
    tone = Tone.GOOD if covered.is_complete else Tone.BAD
    tests = _several(covered.tests, "test") if covered.tests else "no tests at all"
    yield Line(f"  {name}: {complete} of {_several(len(covered.limits), 'limit')}, {tests}", tone)
    for limit in covered.limits if covered.tests else ():
        fails = "warns" if limit.breaks_as is Outcome.WARN else "fails"
        lacks = [
            f"no case in which it {word}"
            for word, seen_in in (("passes", limit.passes_in), (fails, limit.breaks_in))
            if seen_in is None
        ]
        if lacks:
            limit_name = clean(limit.limit.name, _NAME)
            yield Line(f"    {limit_name}: {', and '.join(lacks)}", Tone.BAD)
    if covered.has_scope and covered.tests:
        untold = [
            f"no job that it {word}"
            for word, seen_in in (
                ("applies to", covered.applies_in),
                ("does not apply to", covered.excluded_in),
            )
            if seen_in is None
        ]
        if untold:
            yield Line(f"    applies_to: {', and '.join(untold)} (not demanded)", Tone.ASIDE)


def _paste_lines(
    covered: PolicyCoverage, missing: Sequence[MissingCase], today: str
) -> Iterator[Line]:
    name = clean(covered.policy.name, _NAME)
    found = gathered(each.case for each in missing if each.case is not None)
    if found and covered.tests:
        yield Line(f"To add to the tests of {name}:", Tone.HEADING)
    elif found:
        yield Line(f"A file of tests for {name}:", Tone.HEADING)
        yield Line(f"policy: {flow(covered.policy.name)}")
        yield Line(f"today: {today}")
        yield Line("tests:")
    for case in found:
        yield from (Line(line) for line in case_text(case).splitlines())
    for each in missing:
        if each.case is None:
            word = {Outcome.PASS: "passes", Outcome.WARN: "warns"}.get(each.outcome, "fails")
            yield Line(
                f"# No row was found in which {clean(each.limit, _NAME)} {word}: write a case by "
                "hand, or see whether the limit can do so at all."
            )


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"

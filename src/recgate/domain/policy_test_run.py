"""Running the tests of policies: file by file, and what they cover."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from recgate.domain.limit_coverage import PolicyCoverage, coverage_of
from recgate.domain.policy import Policy
from recgate.domain.policy_set import PolicySet
from recgate.domain.policy_test import Place, PolicyTest
from recgate.domain.policy_test_result import CaseResult, run_test


@dataclass(frozen=True, slots=True, order=True)
class FileMistake:
    """Something told at its place in a file. ``line`` and ``column`` count from 1; 0: no place.

    ``path`` is the way to the value, as a person writes it.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    @property
    def where(self) -> str:
        """``FILE:LINE:COLUMN``, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        about = f"{self.path}: {self.message}" if self.path else self.message
        return f"{self.where}: {about}"


@dataclass(frozen=True, slots=True)
class PolicyTestFile:
    """One file of tests as it was read. ``at`` tells a message at a place in it.

    A file with ``mistakes`` has no tests: nothing in it can be relied on.
    """

    file: str
    policy: str
    tests: tuple[PolicyTest, ...]
    mistakes: tuple[FileMistake, ...]
    at: Callable[[Place, str], FileMistake]


class CaseStatus(StrEnum):
    """How one test came out."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """The test itself is mistaken."""
    NOT_COUNTED = "not counted"
    """It was met, in a file with mistakes: that is no pass."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """One file and what came of its tests. ``mistakes`` are those of the file and of its tests."""

    file: PolicyTestFile
    results: tuple[CaseResult, ...]
    mistakes: tuple[FileMistake, ...]

    def status(self, result: CaseResult) -> CaseStatus:
        """How a test of this file came out."""
        if result.unevaluated:
            return CaseStatus.ERROR
        if result.unmet:
            return CaseStatus.FAILED
        return CaseStatus.NOT_COUNTED if self.mistakes else CaseStatus.PASSED


@dataclass(frozen=True, slots=True)
class PolicyTestRun:
    """All files, and what the tests cover; None where only some of them were run."""

    files: tuple[RunFile, ...]
    coverage: tuple[PolicyCoverage, ...] | None = None

    @property
    def mistakes(self) -> tuple[FileMistake, ...]:
        """The mistakes of all files."""
        return tuple(mistake for each in self.files for mistake in each.mistakes)

    @property
    def tests(self) -> int:
        """How many tests were run."""
        return sum(len(each.results) for each in self.files)

    def count(self, status: CaseStatus) -> int:
        """How many tests came out so."""
        return sum(each.status(result) is status for each in self.files for result in each.results)

    @property
    def is_covered(self) -> bool:
        """Whether every limit was seen to pass and to break."""
        return self.coverage is not None and all(each.is_complete for each in self.coverage)


def run_policy_tests(
    files: Sequence[PolicyTestFile],
    policies: PolicySet,
    *,
    containing: str | None = None,
    only_tested: bool = False,
) -> PolicyTestRun:
    """Run the tests in these files.

    ``containing``: only those whose file, policy or name holds the text, in whatever case; what
    is covered is not known then. ``only_tested``: coverage is told of those policies alone that
    the files speak of.
    """
    by_name = {policy.name: policy for policy in policies.policies}
    ran = tuple(_run(file, by_name, containing) for file in files)
    if containing is not None:
        return PolicyTestRun(ran)
    tested = {file.policy for file in files}
    wanted = [policy for policy in policies.policies if policy.name in tested or not only_tested]
    return PolicyTestRun(ran, coverage_of(wanted, [*_counted(ran)]))


def _counted(ran: Iterable[RunFile]) -> Iterable[CaseResult]:
    for each in ran:
        if not each.mistakes:
            yield from each.results


def _run(file: PolicyTestFile, policies: dict[str, Policy], containing: str | None) -> RunFile:
    chosen = [test for test in file.tests if _is_chosen(test, file, containing)]
    results = tuple(run_test(test, policies[test.policy]) for test in chosen)
    unevaluated = tuple(
        file.at(each.place, f"is not evaluated: {each.reason}")
        for result in results
        for each in result.unevaluated
    )
    return RunFile(file, results, tuple(sorted((*file.mistakes, *unevaluated))))


def _is_chosen(test: PolicyTest, file: PolicyTestFile, containing: str | None) -> bool:
    if containing is None:
        return True
    wanted = containing.casefold()
    return any(wanted in text.casefold() for text in (file.file, test.policy, test.name))


def unread(mistakes: Iterable[FileMistake]) -> PolicyTestRun:
    """The run that could not be: files of policies, each with its mistakes."""
    by_file: dict[str, list[FileMistake]] = {}
    for mistake in mistakes:
        by_file.setdefault(mistake.file, []).append(mistake)
    return PolicyTestRun(tuple(_unread(file, tuple(found)) for file, found in by_file.items()))


def _unread(file: str, mistakes: tuple[FileMistake, ...]) -> RunFile:
    def at(place: Place, message: str) -> FileMistake:
        return FileMistake(file, 0, 0, "", message)

    return RunFile(PolicyTestFile(file, "", (), mistakes, at), (), mistakes)

"""Which limits the tests of policies have seen pass, and which they have seen break."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from recgate.domain.canonical import Json
from recgate.domain.limits import Limit
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy
from recgate.domain.policy_test_result import CaseResult
from recgate.domain.scope import Applies
from recgate.domain.verdict import Outcome


@dataclass(frozen=True, slots=True)
class LimitCoverage:
    """One limit: the names of the first test in which it passes, and in which it breaks.

    None: there is none. ``breaks_as`` is FAIL, or WARN for a limit that only ever warns. A
    failure that a waiver covers is none.
    """

    limit: Limit
    breaks_as: Outcome
    passes_in: str | None = None
    breaks_in: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it was seen to pass and to break."""
        return self.passes_in is not None and self.breaks_in is not None


@dataclass(frozen=True, slots=True)
class PolicyCoverage:
    """One policy: its limits, and how many tests it has.

    ``applies_in`` and ``excluded_in`` are the first tests that speak of what its scope asks for:
    one to which it applies, and one to which it does not.
    """

    policy: Policy
    tests: int
    limits: tuple[LimitCoverage, ...]
    applies_in: str | None = None
    excluded_in: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every limit was seen to pass and to break."""
        return all(limit.is_complete for limit in self.limits)

    @property
    def has_scope(self) -> bool:
        """Whether there are jobs that the policy does not apply to."""
        return bool(self.policy.scope.conditions) or self.policy.scope.endpoint_kind is not None


def breaks_as(limit: Limit) -> Outcome:
    """What a limit gives for a value that breaks it: FAIL, or WARN if it only ever warns."""
    only_warns = isinstance(limit, NumericLimit) and limit.fail is None
    return Outcome.WARN if only_warns else Outcome.FAIL


def coverage_of(
    policies: Iterable[Policy], results: Sequence[CaseResult]
) -> tuple[PolicyCoverage, ...]:
    """The coverage of policies by tests, in the order of the policies."""
    return tuple(
        _covered(policy, [each for each in results if each.test.policy == policy.name])
        for policy in policies
    )


def _covered(policy: Policy, results: Sequence[CaseResult]) -> PolicyCoverage:
    return PolicyCoverage(
        policy=policy,
        tests=len(results),
        limits=tuple(
            LimitCoverage(
                limit,
                breaks_as(limit),
                _first(results, place, Outcome.PASS),
                _first(results, place, breaks_as(limit)),
            )
            for place, limit in enumerate(policy.limits)
        ),
        applies_in=_first_that(results, Applies.YES),
        excluded_in=_first_that(results, Applies.NO),
    )


def _first(results: Iterable[CaseResult], limit: int, outcome: Outcome) -> str | None:
    """The first test in which a limit gives an outcome for some candidate that was judged."""
    for result in results:
        judgement = result.judgement
        if judgement is None or not judgement.columns:
            continue
        column = judgement.columns[limit]
        places = range(len(judgement.candidates))
        if any(column.get(place, Outcome.PASS) is outcome for place in places):
            return result.test.name
    return None


def _first_that(results: Iterable[CaseResult], applies: Applies) -> str | None:
    for result in results:
        if result.consulted and result.applies is applies:
            return result.test.name
    return None


@dataclass(frozen=True, slots=True)
class MissingCase:
    """A case that coverage lacks: one in which the limit gives the outcome.

    ``case`` is a test that would do, as a document; None if none was found.
    """

    policy: str
    limit: str
    outcome: Outcome
    case: Mapping[str, Json] | None


Suggest = Callable[[Policy, Limit, Outcome], Mapping[str, Json] | None]
"""A test in which a limit of a policy gives an outcome; None if none is found."""


def missing_cases(coverage: Iterable[PolicyCoverage], suggest: Suggest) -> tuple[MissingCase, ...]:
    """The cases that coverage lacks, each with a test that would do."""
    return tuple(
        MissingCase(
            covered.policy.name,
            each.limit.name,
            outcome,
            suggest(covered.policy, each.limit, outcome),
        )
        for covered in coverage
        for each in covered.limits
        for outcome, seen_in in ((Outcome.PASS, each.passes_in), (each.breaks_as, each.breaks_in))
        if seen_in is None
    )

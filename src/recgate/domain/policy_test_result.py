"""Runs one test of a policy: judges its job, and compares with what was expected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from recgate.domain.candidate_name import candidate_named
from recgate.domain.evaluation import Judgement, evaluate
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.policy import Policy
from recgate.domain.policy_test import (
    NO_CANDIDATE,
    Expected,
    LimitWord,
    Place,
    PolicyTest,
    word_of,
)
from recgate.domain.scope import Applies, Scope
from recgate.domain.verdict import Outcome, Verdict
from recgate.domain.waiver import Waiver


@dataclass(frozen=True, slots=True)
class Unmet:
    """An expectation that was evaluated, and is not met. ``finding`` explains that of a limit."""

    place: Place
    expected: str
    got: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Unevaluated:
    """An expectation that nothing was compared with: a mistake in the test."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What the policy made of a test's job. ``reason`` says why it does not, or may not, apply.

    ``judgement`` is None where the policy did not judge; ``verdict`` is None where it does not
    apply. ``consulted``: the test says all that the policy's scope asks for, or enough to be out
    of it.
    """

    test: PolicyTest
    applies: Applies
    verdict: Verdict | None
    judgement: Judgement | None
    reason: str = ""
    consulted: bool = False
    unmet: tuple[Unmet, ...] = ()
    unevaluated: tuple[Unevaluated, ...] = ()


@dataclass(slots=True)
class _Comparison:
    """What came out of comparing so far."""

    unmet: list[Unmet] = field(default_factory=list)
    unevaluated: list[Unevaluated] = field(default_factory=list)

    def same(self, place: Place, expected: str, got: str) -> None:
        if expected != got:
            self.unmet.append(Unmet(place, expected, got))

    def nothing_for(self, place: Place, reason: str) -> None:
        self.unevaluated.append(Unevaluated(place, reason))


def run_test(test: PolicyTest, policy: Policy) -> CaseResult:
    """Judge the test's job by the policy, on the test's day and with its waivers alone."""
    scope = _consulted(policy.scope, test.said)
    scoped = replace(policy, scope=scope)
    evaluation = evaluate(test.snapshot, [scoped], test.today, _told_waivers(test))
    judgement = evaluation.judgements[0] if evaluation.judgements else None
    unmatched = evaluation.unmatched[0] if evaluation.unmatched else None
    applies = Applies.YES
    if unmatched is not None:
        applies = Applies.CANNOT_TELL if unmatched.in_doubt else Applies.NO
    result = CaseResult(
        test=test,
        applies=applies,
        verdict=None if applies is Applies.NO else evaluation.verdict,
        judgement=judgement,
        reason=unmatched.reason if unmatched else "",
        consulted=applies is Applies.NO or scope.conditions == policy.scope.conditions,
    )
    compared = _compare(result)
    return replace(result, unmet=tuple(compared.unmet), unevaluated=tuple(compared.unevaluated))


def _consulted(scope: Scope, said: frozenset[str] | None) -> Scope:
    """The part of a scope that a test speaks of."""
    if said is None:
        return scope
    kept = tuple(each for each in scope.conditions if each.key.split(".", 1)[0] in said)
    return Scope(kept, scope.endpoint_kind)


def _told_waivers(test: PolicyTest) -> tuple[Waiver, ...]:
    """The waivers for whose jobs the test says that its job is one."""
    if test.said is None:
        return test.waivers
    said = test.said
    return tuple(
        waiver
        for waiver in test.waivers
        if all(each.key.split(".", 1)[0] in said for each in waiver.scope.conditions)
    )


def _compare(result: CaseResult) -> _Comparison:
    compared, expected = _Comparison(), result.test.expected
    place: Place = (*result.test.place, "expect")
    if expected.applies is not None:
        wanted = Applies.YES if expected.applies else Applies.NO
        compared.same((*place, "applies"), _truth(wanted), _truth(result.applies))
    if result.applies is Applies.NO:
        if not compared.unmet:  # what does not apply as expected has been told
            for at in _places_of(expected, place):
                compared.nothing_for(at, f"the policy does not apply: {result.reason}")
        return compared
    if expected.verdict is not None and result.verdict is not None:
        compared.same((*place, "verdict"), expected.verdict.value, result.verdict.value)
    judgement = result.judgement
    if judgement is None:
        for at in _places_of(replace(expected, verdict=None), place):
            compared.nothing_for(at, f"cannot tell whether the policy applies: {result.reason}")
        return compared
    _compare_choice(expected, judgement, place, compared)
    _compare_candidates(expected, judgement, place, compared)
    return compared


def _truth(applies: Applies) -> str:
    words = {Applies.YES: "true", Applies.NO: "false"}
    return words.get(applies, applies.value)


def _places_of(expected: Expected, place: Place) -> Iterator[Place]:
    """Where everything stands that is expected of a judgement."""
    for key in ("verdict", "deciding", "chosen", "nearest_miss"):
        if getattr(expected, key) is not None:
            yield (*place, key)
    for key in ("limits", "candidates"):
        if getattr(expected, key):
            yield (*place, key)


def _compare_choice(
    expected: Expected, judgement: Judgement, place: Place, compared: _Comparison
) -> None:
    """Which recommendation decides, is chosen, or came nearest."""
    nearest = nearest_miss(judgement)
    nearest_place = None
    if nearest is not None:
        nearest_place = next(
            at for at, row in enumerate(judgement.candidates) if row is nearest.candidate
        )
    for key, wanted, got in (
        ("deciding", expected.deciding, judgement.deciding),
        ("chosen", expected.chosen, judgement.chosen),
        ("nearest_miss", expected.nearest_miss, nearest_place),
    ):
        if wanted is None:
            continue
        if key == "deciding" and got is None:
            compared.nothing_for((*place, key), _nobody_decides(judgement))
            continue
        known = None if wanted == NO_CANDIDATE else candidate_named(wanted, judgement)
        if isinstance(known, str):
            compared.nothing_for((*place, key), known)
        elif known != got:
            told = NO_CANDIDATE if got is None else judgement.candidates[got].configuration
            compared.unmet.append(Unmet((*place, key), wanted, told))


def _nobody_decides(judgement: Judgement) -> str:
    return f"no recommendation decides: {judgement.reason or 'there is none'}"


def _compare_candidates(
    expected: Expected, judgement: Judgement, place: Place, compared: _Comparison
) -> None:
    if expected.limits:
        at: Place = (*place, "limits")
        if judgement.deciding is None:
            compared.nothing_for(at, _nobody_decides(judgement))
        else:
            _compare_limits(expected.limits, judgement, judgement.deciding, at, compared)
    for name, wanted in expected.candidates.items():
        at = (*place, "candidates", name)
        found = candidate_named(name, judgement)
        if isinstance(found, str):
            compared.nothing_for(at, found)
            continue
        if wanted.verdict is not None:
            got = judgement.verdict_on(found)
            compared.same((*at, "verdict"), wanted.verdict.value, got.value)
        _compare_limits(wanted.limits, judgement, found, (*at, "limits"), compared)


def _compare_limits(
    wanted: Mapping[str, LimitWord],
    judgement: Judgement,
    candidate: int,
    place: Place,
    compared: _Comparison,
) -> None:
    findings = {finding.limit: finding for finding in judgement.findings(candidate)}
    for name, word in wanted.items():
        finding = findings.get(name)
        if finding is None:
            compared.nothing_for((*place, name), "is no limit of the policy")
        elif word.takes(finding.outcome):
            continue
        elif finding.outcome is Outcome.NOT_APPLICABLE:
            kind = judgement.candidates[candidate].kind
            compared.nothing_for(
                (*place, name),
                f"the limit does not exist for a {kind} recommendation: expect not applicable",
            )
        else:
            got = word_of(finding.outcome)
            compared.unmet.append(Unmet((*place, name), word.value, got.value, finding))

"""One test's outcome in words: what was expected, what came, and why."""

from collections.abc import Iterator

from recgate.domain.policy_test_result import CaseResult, Unmet
from recgate.domain.verdict import Outcome
from recgate.rendering.amounts import scale_of_judgements
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT, finding_words, is_told, judgement_words

_LINE = 400


def unmet_words(unmet: Unmet, result: CaseResult) -> str:
    """``expected pass, got fail: latency P99 129 ms > limit 120 ms (+8%)``."""
    expected, got = clean(unmet.expected, NAME_LIMIT), clean(unmet.got, NAME_LIMIT)
    told = f"expected {expected}, got {got}"
    why = _why(unmet, result)
    return clean(f"{told}: {why}" if why else told, _LINE)


def _why(unmet: Unmet, result: CaseResult) -> str:
    judgement = result.judgement
    if unmet.finding is not None and judgement is not None:
        return finding_words(unmet.finding, scale_of_judgements(judgement.snapshot, [judgement]))
    key = unmet.place[-1]
    if key == "applies" or judgement is None:
        return result.reason
    return judgement_words(judgement) if key == "verdict" and len(unmet.place) == 4 else ""


def reasons(result: CaseResult) -> Iterator[str]:
    """What the policy held against each candidate of a test, and how the deciding one did."""
    judgement = result.judgement
    if judgement is None:
        return
    scale = scale_of_judgements(judgement.snapshot, [judgement])
    for place in judgement.order:
        name = clean(judgement.candidates[place].configuration, NAME_LIMIT)
        lead = f"{name} (deciding)" if place == judgement.deciding else name
        told = [
            finding_words(finding, scale)
            for finding in judgement.findings(place)
            if is_told(finding) and finding.outcome is not Outcome.NOT_APPLICABLE
        ]
        yield f"{lead}: {'; '.join(told) or 'meets every limit'}"

"""The waivers that counted in a judgement: what each allowed, and whom it did not reach."""

from dataclasses import dataclass

from recgate.domain.candidate import Candidate
from recgate.domain.evaluation import Judgement
from recgate.domain.limits import Finding
from recgate.domain.verdict import Outcome
from recgate.domain.waiver import Waiver
from recgate.rendering.safe_text import clean
from recgate.rendering.waiver_words import bound_words
from recgate.rendering.words import NAME_LIMIT

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """A waiver that counted, the candidates that it let pass a limit, and those that fail the
    limit all the same. With neither it was not needed.
    """

    waiver: Waiver
    used_for: tuple[Candidate, ...]
    not_for: tuple[Candidate, ...]


def counted(judgement: Judgement) -> tuple[Counted, ...]:
    """The waivers that counted, in the order in which they are written."""
    used: dict[str, list[Candidate]] = {}
    failed: dict[str, list[Candidate]] = {}
    for place, row in enumerate(judgement.candidates if judgement.waivers else ()):
        for finding in judgement.findings(place):
            if finding.waiver:
                used.setdefault(finding.waiver, []).append(row)
            elif finding.outcome is Outcome.FAIL:
                failed.setdefault(finding.limit, []).append(row)
    return tuple(
        Counted(each, tuple(used.get(each.id, ())), tuple(failed.get(each.limit, ())))
        for each in judgement.waivers
    )


def counted_words(each: Counted) -> str:
    """What became of it: ``used for ml.g5.xlarge × 1``, ``not needed: …``."""
    said = []
    if each.used_for:
        said.append(f"used for {_names(each.used_for)}")
    if each.not_for:
        said.append(f"does not reach {_names(each.not_for)}")
    return (
        "; ".join(said) or f"not needed: no candidate fails {clean(each.waiver.limit, NAME_LIMIT)}"
    )


def _names(rows: tuple[Candidate, ...]) -> str:
    names = list(dict.fromkeys(clean(row.configuration, NAME_LIMIT) for row in rows))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def on_finding(finding: Finding, judgement: Judgement) -> str:
    """What waivers say of one limit of one candidate; empty where none does."""
    if finding.outcome is Outcome.WAIVED:
        if not finding.waiver:
            return "waived"
        return f"waived by {clean(finding.waiver, NAME_LIMIT)}"
    if finding.outcome is not Outcome.FAIL:
        return ""
    mine = [each for each in judgement.waivers if each.limit == finding.limit]
    return "; ".join(
        f"waiver {clean(each.id, NAME_LIMIT)} does not reach: {bound_words(each)}" for each in mine
    )

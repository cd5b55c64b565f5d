"""The state of the evidence: each chain, and each flaw by name."""

from recgate.domain.verification import ChainState, Flaw, Verification
from recgate.rendering.evidence.decision_words import when
from recgate.rendering.report.html import SPACE, Content, Markup, element, table
from recgate.rendering.report.parts import not_shown, numeric_heading, section
from recgate.rendering.safe_text import clean

FLAWS = 200
"""The most flaws that a page shows."""

_TEXT = 500


def verification_word(found: Verification) -> tuple[str, str]:
    """The answer in a word, and its colour."""
    if found.is_tampered:
        return "TAMPERED WITH", "bad"
    return ("INTACT", "good") if found.is_intact else ("NOT COMPLETE", "warn")


def evidence_section(found: Verification) -> Markup | None:
    """What was looked at, and what is wrong with it."""
    said, colour = verification_word(found)
    return section(
        "evidence",
        "State of the evidence",
        element("p", element("strong", said, class_=f"word {colour}"), SPACE, _means(found)),
        _chains(found.chains) if found.chains else element("p", "The ledger has no records."),
        _flaws(found.flaws),
        not_shown(len(found.flaws) - FLAWS, "flaws"),
    )


def _means(found: Verification) -> str:
    if found.is_tampered:
        return "Something was changed after it was recorded; each place is named below."
    if found.is_intact:
        return "Every record was checked and is as it was recorded."
    return "Nothing was found to be changed, and not everything could be checked; see below."


def _chains(chains: tuple[ChainState, ...]) -> Markup:
    numbers = map(numeric_heading, ("Records", "Signed", "Archived", "Judged again"))
    return table(
        "One chain for each account and region; a record carries the digest of the one before",
        ("Chain", "From", "To", *numbers, "Last checkpoint", "Digest of the last record"),
        map(_chain, chains),
        kind="texts facts",
    )


def _chain(state: ChainState) -> list[Content]:
    first, last, checkpoint = (
        "–" if at is None else when(at)
        for at in (state.first_at, state.last_at, state.checkpoint_at)
    )
    adopted = element("small", f"{state.adopted:,} adopted later") if state.adopted else None
    return [
        element("th", clean(state.chain, 80), adopted, scope="row"),
        first,
        last,
        _number(state.records),
        _number(state.sealed),
        _number(state.archived),
        _number(state.replayed),
        checkpoint,
        element("code", clean(state.head_digest, 64)),
    ]


def _number(count: int | None) -> Markup:
    return element("td", "–" if count is None else f"{count:,}", class_="number")


def _flaws(flaws: tuple[Flaw, ...]) -> Markup | None:
    if not flaws:
        return None
    return table(
        "What is wrong, in the order of the chains",
        ("Record", "Flaw", "What it is about", "What was found", "Where"),
        map(_flaw, flaws[:FLAWS]),
        kind="texts",
    )


def _flaw(flaw: Flaw) -> list[Content]:
    place = clean(flaw.chain, 80)
    colour = "bad" if flaw.kind.is_tampering else "" if flaw.kind.is_note else "warn"
    return [
        place if flaw.sequence is None else f"{place}#{flaw.sequence}",
        element("strong", flaw.kind.value, class_=f"word {colour}".strip()),
        clean(flaw.record, _TEXT) or "the chain",
        clean(flaw.what, _TEXT),
        clean(flaw.where, _TEXT),
    ]

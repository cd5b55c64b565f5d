"""What is wrong with the index of decisions, in words."""

from collections import Counter
from collections.abc import Iterable, Mapping

from recgate.domain.link import LinkTooNew, LinkUnreadable, link_from
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import Evidence
from recgate.flows.evidence.continuation import named
from recgate.flows.evidence.decided import DecidedList
from recgate.flows.evidence.flaw_list import FlawList
from recgate.flows.evidence.index_findings import Extra, Found, Way

_TOLD = 100
"""Decisions that are told of one by one; of what is more, the number is told."""

_CURE = "recgate audit adopt puts it right"

_BY = {Way.DAY: "by its day", Way.MODEL: "by its model", Way.KEY: "by its key"}


def tell_index(
    found: Found,
    decided: DecidedList,
    *,
    evidence: Evidence,
    lists: Mapping[str, FlawList],
    others: FlawList,
    where: str,
    is_disturbed: bool,
) -> None:
    """Tell of each decision that is hidden, in the list of its chain.

    ``is_disturbed``: something else is told of what the ledger holds. What the index stumbles
    over, and what it gives that no chain has, or twice, is then told as that.
    """
    given: dict[int, list[Extra]] = {}
    unknown: list[Extra] = []
    for extra in found.extras:
        if is_disturbed and (extra.number is None or extra.is_again):
            continue
        if extra.number is None:
            unknown.append(extra)
        else:
            given.setdefault(extra.number, []).append(extra)
    numbers = sorted({*found.hidden, *given})
    for number in numbers[:_TOLD]:
        record = decided[number]
        what = _words(found.hidden.get(number, Way(0)), given.get(number, ()))
        name = _name(evidence, record.chain, record.sequence)
        flaws = lists[record.chain]
        flaws.tell(FlawKind.HIDDEN, record.sequence, what, where=where, record=name)
    more = Counter(decided[number].chain for number in numbers[_TOLD:])
    for chain, count in more.items():
        what = f"{count} more decisions are not found in the index, or under another name: {_CURE}"
        lists[chain].tell(FlawKind.HIDDEN, None, what, where=where)
    for silent in found.silent:
        what = f"the index of decisions was not held to the chains: {silent}"
        others.tell(FlawKind.UNCHECKED, None, what, where=where)
    for extra in unknown[:_TOLD]:
        what = f"the index gives it among the decisions {extra.asked}, and no chain has it as one"
        others.tell(FlawKind.HIDDEN, None, f"{what}: {_CURE}", where=where, record=extra.name)
    for asked, reason in () if is_disturbed else found.refused[:1]:
        count = len(found.refused)
        more_of_them = f" (and to {count - 1} more questions)" if count > 1 else ""
        what = f"the index does not answer for the decisions {asked}{more_of_them}: {reason}"
        others.tell(FlawKind.HIDDEN, None, what, where=where)


def _words(hidden: Way, given: Iterable[Extra]) -> str:
    said = []
    by = [words for way, words in _BY.items() if way in hidden]
    if Way.TIME in hidden and Way.MODEL not in hidden:
        by.append("by its model at its time")
    if by:
        said.append(f"the index of decisions does not find it {_joined(by)}")
    asked = sorted({extra.asked for extra in given})
    if asked:
        said.append(f"the index gives it among the decisions {_joined(asked[:3])}")
    return f"{', and '.join(said)}: {_CURE}"


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _name(evidence: Evidence, chain: str, sequence: int) -> str:
    stored = next(iter(evidence.links(chain, sequence)), None)
    if stored is None or stored.sequence != sequence:
        return ""
    try:
        return named(link_from(stored.document))
    except (LinkUnreadable, LinkTooNew):
        return ""

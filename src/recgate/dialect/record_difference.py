"""Where a decision that was made once more says something else than its record.

Compared is what a decision is and rests on: a record may lack fields that were added since, and
may have some that this version does not know.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from recgate.dialect.record_values import Record, objects_in
from recgate.domain.canonical import Json

_TOLD = ("verdict", "gate", "reason", "problems", "judged_on")
_JUDGED = (
    *("policy", "policy_digest", "mode", "on_pass", "on_fail", "candidates_needed"),
    *("verdict", "reason", "deciding", "chosen", "nearest_miss"),
)
_WAIVED = ("waivers", "verdict_without_waivers")
_OF_A_CANDIDATE = ("recommendation_id", "kind", "instance_type", "instance_count", "verdict")
_FOUND = ("limit", "outcome", "value", "missing", "warn", "fail", "excess", "rule", "waiver")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as recorded; ``what`` names it: ``chosen of policy prod``."""

    what: str
    recorded: Json
    now: Json


def first_difference(recorded: Record, again: Record) -> Difference | None:
    """The first thing about the judgements of a decision that is not as recorded.

    Raises LookupError or TypeError for a record of another shape.
    """
    if differs := unlike(recorded, again, _TOLD):
        return differs
    said, made = objects_in(recorded, "judgements"), objects_in(again, "judgements")
    if differs := other_members("judgements", "policy", said, made):
        return differs
    for judgement, judged in zip(said, made, strict=True):
        if differs := _of_judgement(judgement, judged):
            return differs
    return None


def unlike(
    recorded: Record, again: Record, names: Iterable[str], *, of: str = ""
) -> Difference | None:
    """The first of these fields that is not the same in both; ``of`` says of what they are."""
    for name in names:
        if recorded.get(name) != again.get(name):
            what = f"{name} of {of}" if of else name
            return Difference(what, recorded.get(name), again.get(name))
    return None


def other_members(
    what: str, name: str, recorded: Sequence[Record], again: Sequence[Record], *, of: str = ""
) -> Difference | None:
    """The first place at which two lists are about something else, by its name; null is no place
    any more.
    """
    said, made = [each.get(name) for each in recorded], [each.get(name) for each in again]
    for place, (mine, others) in enumerate(zip_longest(said, made)):
        if mine != others:
            named = f"{what}[{place}]"
            return Difference(f"{named} of {of}" if of else named, mine, others)
    return None


def _of_judgement(recorded: Record, again: Record) -> Difference | None:
    policy = f"policy {recorded['policy']}"
    names = (*_JUDGED, *(name for name in _WAIVED if name in recorded))
    if differs := unlike(recorded, again, names, of=policy):
        return differs
    rows, rebuilt = objects_in(recorded, "candidates"), objects_in(again, "candidates")
    if differs := other_members("candidates", "recommendation_id", rows, rebuilt, of=policy):
        return differs
    for row, candidate in zip(rows, rebuilt, strict=True):
        if differs := _of_candidate(row, candidate, policy):
            return differs
    return None


def _of_candidate(recorded: Record, again: Record, policy: str) -> Difference | None:
    of = f"{recorded['recommendation_id']} under {policy}"
    if differs := unlike(recorded, again, _OF_A_CANDIDATE, of=of):
        return differs
    said, read = recorded["readings"], again["readings"]
    if isinstance(said, Mapping) and isinstance(read, Mapping):
        differs = unlike(said, read, said, of=of)
    else:
        differs = unlike(recorded, again, ("readings",), of=of)
    if differs:
        return differs
    findings, found = objects_in(recorded, "findings"), objects_in(again, "findings")
    if differs := other_members("findings", "limit", findings, found, of=of):
        return differs
    for finding, made in zip(findings, found, strict=True):
        if differs := unlike(finding, made, _FOUND, of=of):
            return replace(differs, what=f"{finding['limit']}.{differs.what}")
    return None

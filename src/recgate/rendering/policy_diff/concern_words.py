"""Whom policies and waivers concern, and what changed in that, in words."""

from collections.abc import Sequence

from recgate.domain.candidate import EndpointKind
from recgate.domain.policy_change_detail import Concern, Kind, Pattern
from recgate.domain.scope import Scope
from recgate.rendering.policy_diff.limit_words import listed

_KINDS = {
    EndpointKind.REALTIME: "real-time recommendations",
    EndpointKind.SERVERLESS: "serverless recommendations",
}


def scope_words(scope: Scope) -> str:
    """``jobs with tags.env prod or production, real-time recommendations only``."""
    told = [f"{each.key} {listed(each.patterns, 'or')}" for each in scope.conditions]
    words = f"jobs with {' and '.join(told)}" if told else "every job"
    kind = scope.endpoint_kind
    return words if kind is None else f"{words}, {_KINDS[kind]} only"


def concern_words(key: str, concern: Concern, *, verb: str) -> str:
    """Who is newly concerned and who no longer; ``verb`` is concerned, or covered by a waiver."""
    if concern.old is None:
        return f"{key}: only {listed(concern.new or (), 'or')} is {verb} now, everything was before"
    if concern.new is None:
        return (
            f"{key}: does not matter any more, only {listed(concern.old, 'or')} was {verb} before"
        )
    told = [*_told(concern.joins, f"newly {verb}", "was before")]
    told += _told(concern.leaves, f"no longer {verb}", "still is")
    if not told:
        return f"{key}: {listed(concern.old)} → {listed(concern.new)}, which is the same jobs"
    return f"{key}: {'; '.join(told)}"


def _told(patterns: Sequence[Pattern], words: str, rest: str) -> list[str]:
    plain = [each.text for each in patterns if not each.but_for]
    told = [f"{listed(plain)} {'is' if len(plain) == 1 else 'are'} {words}"] if plain else []
    for each in patterns:
        if each.but_for:
            told.append(f"{listed([each.text])} is {words} ({listed(each.but_for)} {rest})")
    return told


def kind_words(kind: Kind) -> str:
    """Which recommendations are candidates now."""
    old, new = ("any" if each is None else each.value for each in (kind.old, kind.new))
    return f"endpoint_kind {old} → {new}: {_candidates(kind)}"


def _candidates(kind: Kind) -> str:
    if kind.new is None:
        other = next(each for each in EndpointKind if each is not kind.old)
        return f"{_KINDS[other]} are candidates, too"
    if kind.old is None:
        other = next(each for each in EndpointKind if each is not kind.new)
        return f"{_KINDS[other]} are no candidates any more"
    return f"{_KINDS[kind.new]} are the candidates, and {_KINDS[kind.old]} no longer"

"""What a test calls a recommendation: the one candidate that is meant."""

from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.evaluation import Judgement


def candidate_named(name: str, judgement: Judgement) -> int | str:
    """The place of the one candidate that is called so, or why there is none.

    A name is, in this order, a recommendation's id, its configuration (``ml.c7g.xlarge × 2``,
    also with an x), its instance type, or ``serverless``.
    """
    rows = judgement.candidates
    for is_called in _WAYS:
        places = [place for place, row in enumerate(rows) if is_called(row, name)]
        if len(places) == 1:
            return places[0]
        if places:
            return (
                f"{len(places)} candidates are {name!r}: give the one that is meant a name of its "
                "own, or write its configuration, such as ml.c7g.xlarge x 2"
            )
    here = ", ".join(dict.fromkeys(row.configuration for row in rows)) or "none"
    is_there = any(
        is_called(row, name) for is_called in _WAYS for row in judgement.snapshot.candidates
    )
    if is_there and rows:
        kind = judgement.policy.scope.endpoint_kind
        return f"{name!r} is no candidate: the policy judges {kind} recommendations only ({here})"
    return f"no candidate is {name!r}; there are: {here}"


def _has_id(row: Candidate, name: str) -> bool:
    return row.recommendation_id == name


def _has_configuration(row: Candidate, name: str) -> bool:
    return row.configuration == name.replace(" x ", " × ")


def _has_type(row: Candidate, name: str) -> bool:
    if row.kind is EndpointKind.SERVERLESS:
        return name == EndpointKind.SERVERLESS
    return row.instance_type == name


_WAYS = (_has_id, _has_configuration, _has_type)

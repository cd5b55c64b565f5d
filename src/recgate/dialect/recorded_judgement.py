"""One policy's judgement read back from the record of a decision, limit by limit."""

from collections.abc import Sequence

from recgate.dialect.record_values import Record, objects_in, text_in
from recgate.dialect.recorded_policy import policy_from
from recgate.dialect.recorded_waiver import waiver_in
from recgate.domain.candidate import Candidate
from recgate.domain.canonical import Json
from recgate.domain.evaluation import Judgement
from recgate.domain.job import Snapshot
from recgate.domain.limits import Outcomes
from recgate.domain.policy import Mode, Quantifier
from recgate.domain.standings import order_of, standings_of
from recgate.domain.verdict import Outcome, Verdict


def judgement_from(record: Record, snapshot: Snapshot) -> Judgement:
    """The judgement that `recgate.domain.decision_record` wrote.

    Raises KeyError, TypeError, ValueError or LookupError for what it cannot have written of
    this snapshot.
    """
    rows = objects_in(record, "candidates")
    candidates = _judged(rows, snapshot)
    findings = [objects_in(row, "findings") for row in rows]
    columns = tuple(_column(found) for found in zip(*findings, strict=True))
    policy = policy_from(record, candidates, findings)
    return Judgement(
        policy,
        Mode(text_in(record["mode"])),
        Verdict(text_in(record["verdict"])),
        snapshot,
        candidates,
        columns,
        _deciding(record, candidates, columns, policy.candidates),
        text_in(record["reason"]),
        # Records from before there were waivers say nothing of them.
        tuple(waiver_in(each) for each in objects_in(record, "waivers"))
        if "waivers" in record
        else (),
    )


def _judged(rows: Sequence[Record], snapshot: Snapshot) -> tuple[Candidate, ...]:
    """The candidates of the snapshot that the rows are about, in the order of both."""
    left = iter(snapshot.candidates)
    judged: list[Candidate] = []
    for row in rows:
        name, kind = row["recommendation_id"], row["kind"]
        found = next(
            (each for each in left if each.recommendation_id == name and each.kind == kind), None
        )
        if found is None:
            raise LookupError(f"the snapshot has no {kind} recommendation {name} at that place")
        judged.append(found)
    return tuple(judged)


def _column(found: Sequence[Record]) -> Outcomes:
    outcomes = [Outcome[text_in(each["outcome"])] for each in found]
    return {place: outcome for place, outcome in enumerate(outcomes) if outcome is not Outcome.PASS}


def _deciding(
    record: Record,
    candidates: tuple[Candidate, ...],
    columns: tuple[Outcomes, ...],
    needed: Quantifier,
) -> int | None:
    """The place of the deciding candidate: the record names it, and names may repeat."""
    name = record["deciding"]
    if name is None:
        return None
    named = [place for place, row in enumerate(candidates) if row.recommendation_id == name]
    if len(named) <= 1:
        return named[0] if named else _no_candidate(name)
    standings = standings_of(columns, len(candidates))
    if needed.at_least == 1:
        # As `evaluate` finds it: a row without a blemish, else the first of the best.
        touched = set().union(*columns)
        return min(named, key=lambda place: (place in touched, standings[place], place))
    place = order_of(standings)[-1 if needed.at_least is None else needed.at_least - 1]
    return place if place in named else named[0]


def _no_candidate(name: Json) -> int:
    raise LookupError(f"the deciding {name} is none of the candidates")

"""The answer in a decision's record: verdicts and choice, without the rest of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from recgate.dialect.record_values import Record, objects_in, text_in
from recgate.domain.backtest import Answer, Approval
from recgate.domain.canonical import Json
from recgate.domain.decision_record import RECORD_SCHEMA
from recgate.domain.verdict import Outcome, Verdict
from recgate.ports import RecgateError

_WARNINGS = (Outcome.WARN.name, Outcome.WARN_MISSING.name)


class RecordUnusable(RecgateError):
    """A decision's record does not say what was decided; the message says why."""


@dataclass(frozen=True, slots=True)
class Brief:
    """A record in brief. ``choices`` holds for each policy that judged its name, its verdict and
    the recommendation that it chose.
    """

    schema: Json
    verdict: Json
    gate: Json
    judged_on: Json
    snapshot_digest: Json
    choices: Sequence[tuple[Json, Json, Json]]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a record says was decided, on which day, from which snapshot.

    ``answer`` None: several policies opened the gate, and only the whole record says with which
    configuration (see `decided_whole`). The approval has no cost.
    """

    answer: Answer | None
    judged_on: date
    snapshot_digest: str


def brief_of(body: Record) -> Brief:
    """The brief of a whole record. Raises RecordUnusable."""
    try:
        judgements = objects_in(body, "judgements")
    except (KeyError, TypeError) as error:
        raise RecordUnusable("its record holds no judgements") from error
    return Brief(
        body.get("schema"),
        body.get("verdict"),
        body.get("gate"),
        body.get("judged_on"),
        body.get("snapshot_digest"),
        [(each.get("policy"), each.get("verdict"), each.get("chosen")) for each in judgements],
    )


def decided(brief: Brief) -> Decided:
    """What the brief says. Raises RecordUnusable."""
    if brief.schema != RECORD_SCHEMA:
        raise RecordUnusable(
            f"its record has schema {str(brief.schema)[:20]} and this recgate reads "
            f"{RECORD_SCHEMA}: use the version that recorded it, or a newer one"
        )
    try:
        verdict = Verdict(text_in(brief.verdict))
        day = date.fromisoformat(text_in(brief.judged_on))
        evidence = text_in(brief.snapshot_digest)
        policies = {text_in(name): Verdict(text_in(said)) for name, said, _ in brief.choices}
    except (TypeError, ValueError) as error:
        raise RecordUnusable(f"its record cannot be read ({error})") from error
    if brief.gate != ("open" if verdict.opens_gate else "closed"):
        raise RecordUnusable(f"its record says {verdict} and that the gate is {brief.gate}")
    if not verdict.opens_gate:
        return Decided(Answer(verdict, policies), day, evidence)
    if len(brief.choices) > 1:
        return Decided(None, day, evidence)
    chosen = brief.choices[0][2] if brief.choices else None
    if not isinstance(chosen, str) or not chosen:
        raise RecordUnusable(f"its record says {verdict} and names no chosen configuration")
    return Decided(Answer(verdict, policies, Approval(chosen, None)), day, evidence)


def decided_whole(body: Record) -> Decided:
    """What a whole record says; ``answer`` is never None. Raises RecordUnusable."""
    brief = brief_of(body)
    found = decided(brief)
    if found.answer is not None:
        return found
    try:
        chosen = _chosen_by_all(body)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordUnusable(f"its record cannot be read ({error!r})") from error
    policies = {text_in(name): Verdict(text_in(said)) for name, said, _ in brief.choices}
    answer = Answer(Verdict(text_in(brief.verdict)), policies, Approval(chosen, None))
    return Decided(answer, found.judged_on, found.snapshot_digest)


def _chosen_by_all(body: Record) -> str:
    """The best configuration under all policies, as `recgate.domain.backtest_approval` finds it."""
    worst: dict[str, int] = {}
    for judgement in objects_in(body, "judgements"):
        for candidate in sorted(objects_in(judgement, "candidates"), key=_standing):
            name, (rank, _) = text_in(candidate["recommendation_id"]), _standing(candidate)
            worst[name] = max(worst.get(name, rank), rank)
    if not worst:
        raise RecordUnusable("its record opens the gate and holds no configuration")
    return min(worst, key=worst.__getitem__)


def _standing(candidate: Mapping[str, Json]) -> tuple[int, int]:
    warnings = sum(
        finding.get("outcome") in _WARNINGS for finding in objects_in(candidate, "findings")
    )
    return Verdict(text_in(candidate["verdict"])).rank, warnings

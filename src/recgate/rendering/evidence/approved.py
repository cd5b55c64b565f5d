"""What is approved for a model, in words and as a document."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from recgate.domain.approval import Approval, ModelApprovals
from recgate.domain.canonical import Json
from recgate.domain.model_wanted import ModelWanted
from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.waiver import Waiver
from recgate.rendering.evidence.decision_list import decision_document, iso
from recgate.rendering.evidence.decision_words import (
    ARN_LIMIT,
    NO_CONFIGURATION,
    NO_WAIVER,
    amount,
    configuration_words,
    cost_words,
    environment_words,
    joined,
    key_words,
    model_words,
    place_words,
    policy_words,
    started_by,
    verdict_words,
    when,
)
from recgate.rendering.explanation.parts import Grid, Line, Section
from recgate.rendering.safe_text import clean
from recgate.rendering.waiver_words import day_words, waiver_words
from recgate.rendering.words import NAME_LIMIT

SCHEMA = "recgate-approved/1"
_GRID = "approval"


def approval_section(
    found: ModelApprovals, today: date, *, wanted: ModelWanted | None = None, history: bool
) -> Section:
    """What is and was approved for one model; ``today`` is the day that waivers are held to.

    ``wanted`` is the version that was asked for. ``history``: also what was approved before.
    """
    in_force, last = in_force_of(found, wanted), found.last
    about = in_force.decision if in_force else last
    title = joined((model_words(about) or clean(about.job_name, NAME_LIMIT), place_words(about)))
    if in_force is not None:
        rows = list(_rows(found, in_force, today))
    else:
        rows = list(_nothing(found, wanted))
    before = _before(found, wanted)
    if before and not history:
        rows.append(("before", f"{_times(len(before), 'approval')} (--history)"))
    if history:
        rows += [("before", _former(each)) for each in before] or [("before", "nothing")]
    return Section(title, (Grid(_GRID, tuple(rows)), *_warnings(in_force, today)))


def in_force_of(found: ModelApprovals, wanted: ModelWanted | None) -> Approval | None:
    """The approval in force, if it is of the version that was asked for."""
    now = found.in_force
    if now is None or wanted is None or wanted.is_exactly(now.decision):
        return now
    return None


def _before(found: ModelApprovals, wanted: ModelWanted | None) -> list[Approval]:
    """The approvals that hold no more, of the version that was asked for, the latest first."""
    return [each for each in found.before if wanted is None or wanted.is_exactly(each.decision)]


def nothing_found(wanted: ModelWanted, ledger: str) -> str:
    """What is said where no decision about a model was ever recorded."""
    name = clean(str(wanted), ARN_LIMIT)
    return f"Nothing is approved for {name}: no decision about it is in {ledger}."


def approved_document(
    models: Iterable[ModelApprovals],
    *,
    today: date,
    wanted: ModelWanted | None,
    looked: dict[str, Json],
    history: bool,
) -> dict[str, Json]:
    """The same as JSON, with names as they were recorded and exact decimal strings."""
    return {
        "schema": SCHEMA,
        "on": today.isoformat(),
        "looked": looked,
        "models": [_document(each, today, wanted, history=history) for each in models],
    }


def _rows(found: ModelApprovals, now: Approval, today: date) -> Iterator[tuple[str, str]]:
    made, chosen = now.decision, now.decision.configuration
    if chosen is None:
        yield "approved", NO_CONFIGURATION
    else:
        kind = f" ({clean(chosen.kind, NAME_LIMIT)})" if chosen.kind else ""
        yield "approved", f"{configuration_words(chosen)}{kind}"
        yield "recommendation", clean(chosen.recommendation_id, ARN_LIMIT)
        if environment_words(chosen):
            yield "environment", environment_words(chosen)
        yield "costs", cost_words(chosen)
        yield "latency P99", amount(chosen.latency_p99_ms, "ms")
    if made.package_arn:
        yield "package", clean(made.package_arn, ARN_LIMIT)
    policies = joined(policy_words(each) for each in made.policies)
    yield "verdict", f"{verdict_words(made)} under {policies}" if policies else verdict_words(made)
    for waiver in made.rests_on:
        yield "waiver", waiver_words(waiver, today)
    if made.lacks_waiver:
        yield "waiver", NO_WAIVER
    yield "since", _since(found, now)
    yield "decision", f"{key_words(made)}, job {clean(made.job_name, NAME_LIMIT)}"
    if started_by(made):
        yield "started by", started_by(made)


def _since(found: ModelApprovals, now: Approval) -> str:
    unchanged = found.unchanged_since
    if unchanged is None or unchanged == now.since:
        return f"{when(now.since)} UTC"
    return f"{when(now.since)} UTC; this configuration since {when(unchanged)} UTC"


def _nothing(found: ModelApprovals, wanted: ModelWanted | None) -> Iterator[tuple[str, str]]:
    version = wanted.version if wanted is not None else None
    of_it = "" if version is None else f" of version {version}"
    yield "approved", f"nothing{of_it}"
    other = found.in_force
    if other is not None:
        yield "in force", f"{_named(other.decision)}, decision {key_words(other.decision)}"
    last = found.last
    yield (
        "last decision",
        f"{verdict_words(last)} {key_words(last)}, job {clean(last.job_name, NAME_LIMIT)}, "
        f"{when(last.recorded_at)} UTC",
    )


def _warnings(now: Approval | None, today: date) -> tuple[Line, ...]:
    ended = now.ended_waivers(today) if now is not None else ()
    if not ended:
        return ()
    names = joined(_ended(waiver) for waiver in ended)
    return (
        Line(
            f"It rests on a waiver that has ended: {names}. Judge the job again: recgate check.",
            word="WAIVED",
            indent=1,
        ),
    )


def _ended(waiver: Waiver) -> str:
    name = clean(waiver.id, NAME_LIMIT)
    if waiver.expires == date.min:
        return f"{name} (its record does not say until when it held)"
    return f"{name} (last day {day_words(waiver.expires)})"


def _former(approval: Approval) -> str:
    until, ended = approval.until, approval.ended_by
    named = _named(approval.decision)
    if until is None or ended is None:
        return named
    how = "taken away by" if approval.was_taken_away else "superseded by"
    return (
        f"{named}, decision {key_words(approval.decision)}, {when(approval.since)} to "
        f"{when(until)} UTC, {how} {verdict_words(ended)} {key_words(ended)}"
    )


def _named(made: RecordedDecision) -> str:
    chosen = made.configuration
    configuration = configuration_words(chosen) if chosen else "a configuration that is not told"
    model = model_words(made)
    return f"{configuration} for {model}" if model else configuration


def _times(count: int, thing: str) -> str:
    return f"1 earlier {thing}" if count == 1 else f"{count:,} earlier {thing}s"


def _document(
    found: ModelApprovals, today: date, wanted: ModelWanted | None, *, history: bool
) -> dict[str, Json]:
    now, last, unchanged = in_force_of(found, wanted), found.last, found.unchanged_since
    other = found.in_force if now is None else None
    said: dict[str, Json] = {
        "model": last.model,
        "job": None if last.model is not None else last.job_name,
        "account": last.account or None,
        "region": last.region or None,
        "is_approved": now is not None,
        "approval": None if now is None else _approval(now, today),
        "in_force_instead": None if other is None else _approval(other, today),
        "unchanged_since": iso(unchanged) if now is not None and unchanged is not None else None,
        "last_decision": decision_document(last, today),
    }
    if history:
        said["before"] = [_approval(each, today) for each in _before(found, wanted)]
    return said


def _approval(approval: Approval, today: date) -> dict[str, Json]:
    ended = approval.ended_by
    return {
        "since": iso(approval.since),
        "until": _iso(approval.until),
        "ended_by": None if ended is None else ended.key,
        "was_taken_away": approval.was_taken_away,
        "rests_on_waivers": [waiver.id for waiver in approval.decision.rests_on],
        "is_waiver_missing": approval.decision.lacks_waiver,
        "ended_waivers": [waiver.id for waiver in approval.ended_waivers(today)],
        **decision_document(approval.decision, today),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)

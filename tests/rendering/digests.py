"""The digests whose messages are kept whole in ``golden-digests/``, by name."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.digest import Approved, Digest, Rhythm, Waiting, period_ending
from recgate.domain.limits import Finding
from recgate.domain.telling import DigestTelling, StandIn
from recgate.domain.verdict import Outcome
from tests.builders import waiver
from tests.rendering.decisions import HOSTILE

SUNDAY = date(2026, 11, 22)
WEEK = period_ending(SUNDAY, Rhythm.WEEKLY)
DAY = period_ending(date(2026, 11, 20), Rhythm.DAILY)
NOTHING = Approved(0, 0.0)


def at(day: int, hour: int = 9, minute: int = 5) -> datetime:
    """A moment in November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def broken(
    limit: str, value: float | None, bound: float, outcome: Outcome = Outcome.FAIL
) -> Finding:
    """A finding as a record gives it back."""
    spec = NUMERIC_LIMITS[limit]
    return Finding(
        limit,
        spec.label,
        outcome,
        unit=spec.unit,
        direction=spec.direction,
        observed=value,
        missing="" if value is not None else "not measured",
        fail=bound,
    )


def waiting(model: str, verdict: str, since: datetime, **more: object) -> Waiting:
    """A closed gate, of a job that is named after its model."""
    job_name = model.replace(" ", "-")
    return Waiting(model, job_name, verdict, since, **more)  # type: ignore[arg-type]


SUMMARIZER = waiting(
    "support-summarizer v3",
    "FAIL",
    at(17),
    broken=broken("max_cost_per_hour_usd", 2.41, 1.5),
    broken_more=1,
)
EMBED = waiting("doc-embed v21", "FAIL", at(19), broken=broken("max_latency_p99_ms", 129, 120))
CHURN = waiting(
    "churn-xgb v8",
    "UNKNOWN",
    at(19, 23),
    broken=broken("max_latency_p99_ms", None, 120, Outcome.UNKNOWN),
)
FAILED = waiting("ocr v2", "FAILED", at(20, 6, 32), reason="INVALID_INPUT : 1. Model returned 5xx")

WEEKLY = Digest(
    WEEK,
    {"PASS": 11, "FAIL": 2, "UNKNOWN": 1},
    (SUMMARIZER, EMBED, CHURN),
    Approved(9, 41.2),
    Approved(8, 44.3),
)
MIXED = Digest(
    WEEK,
    {
        "PASS": 2, "WARN": 1, "WAIVED": 1, "WOULD_FAIL": 1, "UNCOVERED": 1, "NO_RESULT": 1,
        "UNKNOWN": 1, "FAIL": 3, "ERROR": 1, "FAILED": 1, "STOPPED": 1,
    },
    (
        SUMMARIZER,
        Waiting(SUMMARIZER.model, "again-summarizer", "FAIL", at(18), EMBED.broken),
        FAILED,
        waiting("x v1", "ERROR", at(18), reason="its record in the ledger cannot be read"),
        CHURN,
        waiting("late v1", "WOULD_FAIL", at(18), broken=EMBED.broken),
        waiting("none v1", "NO_RESULT", at(18), reason="the job returned no recommendation"),
        waiting("halted v1", "STOPPED", at(18), reason="the job ended STOPPED"),
        waiting("odd v1", "UNCOVERED", at(12), reason="no policy applies to this job"),
    ),
    Approved(4, 1.504, unpriced=1),
    Approved(4, 1.5),
    approved_since=1,
)  # fmt: skip
DAILY = Digest(DAY, {"PASS": 1, "FAILED": 1}, (FAILED,), Approved(1, 0.174), Approved(1, 0.174))
QUIET = Digest(WEEK, {}, (), NOTHING, Approved(3, 2.5))
CLOSED = Digest(DAY, {"FAIL": 1}, (EMBED,), NOTHING)
PASSED = Digest(DAY, {"PASS": 2}, (), Approved(2, 0.0, unpriced=2))
ENDING = tuple(
    waiver(up_to=3.5, id=f"W-2026-{number:03}", expires=date(2026, 11, 24 + number))
    for number in range(5)
)
STOOD_IN = (StandIn("slack-ml", "not_in_channel", "invite the bot: /invite @recgate"),)
UGLY = Digest(
    WEEK,
    {"FAILED": 1, "FAIL": 1},
    (
        Waiting(HOSTILE, HOSTILE, "FAIL", at(17), EMBED.broken),
        Waiting("<@U0123ABCD> *v1*", "`ls`", "FAILED", at(18), reason=HOSTILE),
    ),
    NOTHING,
)


def many(number: int) -> Digest:
    """A week in which as many jobs as that failed."""
    rows = tuple(
        waiting(f"model-{place} v{place}", "FAIL", at(17) + timedelta(minutes=place),
                broken=SUMMARIZER.broken)
        for place in range(number)
    )  # fmt: skip
    return Digest(WEEK, {"FAIL": number}, rows, NOTHING)


def digests() -> dict[str, DigestTelling]:
    """Each digest as a route hears it."""
    return {
        "weekly": DigestTelling(WEEKLY),
        "weekly-mixed": DigestTelling(MIXED),
        "weekly-nothing": DigestTelling(QUIET),
        "daily": DigestTelling(DAILY),
        "daily-nothing-approved": DigestTelling(CLOSED),
        "daily-without-prices": DigestTelling(PASSED),
        "weekly-waivers-ending": DigestTelling(replace(WEEKLY, ending=ENDING)),
        "weekly-only-a-waiver": DigestTelling(replace(QUIET, ending=ENDING[:1])),
        "stands-in": DigestTelling(WEEKLY, stands_in_for=STOOD_IN),
        "hostile": DigestTelling(UGLY, stands_in_for=(StandIn(HOSTILE, HOSTILE, HOSTILE),)),
        "many": DigestTelling(many(70)),
    }

"""What lists, approvals and records say of a decision, each thing in one way.

Every text is cleaned and cut, and is still untrusted: a medium that reads markup escapes it.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from recgate.domain.backtest import HOURS_A_MONTH
from recgate.domain.recorded_configuration import Configuration
from recgate.domain.recorded_decision import PolicyResult, RecordedDecision
from recgate.rendering.amounts import exact, number, with_unit
from recgate.rendering.callers import caller
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

KEY_DIGITS = 12
"""The fewest digits by which a decision is found again."""

REVISION_DIGITS = 7
ARN_LIMIT = 400
_WORD = 20

NO_CONFIGURATION = "its record does not say which configuration"
NO_WAIVER = "its record does not name the waiver"


def when(moment: datetime) -> str:
    """``2026-11-21 06:32``, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def verdict_words(made: RecordedDecision) -> str:
    """The verdict, or how the job ended without any."""
    return clean(made.word.replace("_", " "), _WORD)


def gate_words(made: RecordedDecision) -> str:
    """Whether something may be deployed on it."""
    return "open" if made.is_open else "closed"


def key_words(made: RecordedDecision) -> str:
    """The decision's key, as short as it names it."""
    return short_key(made.key)


def short_key(key: str) -> str:
    """A decision's key, as short as it names it."""
    return clean(key, NAME_LIMIT)[:KEY_DIGITS]


def model_words(made: RecordedDecision) -> str:
    """``fraud-ranker v14``; empty where the job names no model."""
    return "" if made.model is None else clean(made.title, NAME_LIMIT)


def place_words(made: RecordedDecision) -> str:
    """``eu-west-1 of 111122223333``; empty where it is not known."""
    region, account = clean(made.region, _WORD), clean(made.account, _WORD)
    return " of ".join(part for part in (region, account) if part)


def policy_words(made: PolicyResult) -> str:
    """``prod-realtime (cfa8261)``, with the waivers that allowed something."""
    name = clean(made.policy, NAME_LIMIT) or "a policy without a name"
    revision = clean(made.digest, NAME_LIMIT)[:REVISION_DIGITS]
    return f"{name} ({revision})" if revision else name


def configuration_words(found: Configuration) -> str:
    """``ml.c7g.xlarge × 2``."""
    return clean(found.words or found.recommendation_id, NAME_LIMIT)


def environment_words(found: Configuration) -> str:
    """``OMP_NUM_THREADS=2, TS_WORKERS=1``; empty where nothing is set."""
    return clean(", ".join(f"{name}={value}" for name, value in found.environment), ARN_LIMIT)


def amount(value: Decimal | None, unit: str) -> str:
    """The amount with every digit that counts; ``n/a`` for what is not known."""
    return "n/a" if value is None else exact(float(value), unit)


def cost_words(found: Configuration) -> str:
    """``$0.174 per hour, $127.02 a month of 730 h``."""
    hourly, monthly = found.cost_per_hour_usd, found.cost_per_month_usd
    if hourly is None or monthly is None:
        per_million = found.figures.get("cost_per_million_inferences_usd")
        if per_million is None:
            return "not known"
        return f"{amount(per_million, 'USD')} per 1M inferences, per hour not known"
    return f"{amount(hourly, 'USD')} per hour, {month_words(found)} a month of {HOURS_A_MONTH} h"


def month_words(found: Configuration) -> str:
    """``$127.02``, to the cent: what it costs a month. ``n/a`` for what is not known."""
    monthly = found.cost_per_month_usd
    if monthly is None or not math.isfinite(float(monthly)):
        return "n/a"
    return with_unit(number(float(monthly), "USD"), "USD")


def started_by(made: RecordedDecision) -> str:
    """``dana (role ml-engineer)``; empty where nobody told."""
    return caller(made.created) if made.created else ""


def decimal_text(value: Decimal) -> str:
    """The number in full, without an exponent and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def joined(words: Iterable[str]) -> str:
    """The words that are there, with commas."""
    return ", ".join(word for word in words if word)

"""A point in the past as a person writes it: ``7d``, ``36h``, ``90m``, or a date."""

import re
from datetime import UTC, datetime, timedelta

import click

_AGO = re.compile(r"(\d{1,5})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def since_option(
    context: click.Context, option: click.Parameter, value: str | None
) -> datetime | None:
    """The callback of an option that takes such a time."""
    if value is None:
        return None
    found = moment(value, datetime.now(UTC))
    if found is None:
        raise click.BadParameter(
            f"{value!r} is no time in the past: say 90m, 36h, 7d, 2w, or a date such as "
            "2026-11-01 or 2026-11-01T08:00 (UTC).",
            context,
            option,
        )
    return found


def moment(text: str, now: datetime) -> datetime | None:
    """The time that the text names (UTC); None if it names none, or one to come."""
    ago = _AGO.fullmatch(text.strip().lower())
    try:
        found = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else _absolute(text)
    except (ValueError, OverflowError):
        return None
    return found if found <= now else None


def _absolute(text: str) -> datetime:
    said = datetime.fromisoformat(text.strip())
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)

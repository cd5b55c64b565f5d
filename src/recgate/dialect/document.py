"""The evidence in its canonical form: one job, one document, whichever way it came in.

boto3's datetimes, the wire's epoch seconds and the AWS CLI's ISO times become the same UTC
strings; what JSON cannot say becomes ``{"missing": "NaN"}``. Nothing else is changed or
dropped, so that a member SageMaker adds tomorrow is in the record.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from recgate.domain.canonical import Json

TIME_MEMBERS = frozenset(
    {
        "CreationTime",
        "LastModifiedTime",
        "CompletionTime",
        "InvocationStartTime",
        "InvocationEndTime",
    }
)
"""Every timestamp member of the Describe and ListSteps responses (a test walks the model)."""

SCHEMA = 1


def snapshot_document(
    response: Mapping[str, object],
    *,
    tags: Sequence[Mapping[str, object]] | None,
    steps: Sequence[Mapping[str, object]] | None = None,
    measured: Mapping[str, object] | None = None,
    called: str | None = None,
) -> dict[str, Json]:
    """The document of a snapshot.

    ``response`` is a Describe response without ResponseMetadata, ``tags`` the list that
    ListTags gives (None: not known), ``steps`` that of ListInferenceRecommendationsJobSteps,
    ``measured`` what `recgate.dialect.measured` describes, ``called`` a name for a job whose
    response has none.
    """
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "job": canonical_value(response),
        # ListTags has no order of its own.
        "tags": canonical_value(None if tags is None else sorted(tags, key=_tag_key)),
        "steps": canonical_value(steps),
        "measured": canonical_value(measured),
    }
    if called:
        document["called"] = canonical_value(called)
    return document


def canonical_value(value: object, member: str = "") -> Json:
    """The value as JSON can say it. ``member`` is the key it was found under."""
    if isinstance(value, Mapping):
        return {_text(str(key)): canonical_value(item, str(key)) for key, item in value.items()}
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, str):
        return _time_text(value) if member in TIME_MEMBERS else _text(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [canonical_value(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"missing": "NaN" if math.isnan(value) else "infinite"}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _epoch_text(value) if member in TIME_MEMBERS else value
    return _text(str(value))


def utc_text(moment: datetime) -> str:
    """A time as recgate writes it everywhere: UTC, milliseconds, ``2026-11-21T06:32:00.000Z``.

    A time without a zone is taken as UTC.
    """
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: Json) -> datetime | None:
    """The time that `utc_text` wrote, None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # no time, or one whose UTC is before the year 1
        return None


def _tag_key(tag: Mapping[str, object]) -> str:
    return str(tag.get("Key"))


def _time_text(text: str) -> Json:
    moment = parse_time(text)
    return utc_text(moment) if moment else _text(text)


def _epoch_text(seconds: float) -> Json:
    try:
        # fromtimestamp rounds to microseconds, as it does for boto3: 1646782809.593 is not exact.
        return utc_text(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, OSError, ValueError):
        return seconds


def _text(text: str) -> str:
    """The text without lone surrogates, which neither UTF-8 nor a database can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

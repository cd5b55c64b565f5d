"""What the watcher remembers as JSON, exact to the microsecond, about eighty bytes for each job.

``{"schema": 1, "started_at": T, "watermark": T, "prefix": "arn:…/", "seen": [[ARN, status,
created, modified], …], "awaited": [[ARN, announced, name], …]}``. T and all times are
microseconds since 1970, which is SageMaker's precision and Python's. An ARN is ``/rest`` for
the prefix and a rest, otherwise ``=`` and the whole; the name null is that rest.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from recgate.domain.canonical import Json, canonical_json
from recgate.domain.watch_memory import Awaited, Remembered, SeenJob

SCHEMA = 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

T = TypeVar("T", str, int)


class NotReadable(ValueError):
    """These bytes are nothing that this version of recgate has written; the message says why."""


def written(remembered: Remembered) -> bytes:
    """The memory as canonical JSON: equal memories give equal bytes."""
    prefix = _prefix([*remembered.seen, *remembered.awaited])
    seen: list[Json] = [
        [_shortened(arn, prefix), job.status, _count(job.created_at), _count(job.modified_at)]
        for arn, job in sorted(remembered.seen.items())
    ]
    awaited: list[Json] = [
        [_shortened(arn, prefix), _count(each.announced_at), _name(each.job_name, arn, prefix)]
        for arn, each in sorted(remembered.awaited.items())
    ]
    return canonical_json(
        {
            "schema": SCHEMA,
            "started_at": _count(remembered.started_at),
            "watermark": _count(remembered.watermark),
            "prefix": prefix,
            "seen": seen,
            "awaited": awaited,
        }
    )


def read(body: bytes) -> Remembered:
    """The memory that `written` wrote. Raises NotReadable."""
    try:
        document = json.loads(body.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as broken:
        raise NotReadable(f"it is not JSON ({type(broken).__name__})") from broken
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise NotReadable(f"its schema is {str(schema)[:40]}, and this recgate knows {SCHEMA}")
    try:
        prefix = _of(str, document["prefix"])
        return Remembered(
            started_at=_moment(document["started_at"]),
            watermark=_moment(document["watermark"]),
            seen={
                _whole(arn, prefix): SeenJob(_of(str, status), _moment(created), _moment(modified))
                for arn, status, created, modified in document["seen"]
            },
            awaited={
                (whole := _whole(arn, prefix)): Awaited(
                    whole.removeprefix(prefix) if name is None else _of(str, name),
                    _moment(announced),
                )
                for arn, announced, name in document["awaited"]
            },
        )
    except (KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise NotReadable(f"a part of it has another shape ({wrong!r})") from wrong


def _prefix(arns: Iterable[str]) -> str:
    """What the ARNs of one place have in common: all up to the job's name."""
    head, slash, _ = min(arns, default="").rpartition("/")
    return head + slash


def _shortened(arn: str, prefix: str) -> str:
    return f"/{arn.removeprefix(prefix)}" if prefix and arn.startswith(prefix) else f"={arn}"


def _whole(shortened: Json, prefix: str) -> str:
    text = _of(str, shortened)
    if text[:1] not in ("/", "="):
        raise ValueError(f"{text[:80]!r} is no ARN, short or whole")
    return prefix + text[1:] if text[0] == "/" else text[1:]


def _name(name: str, arn: str, prefix: str) -> str | None:
    return None if name == arn.removeprefix(prefix) else name


def _count(moment: datetime) -> int:
    """Microseconds since 1970. Raises TypeError for a time without a zone."""
    return (moment - _EPOCH) // _MICROSECOND


def _moment(count: Json) -> datetime:
    return _EPOCH + _of(int, count) * _MICROSECOND


def _of(kind: type[T], value: Json) -> T:
    if type(value) is not kind:
        raise TypeError(f"{str(value)[:80]!r} is not {kind.__name__}")
    return value

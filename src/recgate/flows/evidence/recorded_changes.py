"""What of a record is another than it was, in words that are short enough to print."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from recgate.domain.link import Link, sha256
from recgate.domain.statement import Statement
from recgate.evidence_ports import StoredEntry

_SHOWN = 4
_VALUE = 40
_NOTHING = object()


def changes(link: Link | None, entry: StoredEntry | None, then: Statement | None) -> str:
    """What the ledger says and what was signed, member by member; at most some of them."""
    if then is None or link is None or entry is None:
        return "it differs"
    found = [
        f"{name} is {_shown(getattr(link, name))} and was {_shown(getattr(then.link, name))}"
        for name in ("id", "stream", "position", "kind", "key", "recorded_at", "adopted_at")
        if getattr(link, name) != getattr(then.link, name)
    ]
    if sha256(then.body) != sha256(entry.body):
        found.append(body_changes(entry.body, then.body))
    if not found:
        found = ["what it was chained to"]
    return "; ".join(found)


def body_changes(now: bytes, then: bytes) -> str:
    """Which members of the body changed, with both values."""
    try:
        found = list(_differing("", _read(now), _read(then)))
    except (ValueError, RecursionError):
        return "its body is no JSON any more"
    said = [
        f"{path or 'its body'} is {_shown(value)} and was {_shown(before)}"
        for path, value, before in found[:_SHOWN]
    ]
    if len(found) > _SHOWN:
        said.append(f"and {len(found) - _SHOWN} more")
    return "; ".join(said) or "its body is written in another form"


def _read(body: bytes) -> Any:  # noqa: ANN401
    return json.loads(body.decode("utf-8", "surrogatepass"))


def _differing(path: str, now: Any, then: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
    if isinstance(now, Mapping) and isinstance(then, Mapping):
        for name in sorted({*now, *then}):
            inside = f"{path}.{name}" if path else str(name)
            yield from _differing(inside, now.get(name, _NOTHING), then.get(name, _NOTHING))
    elif isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        for place, (one, other) in enumerate(zip(now, then, strict=True)):
            yield from _differing(f"{path}[{place}]", one, other)
    elif now is _NOTHING or then is _NOTHING or json.dumps(now) != json.dumps(then):
        yield path, now, then


def _shown(value: object) -> str:
    if value is _NOTHING:
        return "not there"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _VALUE else f"{text[:_VALUE]}…"

"""waivers.yaml changed by a line or two; every other line, comments among them, stays as it is."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from recgate.domain.canonical import Json
from recgate.ports import RecgateError
from recgate.rendering.yaml_flow import flow

if TYPE_CHECKING:
    from recgate.adapters.policy_files.strict_yaml import Source

NEW_FILE = """\
# Exceptions to single limits: each moves one limit for some jobs until a day, and somebody else
# than who asks for it approves it. `recgate waiver` lists, checks, adds and ends them.

version: 1
max_days: 90
waivers: []
"""
"""A file that has no waiver yet."""

_EMPTY_LIST = re.compile(r"^(([\"']?)waivers\2[ \t]*:)[ \t]*\[[ \t]*\]", re.MULTILINE)
_DASH = re.compile(r" *- *")
_INDENT = "  "


class WaiversUnchanged(RecgateError):
    """The file could not be changed so that only what was asked for changes."""


def with_entry(text: str, entry: Mapping[str, Json]) -> str:
    """The text with one more waiver at the end of the list. Raises WaiversUnchanged."""
    source = _read(text)
    lines = _lines(text)
    if ("waivers",) not in source.places:
        raise WaiversUnchanged("waivers.yaml has no list `waivers`: add a line `waivers:` to it")
    if not _count(source):
        lines, indent = _lines(_EMPTY_LIST.sub(r"\1", text)), len(_INDENT)
    else:
        indent = _dash_column(source, lines, 0)
    end = _end_of(source, lines)
    if end == len(lines) and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += _break(text)
    return "".join([*lines[:end], *_entry_lines(entry, indent, _break(text)), *lines[end:]])


def with_expiry(text: str, place: int, last_day: date) -> str:
    """The text with another last day of the waiver at a place of the list."""
    source = _read(text)
    where = source.places.get(("waivers", place, "expires"))
    if where is None:
        raise WaiversUnchanged(f"waivers[{place}] has no `expires` to change")
    lines = _lines(text)
    line = lines[where.line - 1]
    before, after = line[: where.column - 1], line[where.column - 1 :]
    changed = re.sub(r"^([\"']?)\d{4}-\d{2}-\d{2}", rf"\g<1>{last_day.isoformat()}", after)
    if changed == after and last_day.isoformat() not in after:
        raise WaiversUnchanged(
            f"waivers[{place}].expires is not written as a day such as 2026-12-01"
        )
    lines[where.line - 1] = before + changed
    return "".join(lines)


def without_entry(text: str, place: int) -> str:
    """The text without the waiver at a place of the list. Raises WaiversUnchanged."""
    source = _read(text)
    lines = _lines(text)
    first = source.places[("waivers", place)].line
    _dash_column(source, lines, place)
    following = source.places.get(("waivers", place + 1))
    last = max(each.line for path, each in source.places.items() if path[:2] == ("waivers", place))
    end = following.line - 1 if following else _end_of(source, lines)
    while end > last and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    kept = lines[: first - 1] + lines[end:]
    if _count(source) == 1:
        key = source.key_places[("waivers",)].line - 1
        kept[key] = re.sub(r"^([^#]*?:)", r"\1 []", kept[key], count=1)
    return "".join(kept)


def _read(text: str) -> "Source":
    from recgate.adapters.policy_files.source_text import Unreadable, decoded
    from recgate.adapters.policy_files.strict_yaml import read_yaml

    try:
        return read_yaml(decoded(text.encode("utf-8", "surrogatepass")))
    except Unreadable as refusal:
        raise WaiversUnchanged(
            f"nothing was written; waivers.yaml:{refusal.line or 1}: {refusal.message}"
        ) from refusal


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _break(text: str) -> str:
    """How the lines of the file end."""
    return "\r\n" if "\r\n" in text else "\n"


def _count(source: "Source") -> int:
    waivers = source.value.get("waivers") if isinstance(source.value, Mapping) else None
    return len(waivers) if isinstance(waivers, list) else 0


def _dash_column(source: "Source", lines: Sequence[str], place: int) -> int:
    """How far the dash of an entry is indented. Raises WaiversUnchanged for one that does not
    begin a line with its dash: a list in brackets cannot be changed by lines alone.
    """
    line, column = source.places[("waivers", place)]
    before = lines[line - 1][: column - 1]
    if not _DASH.fullmatch(before):
        on_one_line = source.places[("waivers",)].line == source.key_places[("waivers",)].line
        why = "has its list on one line, in brackets" if on_one_line else "is laid out otherwise"
        raise WaiversUnchanged(
            f"nothing was written; waivers.yaml {why}: it must be edited by hand (only a list is "
            "changed here whose waivers stand one below the other, each beginning with `- id:`)"
        )
    return before.index("-")


def _end_of(source: "Source", lines: Sequence[str]) -> int:
    """After which line the list ends: before the next key at the top, else with the file."""
    begin = source.key_places[("waivers",)].line
    later = [
        place.line
        for path, place in source.key_places.items()
        if len(path) == 1 and place.line > begin
    ]
    end = min(later) - 1 if later else len(lines)
    while end > begin and (not lines[end - 1].strip() or lines[end - 1].startswith(("#", "..."))):
        end -= 1
    return end


def _entry_lines(entry: Mapping[str, Json], indent: int, line_break: str) -> list[str]:
    lead, rest = f"{' ' * indent}- ", f"{' ' * indent}{_INDENT}"
    written = [f"{key}: {flow(value)}{line_break}" for key, value in entry.items()]
    return [f"{lead if not number else rest}{line}" for number, line in enumerate(written)]

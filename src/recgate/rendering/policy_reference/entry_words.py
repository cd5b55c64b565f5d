"""What stands in the reference about one key: type, unit, default, what a missing value does."""

import re
from collections.abc import Iterator
from typing import Any

from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS, Direction
from recgate.rendering.policy_reference.entries import Entry, Schema
from recgate.rendering.schema_words import TYPE_WORDS
from recgate.rendering.yaml_flow import flow

_MISSING = "counts as `on_missing` says; left to itself it is UNKNOWN, and the gate stays closed"
_LEFT_OUT = re.compile(r" ?Left out: ([^.]*)\.")
"""How a description says what happens without the key."""


_WORDS_IN_PATTERN = re.compile(r"\^\(?([a-z|]+)\)?\$")
"""A pattern that is no more than a choice of words."""


def entry_lines(entry: Entry) -> Iterator[str]:
    """The lines of one key, from its heading on."""
    about = entry.about
    yield f"### `{entry.path}`"
    yield ""
    yield f"**{about['title']}.** {_in_markdown(_LEFT_OUT.sub('', about['description']))}"
    yield ""
    for label, said in _facts(entry):
        yield f"- {label}: {said}"
    yield ""


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    about = entry.about
    if len(entry.names) > 1:
        yield "LIMIT is", f"one of {', '.join(f'`{name}`' for name in entry.names)}"
    yield "type", type_words(about)
    if "unit" in about:
        yield "unit", about["unit"]
    yield _need(entry)
    if (missing := _missing(entry)) is not None:
        yield "a missing value", missing
    spec = NUMERIC_LIMITS.get(entry.name)
    if spec is not None and _is_limit(entry):
        at_most = spec.direction is Direction.AT_MOST
        yield "`warn`", f"{'at most' if at_most else 'at least'} `fail`"
    examples = [f"`{entry.name}: {flow(each)}`" for each in about["examples"]]
    yield "example" if len(examples) == 1 else "examples", ", ".join(examples)


def type_words(about: Schema) -> str:
    """What may stand there."""
    if "const" in about:
        return f"`{about['const']}`"
    if "enum" in about:
        return f"one of {', '.join(f'`{each}`' for each in about['enum'])}"
    written = about["type"]
    told = [_one_type(name, about) for name in ([written] if isinstance(written, str) else written)]
    return ", or ".join(told)


def _one_type(name: str, about: Schema) -> str:
    match name:
        case "string":
            return _text_words(about)
        case "number" | "integer":
            return TYPE_WORDS[name] + _range(about, "minimum", "maximum")
        case "array":
            items: Schema = about.get("items", {})
            of = "" if "type" not in items or "properties" in items else f" of {_plural(items)}"
            return TYPE_WORDS[name] + of + _range(about, "minItems", "maxItems")
        case "object" if keys := list(about.get("properties", ())):
            return f"a mapping with {', '.join(f'`{key}`' for key in keys[:4])}" + (
                f" and {len(keys) - 4} more" if len(keys) > 4 else ""
            )
    return TYPE_WORDS[name]


def _plural(items: Schema) -> str:
    """What the entries of a list are."""
    if items["type"] == "string" and not {"enum", "patternErrorMessage"} & set(items):
        return "texts"
    return f"entries, each {type_words(items)}"


def _text_words(about: Schema) -> str:
    if words := _WORDS_IN_PATTERN.fullmatch(about.get("pattern", "")):
        return " or ".join(f"`{word}`" for word in words[1].split("|"))
    if "patternErrorMessage" in about:
        return _in_markdown(about["patternErrorMessage"])
    most = about.get("maxLength")
    return f"text of at most {most} characters" if most else "text"


def _range(about: Schema, low: str, high: str) -> str:
    least, most = about.get(low), about.get(high)
    many = " entries" if low == "minItems" else ""
    if least is not None and most is not None:
        return f", {least} to {most}{many}"
    if least is not None and not (many and least == 1):
        return f", {least} or more{many}"
    return f", at most {most}{many}" if most is not None else ""


def _need(entry: Entry) -> tuple[str, str]:
    """Whether the key must be there, or what happens without it."""
    about = entry.about
    if entry.required:
        return "needed", "yes"
    if "default" in about:
        return "left out", _default(entry)
    told = _LEFT_OUT.search(about["description"])
    if told is not None:
        return "left out", _in_markdown(told[1])
    return ("left out", "no such limit") if _is_limit(entry) else ("needed", "no")


def _is_limit(entry: Entry) -> bool:
    return entry.path.rpartition(".")[0] == "require"


def _default(entry: Entry) -> str:
    default: Any = entry.about["default"]
    if entry.name == "on_missing" and entry.path != "on_missing":
        return "what the policy's `on_missing` says"
    return f"`{flow(default)}`"


def _missing(entry: Entry) -> str | None:
    """What the limits make of a value that was not measured; None for other keys."""
    if _is_limit(entry) and (entry.name in NUMERIC_LIMITS or entry.name in SET_LIMITS):
        return _MISSING
    return "counts as `on_missing` says, beside `one_of`" if entry.path == "require.job" else None


def _in_markdown(text: str) -> str:
    """Words of a schema, in which ``*`` and ``<`` are meant as they stand."""
    return re.sub(r"([*<>|\[\]])", r"\\\1", text)

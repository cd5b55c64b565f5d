"""What a schema refuses, in words that a policy owner understands. Pure."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from recgate.dialect.mistake import Mistake, Path, did_you_mean, nearest, quoted
from recgate.domain.canonical import Json
from recgate.domain.loose_json import mapping_in
from recgate.rendering.schema_words import TYPE_WORDS
from recgate.rendering.yaml_flow import flow

_SWITCH_WORDS = re.compile(r"yes|no|on|off|y|n|true|false", re.IGNORECASE)
_BEGINS_WITH_NUMBER = re.compile(r"\s*[-+]?\s*[$€£]?\s*[0-9]")
_NUMBER_ALONE = re.compile(r"\s*[-+]?[0-9]+(\.[0-9]+)?\s*")
_CHOICE_OF_WORDS = re.compile(r"\^\(([a-z|]+)\)\$")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One keyword of a schema that a value did not meet.

    ``wanted`` is the keyword's own value, ``schema`` what stands around it, ``written`` the
    scalar as it stands in the file (None for a list or mapping). ``of_key``: it is a key of
    the mapping at ``path`` that was refused, and ``found`` is that key. ``homes`` tells of
    every key that belongs in one place only where that is.
    """

    keyword: str
    path: Path
    found: Json
    wanted: Json
    schema: Mapping[str, Json]
    message: str
    written: str | None = None
    of_key: bool = False
    homes: Mapping[str, Path] | None = None


def in_words(refusal: Refusal) -> Iterator[Mistake]:
    """The mistakes behind one refusal; its own message where there are no better words."""
    tell = _WORDS.get(refusal.keyword)
    if refusal.of_key:
        path, words = (*refusal.path, str(refusal.found)), _of_key(refusal)
        yield Mistake(path, words, at_key=True)
    elif tell is None:
        yield Mistake(refusal.path, refusal.message)
    else:
        yield from tell(refusal)


def _of_key(refusal: Refusal) -> str:
    if refusal.keyword == "pattern":
        return f"is named wrongly: expected {refusal.schema.get('patternErrorMessage')}"
    return {
        "minLength": "a key cannot be empty",
        "maxLength": f"a key has at most {refusal.wanted} characters",
    }.get(refusal.keyword, refusal.message)


def _additional_properties(refusal: Refusal) -> Iterator[Mistake]:
    known, found = mapping_in(refusal.schema.get("properties")), mapping_in(refusal.found)
    for key in found:
        if key in known:
            continue
        home = (refusal.homes or {}).get(key)
        if home is not None:
            place = f"under {'.'.join(map(str, home))}" if home else "at the top level"
            hint = f", it belongs {place}"
        else:
            hint = did_you_mean(key, known) or _list_known(known)
        yield Mistake((*refusal.path, key), f"unknown key{hint}", at_key=True)


def _list_known(known: Mapping[str, Json]) -> str:
    return f"; known here: {', '.join(known)}" if known else "; nothing goes in here"


def _required(refusal: Refusal) -> Iterator[Mistake]:
    """The path is that of the key which is not there."""
    key = str(refusal.path[-1])
    about = mapping_in(mapping_in(refusal.schema.get("properties")).get(key))
    examples = about.get("examples")
    first = examples[0] if isinstance(examples, list) and examples else None
    hint = "" if first is None else f", for example {key}: {flow(first)}"
    yield Mistake(refusal.path, f"is missing{hint}")


def _type(refusal: Refusal) -> Iterator[Mistake]:
    wanted = refusal.wanted
    names = [str(each) for each in wanted] if isinstance(wanted, list) else [str(wanted)]
    about = refusal.schema.get("patternErrorMessage")
    # Where text is one of several types, the schema's own words say which text.
    words = str(about) if about and len(names) > 1 and "string" in names else ""
    expected = words or " or ".join(TYPE_WORDS[name] for name in names)
    shown, hint = _shown(refusal), "" if words else _type_hint(names, refusal)
    yield Mistake(refusal.path, f"expected {expected}, found {shown}{hint}")


def _shown(refusal: Refusal) -> str:
    found = refusal.found
    if found is None:
        return "nothing"
    if isinstance(found, list):
        return "a list"
    if isinstance(found, Mapping):
        return "a mapping"
    if _is_secret(refusal.path):
        return "something else"
    return f"text {quoted(found)}" if isinstance(found, str) else _as_written(refusal)


def _as_written(refusal: Refusal) -> str:
    return refusal.written if refusal.written is not None else json.dumps(refusal.found)


def _type_hint(names: list[str], refusal: Refusal) -> str:
    found = refusal.found
    if isinstance(found, str):
        if "boolean" in names and _SWITCH_WORDS.fullmatch(found):
            return ": write true or false"
        if "number" in names or "integer" in names:
            if _NUMBER_ALONE.fullmatch(found):
                return ": remove the quotes"
            if _BEGINS_WITH_NUMBER.match(found):
                return ": write the number alone, the key has the unit"
        if "array" in names and len(found) < 40 and found.isprintable():
            return f": write [{found}]"
    elif "string" in names and isinstance(found, int | float) and not _is_secret(refusal.path):
        return f': quote it, "{_as_written(refusal)}"'
    return ""


def _enum(refusal: Refusal) -> Iterator[Mistake]:
    if not isinstance(refusal.found, str) or not isinstance(refusal.wanted, list):
        return  # its type is wrong, and that has been said
    known = [str(each) for each in refusal.wanted]
    hint = did_you_mean(refusal.found, known)
    yield Mistake(refusal.path, f"{quoted(refusal.found)} is not one of {', '.join(known)}{hint}")


def _const(refusal: Refusal) -> Iterator[Mistake]:
    if isinstance(refusal.found, int) and not isinstance(refusal.found, bool):
        yield Mistake(
            refusal.path, f"is {refusal.found}, but this recgate reads {refusal.wanted} only"
        )


def _pattern(refusal: Refusal) -> Iterator[Mistake]:
    expected = refusal.schema.get("patternErrorMessage", "another form")
    # What stands where a secret's name belongs may be the secret itself.
    shown = "" if _is_secret(refusal.path) else f", found {quoted(refusal.found)}"
    choice = _CHOICE_OF_WORDS.fullmatch(str(refusal.wanted))
    meant = nearest(str(refusal.found), choice.group(1).split("|")) if choice else None
    hint = f", did you mean {meant}?" if meant else ""
    yield Mistake(refusal.path, f"expected {expected}{shown}{hint}")


def _is_secret(path: Path) -> bool:
    return any(isinstance(step, str) and step.endswith("_secret") for step in path)


def _saying(words: str) -> Callable[[Refusal], Iterator[Mistake]]:
    def tell(refusal: Refusal) -> Iterator[Mistake]:
        written = _as_written(refusal) if refusal.written is not None else ""
        yield Mistake(refusal.path, words.format(wanted=refusal.wanted, written=written))

    return tell


_EMPTY = "is empty: name at least one, or leave the key out"

_WORDS: dict[str, Callable[[Refusal], Iterator[Mistake]]] = {
    "additionalProperties": _additional_properties,
    "required": _required,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minimum": _saying("is {written}, must be {wanted} or more"),
    "maximum": _saying("is {written}, must be {wanted} or less"),
    "minLength": _saying("is empty: write it, or leave the key out"),
    "maxLength": _saying("is longer than {wanted} characters"),
    "minItems": _saying(_EMPTY),
    "maxItems": _saying("has more than {wanted} entries"),
    "minProperties": _saying(_EMPTY),
}

"""JSON that says everything exactly, and that a terminal prints as it is."""

import json
import re

from recgate.domain.canonical import Json

_OTHER = re.compile(r"[^\x20-\x7e\n]")


def exact_json(document: Json, *, indent: int | None = 2) -> str:
    """The document as JSON. A character that nobody can see is written as its escape: a reader of
    JSON gets it back, a terminal does not obey it, and a lone surrogate breaks no encoding.
    """
    text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False)
    return _OTHER.sub(_visible, text)


def _visible(found: re.Match[str]) -> str:
    character = found[0]
    return character if character.isprintable() else json.dumps(character)[1:-1]

"""A value as YAML on one line, as a person would write it."""

import json
import re

from recgate.domain.canonical import Json

_PLAIN = re.compile(r"[A-Za-z](?::*[A-Za-z0-9_./-])*( [A-Za-z0-9_./()-]+)*\.?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORDS_OF_YAML = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def flow(value: Json) -> str:
    """``{env: [prod, production]}``; text is quoted where YAML would read something else."""
    match value:
        case dict():
            return (
                "{" + ", ".join(f"{flow(key)}: {flow(each)}" for key, each in value.items()) + "}"
            )
        case list():
            return f"[{', '.join(map(flow, value))}]"
        case str() if _is_plain(value):
            return value
    return json.dumps(value, ensure_ascii=False)


def _is_plain(text: str) -> bool:
    if text.lower() in _WORDS_OF_YAML:
        return False
    return bool(_PLAIN.fullmatch(text) or _DAY.fullmatch(text))

"""Values as YAML on one line, whoever wrote the text in them."""

import json
import re
from collections.abc import Mapping

from recgate.domain.canonical import Json

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*([._/@ -][A-Za-z0-9]+)*\.?")
"""What needs no quotes: it begins with a letter, and every reader takes it for text …"""

_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""… but for these, which some take for something else."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def scalar(text: str) -> str:
    """The text as one scalar, in quotes unless every reader takes it for text as it is."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    return json.dumps(text, ensure_ascii=False)


def flow(value: Json) -> str:
    """``{env: [prod, "checkout-*"]}``; a day stands without quotes, as people write it."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{scalar(str(key))}: {flow(each)}" for key, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(each) for each in value)}]"
    if isinstance(value, str):
        return value if _DAY.fullmatch(value) else scalar(value)
    return json.dumps(value)

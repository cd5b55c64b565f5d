"""`--output json`: valid JSON whatever the answer holds."""

import json
import math
from collections.abc import Mapping

from recgate.rendering.aws_output.visible import visible

_BETWEEN_TOKENS = "\n"
_NOT_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


def json_text(value: object, *, ascii_only: bool = False) -> str:
    """The value as the AWS CLI prints it, indented by four; empty for an empty answer.

    A number that is none is the text ``"NaN"``, as the service itself writes it: JSON has no NaN.
    What nobody can see is escaped, which JSON reads back as it was; ``ascii_only`` escapes all
    that is not ASCII.
    """
    if value == {}:
        return ""
    written = json.dumps(finite(value), indent=4, ensure_ascii=ascii_only, allow_nan=False)
    # Only inside a string can there be such a character, but for the line breaks of the layout.
    return visible(written, kept=_BETWEEN_TOKENS) + "\n"


def finite(value: object) -> object:
    """The value with every float that is no number as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return _NOT_FINITE.get(value, "NaN")
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return value

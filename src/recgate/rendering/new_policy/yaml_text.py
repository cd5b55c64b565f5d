"""Text and figures as they stand in a YAML file that people edit, whoever wrote the text."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from recgate.rendering.safe_text import clean
from recgate.rendering.yaml_flow import scalar

_FIXED_POINT = (Decimal("1e-6"), Decimal("1e12"))
"""Outside of these, a figure is written with an exponent: nobody counts zeros."""

_COMMENT_CHARACTERS = 160
_LAST_COLUMN = 64
"""A comment begins here at the latest, if the line before it is not longer."""

Line = tuple[str, str]
"""A line of YAML and the comment behind it, which may be empty."""


def representable(text: str) -> bool:
    """Whether a policy can hold the text: one character that nobody sees, and it cannot."""
    return text.isprintable()


def names(texts: Iterable[str]) -> str:
    """A list on one line: ``[c7g, "checkout-*"]``."""
    return f"[{', '.join(scalar(text) for text in texts)}]"


def mapping(pairs: Mapping[str, str]) -> str:
    """A mapping on one line; its values are YAML already: ``{env: [prod], team: ml}``."""
    return f"{{{', '.join(f'{scalar(key)}: {value}' for key, value in pairs.items())}}}"


def figure(value: float, unit: str = "") -> str:
    """The number as it is written, money with two decimals at least: ``2.50``, ``5800``."""
    exact = Decimal(repr(value))
    if exact and not _FIXED_POINT[0] <= abs(exact) < _FIXED_POINT[1]:
        return f"{exact.normalize():e}"
    written = f"{exact.normalize():f}"
    decimals = len(written.partition(".")[2])
    if unit == "USD" and decimals < 2:
        return f"{exact:.2f}"
    return written


def comment(text: object) -> str:
    """The text as a comment: on one line, so that nothing in it can begin another."""
    return f"# {clean(text, _COMMENT_CHARACTERS)}".rstrip()


def aligned(lines: Iterable[Line]) -> list[str]:
    """The lines with their comments one below the other."""
    block = list(lines)
    column = min(max((len(text) for text, said in block if said), default=0), _LAST_COLUMN)
    return [f"{text:<{column}}   {comment(said)}" if said else text for text, said in block]

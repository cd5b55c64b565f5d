"""The files of rules that decisions are made by, as their bytes were when they were read."""

from dataclasses import dataclass
from enum import StrEnum


class RuleKind(StrEnum):
    """What a file of rules holds."""

    POLICY = "policy"
    WAIVERS = "waivers"
    ROUTES = "routes"


@dataclass(frozen=True, slots=True)
class RuleSource:
    """One file of rules, as its bytes were when it was read.

    ``file`` is its name inside the folder. ``digest`` is SHA-256 over its bytes in hexadecimal,
    empty for a file that could not be read whole. ``text`` is what it says, None where that is
    nobody's business (routes) or may not be kept; ``left_out`` then says why.
    """

    file: str
    kind: RuleKind
    digest: str
    text: str | None = None
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The files that a decision was made by, or could not be made by.

    ``revision`` is that of the repository that the files came from, empty where it is not known.
    ``problems`` are the mistakes in them, each with its place inside the folder.
    """

    files: tuple[RuleSource, ...] = ()
    revision: str = ""
    problems: tuple[str, ...] = ()

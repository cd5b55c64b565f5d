"""What a channel answers: whether it is done, and if not, whether trying again may help."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Delivered:
    """The message is out. ``receipt`` names it there (message id, ``channel:ts``).

    ``note`` is what was left out on the way ("sent without the table: invalid_blocks").
    ``parent`` is the receipt of the message in whose thread it stands, empty if in none.
    """

    receipt: str
    note: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Not delivered, or not known to be; the same message may be sent again later.

    ``after_s`` is the wait that the destination asked for, None when it asked for none.
    ``ambiguous`` says that the message may have arrived all the same.
    """

    reason: str
    after_s: float | None = None
    ambiguous: bool = False


class RefusalKind(StrEnum):
    """Who can mend a permanent refusal."""

    DESTINATION = "destination"
    CREDENTIALS = "credentials"
    PAYLOAD = "payload"


@dataclass(frozen=True, slots=True)
class Refused:
    """Not delivered, and sending it again would not help. ``remedy`` is the cure, in words."""

    reason: str
    remedy: str
    kind: RefusalKind


Delivery = Delivered | TryAgain | Refused

"""What the flows need to tell people: channels, conversations, and pages about decisions."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from recgate.domain.decision import Decision
from recgate.domain.delivery import Delivered, Delivery
from recgate.domain.progress_note import ProgressNote
from recgate.domain.telling import Message, Telling
from recgate.ports import RecgateError


class Channel(Protocol):
    """One way to tell people. It renders, sends once, and classifies the answer.

    It never sleeps, never loops over attempts and never raises for what the other side does.
    """

    def deliver(self, message: Message) -> Delivery:
        """Send the message once."""
        ...


@runtime_checkable
class Conversation(Protocol):
    """What only a channel that can change and answer its own messages does beside delivering.

    Everything here is decoration: it may be left out, and no verdict waits for it.
    """

    def show(self, note: ProgressNote, receipt: str) -> Delivery:
        """Post how far a running job is, or change the message with that receipt silently.

        A message that cannot be changed any more is not posted anew.
        """
        ...

    def close_progress(self, telling: Telling) -> Sequence[str]:
        """Say in the progress message (``telling.progress``) that the job has ended, and where
        its verdict is if the route was told (``telling.parent``).

        Gives what was left out, and why.
        """
        ...

    def follow_up(self, telling: Telling, delivered: Delivered) -> Sequence[str]:
        """What belongs beside a verdict that was delivered: the job's earlier messages brought
        up to date (`close_progress` too), the details and the chart in its thread. Gives what
        was left out, and why.
        """
        ...


class ReportUnavailable(RecgateError):
    """The page about a decision could not be kept, so no message can link to it."""


class Reports(Protocol):
    """Where the pages about decisions are kept."""

    def keep(self, decision: Decision) -> str:
        """Write the decision's page, again if need be, and give its address for people.

        Raises ReportUnavailable.
        """
        ...

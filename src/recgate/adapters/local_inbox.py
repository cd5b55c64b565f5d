"""The queue of a desk: what was postponed and parked, kept in memory to be looked at."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class LocalInbox:
    """Implements `recgate.ports.Inbox`. ``postponed`` holds receipts with their waits in
    seconds, ``parked`` message bodies with their reasons, ``reminders`` bodies with their waits;
    all in order.
    """

    postponed: list[tuple[str, float]] = field(default_factory=list)
    parked: list[tuple[str, str]] = field(default_factory=list)
    reminders: list[tuple[str, float]] = field(default_factory=list)

    def postpone(self, receipt: str, after_s: float) -> bool:
        """Note the wait."""
        self.postponed.append((receipt, after_s))
        return True

    def park(self, body: str, reason: str) -> None:
        """Keep the message with its reason."""
        self.parked.append((body, reason))

    def remind(self, body: str, after_s: float) -> bool:
        """Keep the reminder; nobody hands it over at a desk."""
        self.reminders.append((body, after_s))
        return True

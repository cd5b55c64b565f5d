"""What the playground's page shows and does, and the world that it asks: a small port.

Everything in here comes from outside and is shown as it came: the page escapes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from recgate.ports import Entry


class WorldRefused(Exception):
    """The world will not do it; the message is for the person at the page."""


class Trouble(StrEnum):
    """What the buttons make."""

    SLACK_DOWN = "slack-down"
    SLACK_RATE_LIMITS = "slack-rate-limits"
    SLACK_NOT_INVITED = "slack-not-invited"
    SLACK_BACK = "slack-back"
    POISON = "poison"
    CLOUDTRAIL = "cloudtrail"


class Nudge(StrEnum):
    """What a person at the page does not want to wait for."""

    PROGRESS = "progress"
    DIGEST = "digest"


class SlackMood(StrEnum):
    """How Slack is at the moment."""

    WELL = "well"
    DOWN = "down"
    RATE_LIMITS = "rate-limits"
    NOT_INVITED = "not-invited"


@dataclass(frozen=True, slots=True)
class Sample:
    """A way for a job to end, and what it shows in a few words."""

    name: str
    shows: str


@dataclass(frozen=True, slots=True)
class JobOrder:
    """A job that a person wants: ``runs_s`` is how many seconds it is to be in progress."""

    name: str
    sample: str
    runs_s: float
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as the page shows it. ``share`` is how much of its time has passed, 0 to 1."""

    name: str
    status: str
    created_at: datetime
    modified_at: datetime
    share: float = 1.0
    benchmarks_done: int = 0
    benchmarks_started: int = 0
    sample: str = ""
    tags: Mapping[str, str] | None = None
    failure_reason: str = ""


@dataclass(frozen=True, slots=True)
class SlackFile:
    """A picture that was shared in a thread."""

    id: str
    title: str
    alt_text: str


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A message as it stands now, with what was answered in its thread.

    ``refusal`` is why Slack did not take it, empty when it did.
    """

    at: datetime
    channel: str
    message: Mapping[str, Any]
    refusal: str = ""
    edited: bool = False
    replies: Sequence["SlackMessage"] = ()
    files: Sequence[SlackFile] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """What the topic published, as its e-mail subscribers read it."""

    at: datetime
    topic: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of the ledger: how many entries it has, and when the last was recorded."""

    name: str
    length: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What could not be handled, and why if somebody said."""

    at: datetime | None
    body: str
    reason: str = ""


class World(Protocol):
    """What the page needs. Any method may raise: its part of the page then says what."""

    def place(self) -> str:
        """Where all this is, in a few words: account, region, emulator."""
        ...

    def samples(self) -> Sequence[Sample]:
        """The ways for a job to end, the usual one first."""
        ...

    def jobs(self) -> Sequence[JobView]:
        """The jobs, newest first."""
        ...

    def create_job(self, order: JobOrder) -> None:
        """Create a job. Raises WorldRefused."""
        ...

    def stop_job(self, name: str) -> None:
        """Ask a job to stop. Raises WorldRefused."""
        ...

    def slack_messages(self) -> Sequence[SlackMessage]:
        """What stands in Slack's channels, and what Slack refused, newest first."""
        ...

    def slack_file(self, identity: str) -> bytes:
        """The PNG of a file. Raises WorldRefused."""
        ...

    def report_links(self) -> str:
        """How the addresses of pages about decisions begin in messages; a key follows."""
        ...

    def report(self, key: str) -> str:
        """The page about a decision, HTML that needs nothing else. Raises WorldRefused."""
        ...

    def slack_mood(self) -> SlackMood:
        """How Slack answers now."""
        ...

    def mails(self) -> Sequence[Mail]:
        """Everything that SNS published, newest first."""
        ...

    def streams(self) -> Sequence[Stream]:
        """The ledger's streams, the one that was written to last first."""
        ...

    def entries(self, stream: str) -> Sequence[Entry]:
        """A stream's entries in their order."""
        ...

    def dead_letters(self) -> Sequence[DeadLetter]:
        """What lies in the dead-letter queue; it stays there."""
        ...

    def nudge(self, nudge: Nudge) -> str:
        """Do it now; gives what was done, in a sentence. Raises WorldRefused."""
        ...

    def make_trouble(self, trouble: Trouble) -> str:
        """Make it; gives what was done, in a sentence. Raises WorldRefused."""
        ...

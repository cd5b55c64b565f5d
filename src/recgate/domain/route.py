"""Where verdicts are told.

A destination names its secret and never holds it, so its ``words`` tell none.
"""

from dataclasses import dataclass

from recgate.domain.digest import Rhythm
from recgate.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class SlackBot:
    """A Slack channel reached with a bot token, which is kept in the named secret."""

    channel: str
    token_secret: str
    mention_on_fail: tuple[str, ...] = ()
    progress: bool = False
    """Whether a message shows how far a running job is, updated in place."""

    @property
    def words(self) -> str:
        """Where it leads, for people."""
        return f"Slack channel {self.channel}, with a bot token"


@dataclass(frozen=True, slots=True)
class SlackWebhook:
    """A Slack incoming webhook, whose URL is kept in the named secret."""

    webhook_secret: str

    @property
    def words(self) -> str:
        """Where it leads, for people."""
        return f"Slack, by the webhook in the secret {self.webhook_secret}"


@dataclass(frozen=True, slots=True)
class SnsTopic:
    """An SNS topic."""

    topic_arn: str

    @property
    def words(self) -> str:
        """Where it leads, for people."""
        return f"SNS topic {self.topic_arn}"


@dataclass(frozen=True, slots=True)
class Console:
    """Standard output, for a desk."""

    @property
    def words(self) -> str:
        """Where it leads, for people."""
        return "standard output"


Destination = SlackBot | SlackWebhook | SnsTopic | Console

FAILED_JOB = "FAILED"
"""The word in a route's ``on`` for a job that SageMaker itself failed."""


@dataclass(frozen=True, slots=True)
class Route:
    """A named destination and what it wants to hear.

    ``on`` None is every verdict; an empty one is none of them, for a route that wants something
    else only. ``digest`` is how often it wants a digest beside them; None: never.
    """

    name: str
    destination: Destination
    on: frozenset[str] | None = None
    fallback: str | None = None
    digest: Rhythm | None = None

    @property
    def wants_progress(self) -> bool:
        """Whether it wants to see how far a running job is."""
        return isinstance(self.destination, SlackBot) and self.destination.progress

    def wants(self, verdict: Verdict, *, job_failed: bool) -> bool:
        """Whether this route wants a decision with this verdict."""
        if self.on is None:
            return True
        return verdict.value in self.on or (job_failed and FAILED_JOB in self.on)

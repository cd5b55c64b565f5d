"""Where verdicts are told."""

from dataclasses import dataclass

from recgate.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class SlackBot:
    """A Slack channel reached with a bot token, which is kept in the named secret."""

    channel: str
    token_secret: str
    mention_on_fail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SlackWebhook:
    """A Slack incoming webhook, whose URL is kept in the named secret."""

    webhook_secret: str


@dataclass(frozen=True, slots=True)
class SnsTopic:
    """An SNS topic."""

    topic_arn: str


@dataclass(frozen=True, slots=True)
class Console:
    """Standard output, for a desk."""


Destination = SlackBot | SlackWebhook | SnsTopic | Console

FAILED_JOB = "FAILED"
"""The word in a route's ``on`` for a job that SageMaker itself failed."""


@dataclass(frozen=True, slots=True)
class Route:
    """A named destination and what it wants to hear. An empty ``on`` is everything."""

    name: str
    destination: Destination
    on: frozenset[str] = frozenset()
    fallback: str | None = None

    def wants(self, verdict: Verdict, *, job_failed: bool) -> bool:
        """Whether this route wants a decision with this verdict."""
        return not self.on or verdict.value in self.on or (job_failed and FAILED_JOB in self.on)

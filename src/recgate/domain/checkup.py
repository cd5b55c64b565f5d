"""What a look at an installation found: one answer for each thing that recgate needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a thing is. A look that could not be taken is never OK."""

    OK = "ok"
    WARNING = "warning"
    """recgate works, and something is lost or soon will be."""
    FAILED = "failed"
    NOT_KNOWN = "not known"
    """It was asked, and nobody could say: no permission, no answer, a fault of the look itself."""
    NOT_CHECKED = "not checked"
    """It was not asked, and the finding says why: it is not configured, or what it rests on is
    not there.
    """


class CheckId(StrEnum):
    """The things that are looked at, in the order in which they are told."""

    SETTINGS = "settings"
    POLICIES = "policies"
    WAIVERS = "waivers"
    CREDENTIALS = "credentials"
    REGION = "region"
    SAGEMAKER = "sagemaker"
    STACK = "stack"
    VERSION = "version"
    FUNCTION = "function"
    PERMISSIONS = "permissions"
    TRAIL = "trail"
    RULE = "rule"
    SCHEDULE = "schedule"
    SWEEP = "sweep"
    QUEUE = "queue"
    POLLING = "polling"
    DEAD_LETTERS = "dead-letters"
    LEDGER = "ledger"
    WATCH_MEMORY = "watch-memory"
    PAGES = "pages"
    SIGNING_KEY = "signing-key"
    ARCHIVE = "archive"
    SEALING = "sealing"
    CHECKPOINT = "checkpoint"
    SECRET = "secret"  # noqa: S105  # the name of a check
    SLACK_TOKEN = "slack-token"  # noqa: S105
    SLACK_CHANNEL = "slack-channel"
    TOPIC = "topic"
    ALARM = "alarm"
    ALARMS_HEARD = "alarms-heard"


@dataclass(frozen=True, slots=True)
class Result:
    """One answer. ``finding`` is a sentence; ``remedy`` a command or a setting, '' where there is
    none to give. ``about`` says which one, where there are several of a kind.
    """

    id: CheckId
    health: Health
    finding: str
    remedy: str = ""
    about: str = ""


def overall(results: Iterable[Result]) -> Health:
    """FAILED if anything failed, else NOT_KNOWN if anything could not be told, else OK."""
    found = {result.health for result in results}
    if Health.FAILED in found:
        return Health.FAILED
    return Health.NOT_KNOWN if Health.NOT_KNOWN in found else Health.OK

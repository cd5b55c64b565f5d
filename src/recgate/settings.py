"""The settings, from the environment, checked once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES
from recgate.dialect.secret import keeps_secrets
from recgate.dialect.slack_codes import WEB_API
from recgate.domain.place import Place, Places
from recgate.flows.parts import SETTLING_TIME
from recgate.ports import RecgateError

MEMBER_ROLE = "recgate-member"
"""The role that member.yaml makes in a member account, unless it is told another name."""

VERDICT_WITHIN = timedelta(minutes=15)
"""How long a verdict may take, after a job's end was announced and the settling time, before an
alarm rings.
"""

_ACCOUNT = re.compile(r"\d{12}")
_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")
_SECRET_ITSELF = re.compile(r"xox|xapp|https?:|T[A-Z0-9]+/B", re.IGNORECASE)
_ADDRESS = re.compile(r'https://[^\s<>|"]{1,500}')
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REVISION = re.compile(r"[\w.+/-]{0,100}", re.ASCII)
_KMS_KEY = re.compile(r"kms:[A-Za-z0-9:/_-]{1,2048}")


class SettingsInvalid(RecgateError):
    """A setting cannot be used; the message names it, and what it may be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    ``ledger`` is ``memory``, ``dynamodb:TABLE`` or a file; ``jobs`` None means SageMaker,
    otherwise a folder of recorded responses. Secrets are named here, never held.
    ``most_receives`` is the queue's maxReceiveCount (0: not known). ``account`` is the
    deployment's own; ``regions`` are watched beside its region, ``members`` are the accounts
    that are reached through ``member_role``. ``reports`` is where pages about decisions are kept:
    ``s3:BUCKET``, a folder, or empty; ``reports_url`` is their address for people, when they have
    one of their own. ``archive`` is where signed records are kept: ``s3:BUCKET``, a folder, or
    empty; ``signing_key`` is what signs them: ``kms:`` and a key's ARN or id, a file with a
    private key in PEM, or empty. ``revision`` is that of the repository of the policies; empty:
    the one that the package was built from.
    """

    policies: Path
    ledger: str = "memory"
    jobs: Path | None = None
    queue_url: str = ""
    dead_letter_url: str = ""
    sns_topic_arn: str = ""
    slack_secret: str = ""
    slack_channel: str = ""
    slack_api: str = WEB_API
    console: bool = False
    metrics: bool = True
    settling: timedelta = SETTLING_TIME
    minimum_samples: int = DEFAULT_MINIMUM_SAMPLES
    most_receives: int = 0
    account: str = ""
    watch_table: str = ""
    bus: str = "default"
    regions: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    member_role: str = MEMBER_ROLE
    verdict_within: timedelta = VERDICT_WITHIN
    reports: str = ""
    reports_url: str = ""
    archive: str = ""
    signing_key: str = ""
    revision: str = ""

    def places(self, home_region: str) -> Places:
        """Every account and region that this deployment serves."""
        return Places(Place(self.account, home_region), self.regions, self.members)


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The settings in an environment. Raises SettingsInvalid."""

    def text(name: str) -> str:
        return environment.get(f"RECGATE_{name}", "").strip()

    jobs = text("JOBS")
    return Settings(
        policies=Path(text("POLICIES") or "policies"),
        ledger=text("LEDGER") or "memory",
        jobs=Path(jobs) if jobs else None,
        queue_url=text("QUEUE_URL"),
        dead_letter_url=text("DLQ_URL"),
        sns_topic_arn=_topic(text("SNS_TOPIC_ARN")),
        slack_secret=_secret_name(text("SLACK_SECRET")),
        slack_channel=text("SLACK_CHANNEL"),
        slack_api=_slack_api(text("SLACK_API")),
        console=text("CONSOLE").lower() in ("1", "true"),
        metrics=text("METRICS").lower() != "off",
        settling=timedelta(minutes=_number(text("SETTLING_MINUTES"), "SETTLING_MINUTES", 15, 1440)),
        minimum_samples=int(
            _number(text("MIN_P99_SAMPLES"), "MIN_P99_SAMPLES", DEFAULT_MINIMUM_SAMPLES, 1e9)
        ),
        most_receives=int(_number(text("MOST_RECEIVES"), "MOST_RECEIVES", 0, 1000)),
        account=",".join(_words(text("ACCOUNT"), "ACCOUNT", _ACCOUNT, "accounts of 12 digits")[:1]),
        watch_table=text("WATCH_TABLE"),
        bus=text("BUS") or "default",
        regions=_words(text("REGIONS"), "REGIONS", _REGION, "regions such as eu-west-1"),
        members=_words(text("MEMBERS"), "MEMBERS", _ACCOUNT, "accounts of 12 digits"),
        member_role=text("MEMBER_ROLE") or MEMBER_ROLE,
        verdict_within=timedelta(
            minutes=_number(text("VERDICT_MINUTES"), "VERDICT_MINUTES", 15, 1440)
        ),
        reports=text("REPORTS"),
        reports_url=_reports_url(text("REPORTS_URL")),
        archive=archive_name(text("ARCHIVE"), told_by="RECGATE_ARCHIVE"),
        signing_key=key_name(text("SIGNING_KEY"), told_by="RECGATE_SIGNING_KEY"),
        revision=_revision(text("REVISION")),
    )


def archive_name(text: str, *, told_by: str) -> str:
    """``s3:BUCKET``, a folder, or empty. ``told_by`` is what people call where it stands.

    Raises SettingsInvalid.
    """
    if text.startswith("s3:") and not _BUCKET.fullmatch(text.removeprefix("s3:")):
        raise SettingsInvalid(
            f"{told_by}: s3: and the name of a bucket is needed, such as s3:evidence-bucket, or a "
            "folder."
        )
    return text


def key_name(text: str, *, told_by: str) -> str:
    """``kms:`` and a key's ARN, id or alias, a file, or empty. Raises SettingsInvalid.

    A key that was pasted here is refused, and not repeated.
    """
    is_key = "-----BEGIN" in text or "\n" in text
    if is_key or (text.startswith("kms:") and not _KMS_KEY.fullmatch(text)):
        raise SettingsInvalid(
            f"{told_by}: kms: and the ARN, id or alias of a KMS key is needed, or the name of a "
            "file with a private key in PEM, never the key itself."
        )
    return text


def _revision(text: str) -> str:
    if not _REVISION.fullmatch(text):
        raise SettingsInvalid(
            "RECGATE_REVISION: the id of a commit or the name of a version is needed, in one word "
            "of at most 100 characters."
        )
    return text


def _words(text: str, name: str, form: re.Pattern[str], needed: str) -> tuple[str, ...]:
    """The words of a list that is separated by commas."""
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    wrong = [word for word in words if not form.fullmatch(word)]
    if wrong:
        raise SettingsInvalid(
            f"RECGATE_{name}: {wrong[0]!r} is not one of {needed}, separated by commas."
        )
    return words


def _number(text: str, name: str, default: float, most: float) -> float:
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise SettingsInvalid(f"RECGATE_{name}={text!r}: a number from 0 to {most:g} is needed.")
    return number


def _topic(text: str) -> str:
    if text and not _TOPIC.fullmatch(text):
        raise SettingsInvalid(f"RECGATE_SNS_TOPIC_ARN={text!r}: the ARN of a topic is needed.")
    return text


def _secret_name(text: str) -> str:
    """Where the secret is kept. A secret that was pasted here is refused, and not repeated."""
    if _SECRET_ITSELF.match(text):
        raise SettingsInvalid(
            "RECGATE_SLACK_SECRET: the name of a secret is needed, such as recgate/slack, not the "
            "token or the webhook's address itself. Store it, and take it out of the environment."
        )
    return text


def _reports_url(text: str) -> str:
    """The address under which people open pages; links in messages are https only."""
    if text and not _ADDRESS.fullmatch(text):
        raise SettingsInvalid("RECGATE_REPORTS_URL: an https:// address is needed.")
    return text.rstrip("/")


def _slack_api(text: str) -> str:
    """The address of Slack's Web API: HTTPS, or a local server for tests."""
    address = text or WEB_API
    if not keeps_secrets(address):
        raise SettingsInvalid("RECGATE_SLACK_API: an https:// address is needed.")
    return address if address.endswith("/") else f"{address}/"

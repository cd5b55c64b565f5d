"""The one place that chooses adapters and builds clients, each once and only when it is used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from recgate.adapters.aws_clients import Aws
from recgate.channel_wiring import channel_maker, conversation_maker
from recgate.dialect.describe import snapshot_from
from recgate.dialect.events import progress_due
from recgate.domain.chain import home_chain
from recgate.domain.place import Place, Places
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route, SlackBot, SlackWebhook, SnsTopic
from recgate.flows.parts import CheckParts
from recgate.ports import DecisionIndex, Inbox, JobSource, JobState, Ledger, PolicySource
from recgate.settings import Settings, SettingsInvalid
from recgate.telling_ports import Reports


@dataclass(frozen=True, slots=True)
class QueueParts:
    """What the check function is made of.

    ``places`` are those that the job source serves, None: its own only. After ``most_receives``
    receives (0: not known) the queue gives a message up.
    """

    check: CheckParts
    inbox: Inbox
    places: Places | None = None
    most_receives: int = 0

    def close(self) -> None:
        """Give back what a desk should not leave open; in Lambda nobody calls it."""
        close_ledger(self.check.ledger)


class LoadedOnce:
    """A policy source for a folder that cannot change while the process lives (a Lambda
    package). Mistakes are not remembered: they are told again each time.
    """

    def __init__(self, source: PolicySource) -> None:
        self._source = source
        self._loaded: PolicySet | None = None

    def load(self) -> PolicySet:
        """The policies. Raises PoliciesInvalid."""
        if self._loaded is None:
            self._loaded = self._source.load()
        return self._loaded


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def queue_parts(settings: Settings) -> QueueParts:
    """The check function's parts, as the settings choose them."""
    aws = Aws()
    routes = built_in_routes(settings)
    places = served_places(settings, aws)
    inbox, kept = _inbox(settings, aws), deployed_ledger(settings, aws)
    channel_for = channel_maker(settings, aws)
    parts = CheckParts(
        jobs=job_source(settings, aws, places),
        policies=LoadedOnce(policy_source(settings.policies, routes, revision=settings.revision)),
        ledger=kept,
        index=index_of(kept),
        read_snapshot=snapshot_from,
        channel_for=channel_for,
        conversation_for=conversation_maker(channel_for),
        reports=reports(settings, aws),
        remind=_reminder(inbox),
        clock=utc_now,
        worker=uuid4().hex,
        built_in_routes=routes,
        settling=settings.settling,
    )
    return QueueParts(parts, inbox, places, settings.most_receives)


def policy_source(folder: Path, routes: Mapping[str, Route], *, revision: str = "") -> PolicySource:
    """The policies in a folder, with the routes that need no file. ``revision`` as in Settings."""
    from recgate.adapters.policy_files import PolicyFiles

    return PolicyFiles(
        folder, built_in_routes=routes, default_routes=tuple(routes), revision=revision
    )


def built_in_routes(settings: Settings) -> dict[str, Route]:
    """The routes that the settings alone describe, named after what they are."""
    routes = {}
    if settings.slack_secret and settings.slack_channel:
        bot = SlackBot(settings.slack_channel, settings.slack_secret)
        routes["slack"] = Route("slack", bot)
    elif settings.slack_secret:
        routes["slack"] = Route("slack", SlackWebhook(settings.slack_secret))
    if settings.sns_topic_arn:
        routes["sns"] = Route("sns", SnsTopic(settings.sns_topic_arn))
    if settings.console:
        routes["console"] = Route("console", Console())
    return routes


def ledger(name: str, aws: Aws, *, account: str = "") -> Ledger:
    """The ledger of that name: ``memory``, ``dynamodb:TABLE``, or a SQLite file.

    ``account`` is the deployment's own. What is recorded in a table and is about no job belongs
    to the chain of that account and the region; in a file, to the chain ``local``.
    """
    kind, _, table = name.partition(":")
    if kind == "dynamodb":
        from recgate.adapters.dynamodb_ledger import DynamoDbLedger

        home = home_chain(account, aws.home_region)
        return DynamoDbLedger(aws.client("dynamodb"), table, home=home)
    from recgate.adapters.sqlite_ledger import SqliteLedger

    return SqliteLedger(":memory:" if name == "memory" else name.removeprefix("sqlite:"))


def deployed_ledger(settings: Settings, aws: Aws) -> Ledger:
    """The ledger that the settings name."""
    return ledger(settings.ledger, aws, account=settings.account)


def index_of(opened: Ledger) -> DecisionIndex | None:
    """The index of a ledger's decisions: both ledgers of recgate are their own."""
    return opened if isinstance(opened, DecisionIndex) else None


def reports(settings: Settings, aws: Aws) -> Reports | None:
    """Where pages about decisions are kept: ``s3:BUCKET``, a folder, or nowhere."""
    kind, _, bucket = settings.reports.partition(":")
    if kind == "s3":
        from recgate.adapters.s3_reports import S3Reports

        region = aws.home_region
        # Once: a page that is late is no reason for a message to be late.
        client = aws.client("s3", region, attempts=1)
        return S3Reports(client, bucket, address=settings.reports_url, region=region)
    if settings.reports:
        from recgate.adapters.folder_reports import FolderReports

        return FolderReports(Path(settings.reports))
    return None


def _reminder(inbox: Inbox) -> Callable[[JobState, int, float], bool]:
    """Puts a reminder to look at a running job again into the queue."""

    def remind(state: JobState, number: int, after_s: float) -> bool:
        body = progress_due(state, number=number, event_id=str(uuid4()), now=utc_now())
        return inbox.remind(body, after_s)

    return remind


def close_ledger(opened: Ledger) -> None:
    """Close a ledger that keeps a file open; the others have nothing to close."""
    close = getattr(opened, "close", None)
    if close is not None:
        close()


def sagemaker_jobs(aws: Aws, *, minimum_samples: int, region: str | None = None) -> JobSource:
    """The jobs that SageMaker knows in a region; None: in that of ``aws``."""
    from recgate.adapters.sagemaker_jobs import SageMakerJobs

    return SageMakerJobs(
        aws.client("sagemaker", region),
        lambda: aws.client("cloudwatch", region),
        minimum_samples=minimum_samples,
    )


def served_places(settings: Settings, aws: Aws) -> Places | None:
    """The places that a deployment serves beside its home; None when there are no others.

    Raises SettingsInvalid and AwsNotConfigured when its home is not known.
    """
    if settings.jobs is not None or not (settings.regions or settings.members):
        return None
    if not settings.account:
        raise SettingsInvalid(
            "RECGATE_ACCOUNT: with RECGATE_REGIONS or RECGATE_MEMBERS, the deployment's own "
            "account (12 digits) is needed to tell its jobs from those of others."
        )
    return settings.places(aws.home_region)


def aws_in(place: Place, places: Places, settings: Settings, aws: Aws) -> Aws:
    """The clients of the account that a place is in; the region is each client's argument."""
    if not places.is_member(place):
        return aws
    return aws.in_account(place.account, role=settings.member_role)


def job_source(settings: Settings, aws: Aws, places: Places | None) -> JobSource:
    """The jobs of every place that is served; None: of the one place of ``aws``."""
    if settings.jobs is not None:
        from recgate.adapters.recorded_jobs import RecordedFolder

        return RecordedFolder(settings.jobs, minimum_samples=settings.minimum_samples)
    if places is None:
        return sagemaker_jobs(aws, minimum_samples=settings.minimum_samples)
    from recgate.adapters.jobs_by_place import JobsByPlace

    served = places
    return JobsByPlace(
        served,
        lambda place: sagemaker_jobs(
            aws_in(place, served, settings, aws),
            minimum_samples=settings.minimum_samples,
            region=place.region,
        ),
    )


def _inbox(settings: Settings, aws: Aws) -> Inbox:
    if not settings.queue_url:
        from recgate.adapters.local_inbox import LocalInbox

        return LocalInbox()
    from recgate.adapters.sqs_inbox import SqsInbox

    return SqsInbox(
        lambda: aws.client("sqs"),
        queue_url=settings.queue_url,
        dead_letter_url=settings.dead_letter_url,
    )

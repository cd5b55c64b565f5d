"""The deployed functions in this process, over local servers, with everything they use counted.

What AWS does around the functions is done here by hand and counted as well: the rules that put
events on the queue (moto's, with the template's own patterns), the poller that hands messages
over, deletes those that are done with and brings back those that were postponed.
"""

import io
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger
from tests.deploy.template import properties
from tests.servers.aws import LocalAws, create_ledger_table, create_watch_table, local_aws
from tests.servers.job_lives import Pace
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.slack import SlackServer, local_slack
from tests.servers.trail import envelope

from benchmarks.call_counts import Call, hearing_calls
from benchmarks.counted_records import RecordTally, counted_records
from benchmarks.local_deployment_sealer import (
    ARCHIVE,
    SIGNING_KEY,
    LocalSealer,
    local_kms,
    make_archive,
)
from benchmarks.request_units import Meter
from benchmarks.tally import Tally
from recgate.adapters.aws_clients import Aws
from recgate.flows.configuration import record_configuration
from recgate.functions.queue_worker import QueueWorker
from recgate.functions.telemetry import Telemetry
from recgate.functions.watcher import Watcher
from recgate.ports import Ledger
from recgate.settings import Settings, settings_from
from recgate.watch_wiring import watched_places
from recgate.wiring import queue_parts

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT, REGION = "111122223333", "eu-west-1"
BEGIN = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
"""Before the tables are made, whose time is the machine's: the watch begins at its first sweep."""

BATCH_SIZE = 5
"""Messages that the mapping hands over at once (template.yaml)."""

LEDGER_TABLE, WATCH_TABLE, SECRET = "recgate-ledger", "recgate-watch", "recgate/slack"
BUCKET = "recgate-reports"
_TABLES = {LEDGER_TABLE: ("stream", "position"), WATCH_TABLE: ("place", "part")}

_TRACE = "Root=1-5e34a614-10bdxmplf1fb44f07bc535a1;Parent=07f33b5f5d2bb0a1;Sampled=1"
_loggers = count()


@dataclass(slots=True)
class _Message:
    """A message of the queue. ``due`` is when it is visible again."""

    received: Mapping[str, Any]
    due: datetime
    receives: int = 0


@dataclass(slots=True)
class Context:
    """What the handlers read of Lambda's context."""

    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:recgate-check"

    def get_remaining_time_in_millis(self) -> int:
        """Enough."""
        return 300_000


class LocalDeployment:
    """One deployment whose clock stands still until it is moved."""

    def __init__(self, aws: LocalAws, sagemaker: LocalSageMaker, slack: SlackServer) -> None:
        self.aws, self.sagemaker, self.slack = aws, sagemaker, slack
        self.now = BEGIN
        self._meter = Meter(_TABLES)
        self._units = Counter[str]()
        self.count_anew()
        self._heard: list[Call] = []
        self._queue_url = ""
        self._waiting: list[_Message] = []
        self._received = set[str]()

    @contextmanager
    def running(self, *, ledger: Ledger | None = None, has_rule: bool = True) -> Iterator[None]:
        """Deploy anew, and count while the block lasts. The clock goes on, and so do the jobs.

        ``ledger`` is the watcher's, if another; without a rule its events reach no queue.
        """
        self._meter, self._waiting, self._received = Meter(_TABLES), [], set()
        self._units = Counter[str]()
        self.count_anew()
        settings = self._deploy(has_rule=has_rule)
        with hearing_calls(self._heard.append), ExitStack() as stack:
            clients = Aws()
            stack.callback(clients.close)
            places = {
                place: self._timed(make, ledger)
                for place, make in watched_places(settings, clients).items()
            }
            self._watch_log, self._check_log = io.StringIO(), io.StringIO()
            self._seal_log = io.StringIO()
            self._watcher = Watcher(places, logger=_logger(self._watch_log))
            log = _logger(self._seal_log)
            self.sealer = LocalSealer(settings, clients, lambda: self.now, log)
            self._settings = settings
            yield

    def count_anew(self) -> None:
        """Begin all tallies at nothing; that of the records goes on."""
        self.watched, self.checked = Tally(), RecordTally(self._units)
        self.sealed = RecordTally(self._units)

    def fresh_worker(self) -> QueueWorker:
        """A check function that has just started: it has read no secret yet."""
        parts = queue_parts(self._settings)
        check = replace(parts.check, clock=lambda: self.now, worker="benchmark")
        return QueueWorker(replace(parts, check=check), Telemetry(logger=_logger(self._check_log)))

    def record_policies(self) -> None:
        """Record the policies in force, as the first decision under them does."""
        check = queue_parts(self._settings).check
        rules = check.policies.load().rules
        assert rules is not None
        with self._counting(self.checked, self._check_log):
            assert record_configuration(rules, check.ledger, self.now)

    def create_job(self, request: Mapping[str, Any], *, trail: bool = True) -> None:
        """Create a job; CloudTrail's event of the call is on the queue at once."""
        self.sagemaker.answer("CreateInferenceRecommendationsJob", request)
        if trail:
            body = json.dumps(envelope(self.sagemaker.trail[-1]))
            self.aws.client("sqs").send_message(QueueUrl=self._queue_url, MessageBody=body)

    def sweep(self) -> dict[str, Any]:
        """One run of the watch function, at the clock's time."""
        with self._counting(self.watched, self._watch_log):
            return self._watcher.handle(Context())

    def seal(self) -> dict[str, Any]:
        """One run of the seal function, at the clock's time."""
        with self._counting(self.sealed, self._seal_log):
            return self.sealer.run(Context())

    def verify(self) -> RecordTally:
        """Verify everything that was recorded, which is whole; gives what that used."""
        used = RecordTally(self._units)
        with self._counting(used, io.StringIO()):
            verification = self.sealer.verification()
        assert verification.is_intact, verification.flaws
        return used

    def records(self) -> dict[str, dict[str, float]]:
        """What there is of each kind of record (`counted_records`)."""
        return counted_records(self.aws, LEDGER_TABLE, ARCHIVE, self._units)

    def poll(self, worker: QueueWorker) -> int:
        """Hand over what is visible, as the mapping does; gives the number of messages."""
        self._receive()
        visible = [message for message in self._waiting if message.due <= self.now]
        for start in range(0, len(visible), BATCH_SIZE):
            self._hand_over(visible[start : start + BATCH_SIZE], worker)
        return len(visible)

    @property
    def is_quiet(self) -> bool:
        """Whether no message waits for anything."""
        self._receive()
        return not self._waiting

    def _hand_over(self, batch: list[_Message], worker: QueueWorker) -> None:
        for message in batch:
            message.receives += 1
        event = {"Records": [_record(message) for message in batch]}
        with self._counting(self.checked, self._check_log) as calls:
            answer = worker.handle(event, Context())
        failed = {entry["itemIdentifier"] for entry in answer["batchItemFailures"]}
        waits = {
            call.request["ReceiptHandle"]: call.request["VisibilityTimeout"]
            for call in calls
            if call.operation == "ChangeMessageVisibility"
        }
        for message in batch:
            if message.received["MessageId"] in failed:
                wait_s = waits[message.received["ReceiptHandle"]]
                message.due = self.now + timedelta(seconds=wait_s)
            else:
                self._waiting.remove(message)
        self.checked.amounts["queue_receives"] += 1
        self.checked.amounts["queue_deletes"] += len(failed) < len(batch)

    def _receive(self) -> None:
        """Take what moto's queue has; its clock is another, so it is emptied at once."""
        sqs = self.aws.client("sqs")
        while received := sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            # moto shows them again when its own clock says so, which is not the deployment's.
            news = [each for each in received if each["MessageId"] not in self._received]
            self._received.update(each["MessageId"] for each in news)
            self._waiting += [_Message(message, self.now) for message in news]
            self.checked.amounts["queue_sends"] += len(news)

    @contextmanager
    def _counting(self, tally: Tally, log: io.StringIO) -> Iterator[list[Call]]:
        self._heard.clear()
        calls, printed, slack_before = self._heard, io.StringIO(), len(self.slack.asked)
        log.seek(0)
        log.truncate()
        cpu = time.thread_time()
        with redirect_stdout(printed):
            yield calls
        tally.cpu_s += time.thread_time() - cpu
        for call in calls:
            tally.add_call(call, self._meter)
        tally.add_log(log.getvalue().splitlines(), metrics=printed.getvalue().splitlines())
        tally.amounts["runs"] += 1
        tally.amounts["slack_calls"] += len(self.slack.asked) - slack_before

    def _timed(self, make: Callable[[], Any], ledger: Ledger | None) -> Callable[[], Any]:
        def made() -> Any:  # noqa: ANN401
            parts = replace(make(), clock=lambda: self.now)
            return parts if ledger is None else replace(parts, ledger=ledger)

        return made

    def _deploy(self, *, has_rule: bool) -> Settings:
        aws = self.aws
        aws.reset()
        create_ledger_table(aws.client("dynamodb"), LEDGER_TABLE)
        create_watch_table(aws.client("dynamodb"), WATCH_TABLE)
        sqs, events = aws.client("sqs"), aws.client("events")
        self._queue_url = sqs.create_queue(QueueName="recgate")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["QueueArn"])
        events.put_rule(
            Name="status-changed",
            EventPattern=json.dumps(properties("StatusChangedRule")["EventPattern"]),
        )
        target = {"Id": "notice-queue", "Arn": arn["Attributes"]["QueueArn"]}
        if has_rule:
            events.put_targets(Rule="status-changed", Targets=[target])
        aws.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        make_archive(aws)
        topic = aws.client("sns").create_topic(Name="recgate")["TopicArn"]
        token = json.dumps({"token": "xoxb-local-0123456789-not-a-real-token"})
        aws.client("secretsmanager").create_secret(Name=SECRET, SecretString=token)
        return settings_from(
            {
                "RECGATE_ACCOUNT": ACCOUNT,
                "RECGATE_WATCH_TABLE": WATCH_TABLE,
                "RECGATE_LEDGER": f"dynamodb:{LEDGER_TABLE}",
                "RECGATE_POLICIES": str(ROOT / "policies"),
                "RECGATE_QUEUE_URL": self._queue_url,
                "RECGATE_SNS_TOPIC_ARN": topic,
                "RECGATE_SLACK_SECRET": SECRET,
                "RECGATE_SLACK_CHANNEL": "C0123456789",
                "RECGATE_SLACK_API": self.slack.base_url,
                "RECGATE_MOST_RECEIVES": "12",
                "RECGATE_REPORTS": f"s3:{BUCKET}",
                "RECGATE_ARCHIVE": f"s3:{ARCHIVE}",
                "RECGATE_SIGNING_KEY": f"kms:{SIGNING_KEY}",
            }
        )


@contextmanager
def local_deployment(*, pace: Pace) -> Iterator[LocalDeployment]:
    """A deployment on local servers; jobs live at that pace, by the deployment's own clock."""
    with ExitStack() as stack:
        deployed: list[LocalDeployment] = []
        aws = stack.enter_context(local_aws())
        sagemaker = stack.enter_context(
            local_sagemaker(
                clock=lambda: deployed[0].now if deployed else BEGIN,
                account=ACCOUNT,
                region=REGION,
                pace=pace,
            )
        )
        slack = stack.enter_context(local_slack())
        kms_url = stack.enter_context(local_kms())
        deployed.append(LocalDeployment(aws, sagemaker, slack))
        variables = {
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_ENDPOINT_URL_SAGEMAKER": sagemaker.endpoint_url,
            "AWS_ENDPOINT_URL_CLOUDWATCH": sagemaker.endpoint_url,
            "AWS_ENDPOINT_URL_KMS": kms_url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "NO_PROXY": "127.0.0.1",
            # Lambda sets it, and every line of the log has it.
            "_X_AMZN_TRACE_ID": _TRACE,
        }
        stack.enter_context(_environment(variables))
        yield deployed[0]


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _logger(stream: io.StringIO) -> Logger:
    # powertools keeps one logger a service, with the stream it first had: so one a use, with a
    # name as long as ours.
    return Logger(service=f"bench{next(_loggers) % 100:02}", stream=stream)


def _record(message: _Message) -> dict[str, Any]:
    return {
        "messageId": message.received["MessageId"],
        "receiptHandle": message.received["ReceiptHandle"],
        "body": message.received["Body"],
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
        "messageAttributes": {},
        "md5OfBody": message.received["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:recgate",
        "awsRegion": REGION,
    }

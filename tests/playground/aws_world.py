"""The playground's world over AWS's own interfaces: an emulator's, or moto's.

Jobs come from the local SageMaker, messages from the local Slack, mails from the relay before
SNS; everything else is asked of queues and table through boto3.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.ports import Entry
from tests.playground.moody_slack import MoodySlack
from tests.playground.queue_messages import digest_due, status_change
from tests.playground.sns_relay import SnsRelay
from tests.playground.world import (
    DeadLetter,
    JobOrder,
    JobView,
    Mail,
    Nudge,
    Sample,
    SlackMessage,
    SlackMood,
    Stream,
    Trouble,
    WorldRefused,
)
from tests.playground.yesterday import decide_yesterday
from tests.servers.job_lives import RUNS_TAG
from tests.servers.job_scripts import DEFAULT_SCRIPT, SAMPLES, SCRIPT_TAG, scripts
from tests.servers.job_store import JobNow
from tests.servers.sagemaker import LocalSageMaker
from tests.servers.trail import envelope

JOBS_SHOWN = 50
_CREATE = "CreateInferenceRecommendationsJob"
_SLACK = {
    Trouble.SLACK_DOWN: (SlackMood.DOWN, "Slack answers 503 now. What it refuses is tried again."),
    Trouble.SLACK_RATE_LIMITS: (SlackMood.RATE_LIMITS, "Slack limits the rate now (429)."),
    Trouble.SLACK_NOT_INVITED: (
        SlackMood.NOT_INVITED,
        "recgate is in no channel of Slack's now. Its fallback is told why, and the cure.",
    ),
    Trouble.SLACK_BACK: (SlackMood.WELL, "Slack is back."),
}


@dataclass
class AwsWorld:
    """One deployment. ``client`` gives the boto3 client of a service."""

    client: Callable[[str], Any]
    sagemaker: LocalSageMaker
    slack: MoodySlack
    sns: SnsRelay
    table: str
    queue_url: str
    dead_letter_url: str
    bucket: str
    name: str = "local AWS"

    def __post_init__(self) -> None:
        self._sagemaker: Any = self.sagemaker.client("sagemaker")  # closed with the server

    def place(self) -> str:
        """Account and region, and what plays them."""
        return f"{self.name} · {self.sagemaker.account} · {self.sagemaker.region}"

    def samples(self) -> Sequence[Sample]:
        """The sample jobs, with what ``examples/README.md`` says of them."""
        page = (SAMPLES.parent / "README.md").read_text("utf-8")
        said = dict(re.findall(r"^\| ([\w-]+) \| (.+) \|$", page, re.MULTILINE))
        names = sorted(scripts(), key=lambda name: (name != DEFAULT_SCRIPT, name))
        return [Sample(name, said.get(name, "")) for name in names]

    def jobs(self) -> Sequence[JobView]:
        """The newest jobs."""
        return [_view(job) for job in self.sagemaker.newest(JOBS_SHOWN)]

    def create_job(self, order: JobOrder) -> None:
        """Create a job about the sample's model, as anybody would."""
        if order.sample not in scripts():
            raise WorldRefused(f"There is no sample {order.sample}.")
        sample = scripts()[order.sample].job
        config = dict(sample["InputConfig"])
        package = config["ModelPackageVersionArn"].split(":", 5)[-1]
        place = f"{self.sagemaker.region}:{self.sagemaker.account}"
        config["ModelPackageVersionArn"] = f"arn:aws:sagemaker:{place}:{package}"
        tags = {**order.tags, SCRIPT_TAG: order.sample, RUNS_TAG: f"{order.runs_s:g}"}
        asked = {
            "JobName": order.name,
            "JobType": sample["JobType"],
            "RoleArn": f"arn:aws:iam::{self.sagemaker.account}:role/inference-recommender",
            "InputConfig": config,
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        if "StoppingConditions" in sample:
            asked["StoppingConditions"] = sample["StoppingConditions"]
        self._call("create_inference_recommendations_job", **asked)

    def stop_job(self, name: str) -> None:
        """Ask SageMaker to stop a job."""
        self._call("stop_inference_recommendations_job", JobName=name)

    def slack_messages(self) -> Sequence[SlackMessage]:
        """What the local Slack keeps, and what it refused."""
        return self.slack.said()[::-1]

    def slack_file(self, identity: str) -> bytes:
        """A file of the local Slack's."""
        file = self.slack.workspace.files.get(identity)
        if file is None or not file.channel:
            raise WorldRefused("There is no such file.")
        return file.content

    def report_links(self) -> str:
        """The S3 console's addresses: there is no console here."""
        region = self.sagemaker.region
        console = f"https://{region}.console.aws.amazon.com/s3/object/{self.bucket}"
        return f"{console}?region={region}&prefix="

    def report(self, key: str) -> str:
        """What lies in the bucket."""
        from botocore.exceptions import ClientError

        try:
            found = self.client("s3").get_object(Bucket=self.bucket, Key=key or "-")
        except ClientError as refusal:
            raise WorldRefused(str(refusal)) from refusal
        with found["Body"] as body:
            page: str = body.read().decode()
        return page

    def slack_mood(self) -> SlackMood:
        """The local Slack's mood."""
        return self.slack.mood

    def mails(self) -> Sequence[Mail]:
        """What went through the relay."""
        return self.sns.mails[::-1]

    def streams(self) -> Sequence[Stream]:
        """One scan of the table's keys."""
        pages = (
            self.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.table,
                ProjectionExpression="#stream, recorded_at",
                ExpressionAttributeNames={"#stream": "stream"},
            )
        )
        found: dict[str, list[str]] = {}
        for page in pages:
            for item in page["Items"]:
                # Other things than the ledger's entries may share the table.
                if "recorded_at" in item:
                    found.setdefault(item["stream"]["S"], []).append(item["recorded_at"]["S"])
        streams = (
            Stream(name, len(times), datetime.fromisoformat(max(times)))
            for name, times in found.items()
        )
        return sorted(streams, key=lambda stream: (stream.last_at, stream.name), reverse=True)

    def entries(self, stream: str) -> Sequence[Entry]:
        """A stream as the ledger reads it."""
        return DynamoDbLedger(self.client("dynamodb"), self.table).read(stream)

    def dead_letters(self) -> Sequence[DeadLetter]:
        """What a look into the queue shows; nothing is taken out of it."""
        received = self.client("sqs").receive_message(
            QueueUrl=self.dead_letter_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
            AttributeNames=["SentTimestamp"],
        )
        return [_dead_letter(message) for message in received.get("Messages", ())]

    def nudge(self, nudge: Nudge) -> str:
        """Put on the queue what the watcher or the schedule would put there later."""
        now = datetime.now(UTC)
        if nudge is Nudge.DIGEST:
            ledger = DynamoDbLedger(self.client("dynamodb"), self.table)
            count = decide_yesterday(ledger, now)
            self._send(digest_due(now))
            return f"The digest of yesterday is due: {count} jobs were judged, and it is told once."
        running = [each.job for each in self.sagemaker.newest(JOBS_SHOWN) if _runs(each)]
        if not running:
            raise WorldRefused("No job runs: create one.")
        for job in running:
            self._send(status_change(job, now))
        return f"recgate looks at {', '.join(job['JobName'] for job in running)}."

    def make_trouble(self, trouble: Trouble) -> str:
        """Change Slack's mood, or put something on the queue."""
        if trouble in _SLACK:
            self.slack.mood, said = _SLACK[trouble]
            return said
        if trouble is Trouble.POISON:
            self._send(f'{{"detail-type": "poison {uuid4().hex[:8]}", "source": "nobody"}}')
            return "A message that nobody understands is on the queue."
        created = [call for call in self.sagemaker.trail if call.operation == _CREATE]
        if not created:
            raise WorldRefused("Create a job first: there is no call to tell of.")
        self._send(json.dumps(envelope(created[-1])))
        return f"CloudTrail's event for the job {created[-1].request['JobName']} is on the queue."

    def _send(self, body: str) -> None:
        self.client("sqs").send_message(QueueUrl=self.queue_url, MessageBody=body)

    def _call(self, operation: str, **request: Any) -> None:
        from botocore.exceptions import ClientError, ParamValidationError

        try:
            getattr(self._sagemaker, operation)(**request)
        except (ClientError, ParamValidationError) as refusal:
            raise WorldRefused(str(refusal)) from refusal


def _view(now: JobNow) -> JobView:
    statuses = [step["Status"] for step in now.steps]
    return JobView(
        name=now.job["JobName"],
        status=now.job["Status"],
        created_at=datetime.fromtimestamp(now.job["CreationTime"], UTC),
        modified_at=datetime.fromtimestamp(now.job["LastModifiedTime"], UTC),
        share=now.share,
        benchmarks_done=sum(1 for status in statuses if status in ("COMPLETED", "FAILED")),
        benchmarks_started=len(statuses),
        sample=now.script,
        tags=now.tags,
        failure_reason=now.job.get("FailureReason", ""),
    )


def _runs(now: JobNow) -> bool:
    return now.job["Status"] in ("PENDING", "IN_PROGRESS")


def _dead_letter(message: dict[str, Any]) -> DeadLetter:
    sent = message.get("Attributes", {}).get("SentTimestamp")
    return DeadLetter(
        at=datetime.fromtimestamp(int(sent) / 1000, UTC) if sent else None,
        body=message["Body"],
        reason=message.get("MessageAttributes", {}).get("reason", {}).get("StringValue", ""),
    )

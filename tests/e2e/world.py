"""The check function as Lambda runs it, and everything around it on this machine: AWS's runtime
client, a local SageMaker with CloudWatch, a local Slack, and local queues, topic, table, bucket and
secret.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.ports import Entry
from tests.playground.sns_relay import SnsRelay, sns_relay
from tests.playground.world import Mail
from tests.servers.aws import LocalAws, create_ledger_table
from tests.servers.lambda_runtime import REGION, LambdaFunction, lambda_function
from tests.servers.sagemaker import LocalSageMaker
from tests.servers.slack import SlackServer

ROOT = Path(__file__).parents[2]
TOKEN = "xoxb-local-0123456789-not-a-real-token"
TABLE = "recgate-ledger"
CHANNEL = "C0123456789"
BUCKET = "recgate-reports"


@dataclass
class World:
    """One deployment. ``audience`` is a queue that hears what the topic says."""

    aws: LocalAws
    sagemaker: LocalSageMaker
    slack: SlackServer
    sns: SnsRelay
    function: LambdaFunction
    queue_url: str
    dead_letter_url: str
    audience_url: str

    def put_sample(self, name: str) -> None:
        """Put a sample job of ``examples/jobs`` into SageMaker, measured latencies included."""
        folder = ROOT / "examples" / "jobs"
        job = json.loads((folder / f"{name}.json").read_text("utf-8"))
        extra = json.loads((folder / f"{name}.extra.json").read_text("utf-8"))
        tags = {tag["Key"]: tag["Value"] for tag in extra["Tags"]}
        self.sagemaker.put_job(job, tags=tags, steps=extra.get("Steps", ()), checked=False)
        measured = {row["RecommendationId"]: row for row in extra.get("MeasuredLatency", ())}
        for row in job.get("InferenceRecommendations", ()):
            found = measured.get(row["RecommendationId"])
            if found:
                at = float(row.get("InvocationStartTime", job["CreationTime"])) + 60
                latencies = [(at, found["P99Milliseconds"])] * min(found["SampleCount"], 200)
                endpoint = row["EndpointConfiguration"]["EndpointName"]
                self.sagemaker.put_latencies(endpoint, name, latencies)

    def event(self, name: str) -> str:
        """The text of a file in ``events/``."""
        return (ROOT / "events" / name).read_text("utf-8")

    def send(self, body: str) -> list[str]:
        """Put an event on the queue and let the function have it, as the mapping does.

        Gives the ids of the messages that were reported as failed; the others are deleted.
        """
        sqs = self.aws.client("sqs")
        sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)
        return self.poll()

    def poll(self) -> list[str]:
        """Hand over what is visible in the queue."""
        sqs = self.aws.client("sqs")
        received = sqs.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=10,
            AttributeNames=["ApproximateReceiveCount"],
            VisibilityTimeout=600,
        ).get("Messages", [])
        outcome = self.function.invoke({"Records": [_record(message) for message in received]})
        assert outcome.error is None, outcome.error
        failed = [entry["itemIdentifier"] for entry in outcome.payload["batchItemFailures"]]
        for message in received:
            if message["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return failed

    def entries(self, job: str, kind: str) -> list[Entry]:
        """What the ledger holds about a job."""
        arn = f"arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/{job}"
        ledger = DynamoDbLedger(self.aws.client("dynamodb"), TABLE)
        return [entry for entry in ledger.read(f"job:{arn}") if entry.kind == kind]

    def effect(self, decision: Entry, route: str) -> list[str]:
        """The kinds of the entries of one effect."""
        ledger = DynamoDbLedger(self.aws.client("dynamodb"), TABLE)
        return [entry.kind for entry in ledger.read(f"effect:{decision.key}:{route}")]

    def recorded(self, stream: str) -> list[str]:
        """The kinds of the entries of a stream."""
        ledger = DynamoDbLedger(self.aws.client("dynamodb"), TABLE)
        return [entry.kind for entry in ledger.read(stream)]

    def said_in_slack(self) -> list[Mapping[str, Any]]:
        """Every message that Slack was sent for a channel itself, refused ones too."""
        messages = [posted.message for posted in self.slack.posted]
        return [message for message in messages if "thread_ts" not in message]

    def in_channel(self) -> list[dict[str, Any]]:
        """What a person sees in the channel, oldest first, as it stands now."""
        return self.slack.workspace.in_channel(CHANNEL)

    def page(self, job: str) -> dict[str, Any]:
        """The page about a job in the bucket: S3's answer, with the HTML as ``text``."""
        s3 = self.aws.client("s3")
        (found,) = [
            each["Key"]
            for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())
            if f"/{job}/" in each["Key"]
        ]
        page = s3.get_object(Bucket=BUCKET, Key=found)
        with page["Body"] as body:
            return {**page, "key": found, "text": body.read().decode()}

    def metrics(self) -> list[dict[str, Any]]:
        """The lines of the log that become metrics."""
        lines = (line for line in self.function.stdout.splitlines() if line.startswith("{"))
        return [read for read in map(json.loads, lines) if "_aws" in read]

    def count(self, name: str, **dimensions: str) -> float:
        """What a metric with these dimensions comes to in all."""
        return sum(
            sum(line[name])
            for line in self.metrics()
            if name in line and dimensions.items() <= line.items()
        )

    def delayed(self) -> int:
        """How many messages wait in the queue until their time has come."""
        waiting = "ApproximateNumberOfMessagesDelayed"
        attributes = self.aws.client("sqs").get_queue_attributes(
            QueueUrl=self.queue_url, AttributeNames=[waiting]
        )
        return int(attributes["Attributes"][waiting])

    def said_by_topic(self) -> list[dict[str, Any]]:
        """What a queue subscribed to the topic got, and nothing of it twice."""
        return [json.loads(message["Body"]) for message in self._take(self.audience_url)]

    def mails(self) -> list[Mail]:
        """What an e-mail subscriber of the topic reads."""
        return self.sns.mails

    def dead_letters(self) -> list[tuple[str, str]]:
        """The bodies in the dead-letter queue with their reasons."""
        return [
            (message["Body"], message["MessageAttributes"]["reason"]["StringValue"])
            for message in self._take(self.dead_letter_url)
        ]

    def _take(self, queue_url: str) -> list[dict[str, Any]]:
        sqs = self.aws.client("sqs")
        messages = sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return list(messages)


@contextmanager
def world(
    aws: LocalAws,
    sagemaker: LocalSageMaker,
    slack: SlackServer,
    *,
    code: Path,
    policies: Path = ROOT / "policies",
    variables: Mapping[str, str] | None = None,
) -> Iterator[World]:
    """A fresh deployment whose function's code lies in ``code``.

    ``variables`` go over the function's own.
    """
    aws.reset()
    create_ledger_table(aws.client("dynamodb"), TABLE)
    aws.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    queues = {
        name: aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        for name in ("recgate", "recgate-dead-letters", "audience")
    }
    topic = aws.client("sns").create_topic(Name="ml-verdicts")["TopicArn"]
    audience_arn = aws.client("sqs").get_queue_attributes(
        QueueUrl=queues["audience"], AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    aws.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=audience_arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    aws.client("secretsmanager").create_secret(
        Name="recgate/slack", SecretString=json.dumps({"token": TOKEN})
    )
    environment = {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_ENDPOINT_URL_SAGEMAKER": sagemaker.endpoint_url,
        "AWS_ENDPOINT_URL_CLOUDWATCH": sagemaker.endpoint_url,
        "RECGATE_LEDGER": f"dynamodb:{TABLE}",
        "RECGATE_QUEUE_URL": queues["recgate"],
        "RECGATE_DLQ_URL": queues["recgate-dead-letters"],
        "RECGATE_SNS_TOPIC_ARN": topic,
        "RECGATE_SLACK_SECRET": "recgate/slack",
        "RECGATE_SLACK_CHANNEL": CHANNEL,
        "RECGATE_SLACK_API": slack.base_url,
        "RECGATE_POLICIES": str(policies),
        "RECGATE_REPORTS": f"s3:{BUCKET}",
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
    }
    handler = "recgate.functions.check.handler"
    with sns_relay(aws.endpoint_url) as sns:
        own = {**environment, "AWS_ENDPOINT_URL_SNS": sns.url, **(variables or {})}
        with lambda_function(handler, env=own, folder=code) as function:
            yield World(
                aws,
                sagemaker,
                slack,
                sns,
                function,
                queues["recgate"],
                queues["recgate-dead-letters"],
                queues["audience"],
            )


def _record(message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message["Attributes"]),
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:recgate",
        "awsRegion": "eu-west-1",
    }

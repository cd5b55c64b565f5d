"""The whole of recgate on one machine: the deployed template, and everything that it talks to."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.domain.place import Place
from recgate.ports import Entry, job_stream
from tests.deployed.emulator import ACCOUNT, REGION, Emulator, emulator
from tests.deployed.stack import STACK, Stack, deploy
from tests.playground.aws_world import AwsWorld
from tests.playground.moody_slack import MoodySlack, moody_slack
from tests.playground.sns_relay import SnsRelay, sns_relay
from tests.servers.job_lives import Pace
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker

HOME = Place(ACCOUNT, REGION)
CHANNEL = "C0123456789"
TOKEN = "xoxb-local-0123456789-not-a-real-token"
SECRET = "recgate/slack"
USUAL_PARAMETERS = {"SlackSecretName": SECRET, "SlackChannel": CHANNEL, "LogLevel": "DEBUG"}

T = TypeVar("T")


@dataclass
class Deployment:
    """A deployed stack with the local SageMaker, Slack, and an audience of the topic."""

    aws: Emulator
    sagemaker: LocalSageMaker
    slack: MoodySlack
    sns: SnsRelay
    stack: Stack
    audience_url: str
    _said: list[dict[str, Any]] = field(default_factory=list)

    @property
    def world(self) -> AwsWorld:
        """What the playground's page shows."""
        return AwsWorld(
            client=self.aws.client,
            sagemaker=self.sagemaker,
            slack=self.slack,
            sns=self.sns,
            table=self.stack.outputs["LedgerTableName"],
            queue_url=self.stack.outputs["NoticeQueueUrl"],
            dead_letter_url=self.stack.outputs["DeadLetterQueueUrl"],
            name=f"local AWS, stack {STACK}",
        )

    def environment(self) -> dict[str, str]:
        """What a desk needs to reach all of it."""
        return {
            **self.aws.credentials,
            **_local_addresses(self.sagemaker, self.slack),
            "AWS_ENDPOINT_URL_SNS": self.sns.url,
        }

    def sweep(self) -> dict[str, Any]:
        """Run the watch function now, as the schedule does every minute. Gives its answer."""
        return self.invoke("WatchFunctionName", {})

    def invoke(self, output: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Call a function; fails if it does."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.stack.outputs[output], Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        found: dict[str, Any] = payload
        return found

    def enqueue(self, body: str) -> None:
        """Put a message on the queue: for events of AWS's own, which nobody may put on a bus."""
        sqs = self.aws.client("sqs")
        sqs.send_message(QueueUrl=self.stack.outputs["NoticeQueueUrl"], MessageBody=body)

    def entries(self, job: str, kind: str, *, place: Place = HOME) -> list[Entry]:
        """What the ledger holds about a job of that place."""
        ledger = DynamoDbLedger(self.aws.client("dynamodb"), self.stack.outputs["LedgerTableName"])
        where = f"{place.region}:{place.account}"
        arn = f"arn:aws:sagemaker:{where}:inference-recommendations-job/{job}"
        return [entry for entry in ledger.read(job_stream(arn)) if entry.kind == kind]

    def verdicts(self, job: str, *, place: Place = HOME) -> list[str]:
        """The verdicts of the decisions about a job of that place."""
        return [str(entry.body["verdict"]) for entry in self.entries(job, "decision", place=place)]

    def slack_about(self, job: str) -> list[Mapping[str, Any]]:
        """The messages that Slack took and that carry the job's name."""
        return [
            heard.message
            for heard in self.slack.heard
            if not heard.refusal and job in json.dumps(heard.message)
        ]

    def topic_about(self, job: str) -> list[dict[str, Any]]:
        """What a queue behind the topic got about a job."""
        self._listen()
        return [said for said in self._said if job in json.dumps(said)]

    def alarms_heard(self) -> list[dict[str, Any]]:
        """What the topic said about alarms."""
        self._listen()
        return [said for said in self._said if "AlarmName" in said]

    def dead_letters(self) -> list[tuple[str, str]]:
        """Bodies and reasons of what is in the dead-letter queue; nothing is taken."""
        return [(letter.body, letter.reason) for letter in self.world.dead_letters()]

    def logs(self, output: str) -> str:
        """Everything that a function printed; ``output`` is the one that names the function."""
        group = self.stack.outputs[output.replace("FunctionName", "LogGroupName")]
        pages = self.aws.client("logs").get_paginator("filter_log_events")
        return "\n".join(
            event["message"]
            for page in pages.paginate(logGroupName=group)
            for event in page["events"]
        )

    def until(self, seen: Callable[[], T], *, within_s: float, what: str) -> T:
        """What ``seen`` gives as soon as it gives something; fails after that time."""
        deadline = time.monotonic() + within_s
        while True:
            found = seen()
            if found:
                return found
            assert time.monotonic() < deadline, (
                f"not seen within {within_s:.0f} s: {what}\n{self.aws.log[-3000:]}"
            )
            time.sleep(0.5)

    def _listen(self) -> None:
        sqs = self.aws.client("sqs")
        while True:
            got = sqs.receive_message(QueueUrl=self.audience_url, MaxNumberOfMessages=10)
            messages: Sequence[Mapping[str, Any]] = got.get("Messages", ())
            if not messages:
                return
            for message in messages:
                self._said.append(_readable(message["Body"]))
                sqs.delete_message(
                    QueueUrl=self.audience_url, ReceiptHandle=message["ReceiptHandle"]
                )


def _readable(body: str) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {"text": body}
    return read if isinstance(read, dict) else {"text": body}


def _local_addresses(sagemaker: LocalSageMaker, slack: MoodySlack) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL_SAGEMAKER": sagemaker.endpoint_url,
        "AWS_ENDPOINT_URL_CLOUDWATCH": sagemaker.endpoint_url,
        "RECGATE_SLACK_API": slack.base_url,
    }


@contextmanager
def deployment(
    folder: Path,
    *,
    pace: Pace | None = None,
    parameters: Mapping[str, str] | None = None,
    addresses: Mapping[str, str] | None = None,
    policies: Mapping[str, str] | None = None,
) -> Iterator[Deployment]:
    """Everything of it while the block lasts.

    ``parameters`` and ``addresses``, the environment by which functions find local servers, go
    over the usual ones; ``policies`` are added to the checkout's, texts by file names.
    """

    def now() -> datetime:
        return datetime.now(UTC)

    with ExitStack() as stack:
        sagemaker = stack.enter_context(
            local_sagemaker(now=now(), clock=now, account=ACCOUNT, region=REGION, pace=pace)
        )
        slack = stack.enter_context(moody_slack(now))
        sns = stack.enter_context(sns_relay("", now))
        usual = {**_local_addresses(sagemaker, slack), "AWS_ENDPOINT_URL_SNS": sns.url}
        aws = stack.enter_context(emulator(folder, {**usual, **(addresses or {})}))
        sns.before(aws.url, trusting=str(aws.certificate))
        aws.client("secretsmanager").create_secret(
            Name=SECRET, SecretString=json.dumps({"token": TOKEN})
        )
        deployed = deploy(aws, {**USUAL_PARAMETERS, **(parameters or {})}, policies=policies)
        audience = _audience(aws, deployed.outputs["NoticeTopicArn"])
        yield Deployment(aws, sagemaker, slack, sns, deployed, audience)


def _audience(aws: Emulator, topic_arn: str) -> str:
    """A queue that hears what the topic says."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="audience")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    aws.client("sns").subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=arn["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    sqs.set_queue_attributes(
        QueueUrl=url,
        Attributes={
            "Policy": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "sns.amazonaws.com"},
                            "Action": "sqs:SendMessage",
                            "Resource": arn["QueueArn"],
                            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
                        }
                    ],
                }
            )
        },
    )
    return str(url)

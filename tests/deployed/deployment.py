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
from recgate.rendering.slack.blocks import EVENT_TYPE as VERDICT
from tests.deployed.emulator import ACCOUNT, REGION, Emulator, emulator
from tests.deployed.stack import STACK, Stack, deploy
from tests.playground.aws_world import AwsWorld
from tests.playground.moody_slack import MoodySlack, moody_slack
from tests.playground.sns_relay import SnsRelay, sns_relay
from tests.playground.world import SlackMessage
from tests.servers.job_lives import Pace
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker

HOME = Place(ACCOUNT, REGION)
CHANNEL = "C0123456789"
TOKEN = "xoxb-local-0123456789-not-a-real-token"
SECRET, ROUTE_SECRET = "recgate/slack", "recgate/chat"
SPARE_TOPIC = "finops"
USUAL_PARAMETERS = {"SlackSecretName": SECRET, "SlackChannel": CHANNEL, "LogLevel": "DEBUG"}

ROUTES = f"""\
version: 1
default: [chat, sns]
routes:
  chat:
    slack: {{channel: {CHANNEL}, token_secret: {ROUTE_SECRET}, progress: true}}
    digest: daily
    fallback: finops
  finops:
    sns: {{topic_arn: "arn:aws:sns:{REGION}:{ACCOUNT}:{SPARE_TOPIC}"}}
    on: []
    digest: weekly
"""
"""A bot that shows progress, the stack's own topic, and a spare one for what Slack refuses."""

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
            bucket=self.stack.outputs["ReportsBucketName"],
            name=f"local AWS, stack {STACK}",
        )

    def environment(self) -> dict[str, str]:
        """What a desk needs to reach all of it."""
        return {
            **self.aws.credentials,
            **_local_addresses(self.sagemaker, self.slack),
            "AWS_ENDPOINT_URL_SNS": self.sns.url,
        }

    def policies(self) -> dict[str, str]:
        """What a desk needs beside it, to judge and tell as the function does."""
        return {"RECGATE_POLICIES": str(self.aws.folder / "build" / "CheckFunction" / "policies")}

    def sweep(self) -> dict[str, Any]:
        """Run the watch function now, as the schedule does every minute. Gives its answer."""
        return self.invoke("WatchFunctionName", {})

    @contextmanager
    def as_role(self, output: str, service: str) -> Iterator[Any]:
        """A client with the permissions of a role; ``output`` is the one that names the role.

        The emulator takes a root for every service of AWS, and so lets it assume what trusts
        Lambda.
        """
        role = self.stack.outputs[output]
        granted = self.aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")
        client = self.aws.client_with(granted["Credentials"], service)
        try:
            yield client
        finally:
            client.close()

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

    def waiting(self) -> int:
        """How many messages are in the queue that become visible later."""
        name = "ApproximateNumberOfMessagesDelayed"
        attributes = self.aws.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.outputs["NoticeQueueUrl"], AttributeNames=[name]
        )
        return int(attributes["Attributes"][name])

    def entries(self, job: str, kind: str, *, place: Place = HOME) -> list[Entry]:
        """What the ledger holds about a job of that place."""
        ledger = DynamoDbLedger(self.aws.client("dynamodb"), self.stack.outputs["LedgerTableName"])
        where = f"{place.region}:{place.account}"
        arn = f"arn:aws:sagemaker:{where}:inference-recommendations-job/{job}"
        return [entry for entry in ledger.read(job_stream(arn)) if entry.kind == kind]

    def verdicts(self, job: str, *, place: Place = HOME) -> list[str]:
        """The verdicts of the decisions about a job of that place."""
        return [str(entry.body["verdict"]) for entry in self.entries(job, "decision", place=place)]

    def in_slack(self, event_type: str, job: str = "") -> list[SlackMessage]:
        """What stands in Slack's channels of one kind, and carries the job's name; oldest first."""
        return [
            said
            for said in self.slack.said()
            if not said.refusal
            and said.message["metadata"]["event_type"] == event_type
            and job in json.dumps(said.message)
        ]

    def slack_about(self, job: str) -> list[Mapping[str, Any]]:
        """The verdicts about a job that stand in Slack."""
        return [said.message for said in self.in_slack(VERDICT, job)]

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
    with_routes: bool = False,
) -> Iterator[Deployment]:
    """Everything of it while the block lasts.

    ``parameters`` and ``addresses``, the environment by which functions find local servers, go
    over the usual ones; ``policies`` are added to the checkout's, texts by file names.
    ``with_routes`` tells by `ROUTES` rather than by the routes that need no file.
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
        chosen = {**USUAL_PARAMETERS, "DigestTime": _not_now(now()), **(parameters or {})}
        files = dict(policies or {})
        if with_routes:
            chosen |= _named_in_the_routes(aws)
            files["routes.yaml"] = ROUTES
        deployed = deploy(aws, chosen, policies=files)
        audience = _audience(aws, deployed.outputs["NoticeTopicArn"])
        yield Deployment(aws, sagemaker, slack, sns, deployed, audience)


def _not_now(now: datetime) -> str:
    """A time of the day that is far away: the emulator's Scheduler does not fill in what stands in
    angle brackets, and what it would put on the queue nobody understands.
    """
    return f"cron(0 {(now.hour + 12) % 24} * * ? *)"


def _named_in_the_routes(aws: Emulator) -> dict[str, str]:
    """The secret and the topic that `ROUTES` names, made; gives the parameters that allow them."""
    secret = aws.client("secretsmanager").create_secret(
        Name=ROUTE_SECRET, SecretString=json.dumps({"token": TOKEN})
    )
    topic = aws.client("sns").create_topic(Name=SPARE_TOPIC)
    return {"RouteSecretArns": secret["ARN"], "RouteTopicArns": topic["TopicArn"]}


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

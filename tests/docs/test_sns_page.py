"""The filter policies of docs/sns.md let through what the page says, and nothing else."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from recgate.domain.decision import Decision
from recgate.domain.job import JobStatus
from recgate.domain.telling import StandIn, Telling
from recgate.domain.verdict import Verdict
from recgate.rendering.sns.message import publish_arguments, severity
from tests.builders import at_most, candidate, decision, policy, snapshot
from tests.cli.runner import ROOT
from tests.rendering.decisions import decisions
from tests.servers.aws import LocalAws, local_aws

PAGE = (ROOT / "docs/sns.md").read_text("utf-8")
FILTERS = dict(
    zip(
        re.findall(r"^\*\*([^*]+)\*\*.*:$", PAGE, re.M),
        re.findall(r"```json\n(.*?)\n```", PAGE, re.S),
        strict=True,
    )
)
LIMIT = policy(at_most("max_cost_per_hour_usd", 1.0))


def of(model: str, env: str, cost: float) -> Decision:
    tags = {"env": env} if env else {}
    return decision(
        snapshot(candidate(cost_per_hour_usd=cost), tags=tags, model_package_group=model), LIMIT
    )


TELLINGS = {
    **{name: Telling(made) for name, made in decisions().items()},
    "prod fails": Telling(of("fraud-ranker", "prod", 2)),
    "dev fails": Telling(of("churn", "dev", 2)),
    "prod passes": Telling(of("churn", "prod", 0.5)),
    "a sample": Telling(of("fraud-ranker", "prod", 2), label="TEST"),
    "a stand-in": Telling(of("churn", "dev", 2), stands_in_for=(StandIn("slack", "gone", "mend"),)),
}


def environment(telling: Telling) -> str:
    return (telling.decision.snapshot.tags or {}).get("env", "")


def verdict(telling: Telling) -> Verdict:
    return telling.decision.verdict


MEANT: dict[str, Callable[[Telling], bool]] = {
    "A pager": lambda told: (
        severity(told.decision) == 4 and environment(told) == "prod" and not told.label
    ),
    "A FinOps mail box": lambda told: (
        verdict(told) in (Verdict.FAIL, Verdict.WAIVED, Verdict.WOULD_FAIL)
    ),
    "A deployment queue": lambda told: (
        not told.label
        and told.decision.snapshot.status is JobStatus.COMPLETED
        and verdict(told).opens_gate
    ),
    "A team's own models": lambda told: (
        told.decision.snapshot.model_package_group or told.decision.snapshot.model
    ).startswith("fraud-"),
    "Whoever mends routes": lambda told: bool(told.stands_in_for),
}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def topic(aws: LocalAws) -> Iterator[tuple[Any, Any, str]]:
    sns, sqs = aws.client("sns"), aws.client("sqs")
    arn = sns.create_topic(Name="verdicts")["TopicArn"]
    yield sns, sqs, arn
    sns.delete_topic(TopicArn=arn)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_lets_through_what_the_page_says(name: str, topic: tuple[Any, Any, str]) -> None:
    """Every kind of decision is published; the queue behind the filter holds the meant ones."""
    sns, sqs, arn = topic
    url = sqs.create_queue(QueueName="filtered")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=queue["QueueArn"],
        Attributes={"FilterPolicy": FILTERS[name], "RawMessageDelivery": "true"},
    )

    arrived = set()
    for told, telling in TELLINGS.items():
        sns.publish(TopicArn=arn, **publish_arguments(telling))
        messages = sqs.receive_message(QueueUrl=url).get("Messages", [])
        if messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
            assert json.loads(messages[0]["Body"])["decision"] == telling.decision.key
            arrived.add(told)

    sqs.delete_queue(QueueUrl=url)
    assert arrived == {told for told, telling in TELLINGS.items() if MEANT[name](telling)}
    assert arrived
    assert arrived != set(TELLINGS)


def test_every_attribute_is_in_the_table() -> None:
    """And every one in the table is sent by some message."""
    (table,) = re.findall(r"\| attribute \| type \| values \|\n\|---.*?\n\n", PAGE, re.S)
    rows = [line.split("|")[1] for line in table.splitlines()[2:] if line]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    sent = {
        name
        for telling in TELLINGS.values()
        for name in publish_arguments(telling)["MessageAttributes"]
    }

    assert told == sent


def test_the_function_of_the_page_reads_what_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """Its code is run as it stands, over every message."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    space: dict[str, Any] = {}
    exec(code, space)  # noqa: S102  our own page
    records = [
        {"Sns": {"Message": json.loads(publish_arguments(telling)["Message"])["lambda"]}}
        for telling in TELLINGS.values()
    ]

    space["handler"]({"Records": records}, None)

    told = capsys.readouterr().out.splitlines()
    assert "deploy ml.c7g.xlarge for churn v14" in told
    assert len(told) == sum(verdict(telling).opens_gate for telling in TELLINGS.values())

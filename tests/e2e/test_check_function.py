"""The check function under AWS's runtime client, end to end on local servers."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import CHANNEL, ROOT, TOKEN, World, world
from tests.servers.aws import local_aws
from tests.servers.sagemaker import local_sagemaker
from tests.servers.slack import Answer, Fault, error, local_slack

pytestmark = pytest.mark.slow
COMPLETED = "status-change-completed.json"
JOB = "fraud-ranker-v14"


@pytest.fixture
def here() -> Iterator[World]:
    with (
        local_aws() as aws,
        local_sagemaker() as sagemaker,
        local_slack() as slack,
        world(aws, sagemaker, slack, code=ROOT / "src") as made,
    ):
        yield made


def test_a_job_that_ended_is_judged_recorded_and_told_once(here: World) -> None:
    """From the event to Slack, SNS and the ledger; the event again says nothing new."""
    here.put_sample(JOB)

    assert here.send(here.event(COMPLETED)) == []
    assert here.send(here.event(COMPLETED)) == []

    [decision] = here.entries(JOB, "decision")
    assert decision.body["verdict"] == "PASS"
    assert len(here.entries(JOB, "snapshot")) == 1
    [message] = here.said_in_slack()
    assert message["channel"] == CHANNEL
    assert message["text"].startswith("PASS fraud-ranker v14: cheapest compliant")
    [told] = here.said_by_topic()
    assert told["verdict"] == "PASS"
    assert here.effect(decision, "slack") == ["claimed", "delivered"]
    assert here.effect(decision, "sns") == ["claimed", "delivered"]
    calls = here.sagemaker
    assert calls.count("GetMetricData") == calls.count("ListTags") == 1
    assert calls.count("DescribeInferenceRecommendationsJob") == 2


def test_the_log_names_the_job_counts_the_verdict_and_holds_no_secret(here: World) -> None:
    """Structured lines and EMF, also at DEBUG."""
    here.put_sample(JOB)

    here.send(here.event(COMPLETED))

    printed = here.function.stdout + here.function.stderr
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert any(line.get("job_name") == JOB for line in lines)
    assert any(line.get("verdict") == "PASS" and line.get("Decisions") == [1.0] for line in lines)
    assert TOKEN not in printed
    assert TOKEN.removeprefix("xoxb-") not in json.dumps(_everything_recorded(here))


def _everything_recorded(here: World) -> Any:
    items = here.aws.client("dynamodb").scan(TableName="recgate-ledger")["Items"]
    return [str(item) for item in items] + [
        str(entry.body) for entry in here.entries(JOB, "decision")
    ]


@pytest.mark.parametrize(
    ("sample", "event", "verdict", "word"),
    [
        ("support-summarizer-v3", "status-change-over-limit.json", "FAIL", "FAIL"),
        ("churn-xgb-v8", "status-change-without-p99.json", "UNKNOWN", "UNKNOWN"),
        ("image-tagger-v2", "status-change-failed.json", "NO_RESULT", "FAILED"),
        ("thumbnailer-v5", "status-change-serverless.json", "PASS", "PASS"),
    ],
)
def test_every_kind_of_end_gets_its_word(
    here: World, sample: str, event: str, verdict: str, word: str
) -> None:
    """Over the limit, not measured, failed by SageMaker, serverless."""
    here.put_sample(sample)

    assert here.send(here.event(event)) == []

    assert [entry.body["verdict"] for entry in here.entries(sample, "decision")] == [verdict]
    assert [message["text"].split(" ")[0] for message in here.said_in_slack()] == [word]
    assert [told["verdict"] for told in here.said_by_topic()] == [verdict]


@pytest.mark.parametrize(
    "answer",
    [
        error("ratelimited", status=429, Retry_After="0"),
        Answer(500, "<html>oops</html>"),
        Answer(fault=Fault.DROP),
    ],
    ids=["429", "500", "dropped"],
)
def test_a_slack_outage_delays_slack_alone(here: World, answer: Answer) -> None:
    """The decision stays recorded, the topic hears at once, Slack when it is back."""
    here.put_sample(JOB)
    here.slack.answer_with(answer)

    assert len(here.send(here.event(COMPLETED))) == 1
    assert len(here.entries(JOB, "decision")) == 1
    assert len(here.said_by_topic()) == 1
    here.aws.client("sqs").purge_queue(QueueUrl=here.queue_url)
    assert here.send(here.event(COMPLETED)) == []

    [decision] = here.entries(JOB, "decision")
    assert here.effect(decision, "slack") == ["claimed", "released", "claimed", "delivered"]
    assert here.said_by_topic() == []


def test_blocks_that_slack_does_not_take_are_sent_simpler(here: World) -> None:
    """The verdict always gets out."""
    here.put_sample(JOB)
    here.slack.answer_with(error("invalid_blocks"))

    assert here.send(here.event(COMPLETED)) == []

    first, second = here.said_in_slack()
    assert any(block["type"] == "table" for block in first["blocks"])
    assert not any(block["type"] == "table" for block in second["blocks"])


def test_a_channel_that_is_not_there_is_refused_for_good_with_its_remedy(here: World) -> None:
    """It is not tried again, the log says what to do, and the topic hears."""
    here.put_sample(JOB)
    here.slack.answer_with(error("channel_not_found"))

    assert here.send(here.event(COMPLETED)) == []

    [decision] = here.entries(JOB, "decision")
    assert here.effect(decision, "slack") == ["claimed", "refused"]
    assert len(here.said_by_topic()) == 1
    assert "Refused for good" in here.function.stdout


def test_a_topic_that_is_gone_does_not_keep_slack_from_hearing(here: World) -> None:
    """SNS refuses: configuration, no retry."""
    here.put_sample(JOB)
    topics = here.aws.client("sns").list_topics()["Topics"]
    here.aws.client("sns").delete_topic(TopicArn=topics[0]["TopicArn"])

    assert here.send(here.event(COMPLETED)) == []

    [decision] = here.entries(JOB, "decision")
    assert here.effect(decision, "sns") == ["claimed", "refused"]
    assert here.effect(decision, "slack") == ["claimed", "delivered"]


def test_throttling_is_tried_again_later(here: World) -> None:
    """boto3's own attempts are used up, the message goes back, nothing is recorded yet."""
    here.put_sample(JOB)
    here.sagemaker.fail("DescribeInferenceRecommendationsJob", "ThrottlingException", times=3)

    assert len(here.send(here.event(COMPLETED))) == 1
    assert here.entries(JOB, "decision") == []
    here.aws.client("sqs").purge_queue(QueueUrl=here.queue_url)
    assert here.send(here.event(COMPLETED)) == []

    assert len(here.entries(JOB, "decision")) == 1


def test_a_permission_that_is_missing_is_parked_with_what_to_allow(here: World) -> None:
    """Trying again would not help until somebody mends the role."""
    here.put_sample(JOB)
    here.sagemaker.fail("ListTags", "AccessDeniedException", message="not authorized")

    assert here.send(here.event(COMPLETED)) == []

    [(body, reason)] = here.dead_letters()
    assert json.loads(body)["detail"]["JobName"] == JOB
    assert "sagemaker:ListTags" in reason
    assert here.said_in_slack() == []


@pytest.mark.parametrize("body", ["{", "[]", '{"source": "recgate"}', "x" * 200_000])
def test_what_is_not_understood_is_parked_with_its_reason(here: World, body: str) -> None:
    """And not tried again."""
    assert here.send(body) == []

    [(parked, reason)] = here.dead_letters()
    assert parked == body
    assert reason


def test_a_job_that_no_longer_exists_is_a_recorded_no_result(here: World) -> None:
    """Not a crash loop."""
    assert here.send(here.event(COMPLETED)) == []

    [decision] = here.entries(JOB, "decision")
    assert decision.body["verdict"] == "NO_RESULT"
    assert [message["text"].split(":")[0] for message in here.said_in_slack()] == [
        f"NO RESULT {JOB}"
    ]


def test_a_job_that_just_ended_waits_for_its_samples(here: World) -> None:
    """CloudWatch is minutes behind: back to the queue, nothing recorded, nobody told."""
    here.put_sample("churn-xgb-v8")
    fresh = dict(here.sagemaker.answer("DescribeInferenceRecommendationsJob", _named()))
    fresh["LastModifiedTime"] = time.time()
    here.sagemaker.put_job(fresh, tags={"env": "prod"}, checked=False)

    assert len(here.send(here.event("status-change-without-p99.json"))) == 1

    assert here.entries("churn-xgb-v8", "snapshot") == []
    assert here.said_in_slack() == []


def _named() -> dict[str, str]:
    return {"JobName": "churn-xgb-v8"}


def test_a_broken_policy_approves_nothing_and_is_told(tmp_path: Path) -> None:
    """The folder is refused whole: ERROR, recorded, with the place of the mistake."""
    (tmp_path / "prod.yaml").write_text("version: 1\npolicy: prod\nrequire: {max_cost: 1}\n")
    with (
        local_aws() as aws,
        local_sagemaker() as sagemaker,
        local_slack() as slack,
        world(aws, sagemaker, slack, code=ROOT / "src", policies=tmp_path) as here,
    ):
        here.put_sample(JOB)

        assert here.send(here.event(COMPLETED)) == []

        [decision] = here.entries(JOB, "decision")
        assert (decision.body["verdict"], decision.body["gate"]) == ("ERROR", "closed")
        assert "prod.yaml:3: require.max_cost: unknown key" in str(decision.body["problems"])
        assert here.said_in_slack()[0]["text"].startswith("ERROR")

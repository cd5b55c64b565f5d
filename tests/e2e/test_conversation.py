"""One conversation for a job, on routes of routes.yaml: what people see, under AWS's runtime
client, whatever Slack, SNS and S3 do.
"""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.ports import Entry
from tests.e2e.world import BUCKET, CHANNEL, ROOT, TABLE, World, world
from tests.servers.aws import local_aws
from tests.servers.sagemaker import local_sagemaker
from tests.servers.slack import Answer, Fault, error, local_slack

pytestmark = pytest.mark.slow
COMPLETED = "status-change-completed.json"
PROGRESS = "queue/progress-due.json"
DIGEST = "queue/digest-due.json"
JOB = "fraud-ranker-v14"

ROUTES = f"""\
version: 1
default: [chat]
routes:
  chat:
    slack: {{channel: {CHANNEL}, token_secret: recgate/slack, progress: true}}
    digest: daily
    fallback: sns
"""
TWO_CHATS = f"""\
version: 1
default: [sns, chat, ops]
routes:
  chat:
    slack: {{channel: {CHANNEL}, token_secret: recgate/slack}}
    fallback: sns
  ops:
    slack: {{channel: C0123456OPS, token_secret: recgate/slack}}
    fallback: sns
"""


@contextmanager
def a_world(folder: Path, *, routes: str = ROUTES, **variables: str) -> Iterator[World]:
    """The deployment with a Slack that hears everything, and the topic as its fallback."""
    policies = shutil.copytree(ROOT / "policies", folder / "policies")
    (policies / "routes.yaml").write_text(routes, "utf-8")
    with (
        local_aws() as aws,
        local_sagemaker() as sagemaker,
        local_slack() as slack,
        world(
            aws,
            sagemaker,
            slack,
            code=ROOT / "src",
            policies=policies,
            variables=variables,
        ) as made,
    ):
        yield made


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made


def put_running(here: World, *, steps: int) -> None:
    """Let the job be one that runs, with so many benchmarks behind it."""
    sample = json.loads((ROOT / "examples" / "jobs" / f"{JOB}.json").read_text("utf-8"))
    rows = sample.pop("InferenceRecommendations")
    now = time.time()
    running = {
        **sample,
        "Status": "IN_PROGRESS",
        "CreationTime": now - 600,
        "LastModifiedTime": now - 60 + steps,
    }
    benchmarks = [
        {
            "StepType": "BENCHMARK",
            "JobName": JOB,
            "Status": "COMPLETED",
            "InferenceBenchmark": {
                "EndpointConfiguration": row["EndpointConfiguration"],
                "ModelConfiguration": {},
            },
        }
        for row in rows[:steps]
    ]
    here.sagemaker.put_job(running, tags={"env": "prod"}, steps=benchmarks, checked=False)


def reminder(here: World, number: int) -> str:
    """What the function sends to itself: the first one has the number 0."""
    sample = json.loads(here.event(PROGRESS))
    return json.dumps({**sample, "detail": {**sample["detail"], "Number": number}})


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"].split(":")[0] for message in messages]


def report_links(message: dict[str, Any]) -> list[str]:
    """Where the report button of a message leads."""
    return [
        element["url"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["text"]["text"] == "Open Report"
    ]


def test_a_running_job_has_one_message_that_is_changed_in_place(here: World) -> None:
    """Posted once; a reminder in the queue looks again, and changes it without a new message.

    However often one is handed over, there is one chain of them.
    """
    put_running(here, steps=1)

    assert here.send(here.event(COMPLETED)) == []
    first = [dict(message) for message in here.in_channel()]
    reminders = [here.delayed()]
    put_running(here, steps=2)
    for _ in range(2):
        assert here.send(reminder(here, 0)) == []
        reminders.append(here.delayed())

    [at_first], [later] = first, here.in_channel()
    assert at_first["text"] == "Benchmarking fraud-ranker v14: 1 of 1 load tests done so far"
    assert later["text"] == "Benchmarking fraud-ranker v14: 2 of 2 load tests done so far"
    assert at_first["ts"] == later["ts"]
    assert reminders == [1, 2, 2]  # the first of them is still there: it came by hand as well
    assert here.entries(JOB, "decision") == []


def test_the_verdict_is_a_new_message_and_ends_the_progress(here: World) -> None:
    """With the details and the chart in its thread; the reminder that is still under way finds
    nothing to do.
    """
    put_running(here, steps=1)
    here.send(here.event(COMPLETED))
    here.put_sample(JOB)

    assert here.send(here.event(COMPLETED)) == []
    at_once = texts(here.in_channel())
    assert here.send(reminder(here, 0)) == []

    progress, verdict = here.in_channel()
    assert at_once == ["Benchmarked fraud-ranker v14", "PASS fraud-ranker v14"]
    assert texts([progress, verdict]) == at_once
    assert "The verdict is in a message of its own" in progress["text"]
    [details] = here.slack.workspace.in_thread(CHANNEL, verdict["ts"])
    assert details["text"].startswith("All 4 configurations")
    [chart] = here.slack.workspace.files.values()
    assert (chart.channel, chart.thread_ts) == (CHANNEL, verdict["ts"])
    assert chart.content.startswith(b"\x89PNG")
    assert here.said_by_topic() == []


@pytest.mark.parametrize("broken", [Fault.LOSE, Fault.DROP])
def test_a_slack_that_gave_no_answer_ends_with_one_message(here: World, broken: Fault) -> None:
    """It is looked for before it is posted again, whether it had arrived or not."""
    here.put_sample(JOB)
    here.slack.answer_to("chat.postMessage", Answer(fault=broken))

    assert len(here.send(here.event(COMPLETED))) == 1
    here.aws.client("sqs").purge_queue(QueueUrl=here.queue_url)
    assert here.send(here.event(COMPLETED)) == []

    assert texts(here.in_channel()) == ["PASS fraud-ranker v14"]
    [decision] = here.entries(JOB, "decision")
    assert here.effect(decision, "chat") == ["claimed", "released", "claimed", "delivered"]
    posted = [message["text"] for message in here.said_in_slack()]
    assert len(posted) == (1 if broken is Fault.LOSE else 2)


@pytest.mark.parametrize(
    ("refusal", "kind", "cure"),
    [
        ("not_in_channel", "refused_destination", "/invite @recgate"),
        ("token_revoked", "refused_credentials", "install the Slack app again"),
    ],
)
def test_a_slack_that_refuses_hands_over_to_the_fallback(
    here: World, refusal: str, kind: str, cure: str
) -> None:
    """Whose mail says for whom it stands in, and how to mend that; a metric rings the alarm."""
    here.put_sample(JOB)
    here.slack.answer_to("chat.postMessage", error(refusal), error(refusal))

    assert here.send(here.event(COMPLETED)) == []

    assert here.in_channel() == []
    [told] = here.said_by_topic()
    assert told["verdict"] == "PASS"
    [stood_in] = told["stands_in_for"]
    assert stood_in["route"] == "chat"
    assert cure in stood_in["remedy"]
    [mail] = here.mails()
    assert "chat" in mail.text
    assert cure in mail.text
    assert here.count("Deliveries", outcome=kind) == 1
    assert here.count("Deliveries", outcome="delivered") == 1
    [decision] = here.entries(JOB, "decision")
    assert here.effect(decision, "chat") == ["claimed", "refused"]
    assert here.effect(decision, "sns") == ["claimed", "delivered"]


def test_a_fallback_of_two_routes_names_both(tmp_path: Path) -> None:
    """Also where it would have heard the verdict anyway: in one mail."""
    with a_world(tmp_path, routes=TWO_CHATS) as here:
        here.put_sample(JOB)
        here.slack.answer_to("chat.postMessage", *[error("token_revoked")] * 4)

        assert here.send(here.event(COMPLETED)) == []

        [told] = here.said_by_topic()
        assert {each["route"] for each in told["stands_in_for"]} == {"chat", "ops"}
        [mail] = here.mails()
        assert "route chat refused" in mail.text
        assert "route ops refused" in mail.text


def test_a_progress_message_ends_where_the_verdict_was_refused(here: World) -> None:
    """With the next reminder, at the latest: nobody reads "in progress" for ever."""
    put_running(here, steps=1)
    here.send(here.event(COMPLETED))
    here.put_sample(JOB)
    here.slack.answer_to("chat.postMessage", *[error("not_in_channel")] * 2)

    assert here.send(here.event(COMPLETED)) == []
    assert here.send(reminder(here, 0)) == []

    assert texts(here.in_channel()) == ["Benchmarked fraud-ranker v14"]
    assert len(here.said_by_topic()) == 1


def test_the_page_is_in_the_bucket_and_every_message_leads_to_it(here: World) -> None:
    """Slack's and the topic's, which a refusal makes tell it, too."""
    here.put_sample(JOB)
    here.put_sample("support-summarizer-v3")

    here.send(here.event(COMPLETED))
    here.slack.answer_to("chat.postMessage", error("is_archived"))
    here.send(here.event("status-change-over-limit.json"))

    page, other = here.page(JOB), here.page("support-summarizer-v3")
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert page["text"].startswith("<!doctype html>")
    assert "PASS" in page["text"]
    assert "ml.c7g.xlarge" in page["text"]
    [message] = here.in_channel()
    [link] = report_links(message)
    assert link == _in_the_console(page["key"])
    [told] = here.said_by_topic()
    assert _in_the_console(other["key"]) in json.dumps(told)
    [mail] = here.mails()
    assert _in_the_console(other["key"]) in mail.text


def _in_the_console(key: str) -> str:
    console = f"https://eu-west-1.console.aws.amazon.com/s3/object/{BUCKET}"
    return f"{console}?region=eu-west-1&prefix={key.replace('/', '%2F')}"


def test_pages_may_have_an_address_of_their_own(tmp_path: Path) -> None:
    """Where something serves the bucket to people."""
    with a_world(tmp_path, RECGATE_REPORTS_URL="https://reports.example.com/recgate") as here:
        here.put_sample(JOB)

        here.send(here.event(COMPLETED))

        [message] = here.in_channel()
        assert report_links(message) == [
            f"https://reports.example.com/recgate/{here.page(JOB)['key']}"
        ]


@pytest.mark.parametrize("s3", ["without the bucket", "not there"])
def test_a_verdict_without_its_page_is_told_without_the_link(tmp_path: Path, s3: str) -> None:
    """No verdict waits for S3; a metric rings the alarm, and the log says what to do."""
    nowhere = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"} if s3 == "not there" else {}
    with a_world(tmp_path, **nowhere) as here:
        here.put_sample(JOB)
        here.aws.client("s3").delete_bucket(Bucket=BUCKET)

        assert here.send(here.event(COMPLETED)) == []

        [message] = here.in_channel()
        assert message["text"].startswith("PASS")
        assert report_links(message) == []
        assert here.count("Pages", outcome="not_kept") == 1
        assert f"is not in bucket {BUCKET}" in here.function.stdout


def test_a_digest_is_told_once(here: World) -> None:
    """However often the schedule's message comes; it counts what was decided the day before."""
    here.put_sample(JOB)
    here.put_sample("support-summarizer-v3")
    here.send(here.event(COMPLETED))
    here.send(here.event("status-change-over-limit.json"))
    _move_to_yesterday(here)
    due = json.loads(here.event(DIGEST))
    due["time"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert here.send(json.dumps(due)) == []
    assert here.send(json.dumps({**due, "id": "another-execution"})) == []

    [digest] = here.in_channel()[2:]
    assert "1 passed, 1 failed" in json.dumps(digest)
    assert "support-summarizer v3" in json.dumps(digest["blocks"])
    day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert here.recorded(f"effect:digest:daily:{day}:chat") == ["claimed", "delivered"]


def _move_to_yesterday(here: World) -> None:
    """Record the decisions of today as those of the day before, in streams of their own."""
    ledger = DynamoDbLedger(here.aws.client("dynamodb"), TABLE)
    for place, job in enumerate((JOB, "support-summarizer-v3")):
        [decision] = here.entries(job, "decision")
        before = decision.recorded_at - timedelta(days=1)
        ledger.append(
            f"job:yesterday-{place}", 0, Entry(decision.kind, decision.key, before, decision.body)
        )


def test_a_slack_that_is_down_gets_its_digest_when_it_is_back(here: World) -> None:
    """The message goes back to the queue."""
    here.put_sample(JOB)
    here.put_sample("support-summarizer-v3")
    here.send(here.event(COMPLETED))
    here.send(here.event("status-change-over-limit.json"))
    _move_to_yesterday(here)
    due = json.loads(here.event(DIGEST))
    due["time"] = datetime.now(UTC).isoformat()
    here.slack.answer_to("chat.postMessage", Answer(503, "upstream"))

    assert len(here.send(json.dumps(due))) == 1
    here.aws.client("sqs").purge_queue(QueueUrl=here.queue_url)
    assert here.send(json.dumps(due)) == []

    assert len(here.in_channel()) == 3


def test_a_digest_that_is_long_overdue_is_not_told(here: World) -> None:
    """As the sample, which is of last year: it is done with, and nobody is told old news."""
    assert here.send(here.event(DIGEST)) == []

    assert here.in_channel() == []
    assert here.dead_letters() == []
    assert "No digest told" in here.function.stdout

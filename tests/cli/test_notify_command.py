"""`recgate notify test ROUTE`: one sample, and what became of it in words."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from recgate.cli.sample_decision import SAMPLE_JOB, sample_decision, sample_verdicts
from recgate.domain.job import JobStatus
from tests.builders import NOW
from tests.cli.runner import Answer, recgate
from tests.servers.aws import REGION, LocalAws, local_aws
from tests.servers.slack import Answer as SlackSays
from tests.servers.slack import SlackServer, error, local_slack

TOKEN = "xoxb-1111-2222-LocalTestToken"
ALL_SCOPES = "chat:write,channels:history,groups:history,files:write"
TOPIC_NAME = "ml-verdicts"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack() as running:
        yield running


@pytest.fixture
def aws(cloud: LocalAws, slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """A local AWS that a desk reaches, with the bot's token and a topic in it."""
    cloud.reset()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": cloud.endpoint_url,
        "RECGATE_SLACK_API": slack.base_url,
    }.items():
        monkeypatch.setenv(name, value)
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="recgate/bot", SecretString=TOKEN)
    secrets.create_secret(Name="recgate/hook", SecretString=slack.webhook_url)
    cloud.client("sns").create_topic(Name=TOPIC_NAME)
    return cloud


def scopes(words: str) -> SlackSays:
    who = {"ok": True, "user": "recgate", "team": "Example"}
    return SlackSays(200, who, {"X-OAuth-Scopes": words})


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    topic = f"arn:aws:sns:{REGION}:123456789012:{TOPIC_NAME}"
    (tmp_path / "routes.yaml").write_text(
        f"""version: 1
default: [slack-ml-prod]
routes:
  slack-ml-prod:
    slack: {{channel: C0123456789, token_secret: recgate/bot, mention_on_fail: ["<@U0123>"]}}
    on: [FAIL, FAILED]
  slack-quick-start:
    slack: {{webhook_secret: recgate/hook}}
  slack-no-secret:
    slack: {{channel: C0123456789, token_secret: recgate/nowhere}}
  slack-no-token:
    slack: {{channel: C0123456789, token_secret: recgate/hook}}
  sns-finops:
    sns: {{topic_arn: "{topic}"}}
  sns-nowhere:
    sns: {{topic_arn: "{topic}-that-is-gone"}}
""",
        "utf-8",
    )
    (tmp_path / "prod.yaml").write_text(
        "version: 1\npolicy: prod\nrequire:\n  max_cost_per_hour_usd: {fail: 1}\n", "utf-8"
    )
    return tmp_path


def notify(route: str, policies: Path, *options: str) -> Answer:
    return recgate("notify", "test", route, "--policies", policies, *options)


def test_a_sample_is_delivered_and_its_receipt_is_told(
    aws: LocalAws, slack: SlackServer, policies: Path
) -> None:
    """Once, through the route's own channel, and it says that it is a test."""
    slack.answer_to("auth.test", scopes(ALL_SCOPES))

    answer = notify("slack-ml-prod", policies, "--verdict", "FAIL")

    assert answer.code == 0, answer.err
    (posted,) = slack.posted
    assert posted.message["channel"] == "C0123456789"
    assert "TEST" in posted.message["text"]
    assert "TEST" in json.dumps(posted.message["blocks"])
    assert "recgate-sample" in json.dumps(posted.message["blocks"])
    assert "Route slack-ml-prod: Slack channel C0123456789, with a bot token" in answer.out
    assert "The token is that of recgate in the workspace Example" in answer.out
    assert "It has every scope that recgate uses" in answer.out
    assert "Delivered: C0123456789:" in answer.out
    assert TOKEN not in answer.out + answer.err


def test_a_verdict_that_the_route_does_not_want_is_said_and_sent(
    aws: LocalAws, slack: SlackServer, policies: Path
) -> None:
    """The sample is there to be seen; a real one would not be."""
    answer = notify("slack-ml-prod", policies)

    assert answer.code == 0
    assert "A real PASS is not told here: the route's `on` names FAIL, FAILED." in answer.out
    assert len(slack.posted) == 1


def test_a_dry_run_sends_nothing(aws: LocalAws, slack: SlackServer, policies: Path) -> None:
    """It looks, and says whether anything stands in the way."""
    answer = notify("slack-ml-prod", policies, "--dry-run")

    assert answer.code == 0
    assert slack.posted == []
    assert answer.out.endswith("Nothing was sent (--dry-run).\n")


@pytest.mark.parametrize(
    ("code", "reason", "cure"),
    [
        ("not_in_channel", "not_in_channel", "/invite @recgate"),
        ("is_archived", "is_archived", "unarchive"),
        ("invalid_auth", "invalid_auth", "secret"),
        ("missing_scope", "missing_scope", "chat:write"),
    ],
)
def test_a_refusal_of_slack_is_told_with_its_cure(
    aws: LocalAws, slack: SlackServer, policies: Path, code: str, reason: str, cure: str
) -> None:
    """In Slack's word, and in ours what to do; the exit code says that it did not arrive."""
    slack.answer_to("chat.postMessage", error(code))

    answer = notify("slack-ml-prod", policies)

    assert answer.code == 1
    refused, remedy = answer.err.splitlines()
    assert refused.startswith("recgate: not delivered: Slack refused the message for channel")
    assert reason in refused
    assert remedy.startswith("recgate: what to do: ")
    assert cure in remedy


def test_missing_scopes_are_named_before_anything_is_sent(
    aws: LocalAws, slack: SlackServer, policies: Path
) -> None:
    """Each with what is lost without it; only the right to post stands in the way."""
    slack.answer_to("auth.test", scopes("chat:write,channels:history"), scopes("files:write"))

    decoration = notify("slack-ml-prod", policies, "--dry-run")
    mute = notify("slack-ml-prod", policies, "--dry-run")

    assert decoration.code == 0
    assert "- Missing scope files:write: without it the chart is left out" in decoration.out
    assert "- Missing scope groups:history: " in decoration.out
    assert mute.code == 1
    assert "! Missing scope chat:write: without it nothing can be posted" in mute.out


def test_a_token_that_slack_does_not_know_is_told(
    aws: LocalAws, slack: SlackServer, policies: Path
) -> None:
    """By auth.test, before anything is sent."""
    slack.answer_to("auth.test", error("token_revoked"))
    slack.answer_to("chat.postMessage", error("token_revoked"))

    answer = notify("slack-ml-prod", policies)

    assert answer.code == 1
    assert "! auth.test: Slack says token_revoked" in answer.out
    assert "install the Slack app again" in answer.err


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ("slack-no-secret", "recgate/nowhere cannot be read: ResourceNotFoundException"),
        ("slack-no-token", "does not look like a Slack token"),
    ],
)
def test_a_secret_that_is_none_is_told(
    aws: LocalAws, slack: SlackServer, policies: Path, route: str, words: str
) -> None:
    """What is wrong with it, and nothing of what is in it."""
    answer = notify(route, policies)

    assert answer.code == 1
    assert words in answer.err
    assert "what to do: " in answer.err
    assert slack.webhook_url not in answer.out + answer.err
    assert slack.posted == []


def test_a_webhook_is_only_sent_to(aws: LocalAws, slack: SlackServer, policies: Path) -> None:
    """There is nobody to ask before."""
    answer = notify("slack-quick-start", policies)

    assert answer.code == 0, answer.err
    assert slack.asked == slack.posted
    assert "by the webhook in the secret recgate/hook" in answer.out
    assert slack.webhook_url not in answer.out + answer.err


def test_a_slack_that_is_not_there_is_told(
    aws: LocalAws, policies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may work later: that is what is said."""
    with local_slack() as gone:
        pass
    monkeypatch.setenv("RECGATE_SLACK_API", gone.base_url)

    answer = notify("slack-ml-prod", policies)

    assert answer.code == 1
    assert "! auth.test: Slack says no answer (ConnectionRefusedError)" in answer.out
    assert "not delivered now: Slack: no answer" in answer.err
    assert "a real message would go back to the queue" in answer.err


def subscribe(aws: LocalAws, **attributes: str) -> str:
    """A queue at the topic, in SNS and in SQS; gives the queue's address."""
    queue = aws.client("sqs").create_queue(QueueName="verdicts")["QueueUrl"]
    aws.client("sns").subscribe(
        TopicArn=f"arn:aws:sns:{REGION}:123456789012:{TOPIC_NAME}",
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:123456789012:verdicts",
        Attributes=attributes,
    )
    return str(queue)


def received(aws: LocalAws, queue: str) -> list[Any]:
    messages = aws.client("sqs").receive_message(QueueUrl=queue).get("Messages", [])
    return [json.loads(json.loads(each["Body"])["Message"]) for each in messages]


def test_a_topic_whose_filter_lets_the_sample_through(aws: LocalAws, policies: Path) -> None:
    """It arrives, and the attributes and the document say that it is a test."""
    queue = subscribe(aws, FilterPolicy=json.dumps({"event": ["test"]}))

    answer = notify("sns-finops", policies, "--verdict", "FAIL")

    assert answer.code == 0, answer.err
    assert "verdicts: gets it; no dead-letter queue (RedrivePolicy)" in answer.out
    (document,) = received(aws, queue)
    assert document["job"]["name"] == SAMPLE_JOB


def test_a_filter_policy_that_keeps_the_sample_out_is_explained(
    aws: LocalAws, policies: Path
) -> None:
    """Published, and nobody gets it: that is not a success."""
    queue = subscribe(aws, FilterPolicy=json.dumps({"verdict": ["FAIL"]}))

    answer = notify("sns-finops", policies, "--verdict", "PASS")

    assert answer.code == 1
    assert (
        'does not get it: its filter policy wants verdict to be ["FAIL"]; this message has "PASS"'
    ) in answer.out
    assert "! nobody gets what is published: no subscription lets it through" in answer.out
    assert "Delivered: " in answer.out
    assert "published, but nobody gets it" in answer.err
    assert received(aws, queue) == []


def test_a_topic_without_a_subscription_is_told(aws: LocalAws, policies: Path) -> None:
    """SNS itself would say nothing."""
    answer = notify("sns-finops", policies, "--dry-run")

    assert answer.code == 1
    assert "! nobody gets what is published: the topic has no subscription" in answer.out


def test_a_topic_that_is_not_there_is_told(aws: LocalAws, policies: Path) -> None:
    """With the place to look."""
    answer = notify("sns-nowhere", policies)

    assert answer.code == 1
    assert "SNS did not list the topic's subscriptions: NotFound" in answer.out
    assert "what to do: check the topic's ARN and its region" in answer.err


@pytest.mark.parametrize(
    ("code", "status", "cure"),
    [
        ("KMSAccessDenied", 400, "kms:GenerateDataKey"),
        ("KMSDisabled", 400, "enable the key"),
        ("AuthorizationError", 403, "sns:Publish"),
    ],
)
def test_a_refusal_of_sns_is_told_with_its_cure(
    aws: LocalAws,
    policies: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    status: int,
    cure: str,
) -> None:
    """Also where the subscriptions may not be listed: the sample is tried all the same."""
    with sns_that_says(code, status) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", url)
        answer = notify("sns-finops", policies)

    assert answer.code == 1
    assert asked == ["ListSubscriptionsByTopic", "Publish"]
    assert code in answer.err
    assert cure in answer.err


@contextmanager
def sns_that_says(code: str, status: int) -> Iterator[tuple[str, list[str]]]:
    """An SNS that may not be asked anything, with the names of what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append(raw.split("Action=")[1].split("&")[0])
            said = code if asked[-1] == "Publish" else "AuthorizationError"
            body = f"<ErrorResponse><Error><Code>{said}</Code></Error></ErrorResponse>".encode()
            self.send_response(status if asked[-1] == "Publish" else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output to the test."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_route_that_is_not_there_names_those_that_are(aws: LocalAws, policies: Path) -> None:
    """And the one that was meant."""
    answer = notify("slack-ml-pord", policies)

    assert answer.code == 2
    assert "There is no route 'slack-ml-pord'. Did you mean slack-ml-prod?" in answer.err
    assert "sns-finops" in answer.err


def test_a_route_of_the_settings_is_tried_without_a_file(
    aws: LocalAws, slack: SlackServer, policies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the deployed function would have it, with its own policies."""
    (policies / "routes.yaml").unlink()
    monkeypatch.setenv("RECGATE_SLACK_SECRET", "recgate/bot")
    monkeypatch.setenv("RECGATE_SLACK_CHANNEL", "C0000000001")

    answer = notify("slack", policies)

    assert answer.code == 0, answer.err
    assert slack.posted[0].message["channel"] == "C0000000001"


def test_a_console_route_prints_the_sample_here(
    aws: LocalAws, policies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a route like any other."""
    (policies / "routes.yaml").unlink()
    monkeypatch.setenv("RECGATE_CONSOLE", "1")

    answer = notify("console", policies)

    assert answer.code == 0
    assert "TEST" in answer.out
    assert SAMPLE_JOB in answer.out


def test_broken_routes_are_told_and_nothing_is_sent(
    aws: LocalAws, slack: SlackServer, policies: Path
) -> None:
    """With file and line, as the function would refuse them."""
    (policies / "routes.yaml").write_text("version: 1\nroutes: 7\n", "utf-8")

    answer = notify("slack-ml-prod", policies)

    assert answer.code == 2
    assert "routes.yaml:2" in answer.err
    assert slack.posted == []


@pytest.mark.parametrize("word", sample_verdicts())
def test_every_sample_has_the_verdict_that_was_asked_for(word: str) -> None:
    """Judged, not made up; and each is a decision of its own."""
    sample = sample_decision(word, NOW)

    if word == "FAILED":
        assert sample.snapshot.status is JobStatus.FAILED
    else:
        assert sample.verdict.value == word
    assert sample.snapshot.job_name == SAMPLE_JOB
    assert len({sample_decision(each, NOW).key for each in sample_verdicts()}) == 8

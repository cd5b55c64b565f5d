"""The page shows the world and acts on it."""

import http.client
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.dialect.events import notice_from
from recgate.ports import Entry
from tests.builders import NOW
from tests.playground.aws_world import AwsWorld
from tests.playground.browser import FORM, get, post, regions
from tests.playground.moving_clock import MovingClock
from tests.playground.order_form import job_order
from tests.playground.page import Page
from tests.playground.world import JobOrder, SlackMessage, WorldRefused
from tests.servers.aws import aws_client


def say(world: AwsWorld, message: dict[str, Any]) -> None:
    """Let Slack have heard a message."""
    world.slack.heard.append(SlackMessage(NOW, "C0123456789", message))


def on_the_queue(world: AwsWorld) -> list[str]:
    """The bodies in the queue of the check function."""
    received = world.client("sqs").receive_message(QueueUrl=world.queue_url, MaxNumberOfMessages=10)
    return [message["Body"] for message in received.get("Messages", ())]


def said_to_slack(world: AwsWorld) -> tuple[int, str | None]:
    """Post to the local Slack; its status and what it asks to wait."""
    connection = http.client.HTTPConnection(urlsplit(world.slack.url).netloc, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer xoxb-local"}
    body = json.dumps({"channel": "C1", "text": "hello"})
    try:
        connection.request("POST", "/api/chat.postMessage", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Retry-After")
    finally:
        connection.close()


def test_a_job_from_the_form_lives_to_its_end(
    page: Page, world: AwsWorld, clock: MovingClock
) -> None:
    """Named, tagged and timed as the form says, ending as the sample did."""
    told = post(page, "/jobs", {**FORM, "sample": "image-tagger-v2", "tags": "env=prod,team=a b=c"})

    clock.move(12)
    halfway = regions(page)["jobs"]
    clock.move(10)
    ended = regions(page)["jobs"]

    assert (told.status, told.json["said"]) == (200, "Job mine is created.")
    assert "IN PROGRESS" in halfway
    assert 'value="0.545"' in halfway
    assert "benchmarks: 1 done, 1 running" in halfway
    assert all(tag in halfway for tag in ("env=prod", "team=a", "b=c"))
    assert "FAILED" in ended
    assert "INVALID_INPUT" in ended
    assert "<progress" not in ended


def test_a_running_job_can_be_stopped(page: Page, clock: MovingClock) -> None:
    """With the button beside it."""
    post(page, "/jobs", FORM)
    clock.move(5)

    told = post(page, "/stop", {"name": "mine"})

    clock.move(5)
    assert told.status == 200
    assert "STOPPED" in regions(page)["jobs"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "-bad-"}, "jobName"),
        ({"name": ""}, "JobName"),
        ({"sample": "no-such"}, "no sample no-such"),
        ({"runs_s": "soon"}, "number of seconds"),
        ({"runs_s": "nan"}, "0 to 3600"),
        ({"runs_s": "1e9"}, "0 to 3600"),
        ({"tags": "env"}, "key=value"),
    ],
)
def test_what_cannot_be_created_is_told(page: Page, changes: dict[str, str], said: str) -> None:
    """In the words of whoever refused it, SageMaker's included."""
    answer = post(page, "/jobs", {**FORM, **changes})

    assert answer.status == 400
    assert said in answer.json["said"]


def test_the_same_name_twice_is_told_as_sagemaker_tells_it(page: Page) -> None:
    """ResourceInUse."""
    post(page, "/jobs", FORM)

    answer = post(page, "/jobs", FORM)

    assert answer.status == 400
    assert "ResourceInUse" in answer.json["said"]


def test_tags_may_be_left_out() -> None:
    """A job without tags is a job too."""
    order = job_order({**FORM, "tags": " "})

    assert order == JobOrder("mine", "fraud-ranker-v14", 20.0, {})


def test_slack_messages_are_shown_newest_first_in_their_channel(
    page: Page, world: AwsWorld
) -> None:
    """Each channel under its name."""
    for place, channel in enumerate(("C1", "C2", "C1")):
        message = SlackMessage(NOW, channel, {"text": f"number {place}"})
        world.slack.heard.append(message)

    shown = regions(page)["slack"]

    order = ["C1", "number 2", "number 0", "C2", "number 1"]
    assert [shown.index(text) for text in order] == sorted(shown.index(text) for text in order)
    assert regions(page)["count-slack"] == "3"


def test_a_message_that_slack_refused_is_shown_with_the_reason(page: Page, world: AwsWorld) -> None:
    """Nobody in the channel saw it."""
    world.slack.heard.append(SlackMessage(NOW, "C1", {"text": "lost"}, "503 upstream"))

    assert "Slack refused it: 503 upstream" in regions(page)["slack"]


def test_a_message_that_cannot_be_drawn_does_not_hide_the_others(
    page: Page, world: AwsWorld
) -> None:
    """It says what it holds that nobody can draw."""
    say(world, {"text": "fine"})
    say(world, {"blocks": [{"type": "video"}]})
    say(world, {"blocks": [{"type": "header"}]})
    say(world, {"blocks": ["no block"]})

    shown = regions(page)["slack"]

    assert "fine" in shown
    assert "a block of type &#x27;video&#x27; is not drawn here" in shown
    assert shown.count("cannot be drawn") == 3


def test_the_ledger_is_shown_newest_first(page: Page, world: AwsWorld) -> None:
    """Streams by their last entry, entries from the last to the first, effects by their job."""
    ledger = DynamoDbLedger(world.client("dynamodb"), "ledger")
    stream = "job:arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/mine"
    at = datetime(2026, 11, 21, 7, tzinfo=UTC)
    ledger.append(stream, 0, Entry("snapshot", "COMPLETED@1", at, {"schema": 1}))
    ledger.append(stream, 1, Entry("decision", "abcdef0123", at, {"verdict": "WOULD_FAIL"}))
    ledger.append("effect:abcdef0123:slack", 0, Entry("claimed", "c", at, {}))
    ledger.append("effect:other:sns", 0, Entry("claimed", "c", NOW, {}))

    first = regions(page)["ledger"]
    later = at.replace(minute=1)
    ledger.append("effect:abcdef0123:slack", 1, Entry("delivered", "d", later, {"id": "1.2"}))
    second = regions(page)["ledger"]

    assert first.index("<b>decision</b>") < first.index("<b>snapshot</b>")
    assert "WOULD FAIL" in first
    assert first.index("for mine") < first.index("decision other")
    assert "&quot;verdict&quot;: &quot;WOULD_FAIL&quot;" in first
    assert "delivered" not in first
    assert second.index("delivered") < second.index("WOULD FAIL")


def test_mails_are_what_an_email_subscriber_reads(page: Page, world: AwsWorld) -> None:
    """Taken from what is published, on its way to the topic."""
    topic = world.client("sns").create_topic(Name="ml-verdicts")["TopicArn"]
    forms = {"default": "short", "email": "PASS\n\nWHY\n  because", "sqs": "{}"}
    sns = aws_client("sns", world.sns.url)
    sns.publish(
        TopicArn=topic, Subject="[PASS] it", Message=json.dumps(forms), MessageStructure="json"
    )
    sns.publish(TopicArn=topic, Message="plain words")
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.publish(TopicArn=f"{topic}-nowhere", Message="lost")
    sns.close()

    shown = regions(page)

    assert shown["count-mail"] == "2"
    assert "PASS\n\nWHY\n  because" in shown["mail"]
    assert "[PASS] it" in shown["mail"]
    assert shown["mail"].index("plain words") < shown["mail"].index("[PASS] it")


def test_dead_letters_stay_where_they_are(page: Page, world: AwsWorld) -> None:
    """Looking at them as often as the page does takes none away."""
    world.client("sqs").send_message(
        QueueUrl=world.dead_letter_url,
        MessageBody='{"source": "nobody"}',
        MessageAttributes={"reason": {"DataType": "String", "StringValue": "not understood"}},
    )

    shown = [regions(page)["dead"] for _ in range(3)]

    assert all("not understood" in each for each in shown)
    assert all("&quot;source&quot;: &quot;nobody&quot;" in each for each in shown)


@pytest.mark.parametrize(
    ("trouble", "mood", "status", "retry_after"),
    [
        ("slack-down", "Slack is down", 503, None),
        ("slack-rate-limits", "Slack limits the rate", 429, "30"),
        ("slack-back", "Slack is well", 200, None),
    ],
)
def test_the_buttons_change_how_slack_answers(
    page: Page, world: AwsWorld, trouble: str, mood: str, status: int, retry_after: str | None
) -> None:
    """Until another button is pressed, and the page says how Slack is."""
    post(page, "/trouble", {"trouble": "slack-down"})
    post(page, "/trouble", {"trouble": trouble})

    answers = [said_to_slack(world) for _ in range(2)]

    assert answers == [(status, retry_after)] * 2
    assert mood in regions(page)["mood"]
    assert len(world.slack.posted) == 2


def test_a_poisoned_message_lands_on_the_queue(page: Page, world: AwsWorld) -> None:
    """As something that nobody understands."""
    answer = post(page, "/trouble", {"trouble": "poison"})

    (body,) = on_the_queue(world)
    assert answer.status == 200
    assert json.loads(body)["source"] == "nobody"


def test_the_cloudtrail_event_is_that_of_the_last_job(page: Page, world: AwsWorld) -> None:
    """There has to be one."""
    too_early = post(page, "/trouble", {"trouble": "cloudtrail"})
    post(page, "/jobs", {**FORM, "name": "first"})
    post(page, "/jobs", FORM)
    post(page, "/stop", {"name": "first"})

    answer = post(page, "/trouble", {"trouble": "cloudtrail"})

    (body,) = on_the_queue(world)
    assert too_early.status == 400
    assert answer.status == 200
    assert notice_from(body).job_name == "mine"


def test_a_part_of_the_world_that_is_gone_does_not_hide_the_rest(
    page: Page, world: AwsWorld
) -> None:
    """Its place says what is wrong."""
    say(world, {"text": "still here"})
    world.table = "no-such-table"

    shown = regions(page)

    assert "ResourceNotFoundException" in shown["ledger"]
    assert "still here" in shown["slack"]
    assert get(page).status == 200


@pytest.mark.parametrize("theme", ["light", "dark", "auto", "<script>"])
def test_the_page_comes_in_light_and_dark(page: Page, theme: str) -> None:
    """And in nothing else."""
    expected = theme if theme.isalpha() else "auto"

    assert f'data-theme="{expected}"' in get(page, f"/?theme={theme}").text


def test_a_browser_without_script_gets_the_page_again(page: Page, world: AwsWorld) -> None:
    """After a form that was accepted; one that was not is told as text."""
    good = post(page, "/jobs", FORM, Accept="text/html")
    bad = post(page, "/jobs", FORM, Accept="text/html")

    assert (good.status, good.headers["location"]) == (303, "/")
    assert bad.status == 400
    assert "ResourceInUse" in bad.text
    assert len(world.jobs()) == 1


def test_a_world_that_refuses_says_so_in_its_own_words(world: AwsWorld) -> None:
    """Stopping what is not there."""
    with pytest.raises(WorldRefused, match="ResourceNotFound"):
        world.stop_job("nobody")

"""Slack is shown as a conversation: threads, changed messages, pictures, links that open here."""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.playground.aws_world import AwsWorld
from tests.playground.browser import get, post, regions
from tests.playground.page import Page
from tests.playground.world import WorldRefused
from tests.servers.slack_workspace import UploadedFile

CHANNEL = "C0123456789"
KEY = "reports/111122223333/eu-west-1/mine/0123.html"


def slack(world: AwsWorld, method: str, **sent: Any) -> Mapping[str, Any]:
    """Call Slack as recgate's bot."""
    number = sum(map(len, world.slack.workspace.messages.values()))
    told = world.slack.workspace.call(method, {"channel": CHANNEL, **sent}, number=number)
    assert told["ok"], told
    return told


def share(world: AwsWorld, thread: str, *, content: bytes = b"\x89PNG", title: str = "") -> None:
    """Put a picture into a thread."""
    file = UploadedFile("F1", "chart.png", len(content), "a chart", title, content, CHANNEL, thread)
    world.slack.workspace.files["F1"] = file


def test_replies_stand_in_the_thread_of_their_message(page: Page, world: AwsWorld) -> None:
    """Folded away, but for the newest thread."""
    first = slack(world, "chat.postMessage", text="first verdict")["ts"]
    slack(world, "chat.postMessage", text="first details", thread_ts=first)
    second = slack(world, "chat.postMessage", text="second verdict")["ts"]
    slack(world, "chat.postMessage", text="second details", thread_ts=second)
    share(world, second)

    shown = regions(page)["slack"]

    order = ["second verdict", "2 replies", "second details", "first verdict", "1 reply"]
    assert [shown.index(text) for text in order] == sorted(shown.index(text) for text in order)
    newest, older = shown.split('<details class="thread"')[1:]
    assert " open>" in newest
    assert " open>" not in older
    assert regions(page)["count-slack"] == "2"


def test_a_message_that_was_changed_says_so(page: Page, world: AwsWorld) -> None:
    """And shows what it says now."""
    ts = slack(world, "chat.postMessage", text="Benchmarking")["ts"]
    before = regions(page)["slack"]
    slack(world, "chat.update", ts=ts, text="Benchmarked")

    after = regions(page)["slack"]

    assert "(edited)" not in before
    assert "(edited)" in after
    assert "Benchmarked" in after
    assert "Benchmarking" not in after


def test_a_picture_of_a_thread_is_shown(page: Page, world: AwsWorld) -> None:
    """From where Slack keeps it, with its title and what it says to who cannot see it."""
    ts = slack(world, "chat.postMessage", text="verdict")["ts"]
    share(world, ts, content=b"\x89PNG\xff\x00", title="PASS <it>")

    shown = regions(page)["slack"]
    picture = get(page, "/file?id=F1")
    missing = get(page, "/file?id=F2")

    assert '<img src="/file?id=F1" alt="a chart">' in shown
    assert "PASS &lt;it&gt;" in shown
    assert (picture.status, picture.headers["content-type"]) == (200, "image/png")
    assert picture.content == b"\x89PNG\xff\x00"
    assert missing.status == 404


def test_the_link_to_a_page_about_a_decision_opens_here(page: Page, world: AwsWorld) -> None:
    """In AWS it leads to the S3 console; the page is shown as if it came from somewhere else."""
    world.client("s3").put_object(Bucket=world.bucket, Key=KEY, Body=b"<!doctype html><p>PASS")
    console = f"{world.report_links()}{KEY.replace('/', '%2F')}"
    slack(world, "chat.postMessage", text=f"<{console.replace('&', '&amp;')}|Open Report>")

    shown = regions(page)["slack"]
    [link] = [part.split('"')[0] for part in shown.split('href="')[1:]]
    opened = get(page, link.removeprefix(page.url))

    assert link.startswith(f"{page.url}/report?key=")
    assert opened.status == 200
    assert opened.text == "<!doctype html><p>PASS"
    assert opened.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("key", ["reports/nothing.html", "", "../page.css"])
def test_a_page_that_is_not_there_is_not_found(page: Page, key: str) -> None:
    """And says what S3 says."""
    assert get(page, f"/report?key={key}").status == 404


def test_a_file_that_nobody_shared_is_not_shown(world: AwsWorld) -> None:
    """It is on its way, and in no channel."""
    world.slack.workspace.files["F1"] = UploadedFile("F1", "chart.png", 4, content=b"\x89PNG")

    with pytest.raises(WorldRefused):
        world.slack_file("F1")


def test_a_bot_that_was_removed_is_refused_and_the_message_shown_as_lost(
    page: Page, world: AwsWorld
) -> None:
    """New messages only: what stands there may still be changed."""
    told = post(page, "/trouble", {"trouble": "slack-not-invited"})

    with pytest.raises(AssertionError, match="not_in_channel"):
        _ask(world, "chat.postMessage", text="lost")
    _ask(world, "auth.test")

    assert told.status == 200
    assert "Slack refused it: 200 not_in_channel" in regions(page)["slack"]
    assert "recgate is in no channel" in regions(page)["mood"]


def _ask(world: AwsWorld, method: str, **sent: Any) -> None:
    """Call Slack over HTTP."""
    connection = http.client.HTTPConnection(urlsplit(world.slack.url).netloc, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer xoxb-local"}
    try:
        connection.request(
            "POST", f"/api/{method}", json.dumps({"channel": CHANNEL, **sent}), headers
        )
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    assert answer["ok"], answer

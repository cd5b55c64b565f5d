"""The page is for the person before it: no text becomes markup, no other page acts here."""

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.ports import Entry
from tests.builders import NOW
from tests.playground.aws_world import AwsWorld
from tests.playground.browser import FORM, get, post, regions
from tests.playground.page import FORM_BYTES_MAX, Page, playground_page
from tests.playground.world import SlackMessage

HOSTILE = """<script>alert(1)</script><img src=x onerror=alert(2)>"'&lt;b&gt;"""


def say(world: AwsWorld, message: dict[str, Any]) -> None:
    """Let Slack have heard a message."""
    world.slack.heard.append(SlackMessage(NOW, "C0123456789", message))


def test_hostile_text_stays_text(page: Page, world: AwsWorld) -> None:
    """Wherever it comes from: nothing that anybody wrote becomes a tag or an attribute."""
    at = datetime(2026, 11, 21, 7, tzinfo=UTC)
    ledger = DynamoDbLedger(world.client("dynamodb"), "ledger")
    for stream in (f"job:{HOSTILE}", f"effect:{HOSTILE}:{HOSTILE}"):
        ledger.append(stream, 0, Entry(HOSTILE, HOSTILE, at, {HOSTILE: HOSTILE}))
    world.client("sqs").send_message(
        QueueUrl=world.dead_letter_url,
        MessageBody=HOSTILE,
        MessageAttributes={"reason": {"DataType": "String", "StringValue": HOSTILE}},
    )
    text = {"type": "mrkdwn", "text": f"*{HOSTILE}* `{HOSTILE}` <https://a.b/{HOSTILE}|{HOSTILE}>"}
    plain = {"type": "plain_text", "text": HOSTILE}
    say(world, {"text": HOSTILE})
    say(world, {"blocks": [{"type": "section", "text": text}, {"type": "header", "text": plain}]})
    inside = [{"type": "text", "text": HOSTILE, "style": {"bold": True}}]
    section = {"type": "rich_text_section", "elements": inside}
    listed = {"type": "rich_text_list", "elements": [section]}
    pre = {"type": "rich_text_preformatted", "elements": inside}
    say(world, {"blocks": [{"type": "rich_text", "elements": [section, listed, pre]}]})
    say(world, {"blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": HOSTILE}]]}]})
    say(world, {"blocks": [{"type": "context", "elements": [text, plain]}]})
    say(world, {"blocks": [{"type": HOSTILE}]})
    say(world, {"text": '<javascript:alert(1)|press "me"> <!date^1^{date}|"onload=x>'})
    world.slack.heard.append(SlackMessage(NOW, HOSTILE, {"text": "hi"}, HOSTILE))
    world.name = HOSTILE

    whole = get(page).text
    shown = regions(page)

    for html in (whole, *shown.values()):
        assert "<script>" not in html
        assert "<img" not in html
        assert 'href="javascript:' not in html
        assert "onload=x" not in html.replace("&quot;onload=x", "")
    assert "alert(1)" in unescape(shown["slack"])
    assert "alert(1)" in unescape(shown["ledger"])
    assert "alert(1)" in unescape(shown["dead"])


def test_the_page_needs_nothing_from_outside(page: Page) -> None:
    """Its files are its own, its script is no inline one, and the browser is told so."""
    answer = get(page)
    files = [get(page, f"/{name}") for name in ("page.css", "page.js", "message.css")]

    assert [each.status for each in files] == [200, 200, 200]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for text in (answer.text, *(each.text for each in files)):
        assert "http://" not in text
        assert "https://" not in text


@pytest.mark.parametrize("host", ["localhost", "evil.example", "127.0.0.1", "127.0.0.1:1", ""])
@pytest.mark.parametrize("path", ["/", "/state"])
def test_a_name_that_points_here_gets_nothing(page: Page, host: str, path: str) -> None:
    """DNS rebinding: the page and its token are for its own address only."""
    answer = get(page, path, Host=host or " ")

    assert answer.status == 403
    assert page.token not in answer.text


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ({"Origin": "http://127.0.0.1:1"}, {}),
        ({"Origin": "null"}, {}),
        ({"Origin": ""}, {}),
        ({}, {"token": "guessed"}),
        ({}, {"token": ""}),
        ({}, {"token": "ä"}),
        ({"Host": "evil.example"}, {}),
    ],
)
@pytest.mark.parametrize("path", ["/jobs", "/stop", "/trouble"])
def test_no_other_page_can_act_here(
    page: Page, world: AwsWorld, path: str, headers: dict[str, str], fields: dict[str, str]
) -> None:
    """Whatever is open in the same browser."""
    form = {**FORM, "trouble": "slack-down", **fields}

    answer = post(page, path, form, **headers)

    assert answer.status == 403
    assert world.jobs() == []
    assert world.slack_mood() == "well"


def test_what_is_not_there_is_404(page: Page) -> None:
    """Files beside the page included."""
    answers = [
        get(page, "/page.py"),
        get(page, "/../page.py"),
        post(page, "/nothing", {}),
    ]

    assert [answer.status for answer in answers] == [404, 404, 404]


def test_a_form_that_is_too_long_is_not_read(page: Page) -> None:
    """The page's own are short."""
    answer = post(page, "/jobs", {**FORM, "tags": "x" * FORM_BYTES_MAX})

    assert answer.status == 413


def test_two_runs_have_two_tokens(world: AwsWorld) -> None:
    """A page from yesterday cannot act on today's world."""
    with playground_page(world) as one, playground_page(world) as other:
        assert one.token != other.token

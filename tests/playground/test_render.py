"""Messages are drawn as a person would see them in Slack."""

import json
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.playground.render import NotDrawn, message_html, mrkdwn_html

MESSAGES = sorted((Path(__file__).parents[1] / "rendering" / "golden").glob("*.slack.json"))


@pytest.mark.parametrize("form", ["rich", "sections", "text"])
@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: file.name)
def test_every_message_that_recgate_sends_can_be_drawn(file: Path, form: str) -> None:
    """In all of its forms, with no text left out and none of Slack's marks left in."""
    message = json.loads(file.read_text("utf-8"))[form]

    html = message_html(message)

    for text in _plain_texts(message.get("blocks", ())):
        assert escape(text) in html
    for mark in ("_circle:", "!date^", "!subteam^"):
        assert mark not in html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*bold* and `code`", "<b>bold</b> and <code>code</code>"),
        ("2 * 3 * 4 and a*b*c", "2 * 3 * 4 and a*b*c"),
        ("`&lt;i&gt;`", "<code>&lt;i&gt;</code>"),
        ("`*not bold*`", "<code>*not bold*</code>"),
        (":red_circle: :no_such:", "🔴 :no_such:"),
        ("a\nb", "a<br>b"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 &lt; 2 &amp;&amp; 3 &gt; 2"),
        ("&amp;lt;", "&amp;lt;"),
        ("<!date^1^{date}|21 Nov>", "21 Nov"),
        ("<!subteam^S1>", '<span class="mention">@S1</span>'),
        ("<@U1|dana>", '<span class="mention">@dana</span>'),
        ("<!here>", '<span class="mention">@here</span>'),
        (
            "<https://a.b/c?d=1&amp;e|*here*>",
            '<a href="https://a.b/c?d=1&amp;e" rel="noreferrer noopener" '
            'target="_blank">*here*</a>',
        ),
        ("<javascript:alert(1)|press>", "&lt;javascript:alert(1)|press&gt;"),
        ('<b onclick="x">', "&lt;b onclick=&quot;x&quot;&gt;"),
        ("*&lt;i&gt;*", "<b>&lt;i&gt;</b>"),
    ],
)
def test_mrkdwn_is_read_as_slack_reads_it(text: str, expected: str) -> None:
    """And what is no mark of Slack's is text."""
    assert mrkdwn_html(text) == expected


@pytest.mark.parametrize(
    "block",
    [
        {"type": "video"},
        {},
        {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": []}]},
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "emoji"}]}],
        },
    ],
)
def test_what_recgate_does_not_send_is_an_error(block: dict[str, Any]) -> None:
    """Rather than a message that shows less than was sent."""
    with pytest.raises(NotDrawn, match="is not drawn here"):
        message_html({"blocks": [block]})


def _plain_texts(part: Any) -> list[str]:
    """The texts that no markup changes: headers, cells, rich text."""
    if isinstance(part, list):
        return [text for item in part for text in _plain_texts(item)]
    if not isinstance(part, dict):
        return []
    if part.get("type") in ("plain_text", "raw_text", "raw_number", "text"):
        return [part["text"]]
    return [text for item in part.values() for text in _plain_texts(item)]

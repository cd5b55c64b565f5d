"""Slack messages are drawn as a person would see them in Slack."""

import json
from html import escape
from pathlib import Path
from typing import Any

import pytest

from recgate.rendering.preview.blocks import (
    NotDrawn,
    loud_message_html,
    message_html,
    posted_html,
)
from recgate.rendering.preview.markup import mrkdwn_html

LINK = '<a href="{}" rel="noreferrer noopener" target="_blank">'
MESSAGES = sorted((Path(__file__).parent / "golden").glob("*.slack.json"))


def _cell(text: str) -> dict[str, str]:
    return {"type": "raw_text", "text": text}


def _plain_texts(part: Any) -> list[str]:
    """The texts that no markup changes: headers, cells, rich text."""
    if isinstance(part, list):
        return [text for item in part for text in _plain_texts(item)]
    if not isinstance(part, dict):
        return []
    if part.get("type") in ("plain_text", "raw_text", "raw_number", "text"):
        return [part["text"]]
    return [text for item in part.values() for text in _plain_texts(item)]


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: file.name)
def test_every_message_that_recgate_sends_can_be_drawn(file: Path) -> None:
    """In all of its forms, with no text left out and none of Slack's marks left in."""
    for message in json.loads(file.read_text("utf-8")).values():
        html = message_html(message)

        for text in _plain_texts(message.get("blocks", ())):
            assert escape(text) in html
        for mark in ("_circle:", ":hourglass", ":small_red", "!date^", "!subteam^"):
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
        ("_so_ ~gone~ snake_case_name", "<i>so</i> <s>gone</s> snake_case_name"),
        ("*<https://a.b|here>*", f"<b>{LINK.format('https://a.b')}here</a></b>"),
        ("*a _b_ c*", "<b>a <i>b</i> c</b>"),
        ("*a _b* c_", "<b>a _b</b> c_"),
        ("*`code`*", "<b><code>code</code></b>"),
        ("```a\n*b*```", "<pre>a\n*b*</pre>"),
        ("&gt; said", '<span class="quote">said</span>'),
        ("https://a.b/c", "https://a.b/c"),
        ("\x000\x00 `a`", "0 <code>a</code>"),
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
        {"type": "rich_text", "elements": [{"type": "rich_text_video", "elements": []}]},
        {"type": "actions", "elements": [{"type": "datepicker"}]},
        {"type": "table", "rows": [[{"type": "raw_picture"}]]},
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


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "header", "text": {"type": "plain_text", "text": "A > B"}}, "<h3>A &gt; B</h3>"),
        (
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "*a*\nb"}]},
            '<div class="section"><div class="fields"><div><b>a</b><br>b</div></div></div>',
        ),
        (
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "see https://a.b"},
                "accessory": {"type": "button", "text": {"type": "plain_text", "text": "Go"}},
            },
            f'<div class="section with-accessory"><div><div>see {LINK.format("https://a.b")}'
            'https://a.b</a></div></div><span class="button">Go</span></div>',
        ),
        (
            {"type": "context", "elements": [{"type": "plain_text", "text": "*as it is*"}]},
            '<div class="context"><div>*as it is*</div></div>',
        ),
        (
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "Open <Job>"},
                        "url": "https://a.b/?c=1&d",
                        "style": "primary",
                    },
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "Delete"},
                        "style": '" onclick="',
                    },
                ],
            },
            '<div class="actions"><a class="button primary" href="https://a.b/?c=1&amp;d" '
            'rel="noreferrer noopener" target="_blank">Open &lt;Job&gt;</a>'
            '<span class="button">Delete</span></div>',
        ),
        ({"type": "divider"}, "<hr>"),
        (
            {"type": "image", "image_url": "https://a.b/c.png", "alt_text": "the <chart>"},
            '<div class="image">picture: the &lt;chart&gt;</div>',
        ),
        (
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_list",
                        "style": "ordered",
                        "indent": 1,
                        "elements": [
                            {
                                "type": "rich_text_section",
                                "elements": [
                                    {
                                        "type": "text",
                                        "text": "<x>",
                                        "style": {"bold": True, "code": True},
                                    },
                                    {"type": "link", "url": "https://a.b", "text": "here"},
                                ],
                            }
                        ],
                    },
                    {
                        "type": "rich_text_quote",
                        "elements": [{"type": "text", "text": "a\nb"}],
                    },
                ],
            },
            '<div class="rich"><ol class="indent1"><li><div><code><b>&lt;x&gt;</b></code>'
            f"{LINK.format('https://a.b')}here</a></div></li></ol>"
            '<div class="quote">a\nb</div></div>',
        ),
        (
            {
                "type": "table",
                "column_settings": [{"is_wrapped": True}, {"align": "right"}],
                "rows": [
                    [_cell("Name"), _cell("$/h"), _cell("More")],
                    [_cell("a"), {"type": "raw_number", "value": 1, "text": "$1"}, _cell("b")],
                ],
            },
            '<div class="table"><table><tr><th class="wrapped">Name</th><th class="right">$/h</th>'
            '<th>More</th></tr><tr><td class="wrapped">a</td><td class="right">$1</td><td>b</td>'
            "</tr></table></div>",
        ),
    ],
)
def test_each_block_looks_like_slack(block: dict[str, Any], expected: str) -> None:
    """With every word in it, and nothing that is not escaped."""
    assert message_html({"blocks": [block]}) == expected


def test_a_data_table_shows_its_first_page_and_has_the_rest() -> None:
    """Five rows unless it says otherwise; the others are there for who asks."""
    rows = [[_cell("Name")], *([_cell(f"row {number}")] for number in range(7))]

    html = message_html({"blocks": [{"type": "data_table", "caption": "All <7>", "rows": rows}]})

    first, rest = html.split("<details>")
    assert '<div class="caption">All &lt;7&gt;</div>' in first
    assert [number for number in range(7) if f"row {number}" in first] == [0, 1, 2, 3, 4]
    assert [number for number in range(7) if f"row {number}" in rest] == [5, 6]
    assert "Rows 1 to 5 of 7" in rest


@pytest.mark.parametrize(
    "block",
    [{"type": "video", "title": "<b>Hm</b>"}, {"type": "header"}, {"type": "table"}, "x", 7],
)
def test_what_is_not_drawn_is_shown_loudly_beside_the_rest(block: Any) -> None:
    """A preview hides nothing and never breaks: it shows what was sent."""
    message = {"blocks": [block, {"type": "divider"}]}

    html = loud_message_html(message)

    assert html.startswith('<div class="undrawn"><b>Not drawn: ')
    assert html.endswith("<hr>")
    assert escape(json.dumps(block, indent=1)) in html


def test_an_address_in_a_text_without_blocks_is_a_link() -> None:
    """Slack makes one of it; in a text that says `verbatim` it does not."""
    assert message_html({"text": "at https://a.b/c?d&amp;e now"}) == (
        '<div class="section">at <a href="https://a.b/c?d&amp;e" rel="noreferrer noopener" '
        'target="_blank">https://a.b/c?d&amp;e</a> now</div>'
    )


def test_a_posted_message_says_who_when_and_that_it_was_edited() -> None:
    """The app's name and avatar, as in the channel."""
    html = posted_html({"text": "hello"}, when="6:32 <AM>", edited=True)

    assert '<div class="icon">r</div>' in html
    assert '<b>recgate</b><span class="app">APP</span><span class="when">6:32 &lt;AM&gt;' in html
    assert html.index("hello") < html.index("(edited)")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//a.b", ""])
def test_a_link_leads_to_the_web_or_nowhere(address: str) -> None:
    """Whatever a button or a link of a message carries."""
    text = {"type": "plain_text", "text": "Open"}
    button = {"type": "button", "text": text, "url": address}
    link = {"type": "link", "url": address, "text": "here"}
    section = {"type": "rich_text_section", "elements": [link]}

    html = message_html(
        {
            "blocks": [
                {"type": "actions", "elements": [button]},
                {"type": "rich_text", "elements": [section]},
            ]
        }
    )

    assert "<a" not in html
    assert "Open" in html
    assert "here" in html

"""Every limit of Slack's is known to our check: one message just within it, one just beyond."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from recgate.rendering.slack.limits import BLOCKS_JSON, METADATA, size, violations

Part = dict[str, Any]

DESIGNS = Path(__file__).parents[3] / "shared" / "design" / "messages"


def plain(text: str = "x", **changes: Any) -> Part:
    return {"type": "plain_text", "text": text, "emoji": False, **changes}


def marked(text: str = "x", **changes: Any) -> Part:
    return {"type": "mrkdwn", "text": text, "verbatim": True, **changes}


def section(text: str = "x", **changes: Any) -> Part:
    return {"type": "section", "text": marked(text), **changes}


def header(text: str = "x", **changes: Any) -> Part:
    return {"type": "header", "text": plain(text, **changes)}


def fields(*texts: str) -> Part:
    return {"type": "section", "fields": [marked(text) for text in texts]}


def context(*elements: Part) -> Part:
    return {"type": "context", "elements": list(elements)}


def button(**changes: Any) -> Part:
    return {"type": "button", "text": plain(), **changes}


def actions(*elements: Part) -> Part:
    return {"type": "actions", "elements": list(elements)}


def confirm(**changes: Any) -> Part:
    made = {name: plain() for name in ("title", "text", "confirm", "deny")}
    return actions(button(confirm={**made, **changes}))


def cell(text: str = "x") -> Part:
    return {"type": "raw_text", "text": text}


def figure(value: object = 1.5, text: str = "1.5") -> Part:
    return {"type": "raw_number", "value": value, "text": text}


def rich_cell(text: str = "x") -> Part:
    return {"type": "rich_text", "elements": [rich_section({"type": "text", "text": text})]}


def table(*rows: list[Part], **changes: Any) -> Part:
    return {"type": "table", "rows": list(rows), **changes}


def data_table(*rows: list[Part], **changes: Any) -> Part:
    return {"type": "data_table", "caption": "x", "rows": list(rows), **changes}


def rich_section(*elements: Part) -> Part:
    return {"type": "rich_text_section", "elements": list(elements)}


def rich(*parts: Part) -> Part:
    return {"type": "rich_text", "elements": list(parts)}


def rich_list(**changes: Any) -> Part:
    words = rich_section({"type": "text", "text": "x"})
    return rich({"type": "rich_text_list", "style": "bullet", "elements": [words], **changes})


def within_rich(**element: Any) -> Part:
    return rich(rich_section(element))


def message(*blocks: Part, **changes: Any) -> Part:
    posted = {"text": "x", "unfurl_links": False, "unfurl_media": False}
    return {**posted, "blocks": list(blocks), **changes}


def without(made: Part, *names: str) -> Part:
    return {name: value for name, value in made.items() if name not in names}


def metadata(payload: object = None, **changes: Any) -> Part:
    given = {"a": "x"} if payload is None else payload
    return message(metadata={"event_type": "recgate_verdict", "event_payload": given, **changes})


class Rule(NamedTuple):
    """The last message that keeps a limit, the first that does not, and what is said about it."""

    within: Part
    beyond: Part
    said: str
    update: bool = False


WORD = {"type": "text", "text": "x"}
RULES = {
    "text-missing": Rule(message(), without(message(), "text"), "has no text"),
    "text-empty": Rule(message(text="x"), message(text=""), "message.text is empty"),
    "text-blank": Rule(message(text="x"), message(text=" \n "), "message.text is empty"),
    "text-no-string": Rule(message(text="1"), message(text=1), "message.text is not a text"),
    "text-long": Rule(message(text="x" * 40_000), message(text="x" * 40_001), "more than 40000"),
    "text-long-updated": Rule(
        message(text="x" * 4_000), message(text="x" * 4_001), "more than 4000", update=True
    ),
    "text-unseen": Rule(message(text="a\nb"), message(text="a\u202eb"), "nobody can see"),
    "text-control": Rule(message(text="a b"), message(text="a\x07b"), "nobody can see"),
    "text-channel": Rule(message(text="<@U1>"), message(text="<!channel>"), "not ours"),
    "unfurl-links": Rule(message(), message(unfurl_links=True), "unfurl_links is not false"),
    "unfurl-media": Rule(message(), message(unfurl_media=0), "unfurl_media is not false"),
    "unfurl-left-out": Rule(message(), without(message(), "unfurl_links"), "has no unfurl_links"),
    "media-left-out": Rule(message(), without(message(), "unfurl_media"), "has no unfurl_media"),
    "unknown-member": Rule(message(), message(icon_emoji=":x:"), "'icon_emoji', which is not"),
    "channel": Rule(message(channel="C1"), message(channel="<C1>"), "not a channel or a person"),
    "thread": Rule(message(thread_ts="1.2"), message(thread_ts="yesterday"), "not the ts"),
    "ts-of-a-post": Rule(message(), message(ts="1.2"), "'ts', which is not known"),
    "ts": Rule(message(ts="1795242725.000100"), message(ts="1"), "not the ts", update=True),
    "broadcast": Rule(message(reply_broadcast=True), message(reply_broadcast=1), "neither true"),
    "parse": Rule(message(parse="none"), message(parse="full"), "parse is not none"),
    "link-names": Rule(message(link_names=False), message(link_names=True), "link_names is not"),
    "attachments": Rule(message(attachments=[]), message(attachments=[{}]), "attachments is not"),
    "blocks-left-out": Rule(message(), without(message(), "blocks"), "has no blocks", update=True),
    "blocks-list": Rule(message(), message(blocks={}), "blocks is not a list"),
    "blocks": Rule(message(*[section()] * 50), message(*[section()] * 51), "51 entries"),
    "block-type": Rule(message(section()), message({"type": "markdown"}), "of type 'markdown'"),
    "block-no-type": Rule(message(section()), message({}), "of type 'None'"),
    "block-no-object": Rule(message(section()), message(blocks=["x"]), "of type 'None'"),
    "block-odd-type": Rule(message(section()), message({"type": ["section"]}), "of type"),
    "block-member": Rule(message(section()), message(section(colour="red")), "'colour', which"),
    "block-id": Rule(
        message(section(block_id="x" * 255)), message(section(block_id="x" * 256)), "than 255"
    ),
    "block-id-twice": Rule(
        message(section(block_id="a"), section(block_id="b")),
        message(section(block_id="a"), section(block_id="a")),
        "the same block_id twice",
    ),
    "header": Rule(message(header("x" * 150)), message(header("x" * 151)), "more than 150"),
    "header-empty": Rule(message(header("x")), message(header("")), "is empty"),
    "header-marked": Rule(
        message(header()), message({"type": "header", "text": marked()}), "of type 'mrkdwn'"
    ),
    "header-emoji": Rule(message(header()), message(header(emoji=True)), "emoji is not false"),
    "header-unseen": Rule(message(header("a b")), message(header("a\u200bb")), "nobody can see"),
    "section": Rule(message(section("x" * 3_000)), message(section("x" * 3_001)), "than 3000"),
    "section-empty": Rule(message(section("x")), message(section("")), "is empty"),
    "section-without": Rule(message(section()), message({"type": "section"}), "neither text nor"),
    "section-plain": Rule(
        message({"type": "section", "text": plain("x" * 3_000)}),
        message({"type": "section", "text": plain("x" * 3_001)}),
        "more than 3000",
    ),
    "section-plain-emoji": Rule(
        message({"type": "section", "text": plain()}),
        message({"type": "section", "text": plain(emoji=True)}),
        "emoji is not false",
    ),
    "section-expand": Rule(
        message(section(expand=True)), message(section(expand="yes")), "neither true nor false"
    ),
    "accessory": Rule(
        message(section(accessory=button())), message(section(accessory=plain())), "none of button"
    ),
    "verbatim": Rule(
        message(section()),
        message({"type": "section", "text": marked(verbatim=False)}),
        "verbatim is not true",
    ),
    "verbatim-left-out": Rule(
        message(section()),
        message({"type": "section", "text": without(marked(), "verbatim")}),
        "has no verbatim",
    ),
    "fields": Rule(message(fields(*"x" * 10)), message(fields(*"x" * 11)), "11 entries"),
    "fields-none": Rule(message(fields("x")), message(fields()), "0 entries"),
    "field": Rule(message(fields("x" * 2_000)), message(fields("x" * 2_001)), "more than 2000"),
    "context": Rule(
        message(context(*[marked()] * 10)), message(context(*[marked()] * 11)), "11 entries"
    ),
    "context-none": Rule(message(context(plain())), message(context()), "0 entries"),
    "context-long": Rule(
        message(context(marked("x" * 2_000))),
        message(context(marked("x" * 2_001))),
        "more than 2000",
    ),
    "actions": Rule(
        message(actions(*[button()] * 25)), message(actions(*[button()] * 26)), "26 entries"
    ),
    "actions-none": Rule(message(actions(button())), message(actions()), "0 entries"),
    "actions-unknown": Rule(
        message(actions(button())), message(actions({"type": "overflow"})), "type 'overflow'"
    ),
    "button-text": Rule(
        message(actions(button(text=plain("x" * 75)))),
        message(actions(button(text=plain("x" * 76)))),
        "more than 75",
    ),
    "button-without": Rule(
        message(actions(button())), message(actions({"type": "button"})), "has no text"
    ),
    "button-value": Rule(
        message(actions(button(value="x" * 2_000))),
        message(actions(button(value="x" * 2_001))),
        "more than 2000",
    ),
    "button-url-long": Rule(
        message(actions(button(url="https://" + "x" * 2_992))),
        message(actions(button(url="https://" + "x" * 2_993))),
        "more than 3000",
    ),
    "button-url-http": Rule(
        message(actions(button(url="https://a"))),
        message(actions(button(url="http://a"))),
        "not an https address",
    ),
    "button-url-space": Rule(
        message(actions(button(url="https://a/%20"))),
        message(actions(button(url="https://a/ b"))),
        "not an https address",
    ),
    "button-label": Rule(
        message(actions(button(accessibility_label="x" * 75))),
        message(actions(button(accessibility_label="x" * 76))),
        "more than 75",
    ),
    "button-style": Rule(
        message(actions(button(style="danger"))),
        message(actions(button(style="loud"))),
        "none of primary, danger",
    ),
    "action-id": Rule(
        message(actions(button(action_id="x" * 255))),
        message(actions(button(action_id="x" * 256))),
        "more than 255",
    ),
    "action-id-twice": Rule(
        message(actions(button(action_id="a")), actions(button(action_id="a"))),
        message(actions(button(action_id="a"), button(action_id="a"))),
        "the same action_id twice",
    ),
    "confirm-title": Rule(
        message(confirm(title=plain("x" * 100))),
        message(confirm(title=plain("x" * 101))),
        "more than 100",
    ),
    "confirm-text": Rule(
        message(confirm(text=plain("x" * 300))),
        message(confirm(text=plain("x" * 301))),
        "more than 300",
    ),
    "confirm-confirm": Rule(
        message(confirm(confirm=plain("x" * 30))),
        message(confirm(confirm=plain("x" * 31))),
        "more than 30",
    ),
    "confirm-deny": Rule(
        message(confirm(deny=plain("x" * 30))),
        message(confirm(deny=plain("x" * 31))),
        "more than 30",
    ),
    "confirm-style": Rule(
        message(confirm(style="primary")), message(confirm(style="x")), "none of primary"
    ),
    "confirm-no-object": Rule(
        message(confirm()), message(actions(button(confirm="sure?"))), "confirm is not an object"
    ),
    "confirm-incomplete": Rule(
        message(confirm()), message(actions(button(confirm={"title": plain()}))), "has no deny"
    ),
    "divider": Rule(
        message({"type": "divider", "block_id": "a"}),
        message({"type": "divider", "text": "x"}),
        "'text', which is not known",
    ),
    "table-rows": Rule(
        message(table(*[[cell()]] * 100)), message(table(*[[cell()]] * 101)), "101 entries"
    ),
    "table-no-rows": Rule(message(table([cell()])), message(table()), "0 entries"),
    "table-no-cells": Rule(message(table([cell()])), message(table([])), "0 entries"),
    "table-columns": Rule(
        message(table([cell()] * 20)), message(table([cell()] * 21)), "21 entries"
    ),
    "table-characters": Rule(
        message(table([cell("x" * 2_500)] * 4)),
        message(table([*[cell("x" * 2_500)] * 3, cell("x" * 2_501)])),
        "10001 characters in its cells",
    ),
    "table-rich-characters": Rule(
        message(table([rich_cell("x" * 5_000)] * 2)),
        message(table([rich_cell("x" * 5_000), rich_cell("x" * 5_001)])),
        "10001 characters in its cells",
    ),
    "table-even": Rule(
        message(table([cell()] * 2, [cell()] * 2)),
        message(table([cell()] * 2, [cell()])),
        "rows of 1 to 2 cells",
    ),
    "table-row": Rule(
        message(table([cell()])),
        message({"type": "table", "rows": [{}, [cell()]]}),
        "is not a list",
    ),
    "table-twice": Rule(
        message(table([cell()])), message(table([cell()]), table([cell()])), "more than one table"
    ),
    "table-and-data-table": Rule(
        message(data_table([cell()], [cell()])),
        message(table([cell()]), data_table([cell()], [cell()])),
        "more than one table",
    ),
    "cell-type": Rule(message(table([figure()])), message(table([plain()])), "'plain_text'"),
    "cell-rich": Rule(
        message(table([rich_cell()])),
        message(table([rich(WORD)])),
        "none of rich_text_section",
    ),
    "cell-empty": Rule(message(table([cell("-")])), message(table([cell("")])), "is empty"),
    "cell-number": Rule(message(table([figure(0)])), message(table([figure("0")])), "not a number"),
    "cell-bool": Rule(message(table([figure(1)])), message(table([figure(True)])), "not a number"),  # noqa: FBT003
    "cell-nan": Rule(
        message(table([figure(1e300)])), message(table([figure(float("nan"))])), "not a number"
    ),
    "cell-infinite": Rule(
        message(table([figure(-1)])), message(table([figure(float("inf"))])), "not a number"
    ),
    "cell-number-text": Rule(
        message(table([figure()])),
        message(table([{"type": "raw_number", "value": 1}])),
        "has no text",
    ),
    "column-settings": Rule(
        message(table([cell()] * 20, column_settings=[{}] * 20)),
        message(table([cell()] * 20, column_settings=[{}] * 21)),
        "21 entries",
    ),
    "column-align": Rule(
        message(table([cell()], column_settings=[{"align": "right"}])),
        message(table([cell()], column_settings=[{"align": "justify"}])),
        "none of left, center, right",
    ),
    "column-wrapped": Rule(
        message(table([cell()], column_settings=[{"is_wrapped": True}])),
        message(table([cell()], column_settings=[{"is_wrapped": 1}])),
        "neither true nor false",
    ),
    "column-unknown": Rule(
        message(table([cell()], column_settings=[{}])),
        message(table([cell()], column_settings=[{"width": 3}])),
        "'width', which is not known",
    ),
    "data-table-rows": Rule(
        message(data_table(*[[cell()]] * 201)),
        message(data_table(*[[cell()]] * 202)),
        "202 entries",
    ),
    "data-table-header-only": Rule(
        message(data_table(*[[cell()]] * 2)), message(data_table([cell()])), "1 entries"
    ),
    "data-table-columns": Rule(
        message(data_table(*[[cell()] * 20] * 2)),
        message(data_table(*[[cell()] * 21] * 2)),
        "21 entries",
    ),
    "data-table-even": Rule(
        message(data_table([cell()], [cell()])),
        message(data_table([cell()], [cell()] * 2)),
        "rows of 1 to 2 cells",
    ),
    "data-table-caption": Rule(
        message(data_table([cell()], [cell()], caption="x")),
        message(data_table([cell()], [cell()], caption="")),
        "caption is empty",
    ),
    "data-table-no-caption": Rule(
        message(data_table([cell()], [cell()])),
        message(without(data_table([cell()], [cell()]), "caption")),
        "has no caption",
    ),
    "data-table-rich-header": Rule(
        message(data_table([cell()], [rich_cell()])),
        message(data_table([rich_cell()], [cell()])),
        "rich text in its header",
    ),
    "data-table-page-large": Rule(
        message(data_table([cell()], [cell()], page_size=100)),
        message(data_table([cell()], [cell()], page_size=101)),
        "from 1 to 100",
    ),
    "data-table-page-none": Rule(
        message(data_table([cell()], [cell()], page_size=1)),
        message(data_table([cell()], [cell()], page_size=0)),
        "from 1 to 100",
    ),
    "data-table-page-bool": Rule(
        message(data_table([cell()], [cell()], page_size=1)),
        message(data_table([cell()], [cell()], page_size=True)),
        "from 1 to 100",
    ),
    "data-table-row-header": Rule(
        message(data_table([cell()] * 2, [cell()] * 2, row_header_column_index=1)),
        message(data_table([cell()] * 2, [cell()] * 2, row_header_column_index=2)),
        "column 2 of 2",
    ),
    "data-table-row-header-negative": Rule(
        message(data_table([cell()], [cell()], row_header_column_index=0)),
        message(data_table([cell()], [cell()], row_header_column_index=-1)),
        "from 0 to 19",
    ),
    "rich-none": Rule(message(rich(rich_section(WORD))), message(rich()), "0 entries"),
    "rich-part": Rule(
        message(rich(rich_section(WORD))), message(rich(WORD)), "none of rich_text_section"
    ),
    "rich-empty": Rule(
        message(within_rich(**WORD)), message(within_rich(type="text", text="")), "is empty"
    ),
    "rich-unseen": Rule(
        message(within_rich(type="text", text="a\nb")),
        message(within_rich(type="text", text="a\u2066b")),
        "nobody can see",
    ),
    "rich-broadcast": Rule(
        message(within_rich(type="usergroup", usergroup_id="S1")),
        message(within_rich(type="broadcast", range="channel")),
        "of type 'broadcast'",
    ),
    "rich-channel": Rule(
        message(within_rich(type="user", user_id="U1")),
        message(within_rich(type="channel", channel_id="C1")),
        "of type 'channel'",
    ),
    "rich-user": Rule(
        message(within_rich(type="user", user_id="W1")),
        message(within_rich(type="user", user_id="dana")),
        "not the id of a person",
    ),
    "rich-usergroup": Rule(
        message(within_rich(type="usergroup", usergroup_id="S1")),
        message(within_rich(type="usergroup", usergroup_id="U1")),
        "not the id of a user group",
    ),
    "rich-emoji": Rule(
        message(within_rich(type="emoji", name="red_circle")),
        message(within_rich(type="emoji", name=":red_circle:")),
        "not the name of an emoji",
    ),
    "rich-link": Rule(
        message(within_rich(type="link", url="https://a", text="x")),
        message(within_rich(type="link", url="javascript:x", text="x")),
        "not an https address",
    ),
    "rich-link-unmarked": Rule(
        message(within_rich(type="link", url="https://a")),
        message(within_rich(type="link", text="x")),
        "has no url",
    ),
    "rich-date": Rule(
        message(within_rich(type="date", timestamp=1, format="{date}", fallback="x")),
        message(within_rich(type="date", timestamp="1", format="{date}")),
        "not a whole number",
    ),
    "rich-style": Rule(
        message(within_rich(**WORD, style={"bold": True, "code": True})),
        message(within_rich(**WORD, style={"colour": "red"})),
        "'colour', which is not known",
    ),
    "rich-style-value": Rule(
        message(within_rich(**WORD, style={"italic": True, "strike": False})),
        message(within_rich(**WORD, style={"italic": "yes"})),
        "neither true nor false",
    ),
    "rich-list-style": Rule(
        message(rich_list(style="ordered")), message(rich_list(style="dash")), "none of bullet"
    ),
    "rich-list-indent": Rule(
        message(rich_list(indent=8)), message(rich_list(indent=9)), "from 0 to 8"
    ),
    "rich-list-offset": Rule(
        message(rich_list(offset=0)), message(rich_list(offset=-1)), "not a whole number from 0"
    ),
    "rich-list-border": Rule(
        message(rich_list(border=1)), message(rich_list(border=2)), "from 0 to 1"
    ),
    "rich-list-item": Rule(
        message(rich_list()), message(rich_list(elements=[WORD])), "none of rich_text_section"
    ),
    "rich-list-none": Rule(message(rich_list()), message(rich_list(elements=[])), "0 entries"),
    "rich-preformatted": Rule(
        message(rich({"type": "rich_text_preformatted", "elements": [WORD]})),
        message(
            rich(
                {
                    "type": "rich_text_preformatted",
                    "elements": [{"type": "user", "user_id": "U1"}],
                }
            )
        ),
        "none of text, link",
    ),
    "rich-quote": Rule(
        message(rich({"type": "rich_text_quote", "elements": [WORD], "border": 0})),
        message(rich({"type": "rich_text_quote", "elements": [WORD], "border": -1})),
        "from 0 to 1",
    ),
    "metadata-event": Rule(
        metadata(event_type="x" * 100), metadata(event_type="x" * 101), "not an alphanumeric name"
    ),
    "metadata-event-words": Rule(
        metadata(event_type="a_1"), metadata(event_type="a b"), "not an alphanumeric name"
    ),
    "metadata-incomplete": Rule(
        metadata(), message(metadata={"event_type": "x"}), "has no event_payload"
    ),
    "metadata-unknown": Rule(metadata(), metadata(schema=1), "'schema', which is not known"),
    "metadata-payload": Rule(metadata({"a": 1}), metadata([]), "event_payload is not an object"),
    "metadata-null": Rule(metadata({"a": True}), metadata({"a": None}), "a is not a number"),
    "metadata-list": Rule(
        metadata({"a": [{"b": 1}]}), metadata({"a": ["b"]}), "other than objects"
    ),
    "metadata-deep": Rule(
        metadata({"a": {"b": "x"}}), metadata({"a": {"b": {"c": 1}}}), "a.b is not a number"
    ),
    "ephemeral": Rule(
        {"text": "x", "user": "U1"}, {"text": "x", "user": "U 1"}, "not a channel or a person"
    ),
    "ephemeral-unfurl": Rule(
        {"text": "x", "user": "U1"},
        {"text": "x", "user": "U1", "unfurl_links": False},
        "'unfurl_links', which is not known",
    ),
}

OBEYED = [
    "<https://a.example/b?c=d#e|words>",
    "<https://a.example>",
    "<!date^1795242720^{date_short_pretty} at {time}|21 Nov 2026, 06:32 UTC>",
    "<@U0123ABCD> <@W1> <!subteam^S0123ABCD>",
    "&lt;!channel&gt; &amp; *bold* _it_ ~no~ `code` :x:",
]
NOT_OURS = [
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<#C0123>",
    "<@u1>",
    "<@U1|name>",
    "<!subteam^S1|@group>",
    "<http://a.example|x>",
    "<mailto:a@b.example|x>",
    "<https://a.example|x|y>",
    "<https://a.example|x\ny>",
    "<https://a.example| <!here>>",
    "<!date^x^{date}|x>",
    "<!date^1^{date}>",
    "<!date^1^{date}^https://evil.example|x>",
    "a < b",
    "a > b",
    "> quoted",
    "a & b",
    "&nbsp;",
    "&lt",
    "<",
]


@pytest.mark.parametrize("name", RULES)
def test_a_limit_is_kept_to_the_last_character_and_not_beyond(name: str) -> None:
    """Just within is fine; just beyond is one violation at least, and it says which."""
    rule = RULES[name]

    kept = violations(rule.within, update=rule.update)
    broken = violations(rule.beyond, update=rule.update)

    assert kept == []
    assert any(rule.said in sentence for sentence in broken), broken


@pytest.mark.parametrize("text", OBEYED)
def test_markup_of_ours_is_fine(text: str) -> None:
    """Links by https, dates, people, groups, entities, formatting."""
    assert violations(message(section(text), fields(text), context(marked(text)), text=text)) == []


@pytest.mark.parametrize("text", NOT_OURS)
def test_markup_that_is_not_ours_is_found_wherever_it_stands(text: str) -> None:
    """Nothing calls everybody, links elsewhere or is left unescaped: in no text that is parsed."""
    for made in (message(text=text), message(section(text)), message(fields(text))):
        assert any("not ours" in sentence for sentence in violations(made))
    assert violations(message(context(marked(text)))) != []


def test_the_size_of_all_blocks_has_a_limit() -> None:
    """Slack refuses long messages whose every block is short enough."""
    full = [section("x" * 2_900)] * 4
    room = BLOCKS_JSON - size([*full, section("")])

    within = message(*full, section("x" * room))
    beyond = message(*full, section("x" * (room + 1)))

    assert violations(within) == []
    assert "12001 characters as JSON, more than 12000" in violations(beyond)[0]


def test_what_is_not_ascii_counts_as_it_is_sent() -> None:
    r"""Six characters for each: \u00e9."""
    assert violations(message(section("é" * 1_900))) == []
    assert violations(message(section("é" * 2_000))) != []


def test_the_size_of_the_metadata_has_a_limit() -> None:
    """It is dropped, or refused, when it is too large."""
    room = METADATA - len(json.dumps(metadata({"a": ""})["metadata"]))

    assert violations(metadata({"a": "x" * room})) == []
    assert "more than 2000" in violations(metadata({"a": "x" * (room + 1)}))[0]


def test_a_data_table_has_20_000_characters() -> None:
    """More than all blocks may have, so that the size is complained about as well."""
    within = message(data_table([cell("x" * 10_000)], [cell("x" * 10_000)]))
    beyond = message(data_table([cell("x" * 10_000)], [cell("x" * 10_001)]))

    assert not any("in its cells" in sentence for sentence in violations(within))
    assert any("20001 characters in its cells" in sentence for sentence in violations(beyond))


def test_an_update_need_not_say_what_is_only_for_posts() -> None:
    """``chat.update`` does not unfurl."""
    assert violations({"text": "x", "blocks": []}, update=True) == []


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"text": None},
        {"text": "x", "blocks": None},
        {"text": "x", "blocks": [None, 1, "x", [], {"type": None}]},
        message({"type": "section", "text": "x"}),
        message({"type": "section", "text": None, "fields": {}}),
        message({"type": "table", "rows": [None, [None], "x", [{"type": "rich_text"}]]}),
        message({"type": "data_table", "rows": None, "row_header_column_index": "x"}),
        message({"type": "actions", "elements": {"a": 1}}),
        message({"type": "rich_text", "elements": [{"type": "rich_text_list"}]}),
        message({"1": 2, "type": "header"}),
        message(metadata={1, 2}),
        message(metadata=object()),
        message(section(), metadata={"event_type": "x", "event_payload": {"a": float("nan")}}),
        message({"type": "context", "elements": [b"x"]}),
    ],
)
def test_what_is_not_understood_is_a_violation_and_no_crash(odd: Any) -> None:
    """The check stands before every message: it must not be what loses one."""
    assert violations(odd) != []
    assert violations(odd, update=True) != []


def test_what_json_cannot_say_is_named() -> None:
    """The one who reads the log need not guess."""
    broken = violations(message(metadata=object()))

    assert "message.metadata cannot be said in JSON" in broken


@pytest.mark.skipif(not DESIGNS.exists(), reason="the designs are not in this checkout")
def test_the_designs_keep_every_limit() -> None:
    """What we set out to send is what we would send."""
    found = {path.name: json.loads(path.read_text("utf-8")) for path in DESIGNS.glob("*.json")}
    designs = {name: each for name, each in found.items() if "text" in each}

    broken = {name: violations(each, update="update" in name) for name, each in designs.items()}

    assert len(designs) >= 15
    assert {name: sentences for name, sentences in broken.items() if sentences} == {}

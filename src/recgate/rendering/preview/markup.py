"""Slack's mrkdwn as HTML, as far as a person would see it in Slack. Everything is escaped."""

import html
import re

_EMOJI = {
    "ballot_box_with_check": "☑️",
    "bar_chart": "📊",
    "black_square_for_stop": "⏹️",
    "calendar": "📅",
    "chart_with_downwards_trend": "📉",
    "chart_with_upwards_trend": "📈",
    "heavy_check_mark": "✔️",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_orange_circle": "🟠",
    "large_orange_diamond": "🔶",
    "large_yellow_circle": "🟡",
    "memo": "📝",
    "red_circle": "🔴",
    "rotating_light": "🚨",
    "small_red_triangle": "🔺",
    "small_red_triangle_down": "🔻",
    "test_tube": "🧪",
    "unlock": "🔓",
    "warning": "⚠️",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "x": "❌",
}
"""The shortcodes that may stand in a message; any other one is shown as it is written."""

_SPECIALS = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
"""What Slack's mrkdwn escapes, and nothing else.
https://docs.slack.dev/messaging/formatting-message-text#escaping
"""

_MARKS = r"```(?P<block>.+?)```|`(?P<code>[^`\n]+)`|<(?P<control>[^<>]*)>"
_SPANS = re.compile(_MARKS, re.DOTALL)
_SPANS_AND_LINKS = re.compile(_MARKS + r"|(?P<bare>https?://[^\s<>|]+)", re.DOTALL)
_KEPT = re.compile("\x00([0-9]+)\x00")
_EMPHASIS = re.compile(
    r"(?<![\w*~])(?P<mark>[*_~])(?=\S)(?P<inside>(?:(?!(?P=mark))[^\n])+?)(?<=\S)(?P=mark)(?![\w*~])"
)
_TAGS = {"*": "b", "_": "i", "~": "s"}


def escaped(text: object) -> str:
    """The text as it may stand in HTML, in an attribute too."""
    return html.escape(str(text))


def mrkdwn_html(text: str, *, verbatim: bool = True) -> str:
    """Bold, italic, struck through, code, quotes, links, mentions, dates and emoji.

    Unless it is ``verbatim``, an address that stands by itself is a link, too.
    """
    # What no emphasis may touch is set aside, behind a character that no message has.
    kept: list[str] = []

    def aside(found: re.Match[str]) -> str:
        kept.append(_span(found))
        return f"\x00{len(kept) - 1}\x00"

    spans = _SPANS if verbatim else _SPANS_AND_LINKS
    rest = spans.sub(aside, text.replace("\x00", ""))
    shown = "<br>".join(_line(line) for line in rest.split("\n"))
    return _KEPT.sub(lambda found: kept[int(found[1])], shown)


def _span(found: re.Match[str]) -> str:
    if found["block"] is not None:
        return f"<pre>{escaped(_unescaped(found['block'].strip()))}</pre>"
    if found["code"] is not None:
        return f"<code>{escaped(_unescaped(found['code']))}</code>"
    if found["control"] is None:
        address = _unescaped(found["bare"])
        return link_html(address, address)
    return _control(found["control"])


def _line(line: str) -> str:
    text = _emphasised(escaped(_unescaped(line)))
    text = re.sub(r":([a-z0-9_+-]+):", lambda found: _EMOJI.get(found[1], found[0]), text)
    quoted = text.startswith("&gt;")
    return f'<span class="quote">{text.removeprefix("&gt;").lstrip()}</span>' if quoted else text


def _emphasised(text: str) -> str:
    """Emphasis inside of emphasis, never across: what begins inside ends inside."""

    def tagged(found: re.Match[str]) -> str:
        tag = _TAGS[found["mark"]]
        return f"<{tag}>{_emphasised(found['inside'])}</{tag}>"

    return _EMPHASIS.sub(tagged, text)


def _control(inside: str) -> str:
    """What stood between < and >: a date, a mention or a link."""
    target, _, label = inside.partition("|")
    if target.startswith("!date^"):
        return escaped(_unescaped(label or target))
    if target.startswith(("!", "@", "#")):
        name = label or re.sub(r"^(!subteam\^|!|@|#)", "", target)
        sign = "#" if target.startswith("#") else "@"
        return f'<span class="mention">{escaped(sign + _unescaped(name).lstrip("@#"))}</span>'
    if target.startswith(("https://", "http://", "mailto:")):
        return link_html(_unescaped(target), _unescaped(label or target))
    return escaped(f"<{_unescaped(inside)}>")


def link_html(address: str, words: str, *, css: str = "") -> str:
    """A link that tells the other side nothing; only text when it is no web or mail address."""
    if not address.startswith(("https://", "http://", "mailto:")):
        return escaped(words)
    named = f' class="{css}"' if css else ""
    target = f'href="{escaped(address)}" rel="noreferrer noopener" target="_blank"'
    return f"<a{named} {target}>{escaped(words)}</a>"


def _unescaped(text: str) -> str:
    return re.sub("&lt;|&gt;|&amp;", lambda found: _SPECIALS[found[0]], text)

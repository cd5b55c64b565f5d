"""The shapes of rich text.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from collections.abc import Mapping

from recgate.rendering.slack.limits_figures import BLOCKS_JSON, LIST_INDENT
from recgate.rendering.slack.limits_markup import address
from recgate.rendering.slack.limits_shapes import (
    Check,
    boolean,
    entries,
    listed,
    matching,
    members,
    one_of,
    shape,
    tagged,
    text,
    whole,
)

_MANY = BLOCKS_JSON
"""Slack names no figure here; the size of the whole message is the limit."""

_STYLE = {"style": shape({}, dict.fromkeys(("bold", "italic", "strike", "code"), boolean))}

_TEXT = {
    "text": shape({"text": text(_MANY)}, _STYLE),
    "link": shape({"url": address}, {"text": text(_MANY), **_STYLE}),
}

_ELEMENTS: Mapping[str, Check] = {
    **_TEXT,
    "emoji": shape({"name": matching(r"[a-z0-9_+-]{1,100}", "the name of an emoji")}),
    "user": shape({"user_id": matching(r"[UW][A-Z0-9]{1,20}", "the id of a person")}),
    "usergroup": shape({"usergroup_id": matching(r"S[A-Z0-9]{1,20}", "the id of a user group")}),
    "date": shape(
        {"timestamp": whole(0, 10**11), "format": text(_MANY)},
        {"fallback": text(_MANY), **_STYLE},
    ),
}
"""Not ``broadcast`` and not ``channel``: nothing of ours calls everybody."""

_SECTION = shape({"elements": listed(tagged(_ELEMENTS), most=_MANY)})
_BORDER = {"border": whole(0, 1)}

rich_text_parts: Check = listed(
    tagged(
        {
            "rich_text_section": _SECTION,
            "rich_text_list": shape(
                {
                    "style": one_of("bullet", "ordered"),
                    "elements": listed(tagged({"rich_text_section": _SECTION}), most=_MANY),
                },
                {"indent": whole(0, LIST_INDENT), "offset": whole(0, _MANY), **_BORDER},
            ),
            "rich_text_preformatted": shape(
                {"elements": listed(tagged(_TEXT), most=_MANY)}, _BORDER
            ),
            "rich_text_quote": shape({"elements": listed(tagged(_ELEMENTS), most=_MANY)}, _BORDER),
        }
    ),
    most=_MANY,
)
"""What stands under ``elements`` of a rich text block."""


def characters(rich: object) -> int:
    """Characters to read in a part of a rich text, whatever its shape."""
    words = members(rich).get("text")
    inner = entries(members(rich).get("elements"))
    return (len(words) if isinstance(words, str) else 0) + sum(map(characters, inner))

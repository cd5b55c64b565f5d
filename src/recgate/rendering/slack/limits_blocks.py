"""The shapes of blocks: those that we use, and no others.

https://docs.slack.dev/reference/block-kit/blocks/
"""

from collections.abc import Iterator, Sequence

from recgate.rendering.slack.limits_figures import (
    ACTION_ID,
    ACTIONS,
    BLOCK_ID,
    BLOCKS,
    BUTTON,
    CONFIRM_BUTTON,
    CONFIRM_TEXT,
    CONFIRM_TITLE,
    CONTEXT,
    CONTEXT_ELEMENTS,
    FIELD,
    FIELDS,
    HEADER,
    SECTION,
    VALUE,
)
from recgate.rendering.slack.limits_markup import address, mrkdwn
from recgate.rendering.slack.limits_rich import rich_text_parts
from recgate.rendering.slack.limits_shapes import (
    Check,
    boolean,
    entries,
    every,
    false,
    listed,
    members,
    one_of,
    shape,
    tagged,
    text,
    true,
)
from recgate.rendering.slack.limits_tables import data_table, table


def _plain(limit: int) -> Check:
    """Text that Slack does not read as markup, and in which ``:x:`` stays what it is."""
    return tagged({"plain_text": shape({"text": text(limit), "emoji": false})})


def _written(limit: int) -> Check:
    """Text of either kind; markup is ``verbatim``, so that no bare name or address is linked."""
    return tagged(
        {
            "plain_text": shape({"text": text(limit), "emoji": false}),
            "mrkdwn": shape({"text": mrkdwn(limit), "verbatim": true}),
        }
    )


_CONFIRM = shape(
    {
        "title": _plain(CONFIRM_TITLE),
        "text": _plain(CONFIRM_TEXT),
        "confirm": _plain(CONFIRM_BUTTON),
        "deny": _plain(CONFIRM_BUTTON),
    },
    {"style": one_of("primary", "danger")},
)

_BUTTON = tagged(
    {
        "button": shape(
            {"text": _plain(BUTTON)},
            {
                "action_id": text(ACTION_ID),
                "url": address,
                "value": text(VALUE),
                "style": one_of("primary", "danger"),
                "confirm": _CONFIRM,
                "accessibility_label": text(BUTTON),
            },
        )
    }
)

_COMMON = {"block_id": text(BLOCK_ID)}


def _says_something(section: object, where: str) -> Iterator[str]:
    """A section has a text or fields."""
    if not {"text", "fields"} & set(members(section)):
        yield f"{where} has neither text nor fields"


def _own_action_ids(actions: object, where: str) -> Iterator[str]:
    """No two elements of a block share an action's id."""
    yield from _repeated(entries(members(actions).get("elements")), "action_id", where)


_BLOCK = tagged(
    {
        "header": shape({"text": _plain(HEADER)}, _COMMON),
        "section": every(
            shape(
                {},
                {
                    "text": _written(SECTION),
                    "fields": listed(_written(FIELD), most=FIELDS),
                    "accessory": _BUTTON,
                    "expand": boolean,
                    **_COMMON,
                },
            ),
            _says_something,
        ),
        "context": shape({"elements": listed(_written(CONTEXT), most=CONTEXT_ELEMENTS)}, _COMMON),
        "actions": every(
            shape({"elements": listed(_BUTTON, most=ACTIONS)}, _COMMON), _own_action_ids
        ),
        "divider": shape({}, _COMMON),
        "rich_text": shape({"elements": rich_text_parts}, _COMMON),
        "table": table(_COMMON),
        "data_table": data_table(_COMMON),
    }
)


def _one_table(blocks: object, where: str) -> Iterator[str]:
    """A message has one table. That this holds for both kinds together is our own rule."""
    kinds = [members(block).get("type") for block in entries(blocks)]
    if sum(kind in ("table", "data_table") for kind in kinds) > 1:
        yield f"{where} has more than one table"


def _own_block_ids(blocks: object, where: str) -> Iterator[str]:
    """No two blocks share an id."""
    yield from _repeated(entries(blocks), "block_id", where)


def _repeated(parts: Sequence[object], member: str, where: str) -> Iterator[str]:
    given = [name for part in parts if isinstance(name := members(part).get(member), str)]
    if len(set(given)) < len(given):
        yield f"{where} has the same {member} twice"


blocks: Check = every(listed(_BLOCK, least=0, most=BLOCKS), _one_table, _own_block_ids)
"""The blocks of a message, which may have none."""

"""A decision as Slack messages: three forms, from the richest to the simplest.

Text that we did not write stands in ``rich_text`` text elements and ``raw_text`` cells, which
Slack never parses; everywhere else it is escaped.
"""

import re
from collections.abc import Callable, Sequence

from recgate.domain.decision import Decision
from recgate.rendering.headline import headline
from recgate.rendering.safe_text import ascii_only, mrkdwn
from recgate.rendering.slack_limits import Message, violations
from recgate.rendering.slack_parts import Block, Room
from recgate.rendering.slack_rich import rich_blocks
from recgate.rendering.slack_sections import section_blocks
from recgate.rendering.story import Story, story_of
from recgate.rendering.words import calls_for_people, verdict_word

EVENT_TYPE = "recgate_verdict"
SCHEMA = 1
"""Version of the metadata's payload."""

_MENTION = re.compile(r"<(?:@[UW][A-Z0-9]{1,20}|!subteam\^S[A-Z0-9]{1,20})>")
"""A person or a user group. ``<!channel>``, ``<!here>`` and ``<!everyone>`` are never used."""

_MENTIONS = 20
_TEXT_LIMIT = 1_000
_ARN_LIMIT = 300

_ROOMS = (
    Room(lines=12, policies=6, rows=20, line=400, reason=1_200),
    Room(lines=6, policies=4, rows=10, line=160, reason=600),
    Room(lines=3, policies=2, rows=5, line=60, reason=200),
    Room(lines=1, policies=1, rows=1, line=20, reason=40),
)
"""The first that keeps Slack's limits is taken; the last does so for any story known to us."""


def forms(decision: Decision, *, mentions: Sequence[str] = ()) -> tuple[Message, Message, Message]:
    """The message with a table, with sections only, and as text only.

    ``mentions`` (``<@U…>``, ``<!subteam^S…>``) are used when the verdict is FAIL or the job
    FAILED, and never otherwise.
    """
    story = story_of(decision)
    called = [each for each in mentions if _MENTION.fullmatch(each)][:_MENTIONS]
    mentioned = " ".join(called) if calls_for_people(decision) else ""
    rich = _fitting(decision, story, mentioned, build=rich_blocks)
    simple = _fitting(decision, story, mentioned, build=section_blocks)
    text = _message(decision, story)
    text["text"] = f"{text['text']} {mentioned}".rstrip()
    return rich, simple, text


_Build = Callable[[Decision, Story, str, Room], list[Block]]


def _fitting(decision: Decision, story: Story, mentioned: str, *, build: _Build) -> Message:
    message = _message(decision, story)
    for room in _ROOMS:
        message["blocks"] = build(decision, story, mentioned, room)
        if not violations(message):
            return message
    del message["blocks"]
    return message


def _message(decision: Decision, story: Story) -> Message:
    nearest = [reasons.nearest for reasons in story.reasons if reasons.nearest][:1]
    text = ". ".join([headline(decision), *(each[0].upper() + each[1:] for each in nearest)])
    payload = {
        "job_arn": ascii_only(decision.snapshot.job_arn or "", _ARN_LIMIT),
        "verdict": verdict_word(decision).replace(" ", "_"),
        "decision": decision.key,
        "dedupe_key": f"{decision.key}:verdict",
        "schema": SCHEMA,
    }
    return {
        "text": mrkdwn(text, _TEXT_LIMIT),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {
            "event_type": EVENT_TYPE,
            "event_payload": {key: value for key, value in payload.items() if value != ""},
        },
    }

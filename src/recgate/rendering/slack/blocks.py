"""A decision as Slack messages: three forms, from the richest to the simplest."""

import re
from collections.abc import Sequence
from dataclasses import replace

from recgate.domain.telling import Telling
from recgate.rendering.headline import told_headline
from recgate.rendering.slack.envelope import message, route_part, with_links
from recgate.rendering.slack.limits import Message, violations
from recgate.rendering.slack.links import is_link
from recgate.rendering.slack.parts import Room, identified
from recgate.rendering.slack.reasons import reasons_of
from recgate.rendering.slack.rich import rich_blocks
from recgate.rendering.slack.sections import section_blocks
from recgate.rendering.slack.told import Build, Told
from recgate.rendering.story import Story, story_of
from recgate.rendering.words import calls_for_people, verdict_word

EVENT_TYPE = "recgate_verdict"
SAMPLE_EVENT_TYPE = "recgate_sample"
"""What a message with a label is: nobody who waits for verdicts may take it for one."""

KEY_DIGITS = 8
"""Digits of a decision's key in the ids of its blocks."""

_MENTION = re.compile(r"<(?:@[UW][A-Z0-9]{1,20}|!subteam\^S[A-Z0-9]{1,20})>")
"""A person or a user group. ``<!channel>``, ``<!here>`` and ``<!everyone>`` are never used."""

_MENTIONS = 20

_FULL = Room(
    rows=20,
    columns=6,
    policies=6,
    notes=6,
    lines=12,
    line=400,
    why=400,
    reason=1_200,
    address=3_000,
)
_ROOMS = (
    _FULL,
    replace(_FULL, notes=0),
    replace(_FULL, notes=0, policies=1),
    replace(_FULL, notes=0, policies=1, lines=8, line=200),
    replace(_FULL, notes=0, policies=1, lines=8, line=200, rows=5),
    replace(_FULL, notes=0, policies=1, lines=6, line=160, rows=1, why=300),
    replace(_FULL, notes=0, policies=1, lines=4, line=120, rows=1, columns=3, why=200, reason=400),
    Room(
        rows=1, columns=2, policies=1, notes=0, lines=2, line=40, why=120, reason=150, address=600
    ),
    Room(rows=1, columns=2, policies=1, notes=0, lines=1, line=16, why=60, reason=40, address=300),
)
"""The first that keeps Slack's limits is taken; the last does so for any story known to us.

Dropped first are the notes, then the reasons of the policies that do not decide, then rows
beyond the first, then columns: never the verdict, its reasons and the links.
"""


def forms(telling: Telling, *, mentions: Sequence[str] = ()) -> tuple[Message, Message, Message]:
    """The message with a table, with sections only, and as text only.

    ``mentions`` (``<@U…>``, ``<!subteam^S…>``) are used when the verdict is FAIL or the job
    FAILED, in the first message about a job on the route, and never otherwise.
    """
    story, mentioned = story_of(telling), _mentioned(telling, mentions)
    told = Told(telling, story, reasons_of(telling.decision), mentioned)
    rich = _fitting(told, build=rich_blocks)
    simple = _fitting(told, build=section_blocks)
    text = _message(telling, story)
    links = {"Job": story.job_url, "Report": story.report_url}
    text["text"] = with_links(
        f"{text['text']} {mentioned}".rstrip(),
        {name: url for name, url in links.items() if is_link(url)},
    )
    return rich, simple, text


def _mentioned(telling: Telling, mentions: Sequence[str]) -> str:
    """The people to call; nobody for a sample, and nobody twice about one failure."""
    seen = telling.parent and not telling.calls_anew
    if telling.label or seen or not calls_for_people(telling.decision):
        return ""
    return " ".join([each for each in mentions if _MENTION.fullmatch(each)][:_MENTIONS])


def _fitting(told: Told, *, build: Build) -> Message:
    made = _message(told.telling, told.story)
    for room in _ROOMS:
        made["blocks"] = identified(build(told, room), told.decision.key[:KEY_DIGITS])
        if not violations(made):
            return made
    del made["blocks"]
    return made


def _message(telling: Telling, story: Story) -> Message:
    decision = telling.decision
    nearest = [reasons.nearest for reasons in story.reasons if reasons.nearest][:1]
    text = ". ".join([told_headline(telling), *(each[0].upper() + each[1:] for each in nearest)])
    sample = bool(telling.label)
    payload = {
        "verdict": verdict_word(decision).replace(" ", "_"),
        "policies": ", ".join(story.policies),
        "decision": decision.key,
        "dedupe_key": "" if sample else f"{decision.key}:verdict{route_part(telling.route)}",
    }
    return message(text, SAMPLE_EVENT_TYPE if sample else EVENT_TYPE, decision.snapshot, payload)

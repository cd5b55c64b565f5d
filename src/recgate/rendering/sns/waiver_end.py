"""A reminder as one SNS publish that serves every kind of subscriber."""

from typing import Any

from recgate.domain.canonical import Json
from recgate.domain.telling import WaiverEndTelling
from recgate.rendering.sns.chatbot import Card, chatbot_document
from recgate.rendering.sns.envelope import Contents, attributes_of, envelope
from recgate.rendering.waiver_end.document import SCHEMA, waiver_end_document
from recgate.rendering.waiver_end.story import WaiverEndStory, waiver_end_story
from recgate.rendering.waiver_end.text import waiver_end_text

SEVERITY = 2
"""On the scale of verdicts (1 to 4): nothing has failed yet."""


def waiver_end_arguments(telling: WaiverEndTelling) -> dict[str, Any]:
    """The arguments of ``sns.publish`` but for the topic."""
    story, waiver = waiver_end_story(telling), telling.end.waiver
    return envelope(
        Contents(
            subject=story.headline,
            line=story.headline,
            email=waiver_end_text(telling),
            document=lambda texts, items: waiver_end_document(
                telling.end, texts=texts, items=items
            ),
            card=_card(telling, story),
            attributes=attributes_of(
                {
                    "event": "waiver_end",
                    "policies": waiver.policy,
                    "schema": SCHEMA,
                    "stands_in_for": "".join(each.route for each in telling.stands_in_for[:1]),
                },
                severity=SEVERITY,
            ),
        )
    )


def _card(telling: WaiverEndTelling, story: WaiverEndStory) -> Json:
    """The card that Amazon Q Developer shows in Slack and in Teams."""
    key = telling.end.key
    return chatbot_document(
        Card(
            key=key,
            title=story.headline,
            summary=story.headline,
            lines=[*(f"{name}: {value}" for name, value in story.facts), *story.stood_in],
            event_type="recgate-waiver-end",
            thread=f"waiver:{telling.end.waiver.id}",
            next_steps=story.next_steps,
            keywords=("recgate", "waiver", telling.end.waiver.id),
        )
    )

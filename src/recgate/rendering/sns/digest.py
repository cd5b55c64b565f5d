"""A digest as one SNS publish that serves every kind of subscriber."""

from typing import Any

from recgate.domain.canonical import Json
from recgate.domain.digest import Digest
from recgate.domain.telling import DigestTelling
from recgate.rendering.digest.document import SCHEMA, digest_document
from recgate.rendering.digest.story import DigestStory, digest_story
from recgate.rendering.digest.text import digest_text
from recgate.rendering.safe_text import first
from recgate.rendering.sns.chatbot import Card, chatbot_document
from recgate.rendering.sns.envelope import SMS, Contents, attributes_of, envelope

CALM, WAITING = 1, 2
"""``severity``: a digest wakes nobody, because every failure in it has been told at its time."""

_ROWS = 40


def digest_arguments(telling: DigestTelling) -> dict[str, Any]:
    """The arguments of ``sns.publish`` but for the topic."""
    digest, story = telling.digest, digest_story(telling)
    stood_in = [refused.route for refused in telling.stands_in_for[:1]]
    return envelope(
        Contents(
            subject=story.brief,
            line=story.headline if len(story.headline) <= SMS else story.brief,
            email=digest_text(telling),
            document=lambda _, items: digest_document(digest, items=items),
            card=_card(telling, story),
            attributes=attributes_of(
                {
                    "event": "digest",
                    "rhythm": digest.period.rhythm.value,
                    "schema": SCHEMA,
                    "stands_in_for": "".join(stood_in),
                },
                severity=severity(digest),
            ),
        )
    )


def severity(digest: Digest) -> int:
    """How loud it is, on the scale of verdicts (1 to 4)."""
    return WAITING if digest.waiting else CALM


def _card(telling: DigestTelling, story: DigestStory) -> Json:
    """The card that Amazon Q Developer shows in Slack and in Teams."""
    rows = [f"• {row.name} · {row.verdict} · since {row.since}" for row in story.rows]
    key = telling.digest.period.key
    return chatbot_document(
        Card(
            key=key,
            title=story.title,
            summary=story.headline,
            lines=[
                ", ".join(story.counts) or f"{story.nothing}. {story.about}",
                *([str(story.cost)] if story.cost else []),
                *first(rows, _ROWS, thing="need a decision"),
                *story.notes,
                *story.stood_in,
            ],
            event_type="recgate-digest",
            thread=key,
            keywords=("recgate", "digest", telling.digest.period.rhythm.value),
        )
    )

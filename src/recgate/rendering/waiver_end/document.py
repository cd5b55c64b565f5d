"""A reminder as a document for programs: what the ``sqs`` and ``lambda`` subscribers of a topic
receive. Its schema is ``waiver-end.v1.schema.json``.
"""

from recgate.domain.canonical import Json
from recgate.domain.telling import WaiverEndTelling
from recgate.domain.waiver_end import WaiverEnd
from recgate.rendering.safe_text import clean
from recgate.rendering.waiver_end.story import waiver_end_story

SCHEMA = "recgate-waiver-end/1"


def waiver_end_document(end: WaiverEnd, *, texts: int = 1_200, items: int = 100) -> dict[str, Json]:
    """The document; texts are cut to ``texts`` characters and lists to ``items`` entries.

    ``days_left`` counts the last day. Days are in UTC.
    """
    story, waiver = waiver_end_story(WaiverEndTelling(end)), end.waiver
    return {
        "schema": SCHEMA,
        "headline": clean(story.headline, texts),
        "on": end.today.isoformat(),
        "days_left": end.days_left,
        "waiver": {
            "id": clean(waiver.id, texts),
            "policy": clean(waiver.policy, texts),
            "limit": waiver.limit,
            "up_to": waiver.up_to,
            "down_to": waiver.down_to,
            "allow": [clean(name, texts) for name in sorted(waiver.allow)[:items]],
            "only_for": [
                {
                    "key": clean(condition.key, texts),
                    "patterns": [clean(each, texts) for each in condition.patterns[:items]],
                }
                for condition in waiver.scope.conditions[:items]
            ],
            "reason": clean(waiver.reason, texts),
            "requested_by": clean(waiver.requested_by, texts),
            "approved_by": clean(waiver.approved_by, texts),
            "starts": waiver.starts.isoformat(),
            "expires": waiver.expires.isoformat(),
        },
        "next_steps": [clean(step, texts) for step in story.next_steps[:items]],
    }

"""What would turn a verdict, in the document of an explanation."""

import math

from recgate.domain.canonical import Json
from recgate.domain.decision import Decision
from recgate.domain.policy_record import plain
from recgate.domain.turning import Headroom
from recgate.rendering.explanation.document_changes import change_document
from recgate.rendering.explanation.headroom_words import closest_words, headroom_row
from recgate.rendering.explanation.parts import Shown
from recgate.rendering.explanation.turning_words import (
    Turning,
    Wanted,
    observing_words,
    unmet_words,
    wanted_shown,
    wanted_words,
    way_words,
)
from recgate.rendering.safe_text import clean

_TEXT = 1_200


def turning_document(decision: Decision, turning: Turning, shown: Shown) -> Json:
    """Everything that `recgate.rendering.explanation.turning_words.turning_of` found."""
    return {
        "ways": [
            {
                "changes": [change_document(change) for change in way.changes],
                "lets_in": [clean(row.recommendation_id, _TEXT) for row in way.lets_in],
                "verdict": way.verdict.value,
                "words": way_words(way),
            }
            for way in turning.ways
        ],
        "more_ways": turning.more_ways,
        "closed_because": turning.closed_because,
        "observing": observing_words(decision, turning),
        "headroom": [_headroom(room) for room in turning.headroom],
        "closest": closest_words(decision),
        "in_the_way": [_wanted(each) for each in wanted_shown(turning, shown)],
        "nearest_policies": [
            {
                "policy": clean(each.policy.name, _TEXT),
                "unmet": [clean(asked.key, _TEXT) for asked in each.unmet],
                "words": unmet_words(each),
            }
            for each in turning.nearest_policies
        ],
        "next_steps": [clean(step, _TEXT) for step in turning.next_steps],
    }


def _headroom(room: Headroom) -> Json:
    return {
        "policy": clean(room.policy, _TEXT),
        "limit": clean(room.limit.name, _TEXT),
        "now": plain(room.now),
        "open_until": plain(room.last),
        "share": plain(room.share) if math.isfinite(room.share) else None,
        "words": ": ".join(headroom_row(room, several=True)),
    }


def _wanted(wanted: Wanted) -> Json:
    return {
        "policy": clean(wanted.judgement.policy.name, _TEXT),
        "recommendation_id": clean(wanted.candidate.recommendation_id, _TEXT),
        "configuration": clean(wanted.candidate.configuration, _TEXT),
        "words": wanted_words(wanted),
    }

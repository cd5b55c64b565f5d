"""One change of a limit in the document of an explanation."""

from recgate.domain.canonical import Json
from recgate.domain.limit_change import Change
from recgate.domain.policy_record import plain
from recgate.rendering.explanation.turning_words import change_words
from recgate.rendering.safe_text import clean

_TEXT = 1_200


def change_document(change: Change) -> Json:
    """The change: a number that fails beyond it, or names to allow or to deny no more."""
    return {
        "policy": clean(change.policy, _TEXT),
        "limit": clean(change.limit, _TEXT),
        "now": plain(change.now),
        "to": plain(change.to),
        "allow": [clean(name, _TEXT) for name in change.allow],
        "undeny": [clean(name, _TEXT) for name in change.undeny],
        "words": change_words(change),
    }

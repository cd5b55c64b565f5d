"""Why a message comes to a route that it was not meant for first."""

from recgate.domain.telling import StandIn
from recgate.rendering.safe_text import clean

_NAME, _REASON, _CURE = 64, 130, 160
"""Each part is cut alone, and together they fit into a line of a story: a long reason leaves the
cure in its place.
"""


def stand_in_words(refused: StandIn) -> str:
    """``route slack-ml refused this message: not_in_channel; cure: invite the bot …``."""
    name, reason = clean(refused.route, _NAME), clean(refused.reason, _REASON)
    return f"route {name} refused this message: {reason}; cure: {clean(refused.remedy, _CURE)}"

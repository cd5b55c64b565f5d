"""A reminder as Slack messages: two forms with blocks that are alike, and one of text only."""

from collections.abc import Sequence

from recgate.domain.telling import WaiverEndTelling
from recgate.rendering.safe_text import clean, mrkdwn
from recgate.rendering.slack.envelope import route_part
from recgate.rendering.slack.limits import CONTEXT
from recgate.rendering.slack.limits import Message as SlackMessage
from recgate.rendering.slack.literal import literal
from recgate.rendering.slack.parts import context, escaped, header, identified, section
from recgate.rendering.waiver_end.story import waiver_end_story

EVENT_TYPE = "recgate_waiver_end"
SCHEMA = 1
"""Version of the metadata's payload."""

_TEXT_LIMIT, _LINE = 1_000, 500
_STOOD_IN = 5


def waiver_end_forms(telling: WaiverEndTelling) -> Sequence[SlackMessage]:
    """The message with blocks twice (there is no table in it), and as text only."""
    story, end = waiver_end_story(telling), telling.end
    facts = [f"*{name}:* {escaped(value, _LINE)}" for name, value in story.facts]
    steps = [f"• {escaped(step, _LINE)}" for step in story.next_steps]
    bare: SlackMessage = {
        "text": mrkdwn(literal(story.headline), _TEXT_LIMIT),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {
            "event_type": EVENT_TYPE,
            "event_payload": {
                "waiver": clean(end.waiver.id, _LINE),
                "expires": end.waiver.expires.isoformat(),
                "dedupe_key": f"{end.key}{route_part(telling.route)}",
                "schema": SCHEMA,
            },
        },
    }
    blocks = [
        header(story.headline),
        section("facts", "\n".join(facts)),
        section("next", "\n".join(["*What to do*", *steps])),
        *(
            context(f"stood_in{place}", mrkdwn(literal(line), CONTEXT))
            for place, line in enumerate(story.stood_in[:_STOOD_IN])
        ),
    ]
    rich = {**bare, "blocks": identified(blocks, "waiver")}
    return rich, rich, bare

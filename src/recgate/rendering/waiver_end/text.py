"""A reminder as plain text: for a console, for e-mail."""

from recgate.domain.telling import WaiverEndTelling
from recgate.rendering.waiver_end.story import waiver_end_story


def waiver_end_text(telling: WaiverEndTelling) -> str:
    """Several lines, the last one ended by a line break."""
    story = waiver_end_story(telling)
    parts = [
        [story.headline],
        [f"{name}: {value}" for name, value in story.facts],
        [
            "WHAT TO DO",
            *(f"  {place}. {step}" for place, step in enumerate(story.next_steps, start=1)),
        ],
    ]
    if story.stood_in:
        parts.append(["SENT HERE BECAUSE", *(f"  - {line}" for line in story.stood_in)])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"

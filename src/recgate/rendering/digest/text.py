"""A digest as plain text: for a console, for e-mail."""

from recgate.domain.telling import DigestTelling
from recgate.rendering.digest.story import HEADINGS, DigestStory, digest_story
from recgate.rendering.safe_text import first

_RULE = "-" * 66
_ROWS_LIMIT = 200


def digest_text(telling: DigestTelling) -> str:
    """Several lines, the last one ended by a line break."""
    story = digest_story(telling)
    if story.nothing:
        parts = [[f"{story.title}: {story.nothing}. {story.about}."]]
    else:
        parts = [
            [story.title, ", ".join(story.counts), *([str(story.cost)] if story.cost else [])],
            _waiting(story),
            ["NOTES", *(f"  - {note}" for note in story.notes)] if story.notes else [],
            [_RULE, f"{story.about}."],
        ]
    if story.stood_in:
        parts.append(["SENT HERE BECAUSE", *(f"  - {line}" for line in story.stood_in)])
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _waiting(story: DigestStory) -> list[str]:
    lines = [
        f"{place}. {row.name} | {row.verdict} | since {row.since}"
        for place, row in enumerate(story.rows, start=1)
    ]
    kept = first(lines, _ROWS_LIMIT)
    return [HEADINGS[0].upper(), *(f"  {line}" for line in kept)] if kept else []

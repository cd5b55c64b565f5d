"""Whole messages, as they were looked at. RECGATE_UPDATE_GOLDEN=1 writes them anew."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from recgate.domain.telling import Telling
from recgate.rendering.plain_text import plain_text
from recgate.rendering.slack.blocks import forms
from recgate.rendering.slack.progress import closed_progress_form, progress_form
from recgate.rendering.slack.thread import details_form
from recgate.rendering.sns.message import publish_arguments
from tests.rendering.decisions import notes, tellings

FOLDER = Path(__file__).parent / "golden"
MENTIONS = ("<!subteam^S0123ABCD>",)


def rendered(name: str) -> dict[str, str]:
    """Every message of a telling or of a running job, by the name of the file that holds it."""
    if name in notes():
        return {f"{name}.slack.json": written({"rich": progress_form(notes()[name])})}
    telling = tellings()[name]
    sns = publish_arguments(telling)
    sns["Message"] = json.loads(sns["Message"])
    sns["Message"]["sqs"] = json.loads(sns["Message"]["sqs"])
    sns["Message"]["lambda"] = json.loads(sns["Message"]["lambda"])
    return {
        f"{name}.txt": plain_text(telling),
        f"{name}.slack.json": written(slack(telling)),
        f"{name}.sns.json": written(sns),
    }


def slack(telling: Telling) -> dict[str, Any]:
    """The forms of a verdict, what stands in its thread, and what becomes of its progress."""
    made = dict(zip(("rich", "sections", "text"), forms(telling, mentions=MENTIONS), strict=True))
    details = details_form(telling)
    if details is not None:
        made["details"] = details
    if telling.progress:
        made["closed"] = closed_progress_form(telling)
    return made


def written(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", [*tellings(), *notes()])
def test_every_message_reads_as_it_was_approved(name: str) -> None:
    """A change of words is a change that somebody looks at."""
    for file, message in rendered(name).items():
        path = FOLDER / file
        if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
            path.write_text(message, encoding="utf-8")

        assert path.read_text(encoding="utf-8") == message


def test_no_golden_message_is_left_over() -> None:
    """Every file belongs to a message."""
    expected = {file for name in (*tellings(), *notes()) for file in rendered(name)}

    assert {path.name for path in FOLDER.iterdir()} == expected

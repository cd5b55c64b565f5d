"""Whole messages, as they were looked at. RECGATE_UPDATE_GOLDEN=1 writes them anew."""

import json
import os
from pathlib import Path

import pytest

from recgate.rendering.plain_text import plain_text
from recgate.rendering.slack_blocks import forms
from recgate.rendering.sns_message import publish_arguments
from tests.rendering.decisions import decisions

FOLDER = Path(__file__).parent / "golden"
MENTIONS = ("<!subteam^S0123ABCD>",)


def rendered(name: str) -> dict[str, str]:
    """Every message of a decision, by the name of the file that holds it."""
    made = decisions()[name]
    slack = dict(zip(("rich", "sections", "text"), forms(made, mentions=MENTIONS), strict=True))
    sns = publish_arguments(made)
    sns["Message"] = json.loads(sns["Message"])
    sns["Message"]["sqs"] = json.loads(sns["Message"]["sqs"])
    sns["Message"]["lambda"] = json.loads(sns["Message"]["lambda"])
    return {
        f"{name}.txt": plain_text(made),
        f"{name}.slack.json": json.dumps(slack, indent=1, ensure_ascii=False) + "\n",
        f"{name}.sns.json": json.dumps(sns, indent=1, ensure_ascii=False) + "\n",
    }


@pytest.mark.parametrize("name", decisions())
def test_every_message_reads_as_it_was_approved(name: str) -> None:
    """A change of words is a change that somebody looks at."""
    for file, message in rendered(name).items():
        path = FOLDER / file
        if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
            path.write_text(message, encoding="utf-8")

        assert path.read_text(encoding="utf-8") == message


def test_no_golden_message_is_left_over() -> None:
    """Every file belongs to a decision."""
    expected = {file for name in decisions() for file in rendered(name)}

    assert {path.name for path in FOLDER.iterdir()} == expected

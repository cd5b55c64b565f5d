"""What a reminder that a waiver ends looks like in every medium."""

import json
import os
from datetime import date
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from recgate.domain.scope import Condition, Scope
from recgate.domain.telling import StandIn, WaiverEndTelling
from recgate.domain.waiver_end import WaiverEnd
from recgate.rendering.slack.forms import forms_of
from recgate.rendering.slack.limits import violations
from recgate.rendering.sns.envelope import SUBJECT
from recgate.rendering.sns.publish import publish_arguments_of
from recgate.rendering.text_of import text_of
from tests.builders import waiver
from tests.rendering.decisions import HOSTILE
from tests.rendering.rendered import rendered_files

FOLDER = Path(__file__).parent / "golden-waiver-ends"
SCHEMA = json.loads(files("recgate").joinpath("waiver-end.v1.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
GPU = waiver(up_to=3.5, expires=date(2026, 12, 4))
UGLY = waiver(
    "instance_families",
    allow=frozenset({HOSTILE}),
    scope=Scope((Condition("tags.team", (HOSTILE,)),)),
    policy="prod",
    reason=HOSTILE,
    requested_by=HOSTILE,
    approved_by=HOSTILE * 40,
)


def tellings() -> dict[str, WaiverEndTelling]:
    stood_in = (StandIn("slack-ml", "not_in_channel", "invite the bot: /invite @recgate"),)
    return {
        "in-13-days": WaiverEndTelling(WaiverEnd(GPU, date(2026, 11, 21), 14)),
        "tomorrow": WaiverEndTelling(WaiverEnd(GPU, date(2026, 12, 3), 3), stands_in_for=stood_in),
        "today": WaiverEndTelling(WaiverEnd(GPU, date(2026, 12, 4), 1)),
        "hostile": WaiverEndTelling(WaiverEnd(UGLY, date(2026, 12, 25), 7)),
    }


def rendered(name: str) -> dict[str, str]:
    """Every message of a reminder, by the name of the file that holds it."""
    return rendered_files(name, tellings()[name])


@pytest.mark.parametrize("name", tellings())
def test_every_reminder_reads_as_it_was_approved(name: str) -> None:
    """RECGATE_UPDATE_GOLDEN=1 writes them anew, for somebody to look at."""
    for file, message in rendered(name).items():
        path = FOLDER / file
        if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
            path.parent.mkdir(exist_ok=True)
            path.write_text(message, encoding="utf-8")

        assert path.read_text(encoding="utf-8") == message


@pytest.mark.parametrize("name", tellings())
def test_no_reminder_breaks_a_limit(name: str) -> None:
    """Slack's, SNS's, and our own schema's."""
    telling = tellings()[name]

    for form in forms_of(telling):
        assert violations(form) == []
    sent = publish_arguments_of(telling)
    assert len(sent["Subject"]) <= SUBJECT
    VALIDATOR.validate(json.loads(json.loads(sent["Message"])["sqs"]))


def test_a_reminder_says_what_ends_when_and_what_to_do() -> None:
    """The day after the last one is when it hurts."""
    text = text_of(tellings()["in-13-days"])

    assert text.startswith("Waiver W-2026-014 ends in 13 days: cost/hour up to $3.50\n")
    assert "Last day: 4 Dec 2026 (UTC)" in text
    assert "From 5 Dec 2026 on, jobs that need it fail" in text

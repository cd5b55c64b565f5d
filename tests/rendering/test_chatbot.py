"""Amazon Q Developer shows what keeps its schema, and drops everything else without a word."""

import json
import random
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from recgate.domain.telling import Telling
from recgate.rendering.sns.chatbot import (
    DESCRIPTION,
    KEYWORD,
    NEXT_STEP,
    TITLE,
    Card,
    chatbot_document,
    harmless,
)
from recgate.rendering.sns.message import publish_arguments
from tests.rendering.decisions import decisions

# Written from https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
TEXT = {"type": "string", "minLength": 1}
SCHEMA = {
    "type": "object",
    "required": ["version", "source", "content"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "1.0"},
        "source": {"const": "custom"},
        "id": TEXT,
        "content": {
            "type": "object",
            "required": ["description"],
            "additionalProperties": False,
            "properties": {
                "textType": {"const": "client-markdown"},
                "title": TEXT | {"maxLength": 250},
                "description": TEXT | {"maxLength": 8_000},
                "nextSteps": {"type": "array", "items": TEXT | {"maxLength": 350}},
                "keywords": {"type": "array", "items": TEXT | {"maxLength": 75}},
            },
        },
        "metadata": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "threadId": TEXT,
                "summary": TEXT,
                "eventType": TEXT | {"pattern": "^[a-zA-Z0-9-]{1,100}$"},
                "relatedResources": {"type": "array", "items": TEXT},
                "additionalContext": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    },
}
CHECK = Draft202012Validator(SCHEMA)


def card(**changes: Any) -> Any:
    """A card with one line."""
    made = {
        "key": "abc",
        "title": "FAIL x",
        "summary": "FAIL x",
        "lines": ["one"],
        "event_type": "recgate-verdict",
        "thread": "arn:job",
    }
    return chatbot_document(Card(**(made | changes)))


@pytest.mark.parametrize("name", sorted(decisions()))
def test_every_decision_has_a_card_by_the_schema(name: str) -> None:
    """One publish serves Slack and Teams through AWS's own client."""
    message = publish_arguments(Telling(decisions()[name], report_url="https://pages.example/1"))

    made = json.loads(json.loads(message["Message"])["https"])

    assert [error.message for error in CHECK.iter_errors(made)] == []
    assert made["content"]["description"].count("https://pages.example/1") == 1


def test_the_card_of_a_failure_says_what_the_message_says() -> None:
    """Verdict first, the broken limit, the rows, the job as the thread."""
    made = json.loads(
        json.loads(publish_arguments(Telling(decisions()["fail"]))["Message"])["https"]
    )

    assert made["content"]["title"].startswith("🔴 FAIL fraud-ranker v14: cost/hour $1.504 › limit")
    assert "• cost/hour $1.504 › limit $1.500 (+0.3%)" in made["content"]["description"]
    assert "3. ml.p4d.24xlarge × 1 · $25.25/h" in made["content"]["description"]
    assert made["metadata"]["threadId"].endswith("/fraud-ranker-v14")


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"title": "t" * 9_000}, TITLE),
        ({"lines": ["l" * 9_000] * 9}, DESCRIPTION),
        ({"lines": ["l" * 9_000], "links": {"Report": "https://r.example/" + "x" * 500}}, None),
        ({"next_steps": ["s" * 9_000] * 99}, NEXT_STEP),
        ({"keywords": ["k" * 9_000] * 99}, KEYWORD),
        ({"lines": [], "summary": "", "title": ""}, None),
        ({"lines": ["\u200b"], "next_steps": ["\u200b"], "keywords": [""]}, None),
    ],
)
def test_a_card_keeps_every_limit(changes: dict[str, Any], limit: int | None) -> None:
    """For any input: what is too long is cut, what is empty is left out."""
    made = card(**changes)

    errors = [error.message for error in CHECK.iter_errors(made) if error.validator != "minLength"]
    assert errors == []
    assert made["content"]["title"]
    assert made["content"]["description"]
    if limit:
        longest = max(map(len, _strings(made["content"])))
        assert longest == limit


def test_a_link_is_never_cut() -> None:
    """The text gives way to the addresses."""
    url = "https://pages.example/" + "x" * 500

    assert card(lines=["l" * 9_000], links={"Report": url})["content"]["description"].endswith(url)


ATOMS: tuple[str, ...] = (
    "*",
    "_",
    "~",
    "`",
    "<!channel>",
    "<@U1>",
    "<https://e.vil|x>",
    "[x](https://e.vil)",
)
ATOMS += ("@here", "https://e.vil", "# h", "\n", "\r", "\u202e", "\u200b", "a", " ", "\\", "```")


def test_hostile_text_is_neither_markup_nor_a_mention_nor_a_link() -> None:
    """In either chat: nothing is left of Markdown, and no address but ours."""
    dice = random.Random(4)  # noqa: S311  the same strings in every run
    texts = ["".join(dice.choices(ATOMS, k=dice.randint(1, 12))) for _ in range(3_000)]

    for text in texts:
        told = harmless(text, 500)
        assert not re.search(r"[*~`<>\[\]\\#]|://|(?<![A-Za-z0-9])@", told), text
        assert not re.search(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", told), text


def test_a_name_stays_readable() -> None:
    """What chat does not read as markup is left alone."""
    assert harmless("my_model-v2 (ml.c7g.xlarge × 1)", 99) == "my_model-v2 (ml.c7g.xlarge × 1)"
    assert harmless("dana@example.com", 99) == "dana@example.com"


def _strings(part: object) -> list[str]:
    if isinstance(part, str):
        return [part]
    values = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [text for value in values for text in _strings(value)]

"""The README's picture is drawn from a message that the tests compare whole."""

import html
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.cli.runner import ROOT

MESSAGES = sorted((ROOT / "tests" / "rendering" / "golden").glob("*.slack.json"))


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "slack_message", ROOT / "docs" / "pictures" / "slack_message.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: file.name)
def test_a_picture_shows_every_cell_and_every_line(drawing: ModuleType, file: Path) -> None:
    """Nothing that Slack would show is left out."""
    message = json.loads(file.read_text("utf-8"))["rich"]

    page = drawing.page(message)

    for text in _plain_texts(message["blocks"]):
        assert html.escape(text) in page


def _plain_texts(part: Any) -> list[str]:
    """The texts that no markup changes: headers, cells, rich text."""
    if isinstance(part, list):
        return [text for item in part for text in _plain_texts(item)]
    if not isinstance(part, dict):
        return []
    if part.get("type") in ("plain_text", "raw_text", "raw_number", "text"):
        return [part["text"]]
    return [text for item in part.values() for text in _plain_texts(item)]


def test_a_block_that_is_not_drawn_is_an_error(drawing: ModuleType) -> None:
    """Rather than a picture that shows less than the message."""
    with pytest.raises(ValueError, match="video"):
        drawing.page({"blocks": [{"type": "video"}]})

"""Draws a Slack message as recgate sends it, for the README: message JSON in, HTML or PNG out.

    python docs/pictures/slack_message.py tests/rendering/golden/fail.slack.json out.png

The file holds the forms of one message, as the golden files do; the richest is drawn, by the
same code that `recgate preview` draws messages with. PNG needs Chromium.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recgate.rendering.preview.blocks import message_html, message_style

_PAGE = "body{margin:0;background:#fff}.message{width:760px;padding:16px 20px}"


def page(message: Mapping[str, Any]) -> str:
    """The message as an HTML page. Raises ValueError for a block that is not drawn here."""
    return (
        f"<!doctype html><meta charset=utf-8><style>{message_style()}{_PAGE}</style>"
        "<div class=message><div class=icon>r</div><div class=said>"
        "<div class=who><b>recgate</b><span class=app>APP</span></div>"
        f"{message_html(message)}</div></div>"
    )


def draw(page_text: str, picture: Path) -> None:
    """The page as a PNG, drawn by Chromium without a network."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("a PNG needs Chromium: install it, or ask for an .html file")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "message.html"
        source.write_text(page_text, "utf-8")
        subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--force-device-scale-factor=2",
                "--window-size=800,860",
                f"--user-data-dir={folder}/profile",
                f"--screenshot={picture.resolve()}",
                source.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )


def main(message_file: str, out_file: str) -> None:
    """Draw one message."""
    forms = json.loads(Path(message_file).read_text("utf-8"))
    drawn = page(forms["rich"])
    out = Path(out_file)
    if out.suffix == ".html":
        out.write_text(drawn, "utf-8")
    else:
        draw(drawn, out)


if __name__ == "__main__":
    main(*sys.argv[1:3])

"""Draws a Slack message as recgate sends it, for the README: message JSON in, HTML or PNG out.

    python docs/pictures/slack_message.py tests/rendering/golden/fail.slack.json out.png

The file holds the forms of one message, as the golden files do; the richest is drawn.

Only the blocks that recgate sends are drawn; another one is an error, so that a picture never
leaves out what a person would see. PNG needs Chromium.
"""

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_STYLE = """
body{margin:0;background:#fff;font:15px/1.47 Lato,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;
color:#1d1c1d}
.message{display:flex;gap:10px;padding:16px 20px;width:760px}
.icon{width:36px;height:36px;border-radius:8px;background:#1f6feb;color:#fff;font-weight:700;
display:grid;place-items:center;flex:none}
.who b{margin-right:6px}.app{background:#ddd;border-radius:3px;font-size:10px;padding:1px 4px;
color:#555}
h3{font-size:18px;margin:6px 0}.section,.rich{margin:6px 0}ul{margin:2px 0;padding-left:24px}
table{border-collapse:collapse;margin:8px 0;font-size:14px}
td:first-child{white-space:nowrap}
td{border:1px solid #ddd;padding:5px 9px}tr:first-child td{font-weight:700;background:#f8f8f8}
td.right{text-align:right}.context{color:#616061;font-size:13px;margin:6px 0}
a{color:#1264a3;text-decoration:none}pre{background:#f8f8f8;border:1px solid #ddd;padding:8px;
border-radius:4px;white-space:pre-wrap}
"""
_EMOJI = {
    ":red_circle:": "🔴",
    ":large_green_circle:": "🟢",
    ":large_yellow_circle:": "🟡",
    ":x:": "❌",
    ":white_circle:": "⚪",
    ":warning:": "⚠️",
}


def page(message: Mapping[str, Any]) -> str:
    """The message as an HTML page. Raises ValueError for a block that is not drawn here."""
    blocks = "".join(_block(block) for block in message["blocks"])
    return (
        f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style><div class=message>"
        "<div class=icon>r</div><div><div class=who><b>recgate</b><span class=app>APP</span></div>"
        f"{blocks}</div></div>"
    )


def _block(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f"<h3>{html.escape(block['text']['text'])}</h3>"
        case "section":
            return f"<div class=section>{_mrkdwn(block['text']['text'])}</div>"
        case "context":
            texts = " ".join(_mrkdwn(element["text"]) for element in block["elements"])
            return f"<div class=context>{texts}</div>"
        case "rich_text":
            return f"<div class=rich>{''.join(map(_rich, block['elements']))}</div>"
        case "table":
            return f"<table>{''.join(_row(block, row) for row in block['rows'])}</table>"
        case other:
            raise ValueError(f"a block of type {other!r} is not drawn here")


def _rich(element: Mapping[str, Any]) -> str:
    match element["type"]:
        case "rich_text_section":
            return f"<div>{''.join(map(_text, element['elements']))}</div>"
        case "rich_text_preformatted":
            return f"<pre>{''.join(map(_text, element['elements']))}</pre>"
        case "rich_text_list":
            items = "".join(f"<li>{_rich(item)}</li>" for item in element["elements"])
            return f"<ul>{items}</ul>"
        case other:
            raise ValueError(f"an element of type {other!r} is not drawn here")


def _text(element: Mapping[str, Any]) -> str:
    text = html.escape(element["text"])
    return f"<b>{text}</b>" if element.get("style", {}).get("bold") else text


def _row(table: Mapping[str, Any], row: list[Mapping[str, Any]]) -> str:
    settings = table.get("column_settings", [{}] * len(row))
    return (
        "<tr>"
        + "".join(
            f"<td class='{setting.get('align', '')}'>{html.escape(cell['text'])}</td>"
            for cell, setting in zip(row, settings, strict=True)
        )
        + "</tr>"
    )


def _mrkdwn(text: str) -> str:
    """Slack's mrkdwn, as far as recgate uses it: bold, code, links, dates, emoji."""
    text = re.sub(r"<!date\^\d+\^[^|]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<(https://[^|>]+)\|([^>]*)>", r'<a href="\1">\2</a>', text)
    text = re.sub(r"\*([^*]+)\*", r"<b>\1</b>", text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    for name, sign in _EMOJI.items():
        text = text.replace(name, sign)
    return text


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
                "--window-size=800,500",
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

"""Every message about a decision on one page, before anybody is sent one."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from recgate.domain.telling import Telling
from recgate.rendering.chart.colours import DARK, custom_properties
from recgate.rendering.headline import headline
from recgate.rendering.preview.beside import progress_html, thread_html
from recgate.rendering.preview.blocks import message_style
from recgate.rendering.preview.markup import escaped
from recgate.rendering.preview.media import media_html
from recgate.rendering.preview.parts import clock_words, folded_html, part_html
from recgate.rendering.preview.routes import Hearing
from recgate.rendering.preview.slack import forms_html
from recgate.rendering.slack.forms import forms_of
from recgate.rendering.sns.publish import publish_arguments_of
from recgate.rendering.text_of import text_of
from recgate.rendering.words import verdict_word

_PARTS = (
    ("routes", "Routes"),
    ("push", "Push"),
    ("slack", "Slack"),
    ("degraded", "Simpler"),
    ("thread", "Thread"),
    ("progress", "Progress"),
    ("mail", "E-mail"),
    ("sms", "SMS"),
    ("amazon-q", "Amazon Q"),
    ("programs", "Programs"),
    ("text", "Console"),
)
"""The parts that a page may have, for its navigation."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What is to be looked at: the telling, whom Slack mentions, and who hears it.

    ``no_routes`` says why nobody knows which routes there are, empty when that is known.
    """

    telling: Telling
    mentions: Sequence[str] = ()
    hearings: Sequence[Hearing] = ()
    no_routes: str = ""


def preview_page(preview: Preview) -> str:
    """The page: one file that asks nobody for anything, in light and in dark, without a script."""
    telling, decision = preview.telling, preview.telling.decision
    style = _style()
    word, line = verdict_word(decision), headline(decision)
    parts = "".join(
        (
            _routes(preview),
            forms_html(
                forms_of(telling, mentions=preview.mentions), when=clock_words(decision.decided_at)
            ),
            thread_html(telling),
            progress_html(telling),
            media_html(publish_arguments_of(telling)),
            part_html(
                "text", "Console", folded_html("The text for a terminal", text_of(telling)), ""
            ),
        )
    )
    head = (
        f"<header><h1>{escaped(line)}</h1><p>Every message that recgate would send about job "
        f"<b>{escaped(decision.snapshot.job_name)}</b>, decision "
        f"<code>{escaped(decision.key[:12])}</code>. Nothing was sent.</p>"
        f"{_navigation(parts)}</header>"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_security(style)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(f'{word} {decision.snapshot.model}: preview')}</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n{head}\n<main>{parts}</main>\n</body>\n</html>\n"
    )


def _navigation(parts: str) -> str:
    links = "".join(
        f'<a href="#{anchor}">{words}</a>' for anchor, words in _PARTS if f' id="{anchor}"' in parts
    )
    return f"<nav>{links}</nav>"


def _routes(preview: Preview) -> str:
    if preview.no_routes:
        return part_html("routes", "Who hears it", "", preview.no_routes)
    rows = "".join(
        f"<tr><td><b>{escaped(each.route)}</b></td>"
        f"<td>{'hears it' if each.hears else 'does not hear it'}</td>"
        f"<td>{escaped(each.why)}</td><td>{escaped(each.destination)}</td></tr>"
        for each in preview.hearings
    )
    table = (
        "<table><tr><th>Route</th><th></th><th>Why</th><th>Destination</th></tr>"
        f"{rows or '<tr><td>There is no route.</td></tr>'}</table>"
    )
    hint = "By the policies and routes in the folder. A route that has heard the same verdict of "
    hint += "this job before is not told again."
    return part_html("routes", "Who hears it", f'<div class="scrolls">{table}</div>', hint)


@cache
def _style() -> str:
    page = files(__package__).joinpath("page.css").read_text("utf-8")
    colours = ";".join(f"{name}:{value}" for name, value in custom_properties(DARK).items())
    return f"{message_style()}{page}.chart.dark{{{colours}}}"


def _security(style: str) -> str:
    """A policy under which a page can do nothing but look as it does."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"

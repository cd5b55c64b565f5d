"""The playground's page: a web server on 127.0.0.1 that shows a `World` and acts on it.

No other page may use it: the Host must be its own address (a name that is made to point at
127.0.0.1 is refused), and what changes something must come from the page itself, with the token
that it was given in this run.
"""

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from recgate.rendering.preview.blocks import message_style
from tests.playground import sections
from tests.playground.ledger_view import LedgerView
from tests.playground.order_form import job_order
from tests.playground.slack_view import slack_html
from tests.playground.world import Nudge, SlackMessage, Trouble, World, WorldRefused

FORM_BYTES_MAX = 16_384

_HERE = Path(__file__).parent
_FILES = {"/page.css": "text/css", "/page.js": "text/javascript"}
_THEMES = ("auto", "light", "dark")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all, a form's Origin would be "null"
    "Cache-Control": "no-store",
}

_REPORT_HEADERS = {
    **_HEADERS,
    # A page about a decision quotes others: it is shown as if it came from somewhere else.
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "frame-ancestors 'none'"
    ),
}


class NotAllowed(Exception):
    """The request does not come from the page itself."""


class NothingHere(Exception):
    """The page has no such form."""


class Page:
    """What the page shows and does. ``token`` is what its forms carry."""

    def __init__(self, world: World) -> None:
        self.token = secrets.token_urlsafe(24)
        self.url = ""
        self._world = world
        self._ledger = LedgerView(world)
        self._named = 0

    def regions(self) -> dict[str, str]:
        """The HTML of every part that changes, by its name."""
        world = self._world
        regions = {"mood": _safely(lambda: sections.mood_html(world.slack_mood()))}
        parts: Mapping[str, tuple[Callable[[], Any], Callable[[Any], str]]] = {
            "jobs": (world.jobs, lambda jobs: sections.jobs_html(jobs, self.token)),
            "slack": (world.slack_messages, self._slack_html),
            "mail": (world.mails, sections.mails_html),
            "ledger": (world.streams, self._ledger.html),
            "dead": (world.dead_letters, sections.dead_letters_html),
        }
        for name, (fetch, draw) in parts.items():
            regions |= _part(name, fetch, draw)
        return regions

    def html(self, theme: str) -> str:
        """The whole page; ``theme`` auto, light or dark."""
        regions = {name.replace("-", "_"): html for name, html in self.regions().items()}
        return Template((_HERE / "page.html").read_text("utf-8")).substitute(
            regions,
            theme=theme if theme in _THEMES else "auto",
            token=escape(self.token),
            place=_safely(lambda: escape(self._world.place())),
            name=escape(self._next_name()),
            samples=_safely(lambda: sections.sample_choices(self._world.samples())),
            nudges=sections.nudge_buttons(),
            troubles=sections.trouble_buttons(),
        )

    def act(self, path: str, form: Mapping[str, str]) -> dict[str, str]:
        """Do what a form asks; gives what to tell.

        Raises WorldRefused, NotAllowed, NothingHere.
        """
        if not secrets.compare_digest(form.get("token", "").encode(), self.token.encode()):
            raise NotAllowed("The token is not this page's: load the page again.")
        if path == "/jobs":
            order = job_order(form)
            self._world.create_job(order)
            return {"said": f"Job {order.name} is created.", "next_name": self._next_name()}
        if path == "/stop":
            self._world.stop_job(form.get("name", ""))
            return {"said": f"Job {form.get('name', '')} is asked to stop."}
        if path == "/trouble":
            try:
                trouble = Trouble(form.get("trouble", ""))
            except ValueError as unknown:
                raise WorldRefused("There is no such trouble to make.") from unknown
            return {"said": self._world.make_trouble(trouble)}
        if path == "/nudge":
            try:
                nudge = Nudge(form.get("nudge", ""))
            except ValueError as unknown:
                raise WorldRefused("There is no such thing to wait for.") from unknown
            return {"said": self._world.nudge(nudge)}
        raise NothingHere(path)

    def report(self, key: str) -> str:
        """The page about a decision. Raises WorldRefused."""
        return self._world.report(key)

    def slack_file(self, identity: str) -> bytes:
        """A picture in Slack. Raises WorldRefused."""
        return self._world.slack_file(identity)

    def _slack_html(self, messages: Sequence[SlackMessage]) -> str:
        """Slack, with the links to pages about decisions leading to where they lie here."""
        links = f'href="{escape(self._world.report_links())}'
        return slack_html(messages).replace(links, f'href="{self.url}/report?key=')

    def _next_name(self) -> str:
        self._named += 1
        return f"my-job-{self._named}"


@contextmanager
def playground_page(world: World, *, port: int = 0) -> Iterator[Page]:
    """Serve the page on 127.0.0.1 while the block lasts; port 0 is a free one, see ``url``."""
    page = Page(world)
    server = _Server(("127.0.0.1", port), _handler_of(page))
    page.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="playground-page")
    thread.start()
    try:
        yield page
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for the answers that are under way

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser goes away when it likes."""


def _part(name: str, fetch: Callable[[], Any], draw: Callable[[Any], str]) -> dict[str, str]:
    """A part with the number of things in it."""
    things: list[Any] = []

    def drawn() -> str:
        things.extend(fetch())
        return draw(things)

    html = _safely(drawn)
    return {name: html, f"count-{name}": str(len(things))}


def _safely(draw: Callable[[], str]) -> str:
    try:
        return draw()
    except Exception as trouble:  # one part that does not answer must not hide the others
        said = escape(f"{type(trouble).__name__}: {trouble}")
        return f'<p class="broken">This does not answer. {said}</p>'


def _handler_of(page: Page) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 2  # browsers open connections that they say nothing on

        def do_GET(self) -> None:
            where = urlsplit(self.path)
            if not self._is_ours():
                return
            if where.path == "/":
                theme = dict(parse_qsl(where.query)).get("theme", "auto")
                self._answer(200, "text/html", page.html(theme))
            elif where.path == "/state":
                self._answer(200, "application/json", json.dumps(page.regions()))
            elif where.path in _FILES:
                text = (_HERE / where.path[1:]).read_text("utf-8")
                self._answer(200, _FILES[where.path], text)
            elif where.path == "/message.css":
                self._answer(200, "text/css", message_style())
            elif where.path in ("/report", "/file"):
                self._give(where.path, dict(parse_qsl(where.query)))
            else:
                self._answer(404, "text/plain", "There is nothing here.")

        def _give(self, path: str, query: Mapping[str, str]) -> None:
            try:
                if path == "/report":
                    report = page.report(query.get("key", ""))
                    self._answer(200, "text/html", report, headers=_REPORT_HEADERS)
                else:
                    self._answer(200, "image/png", page.slack_file(query.get("id", "")))
            except WorldRefused as refused:
                self._answer(404, "text/plain", str(refused))

        def do_POST(self) -> None:
            form = self._form()  # read in any case: who is refused is to hear why
            if not self._is_ours():
                return
            if self.headers.get("Origin") != page.url:
                self._tell(403, {"said": "This did not come from the playground's page."})
                return
            if form is None:
                self._tell(413, {"said": "This is no form of the page."})
                return
            try:
                self._tell(200, page.act(urlsplit(self.path).path, form))
            except NotAllowed as foreign:
                self._tell(403, {"said": str(foreign)})
            except NothingHere:
                self._tell(404, {"said": "There is nothing here."})
            except WorldRefused as refused:
                self._tell(400, {"said": str(refused)})
            except Exception as trouble:  # the world's own: the person at the page is told
                self._tell(502, {"said": f"{type(trouble).__name__}: {trouble}"})

        def _form(self) -> dict[str, str] | None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal():
                return None
            raw = self.rfile.read(min(int(length), 2 * FORM_BYTES_MAX))
            if int(length) > FORM_BYTES_MAX:
                return None
            return dict(parse_qsl(raw.decode("utf-8", "replace")))

        def _is_ours(self) -> bool:
            if f"http://{self.headers.get('Host')}" == page.url:
                return True
            self._answer(403, "text/plain", f"This page is at {page.url} and nowhere else.")
            return False

        def _tell(self, status: int, told: dict[str, str]) -> None:
            if "application/json" in self.headers.get("Accept", ""):
                self._answer(status, "application/json", json.dumps(told))
            elif status == 200:  # a browser without the script: show the page again
                self.send_response(303)
                self.send_header("Location", "/")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._answer(status, "text/plain", told["said"])

        def _answer(
            self,
            status: int,
            kind: str,
            content: str | bytes,
            *,
            headers: Mapping[str, str] = _HEADERS,
        ) -> None:
            if isinstance(content, str):
                content, kind = content.encode("utf-8", "replace"), f"{kind}; charset=utf-8"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler

"""What a browser sends and gets, for tests of the page: no redirect is followed."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.playground.page import Page

FORM = {"name": "mine", "sample": "fraud-ranker-v14", "runs_s": "20", "tags": "env=prod"}
"""The form of a job that passes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers in small letters, and what came with it."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The content, read."""
        return self.content.decode()

    @property
    def json(self) -> Any:
        """The text, read."""
        return json.loads(self.text)


def get(page: Page, path: str = "/", **headers: str) -> Answer:
    """GET as a browser does that has the page's address in its bar."""
    return _ask(page, "GET", path, headers, "")


def post(page: Page, path: str, fields: dict[str, str], **headers: str) -> Answer:
    """Send a form as the page's script does; headers by their names with ``_`` for ``-``."""
    sent = {
        "Origin": page.url,
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return _ask(page, "POST", path, sent, urlencode({"token": page.token, **fields}))


def regions(page: Page) -> dict[str, str]:
    """What the page's script fetches."""
    answer = get(page, "/state")
    assert answer.status == 200
    found: dict[str, str] = answer.json
    return found


def _ask(page: Page, method: str, path: str, headers: dict[str, str], body: str) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(page.url).netloc, timeout=20)
    try:
        connection.request(method, path, body or None, {k: v for k, v in headers.items() if v})
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read())
    finally:
        connection.close()

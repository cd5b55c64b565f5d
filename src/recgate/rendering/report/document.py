"""A page as one HTML document: its head, its style, and what keeps it from reaching out."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from recgate.rendering.chart.colours import DARK, custom_properties
from recgate.rendering.report.html import Content, element, our_own

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def html_document(
    title: str, body: Iterable[Content], *, description: str = "", more_style: str = ""
) -> str:
    """The whole document. ``more_style`` is CSS of ours that this page has beside the others'."""
    about = element("meta", name="description", content=description) if description else None
    page = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=CONTENT_SECURITY_POLICY),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            about,
            element("title", title),
            element("style", our_own(_style() + more_style)),
        ),
        element("body", element("main", *body)),
        lang="en",
    )
    return f"<!doctype html>\n{page.html}\n"


@cache
def _style() -> str:
    """The style sheet beside this module, read when the first page is made, and the charts' own
    colours for a dark screen.
    """
    sheet = files(__package__).joinpath("report.css").read_text("utf-8")
    dark = "; ".join(f"{name}: {colour}" for name, colour in custom_properties(DARK).items())
    return f"{sheet}@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"

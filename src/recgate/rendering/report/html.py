"""HTML that cannot forget to escape: markup is a type of its own, and one function makes it.

Whatever is not `Markup` is text: `element` cleans it, cuts it and escapes it. So a page has no
tag that this package did not write, and no text without an end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from recgate.rendering.safe_text import clean, clean_lines

TEXT_LIMIT = 400
"""Characters of a text that comes without a limit of its own."""

_ATTRIBUTE_LIMIT = 2_000
"""Characters of an attribute: an address with an end cut off leads nowhere."""

_VOID = frozenset({"meta", "br"})
_BLOCKS = frozenset(
    {"html", "head", "body", "header", "main", "section", "figure", "div", "ul", "dl"}
    | {"table", "thead", "tbody", "tr"}
)
"""Elements whose children stand on lines of their own, so that two pages can be compared."""


@dataclass(frozen=True, slots=True)
class Markup:
    """Finished HTML. Not a `str`: what was pasted together by hand is escaped, or no type fits."""

    html: str


Content = Markup | str | None
"""What an element may hold; None and an empty text are left out."""

SPACE = Markup(" ")
"""Between two pieces of one line: a text loses the spaces at its ends."""


def text(words: object, limit: int = TEXT_LIMIT) -> Markup:
    """Words on one line, as text."""
    return Markup(escape(clean(words, limit)))


def lines(words: object, limit: int) -> Markup:
    """Words with their line breaks, as text."""
    return Markup("<br>".join(escape(line) for line in clean_lines(words, limit).split("\n")))


def element(name: str, /, *content: Content, **attributes: str) -> Markup:
    """An element. ``class_`` is the attribute class, ``aria_label`` is aria-label; an attribute
    that is empty is left out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(clean(value, _ATTRIBUTE_LIMIT))}"'
        for key, value in attributes.items()
        if value
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    inside = [piece.html for piece in _pieces(content)]
    if name in _BLOCKS:
        joined = "\n".join(inside)
        return Markup(f"<{name}{written}>\n{joined}\n</{name}>")
    return Markup(f"<{name}{written}>{''.join(inside)}</{name}>")


def together(content: Iterable[Content]) -> Markup:
    """Several pieces, one after the other, on lines of their own."""
    return Markup("\n".join(piece.html for piece in _pieces(content)))


def our_own(html: str) -> Markup:
    """HTML that recgate wrote whole and no job, person or policy has a word in, or that escaped
    their words itself: the style sheet, the chart.
    """
    return Markup(html)


def link(address: str, words: str) -> Markup:
    """A link to an address in a console, and the plain words where there is none."""
    if not address.startswith("https://"):
        return text(words)
    return element("a", words, href=address, rel="noreferrer noopener")


def items(content: Sequence[Content]) -> Markup | None:
    """A list; None without entries."""
    return element("ul", *(element("li", entry) for entry in content)) if content else None


def facts(pairs: Iterable[tuple[str, Content]]) -> Markup:
    """Names and values; a pair without a value is left out."""
    told = [
        element("div", element("dt", name), element("dd", value))
        for name, value in pairs
        if _pieces([value])
    ]
    return element("dl", *told)


def table(
    caption: str, headings: Sequence[Content], rows: Iterable[Sequence[Content]], *, kind: str = ""
) -> Markup:
    """A table that scrolls by itself where it is too wide. A row begins with its own heading.

    A cell is what stands in it, or a whole ``td`` or ``th``.
    """
    head = element("tr", *(_cell(heading, "th", scope="col") for heading in headings))
    body = []
    for first, *rest in rows:
        cells = (_cell(cell, "td") for cell in rest)
        body.append(element("tr", _cell(first, "th", scope="row"), *cells))
    made = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", *body),
        class_=kind,
    )
    # What can be scrolled must be reachable by keys, and then it needs a name.
    return element("div", made, class_="scroll", role="region", aria_label=caption, tabindex="0")


def _cell(content: Content, name: str, **attributes: str) -> Markup:
    if isinstance(content, Markup) and content.html.startswith(("<td", "<th")):
        return content
    return element(name, content, **attributes)


def _pieces(content: Iterable[Content]) -> list[Markup]:
    made = (text(piece) if isinstance(piece, str) else piece for piece in content)
    return [piece for piece in made if piece is not None and piece.html]

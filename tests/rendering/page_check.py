"""Reads a page as a browser would, as far as a test wants to know what is in it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "br", "hr"})
_ASKS = frozenset(
    {"src", "srcset", "data", "action", "background", "poster", "formaction", "ping", "manifest"}
)
"""Attributes for which a browser asks somebody for something, without anybody's doing."""


@dataclass
class PageCheck(HTMLParser):
    """A page that was read. ``asks`` is what it would fetch or run, ``text`` what it says.

    ``links`` are pairs: where each leads, and what it says.
    """

    tags: set[str] = field(default_factory=set)
    links: list[tuple[str, str]] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @property
    def text(self) -> str:
        """Every text of the page."""
        return "".join(self._texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element is, and what it would do."""
        self.tags.add(tag)
        if tag not in _VOID:
            self._open.append(tag)
        for name, value in attrs:
            if name in _ASKS or name.startswith("on") or name == "style":
                self.asks.append(f"{tag} {name}={value}")
            if name in ("href", "xlink:href"):
                self.links.append((value or "", ""))
                if tag != "a":
                    self.asks.append(f"{tag} {name}={value}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of SVG that closes itself."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """It must close what was opened last."""
        if tag in _VOID:
            return
        opened = self._open.pop() if self._open else "nothing"
        if opened != tag:
            self.unbalanced.append(f"</{tag}> closes {opened}")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self._texts.append(data)
        if "a" in self._open:
            address, words = self.links[-1]
            self.links[-1] = (address, words + data)


def checked(page: str) -> PageCheck:
    """The page, read to its end."""
    check = PageCheck()
    check.feed(page)
    check.close()
    check.unbalanced += [f"<{tag}> is never closed" for tag in check._open]
    return check

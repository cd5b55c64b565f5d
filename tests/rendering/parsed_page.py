"""A report page read back by a parser that knows nothing of how it was written."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "br"})


@dataclass
class Tag:
    """A start tag with its attributes. ``drawn``: it is part of a drawing."""

    name: str
    attributes: dict[str, str]
    drawn: bool


@dataclass
class Table:
    """A table: its caption, the headings of its columns, and its rows of cells as texts."""

    section: str
    caption: str = ""
    headings: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class Page(HTMLParser):
    """Every tag of a page, its tables, and its text. Raises AssertionError for broken markup."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[Tag] = []
        self.tables: list[Table] = []
        self.texts: dict[str, str] = {}
        """The text in each section, by its id; under an empty id what is in none."""
        self.styles = ""
        self._open: list[str] = []
        self._section = ""
        self.feed(page)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        """The text of the whole page."""
        return "\n".join(self.texts.values())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        assert len(attributes) == len(attrs), "an attribute twice"
        self.tags.append(Tag(tag, attributes, drawn="svg" in (tag, *self._open)))
        if tag in VOID:
            return
        self._open.append(tag)
        if tag == "section":
            self._section = attributes["id"]
        elif tag == "table":
            self.tables.append(Table(self._section))
        elif tag == "tr" and "tbody" in self._open:
            self.tables[-1].rows.append([])
        elif tag in ("th", "td"):
            self._cells().append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self._open, f"<{tag}/> is no HTML"
        self.tags.append(Tag(tag, {key: value or "" for key, value in attrs}, drawn=True))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag
        if tag == "section":
            self._section = ""

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            self.styles += data
            return
        self.texts[self._section] = self.texts.get(self._section, "") + data
        if "caption" in self._open:
            self.tables[-1].caption += data
        elif {"th", "td"} & set(self._open):
            self._cells()[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data[:40]}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data[:40]}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data[:40]}")

    def _cells(self) -> list[str]:
        table = self.tables[-1]
        return table.rows[-1] if "tbody" in self._open else table.headings

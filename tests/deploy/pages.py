"""The tables and commands of a page of docs/, for tests that hold them to the templates."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.deploy.template import ROOT, listed

DOCS = ROOT / "docs"


def page(name: str) -> str:
    """The text of a page."""
    return (DOCS / name).read_text("utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of the same or a higher level."""
    level = len(heading) - len(heading.lstrip("#"))
    _, _, rest = f"\n{text}".partition(f"\n{heading}\n")
    return re.split(rf"\n#{{1,{level}}} ", rest)[0]


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of the table whose first column has this heading."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(f"| {heading} |"):
            break
    next(lines)  # the rule under the head
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


def code(cell: str) -> list[str]:
    """What a cell has between back-ticks."""
    return re.findall(r"`([^`]+)`", cell)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text: str) -> Iterator[tuple[str, str]]:
    """The links to files of this repository: path (empty: the page itself) and anchor."""
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield path, anchor


def told_statements(text: str) -> dict[str, tuple[list[str], bool]]:
    """The table of statements: what each may do, and whether it is for everything."""
    return {
        code(sid)[0]: (sorted(code(may)), "*" in code(on))
        for sid, may, on, *_ in rows(text, "statement")
    }


def granted(statements: dict[str, dict[str, Any]]) -> dict[str, tuple[list[str], bool]]:
    """The same of a role."""
    return {
        sid: (sorted(listed(statement["Action"])), "*" in listed(statement["Resource"]))
        for sid, statement in statements.items()
    }


def shell(text: str) -> str:
    """The commands of a page."""
    return "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))


def pages() -> list[Path]:
    """The pages of this folder's tests."""
    return [DOCS / name for name in ("deploying.md", "operations.md", "accounts.md")]

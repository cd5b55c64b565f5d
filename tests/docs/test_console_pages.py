"""Every ``console`` block in the documentation prints what it says."""

from pathlib import Path

import pytest

from tests.cli.runner import ROOT
from tests.docs.console import BLOCK, environment, fresh_folder, is_fresh

WITH_SERVERS: frozenset[str] = frozenset({"describe.md", "doctor.md"})
"""Pages whose commands ask a service: their own tests start it."""


def _pages() -> list[Path]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [
        page
        for page in pages
        if page.name not in WITH_SERVERS and BLOCK.search(page.read_text("utf-8"))
    ]


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.name)
def test_what_a_page_shows_is_what_a_new_user_sees(page: Path, tmp_path: Path) -> None:
    """In a fresh folder, command after command; RECGATE_UPDATE_GOLDEN=1 writes the page anew."""
    shown, printed = is_fresh(page, fresh_folder(tmp_path), environment())

    assert shown == printed

"""docs/comparison.md shows what both tools print."""

import json

import pytest

from tests.docs.comparison_page import (
    CASES,
    CUSTODIAN,
    KEPT,
    PAGE,
    custodian_printed,
    custodian_version,
    page,
)

SAID = json.loads(KEPT.read_text("utf-8"))


def test_the_page_is_fresh() -> None:
    """Our side is run anew; `python -m tests.docs.comparison_page` writes the page."""
    assert PAGE.read_text("utf-8") == page(SAID["printed"], SAID["version"])


@pytest.mark.slow
@pytest.mark.skipif(not CUSTODIAN.exists(), reason="Custodian is not there: make bench")
def test_what_custodian_printed_is_what_it_prints() -> None:
    """Where it is installed, in the version that the page names."""
    if custodian_version() != SAID["version"]:
        pytest.skip(f"the page is about {SAID['version']}")

    case = CASES[0]

    assert custodian_printed(case) == SAID["printed"][case.title]


def test_recgate_refuses_every_mistake_of_the_page() -> None:
    """A case that recgate took would be an argument for the other side."""
    text = PAGE.read_text("utf-8")

    ours = [part.split("Custodian:")[0] for part in text.split("### ")[1:]]

    assert len(ours) == len(CASES)
    assert all("(exit code 1)" in part for part in ours)

"""Whole charts, as they were looked at. RECGATE_UPDATE_GOLDEN=1 writes them anew."""

import os
from pathlib import Path

import pytest

from recgate.rendering.chart.drawing import chart_svg
from tests.rendering.chart_decisions import chart_decisions

FOLDER = Path(__file__).parent / "golden-charts"


@pytest.mark.parametrize("name", chart_decisions())
def test_every_chart_looks_as_it_was_approved(name: str) -> None:
    """A change of the picture is a change that somebody looks at."""
    path = FOLDER / f"{name}.svg"
    drawn = chart_svg(chart_decisions()[name])
    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        path.write_text(drawn, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == drawn


def test_no_golden_chart_is_left_over() -> None:
    """Every file belongs to a decision."""
    assert {path.stem for path in FOLDER.iterdir()} == set(chart_decisions())

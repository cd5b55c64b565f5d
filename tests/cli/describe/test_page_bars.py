"""The bars in the terminal."""

import pytest
from rich.cells import cell_len

from recgate.cli.describe.bars import bar_lines
from recgate.rendering.job_page.chart import Bar, BarRow, Bars


def bars(*rows: tuple[str, float | None, float | None]) -> Bars:
    return Bars(
        "Cost per hour against the measured P99",
        tuple(BarRow(name, bar(cost, "$"), bar(latency, "ms ")) for name, cost, latency in rows),
    )


def bar(value: float | None, unit: str) -> Bar:
    return Bar(value, "n/a" if value is None else f"{unit}{value:g}")


def lines(made: Bars, width: int = 60, *, ascii_only: bool = False) -> list[str]:
    return [line.plain for line in bar_lines(made, width, ascii_only=ascii_only)]


def test_bars_begin_at_zero_and_the_largest_is_full() -> None:
    """Half as much is half as long; each kind of bar has a scale of its own."""
    found = lines(bars(("a", 1, 100), ("b", 2, 50)))

    assert found == [
        "a  $1 ██████████▌            ms 100 █████████████████████",
        "b  $2 █████████████████████   ms 50 ██████████▌",
    ]


def test_a_figure_that_is_small_leaves_a_trace_and_one_that_is_missing_none() -> None:
    """A price that is not nothing is not drawn as nothing; what is missing is no zero."""
    small, missing, zero = lines(bars(("a", 0.0001, 1), ("b", None, 1), ("c", 90.0, 0)))

    assert small.startswith("a  $0.0001 ▏ ")
    assert missing.startswith("b      n/a  ")
    assert zero.endswith("ms 0")


@pytest.mark.parametrize("width", [24, 40, 60, 80, 110])
@pytest.mark.parametrize("name", ["a", "serverless 2048 MB × 10 #2", "測試" * 40, "x" * 80])
def test_bars_fit_on_any_screen(name: str, width: int) -> None:
    """The name stands above its bars where there is no room beside them."""
    for line in lines(bars((name, 1.5, 1234), ("b", None, 3)), width):
        assert cell_len(line) <= width


def test_a_terminal_without_block_characters_gets_plain_ones() -> None:
    """ASCII alone."""
    found = lines(bars(("a", 1, 100), ("b", 2, 50)), ascii_only=True)

    assert all(line.isascii() for line in found)
    assert found[1].startswith("b  $2 #####################")

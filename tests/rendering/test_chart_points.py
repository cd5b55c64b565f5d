"""The amounts behind the chart: the Pareto front, and which limit is the tightest."""

from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.candidate import Metric
from recgate.rendering.chart.drawing import chart_svg
from recgate.rendering.chart.points import (
    Bound,
    Point,
    Standing,
    bounds_of,
    name_of,
    pareto_front,
)
from tests.builders import at_most, candidate, decision, policy, snapshot
from tests.rendering.chart_decisions import DESIGN, chart_decisions, row
from tests.rendering.drawn_chart import read

figures = st.one_of(st.integers(0, 6).map(float), st.floats(0, 1e300))
points = st.builds(
    Point, cost=figures, latency=figures, name=st.just("x"), standing=st.sampled_from(Standing)
)


def is_beaten(point: Point, by: Point) -> bool:
    """The definition: as cheap and as fast, and cheaper or faster."""
    no_worse = by.cost <= point.cost and by.latency <= point.latency
    return no_worse and (by.cost < point.cost or by.latency < point.latency)


@given(st.lists(points, max_size=14))
def test_the_front_is_what_nothing_beats(found: list[Point]) -> None:
    """Against every pair, by the definition; equal points stand for one another."""
    unbeaten = {
        (point.cost, point.latency)
        for point in found
        if not any(is_beaten(point, other) for other in found)
    }

    front = [(point.cost, point.latency) for point in pareto_front(found)]

    assert set(front) == unbeaten
    assert len(front) == len(unbeaten)
    assert front == sorted(front)


def test_the_front_is_drawn_through_its_marks() -> None:
    """c6i and m7i cost more than c7g.xlarge and are slower: they lie off the line."""
    front = read(chart_svg(chart_decisions()["pass"])).front

    assert len(front) == 5
    assert [x for x, _ in front] == sorted(x for x, _ in front)
    assert [y for _, y in front] == sorted(y for _, y in front)


def test_the_tightest_of_all_policies_bounds() -> None:
    """Of failing and of warning thresholds apart; a warning beyond the failure says nothing."""
    made = decision(
        snapshot(*DESIGN),
        policy(at_most("max_cost_per_hour_usd", 5.0, warn=0.5), name="a"),
        policy(at_most("max_cost_per_hour_usd", 2.0, warn=1.0), name="b"),
        policy(at_most("max_latency_p99_ms", 100, warn=300), name="c"),
    )

    assert bounds_of(made, Metric.COST_PER_HOUR_USD) == (
        Bound(2.0),
        Bound(0.5, is_warning=True),
    )
    assert bounds_of(made, Metric.LATENCY_P99_MS) == (Bound(100),)
    assert bounds_of(made, Metric.MODEL_LATENCY_MS) == ()


def test_a_configuration_is_named_as_briefly_as_it_can_be() -> None:
    """What all have in common is left out."""
    serverless = candidate(serverless_memory_mb=2048, serverless_concurrency=5)

    assert name_of(row("ml.c7g.xlarge", 1, 1)) == "c7g.xlarge"
    assert name_of(candidate("ml.c7g.xlarge", instance_count=12)) == "c7g.xlarge × 12"
    assert name_of(candidate("ml.c7g.xlarge", instance_count=11)) == "c7g.xlarge × 11"
    assert name_of(serverless) == "serverless 2048 MB × 5"
    assert name_of(candidate("ml.漢字.xlarge")) == "??.xlarge"

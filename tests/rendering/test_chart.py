"""The chart of a decision: what it shows, and that nothing can break it."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recgate.domain.candidate import Candidate
from recgate.domain.decision import Decision
from recgate.domain.job import ExistingEndpoint, JobStatus
from recgate.domain.limits import Limit
from recgate.domain.policy import Mode
from recgate.domain.reading import NOT_REPORTED, Reading
from recgate.rendering.chart.colours import DARK, LIGHT, THEMED, Colours, custom_properties
from recgate.rendering.chart.drawing import chart_svg
from tests.builders import at_most, candidate, decision, families, policy, snapshot
from tests.rendering.chart_decisions import (
    COST,
    DESIGN,
    EXISTING,
    LIMITS,
    P99,
    UNMEASURED,
    chart_decisions,
    row,
    unmeasured,
)
from tests.rendering.drawn_chart import Chart, read

HOSTILE = [
    "ml.<script>alert(1)</script>.xlarge",
    "ml.c7g.xlarge\"/><text x='0'>",
    "&amp; &lt; ]]> <!-- -->",
    "\x00\x07\x1b[31m\ufffe\ud800\u202e",
    "W" * 5_000,
    "🔥 мл.c7g 漢字 مرحبا",
    "\n\r\t",
    "",
]
_GOLDEN = chart_decisions()


def drawn(made: Decision) -> Chart:
    """The chart of a decision, read back."""
    return read(chart_svg(made))


def of(*rows: Candidate, limits: tuple[Limit, ...] = LIMITS) -> Chart:
    """The chart of these rows under one policy."""
    return drawn(decision(snapshot(*rows), policy(*limits)))


# --- what nothing can break ------------------------------------------------------------------

amounts = st.one_of(
    st.none(),
    st.floats(0, 1e308),
    st.floats(1e-6, 1e6),
    st.floats(0.9, 1.1),
    st.sampled_from([0.0, 5e-324, 1e-6, 0.174, 0.17400001, 1.0, 84.0, 1e6]),
)
bounds = st.one_of(st.none(), st.floats(1e-300, 1e308), st.floats(0.01, 200))
names = st.one_of(
    st.sampled_from(HOSTILE), st.sampled_from(["ml.c7g.xlarge", "ml.m7i.24xlarge"]), st.text()
)


@st.composite
def decisions_to_draw(draw: st.DrawFn) -> Decision:
    """Decisions with any names, any figures, any limits."""
    rows = [
        candidate(
            draw(names),
            cost_per_hour_usd=draw(amounts),
            latency_p99_ms=draw(amounts),
            model_latency_ms=draw(amounts),
            instance_count=draw(st.integers(1, 10_000)),
        )
        for _ in range(draw(st.sampled_from([1, 2, 3, 5, 10, 14, 70])))
    ]
    limits: list[Limit] = [families(allow=("c7g",))]
    for name in ("max_cost_per_hour_usd", "max_latency_p99_ms", "max_model_latency_ms"):
        fail, warn = draw(bounds), draw(bounds)
        if fail is not None or warn is not None:
            limits.append(at_most(name, fail, warn=warn))
    existing = [
        ExistingEndpoint(draw(names), Reading(draw(amounts)), NOT_REPORTED)
        for _ in range(draw(st.integers(0, 5)))
    ]
    judged = replace(
        snapshot(*rows, existing_endpoints=tuple(existing)), model_package_group=draw(names)
    )
    mode = draw(st.sampled_from(Mode))
    policies = [policy(*limits, mode=mode), policy(COST, name="another")]
    return decision(judged, *policies[: draw(st.integers(0, 2))])


checked = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,  # the same examples in every run; raise max_examples to look further
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def assert_texts_are_apart(chart: Chart) -> None:
    """All inside the picture, none on another."""
    width, height = chart.size
    texts = chart.texts
    for text in texts:
        assert text.left >= 0, text
        assert text.top >= 0, text
        assert text.right <= width, text
        assert text.bottom <= height, text
    for place, text in enumerate(texts):
        assert not [other for other in texts[:place] if other.overlaps(text)], text


@checked
@given(decisions_to_draw())
def test_no_text_leaves_the_picture_or_lies_on_another(made: Decision) -> None:
    """Whatever the names are and wherever the marks lie."""
    svg = chart_svg(made)
    if not svg:
        return

    assert_texts_are_apart(read(svg))


def test_ticks_without_room_are_left_out() -> None:
    """Amounts of sixteen characters beside one another."""
    chart = of(row("ml.a.xlarge", 8.1e11, 84), row("ml.b.xlarge", 8.9e11, 80))

    assert_texts_are_apart(chart)
    assert len([words for words in chart.words if words.startswith("$8")]) >= 2


@checked
@given(decisions_to_draw())
def test_a_chart_runs_nothing_and_loads_nothing(made: Decision) -> None:
    """Elements that paint, numbers that are numbers, and no address but that of the format."""
    svg = chart_svg(made)
    if not svg:
        return
    root = read(svg).root

    painted = {"svg", "title", "desc", "rect", "line", "polyline", "polygon", "circle", "text"}
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= painted
    for element in root.iter():
        assert not {"id", "style", "class", "href"} & set(element.attrib)
        for key in ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "width", "height", "r"):
            if key in element.attrib:
                assert re.fullmatch(r"-?\d{1,7}(\.\d{1,2})?", element.attrib[key])
                assert 0 <= float(element.attrib[key]) <= 1200
    attributes = " ".join(value for each in root.iter() for value in each.attrib.values())
    assert not re.search(r"https?:|url\(|javascript|data:", attributes)
    assert len(svg) < 60_000


@settings(checked, max_examples=20)
@given(decisions_to_draw())
def test_the_same_decision_is_drawn_alike(made: Decision) -> None:
    """Byte by byte: a chart that is drawn again is not uploaded as another one."""
    assert chart_svg(made) == chart_svg(replace(made))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_name(name: str) -> None:
    """It is shown, as far as it can be, and is no markup."""
    chart = of(row(name, 0.174, 84))

    assert "script" not in [element.tag for element in chart.root.iter()]
    label = next(words for words in chart.words if words.endswith(", $0.17/h, 84 ms"))
    assert "\x00" not in label
    assert len(chart.marks("circle")) == 1


# --- when there is a chart -------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        decision(snapshot(), policy(*LIMITS)),
        decision(snapshot(status=JobStatus.FAILED), policy(*LIMITS)),
        decision(snapshot(row("ml.c7g.xlarge", 0.174, None)), policy(*LIMITS)),
        decision(snapshot(row("ml.c7g.xlarge", None, 84)), policy(*LIMITS)),
        decision(
            snapshot(row("ml.c7g.xlarge", None, 84), row("ml.c7g.large", 0.087, None)),
            policy(*LIMITS),
        ),
    ],
    ids=["no rows", "failed job", "no latency", "no cost", "no row with both"],
)
def test_without_both_figures_on_one_configuration_there_is_no_chart(made: Decision) -> None:
    """An empty picture says nothing."""
    assert chart_svg(made) == ""


def test_what_cannot_be_shown_is_named_with_its_reason() -> None:
    """A configuration that is not in the picture is not lost from it."""
    chart = drawn(_GOLDEN["figures-missing"])

    assert "Not shown: c7g.large (no P99), t2.medium (no cost)" in chart.words


def test_more_marks_than_anybody_reads_are_counted() -> None:
    """A recorded file may hold any number of rows; the chosen one is always there."""
    rows = [row(f"ml.c{i}.xlarge", 1.4 + i / 100, 20 + 37 * i % 90) for i in range(200)]
    rows.append(row("ml.best.xlarge", 0.1, 10))
    judged = snapshot(*rows)

    chart = drawn(decision(judged, policy(at_most("max_cost_per_hour_usd", 1.0))))

    assert len(chart.marks("circle") + chart.marks("rect")) == 60
    assert "best.xlarge, $0.10/h, 10 ms" in chart.words
    note = chart.words[-1]
    assert re.match(r"\d+ marks have no label\. Not shown: .* and \d+ more$", note)


# --- what it says ----------------------------------------------------------------------------


def test_shape_says_what_complies() -> None:
    """Filled circles comply, open squares do not: nobody needs to tell colours apart."""
    chart = drawn(_GOLDEN["pass"])

    assert len(chart.marks("circle")) == 5
    assert [told.partition(":")[0] for told in chart.marks("rect")] == ["c5.large", "g5.2xlarge"]
    assert {"complies", "does not comply", "chosen", "Pareto front"} <= set(chart.words)


def test_what_nobody_judged_is_neither() -> None:
    """A diamond: without a policy a configuration neither complies nor fails."""
    chart = drawn(_GOLDEN["uncovered"])

    assert len(chart.marks("polygon")) == 2
    assert chart.marks("circle") == chart.marks("rect") == []
    assert {"complies", "does not comply", "chosen"} & set(chart.words) == set()


def test_what_cannot_be_decided_does_not_comply_and_does_not_fail() -> None:
    """A limit on a figure that is missing: UNKNOWN is a word of its own."""
    chart = of(
        row("ml.c7g.xlarge", 0.174, 84), limits=(*LIMITS, at_most("max_cpu_utilization_pct", 80))
    )

    assert len(chart.marks("polygon")) == 1
    assert chart.heading == "UNKNOWN fraud-ranker v14: the one configuration is not decided"


def test_a_configuration_complies_when_every_policy_says_so() -> None:
    """The worst of the verdicts on it."""
    judged = snapshot(row("ml.c7g.xlarge", 0.174, 84), row("ml.m7i.xlarge", 0.1, 110))
    lenient, strict = policy(P99, name="a"), policy(at_most("max_latency_p99_ms", 100), name="b")

    for policies in ((lenient, strict), (strict, lenient)):
        chart = drawn(decision(judged, *policies))

        assert [told.partition(":")[0] for told in chart.marks("circle")] == ["c7g.xlarge"]
        assert [told.partition(":")[0] for told in chart.marks("rect")] == ["m7i.xlarge"]


def test_the_chosen_configuration_is_ringed_and_told() -> None:
    """It is the one of the headline, with its figures."""
    chart = drawn(_GOLDEN["pass"])
    rings = [each for each in chart.shapes("circle") if each.get("r") == "19"]
    marked = next(
        each for each in chart.shapes("circle") if (each.findtext("*") or "").endswith(", chosen")
    )

    assert len(rings) == 1
    assert (rings[0].get("cx"), rings[0].get("cy")) == (marked.get("cx"), marked.get("cy"))
    assert "c7g.xlarge, $0.17/h, 84 ms" in chart.words


def test_a_closed_gate_has_no_ring_but_the_nearest_configuration() -> None:
    """Nothing may be deployed; what came closest is named."""
    chart = drawn(_GOLDEN["fail"])

    assert not [each for each in chart.shapes("circle") if each.get("r") == "19"]
    assert "nearest: g5.2xlarge, $1.504/h, 119 ms" in chart.words
    assert "limit $1.500/h" in chart.words


def test_a_failure_that_is_only_observed_is_a_failure() -> None:
    """WOULD FAIL says what would happen; the picture shows why."""
    judged = snapshot(row("ml.g6.2xlarge", 1.2, 129))

    chart = drawn(decision(judged, policy(*LIMITS, mode=Mode.OBSERVE)))

    assert chart.heading.startswith("WOULD FAIL fraud-ranker v14: ")
    assert len(chart.marks("rect")) == 1


def test_of_two_policies_the_tighter_limit_is_drawn() -> None:
    """And it says so when it concerns one kind of configuration only."""
    chart = drawn(_GOLDEN["two-policies"])

    limits = [words for words in chart.words if words.startswith("limit")]
    assert limits == ["limit $1.50/h", "limit 120 ms (realtime)"]


def dashed(chart: Chart, paint: str) -> int:
    """How many dashed lines of a colour there are."""
    lines = chart.shapes("line")
    return sum(1 for each in lines if each.get("stroke-dasharray") and each.get("stroke") == paint)


def test_a_limit_far_away_is_an_arrow_and_squeezes_nothing() -> None:
    """The marks keep the picture; the limit is named at its end."""
    chart = of(
        row("ml.c7g.xlarge", 0.174, 104),
        row("ml.c6i.xlarge", 0.204, 102),
        limits=(at_most("max_cost_per_hour_usd", 50_000), at_most("max_latency_p99_ms", 20)),
    )

    assert "limit $50,000.00/h →" in chart.words
    assert "limit 20 ms ↓" in chart.words
    assert dashed(chart, THEMED.good) == 0
    assert not [each for each in chart.shapes("rect") if each.get("fill-opacity")]


@pytest.mark.parametrize("name", ["pass", "warn"])
def test_the_shaded_ground_ends_at_the_limits(name: str) -> None:
    """A mark is inside exactly when it keeps both of the limits; a warning bounds nothing."""
    chart = drawn(_GOLDEN[name])
    ground = next(each for each in chart.shapes("rect") if each.get("fill-opacity"))
    left, top, width, height = (float(ground.attrib[key]) for key in ("x", "y", "width", "height"))

    for shape, inside in (("circle", True), ("rect", False)):
        for mark in chart.shapes(shape):
            if mark.findtext("*") is None:
                continue
            x, y = centre(mark)
            assert (left <= x <= left + width and top <= y <= top + height) is inside


def centre(mark: ET.Element) -> tuple[float, float]:
    """The middle of a circle or a square."""
    attributes = mark.attrib
    if "cx" in attributes:
        return float(attributes["cx"]), float(attributes["cy"])
    half = float(attributes["width"]) / 2
    return float(attributes["x"]) + half, float(attributes["y"]) + half


def test_without_limits_there_is_neither_line_nor_ground() -> None:
    """Families are no place in this picture."""
    chart = drawn(_GOLDEN["no-limits"])

    assert not [each for each in chart.shapes("line") if each.get("stroke-dasharray")]
    assert not [each for each in chart.shapes("rect") if each.get("fill-opacity")]
    assert "within the limits shown" not in chart.words


def test_a_warning_threshold_has_a_line_of_its_own() -> None:
    """What only warns complies."""
    chart = drawn(_GOLDEN["warn"])

    assert {"warning limit $0.15/h", "warning limit 80 ms"} <= set(chart.words)
    assert dashed(chart, THEMED.undecided) == 2
    assert len(chart.marks("circle")) == 5


def test_configurations_in_one_place_share_a_label() -> None:
    """Each is named, and says which of the shapes is its own."""
    chart = drawn(_GOLDEN["equal"])

    for words in (
        "c7g.xlarge, $0.17/h, 84 ms",
        "c6g.xlarge (complies)",
        "m7i.xlarge (does not comply)",
        "p4d.24xlarge (does not comply)",
    ):
        assert words.replace("24xlarge", "xlarge") in chart.words


# --- which latency ---------------------------------------------------------------------------


def axis_titles(chart: Chart) -> set[str]:
    """The titles of the axes."""
    return {words for words in chart.words if re.search(r"\((USD|ms)(, log scale)?\)$", words)}


def test_a_measured_p99_is_the_latency() -> None:
    """Although the model latency is known, too."""
    chart = of(row("ml.c7g.xlarge", 0.174, 84, 41))

    assert "Latency P99 (ms)" in axis_titles(chart)


def test_without_any_p99_model_latency_stands_under_its_own_name() -> None:
    """It is no percentile that anybody documents."""
    chart = drawn(decision(snapshot(*UNMEASURED), policy(COST)))

    assert "Model latency (ms)" in axis_titles(chart)
    assert not [words for words in chart.words if "P99" in words]


def test_a_limit_on_model_latency_alone_is_shown_on_its_own_axis() -> None:
    """Else the limit that decides would not be in the picture."""
    chart = of(
        row("ml.c7g.xlarge", 0.174, 84, 41),
        limits=(at_most("max_model_latency_ms", 50),),
    )

    assert "Model latency (ms)" in axis_titles(chart)
    assert "limit 50 ms" in chart.words


def test_the_existing_endpoint_is_a_dotted_line_beside_model_latencies() -> None:
    """The line that the recommendations have to beat."""
    chart = drawn(_GOLDEN["existing-endpoint"])

    assert "existing endpoint 98 ms" in chart.words
    assert dashed(chart, THEMED.existing) == 1


def test_the_existing_endpoint_is_not_compared_with_a_p99() -> None:
    """SageMaker gives its model latency only."""
    judged = snapshot(*DESIGN, existing_endpoints=(EXISTING,))

    chart = drawn(decision(judged, policy(*LIMITS)))

    assert "Latency P99 (ms)" in axis_titles(chart)
    assert dashed(chart, THEMED.existing) == 0


def test_several_existing_endpoints_have_names() -> None:
    """One line each."""
    two = (EXISTING, replace(EXISTING, endpoint_name="ranker-old", model_latency=Reading(70.0)))
    judged = snapshot(*UNMEASURED, existing_endpoints=two)

    chart = drawn(decision(judged, policy(COST)))

    assert "existing endpoint ranker-prod 98 ms" in chart.words
    assert "existing endpoint ranker-old 70 ms" in chart.words


def test_a_scale_is_logarithmic_where_the_range_asks_for_it() -> None:
    """And says so."""
    near = of(row("ml.a.xlarge", 1.0, 50), row("ml.b.xlarge", 1.2, 60), limits=LIMITS[1:])
    far = of(row("ml.a.xlarge", 1.0, 5), row("ml.b.xlarge", 60, 500), limits=LIMITS[1:])

    assert axis_titles(near) == {"Cost per hour (USD)", "Latency P99 (ms)"}
    assert axis_titles(far) == {
        "Cost per hour (USD, log scale)",
        "Latency P99 (ms, log scale)",
    }


# --- words and colours -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("pass", "PASS fraud-ranker v14: 5 of 7 configurations comply"),
        ("fail", "FAIL fraud-ranker v14: none of 3 configurations complies"),
        ("equal", "PASS fraud-ranker v14: 2 of 5 configurations comply"),
        ("one", "PASS fraud-ranker v14: the one configuration complies"),
        ("uncovered", "UNCOVERED fraud-ranker v14: none of 2 configurations is decided"),
        ("wide", "PASS fraud-ranker v14: 1 of 13 configurations complies"),
    ],
)
def test_the_title_counts_what_complies(name: str, heading: str) -> None:
    """Verdict word first, as in every message; the same for eyes and for screen readers."""
    chart = drawn(_GOLDEN[name])

    assert chart.heading == heading
    assert heading in chart.words


def test_the_description_tells_the_chart() -> None:
    """Every figure and every limit, for those who cannot see them."""
    chart = drawn(_GOLDEN["fail"])

    assert chart.description == (
        "Cost per hour in USD against latency P99 in ms. limit $1.500/h. limit 120 ms. "
        "g5.2xlarge: $1.504/h, 119 ms, does not comply, nearest. "
        "g6.2xlarge: $1.22/h, 129 ms, does not comply. "
        "p4d.24xlarge: $25.25/h, 31 ms, does not comply."
    )


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of ``#rrggbb``."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    weights = (0.2126, 0.7152, 0.0722)
    return sum(weight * each for weight, each in zip(weights, linear, strict=True))


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_can_be_read_on_its_paper(colours: Colours) -> None:
    """4.5 to 1 for whatever is written (WCAG 2 AA)."""
    painted = custom_properties(colours)
    paper = luminance(painted["--chart-paper"])
    for name in ("ink", "muted", "good", "bad", "undecided", "existing"):
        lighter, darker = sorted((paper, luminance(painted[f"--chart-{name}"])), reverse=True)

        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, name


def test_a_page_may_set_the_colours_and_need_not() -> None:
    """Every custom property has the light colour to fall back on."""
    svg = chart_svg(_GOLDEN["pass"])
    used = set(re.findall(r'"var\((--chart-[a-z]+), (#[0-9a-f]{6})\)"', svg))

    assert used <= set(custom_properties(LIGHT).items())
    assert len(used) >= 6
    assert "var(" not in chart_svg(_GOLDEN["pass"], LIGHT)


def test_unmeasured_rows_are_named_when_others_are_measured() -> None:
    """A model latency never stands on an axis of P99."""
    chart = of(row("ml.c7g.xlarge", 0.174, 84), unmeasured("ml.m7i.xlarge", 0.2, 40))

    assert "Not shown: m7i.xlarge (no P99)" in chart.words
    assert len(chart.marks("circle")) == 1

"""The page about a decision says all that there is to say, and the same each time."""

import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from recgate.domain.candidate import Metric
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.decision import ENGINE, Decision
from recgate.domain.evaluation import Judgement, Unmatched
from recgate.domain.job import ExistingEndpoint, JobStatus, Step
from recgate.domain.limits import Finding
from recgate.domain.notice import Trigger, TriggerSource
from recgate.domain.reading import Reading, Source
from recgate.domain.telling import Telling
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.amounts import scale_of
from recgate.rendering.chart.drawing import chart_svg
from recgate.rendering.headline import summary
from recgate.rendering.report.document import CONTENT_SECURITY_POLICY
from recgate.rendering.report.html import element, link, text
from recgate.rendering.report.page import report_page
from recgate.rendering.words import verdict_word
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.rendering.decisions import DEAR, PROD, SMALL, decisions
from tests.rendering.parsed_page import Page, Table

FOLDER = Path(__file__).parent / "golden-reports"
GOLDEN = ("fail", "failed", "pass-two-policies")

WORDS = {
    Outcome.PASS: "PASS",
    Outcome.WARN: "WARN",
    Outcome.WARN_MISSING: "WARN, missing",
    Outcome.WAIVED: "WAIVED",
    Outcome.UNKNOWN: "UNKNOWN",
    Outcome.FAIL: "FAIL",
    Outcome.IGNORED: "IGNORED",
    Outcome.NOT_APPLICABLE: "does not apply",
}
SOURCES = {Source.DESCRIBE: "SageMaker", Source.CLOUDWATCH: "CloudWatch"}


def page_of(made: Decision, **telling: object) -> Page:
    """The page about a decision, read back."""
    return Page(report_page(replace(Telling(made), **telling)))  # type: ignore[arg-type]


def spoken(text: str) -> str:
    """A text as it is read: white space is one space."""
    return " ".join(text.split())


def words_of(page: str) -> str:
    """A page without its style sheet and its chart, which have tests of their own."""
    page = re.sub(r"<style>.*</style>", "<style>…</style>", page, flags=re.DOTALL)
    return re.sub(r"<svg .*</svg>", "<svg>…</svg>", page, flags=re.DOTALL)


@pytest.mark.parametrize("name", GOLDEN)
def test_every_page_reads_as_it_was_approved(name: str) -> None:
    """A change of words is a change that somebody looks at. RECGATE_UPDATE_GOLDEN=1 writes it."""
    made = words_of(report_page(Telling(decisions()[name])))

    path = FOLDER / f"{name}.html"
    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        path.write_text(made, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == made


def test_no_golden_page_is_left_over() -> None:
    """Every file belongs to a decision."""
    assert {path.stem for path in FOLDER.iterdir()} == set(GOLDEN)


@pytest.mark.parametrize("name", decisions())
def test_every_page_is_sound_markup(name: str) -> None:
    """Tags are balanced, ids are unique, headings go down one step at a time, tables are named."""
    page = page_of(decisions()[name])

    ids = [tag.attributes["id"] for tag in page.tags if "id" in tag.attributes]
    assert len(ids) == len(set(ids))
    levels = [int(tag.name[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag.name)]
    assert levels[0] == 1
    assert all(1 < after <= before + 1 for before, after in pairwise(levels))
    assert all(table.caption for table in page.tables)
    assert all(len(row) == len(table.headings) for table in page.tables for row in table.rows)
    assert all(
        tag.attributes.get("scope") in ("col", "row") for tag in page.tags if tag.name == "th"
    )


@pytest.mark.parametrize("name", decisions())
def test_every_page_says_verdict_number_and_identity(name: str) -> None:
    """The word and the number first; at the end everything that the record is found by."""
    made = decisions()[name]

    page = page_of(made)

    top, record = spoken(page.texts[""]), page.texts["record"]
    gate = "open" if made.verdict.opens_gate else "closed"
    assert f"{verdict_word(made)} The gate is {gate}." in top
    assert summary(made) in top
    digests = [judgement.policy.digest for judgement in made.evaluation.judgements]
    for said in (
        made.key,
        made.snapshot.digest,
        made.policies_digest,
        *digests,
        ENGINE,
        made.judged_on.isoformat(),
        made.decided_at.isoformat(),
        made.trigger.source.value,
        f"recgate report {made.key}",
    ):
        assert said in record


@pytest.mark.parametrize("name", decisions())
def test_every_page_is_the_same_each_time(name: str) -> None:
    """The same decision gives the same bytes: a page kept twice is one page."""
    first, second = (report_page(Telling(decisions()[name])) for _ in range(2))

    assert first.encode() == second.encode()


@pytest.mark.parametrize("name", decisions())
def test_no_page_says_what_python_says(name: str) -> None:
    """NaN, None and infinity are not words for people."""
    page = page_of(decisions()[name])

    # "$/1M inf." is a heading; "none of 3 configurations" is what a person says.
    said = re.findall(r"\b(?:nan|None|null|inf|infinity|true|false)\b(?!\.)", page.text, re.I)
    assert set(said) <= {"none"}


def table_of(page: Page, judgement: Judgement) -> Table:
    """The table of every candidate against every limit of a policy."""
    [found] = [
        table
        for table in page.tables
        if table.section == "limits" and table.caption.startswith(f"{judgement.policy.name} (")
    ]
    return found


def told(finding: Finding, made: Decision) -> list[str]:
    """What a cell must hold to explain a finding."""
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return [WORDS[finding.outcome]]
    parts = [WORDS[finding.outcome], finding.missing]
    spec, scale = NUMERIC_LIMITS.get(finding.limit), scale_of(made)
    if spec and isinstance(finding.observed, float | int):
        parts.append(scale.amount(spec.metric, finding.observed))
    elif finding.observed is not None:
        parts.append(str(finding.observed))
    if finding.source:
        parts.append(SOURCES[finding.source])
    if finding.samples is not None:
        parts.append(f"{finding.samples:,} samples")
    if finding.outcome is Outcome.FAIL and spec and finding.fail is not None:
        parts.append(scale.amount(spec.metric, finding.fail))
    if finding.rule:
        parts.append(finding.rule)
    return parts


@pytest.mark.parametrize("name", decisions())
def test_every_candidate_stands_against_every_limit(name: str) -> None:
    """Outcome, value, threshold, source, samples, and the reason for what is missing."""
    made = decisions()[name]

    page = page_of(made)

    for judgement in made.evaluation.judgements:
        if not judgement.columns:
            continue
        table = table_of(page, judgement)
        rows = {row[0]: [spoken(cell) for cell in row[1:]] for row in table.rows}
        assert len(rows) == len(judgement.candidates)
        for place, row in enumerate(judgement.candidates):
            [cells] = [cells for head, cells in rows.items() if head.startswith(row.configuration)]
            for cell, finding in zip(cells, judgement.findings(place), strict=True):
                for part in told(finding, made):
                    assert part in cell
        for heading, limit in zip(table.headings[1:], judgement.policy.limits, strict=True):
            assert limit.name in heading


def test_a_distance_stands_beside_each_value() -> None:
    """How far, not only whether."""
    page = page_of(decisions()["fail-by-a-hair"])

    [row] = table_of(page, decisions()["fail-by-a-hair"].evaluation.judgements[0]).rows
    assert "FAIL $1.504 > limit $1.500 (+0.3%)" in spoken(row[1])
    assert "PASS 119 ms ≤ limit 120 ms (-0.8%)" in spoken(row[2])
    assert "WARN 2,460/min < warning minimum 6,000/min (-59%)" in spoken(row[3])


def test_the_nearest_configuration_leads_a_page_that_fails() -> None:
    """What to look at first, with the distance from each limit."""
    page = page_of(decisions()["fail"])

    said = spoken(page.texts["configuration"])
    assert said.startswith("Nearest configuration ml.g5.2xlarge × 1")
    assert "Cost/hour FAIL $1.504 limit $1.500 +0.3%" in said


def test_the_one_to_deploy_leads_a_page_that_passes() -> None:
    """The cheapest that complies, with its headroom."""
    page = page_of(decisions()["pass"])

    said = spoken(page.texts["configuration"])
    assert said.startswith("Configuration that complies ml.c7g.xlarge × 1")
    assert "Cost/hour PASS $0.17 limit $1.50 -88%" in said


def test_the_existing_endpoint_is_a_row_of_its_own() -> None:
    """It was measured and not judged; what each configuration gains over it stands beside."""
    readings = list(SMALL.readings)
    readings[Metric.LATENCY_GAIN_OVER_EXISTING_PCT] = Reading(12.5, 12.5, Source.DERIVED)
    endpoint = ExistingEndpoint("fraud-ranker-prod", Reading(47.0, 46.9999), Reading(5180.0, 5180))
    judged = replace(
        snapshot(replace(SMALL, readings=tuple(readings)), DEAR), existing_endpoints=(endpoint,)
    )

    page = page_of(decision(judged, PROD))

    overview, raw = (
        next(table for table in page.tables if table.section == name)
        for name in ("configurations", "figures")
    )
    [row] = [row for row in overview.rows if row[0] == "fraud-ranker-prod"]
    assert row[1] == "existing endpoint"
    assert {"47", "5,180"} <= set(row)
    [gained] = [row for row in overview.rows if row[0] == SMALL.configuration]
    assert "latency 12.5% lower" in gained
    [reported] = [row for row in raw.rows if row[0].startswith("fraud-ranker-prod")]
    assert any(cell.startswith("46.9999") for cell in reported)


def test_figures_stand_as_they_were_reported() -> None:
    """A price of 0.7360000014305115 is judged as 0.736, and both can be read."""
    price = Reading(0.736, 0.7360000014305115)
    row = replace(
        candidate("ml.c5.large", cost_per_hour_usd=price), environment={"OMP_NUM_THREADS": "3"}
    )

    page = page_of(decision(snapshot(row), policy(at_most("max_cost_per_hour_usd", 1.0))))

    [raw] = [table for table in page.tables if table.section == "figures"]
    cells = dict(zip(raw.headings, raw.rows[0], strict=True))
    assert cells["Cost/hour (USD)"] == "0.7360000014305115SageMaker"
    assert "OMP_NUM_THREADS=3" in cells["Configuration"]
    assert row.recommendation_id in cells["Configuration"]
    assert "$0.74" in page.texts["configuration"]


def test_failed_benchmarks_are_told_with_their_reasons() -> None:
    """A completed job can have failed benchmarks, and only here does anybody see why."""
    steps = (
        Step("FAILED", "ml.t3.large", "sm-epc-1", failure_reason="line one\nline two"),
        Step("FAILED", "ml.t3.xlarge"),
        Step("COMPLETED", "ml.c5.large"),
    )

    page = page_of(decision(replace(snapshot(SMALL), steps=steps), PROD))

    [table] = [table for table in page.tables if table.section == "failed-benchmarks"]
    assert table.caption == "2 of 3 benchmarks failed"
    assert [row[0] for row in table.rows] == ["ml.t3.large", "ml.t3.xlarge"]
    assert table.rows[0][2].startswith("line oneline two")
    assert table.rows[1][2].startswith("SageMaker gave no reason")


def test_policies_that_did_not_judge_say_why() -> None:
    """Also those that plainly do not apply: whoever expected one looks here."""
    made = decision(snapshot(SMALL), PROD)
    others = (
        Unmatched(policy(name="eu-only"), "regions: us-east-1 is none of eu-*"),
        Unmatched(policy(name="tagged"), "tags.env: not known for this job", in_doubt=True),
    )
    made = replace(made, evaluation=made.evaluation._replace(unmatched=others))

    page = page_of(made)

    [table] = [table for table in page.tables if table.section == "other-policies"]
    assert [(row[0].split()[0], row[1], row[2]) for row in table.rows] == [
        ("eu-only", "does not apply", "regions: us-east-1 is none of eu-*"),
        ("tagged", "may apply", "tags.env: not known for this job"),
    ]


def test_the_reason_of_a_failed_job_stands_whole() -> None:
    """As it came, line by line, with the cause that it points to."""
    page = page_of(decisions()["failed"])

    said = page.texts["reason"]
    assert "did not pass the ping health check" in said
    assert "<https://evil.example/login|the runbook>" in said
    assert "Likely cause: " in said


def test_the_trigger_is_told_whole() -> None:
    """Which event made it, and which one that was put again for."""
    made = decision(snapshot(SMALL), PROD)
    trigger = Trigger(TriggerSource.SWEEP, event_id="0b1c", time=NOW, redrive_of="9f8e")

    page = page_of(replace(made, trigger=trigger))

    told = "sweep, event 0b1c, 21 Nov 2026, 06:32 UTC, again for event 9f8e"
    assert told in page.texts["record"]


def test_what_is_no_verdict_is_labelled() -> None:
    """A sample says so before anything else; a verdict that changed says from what."""
    page = page_of(decisions()["pass"], label="SAMPLE, not a verdict", former=Verdict.FAIL)

    said = spoken(page.texts[""])
    assert said.index("SAMPLE, not a verdict") < said.index("PASS The gate is open.")
    assert "It was FAIL before." in said


def test_the_chart_is_in_the_page_where_there_is_one() -> None:
    """Inline, so that nothing is loaded; without figures there is no empty frame."""
    drawn, empty = decisions()["pass"], decisions()["failed"]

    assert chart_svg(drawn) in report_page(Telling(drawn))
    assert "<svg" not in report_page(Telling(empty))
    assert "chart" not in page_of(empty).texts


def test_a_page_asks_nobody_for_anything() -> None:
    """A strict policy before anything else, and a style sheet that loads nothing."""
    page = page_of(decisions()["pass"])

    metas = [tag.attributes for tag in page.tags if tag.name == "meta"]
    assert metas[1] == {
        "http-equiv": "Content-Security-Policy",
        "content": CONTENT_SECURITY_POLICY,
    }
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; ")
    assert "url(" not in page.styles
    assert "@import" not in page.styles
    assert not {tag.name for tag in page.tags} & {"script", "link", "img", "iframe", "base", "form"}


def test_a_page_is_made_for_dark_screens_phones_and_paper() -> None:
    """By its own style sheet: there is no script to choose."""
    page = page_of(decisions()["pass"])

    for rule in (
        "@media screen and (prefers-color-scheme: dark)",
        "@media (max-width: 700px)",
        "@media print",
        "break-inside: avoid",
        "--chart-paper: #14161f",
    ):
        assert rule in page.styles
    scrolled = [tag for tag in page.tags if tag.attributes.get("class") == "scroll"]
    assert len(scrolled) == len(page.tables)
    assert all(tag.attributes["tabindex"] == "0" for tag in scrolled)


@pytest.mark.parametrize("status", [JobStatus.STOPPED, JobStatus.FAILED, JobStatus.DELETED])
def test_a_job_without_results_has_no_empty_tables(status: JobStatus) -> None:
    """What there is nothing to say about is left out."""
    page = page_of(decision(snapshot(status=status), PROD))

    assert {table.section for table in page.tables} == {"record"}


def test_what_is_left_out_is_counted() -> None:
    """A recorded file may hold any number of rows; the page says how many it does not show."""
    rows = tuple(candidate(f"ml.c5.{size}xlarge", cost_per_hour_usd=1.0) for size in range(130))

    page = page_of(decision(snapshot(*rows), PROD))

    assert "80 more configurations are not on this page." in page.texts["limits"]
    assert "80 more configurations are not on this page." in page.texts["figures"]
    assert "30 more configurations are not on this page." in page.texts["configurations"]


def test_text_becomes_markup_in_one_way_only() -> None:
    """Whatever is not markup is escaped, in an element and in an attribute, once."""
    made = element("p", '<b a="1">&amp;', text("<i>"), class_='x" onclick="y')

    assert made.html == (
        '<p class="x&quot; onclick=&quot;y">&lt;b a=&quot;1&quot;&gt;&amp;amp;&lt;i&gt;</p>'
    )


def test_only_an_address_with_https_is_a_link() -> None:
    """Nothing else gets an address, least of all a script."""
    assert link("javascript:alert(1)", "x").html == "x"
    assert link("http://example.com/", "x").html == "x"
    assert link("", "x").html == "x"
    assert link('https://example.com/"', "x").html.startswith(
        '<a href="https://example.com/&quot;"'
    )

"""Nothing that others wrote is more than text in a page, and no page grows too long."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recgate.domain.decision import Decision
from recgate.domain.evaluation import Evaluation, Unmatched, evaluate, failed_evaluation
from recgate.domain.job import ExistingEndpoint, JobStatus, Step
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import OnMissing
from recgate.domain.notice import Request, RequestedAction, Trigger, TriggerSource
from recgate.domain.reading import Reading
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from recgate.rendering.report.page import report_page
from tests.builders import TODAY, at_most, candidate, decision, families, policy, snapshot
from tests.rendering.decisions import decisions
from tests.rendering.parsed_page import Page, Tag

PAGE_BYTES = 8_000_000
"""The most that a page takes, whatever a recorded file holds; the usual is 20,000."""

NASTY = [
    "<script>alert(1)</script>",
    '"><script src=http://evil.example/x.js></script>',
    "<img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)' x='",
    '" style="background:url(http://evil.example/)" x="',
    "</style><script>alert(1)</script>",
    "</title></head><body onload=alert(1)>",
    "</table></section></main><iframe src=//evil.example>",
    "</td><td>forged</td>",
    "<td>forged</td>",
    "<th onclick=alert(1)>",
    "</svg><svg onload=alert(1)>",
    "<!-- a comment that never ends",
    "--><b>",
    "]]><x>",
    "<?php system('x') ?>",
    "<!doctype html><html>",
    "&lt;script&gt;&#x3C;b&#x3E;&amp;lt;",
    "&#0;&#x10FFFF;&notanentity;&",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://evil.example/login",
    "url(#x) url(http://evil.example/)",
    "@import 'http://evil.example/x.css';",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "\u202egnp.exe\u202c \u200b\ufeff\u00ad",
    "a\x00b\x07c\x1b[31mred\x1b[0m\x7f\x85",
    "one\r\ntwo\u2028three\vfour",
    "\ud800 lone",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    '"<&' * 700,
    " \t\n ",
    "",
    "مرحبا שלום 你好 🔥",
]
hostile = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=40),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map("".join),
    st.text(alphabet="<>&\"'/=! -abconsriptx", max_size=40),
)


@st.composite
def hostile_tellings(draw: st.DrawFn) -> Telling:
    """Decisions of every kind with foreign text in every field that others write."""
    texts = draw(st.lists(hostile, min_size=6, max_size=6))
    places = iter(range(1_000))

    def said() -> str:
        """One of the texts, each in turn: fewer draws than fields, more examples in a second."""
        return texts[next(places) % len(texts)]

    rows = tuple(
        replace(
            candidate(
                said(),
                recommendation_id=said(),
                cost_per_hour_usd=draw(st.one_of(st.none(), st.floats(0, 1e300))),
                model_latency_ms=draw(st.one_of(st.none(), st.floats(1e-300, 1e18))),
                latency_p99_ms=Reading(None, said(), missing=said()),
            ),
            environment={said(): said()},
        )
        for _ in range(draw(st.integers(0, 2)))
    )
    judged = replace(
        snapshot(*rows, status=draw(st.sampled_from([JobStatus.COMPLETED, *JobStatus]))),
        job_name=said(),
        job_arn=draw(st.sampled_from([None, said()])),
        job_type=said(),
        account=said(),
        region=draw(st.sampled_from(["eu-west-1", None, said()])),
        failure_reason=draw(st.sampled_from([None, said()])),
        model_package_arn=said(),
        model_package_group=said(),
        tags={said(): said(), "env": said()},
        existing_endpoints=(ExistingEndpoint(said(), Reading(1.0, said()), Reading(None)),),
        steps=(Step("FAILED", said(), said(), said()), Step(said(), said())),
        warnings=(said(), said()),
    )
    found = said()
    limits = (
        at_most("max_cost_per_hour_usd", 1.5),
        at_most("max_latency_p99_ms", 120, on_missing=draw(st.sampled_from(OnMissing))),
        families(allow=(said(), said())),
        JobLimit(said(), said(), OnMissing.FAIL, lambda _: found, one_of=("x",)),
    )
    policies = [
        policy(
            *limits[: draw(st.integers(0, 4))],
            name=said(),
            digest=said(),
            owner=said(),
            file=said(),
            description=said(),
            docs=said(),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    evaluation = evaluate(judged, policies, TODAY)
    match draw(st.integers(0, 3)):
        case 0:
            evaluation = failed_evaluation([said(), said()])
        case 1:
            doubts = tuple(Unmatched(each, said(), in_doubt=True) for each in policies)
            evaluation = Evaluation(Verdict.UNKNOWN, evaluation.judgements, doubts, said())
    request = Request(RequestedAction.CREATED, by=said(), person=said(), through=said())
    made = decision(judged, evaluation=evaluation, requests=(request,))
    trigger = Trigger(TriggerSource.SWEEP, event_id=said(), redrive_of=said())
    made = replace(made, key=said(), policies_digest=said(), trigger=trigger)
    return Telling(made, report_url=said(), label=said())


TAGS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body main header section h1 h2 h3 p ul li dl div dt dd a "
        "strong small code blockquote br figure table caption thead tbody tr th td",
    )
)
DRAWN = frozenset(
    re.findall(r"\w+", "svg title desc g rect line path polyline polygon circle text tspan")
)
ATTRIBUTES = {
    "lang": r"en",
    "charset": r"utf-8",
    "http-equiv": r"Content-Security-Policy",
    "name": r"viewport|color-scheme|referrer|description",
    "content": r"(?s).*",
    "class": r"[a-z ]+",
    "id": r"[a-z-]+",
    "role": r"region",
    "tabindex": r"0",
    "aria-label": r"(?s).*",
    "scope": r"col|row",
    "rel": r"noreferrer noopener",
    "href": r"#[a-z-]+|https://[a-z]{2}-[a-z]+-\d\.console\.aws\.amazon\.com/[^\s<>\"']*",
}
LOADS = re.compile(r"url\(|javascript:|data:|http:|@import", re.IGNORECASE)


def check_is_only_text(page: Page) -> None:
    """Only tags and attributes that we write, with values that load nothing and run nothing."""
    for tag in page.tags:
        if tag.drawn:
            check_drawn(tag)
            continue
        assert tag.name in TAGS
        for name, value in tag.attributes.items():
            assert re.fullmatch(ATTRIBUTES[name], value), (name, value)
    ours = [tag.name for tag in page.tags if not tag.drawn]
    assert (ours.count("style"), ours.count("title"), ours.count("h1")) == (1, 1, 1)


def check_drawn(tag: Tag) -> None:
    """A tag of the chart: it has no address but the name of its language."""
    assert tag.name in DRAWN
    for name, value in tag.attributes.items():
        assert not name.startswith("on")
        assert name not in ("href", "xlink:href", "src", "style", "class", "id")
        if name == "xmlns":
            assert value == "http://www.w3.org/2000/svg"
        elif name not in ("aria-label", "data-label"):
            assert not LOADS.search(value)


STYLES = Page(report_page(Telling(decisions()["pass"]))).styles

many = settings(
    max_examples=2_000,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@many
@given(hostile_tellings())
def test_foreign_text_is_never_more_than_text(telling: Telling) -> None:
    """No tag, no attribute, no address, no style and no comment of anybody but ourselves."""
    page = report_page(telling)

    read = Page(page)
    check_is_only_text(read)
    assert read.styles == STYLES
    assert all(len(row) == len(table.headings) for table in read.tables for row in table.rows)
    assert "forged" not in [cell for table in read.tables for row in table.rows for cell in row[2:]]
    # Printable is what is no control, format, surrogate, private or unassigned character.
    assert all(line.isprintable() for line in page.split("\n"))
    assert len(page.encode()) < PAGE_BYTES


@pytest.mark.parametrize("name", decisions())
def test_an_ordinary_page_is_held_to_the_same(name: str) -> None:
    """The check is of what we write ourselves, too, chart and all."""
    check_is_only_text(Page(report_page(Telling(decisions()[name]))))


@pytest.mark.parametrize("text", ["'\"" * 5_000, "🔥" * 5_000])
def test_the_largest_page_has_an_end(text: str) -> None:
    """However many rows, limits, policies and words there are."""
    row = candidate(text, recommendation_id=text, latency_p99_ms=Reading(None, text, missing=text))
    rows = tuple(
        replace(row, environment={f"{n}{text}": text for n in range(20)}) for _ in range(52)
    )
    judged = replace(
        snapshot(*rows),
        job_name=text,
        failure_reason=text,
        tags={f"{n}{text}": text for n in range(60)},
        steps=(Step("FAILED", text, text, text),) * 110,
        warnings=(text,) * 300,
        existing_endpoints=(ExistingEndpoint(text, Reading(1.0, text), Reading(2.0, text)),) * 52,
    )
    limits = [at_most("max_latency_p99_ms", 1.0)] + [
        JobLimit(f"{n}{text}", text, OnMissing.FAIL, lambda _: text, one_of=(text,))
        for n in range(42)
    ]
    policies = [policy(*limits, name=f"{n}{text}", file=text, owner=text) for n in range(2)]
    others = tuple(Unmatched(each, text) for each in policies) * 30

    made = decision(judged, *policies)
    made = replace(made, evaluation=made.evaluation._replace(unmatched=others, reason=text))
    page = report_page(Telling(made, label=text))

    assert len(page.encode()) < PAGE_BYTES
    check_is_only_text(Page(page))


def test_a_page_says_a_hostile_reason_as_it_came() -> None:
    """Escaped once: a person reads what SageMaker wrote."""
    said = "<b>Model</b> returned 4xx & 'quit' \"now\" &lt;"
    made: Decision = decision(snapshot(status=JobStatus.FAILED, failure_reason=said))

    page = Page(report_page(Telling(made)))

    assert said in page.texts["reason"]

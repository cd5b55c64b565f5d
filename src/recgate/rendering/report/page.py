"""The page about one decision: HTML that needs nothing but itself.

It holds no script, and its content security policy allows none; it asks no other machine for
anything. The same decision gives the same bytes.
"""

from functools import cache
from importlib.resources import files

from recgate.domain.decision import Decision
from recgate.domain.telling import Telling
from recgate.rendering.amounts import scale_of
from recgate.rendering.chart.colours import DARK, custom_properties
from recgate.rendering.chart.drawing import chart_svg
from recgate.rendering.headline import headline, subject
from recgate.rendering.report import sections
from recgate.rendering.report.figures import as_reported
from recgate.rendering.report.html import Content, Markup, element, our_own
from recgate.rendering.report.parts import section
from recgate.rendering.report.record import record
from recgate.rendering.report.tables import limits, overview
from recgate.rendering.story import story_of

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def report_page(telling: Telling) -> str:
    """The page, as a whole document."""
    decision, story = telling.decision, story_of(telling)
    scale = scale_of(decision)
    body: list[Content] = [
        sections.verdict(telling, story),
        sections.sagemakers_reason(story),
        sections.next_steps_section(story),
        sections.leading_configuration(story.leading),
        sections.why(story, decision),
        _chart(decision),
        overview(decision, scale),
        limits(decision, scale),
        sections.failed_steps(decision),
        sections.unmatched_policies(decision.evaluation.unmatched),
        sections.notes(story),
        as_reported(decision),
        record(decision),
    ]
    page = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=CONTENT_SECURITY_POLICY),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            element("meta", name="description", content=headline(decision)),
            element("title", subject(decision)),
            element("style", our_own(_style())),
        ),
        element("body", element("main", *body)),
        lang="en",
    )
    return f"<!doctype html>\n{page.html}\n"


def _chart(decision: Decision) -> Markup | None:
    """Cost against latency, where there is something to draw."""
    drawn = chart_svg(decision)
    if not drawn:
        return None
    return section("chart", "Cost against latency", element("figure", our_own(drawn)))


@cache
def _style() -> str:
    """The style sheet beside this module, read when the first page is made, and the chart's own
    colours for a dark screen.
    """
    sheet = files(__package__).joinpath("report.css").read_text("utf-8")
    dark = "; ".join(f"{name}: {colour}" for name, colour in custom_properties(DARK).items())
    return f"{sheet}@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"

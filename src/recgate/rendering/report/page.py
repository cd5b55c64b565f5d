"""The page about one decision: HTML that needs nothing but itself.

It holds no script, and its content security policy allows none; it asks no other machine for
anything. The same decision gives the same bytes.
"""

from recgate.domain.decision import Decision
from recgate.domain.telling import Telling
from recgate.rendering.amounts import scale_of
from recgate.rendering.chart.drawing import chart_svg
from recgate.rendering.headline import headline, subject
from recgate.rendering.report import sections
from recgate.rendering.report.document import html_document
from recgate.rendering.report.figures import as_reported
from recgate.rendering.report.html import Content, Markup, element, our_own
from recgate.rendering.report.parts import section
from recgate.rendering.report.record import record
from recgate.rendering.report.tables import limits, overview
from recgate.rendering.story import story_of


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
    return html_document(subject(decision), body, description=headline(decision))


def _chart(decision: Decision) -> Markup | None:
    """Cost against latency, where there is something to draw."""
    drawn = chart_svg(decision)
    if not drawn:
        return None
    return section("chart", "Cost against latency", element("figure", our_own(drawn)))

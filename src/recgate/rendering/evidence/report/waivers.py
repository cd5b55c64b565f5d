"""Every waiver that allowed something in the time of the report."""

from recgate.domain.audit_report import AuditReport
from recgate.domain.decision_tally import WaiverTally
from recgate.rendering.evidence.decision_words import joined, short_key
from recgate.rendering.report.html import Content, Markup, element, table
from recgate.rendering.report.parts import numeric_heading, section
from recgate.rendering.safe_text import clean
from recgate.rendering.waiver_words import bound_words, people_words, scope_words
from recgate.rendering.waivers.rows import state_words
from recgate.rendering.words import NAME_LIMIT


def waivers_section(report: AuditReport) -> Markup | None:
    """The waivers, with the decisions that they allowed."""
    used = report.tally.waivers.values()
    if not used:
        return None
    return section(
        "waivers",
        "Waivers used",
        table(
            "Each exception that allowed something, by whose word, and until when",
            (
                *("Waiver", "Policy", "Allows", "Only for", "State", "By whom", "Why"),
                *(numeric_heading("Decisions"), "Which"),
            ),
            (_row(each, report) for each in used),
            kind="texts",
        ),
    )


def _row(used: WaiverTally, report: AuditReport) -> list[Content]:
    waiver, more = used.waiver, used.decisions - len(used.keys)
    named = joined(map(short_key, used.keys)) + (f" and {more:,} more" if more > 0 else "")
    return [
        clean(waiver.id, NAME_LIMIT),
        clean(waiver.policy, NAME_LIMIT),
        bound_words(waiver),
        scope_words(waiver),
        state_words(waiver, report.day),
        people_words(waiver),
        clean(waiver.reason, 300),
        element("td", f"{used.decisions:,}", class_="number"),
        element("code", named),
    ]

"""Every decision of the time, and the revisions of the policies that made them."""

from recgate.domain.audit_report import AuditReport
from recgate.domain.recorded_decision import RecordedDecision
from recgate.rendering.evidence.decision_list import HEADINGS, RIGHT, decision_cells
from recgate.rendering.evidence.decision_words import started_by, when
from recgate.rendering.report.html import Content, Markup, element, table
from recgate.rendering.report.parts import not_shown, numeric_heading, section, word
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT


def decisions_section(report: AuditReport) -> Markup | None:
    """Every decision, the newest first."""
    headings = (numeric_heading(heading) if heading in RIGHT else heading for heading in HEADINGS)
    if not report.decisions:
        return section("decisions", "Every decision", element("p", "None in this time."))
    return section(
        "decisions",
        "Every decision",
        table(
            "The newest first, whatever the verdict; the job's starter stands under its name",
            tuple(headings),
            map(_row, report.decisions),
            kind="texts",
        ),
        not_shown(report.left_out, "decisions"),
    )


def _row(made: RecordedDecision) -> list[Content]:
    cells: list[Content] = []
    for heading, said in zip(HEADINGS, decision_cells(made), strict=True):
        cell: Content = said
        if heading == "Verdict":
            cell = word(said)
        elif heading == "Job":
            by = started_by(made)
            cell = element("td", said, element("small", by) if by else None)
        elif heading in RIGHT:
            cell = element("td", said, class_="number")
        elif heading == "Decision":
            cell = element("code", said)
        cells.append(cell)
    return cells


def policies_section(report: AuditReport) -> Markup | None:
    """Which revisions of which policies decided in this time."""
    found = report.tally.policies
    if not found:
        return None
    return section(
        "policies",
        "Policies that decided",
        table(
            "Each revision by the digest of what it demands",
            (
                *("Policy", "Revision", "File", "Owner", numeric_heading("Decisions")),
                *("First (UTC)", "Last (UTC)"),
            ),
            (
                [
                    clean(policy, NAME_LIMIT),
                    element("td", element("code", clean(digest, 64))),
                    clean(judged.result.file, 200),
                    clean(judged.result.owner, NAME_LIMIT),
                    element("td", f"{judged.decisions:,}", class_="number"),
                    when(judged.first),
                    when(judged.last),
                ]
                for (policy, digest), judged in sorted(found.items(), key=lambda each: each[0])
            ),
            kind="texts facts",
        ),
    )

"""The page for an auditor: what was approved, by whom, on which numbers, and whether it stands.

HTML that needs nothing but itself, for a screen and for paper. Words carry the meaning.
"""

from recgate.domain.audit_report import AuditReport
from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.verification import Verification
from recgate.rendering.evidence.decision_words import joined, key_words, verdict_words, when
from recgate.rendering.evidence.report.approvals import approval_details, approvals_table
from recgate.rendering.evidence.report.chains import evidence_section, verification_word
from recgate.rendering.evidence.report.decisions import decisions_section, policies_section
from recgate.rendering.evidence.report.waivers import waivers_section
from recgate.rendering.report.document import html_document
from recgate.rendering.report.html import SPACE, Content, Markup, element, items
from recgate.rendering.report.parts import section
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

_COMMAND = 8_000
"""Characters of the command that makes the page again: one that is cut makes nothing."""

_PAPER = """
section.approval > h3:first-child { margin-top: 0; }
p.sub { margin-top: 14px; font-weight: 600; }
table.facts td code { overflow-wrap: anywhere; white-space: normal; }
@media print { main { max-width: none; } section { break-inside: avoid-page; }
  .scroll { overflow: visible; } }
"""


def audit_page(report: AuditReport) -> str:
    """The page, as a whole document."""
    title = f"Evidence report: {report.about}"
    body: list[Content] = [
        _head(report),
        evidence_section(report.verification),
        section(
            "approved",
            _heading(report),
            _scope(report),
            approvals_table(report),
            _instead(report),
            _not_approved(report),
        ),
        *(approval_details(approval, report) for approval in report.in_force),
        _former(report),
        waivers_section(report),
        decisions_section(report),
        policies_section(report),
        _how_to_check(report),
    ]
    return html_document(title, body, more_style=_PAPER)


def _head(report: AuditReport) -> Markup:
    counts = joined(
        f"{count:,} {clean(said.replace('_', ' '), 20)}"
        for said, count in sorted(report.tally.verdicts.items())
    )
    decisions = report.tally.decisions
    since = f"from {when(report.since)} " if report.since else "from the beginning "
    said, colour = verification_word(report.verification)
    verdict = element("strong", said, class_=f"word {colour}")
    return element(
        "header",
        element("p", "Evidence of approved configurations", class_="verdict"),
        element("h1", clean(report.about, NAME_LIMIT)),
        element(
            "p",
            f"{since}until {when(report.until)} UTC, from the ledger {clean(report.ledger, 200)}",
            class_="more",
        ),
        element(
            "p",
            verdict,
            SPACE,
            _summary(report.verification),
            class_="summary",
        ),
        items(
            [
                f"{_count(len(report.in_force), 'approved configuration')} in force"
                f"{' at the end of this time' if report.is_past else ''}, "
                f"{_count(len(report.models), 'model')} decided on",
                f"{_count(decisions, 'decision')}{f': {counts}' if counts else ''}",
                f"Made at {when(report.made_at)} UTC",
            ]
        ),
        class_=colour,
    )


def _summary(found: Verification) -> str:
    records = sum(each.records for each in found.chains)
    chains = _count(len(found.chains), "chain")
    return f"{_count(records, 'record')} in {chains} checked"


def _heading(report: AuditReport) -> str:
    """What was approved at the end of a past time is not what is approved now."""
    if report.is_past:
        return f"Approved at the end of this time ({when(report.until)} UTC)"
    return "Approved now"


def _scope(report: AuditReport) -> Markup | None:
    """Which models are looked at where none was asked for."""
    if report.wanted is not None or report.since is None:
        return None
    said = f"Only models that were decided on since {when(report.since)} UTC are looked at."
    return element("p", said, class_="more")


def _instead(report: AuditReport) -> Markup | None:
    """Which versions are in force where another one was asked for."""
    if not report.in_force_instead:
        return None
    named = [
        f"{clean(each.decision.title, NAME_LIMIT)}, decision {key_words(each.decision)}"
        for each in report.in_force_instead
    ]
    return element(
        "div",
        element("p", f"In force instead of {clean(str(report.wanted), NAME_LIMIT)}:", class_="sub"),
        items(named),
    )


def _not_approved(report: AuditReport) -> Content:
    """The models on which the last word is no."""
    closed = [each.last for each in report.models if each.in_force is None]
    if not closed:
        return None
    return element(
        "div",
        element("p", "Decided on, and nothing is approved:", class_="sub"),
        items(
            [
                f"{clean(made.title, NAME_LIMIT)}: {verdict_words(made)} at "
                f"{when(made.recorded_at)} UTC{_why(made)}"
                for made in closed
            ]
        ),
    )


def _why(made: RecordedDecision) -> str:
    """The reason, or the limits that each policy's nearest configuration breaks."""
    broken = joined(
        f"{clean(each.policy, NAME_LIMIT)}: {joined(clean(n, NAME_LIMIT) for n in each.broken)}"
        for each in made.policies
        if each.broken
    )
    said = clean(made.reason, 300) or broken
    return f" ({said})" if said else ""


def _former(report: AuditReport) -> Markup | None:
    if not report.former:
        return None
    return section(
        "former",
        "Approved before",
        approvals_table(report, former=True),
        element(
            "p",
            "An approval ends when a later one takes its place, or when a later decision about "
            "the same job closes the gate.",
            class_="more",
        ),
    )


def _how_to_check(report: AuditReport) -> Markup | None:
    return section(
        "check",
        "How to check this",
        element(
            "p",
            "This page is a view; the evidence is the records that it names. The same command "
            "makes it again from the ledger:",
        ),
        element("p", element("code", clean(report.command, _COMMAND))),
        element(
            "p",
            "Whether anybody changed the records: ",
            element("code", "recgate audit verify --public-key FILE --replay"),
            ". One record with openssl alone: docs/evidence.md shows the commands.",
        ),
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"

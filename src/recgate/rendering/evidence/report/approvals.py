"""The approvals: a row for each, and everything that one rests on."""

from recgate.domain.approval import Approval
from recgate.domain.audit_report import AuditReport
from recgate.domain.recorded_configuration import Configuration
from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.whole_record import RecordedDelivery, WholeRecord
from recgate.rendering.evidence.decision_words import (
    ARN_LIMIT,
    NO_CONFIGURATION,
    NO_WAIVER,
    amount,
    configuration_words,
    cost_words,
    environment_words,
    joined,
    key_words,
    month_words,
    place_words,
    policy_words,
    started_by,
    verdict_words,
    when,
)
from recgate.rendering.evidence.report.limits import limits_of
from recgate.rendering.report.html import Content, Markup, element, facts, table
from recgate.rendering.report.parts import numeric_heading, section, word
from recgate.rendering.safe_text import clean
from recgate.rendering.waiver_words import bound_words, day_words, people_words
from recgate.rendering.words import NAME_LIMIT


def approvals_table(report: AuditReport, *, former: bool = False) -> Markup:
    """The approvals in force, or those that ended in the time of the report."""
    shown = report.former if former else report.in_force
    if not shown:
        return element("p", "Nothing is approved.")
    ends = ["Until", "Because"] if former else []
    headings: list[Content] = ["Model", "Configuration"]
    headings += map(numeric_heading, ("Cost/h", "Cost/month", "P99"))
    headings += ["Verdict", "Since (UTC)", *ends, "Decision and its record"]
    return table(
        "One exact configuration for each model; another one is another approval",
        headings,
        (_row(approval, report, former=former) for approval in shown),
        kind="texts",
    )


def _row(approval: Approval, report: AuditReport, *, former: bool) -> list[Content]:
    made = approval.decision
    chosen = made.configuration
    ends: list[Content] = []
    if former and approval.until is not None:
        ends = [when(approval.until), _because(approval)]
    return [
        element("th", clean(made.title, NAME_LIMIT), _small(place_words(made)), scope="row"),
        element("td", configuration_words(chosen), _small(environment_words(chosen)))
        if chosen
        else NO_CONFIGURATION,
        _number(amount(chosen.cost_per_hour_usd, "USD") if chosen else "–"),
        _number(month_words(chosen) if chosen else "–"),
        _number(amount(chosen.latency_p99_ms, "ms") if chosen else "–"),
        element("td", word(verdict_words(made)), _ended(approval, report)),
        when(approval.since),
        *ends,
        element(
            "td", element("code", key_words(made)), _small(_place(made, report.record_of(made)))
        ),
    ]


def _number(words: str) -> Markup:
    return element("td", words, class_="number")


def _ended(approval: Approval, report: AuditReport) -> Markup | None:
    """An approval on a waiver that has ended would not be given today."""
    words = (
        "on a waiver that has ended" if approval.ended_waivers(report.day) else "",
        NO_WAIVER if approval.decision.lacks_waiver else "",
    )
    return _small(joined(words))


def _because(approval: Approval) -> str:
    ended = approval.ended_by
    if ended is None:
        return "–"
    said = f"decision {key_words(ended)}: {verdict_words(ended)}"
    return f"taken away, {said}" if approval.was_taken_away else said


def approval_details(approval: Approval, report: AuditReport) -> Markup | None:
    """Everything that one approval in force rests on."""
    made = approval.decision
    chosen, record = made.configuration, report.record_of(made)
    return section(
        f"decision-{key_words(made)}",
        f"{clean(made.title, NAME_LIMIT)}: what its approval rests on",
        _configuration(made, chosen) if chosen else element("p", f"Approved: {NO_CONFIGURATION}."),
        element("p", "The numbers", class_="sub"),
        *limits_of(made),
        element("p", "By whom", class_="sub"),
        _people(made, record),
        *_waivers(made),
        element("p", "The record", class_="sub"),
        _record(made, record),
    )


def _configuration(made: RecordedDecision, chosen: Configuration) -> Markup:
    return facts(
        [
            ("Configuration", configuration_words(chosen)),
            ("Environment", environment_words(chosen)),
            ("Recommendation", _code(chosen.recommendation_id)),
            ("Model package", _code(made.package_arn or "")),
            ("Cost", cost_words(chosen)),
            ("P99 latency", amount(chosen.latency_p99_ms, "ms")),
        ]
    )


def _people(made: RecordedDecision, record: WholeRecord | None) -> Markup:
    told = joined(_delivery(each) for each in record.deliveries) or "nobody" if record else ""
    return facts(
        [
            ("Job", _code(made.job_arn or made.job_name)),
            ("Started by", started_by(made) or "not known: no trail told"),
            ("Decided by", joined(map(policy_words, made.policies)) or "no policy"),
            ("Owners", joined(dict.fromkeys(clean(p.owner, NAME_LIMIT) for p in made.policies))),
            ("Told", told or _not_read(made)),
        ]
    )


def _delivery(made: RecordedDelivery) -> str:
    state = clean(made.state, 20)
    receipt = f", {clean(made.receipt, 60)}" if made.receipt else ""
    return f"{clean(made.route, NAME_LIMIT)} ({state} {when(made.at)}{receipt})"


def _waivers(made: RecordedDecision) -> list[Content]:
    lacking = [element("p", f"Waiver: {NO_WAIVER}.")] if made.lacks_waiver else []
    if not made.waivers:
        return [*lacking]
    return [
        element("p", "Waivers", class_="sub"),
        *lacking,
        table(
            "Exceptions that allowed something",
            ("Waiver", "Allows", "Until", "By whom", "Why"),
            (
                [
                    clean(waiver.id, NAME_LIMIT),
                    bound_words(waiver),
                    day_words(waiver.expires),
                    people_words(waiver),
                    clean(waiver.reason, 300),
                ]
                for waiver in made.waivers
            ),
            kind="texts",
        ),
    ]


def _record(made: RecordedDecision, record: WholeRecord | None) -> Markup:
    link = record.chained if record else None
    seal = record.seal if record else None
    body = made.body
    return facts(
        [
            ("Decision", _code(made.key)),
            ("Decided at", f"{made.recorded_at.isoformat()}"),
            ("Judged on", clean(body.get("judged_on") or "", 20)),
            ("Place in the chain", _code(_place(made, record))),
            ("Record id", _code(link.id if link else "")),
            ("Digest of the evidence", _code(body.get("snapshot_digest"))),
            ("Digest of the record's body", _code(link.body_digest if link else "")),
            ("Signed by", _code(seal.signature.key_id) if seal else _unsigned(made, record)),
            ("Archived as", _code(seal.archived_as if seal else "")),
            ("Version", _code(seal.version if seal else "")),
            ("Does not fit", joined(record.troubles) if record else ""),
        ]
    )


def _place(made: RecordedDecision, record: WholeRecord | None) -> str:
    if record is None:
        return _not_read(made)
    link = record.chained
    return f"{link.chain}#{link.sequence}" if link else "in no chain"


def _unsigned(made: RecordedDecision, record: WholeRecord | None) -> str:
    return _not_read(made) if record is None else "not signed yet"


def _not_read(made: RecordedDecision) -> str:
    """Nothing is said about a record that nobody looked at."""
    return f"not read here: recgate audit show {key_words(made)}"


def _small(words: str) -> Markup | None:
    return element("small", words) if words else None


def _code(words: object) -> Markup | None:
    return element("code", clean(words, ARN_LIMIT)) if isinstance(words, str) and words else None

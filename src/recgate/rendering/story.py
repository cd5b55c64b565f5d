"""What a message about a decision says, before anybody decides how it looks.

Every string in a story is cleaned and cut, and is still untrusted: a medium that reads markup
escapes it.
"""

from dataclasses import dataclass
from datetime import datetime

from recgate.domain.candidate import Candidate
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Evaluation, Judgement
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.policy import Policy
from recgate.domain.telling import Telling
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.advice.likely_cause import LikelyCause, likely_cause
from recgate.rendering.advice.next_steps import next_steps
from recgate.rendering.amounts import Scale, scale_of
from recgate.rendering.headline import compliant, told_candidate
from recgate.rendering.headroom import Leading, leading
from recgate.rendering.links import job_url, logs_url
from recgate.rendering.progress_words import spoken_span
from recgate.rendering.safe_text import clean, clean_lines, first
from recgate.rendering.stand_in import stand_in_words
from recgate.rendering.story_rows import Column, Row, columns_of, existing_rows, rows_of
from recgate.rendering.waiver_words import waiver_notes
from recgate.rendering.words import (
    NAME_LIMIT,
    finding_words,
    is_told,
    judgement_words,
    nearest_words,
)

LINE_LIMIT = 400
LINES_LIMIT = 30
REASON_LIMIT = 1200
"""Characters of a line, lines of a list, characters of SageMaker's reason (the service model
allows 1,024): a recorded file may hold anything.
"""

REVISION_DIGITS = 7
"""Digits of a policy's digest that name its revision to people."""

_FAILED_STEP = "FAILED"


@dataclass(frozen=True, slots=True)
class Reasons:
    """A policy's verdict in a line, the limits that made it, and the nearest configuration."""

    heading: str
    lines: tuple[str, ...] = ()
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that a message says, in the order in which it says it.

    ``label`` marks what is no verdict. ``leading`` is the configuration that the message leads
    with, ``existing`` the endpoints that were there before the job. ``cause`` is the likely
    cause of SageMaker's ``failure_reason``. ``policies`` are those that judged, each with its
    revision. ``ran`` says how long the job took and how many load tests it made, empty where
    neither is known. ``stood_in`` says which route refused the message before this one.
    Addresses are empty where there is none.
    """

    label: str
    reasons: tuple[Reasons, ...]
    problems: tuple[str, ...]
    unmatched: tuple[str, ...]
    failure_reason: str
    cause: LikelyCause | None
    failed_steps: tuple[str, ...]
    leading: Leading | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    existing: tuple[Row, ...]
    next_steps: tuple[str, ...]
    notes: tuple[str, ...]
    stood_in: tuple[str, ...]
    policies: tuple[str, ...]
    ran: str
    job_url: str
    logs_url: str
    report_url: str


def story_of(telling: Telling) -> Story:
    """The story of a decision, as one route is to hear it."""
    decision = telling.decision
    snapshot, evaluation = decision.snapshot, decision.evaluation
    scale, best = scale_of(decision), compliant(evaluation)
    # The judgement that decides leads; the others follow in the order of the policies.
    deciding = evaluation.deciding
    judgements = sorted(evaluation.judgements, key=lambda each: each is not deciding)
    columns = columns_of(decision)
    return Story(
        label=clean(telling.label, NAME_LIMIT),
        reasons=tuple(_reasons(each, best, scale) for each in judgements),
        problems=_lines(_problems(evaluation)),
        unmatched=_unmatched(evaluation),
        failure_reason=clean_lines(snapshot.failure_reason or "", REASON_LIMIT),
        cause=likely_cause(snapshot.failure_reason or ""),
        failed_steps=_lines(_failed_steps(decision)),
        leading=leading(decision, scale),
        columns=columns,
        rows=rows_of(decision, columns, scale),
        existing=existing_rows(decision, columns, scale),
        next_steps=next_steps(decision),
        notes=_lines([*waiver_notes(decision), *snapshot.warnings]),
        stood_in=_lines([stand_in_words(each) for each in telling.stands_in_for]),
        policies=tuple(revision(judgement.policy) for judgement in judgements),
        ran=_ran(decision),
        job_url=job_url(snapshot),
        logs_url=logs_url(snapshot),
        report_url=telling.report_url,
    )


def spoken_time(moment: datetime) -> str:
    """``21 Nov 2026, 06:32 UTC``."""
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def revision(policy: Policy) -> str:
    """A policy and the revision that judged: ``prod-realtime (3f9c2a1)``."""
    return f"{clean(policy.name, NAME_LIMIT)} ({clean(policy.digest, REVISION_DIGITS + 1)[:7]})"


def _lines(texts: list[str]) -> tuple[str, ...]:
    cleaned = [clean(text, LINE_LIMIT) for text in texts]
    return tuple(first([line for line in cleaned if line], LINES_LIMIT))


def _failed_steps(decision: Decision) -> list[str]:
    return [
        f"{step.instance_type or step.endpoint_name or 'benchmark'}: "
        f"{step.failure_reason or 'SageMaker gave no reason'}"
        for step in decision.snapshot.steps
        if step.status == _FAILED_STEP
    ]


def _ran(decision: Decision) -> str:
    """``1 h 52 min, 7 load tests``."""
    snapshot = decision.snapshot
    parts = []
    if snapshot.created_at and snapshot.ended_at and snapshot.ended_at >= snapshot.created_at:
        parts.append(spoken_span(snapshot.ended_at - snapshot.created_at))
    tests = len(snapshot.steps)
    if tests and tests >= len(snapshot.candidates):  # a recorded file may hold the failed ones only
        parts.append(f"{tests} load test{'s' if tests > 1 else ''}")
    return ", ".join(parts)


def _problems(evaluation: Evaluation) -> list[str]:
    """What went wrong, and why it failed where no single policy did."""
    verdicts = [judgement.verdict for judgement in evaluation.judgements]
    if evaluation.verdict is Verdict.FAIL and Verdict.FAIL not in verdicts:
        return [evaluation.reason]
    return list(evaluation.problems)


def _unmatched(evaluation: Evaluation) -> tuple[str, ...]:
    """The policies that may apply and cannot be told to; with no verdict at all, every policy."""
    return _lines(
        [
            f"{clean(entry.policy.name, NAME_LIMIT)} "
            f"{'may apply' if entry.in_doubt else 'does not apply'}: {entry.reason}"
            for entry in evaluation.unmatched
            if entry.in_doubt or evaluation.verdict is Verdict.UNCOVERED
        ]
    )


def _reasons(judgement: Judgement, best: Candidate | None, scale: Scale) -> Reasons:
    place = told_candidate(judgement, best)
    lines = []
    if place is not None:
        where = clean(judgement.candidates[place].configuration, NAME_LIMIT)
        for finding in judgement.findings(place):
            if finding.outcome is Outcome.NOT_APPLICABLE:
                continue
            if judgement.verdict.opens_gate or is_told(finding):
                lines.append(f"{finding_words(finding, scale)} on {where}")
    nearest = nearest_miss(judgement)
    return Reasons(
        heading=clean(judgement_words(judgement), LINE_LIMIT),
        lines=_lines(lines),
        nearest=clean(nearest_words(nearest), LINE_LIMIT) if nearest else "",
    )

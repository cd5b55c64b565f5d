"""Tellings of every kind with foreign text in every field that others write.

Strings come from one source, in order, so that the same telling can be made of other strings.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from recgate.domain.candidate import Candidate
from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS, Direction
from recgate.domain.decision import Decision
from recgate.domain.digest import Approved, Digest, Period, Rhythm, Waiting
from recgate.domain.evaluation import Evaluation, Unmatched, evaluate, failed_evaluation
from recgate.domain.job import ExistingEndpoint, JobStatus, Snapshot, Step
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Finding, OnMissing
from recgate.domain.notice import Request, RequestedAction
from recgate.domain.policy import ALL, ANY, Mode, Policy, Quantifier
from recgate.domain.progress import benchmarks_of
from recgate.domain.progress_note import ProgressNote
from recgate.domain.reading import Reading
from recgate.domain.scope import Condition, Scope
from recgate.domain.telling import DigestTelling, StandIn, Telling, WaiverEndTelling
from recgate.domain.verdict import Outcome, Verdict
from recgate.domain.waiver import Waiver
from recgate.domain.waiver_end import WaiverEnd
from tests.builders import (
    NOW,
    TODAY,
    at_most,
    candidate,
    decision,
    families,
    policy,
    snapshot,
    waiver,
)

Source = Callable[[], str]
"""Gives the next string."""

REPORT = "https://reports.example.com/2026/11/21/decision.html"
KINDS = (
    "pass",
    "fail",
    "unknown",
    "warn",
    "waived",
    "would-fail",
    "job-failed",
    "job-stopped",
    "empty",
    "uncovered",
    "doubt",
    "error",
    "apart",
)


def hostile_telling(kind: str, text: Source, *, size: int, turn: int) -> Telling:
    """One telling. ``size`` is how many of everything there are, ``turn`` varies the rest."""
    made = _decision(kind, text, size)
    told = Telling(made, report_url=REPORT if turn % 2 else "")
    if turn % 3 == 1:
        stood = StandIn(route=text(), reason=text(), remedy=text())
        told = replace(told, stands_in_for=(stood,) * (1 + turn % 2))
    if turn % 4 == 2:
        former = (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)[turn % 3]
        told = replace(told, parent="C1:1.2", former=former)
    if turn % 7 == 5:
        told = replace(told, label=text())
    return told


def hostile_note(text: Source, *, size: int) -> ProgressNote:
    """How far a running job is."""
    running = replace(_snapshot(text, size, JobStatus.IN_PROGRESS), candidates=())
    steps = (*running.steps, Step("COMPLETED", text()), Step("PENDING", text()))
    return ProgressNote(running, benchmarks_of(steps), tuple(_some(text, size)), NOW)


def hostile_digest(text: Source, *, size: int) -> DigestTelling:
    """A week in which everything went wrong."""
    broken = Finding(text(), text(), Outcome.FAIL, observed=text(), missing=text(), rule=text())
    waiting = tuple(
        Waiting(
            model=text(),
            job_name=text(),
            verdict=(Verdict.FAIL.value, Verdict.UNKNOWN.value, "FAILED")[place % 3],
            since=datetime(2026, 11, 20, 6, 32, tzinfo=UTC),
            broken=broken if place % 2 else None,
            reason=text(),
        )
        for place in range(3 * size)
    )
    period = Period(Rhythm.WEEKLY, date(2026, 11, 16), date(2026, 11, 22))
    counts = {"PASS": 11, "FAIL": len(waiting)}
    stood = StandIn(route=text(), reason=text(), remedy=text())
    ending = tuple(_waiver(text) for _ in range(size % 5))
    digest = Digest(period, counts, waiting, Approved(5, 41.2), Approved(5, 44.3), 1, ending)
    return DigestTelling(digest, stands_in_for=(stood,) * (size % 2))


def hostile_waiver_end(text: Source) -> WaiverEndTelling:
    """A reminder of a waiver whose every word is somebody else's."""
    stood = StandIn(route=text(), reason=text(), remedy=text())
    return WaiverEndTelling(WaiverEnd(_waiver(text), TODAY, 14), stands_in_for=(stood,))


def _waiver(text: Source) -> Waiver:
    return waiver(
        "instance_families",
        id=text() or "W",
        policy=text(),
        allow=frozenset({text(), text()}),
        scope=Scope((Condition("job_names", (text(),)), Condition(f"tags.{text()}", (text(),)))),
        reason=text(),
        requested_by=text(),
        approved_by=text(),
        expires=date(2026, 12, 1),
    )


def _some(text: Source, count: int) -> list[str]:
    return [text() for _ in range(count)]


def _candidate(text: Source, place: int, *, missing: bool) -> Candidate:
    cost = 0.5 + place
    p99 = Reading(None, missing=text()) if missing else Reading(80.0 + 20 * place, samples=900)
    row = candidate(
        text(),
        recommendation_id=text(),
        cost_per_hour_usd=cost,
        cost_per_million_inferences_usd=cost * 3,
        latency_p99_ms=p99,
        invocations_per_minute=3_000 + place,
    )
    environment = {text(): text(), text(): text()}
    return replace(row, family=text(), endpoint_name=text(), environment=environment)


def _snapshot(
    text: Source, size: int, status: JobStatus = JobStatus.COMPLETED, *, missing: bool = False
) -> Snapshot:
    rows = [_candidate(text, place, missing=missing) for place in range(size)]
    failed = [Step("FAILED", text(), text(), text()) for _ in range(size)]
    existing = ExistingEndpoint(text(), Reading(90.0), Reading(2_000.0))
    return replace(
        snapshot(*rows, status=status, tags={"env": text(), text(): text()}),
        job_name=text(),
        job_arn=text(),
        account=text(),
        region=text() if size % 2 else "eu-west-1",
        job_type=text(),
        failure_reason=text() + "\n" + text(),
        model_package_arn=text() if size % 3 else None,
        model_package_group=text(),
        model_name=text(),
        existing_endpoints=(existing,) if size % 2 else (),
        steps=tuple(failed),
        warnings=tuple(_some(text, size)),
    )


def _policies(text: Source, size: int, *, cost: float, kind: str) -> list[Policy]:
    field = text()
    said = JobLimit(text(), text(), OnMissing.FAIL, lambda _: field, one_of=(field, text()))
    broken = JobLimit(text(), text(), OnMissing.FAIL, lambda _: field, one_of=(text() + "!",))
    limits = [at_most("max_cost_per_hour_usd", cost, warn=0.1 if kind == "warn" else None)]
    limits += [at_most("max_latency_p99_ms", 500 if kind != "fail" else 90)]
    made = []
    for place in range(1 + size // 3):
        named = (families(allow=(text(), text())), broken) if kind == "fail" else (said,)
        made.append(
            policy(
                *limits,
                *named[: place + 1],
                name=text(),
                owner=text(),
                description=text(),
                docs=text(),
                candidates=(ANY, ALL, Quantifier(2))[size % 3] if kind == "fail" else ANY,
                mode=Mode.OBSERVE if kind == "would-fail" and size % 2 else Mode.ENFORCE,
                enforce_from=date(2026, 12, 1) if kind == "would-fail" else None,
                file=text(),
            )
        )
    return made


def _decision(kind: str, text: Source, size: int) -> Decision:
    status = {
        "job-failed": JobStatus.FAILED,
        "job-stopped": JobStatus.STOPPED,
        "empty": JobStatus.DELETED if size % 2 else JobStatus.COMPLETED,
    }.get(kind, JobStatus.COMPLETED)
    judged = _snapshot(text, size, status, missing=kind == "unknown")
    if kind in ("empty", "job-failed", "job-stopped"):
        judged = replace(judged, candidates=())
    cost = 0.3 if kind in ("fail", "would-fail", "waived") else 1_000.0
    policies = _policies(text, size, cost=cost, kind=kind)
    requests = tuple(
        Request(action, by=by, at=NOW, person=text(), through=text())
        for action, by in (
            (RequestedAction.CREATED, f"arn:aws:sts::111122223333:assumed-role/{text()}/{text()}"),
            (RequestedAction.STOPPED, text()),
        )
    )
    evaluation = _evaluation(kind, judged, policies, text, size)
    return decision(judged, *policies, evaluation=evaluation, requests=requests)


def _evaluation(
    kind: str, judged: Snapshot, policies: list[Policy], text: Source, size: int
) -> Evaluation:
    match kind:
        case "error":
            return failed_evaluation([f"{text()}:{size}: {text()}", *_some(text, size)])
        case "uncovered":
            scope = Scope((Condition("tags.env", ("never so",)),))
            return evaluate(judged, [replace(each, scope=scope) for each in policies], TODAY)
        case "doubt":
            doubts = tuple(Unmatched(each, text(), in_doubt=True) for each in policies)
            return Evaluation(Verdict.UNKNOWN, (), doubts, text())
        case "apart":
            met = evaluate(judged, policies, TODAY)
            return met._replace(verdict=Verdict.FAIL, reason=text())
        case "waived":
            return evaluate(judged, policies, TODAY, _waivers(policies, text))
    return evaluate(judged, policies, TODAY)


def _waivers(policies: list[Policy], text: Source) -> list[Waiver]:
    """Waivers of whatever the policies may fail, with words that nobody checked."""
    names = frozenset({"c7g", "g5", "g6", "p4d", "m7i", "t2", text()})
    bounds: list[tuple[str, dict[str, Any]]] = [
        (spec.name, {"up_to": 1e9} if spec.direction is Direction.AT_MOST else {"down_to": -1e9})
        for spec in NUMERIC_LIMITS.values()
    ]
    bounds += [(name, {"allow": names}) for name in SET_LIMITS]
    return [
        waiver(
            limit,
            id=text() or "W",
            policy=policy.name,
            scope=Scope(),
            reason=text(),
            requested_by=text(),
            approved_by=text(),
            **bound,
        )
        for policy in policies
        for limit, bound in bounds
    ]

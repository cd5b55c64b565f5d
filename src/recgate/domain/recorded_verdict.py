"""A decision's record read back, as far as a digest needs it.

The ledger may hold what an older or a newer version wrote, or what came from another hand. What
cannot be read is an ERROR under the job's name, and never an open gate.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from recgate.domain.canonical import Json
from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS
from recgate.domain.decision_record import RECORD_SCHEMA
from recgate.domain.job import JobStatus
from recgate.domain.limits import Finding
from recgate.domain.loose_json import mapping_in, mappings_in
from recgate.domain.recorded_configuration import approved_candidate
from recgate.domain.verdict import Outcome, Verdict

_DEAREST_USD = 1_000_000
"""A cost per hour above this is no price: SageMaker's largest fleet is far below."""

_DECISIVE = {
    Verdict.UNKNOWN: Outcome.UNKNOWN,
    Verdict.FAIL: Outcome.FAIL,
    Verdict.WOULD_FAIL: Outcome.FAIL,
}
"""The outcome that gives a verdict."""

_GRAVEST = ("UNCOVERED", "STOPPED", "NO_RESULT", "WOULD_FAIL", "UNKNOWN", "ERROR", "FAILED", "FAIL")
"""The words of closed gates, from the least to the gravest."""

_ENDED_WITHOUT = (JobStatus.FAILED, JobStatus.STOPPED)


@dataclass(frozen=True, slots=True)
class RecordedVerdict:
    """One job's decision: the verdict in a word, why the gate is closed, what is approved.

    ``stream`` is the ledger stream of the job, ``recorded_at`` UTC. ``word`` is the verdict, or
    FAILED or STOPPED for a job that ended so without any. ``version`` is what is the same for
    every job about one version of a model, ``family`` for every version of it.
    ``cost_per_hour_usd`` is that of the chosen configuration, None when it is not known or the
    gate is closed. ``broken`` and ``reason`` are those of `recgate.domain.digest.Waiting`.
    """

    stream: str
    recorded_at: datetime
    job_name: str
    word: str
    is_open: bool = False
    model: str = ""
    version: str = ""
    family: str = ""
    cost_per_hour_usd: Decimal | None = None
    broken: Finding | None = None
    broken_more: int = 0
    reason: str = ""

    @property
    def gravity(self) -> int:
        """How grave a closed gate is; -1 for an open one."""
        return _GRAVEST.index(self.word) if self.word in _GRAVEST else -1


def recorded_verdict(
    stream: str, recorded_at: datetime, body: Mapping[str, Json]
) -> RecordedVerdict:
    """The verdict in the body of a decision's ledger entry, of whatever shape that is."""
    body = mapping_in(body)
    job = mapping_in(body.get("job"))
    name = _text(job.get("name")) or stream.removeprefix("job:").rsplit("/", 1)[-1]
    made = RecordedVerdict(
        stream,
        recorded_at,
        name,
        Verdict.ERROR,
        model=name,
        version=stream,
        family=stream,
        reason="its record in the ledger cannot be read",
    )
    verdict = _verdict(body)
    if verdict is None or not job:
        return made
    judgements = mappings_in(body.get("judgements"))
    if verdict.opens_gate and not any(_text(each.get("chosen")) for each in judgements):
        return made
    status = _text(job.get("status"))
    ended_so = verdict is Verdict.NO_RESULT and status in _ENDED_WITHOUT
    model, version, family = _model(job, stream, name)
    broken = [] if verdict.opens_gate else _broken(verdict, judgements)
    return RecordedVerdict(
        stream,
        recorded_at,
        name,
        status if ended_so else verdict.value,
        is_open=verdict.opens_gate,
        model=model,
        version=version,
        family=family,
        cost_per_hour_usd=_price(judgements) if verdict.opens_gate else None,
        broken=broken[0] if broken else None,
        broken_more=max(len(broken) - 1, 0),
        reason="" if verdict.opens_gate or broken else _reason(verdict, body, job, judgements),
    )


def _verdict(body: Mapping[str, Json]) -> Verdict | None:
    """The verdict, None when the record is not one that this version can read."""
    if body.get("schema") != RECORD_SCHEMA:
        return None
    try:
        verdict = Verdict(_text(body.get("verdict")))
    except ValueError:
        return None
    return verdict if body.get("gate") == ("open" if verdict.opens_gate else "closed") else None


def _model(job: Mapping[str, Json], stream: str, name: str) -> tuple[str, str, str]:
    """The model as `Snapshot.model` says it, what its version is known by, and its family."""
    place = f"{_text(job.get('account'))}/{_text(job.get('region'))}"
    _, is_package, package = _text(job.get("model_package_arn")).partition(":model-package/")
    group, has_version, version = package.partition("/")
    if is_package and group and has_version:
        model = f"{group} {'v' if version.isdigit() else ''}{version}"
        return model, f"{place}/package/{package}", f"{place}/package/{group}"
    named = _text(job.get("model_name"))
    if named:
        return named, f"{place}/model/{named}", f"{place}/model/{named}"
    return name, stream, stream


def _price(judgements: list[Mapping[str, Json]]) -> Decimal | None:
    """The cost per hour of the configuration that opens the gate under every policy."""
    best = approved_candidate(judgements)
    return _cost(best) if best is not None else None


def _cost(candidate: Mapping[str, Json]) -> Decimal | None:
    reading = mapping_in(mapping_in(candidate.get("readings")).get("cost_per_hour_usd"))
    price = _float(reading.get("value"))
    return Decimal(repr(price)) if price is not None and 0 <= price <= _DEAREST_USD else None


def _broken(verdict: Verdict, judgements: list[Mapping[str, Json]]) -> list[Finding]:
    """The limits that gave the verdict, on the configuration that messages tell them of."""
    judgement = next((each for each in judgements if each.get("verdict") == verdict), None)
    outcome = _DECISIVE.get(verdict)
    if judgement is None or outcome is None:
        return []
    told = judgement.get("deciding")
    if outcome is Outcome.FAIL and judgement.get("candidates_needed") == 1:
        told = mapping_in(judgement.get("nearest_miss")).get("recommendation_id") or told
    for candidate in mappings_in(judgement.get("candidates")):
        if candidate.get("recommendation_id") == told and told is not None:
            findings = (_finding(each) for each in mappings_in(candidate.get("findings")))
            return [found for found in findings if found and found.outcome is outcome]
    return []


def _finding(body: Mapping[str, Json]) -> Finding | None:
    """The finding in a record, as far as words need it; None when it cannot be read."""
    limit, outcome = _text(body.get("limit")), _text(body.get("outcome"))
    if not limit or outcome not in Outcome.__members__:
        return None
    spec, observed = NUMERIC_LIMITS.get(limit), _text(body.get("value"))
    return Finding(
        limit=limit,
        label=spec.label if spec else SET_LIMITS.get(limit, limit),
        outcome=Outcome[outcome],
        unit=spec.unit if spec else "",
        direction=spec.direction if spec else None,
        observed=_float(observed) if spec else observed or None,
        missing=_text(body.get("missing")),
        warn=_float(body.get("warn")),
        fail=_float(body.get("fail")),
        rule=_text(body.get("rule")),
    )


def _reason(
    verdict: Verdict,
    body: Mapping[str, Json],
    job: Mapping[str, Json],
    judgements: list[Mapping[str, Json]],
) -> str:
    """Why the gate is closed, where no limit says so."""
    problems = body.get("problems")
    said = [
        _text(job.get("failure_reason")) if verdict is Verdict.NO_RESULT else "",
        *(map(_text, problems) if isinstance(problems, list) else ()),
        _text(body.get("reason")),
        *(_text(each.get("reason")) for each in judgements if each.get("verdict") == verdict),
    ]
    return next(filter(None, said), "")


def _float(value: Json) -> float | None:
    text = _text(value)
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""

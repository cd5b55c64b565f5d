"""A policy read back from the record of a decision: to tell of it, or to judge by it again.

To tell of it its limits are as they turned out, and judge no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from recgate.dialect.policy_document import CompilePath
from recgate.dialect.record_values import (
    Record,
    count_in,
    figure_in,
    list_in,
    objects_in,
    text_in,
    texts_in,
)
from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS
from recgate.domain.job import Snapshot
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Finding, Limit, OnMissing, Outcomes
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Mode, Policy, Quantifier, RegistryAction
from recgate.domain.reading import Source
from recgate.domain.rows import Rows
from recgate.domain.scope import Condition, Scope
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Outcome

_JOB = "job."
"""How the names of limits on fields of Describe begin."""


@dataclass(frozen=True, slots=True)
class RecordedLimit:
    """A limit that is not a number, as it turned out: it judges nothing, it remembers.

    ``candidates`` are the rows that it judged and ``found`` what it found for each. It knows no
    others: asked about one it raises LookupError.
    """

    name: str
    candidates: tuple[Candidate, ...] = ()
    found: tuple[Finding, ...] = ()
    _places: Mapping[int, int] = field(init=False, repr=False, compare=False)
    """Where each candidate stands, by its identity: two rows may be equal."""

    def __post_init__(self) -> None:
        places = {id(row): place for place, row in enumerate(self.candidates)}
        object.__setattr__(self, "_places", places)

    def outcomes(self, rows: Rows, snapshot: Snapshot) -> Outcomes:
        """What the limit made of the rows."""
        made = [self._found(row).outcome for row in rows.candidates]
        return {place: outcome for place, outcome in enumerate(made) if outcome is not Outcome.PASS}

    def finding(self, candidate: Candidate, snapshot: Snapshot, outcome: Outcome) -> Finding:
        """What was found for the candidate."""
        found = self._found(candidate)
        return found if found.outcome is outcome else replace(found, outcome=outcome)

    def _found(self, candidate: Candidate) -> Finding:
        place = self._places.get(id(candidate))
        if place is None:
            raise LookupError(f"{self.name} was not recorded for {candidate.recommendation_id}")
        return self.found[place]


def policy_from(
    record: Record,
    candidates: tuple[Candidate, ...] = (),
    findings: Sequence[Sequence[Record]] = (),
) -> Policy:
    """The policy, as far as the record says it; of one that judged nothing it says less.

    ``findings`` are the recorded ones of each of the ``candidates``. Raises LookupError,
    TypeError or ValueError for what `recgate.domain.policy_record` cannot have written.
    """
    needed = record.get("candidates_needed", 1)
    enforce_from, kind = record.get("enforce_from"), record.get("endpoint_kind")
    scope = Scope(
        tuple(
            Condition(text_in(each["key"]), texts_in(each, "patterns"))
            for each in (objects_in(record, "applies_to") if "applies_to" in record else ())
        ),
        EndpointKind(text_in(kind)) if kind else None,
    )
    return Policy(
        name=text_in(record["policy"]),
        limits=_limits(record, candidates, findings),
        digest=text_in(record.get("policy_digest", "")),
        scope=scope,
        owner=text_in(record.get("owner", "")),
        description=text_in(record.get("description", "")),
        docs=text_in(record.get("docs", "")),
        candidates=Quantifier(None if needed == "all" else count_in(needed)),
        mode=Mode(text_in(record.get("mode_in_file") or record.get("mode", Mode.ENFORCE))),
        enforce_from=date.fromisoformat(text_in(enforce_from)) if enforce_from else None,
        notify=texts_in(record, "notify") if "notify" in record else (),
        on_pass=RegistryAction(text_in(record.get("on_pass", RegistryAction.NONE))),
        on_fail=RegistryAction(text_in(record.get("on_fail", RegistryAction.NONE))),
        file=text_in(record.get("file", "")),
    )


def judging_policy(record: Record, compile_path: CompilePath) -> Policy:
    """The policy as it judged, so that it judges the same again.

    Raises LookupError, TypeError or ValueError for a record that does not say enough, as those of
    versions do that did not keep policies whole.
    """
    policy = policy_from(record)
    demanded = objects_in(record, "limits") if "limits" in record else ()
    if not demanded:
        raise LookupError(f"it does not say what policy {policy.name} demanded")
    for each in demanded:
        if "on_missing" not in each:
            raise LookupError(f"it does not say what {each['limit']} made of a missing value")
    limits = tuple(_judging(limit, compile_path) for limit in policy.limits)
    return replace(policy, limits=limits)


def _judging(limit: Limit, compile_path: CompilePath) -> Limit:
    match limit:
        case NumericLimit(warn=None, fail=None) | RecordedLimit():
            raise LookupError(f"it does not say what {limit.name} demanded")
        case JobLimit(path=path):
            return replace(limit, read=compile_path(path))
        case _:
            return limit


def _limits(
    record: Record, candidates: tuple[Candidate, ...], findings: Sequence[Sequence[Record]]
) -> tuple[Limit, ...]:
    """The policy's limits in its order. Of a record that lacks them, what the findings tell."""
    demanded = objects_in(record, "limits") if "limits" in record else ()
    if not findings:
        return tuple(_limit(each, ()) or RecordedLimit(text_in(each["limit"])) for each in demanded)
    written = {text_in(each["limit"]): each for each in demanded}
    limits: list[Limit] = []
    for found in zip(*findings, strict=True):
        name = text_in(found[0]["limit"])
        if any(each["limit"] != name for each in found):
            raise ValueError(f"{name} is not recorded of every candidate")
        made = tuple(_finding(each, row) for each, row in zip(found, candidates, strict=True))
        demand = {**found[0], **written.get(name, {})}
        limits.append(_limit(demand, made) or RecordedLimit(name, candidates, made))
    return tuple(limits)


def _limit(demand: Record, found: Sequence[Finding]) -> Limit | None:
    """The limit itself; None for one that is not known here, or of which too little is said."""
    name = text_in(demand["limit"])
    on_missing = _on_missing(demand, found)
    if name in NUMERIC_LIMITS:
        warn, fail = figure_in(demand.get("warn")), figure_in(demand.get("fail"))
        return NumericLimit(NUMERIC_LIMITS[name], warn, fail, on_missing)
    if name in SET_LIMITS and "deny" in demand:
        allow = frozenset(texts_in(demand, "allow")) if "allow" in demand else None
        return SetLimit(name, allow, frozenset(texts_in(demand, "deny")), on_missing)
    if name.startswith(_JOB) and not {"one_of", "present"}.isdisjoint(demand):
        # It holds for every candidate alike. What it read is known as it is told, in words.
        seen = found[0].observed if found else None
        return JobLimit(
            name.removeprefix(_JOB),
            text_in(demand.get("reason", "")),
            on_missing,
            read=lambda _: seen,
            present=None if "one_of" in demand else demand["present"] is True,
            one_of=tuple(list_in(demand, "one_of")) if "one_of" in demand else (),
        )
    return None


def _on_missing(demand: Record, found: Sequence[Finding]) -> OnMissing:
    recorded = demand.get("on_missing")
    if recorded is not None:
        return OnMissing(text_in(recorded))
    # Not recorded once. What was missing tells; where nothing was, it makes no difference.
    outcomes = {each.outcome for each in found}
    return next((each for each in OnMissing if each.outcome in outcomes), OnMissing.FAIL)


def _finding(record: Record, candidate: Candidate) -> Finding:
    """The finding as recorded; of a limit on a figure only the outcome is read from it."""
    name = text_in(record["limit"])
    observed = record.get("value")
    return Finding(
        limit=name,
        label=SET_LIMITS.get(name, name.removeprefix("job.")),
        outcome=Outcome[text_in(record["outcome"])],
        observed=None if observed is None else text_in(observed),
        raw=candidate.instance_type if name in SET_LIMITS else None,
        missing=text_in(record.get("missing", "")),
        source=Source.DESCRIBE,
        excess=figure_in(record.get("excess")),
        rule=text_in(record.get("rule", "")),
        waiver=text_in(record.get("waiver", "")),
    )

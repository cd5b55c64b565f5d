"""Why a policy applies to a job or does not: each condition with what the job has."""

from dataclasses import dataclass

from recgate.domain.evaluation import Evaluation, Judgement, Unmatched
from recgate.domain.job import Snapshot
from recgate.domain.policy import Policy
from recgate.domain.scope import Applies, Condition
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

ENDPOINT_KIND = "endpoint_kind"
_PATTERNS = 160
_TAG = "tags."


@dataclass(frozen=True, slots=True)
class Asked:
    """One key of ``applies_to``, what the job has for it, and the answer.

    ``value`` is None where the job has none, or nobody knows it: ``answer`` tells the two apart.
    Of ``endpoint_kind`` it is how many of the job's recommendations are of that kind.
    """

    key: str
    patterns: tuple[str, ...]
    value: str | None
    answer: Applies


def asked_of(policy: Policy, snapshot: Snapshot) -> tuple[Asked, ...]:
    """Every condition of a policy, in the order in which they are written."""
    asked = [_asked(condition, snapshot) for condition in policy.scope.conditions]
    kind, rows = policy.scope.endpoint_kind, snapshot.candidates
    if kind is not None:
        of_kind = sum(row.kind is kind for row in rows)
        met = of_kind or not rows
        counted = f"{of_kind} of {len(rows)}" if rows else None
        answer = Applies.YES if met else Applies.NO
        asked.append(Asked(ENDPOINT_KIND, (kind.value,), counted, answer))
    return tuple(asked)


def _asked(condition: Condition, snapshot: Snapshot) -> Asked:
    answer = condition.match(snapshot).applies
    return Asked(condition.key, condition.patterns, job_value(condition.key, snapshot), answer)


def job_value(key: str, snapshot: Snapshot) -> str | None:
    """What the job has for a key of ``applies_to``; None for nothing, and for what is not known."""
    if key.startswith(_TAG):
        return (snapshot.tags or {}).get(key.removeprefix(_TAG))
    return {
        "job_names": snapshot.job_name,
        "model_package_groups": snapshot.model_package_group,
        "regions": snapshot.region,
        "accounts": snapshot.account,
        "job_types": snapshot.job_type,
    }.get(key)


def asked_words(asked: Asked) -> str:
    """``tags.env: prod is one of prod, production``."""
    key, patterns = clean(asked.key, NAME_LIMIT), clean(", ".join(asked.patterns), _PATTERNS)
    if asked.key == ENDPOINT_KIND:
        has = f"{asked.value} recommendations" if asked.value else "the job has no recommendation"
        are = f"are {patterns}" if asked.value else f"so all may be {patterns}"
        return f"{key}: {has} {are}" if asked.value else f"{key}: {has}, {are}"
    if asked.answer is Applies.CANNOT_TELL:
        return f"{key}: not known for this job; wanted is {_one_of(asked, patterns)}"
    value = "not set" if asked.value is None else clean(asked.value, NAME_LIMIT) or "empty"
    if asked.answer is Applies.YES:
        return f"{key}: {value} is {_one_of(asked, patterns)}"
    return f"{key}: {value} is {'none of' if len(asked.patterns) > 1 else 'not'} {patterns}"


def _one_of(asked: Asked, patterns: str) -> str:
    return f"one of {patterns}" if len(asked.patterns) > 1 else patterns


@dataclass(frozen=True, slots=True)
class Concerned:
    """One policy and whether it concerns the job: one of ``judgement`` and ``unmatched`` is set."""

    policy: Policy
    asked: tuple[Asked, ...]
    judgement: Judgement | None = None
    unmatched: Unmatched | None = None

    @property
    def applies(self) -> Applies:
        """Whether the policy applies, as it was decided."""
        if self.unmatched is None:
            return Applies.YES
        return Applies.CANNOT_TELL if self.unmatched.in_doubt else Applies.NO

    @property
    def unmet(self) -> tuple[Asked, ...]:
        """The conditions that the job does not meet."""
        return tuple(each for each in self.asked if each.answer is Applies.NO)

    @property
    def is_recorded_whole(self) -> bool:
        """Whether the conditions tell why; an earlier version recorded the reason alone."""
        return self.unmatched is None or any(each.answer is not Applies.YES for each in self.asked)


def concerned_of(evaluation: Evaluation, snapshot: Snapshot) -> tuple[Concerned, ...]:
    """Every policy that was asked: those that judged, then those that may, then the nearest."""
    judged = [
        Concerned(each.policy, asked_of(each.policy, snapshot), judgement=each)
        for each in evaluation.judgements
    ]
    others = [
        Concerned(each.policy, asked_of(each.policy, snapshot), unmatched=each)
        for each in evaluation.unmatched
    ]
    deciding = evaluation.deciding
    judged.sort(key=lambda each: each.judgement is not deciding)
    others.sort(key=lambda each: (each.applies is Applies.NO, len(each.unmet)))
    return (*judged, *others)

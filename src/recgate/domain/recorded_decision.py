"""A decision's record as lists, approvals and reports read it: whatever wrote it, nothing breaks.

What cannot be read counts as ERROR, with its gate closed, as `recorded_verdict` has it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from recgate.domain.canonical import Json
from recgate.domain.decision_record import recorded_requests
from recgate.domain.loose_json import mapping_in, mappings_in
from recgate.domain.model_name import model_name, package_version
from recgate.domain.notice import Request, RequestedAction
from recgate.domain.recorded_configuration import (
    ApprovedRow,
    Configuration,
    approved_row,
    configuration_in,
    text_of,
    told_candidate,
)
from recgate.domain.recorded_verdict import recorded_verdict
from recgate.domain.recorded_waiver import waiver_in
from recgate.domain.verdict import Outcome, Verdict
from recgate.domain.waiver import Waiver

_BROKEN = (Outcome.FAIL.name, Outcome.UNKNOWN.name)


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """What one policy said.

    ``digest`` is its revision, ``mode`` enforce or observe. ``configuration`` is the one that its
    verdict is told of, ``broken`` names the limits that this one fails or cannot be held to.
    ``waivers`` are those that allowed something, ``rests_on`` those of them that its verdict
    needs, and ``lacks_waiver`` says that it needs one of which the record tells nothing.
    """

    policy: str
    digest: str
    file: str
    owner: str
    mode: str
    verdict: str
    reason: str
    configuration: Configuration | None
    broken: tuple[str, ...]
    waivers: tuple[Waiver, ...]
    rests_on: tuple[Waiver, ...]
    lacks_waiver: bool = False


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """One decision, as far as its record can be read.

    ``word`` is the verdict, or FAILED or STOPPED for a job that ended so without any; ``verdict``
    is ERROR where ``readable`` is False. ``configuration`` is the approved one when the gate is
    open, else the one that the verdict is told of. ``created`` is the call that made the job.
    ``model`` is the name by which decisions about it are found, None when the job names none.
    ``body`` is the record itself. Every text is untrusted.
    """

    stream: str
    key: str
    recorded_at: datetime
    body: Mapping[str, Json]
    readable: bool
    verdict: Verdict
    word: str
    is_open: bool
    reason: str
    job_name: str
    job_arn: str | None
    account: str
    region: str
    model: str | None
    version: int | None
    package_arn: str | None
    created: Request | None
    configuration: Configuration | None
    policies: tuple[PolicyResult, ...]

    @property
    def family(self) -> str:
        """What is the same for every version of a model, in its account and region; the job's own
        stream where no model is named.
        """
        if self.model is None:
            return self.stream
        return f"{self.account}/{self.region}/{_kind(self.package_arn)}/{self.model}"

    @property
    def title(self) -> str:
        """The model as messages say it: ``fraud-ranker v14``; the job where no model is named."""
        if self.model is None:
            return self.job_name
        return self.model if self.version is None else f"{self.model} v{self.version}"

    @property
    def tags(self) -> Mapping[str, Json]:
        """The job's tags; empty where they are not known."""
        return mapping_in(mapping_in(self.body.get("job")).get("tags"))

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """The waivers that allowed something under any policy, each once."""
        return _each_once(waiver for made in self.policies for waiver in made.waivers)

    @property
    def rests_on(self) -> tuple[Waiver, ...]:
        """The waivers that the verdict needs, each once."""
        return _each_once(waiver for made in self.policies for waiver in made.rests_on)

    @property
    def lacks_waiver(self) -> bool:
        """Whether the verdict needs a waiver of which the record tells nothing."""
        unnamed = self.verdict is Verdict.WAIVED and not self.rests_on
        return unnamed or any(made.lacks_waiver for made in self.policies)


def recorded_decision(
    stream: str, key: str, recorded_at: datetime, body: Mapping[str, Json]
) -> RecordedDecision:
    """The decision in a ledger entry of kind ``decision``, of whatever shape its body is."""
    body = mapping_in(body)
    job = mapping_in(body.get("job"))
    made = recorded_verdict(stream, recorded_at, body)
    verdict = Verdict(made.word) if made.word in Verdict.__members__ else Verdict.NO_RESULT
    judgements = mappings_in(body.get("judgements"))
    approved = approved_row(judgements) if made.is_open else None
    results = tuple(_policy(each, approved) for each in judgements)
    return RecordedDecision(
        stream=stream,
        key=key,
        recorded_at=recorded_at,
        body=body,
        readable=verdict is not Verdict.ERROR or body.get("verdict") == Verdict.ERROR,
        verdict=verdict,
        word=made.word,
        is_open=made.is_open,
        reason=made.reason or text_of(body.get("reason")),
        job_name=made.job_name,
        job_arn=text_of(job.get("arn")) or None,
        account=text_of(job.get("account")),
        region=text_of(job.get("region")),
        model=model_name(body),
        version=package_version(body),
        package_arn=text_of(job.get("model_package_arn")) or None,
        created=_created(body),
        configuration=_configuration(approved, verdict, results, is_open=made.is_open),
        policies=results,
    )


def _configuration(
    approved: ApprovedRow | None,
    verdict: Verdict,
    results: Sequence[PolicyResult],
    *,
    is_open: bool,
) -> Configuration | None:
    """The approved configuration; with a closed gate that of the first policy that gave the
    verdict. An open gate without an approved candidate has none: nothing is approved by guessing.
    """
    if approved is not None:
        return configuration_in(approved.row)
    if is_open:
        return None
    return next((each.configuration for each in results if each.verdict == verdict), None)


def _policy(judgement: Mapping[str, Json], approved: ApprovedRow | None) -> PolicyResult:
    told = told_candidate(judgement, approved)
    findings = mappings_in(told.get("findings")) if told else []
    waivers = [each for each in mappings_in(judgement.get("waivers")) if each.get("used") is True]
    used = tuple(map(waiver_in, waivers))
    waived_by = _waived_by(judgement, findings, is_approved=approved is not None)
    rests_on = _rests_on(judgement, waived_by, used)
    named = {each.id for each in rests_on}
    return PolicyResult(
        policy=text_of(judgement.get("policy")),
        digest=text_of(judgement.get("policy_digest")),
        file=text_of(judgement.get("file")),
        owner=text_of(judgement.get("owner")),
        mode=text_of(judgement.get("mode")),
        verdict=text_of(judgement.get("verdict")),
        reason=text_of(judgement.get("reason")),
        configuration=configuration_in(told) if told else None,
        broken=tuple(
            text_of(found.get("limit")) for found in findings if found.get("outcome") in _BROKEN
        ),
        waivers=used,
        rests_on=rests_on,
        lacks_waiver=waived_by is not None
        and (not rests_on or any(each not in named for each in waived_by)),
    )


def _waived_by(
    judgement: Mapping[str, Json], told: Sequence[Mapping[str, Json]], *, is_approved: bool
) -> tuple[str, ...] | None:
    """The ids of the waivers that allow the configuration that is told of; None where nothing
    needs one. Under a policy whose own best passes, what every policy allows may be a waived one.
    """
    by = tuple(
        text_of(found.get("waiver"))
        for found in told
        if found.get("outcome") == Outcome.WAIVED.name
    )
    return by if judgement.get("verdict") == Verdict.WAIVED or (is_approved and by) else None


def _rests_on(
    judgement: Mapping[str, Json], waived_by: tuple[str, ...] | None, used: tuple[Waiver, ...]
) -> tuple[Waiver, ...]:
    """The waivers that the verdict needs: those of the one configuration that is told of, or of
    every candidate where the policy wants more than one.
    """
    if waived_by is None:
        return ()
    if judgement.get("candidates_needed") != 1:
        return used
    # What is waived by nobody that the record names is no reason to name nobody.
    return tuple(each for each in used if each.id in waived_by) or used


def _created(body: Mapping[str, Json]) -> Request | None:
    """The first call that made the job. One without a time counts as the last."""
    made = [each for each in recorded_requests(body) if each.action is RequestedAction.CREATED]
    return min(made, key=lambda each: each.at.isoformat() if each.at else "~", default=None)


def _kind(package_arn: str | None) -> str:
    """A package group and a plain model may have one name."""
    return "package" if package_arn else "model"


def _each_once(waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
    return tuple({waiver.id: waiver for waiver in waivers}.values())

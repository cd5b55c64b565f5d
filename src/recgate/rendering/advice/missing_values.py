"""What to do about a value that is missing, by the words that say why it is.

Those words are ours: they are written in `recgate.dialect` and `recgate.domain`, and a test
collects them there, so that a new one without a step is noticed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recgate.domain.limits import Finding
from recgate.domain.verdict import Outcome
from recgate.rendering.safe_text import clean

_REASON = 400
_NAME = 48
_ASK_AGAIN = "Ask CloudWatch again with recgate check: the figures may have come late."
_START_AGAIN = "If there are none, start the job again and let it be judged within 15 days."
_RECORD_ALL = (
    "Record the whole Describe response (aws sagemaker "
    "describe-inference-recommendations-job): what is missing stands in it."
)
_COMPARE = "Name the endpoint to beat under Endpoints of the job's InputConfig, and start it again."


@dataclass(frozen=True, slots=True)
class MissingValue:
    """One reason for which a value is missing.

    ``pattern`` matches from the beginning of the reason; its groups stand in the steps as
    ``{0}``, ``{1}``.
    """

    pattern: str
    steps: tuple[str, ...]


MISSING_VALUES = (
    MissingValue(
        r"too few samples: ([0-9]{1,9}) of at least ([0-9]{1,9})",
        (
            "Send more requests to each configuration: more users or longer phases in the "
            "TrafficPattern of an Advanced job. {0} samples were measured, {1} are needed.",
            "Or lower MinP99Samples of the stack (now {1}), so that fewer samples count.",
        ),
    ),
    MissingValue(
        r"number of samples not known",
        ("Write SampleCount beside P99Milliseconds under MeasuredLatency of the recorded job.",),
    ),
    MissingValue(
        r"P99 was not measured: the recommendation names no endpoint",
        (
            "Start the job again: CloudWatch keeps the P99 under the endpoint's name, and the "
            "recommendation names none.",
            "Or set a limit on max_model_latency_ms, which SageMaker reports itself.",
        ),
    ),
    MissingValue(
        r"P99 was not measured: several recommendations share endpoint",
        (
            "Benchmark them one by one: several configurations share an endpoint, and CloudWatch "
            "cannot tell them apart.",
            "Or set a limit on max_model_latency_ms, which SageMaker reports itself.",
        ),
    ),
    MissingValue(
        r"P99 was not measured: the job does not say when it ran",
        (_RECORD_ALL, "Or write MeasuredLatency beside the recorded job."),
    ),
    MissingValue(
        r"P99 was not measured",
        (
            "Judge the job in SageMaker, where CloudWatch has its P99; a recorded one needs "
            "MeasuredLatency beside it (recgate check --file F --extra E).",
        ),
    ),
    MissingValue(r"CloudWatch has no [A-Za-z0-9]{1,40} of endpoint", (_ASK_AGAIN, _START_AGAIN)),
    MissingValue(
        r"CloudWatch has [^ ]{1,20} samples of [A-Za-z0-9]{1,40} and no percentile",
        (_ASK_AGAIN, _START_AGAIN),
    ),
    MissingValue(
        r"implausible",
        (
            "Compare ModelLatency with the endpoint's own in CloudWatch: with MaxInvocations it "
            "makes no sense in milliseconds.",
            "Start the job again.",
        ),
    ),
    MissingValue(r"the job compared with no existing endpoint", (_COMPARE,)),
    MissingValue(
        r"the existing endpoint's figure is 0",
        ("Send traffic that the existing endpoint answers, and start the job again.",),
    ),
    MissingValue(
        r"one side of the comparison was not reported",
        (
            "Start the job again: the recommendation or the existing endpoint has no figure to "
            "compare.",
        ),
    ),
    MissingValue(
        r"zero, which is no price",
        ("Start the job again: SageMaker reported a price of 0, and nothing that runs is free.",),
    ),
    MissingValue(
        r"no instance type reported",
        (
            "Start the job again: SageMaker did not say which instance type it recommends.",
            _RECORD_ALL,
        ),
    ),
    MissingValue(
        r"cannot be read from ",
        ("Allow or deny the type itself, under instance_types: it has no family that we know.",),
    ),
    MissingValue(
        r"not in the job",
        ("Start the job again with that field set: a policy asks for it.",),
    ),
    MissingValue(
        r"tags\..{1,300}: not known for this job",
        (
            "Let recgate read the job's tags: its role needs sagemaker:ListTags, and the job an "
            "ARN.",
            "Give a recorded job its tags: recgate check --file F --tag KEY=VALUE.",
        ),
    ),
    MissingValue(
        r"model_package_groups: not known for this job",
        (
            "Record the whole Describe response, InputConfig included: it says which model was "
            "benchmarked.",
        ),
    ),
    MissingValue(
        r"(?:regions|accounts): not known for this job",
        ("Record the whole Describe response, JobArn included: it says region and account.",),
    ),
    MissingValue(
        r"[a-z_]{1,40}: not known for this job",
        (_RECORD_ALL,),
    ),
    MissingValue(
        r"not reported|NaN|infinite|negative|not a number",
        (
            "Start the job again: SageMaker reported no number there. An Advanced job measures "
            "longer and reports more.",
            "Look into the job's logs whether requests failed on that configuration.",
        ),
    ),
)
"""In the order in which they are tried: a longer beginning comes before a shorter one."""


def missing_steps(reason: str) -> tuple[str, ...]:
    """What to do about a value that is missing for a reason; empty for words that are not ours."""
    read = clean(reason, _REASON)
    for known in MISSING_VALUES:
        found = re.match(known.pattern, read)
        if found:
            return tuple(step.format(*found.groups()) for step in known.steps)
    return ()


def missing_steps_of(findings: Iterable[Finding]) -> Iterator[str]:
    """What to do about the findings whose value is missing; the others are passed over."""
    for finding in findings:
        if finding.outcome in (Outcome.UNKNOWN, Outcome.WARN_MISSING):
            measure = f"Get {clean(finding.label, _NAME)} measured: start the job again."
            yield from missing_steps(finding.missing) or (measure,)

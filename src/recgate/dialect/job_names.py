"""Names and ARNs of inference recommendations jobs."""

import re
from dataclasses import dataclass

JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}")
JOB_ARN = re.compile(
    r"arn:[a-z-]+:sagemaker:([^:]+):(\d{12}):inference-recommendations-job/([a-zA-Z0-9-]{1,64})"
)
"""Region, account, name."""


@dataclass(frozen=True, slots=True)
class NamedJob:
    """A job as somebody names it; None where they did not say."""

    name: str
    arn: str | None = None
    region: str | None = None
    account: str | None = None


def named_job(text: str) -> NamedJob:
    """The job that a name or an ARN names; what is no ARN is taken for a name."""
    found = JOB_ARN.fullmatch(text)
    return NamedJob(found[3], text, found[1], found[2]) if found else NamedJob(text)

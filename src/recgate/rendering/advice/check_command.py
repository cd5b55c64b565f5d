"""The command that judges a job again at a desk."""

import re

from recgate.domain.decision import Decision

_JOB = re.compile(r"[A-Za-z0-9](?:-{0,9}[A-Za-z0-9]){0,63}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]")
"""What may stand in a command that people copy: no other character has a meaning to a shell."""


def check_command(decision: Decision) -> str:
    """``recgate check fraud-ranker-v14 --region eu-west-1``.

    A name that is none of SageMaker's is left for the reader to fill in.
    """
    snapshot = decision.snapshot
    if snapshot.job_arn is None:
        return "recgate check --file FILE"
    job = snapshot.job_name if _JOB.fullmatch(snapshot.job_name) else "JOB"
    region = snapshot.region or ""
    return f"recgate check {job}" + (f" --region {region}" if _REGION.fullmatch(region) else "")

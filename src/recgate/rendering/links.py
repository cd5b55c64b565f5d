"""The addresses of a job in the AWS console."""

import re
from urllib.parse import quote

from recgate.domain.job import Snapshot
from recgate.rendering.safe_text import clean

_NAME = 80
_REGION = re.compile(r"(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d")
"""Regions of the commercial partition: the others have a console of their own."""

LOG_GROUP = "/aws/sagemaker/InferenceRecommendationsJobs"
"""Where every job writes; its streams begin with the job's name.

https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
"""


def job_url(snapshot: Snapshot) -> str:
    """The job in the console; empty when the region is not known to have one."""
    region, name = _region(snapshot), _name(snapshot)
    if not region or not name:
        return ""
    home = f"https://{region}.console.aws.amazon.com/sagemaker/home?region={region}"
    return f"{home}#/inference-recommender-jobs/{name}"


def logs_url(snapshot: Snapshot) -> str:
    """The job's log streams in the console; empty when the region is not known to have one."""
    region, name = _region(snapshot), _name(snapshot)
    if not region or not name:
        return ""
    home = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
    # The console's own escaping: percent signs twice, with a dollar sign.
    group = LOG_GROUP.replace("/", "$252F")
    return f"{home}#logsV2:log-groups/log-group/{group}$3FlogStreamNameFilter$3D{name}"


def _region(snapshot: Snapshot) -> str:
    region = snapshot.region or ""
    return region if _REGION.fullmatch(region) else ""


def _name(snapshot: Snapshot) -> str:
    return quote(clean(snapshot.job_name, _NAME), safe="")

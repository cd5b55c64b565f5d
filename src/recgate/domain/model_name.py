"""By what name decisions about one model are found: its package group, or its plain name."""

import re
from collections.abc import Mapping

from recgate.domain.canonical import Json

_PACKAGE = re.compile(r"arn:[a-z-]+:sagemaker:[^:]*:\d{12}:model-package/([^/]+)(?:/([0-9]{1,9}))?")


def model_name(record: Mapping[str, Json]) -> str | None:
    """The model that a decision's record is about; None when the job names none.

    A versioned package is named by its group, so that all versions of a model are found
    together; one without versions and a plain model have names of their own.
    """
    job = record.get("job")
    if not isinstance(job, Mapping):
        return None
    package, name = job.get("model_package_arn"), job.get("model_name")
    if isinstance(package, str) and package:
        found = _PACKAGE.fullmatch(package)
        return found[1] if found else package
    return name if isinstance(name, str) and name else None


def package_version(record: Mapping[str, Json]) -> int | None:
    """The version of the model package that a decision's record is about, if it has one."""
    job = record.get("job")
    package = job.get("model_package_arn") if isinstance(job, Mapping) else None
    found = _PACKAGE.fullmatch(package) if isinstance(package, str) else None
    return int(found[2]) if found and found[2] else None

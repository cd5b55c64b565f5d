"""What the page about a decision is called: in a folder, and in a bucket."""

import re

from recgate.domain.decision import Decision

_LONGEST = 64
"""Characters of one part of a path: a job's name and a decision's key have no more. What a
recorded file calls a job may be of any length.
"""

_DIGITS = 12
"""Digits of a decision's key that name it to people."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
"""Without a dot there is no ``..``, and no ending but ours.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html#object-key-guidelines
"""


def report_file_name(decision: Decision) -> str:
    """``fraud-ranker-v14-0123456789ab.html``."""
    return f"{job_file_name(decision)}-{_safe(decision.key)[:_DIGITS]}.html"


def report_object_key(decision: Decision) -> str:
    """``reports/111122223333/eu-west-1/fraud-ranker-v14/<decision key>.html``."""
    snapshot = decision.snapshot
    folders = [_safe(snapshot.account or ""), _safe(snapshot.region or ""), job_file_name(decision)]
    return "/".join(["reports", *folders, f"{_safe(decision.key)}.html"])


def job_file_name(decision: Decision) -> str:
    """The job's name in characters that are safe in any path."""
    return _safe(decision.snapshot.job_name)


def _safe(text: str) -> str:
    """The text as one part of a path, never empty, never hidden, never an option."""
    return _UNSAFE.sub("-", text[: 4 * _LONGEST])[:_LONGEST].strip("-_") or "unknown"

"""What a known failure reason of SageMaker's looks like, and what is known about it."""

import re
from dataclasses import dataclass

TROUBLESHOOTING = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/inference-recommender-troubleshooting.html"
)
"""Inference Recommender's own list of errors and solutions."""

ENDPOINT_FAILS = "https://repost.aws/knowledge-center/sagemaker-endpoint-creation-fail"
"""AWS's knowledge centre: why an endpoint could not be made."""

API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/"


@dataclass(frozen=True, slots=True)
class KnownReason:
    """One kind of failure.

    ``title`` says it in at most 60 characters, for a headline.
    ``pattern`` is a regular expression, found anywhere in a reason whatever its case; every
    repetition in it has an upper bound, so that no text takes long. ``cause`` has at most 300
    characters, ``next_steps`` are at most 3 of at most 200. ``source`` is the page that they
    rest on, ``example`` a reason as SageMaker writes it, or would.
    """

    id: str
    title: str
    pattern: str
    cause: str
    next_steps: tuple[str, ...]
    source: str
    example: str

    def explains(self, reason: str) -> bool:
        """Whether a reason, cleaned, is of this kind."""
        # Compiled when it is first needed, and kept by `re`: most jobs do not fail.
        return re.search(self.pattern, reason, re.IGNORECASE) is not None

"""The AWS clients of the doctor: few attempts, and safe to ask for from several threads."""

from threading import Lock
from typing import Any

from recgate.adapters.aws_clients import Aws, AwsNotConfigured

ATTEMPTS = 2
"""A look is worth one more try, and no long wait: an answer that does not come is one, too."""

_ANY_REGION = "us-east-1"
"""Where STS is asked when no region is set: it says the same everywhere."""


class Clients:
    """Clients by service and region. botocore's clients may be shared by threads, its sessions,
    which make them, may not:
    https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
    """

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._lock = Lock()

    def __call__(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401
        """The client of that service. Raises AwsNotConfigured."""
        with self._lock:
            return self._aws.client(service, region, attempts=ATTEMPTS)

    def of_the_caller(self) -> Any:  # noqa: ANN401
        """The client of STS. Raises AwsNotConfigured, not for want of a region."""
        return self("sts", self.region or _ANY_REGION)

    @property
    def region(self) -> str:
        """The region that is set, '' where none is, or the profile is not there."""
        with self._lock:
            try:
                return self._aws.home_region
            except AwsNotConfigured:
                return ""

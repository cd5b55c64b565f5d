"""boto3 clients: time-outs, attempts, and each client once."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from recgate.ports import RecgateError

_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S, _ATTEMPTS = 3, 10, 3


class AwsNotConfigured(RecgateError):
    """No client can be made from the options, the environment and the AWS configuration."""


@dataclass
class Aws:
    """boto3 clients, made on first use. None leaves a choice to boto3's own configuration."""

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    _made: dict[tuple[str, str | None, int], Any] = field(default_factory=dict)

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401  boto3's session types need a stub per service
        import boto3

        return boto3.session.Session(profile_name=self.profile, region_name=self.region)

    def client(self, service: str, region: str | None = None, *, attempts: int = _ATTEMPTS) -> Any:  # noqa: ANN401
        """The client of a service in a region, the same one each time. Raises AwsNotConfigured."""
        key = (service, region, attempts)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(self, service: str, region: str | None, attempts: int) -> Any:  # noqa: ANN401
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=_READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": attempts},
        )
        try:
            return self._session.client(
                service, region_name=region, endpoint_url=self.endpoint_url, config=config
            )
        except (BotoCoreError, ValueError) as problem:  # no region, no such profile, a bad address
            raise AwsNotConfigured(
                f"AWS cannot be asked ({service}): {problem} Check --region, --profile and "
                "--endpoint-url, or AWS_REGION and AWS_PROFILE."
            ) from problem

    def close(self) -> None:
        """Close the connections of every client made so far."""
        for made in self._made.values():
            made.close()
        self._made.clear()

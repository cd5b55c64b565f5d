"""boto3 clients: time-outs, attempts, and each client once, at home or in a member account."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from recgate.dialect.aws_refusals import Question, classified, is_quotable, unanswered
from recgate.ports import JobSourceBusy, JobSourceRefused, RecgateError

_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S, _ATTEMPTS = 3, 10, 3

_Grant = dict[str, str]
"""Temporary credentials as botocore's RefreshableCredentials take them."""


class AwsNotConfigured(RecgateError):
    """No client can be made from the options, the environment and the AWS configuration."""


class RoleNotAssumed(JobSourceRefused):
    """A role in another account cannot be assumed, however often it is tried."""


@dataclass
class Aws:
    """boto3 clients, made on first use. None leaves a choice to boto3's own configuration.

    ``attempts`` is how often a client sends a request before it gives up, unless it is told
    otherwise. ``grant`` fetches temporary credentials to use instead of the configured ones; it
    is called at the first call of a client, and again before they expire. ``models_of`` lends its
    parsed service models, which are what a first client takes its time for.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    attempts: int = _ATTEMPTS
    grant: Callable[[], _Grant] | None = None
    models_of: "Aws | None" = None
    _made: dict[tuple[str, str | None, int], Any] = field(default_factory=dict)
    _assumed: dict[str, "Aws"] = field(default_factory=dict)

    @cached_property
    def _core(self) -> Any:  # noqa: ANN401  botocore has no types
        import botocore.session

        core = botocore.session.get_session()
        if self.grant is not None:
            core.register_component("credential_provider", _Granted(self.grant))
        if self.models_of is not None:
            models = self.models_of._core.get_component("data_loader")
            core.register_component("data_loader", models)
        return core

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401  boto3's session types need a stub per service
        import boto3

        return boto3.session.Session(
            botocore_session=self._core,
            profile_name=self.profile,
            # The AWS CLI and most other SDKs know AWS_REGION; boto3 knows AWS_DEFAULT_REGION only.
            region_name=self.region or os.environ.get("AWS_REGION") or None,
        )

    @property
    def home_region(self) -> str:
        """The region of the clients for which none is named. Raises AwsNotConfigured."""
        from botocore.exceptions import BotoCoreError

        try:
            found = self._session.region_name
        except BotoCoreError as problem:  # no such profile
            raise _not_configured("session", problem) from problem
        if not found:
            raise _not_configured("session", "no region is configured.")
        return str(found)

    def client(
        self, service: str, region: str | None = None, *, attempts: int | None = None
    ) -> Any:  # noqa: ANN401
        """The client of a service in a region, the same one each time. Raises AwsNotConfigured."""
        key = (service, region, attempts or self.attempts)
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
            raise _not_configured(service, problem) from problem

    def in_account(self, account: str, *, role: str, session_name: str = "recgate") -> "Aws":
        """The clients of another account, as a role there of this name; the same ones each time.

        Nothing is asked yet. The first call of a client, and later one in an hour, assumes the
        role at the STS of the home region: it raises JobSourceBusy or RoleNotAssumed then,
        whatever the call was. ``session_name`` is what the account's CloudTrail shows.
        """
        partition = self._session.get_partition_for_region(self.home_region)
        role_arn = f"arn:{partition}:iam::{account}:role/{role}"
        if role_arn not in self._assumed:
            self._assumed[role_arn] = Aws(
                self.region,
                self.profile,
                self.endpoint_url,
                self.attempts,
                grant=lambda: _assume(self.client("sts"), role_arn, session_name),
                models_of=self,
            )
        return self._assumed[role_arn]

    def close(self) -> None:
        """Close the connections of every client made so far, those of other accounts included."""
        for other in self._assumed.values():
            other.close()
        for made in self._made.values():
            made.close()
        self._made.clear()


class _Granted:
    """The only source of credentials of a session: what it is granted, kept until it expires."""

    def __init__(self, grant: Callable[[], _Grant]) -> None:
        self._grant = grant

    def load_credentials(self) -> Any:  # noqa: ANN401  botocore has no types
        """What botocore calls on its component ``credential_provider``."""
        from botocore.credentials import DeferredRefreshableCredentials

        return DeferredRefreshableCredentials(refresh_using=self._grant, method="assume-role")


def _assume(sts: Any, role_arn: str, session_name: str) -> _Grant:  # noqa: ANN401
    """Temporary credentials of the role. Raises JobSourceBusy and RoleNotAssumed."""
    from botocore import exceptions

    question = Question(
        "STS", f"give the role {role_arn}", "sts:AssumeRole", role_arn, JobSourceRefused
    )
    try:
        granted = sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name)["Credentials"]
    except exceptions.ClientError as error:
        quotable = is_quotable(str(error.response.get("Error", {}).get("Code", "")))
        found = classified(error.response, question)
        if not isinstance(found, JobSourceBusy):
            found = _not_assumed(role_arn, str(found))
        raise found from (error if quotable else None)
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise _not_assumed(role_arn, str(error)) from error
    except exceptions.BotoCoreError as error:
        raise JobSourceBusy(unanswered(question, type(error).__name__)) from error
    return {
        "access_key": granted["AccessKeyId"],
        "secret_key": granted["SecretAccessKey"],
        "token": granted["SessionToken"],
        "expiry_time": granted["Expiration"].isoformat(),
    }


def _not_assumed(role_arn: str, why: str) -> RoleNotAssumed:
    return RoleNotAssumed(
        f"Role {role_arn} cannot be assumed: {why} The role's own trust policy must name the "
        f"role that asks: deploy member.yaml in account {role_arn.split(':')[4]}, with the name "
        "that MemberRoleName says."
    )


def _not_configured(what: str, problem: object) -> AwsNotConfigured:
    return AwsNotConfigured(
        f"AWS cannot be asked ({what}): {problem} Check --region, --profile and --endpoint-url, "
        "or AWS_DEFAULT_REGION and AWS_PROFILE."
    )

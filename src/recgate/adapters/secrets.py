"""Secrets from Secrets Manager and the SSM Parameter Store, read when they are needed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recgate.dialect.secret import Secret, SecretRefused, SecretUnavailable, checked

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters.secrets import SecretsProvider
    from aws_lambda_powertools.utilities.parameters.ssm import SSMProvider
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

MAX_AGE_S = 300
"""Seconds for which a secret is kept: a rotated one is in use five minutes later at most."""

TOKEN = "token"  # noqa: S105  # the name of a key, not a token
WEBHOOK_URL = "webhook_url"
_ANY = "value"

_SSM = "ssm:"
_SSM_ARN_SERVICE = "ssm"

_THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "RequestTimeout",
        "TooManyRequestsException",
        "InternalServiceError",
        "ServiceUnavailable",
    }
)


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """One secret of a store: call it for the secret as it is now, `forget` it when refused."""

    store: "SecretStore"
    name: str
    key: str

    def __call__(self) -> Secret:
        """The secret. Raises SecretUnavailable, SecretRefused."""
        return self.store.read(self.name, key=self.key)

    def forget(self) -> None:
        """Read it afresh the next time."""
        self.store.forget()


class SecretStore:
    """Reads secrets by name: ``ssm:/path`` and ARNs of SSM there, all others in Secrets Manager.

    The value is the raw string, or a JSON object with the key ``token`` or ``webhook_url``, or
    ``value``. The clients are made when the first secret of their kind is read.
    """

    def __init__(
        self,
        secrets_client: "Callable[[], SecretsManagerClient]",
        ssm_client: "Callable[[], SSMClient]",
    ) -> None:
        self._secrets_client = secrets_client
        self._ssm_client = ssm_client
        self._secrets: SecretsProvider | None = None
        self._parameters: SSMProvider | None = None

    def token(self, name: str) -> StoredSecret:
        """The Slack token in the secret of this name."""
        return StoredSecret(self, name, TOKEN)

    def webhook_url(self, name: str) -> StoredSecret:
        """The webhook's URL in the secret of this name."""
        return StoredSecret(self, name, WEBHOOK_URL)

    def forget(self) -> None:
        """Forget everything that was read."""
        for provider in (self._secrets, self._parameters):
            if provider is not None:
                provider.clear_cache()  # type: ignore[no-untyped-call]

    def read(self, name: str, *, key: str) -> Secret:
        """The secret of this name. Raises SecretUnavailable, SecretRefused."""
        from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

        try:
            stored = self._stored(name)
        except GetParameterError as failure:
            # powertools keeps the error of the client as the context of its own.
            raise _reading_failed(name, failure.__context__) from None
        return checked(_value(stored, name, key), what=f"the secret {name}")

    def _stored(self, name: str) -> str | bytes | dict[str, object] | None:
        parameter = _parameter_name(name)
        if parameter is None:
            return self._secrets_provider().get(name, max_age=MAX_AGE_S)
        return self._ssm_provider().get(parameter, max_age=MAX_AGE_S, decrypt=True)

    def _secrets_provider(self) -> "SecretsProvider":
        if self._secrets is None:
            from aws_lambda_powertools.utilities.parameters.secrets import SecretsProvider

            self._secrets = SecretsProvider(boto3_client=self._secrets_client())
        return self._secrets

    def _ssm_provider(self) -> "SSMProvider":
        if self._parameters is None:
            from aws_lambda_powertools.utilities.parameters.ssm import SSMProvider

            self._parameters = SSMProvider(boto3_client=self._ssm_client())
        return self._parameters


def _parameter_name(name: str) -> str | None:
    """The name or ARN of an SSM parameter, None when the secret is in Secrets Manager."""
    if name.startswith(_SSM):
        return name.removeprefix(_SSM)
    parts = name.split(":", 3)
    in_ssm = parts[0] == "arn" and len(parts) > 3 and parts[2] == _SSM_ARN_SERVICE
    return name if in_ssm else None


def _value(stored: object, name: str, key: str) -> str:
    if not isinstance(stored, str):
        raise SecretRefused(
            f"the secret {name} is not text", remedy=f"store {name} as a string, not as binary"
        )
    if not stored.lstrip().startswith("{"):
        return stored
    try:
        document = json.loads(stored)
    except (ValueError, RecursionError):
        # The parser's own error carries the whole document: it must not be chained.
        document = {}
    found = document.get(key, document.get(_ANY))
    if not isinstance(found, str):
        raise SecretRefused(
            f"the secret {name} holds no text under {key!r}",
            remedy=f'store {name} as a plain string or as {{"{key}": "…"}}',
        )
    return found


def _reading_failed(name: str, cause: BaseException | None) -> SecretUnavailable | SecretRefused:
    """What a client's error makes of a reading; only its code or kind is told."""
    from botocore.exceptions import ClientError, NoCredentialsError, ParamValidationError

    if isinstance(cause, ClientError):
        code = str(cause.response.get("Error", {}).get("Code", "unknown"))
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status < 500 and code not in _THROTTLED and "Throttl" not in code:
            return SecretRefused(f"the secret {name} cannot be read: {code}", remedy=_remedy(code))
        return SecretUnavailable(f"the secret {name} cannot be read now: {code}")
    kind = type(cause).__name__
    if isinstance(cause, NoCredentialsError | ParamValidationError):
        return SecretRefused(
            f"the secret {name} cannot be read: {kind}",
            remedy="check the AWS credentials and the secret's name in routes.yaml",
        )
    return SecretUnavailable(f"the secret {name} cannot be read now: {kind}")


def _remedy(code: str) -> str:
    if "NotFound" in code:
        return "create the secret in the function's region, or correct its name in routes.yaml"
    if "AccessDenied" in code:
        return "allow the function's role to read the secret and to decrypt with its key"
    return "check the secret, its key and the function's role"

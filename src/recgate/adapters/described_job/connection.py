"""Clients made of the options of the AWS CLI, with what the AWS configuration says about them."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from recgate.dialect.mistake import did_you_mean
from recgate.ports import RecgateError

SECONDS = 60
"""How long the AWS CLI waits for a connection, and then for an answer, when nobody says so."""

_NO_REGION = (
    "No region says where to ask SageMaker: give --region (or the job's ARN), or set AWS_REGION, "
    "or region in the profile."
)
_USER = re.compile(r"(?<=://)[^/@\s]+@")


class NotConnected(RecgateError):
    """The options, the environment and the AWS configuration do not make a client."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to ask. None leaves a choice to the AWS configuration, 0 seconds wait for ever.

    ``signed`` False asks without credentials; ``verified`` False takes any certificate.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    signed: bool = True
    verified: bool = True
    ca_bundle: Path | None = None
    read_timeout_s: int = SECONDS
    connect_timeout_s: int = SECONDS


class ConfiguredAws:
    """The clients of a connection, each made once; with botocore, as the AWS CLI makes its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._made: dict[str, Any] = {}

    @cached_property
    def _core(self) -> Any:  # noqa: ANN401  botocore has no types
        import botocore.session

        return botocore.session.Session(profile=self._connection.profile)

    @property
    def verifies(self) -> bool:
        """Whether the certificate of who answers is looked at."""
        return self._connection.verified

    @property
    def timestamp_format(self) -> str:
        """``iso8601`` or ``wire``: the setting cli_timestamp_format of the AWS configuration.

        A profile that is not there has no settings; its clients say that it is not there.
        Raises NotConnected.
        """
        from botocore.exceptions import ProfileNotFound

        try:
            settings = self._core.get_scoped_config()
        except ProfileNotFound:
            settings = {}
        found = str(settings.get("cli_timestamp_format", "iso8601"))
        if found not in ("iso8601", "wire", "none"):
            raise NotConnected(
                f"The AWS configuration has cli_timestamp_format = {found!r}, which is neither "
                "iso8601 nor wire. Correct it in the config file."
            )
        return "iso8601" if found == "iso8601" else "wire"

    def print_times(self, timestamp_format: str) -> None:
        """Let the clients that are made from now on give times as text, ready to print.

        ``iso8601`` is the local time with its offset, ``wire`` what the service sent.
        """
        from botocore.utils import parse_timestamp

        def iso8601(value: Any) -> str:  # noqa: ANN401  number or text, as it came
            return str(parse_timestamp(value).isoformat())

        def wire(value: object) -> object:
            return value

        factory = self._core.get_component("response_parser_factory")
        factory.set_parser_defaults(
            timestamp_parser=wire if timestamp_format == "wire" else iso8601
        )

    def client(self, service: str) -> Any:  # noqa: ANN401
        """The client of a service. Raises NotConnected."""
        if service not in self._made:
            self._made[service] = self._make(service)
        return self._made[service]

    def _make(self, service: str) -> Any:  # noqa: ANN401
        from botocore import UNSIGNED
        from botocore.config import Config

        asked = self._connection
        if asked.endpoint_url and urlsplit(asked.endpoint_url).scheme not in ("http", "https"):
            raise NotConnected(
                f"--endpoint-url {without_user(asked.endpoint_url)}: an address begins with "
                "http:// or https://."
            )
        config = Config(
            connect_timeout=asked.connect_timeout_s or None,
            read_timeout=asked.read_timeout_s or None,
            signature_version=None if asked.signed else UNSIGNED,
        )
        with _configured(self._core):
            region = asked.region or self._core.get_config_variable("region")
            if not region:  # botocore takes an empty one for a region
                raise NotConnected(_NO_REGION)
            return self._core.create_client(
                service,
                region_name=region,
                endpoint_url=asked.endpoint_url,
                verify=str(asked.ca_bundle or "") or None if asked.verified else False,
                config=config,
            )

    def secrets(self) -> list[str]:
        """What must not be printed of the credentials in use; empty when there are none.

        The clients have them already, so nobody is asked a second time.
        """
        credentials = self._core.get_credentials() if self._connection.signed else None
        frozen = credentials.get_frozen_credentials() if credentials else None
        return [each for each in (frozen.secret_key, frozen.token) if each] if frozen else []

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While this lasts urllib3 does not warn about what --no-verify-ssl has asked for."""
        with warnings.catch_warnings():
            if not self._connection.verified:
                warnings.filterwarnings("ignore", message="Unverified HTTPS request")
            yield

    def close(self) -> None:
        """Close the connections of every client made so far."""
        for made in self._made.values():
            made.close()
        self._made.clear()


@contextmanager
def _configured(core: Any) -> Iterator[None]:  # noqa: ANN401
    """Turn what botocore says of its configuration into NotConnected."""
    from botocore import exceptions

    try:
        yield
    except exceptions.ProfileNotFound as problem:
        profile = str(core.profile)
        known = list(core.available_profiles)
        listed = f"; there are {', '.join(known)}" if known else ""
        raise NotConnected(
            f"The AWS configuration has no profile {profile!r}"
            f"{did_you_mean(profile, known) or listed}. Name another with --profile, or set "
            "AWS_PROFILE."
        ) from problem
    except exceptions.NoRegionError as problem:
        raise NotConnected(_NO_REGION) from problem
    except (exceptions.BotoCoreError, ValueError) as problem:  # a bad region, address or file
        raise NotConnected(
            f"The AWS configuration cannot be used: {without_user(str(problem))} Check --region, "
            "--profile and --endpoint-url, and the config file."
        ) from problem


def without_user(text: str) -> str:
    """The text without user names and passwords in addresses."""
    return _USER.sub("‹user›@", text)

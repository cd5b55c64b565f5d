"""Secrets from a local Secrets Manager and Parameter Store."""

import logging
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from recgate.adapters.secrets import SecretStore
from recgate.dialect.secret import (
    Secret,
    SecretRefused,
    SecretUnavailable,
    checked,
    keeps_secrets,
)
from tests.servers.aws import LocalAws, aws_client, local_aws

TOKEN = "xoxb-1111-2222-LocalTestToken"
URL = "https://hooks.slack.com/services/T0/B0/LocalTestSecret"


@pytest.fixture(scope="module")
def running() -> Iterator[LocalAws]:
    with local_aws() as started:
        yield started


@pytest.fixture
def aws(running: LocalAws) -> LocalAws:
    running.reset()
    return running


@pytest.fixture
def store(aws: LocalAws) -> SecretStore:
    return SecretStore(lambda: aws.client("secretsmanager"), lambda: aws.client("ssm"))


@pytest.mark.parametrize(
    "stored",
    [TOKEN, f"  {TOKEN}\n", f'{{"token": "{TOKEN}"}}', f'{{"value": "{TOKEN}", "x": 1}}'],
)
def test_a_token_is_read_in_every_form_it_may_be_stored_in(
    aws: LocalAws, store: SecretStore, stored: str
) -> None:
    """Plain, with the line break of an editor, or as JSON."""
    aws.client("secretsmanager").create_secret(Name="recgate/slack", SecretString=stored)

    secret = store.token("recgate/slack")()

    assert secret.reveal() == TOKEN


def test_one_secret_can_hold_both_keys(aws: LocalAws, store: SecretStore) -> None:
    """Each channel reads its own."""
    both = f'{{"token": "{TOKEN}", "webhook_url": "{URL}"}}'
    arn = aws.client("secretsmanager").create_secret(Name="both", SecretString=both)["ARN"]

    assert store.token(arn)().reveal() == TOKEN
    assert store.webhook_url("both")().reveal() == URL


def test_an_encrypted_parameter_is_read_decrypted(aws: LocalAws, store: SecretStore) -> None:
    """By its path and by its ARN."""
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/recgate/slack", Value=TOKEN, Type="SecureString")
    arn = ssm.get_parameter(Name="/recgate/slack")["Parameter"]["ARN"]

    assert store.token("ssm:/recgate/slack")().reveal() == TOKEN
    assert store.token(arn)().reveal() == TOKEN


def test_a_secret_is_kept_until_it_is_forgotten(aws: LocalAws, store: SecretStore) -> None:
    """One call for many messages, and a rotated token is seen once the old one was refused."""
    client = aws.client("secretsmanager")
    client.create_secret(Name="rotating", SecretString="xoxb-old")
    token = store.token("rotating")
    before = token()
    client.put_secret_value(SecretId="rotating", SecretString="xoxb-new")

    kept = token()
    token.forget()
    fresh = token()

    assert [each.reveal() for each in (before, kept, fresh)] == ["xoxb-old", "xoxb-old", "xoxb-new"]


def test_no_client_is_made_before_it_is_needed(aws: LocalAws) -> None:
    """A route to SNS alone reads no secret."""
    made: list[str] = []

    def client(service: str) -> Any:
        made.append(service)
        return aws.client(service)

    aws.client("secretsmanager").create_secret(Name="one", SecretString=TOKEN)
    store = SecretStore(lambda: client("secretsmanager"), lambda: client("ssm"))
    token = store.token("one")
    before = list(made)

    token()

    assert before == []
    assert made == ["secretsmanager"]


@pytest.mark.parametrize("name", ["not/there", "ssm:/not/there"])
def test_a_secret_that_does_not_exist_is_refused(store: SecretStore, name: str) -> None:
    """It will not appear by waiting; the message says where to look."""
    with pytest.raises(SecretRefused, match=f"{name} cannot be read: .*NotFound") as refusal:
        store.token(name)()

    assert "routes.yaml" in refusal.value.remedy


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, SecretUnavailable),
        ("InternalServiceError", 500, SecretUnavailable),
        ("AccessDeniedException", 400, SecretRefused),
        ("DecryptionFailure", 400, SecretRefused),
        ("InvalidRequestException", 400, SecretRefused),
    ],
)
def test_an_error_of_the_service_is_classified(
    code: str, status: int, expected: type[Exception]
) -> None:
    """What passes is worth waiting for."""
    client = aws_client("secretsmanager", "http://127.0.0.1:9")
    with Stubber(client) as stub:
        stub.add_client_error("get_secret_value", code, "…", status)
        store = SecretStore(lambda: client, lambda: client)

        with pytest.raises(expected, match=code):
            store.token("name")()
    client.close()


def test_a_service_that_is_not_there_is_unavailable() -> None:
    """No connection says nothing about the secret."""
    client = aws_client("secretsmanager", "http://127.0.0.1:9")
    store = SecretStore(lambda: client, lambda: client)

    with pytest.raises(SecretUnavailable, match="EndpointConnectionError"):
        store.token("name")()
    client.close()


BROKEN = [
    '{"token": 5}',
    f'{{"tokens": "{TOKEN}"}}',
    f'{{"token": "{TOKEN}"',
    f'{{"token": "{TOKEN}\\u0000"}}',
    f"{TOKEN} and more",
    "   ",
    '{"token": ""}',
]


@pytest.mark.parametrize("stored", BROKEN)
def test_a_broken_secret_is_refused_and_not_shown(
    aws: LocalAws, store: SecretStore, stored: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the message, not in a chained error, not in a log."""
    aws.client("secretsmanager").create_secret(Name="broken", SecretString=stored)
    caplog.set_level(logging.DEBUG, logger="recgate")

    with pytest.raises(SecretRefused) as refusal:
        store.token("broken")()

    error: BaseException | None = refusal.value
    while error is not None:
        assert TOKEN not in f"{error!r} {error} {vars(error)}"
        error = error.__cause__ or error.__context__
    assert TOKEN not in caplog.text
    assert refusal.value.remedy


def test_a_binary_secret_is_refused(aws: LocalAws, store: SecretStore) -> None:
    """A token is text."""
    aws.client("secretsmanager").create_secret(Name="binary", SecretBinary=b"\x00\x01")

    with pytest.raises(SecretRefused, match="not text"):
        store.token("binary")()


def test_a_secret_does_not_show_itself() -> None:
    """Whatever prints it, formats it or packs it away."""
    secret = Secret(TOKEN)

    shown = f"{secret} {secret!r} {secret!s} {secret:>40} {[secret]} " + "%s" % secret  # noqa: UP031

    assert TOKEN not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret == Secret(TOKEN)
    assert secret != Secret("other")
    assert hash(secret) == hash(Secret(TOKEN))


def test_what_no_header_may_hold_is_no_secret() -> None:
    """The HTTP client would quote it in its own error."""
    with pytest.raises(SecretRefused) as refusal:
        checked("xoxb-1\nxoxb-2", what="the token")

    assert "xoxb" not in f"{refusal.value} {refusal.value.remedy}"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://hooks.slack.com/services/x", True),
        ("http://127.0.0.1:8080/services/x", True),
        ("http://[::1]:8080/", True),
        ("http://hooks.slack.com/services/x", False),
        ("http://127.0.0.1.evil.example/", False),
        ("https://", False),
        ("https://host:port/", False),
        ("http://[::1/", False),
        ("", False),
    ],
)
def test_a_secret_travels_encrypted_or_not_at_all(address: str, *, kept: bool) -> None:
    """Plain http is for this machine only."""
    assert keeps_secrets(address) is kept

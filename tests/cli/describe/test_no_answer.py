"""`recgate describe JOB` when there is no answer: one line that says why, and what to do."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from recgate.adapters.described_job.connection import ConfiguredAws, Connection
from recgate.cli.describe.debug_log import SecretFree, botocore_log
from recgate.cli.describe.sources import answer_of
from recgate.dialect.job_names import NamedJob
from tests.cli.describe.local_jobs import ARN, at_a_desk, describe, job, sagemaker_with
from tests.cli.runner import Answer, recgate
from tests.deployed.certificate import write_certificate
from tests.servers.sagemaker import LocalSageMaker

JOB = "churn-v8"
OPERATION = "DescribeInferenceRecommendationsJob"
TOKEN, GRANTED = "the-session-token/of+the==desk", "a-secret-that-was-granted"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSageMaker]:
    at_a_desk(monkeypatch, tmp_path)
    with sagemaker_with(job(JOB)) as started:
        yield started


def refused(answer: Answer) -> str:
    """The one line on standard error of a command that could not tell."""
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1, answer.err
    return answer.err


@pytest.mark.parametrize("output", ["page", "json"])
@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("ThrottlingException", "Rate exceeded", "The same question may be answered later."),
        (
            "AccessDeniedException",
            "User x is not authorized",
            f"allow sagemaker:{OPERATION} on arn:aws:sagemaker:eu-west-1:*:",
        ),
        (
            "ExpiredTokenException",
            "The security token is expired",
            "The AWS credentials have expired (ExpiredTokenException). Get new ones (aws sso login",
        ),
        (
            "UnrecognizedClientException",
            "The security token is invalid",
            "AWS does not know the credentials, or their signature is wrong",
        ),
        ("ValidationException", "1 validation error detected", "1 validation error detected"),
        ("InternalFailure", "", "The same question may be answered later."),
    ],
)
def test_what_aws_refuses_is_told_with_what_to_do(
    code: str, message: str, said: str, output: str, server: LocalSageMaker
) -> None:
    """The same words whatever was to be printed."""
    server.fail(OPERATION, code, message=message, times=2)

    assert said in refused(describe(server, JOB, "--output", output))


@pytest.mark.parametrize("output", ["page", "json"])
def test_a_job_that_is_not_there_is_named(output: str, server: LocalSageMaker) -> None:
    """A person has misspelt it, or looks in another region."""
    said = refused(describe(server, "churn-v9", "--output", output))

    assert said == (
        "recgate: SageMaker could not describe job churn-v9: there is no such job. Check the "
        "job's name, the account and the region.\n"
    )


@pytest.mark.parametrize("output", ["page", "json"])
def test_a_job_of_another_account_is_not_the_one(output: str, server: LocalSageMaker) -> None:
    """Two accounts may have a job of one name."""
    other = f"{ARN}/{JOB}".replace("111122223333", "999999999999")

    said = refused(describe(server, other, "--output", output))

    assert "the credentials are of another account" in said


def test_nobody_who_answers_is_named_with_its_address(server: LocalSageMaker) -> None:
    """Without the password that somebody put into it."""
    said = refused(recgate("describe", JOB, "--endpoint-url", "http://me:hush@127.0.0.1:1"))

    assert said.startswith("recgate: http://‹user›@127.0.0.1:1 cannot be reached")
    assert "hush" not in said


def test_an_answer_that_does_not_come_ends_the_wait(server: LocalSageMaker) -> None:
    """After as many seconds as were asked for."""
    server.hang(OPERATION)

    said = refused(describe(server, JOB, "--cli-read-timeout", "1"))

    assert "did not answer in time. Ask again, or wait longer with --cli-read-timeout" in said


def test_a_connection_that_is_closed_is_no_answer(server: LocalSageMaker) -> None:
    """Not an empty job."""
    server.drop(OPERATION)

    assert "cannot be reached (ConnectionClosedError)" in refused(describe(server, JOB))


def test_without_a_region_it_is_said_where_one_comes_from(
    server: LocalSageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option, the job's ARN, AWS_REGION, AWS_DEFAULT_REGION or the profile."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert "No region says where to ask SageMaker: give --region" in refused(describe(server, JOB))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    assert "No region says where to ask SageMaker: give --region" in refused(describe(server, JOB))
    assert describe(server, f"{ARN}/{JOB}").code == 0
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert describe(server, JOB).code == 0


def test_without_credentials_it_is_said_where_they_come_from(
    server: LocalSageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--no-sign-request needs none."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    said = refused(describe(server, JOB))

    assert said.startswith(f"recgate: No AWS credentials to ask {server.endpoint_url} with: ")
    assert "--no-sign-request asks without." in said
    assert describe(server, JOB, "--no-sign-request", "--output", "json").code == 0


def test_a_profile_that_is_not_there_is_named(server: LocalSageMaker, tmp_path: Path) -> None:
    """With the one that was meant, or those that there are."""
    keys = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = the-secret-of-prod\n"
    config = f"[default]\n[profile prod]\nregion = eu-west-1\n{keys}"
    (tmp_path / "aws-config").write_text(config, "utf-8")

    near = refused(describe(server, JOB, "--profile", "prodd"))
    far = refused(describe(server, JOB, "--profile", "xyz"))

    assert "has no profile 'prodd', did you mean prod?" in near
    assert "has no profile 'xyz'; there are default, prod." in far
    assert describe(server, JOB, "--profile", "prod", "--query", "Status").code == 0


def test_a_format_of_times_that_there_is_not_is_named(
    server: LocalSageMaker, tmp_path: Path
) -> None:
    """The AWS CLI ends with a ValueError there."""
    (tmp_path / "aws-config").write_text("[default]\ncli_timestamp_format = unix\n", "utf-8")

    said = refused(describe(server, JOB, "--output", "json"))

    assert "cli_timestamp_format = 'unix', which is neither iso8601 nor wire" in said


# --- TLS -------------------------------------------------------------------------------------


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        content = b'{"JobName": "x", "Status": "FAILED", "InputConfig": {}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class _Quiet(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust the certificate hangs up."""


@contextmanager
def encrypted(folder: Path) -> Iterator[tuple[str, Path]]:
    """A server with a certificate that nobody knows; gives its address and the certificate."""
    certificate, key = write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = _Quiet(("127.0.0.1", 0), _Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}", certificate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_certificate_is_looked_at_unless_one_says_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused; trusted by its authority; or not looked at, which is said."""
    at_a_desk(monkeypatch, tmp_path)
    with encrypted(tmp_path) as (address, certificate):
        asked = ("describe", "x", "--query", "Status", "--endpoint-url", address)

        said = refused(recgate(*asked))
        trusted = recgate(*asked, "--ca-bundle", certificate)
        blind = recgate(*asked, "--no-verify-ssl")

    assert said == (
        f"recgate: The certificate of {address} was refused: self-signed certificate. Name the "
        "authority that signed it with --ca-bundle FILE (or AWS_CA_BUNDLE); --no-verify-ssl asks "
        "without looking at it.\n"
    )
    assert (trusted.code, trusted.out, trusted.err) == (0, '"FAILED"\n', "")
    assert (blind.code, blind.out) == (0, '"FAILED"\n')
    assert blind.err == (
        f"recgate: nobody knows who answers at {address}: its certificate is not looked at "
        "(--no-verify-ssl).\n"
    )


# --- --debug -----------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["page", "json"])
def test_the_log_has_no_secret_in_it(
    output: str, server: LocalSageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the keys, nor the session's token, nor the signature; the answer stays alone."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", GRANTED)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    plain = describe(server, JOB, "--output", output)

    answer = describe(server, JOB, "--output", output, "--debug")

    assert (answer.code, answer.out) == (0, plain.out)
    assert "botocore.endpoint DEBUG Sending http request" in answer.err
    assert "‹secret›" in answer.err
    for secret in (TOKEN, GRANTED):
        assert secret not in answer.err
    signatures = [line for line in answer.err.splitlines() if "Signature=" in line]
    assert signatures
    assert all("Signature=‹secret›" in line for line in signatures)


def test_the_log_of_credentials_from_a_file_has_none_either(
    server: LocalSageMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in no variable, and the clients know them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / "no-credentials").write_text(
        f"[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {GRANTED}\n"
        f"aws_session_token = {TOKEN}\n",
        "utf-8",
    )

    answer = describe(server, JOB, "--output", "json", "--debug")

    assert answer.code == 0
    assert TOKEN not in answer.err
    assert GRANTED not in answer.err


@pytest.mark.parametrize(
    "message",
    [
        f"Response body:\nb'<SecretAccessKey>{GRANTED}</SecretAccessKey>'",
        f'Response body:\nb\'{{"accessToken":"{GRANTED}"}}\'',
        f"Sending: headers={{'Authorization': b'Bearer {GRANTED}'}}",
        f"x-amz-security-token:b{GRANTED}",
        f"x-amz-security-token:{GRANTED}\n\nhost;x-amz-date",
        f"headers={{'X-Amz-Security-Token': b'{GRANTED}', 'X': b'1'}}",
        f"x-aws-ec2-metadata-token: {GRANTED}",
        f"Sending to https://user:{GRANTED}@proxy:8080",
        f"params {{'ClientSecret': '{GRANTED}', 'refresh_token': '{GRANTED}'}}",
    ],
)
def test_what_is_granted_on_the_way_is_not_logged(message: str) -> None:
    """By STS, by SSO, by the instance; to a proxy."""
    import logging

    record = logging.LogRecord("botocore", logging.DEBUG, "", 0, message, None, None)

    written = SecretFree().format(record)

    assert GRANTED not in written
    assert "‹secret›" in written


def test_a_secret_that_is_known_is_blotted_out_wherever_it_stands(
    server: LocalSageMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the environment from the start, one of the clients as soon as they have it."""
    import logging

    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    in_variables = SecretFree()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    (tmp_path / "no-credentials").write_text(
        f"[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {GRANTED}\n", "utf-8"
    )
    in_a_file = SecretFree()
    with closing(ConfiguredAws(Connection(endpoint_url=server.endpoint_url))) as aws:
        answer_of(NamedJob(JOB), aws, in_a_file)

    for formatter, secret in ((in_variables, TOKEN), (in_a_file, GRANTED)):
        record = logging.LogRecord("botocore", logging.DEBUG, "", 0, f"<{secret}>", None, None)
        assert formatter.format(record).endswith("<‹secret›>")


@pytest.mark.parametrize("first", "0123456789abcdef")
def test_no_letter_of_a_signature_is_left(first: str) -> None:
    """Not even a b, which looks like the mark of bytes."""
    import logging

    message = f"Signature={first}{'0' * 63}\nSignature:\n{first}{'0' * 63}"
    record = logging.LogRecord("botocore", logging.DEBUG, "", 0, message, None, None)

    written = SecretFree().format(record)

    assert written.endswith("Signature=‹secret›\nSignature:\n‹secret›")


def test_the_log_ends_with_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever runs several commands in one process gets the log of one."""
    import logging

    before = logging.getLogger("botocore").level

    with botocore_log(wanted=True):
        logging.getLogger("botocore.x").debug("during \x1b[2J")
    logging.getLogger("botocore.x").debug("after")

    said = capsys.readouterr().err
    assert "during \\u001b[2J" in said
    assert "after" not in said
    assert logging.getLogger("botocore").level == before


def test_debug_shows_where_an_error_came_from(server: LocalSageMaker) -> None:
    """And without it there is no traceback."""
    server.fail(OPERATION, "AccessDeniedException", times=2)

    plain, full = describe(server, JOB), describe(server, JOB, "--debug")

    assert "Traceback" not in plain.err
    assert "Traceback" in full.err
    assert (plain.code, full.code) == (2, 2)

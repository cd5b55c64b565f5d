"""SageMaker's own answer about one job, and why there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recgate.adapters.described_job.connection import without_user
from recgate.aws_asking import asked
from recgate.dialect.aws_refusals import Question
from recgate.dialect.job_names import NamedJob
from recgate.ports import JobNotFound, JobSourceBusy, JobSourceRefused, RecgateError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN_KEYS = frozenset(
    {
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


def described(sagemaker: "SageMakerClient", job: NamedJob) -> dict[str, Any]:
    """The answer of Describe without ResponseMetadata, in the order of the service model.

    Raises JobNotFound, JobSourceBusy, JobSourceRefused; the last also when the job's ARN is of
    another account.
    """
    with explained(sagemaker), asked(_question(sagemaker, job)):
        answer: dict[str, Any] = dict(
            sagemaker.describe_inference_recommendations_job(JobName=job.name)
        )
    answer.pop("ResponseMetadata", None)
    refuse_other_account(job, answer.get("JobArn"))
    return answer


def refuse_other_account(job: NamedJob, arn: str | None) -> None:
    """A job of that name in another account is not the job. Raises JobSourceRefused."""
    if job.arn and arn and job.arn != arn:
        raise JobSourceRefused(
            f"SageMaker has a job {job.name} here, but it is {arn} and not {job.arn}: the "
            "credentials are of another account. Choose others with --profile."
        )


@contextmanager
def explained(sagemaker: "SageMakerClient") -> Iterator[None]:
    """Say of what went wrong inside what the options of the connection can do about it."""
    try:
        yield
    except (JobSourceBusy, JobSourceRefused) as problem:
        better = _better(problem, without_user(sagemaker.meta.endpoint_url))
        if better is None:
            raise
        # The context of a wrong signature may hold the request's headers.
        raise better from problem.__cause__


def _question(sagemaker: "SageMakerClient", job: NamedJob) -> Question:
    meta = sagemaker.meta
    place = f"arn:{meta.partition}:sagemaker:{meta.region_name}:*"
    return Question(
        "SageMaker",
        f"describe job {job.name}",
        "sagemaker:DescribeInferenceRecommendationsJob",
        job.arn or f"{place}:inference-recommendations-job/{job.name}",
        JobNotFound,
    )


def _better(problem: RecgateError, endpoint: str) -> RecgateError | None:
    """The problem in words about this connection; None: it says all that there is to say."""
    from botocore import exceptions

    cause = problem.__cause__ or problem.__context__
    if isinstance(cause, exceptions.ClientError):
        return _about_credentials(str(cause.response.get("Error", {}).get("Code", "")))
    if isinstance(cause, exceptions.SSLError):
        return JobSourceRefused(
            f"The certificate of {endpoint} was refused: {_reason(cause)}. Name the authority "
            "that signed it with --ca-bundle FILE (or AWS_CA_BUNDLE); --no-verify-ssl asks "
            "without looking at it."
        )
    if isinstance(cause, exceptions.ReadTimeoutError):
        return JobSourceBusy(
            f"{endpoint} took the question and did not answer in time. Ask again, or wait "
            "longer with --cli-read-timeout SECONDS (0: for ever)."
        )
    if isinstance(cause, exceptions.HTTPClientError | exceptions.ConnectionError):
        return JobSourceBusy(
            f"{endpoint} cannot be reached ({type(cause).__name__}). Check --region and "
            "--endpoint-url, the network and its proxies; --cli-connect-timeout says how long "
            "to try."
        )
    if isinstance(cause, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return JobSourceRefused(
            f"No AWS credentials to ask {endpoint} with: {str(cause).rstrip('.')}. Log in (aws "
            "sso login, aws configure), or name a profile with --profile or AWS_PROFILE; "
            "--no-sign-request asks without."
        )
    if isinstance(
        cause,
        exceptions.SSOError | exceptions.TokenRetrievalError | exceptions.CredentialRetrievalError,
    ):
        return JobSourceRefused(
            f"No AWS credentials to ask {endpoint} with: {str(cause).rstrip('.')}. Log in again "
            "(aws sso login), or name another profile with --profile or AWS_PROFILE."
        )
    return None


def _about_credentials(code: str) -> RecgateError | None:
    if code in _EXPIRED:
        return JobSourceRefused(
            f"The AWS credentials have expired ({code}). Get new ones (aws sso login, or those "
            "of the role), or name another profile with --profile."
        )
    if code in _UNKNOWN_KEYS:
        return JobSourceRefused(
            f"AWS does not know the credentials, or their signature is wrong ({code}). Check "
            "AWS_ACCESS_KEY_ID and its secret, the --profile, the --region and this machine's "
            "clock."
        )
    return None


def _reason(problem: Exception) -> str:
    """What OpenSSL says, out of the layers of exceptions around it."""
    inner: BaseException = problem
    error = getattr(problem, "kwargs", {}).get("error")
    while isinstance(error, BaseException):
        inner, error = error, getattr(error, "reason", None) or (error.args or (None,))[-1]
    words = getattr(inner, "verify_message", None) or getattr(inner, "reason", None) or str(inner)
    return " ".join(str(words).split())[:200]

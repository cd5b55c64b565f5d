"""Questions to SageMaker and CloudWatch: what boto3 raises becomes the errors of the job ports."""

from collections.abc import Iterator
from contextlib import contextmanager

from recgate.dialect.aws_refusals import Question, classified, is_quotable, refusal, unanswered
from recgate.ports import JobSourceBusy, JobSourceRefused


def never_sent() -> tuple[type[Exception], ...]:
    """What botocore raises before it asks: asking again is of no use until something is mended."""
    from botocore import exceptions

    return (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.TokenRetrievalError,
        exceptions.SSOError,
        exceptions.NoRegionError,
        exceptions.InvalidRegionError,
        exceptions.ParamValidationError,
    )


@contextmanager
def asked(question: Question) -> Iterator[None]:
    """Turn what boto3 raises inside into JobSourceBusy, JobSourceRefused, or what the question says
    about something that is not there.
    """
    # Whoever has a client has loaded botocore already: this costs nothing.
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    try:
        yield
    except exceptions.ClientError as error:
        # The cause is printed with the error, so it stays away where its message must.
        quotable = is_quotable(error.response.get("Error", {}).get("Code", ""))
        raise classified(error.response, question) from (error if quotable else None)
    except never_sent() as error:
        raise JobSourceRefused(refusal(question, type(error).__name__, str(error))) from error
    except (exceptions.BotoCoreError, ResponseParserError) as error:
        raise JobSourceBusy(unanswered(question, type(error).__name__)) from error

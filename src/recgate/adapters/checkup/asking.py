"""Questions to AWS: what boto3 raises becomes "not there", or why nobody could look."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from recgate.flows.checkup.facts import CannotLook, NotThere

# mypy_boto3_* of these services are not installed: a desk makes one or two calls of each.
Client = Any

_DENIED = frozenset(
    {
        "403",  # what HeadBucket has instead of a code
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "KMSAccessDeniedException",
        "UnauthorizedOperation",
    }
)
_MISSING = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NoSuchEntity",
        "NoSuchEntityException",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "TrailNotFoundException",
    }
)
_MISSING_WORDS = "does not exist"
"""CloudFormation has one code, ValidationError, for whatever is not there or not well said."""


@contextmanager
def asked(what: str, action: str, resource: str) -> Iterator[None]:
    """Say in words what boto3 raises inside: CannotLook, NotThere.

    ``what`` is what is asked for, ``action`` the permission that it needs on ``resource``.
    Messages of AWS are not repeated: some quote what was sent.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        code = str(said.get("Code", "unknown"))
        if code in _MISSING or (
            code == "ValidationError" and _MISSING_WORDS in str(said.get("Message", ""))
        ):
            raise NotThere(f"{what}: {code}") from None
        if code in _DENIED:
            raise CannotLook(
                f"these credentials may not {what}", remedy=f"allow {action} on {resource}"
            ) from None
        raise CannotLook(f"AWS did not {what}: {code}", remedy="try again") from None
    except ParamValidationError:
        raise CannotLook(f"AWS cannot be asked to {what}: a name has a wrong form") from None
    except (BotoCoreError, ResponseParserError, LookupError, ValueError) as error:
        # botocore takes any 200 for an answer (a proxy's page, too), and what is read of it inside
        # is then not there.
        why = type(error).__name__
        raise CannotLook(
            f"AWS did not {what}: {why}", remedy="check the network and --endpoint-url, try again"
        ) from None

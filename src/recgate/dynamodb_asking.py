"""Questions to DynamoDB: what boto3 raises becomes the errors of the port that a table serves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recgate.dialect.dynamodb_answers import (
    CONDITION_FAILED,
    Table,
    code_of,
    is_quotable,
    port_error,
    reasons_of,
)

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

Item = Mapping[str, Mapping[str, Any]]
"""An item as the low-level client has it: attribute → {type: value}."""


def item_in_the_way(refusal: "ClientError", *, place: int) -> Item | None:
    """The item whose being there the condition forbade; None if that is not why it failed.

    In a transaction the condition is that of the action at ``place``. {} where the answer does
    not show the item.
    """
    if code_of(refusal.response) in CONDITION_FAILED:
        return _shown(refusal.response)
    reasons = reasons_of(refusal.response)
    if reasons and reasons[place].get("Code") in CONDITION_FAILED:
        return _shown(reasons[place])
    return None


def refuse_foreign(
    answer: Mapping[str, Any], failure: str, table: Table, *, member: str = ""
) -> None:
    """Raise the port's error for an answer that DynamoDB did not give.

    Botocore takes any page with status 200, a proxy's too; DynamoDB's says that it is JSON, and
    has the ``member``, if it always has one.
    """
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if "json" not in headers.get("content-type", "json") or (member and member not in answer):
        raise table.unavailable(f"{failure}: the answer is not DynamoDB's; try again")


def _shown(answer: Mapping[str, Any]) -> Item:
    item: Item = answer.get("Item") or {}
    return item


@contextmanager
def reporting(failure: str, table: Table) -> Iterator[None]:
    """Say an error of the client's in the words of the port; ``failure`` says what was done."""
    from botocore.exceptions import BotoCoreError, ChecksumError, ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as NotConnected

    try:
        yield
    except ClientError as error:
        # The cause is printed with the error, so it stays away where its message must.
        cause = error if is_quotable(error.response) else None
        raise port_error(error.response, failure, table=table) from cause
    except (NotConnected, HTTPClientError, ChecksumError) as error:
        raise table.unavailable(f"{failure}: {error}; try again") from error
    except BotoCoreError as error:
        raise table.refused(f"{failure}: {error}; check region and credentials") from error

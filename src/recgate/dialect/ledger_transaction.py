"""The one transaction that writes a record into the ledger's DynamoDB table, and its refusals.

    the entry before it   must be there        (not for the first entry of a stream)
    the entry             put, or told where its link is; its place must be free, or it unchanged
    its link              put; its place must be free
    the head              moved to the link, if it is where the link goes on from
    the name              added to those of the chains  (for the first link of a chain)

Whoever cannot do all of it does nothing. DynamoDB says of each action whether it was refused, but
not that the others were not: one refusal is enough for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from recgate.dialect.chain_item import (
    CHAINS,
    Item,
    head_stream,
    key_of,
    links_stream,
)
from recgate.dialect.dynamodb_answers import (
    CONDITION_FAILED,
    Response,
    code_of,
    may_pass,
    reasons_of,
)
from recgate.dialect.ledger_link import NewLink
from recgate.domain.link import Head

Action = Mapping[str, Mapping[str, Any]]
"""One action of a transaction: its kind → what it is to do."""


class Part(StrEnum):
    """What an action of the transaction is about, as it is told to people."""

    BEFORE = "the entry before it"
    ENTRY = "the entry"
    LINK = "its link"
    HEAD = "the head of the chain"
    NAME = "the name of the chain"


def actions_for(
    table: str, new: NewLink, *, entry: Action, before: Action | None, head: Head | None
) -> dict[Part, Action]:
    """The actions in their order, for a link behind ``head`` (None: the chain is new)."""
    actions = {} if before is None else {Part.BEFORE: before}
    actions |= {
        Part.ENTRY: entry,
        Part.LINK: _put_when_free(table, link_item(new)),
        Part.HEAD: _moved_head(table, new, head),
    }
    if head is None:
        actions[Part.NAME] = _added_name(table, new.link.chain)
    return actions


def link_item(new: NewLink) -> dict[str, Mapping[str, Any]]:
    """The item that keeps a link."""
    link = new.link
    return key_of(links_stream(link.chain), link.sequence) | {"link": {"B": new.document}}


def place_of_link(chain: str, sequence: int) -> dict[str, Mapping[str, Any]]:
    """What an entry's item says of where its link is."""
    return {"chain": {"S": chain}, "sequence": {"N": str(sequence)}}


def put_entry(table: str, item: Item, new: NewLink) -> Action:
    """Put the entry's item, with where its link is, if its place is free."""
    return _put_when_free(table, {**item, **place_of_link(new.link.chain, new.link.sequence)})


def check_there(table: str, stream: str, position: int) -> Action:
    """Only if there is an entry."""
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": key_of(stream, position),
            "ConditionExpression": "attribute_exists(#stream)",
            "ExpressionAttributeNames": {"#stream": "stream"},
        }
    }


def adopt_entry(
    table: str, item: Item, new: NewLink, *, found_by: Item, adoption_id: str
) -> Action:
    """Tell an entry's item where its link is, if it is unchanged and has none.

    ``found_by`` is what puts it into the indexes; what it has of these stays.
    """
    same = ("kind", "key", "recorded_at", "body")
    told = {**place_of_link(new.link.chain, new.link.sequence), "adoption_id": {"S": adoption_id}}
    sets = [f"#{name} = :{name}" for name in told]
    sets += [f"#{name} = if_not_exists(#{name}, :{name})" for name in found_by]
    conditions = ["attribute_not_exists(#chain)", *(f"#{name} = :{name}" for name in same)]
    values = {**told, **found_by, **{name: item[name] for name in same}}
    return {
        "Update": {
            "TableName": table,
            "Key": {name: item[name] for name in ("stream", "position")},
            "UpdateExpression": f"SET {', '.join(sets)}",
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def _put_when_free(table: str, item: Item) -> Action:
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#stream)",
            "ExpressionAttributeNames": {"#stream": "stream"},  # a reserved word, as others here
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def _moved_head(table: str, new: NewLink, head: Head | None) -> Action:
    names = {"#sequence": "sequence", "#digest": "digest"}
    values = {":sequence": {"N": str(new.head.sequence)}, ":digest": {"S": new.head.digest}}
    if head is None:
        condition = "attribute_not_exists(#stream)"
        names["#stream"] = "stream"
    else:
        condition = "#sequence = :before AND #digest = :previous"
        values |= {":before": {"N": str(head.sequence)}, ":previous": {"S": head.digest}}
    return {
        "Update": {
            "TableName": table,
            "Key": key_of(head_stream(new.link.chain), 0),
            "UpdateExpression": "SET #sequence = :sequence, #digest = :digest",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def _added_name(table: str, chain: str) -> Action:
    return {
        "Update": {
            "TableName": table,
            "Key": key_of(CHAINS, 0),
            "UpdateExpression": "ADD #names :names",
            "ExpressionAttributeNames": {"#names": "names"},
            "ExpressionAttributeValues": {":names": {"SS": [chain]}},
        }
    }


# --- what a refusal means ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Why nothing of a transaction was done.

    ``in_the_way`` is for each part whose condition did not hold the item that was there, {} where
    the answer does not show it. ``codes`` are the other reasons, in the way of each other
    (``TransactionConflict``), throttled, or wrong.
    """

    in_the_way: Mapping[Part, Item]
    codes: Sequence[str]

    @property
    def is_a_race(self) -> bool:
        """Whether somebody else was faster, or it may be possible in a moment: not for a gap."""
        if Part.ENTRY in self.in_the_way:
            return True
        return Part.BEFORE not in self.in_the_way and all(map(may_pass, self.codes))

    @property
    def told(self) -> str:
        """The reasons for people."""
        return ", ".join([*(f"{part} has changed" for part in self.in_the_way), *self.codes])


def cancelled_by(response: Response, parts: Sequence[Part]) -> Cancelled | None:
    """What an error answer to the transaction means for its parts.

    None for an answer that is not about them: the transaction may not have been looked at.
    """
    code = code_of(response)
    if code == "TransactionInProgressException":  # a repetition of the client's came too early
        return Cancelled({}, (code,))
    reasons = reasons_of(response)
    if len(reasons) != len(parts):
        return None
    codes = [str(reason.get("Code", "None")) for reason in reasons]
    return Cancelled(
        {
            part: reason.get("Item") or {}
            for part, reason, code in zip(parts, reasons, codes, strict=True)
            if code in CONDITION_FAILED
        },
        tuple(code for code in codes if code != "None" and code not in CONDITION_FAILED),
    )

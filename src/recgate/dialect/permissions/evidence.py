"""What it takes to make evidence of what is recorded, and to check it."""

from collections.abc import Iterator

from recgate.dialect.permissions.in_force import InForce
from recgate.dialect.permissions.statement import Condition, Statement

_CHAINS = "chains"
_HEADS, _SEALED, _LINKS, _CHECKPOINTS = "chain-head:*", "chain-sealed:*", "chain:*", "checkpoint:*"
"""The streams of the ledger table that hold what chains its entries, by their first words."""


def move_heads(ledger: str) -> Statement:
    """What a new link changes: the head of its chain. ``ledger`` is the table's ARN."""
    return Statement(
        "MoveHeads",
        "The heads of the chains, which every new link moves; no other item may be changed.",
        ("dynamodb:UpdateItem",),
        (ledger,),
        _on_streams(_CHAINS, _HEADS),
    )


def not_what_seals() -> Condition:
    """Any entry and any link, and nothing that tells what is sealed or where a chain ends."""
    return {
        "ForAllValues:StringNotLike": {
            "dynamodb:LeadingKeys": (_CHAINS, _HEADS, _SEALED, _CHECKPOINTS)
        }
    }


def keep_seals(ledger: str) -> Iterator[Statement]:
    """What the sealer writes into the ledger: seals, and a checkpoint of each chain every day."""
    yield Statement(
        "KeepSeals",
        "The seal beside a link, up to where all is sealed, and the heads, which a checkpoint "
        "moves.",
        ("dynamodb:UpdateItem",),
        (ledger,),
        _on_streams(_CHAINS, _HEADS, _SEALED, _LINKS),
    )
    yield Statement(
        "RecordCheckpoints",
        "The checkpoint of a chain and its link; no other entry may be written.",
        ("dynamodb:ConditionCheckItem", "dynamodb:PutItem"),
        (ledger,),
        _on_streams(_LINKS, _CHECKPOINTS),
    )


def read_evidence(config: InForce) -> Iterator[Statement]:
    """What `recgate audit verify` and the doctor look at beside the ledger."""
    if config.archive:
        bucket = f"arn:{config.partition}:s3:::{config.archive}"
        yield Statement(
            "ReadEvidence",
            "audit verify: every version of an archived record, and how it is locked.",
            ("s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"),
            (f"{bucket}/records/*",),
        )
        yield Statement(
            "ListEvidence",
            "audit verify, doctor: which versions there are, and whether the bucket locks them.",
            ("s3:GetBucketObjectLockConfiguration", "s3:ListBucketVersions"),
            (bucket,),
        )
    if config.signing_key:
        yield Statement(
            "CheckSignatures",
            "audit verify, doctor: the public key that checks the signatures, and its state.",
            ("kms:DescribeKey", "kms:GetPublicKey"),
            (config.signing_key,),
        )


def adopt_statements(config: InForce) -> tuple[Statement, ...]:
    """What `recgate audit adopt` needs, once: it tells older entries where their links are.

    No function and no desk has it, since with it any entry could be changed.
    """
    return (
        Statement(
            "AdoptOlderRecords",
            "audit adopt: link what was recorded by a version without chains. With this any entry "
            "could be changed: attach it for that one command, and take it away again.",
            (
                "dynamodb:BatchGetItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:UpdateItem",
            ),
            (config.arn("dynamodb", f"table/{config.ledger_table or 'LEDGER_TABLE'}"),),
        ),
    )


def _on_streams(*streams: str) -> Condition:
    """Only items of these streams; a call may name several, hence ForAllValues.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": streams}}

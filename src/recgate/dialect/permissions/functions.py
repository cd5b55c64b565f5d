"""What the deployed functions must be allowed: template.yaml's roles, statement by statement.

A test compares the two, and the actions with the calls in the adapters.
"""

from collections.abc import Iterator

from recgate.dialect.permissions.evidence import keep_seals, move_heads, not_what_seals
from recgate.dialect.permissions.in_force import InForce
from recgate.dialect.permissions.parts import (
    announce,
    judge,
    keep_pages,
    list_jobs,
    publish,
    read_members,
    read_secrets,
    remember,
    write_logs,
    write_traces,
)
from recgate.dialect.permissions.statement import Statement

_ALL = ("*",)
_READ_SECRET, _READ_PARAMETER = "secretsmanager:GetSecretValue", "ssm:GetParameter"


def function_statements(config: InForce) -> tuple[Statement, ...]:
    """All three functions."""
    return (
        *check_statements(config),
        *watch_statements(config),
        *seal_statements(config),
    )


def check_statements(config: InForce) -> tuple[Statement, ...]:
    """The check function."""
    return tuple(_check(config))


def watch_statements(config: InForce) -> tuple[Statement, ...]:
    """The watch function."""
    return tuple(_watch(config))


def seal_statements(config: InForce) -> tuple[Statement, ...]:
    """The seal function."""
    return tuple(_seal(config))


def _check(config: InForce) -> Iterator[Statement]:
    ledger = config.arn("dynamodb", f"table/{config.ledger_table or 'LEDGER_TABLE'}")
    queue = config.arn("sqs", config.queue or "NOTICE_QUEUE")
    letters = config.arn("sqs", config.dead_letters or "DEAD_LETTER_QUEUE")
    bucket = config.bucket or "REPORTS_BUCKET"
    yield from judge(config)
    yield Statement(
        "AppendToLedger",
        "Recording, append only: nothing may be deleted, and no checkpoint, no mark and no head "
        "may be put.",
        ("dynamodb:PutItem",),
        (ledger,),
        not_what_seals(),
    )
    yield Statement(
        "ReadLedger",
        "What is recorded, and whether a place is free.",
        ("dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query"),
        (ledger,),
    )
    yield move_heads(ledger)
    yield Statement(
        "FindDecisions",
        "What was decided on a day, for the digest.",
        ("dynamodb:Query",),
        (f"{ledger}/index/decisions-by-day",),
    )
    yield Statement(
        "ReadFoundDecisions",
        "The decisions that the index named.",
        ("dynamodb:BatchGetItem",),
        (ledger,),
    )
    yield keep_pages(config, bucket)
    yield from publish(config, config.topic or config.arn("sns", "NOTICE_TOPIC"))
    yield Statement(
        "TakeNotices",
        "Lambda polls the queue as this role; an event that is too early is postponed.",
        (
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
        ),
        (queue,),
    )
    yield Statement(
        "RemindItself",
        "A reminder to look at a running job again, where a route shows progress.",
        ("sqs:SendMessage",),
        (queue,),
    )
    yield Statement(
        "ParkWhatIsNotUnderstood",
        "Events that it cannot handle, with the reason.",
        ("sqs:SendMessage",),
        (letters,),
    )
    yield from write_logs(config, "WriteLogs", config.check_log_group or "CHECK_LOG_GROUP")
    yield write_traces("WriteTraces")
    if config.members:
        yield read_members(config, "ReadJobsOfMembers", "The same reading in the member accounts.")
    yield from read_secrets(config)


def _watch(config: InForce) -> Iterator[Statement]:
    ledger = config.arn("dynamodb", f"table/{config.ledger_table or 'LEDGER_TABLE'}")
    yield list_jobs(config)
    yield from announce(config)
    yield remember(config, config.watch_table or "WATCH_TABLE")
    yield Statement(
        "LookForDecisions",
        "Whether a job that ended has its decision; reading only.",
        ("dynamodb:Query",),
        (ledger,),
    )
    yield from write_logs(config, "WriteWatchLogs", config.watch_log_group or "WATCH_LOG_GROUP")
    yield write_traces("WriteWatchTraces")
    if config.members:
        yield read_members(config, "ListJobsOfMembers", "Listing in the member accounts.")


def _seal(config: InForce) -> Iterator[Statement]:
    ledger = config.arn("dynamodb", f"table/{config.ledger_table or 'LEDGER_TABLE'}")
    archive = config.archive or "EVIDENCE_BUCKET"
    yield Statement(
        "ReadRecords",
        "What is recorded and linked: the very bytes that are signed.",
        ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"),
        (ledger,),
    )
    yield from keep_seals(ledger)
    yield Statement(
        "Archive",
        "The envelope of a record, under a name that is free; what is there already is compared.",
        ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
        (f"arn:{config.partition}:s3:::{archive}/records/*",),
    )
    yield Statement(
        "LookAtTheArchive",
        "Whether it keeps versions at all, and which one of a taken name is its own.",
        ("s3:GetBucketVersioning", "s3:ListBucketVersions"),
        (f"arn:{config.partition}:s3:::{archive}",),
    )
    yield Statement(
        "Sign",
        "The one key: to sign, and to check a signature that is there already.",
        ("kms:Sign", "kms:Verify"),
        (config.signing_key or config.arn("kms", "key/EVIDENCE_KEY"),),
    )
    yield from write_logs(config, "WriteSealLogs", config.seal_log_group or "SEAL_LOG_GROUP")
    yield write_traces("WriteSealTraces")

"""What the deployed functions must be allowed: template.yaml's roles, statement by statement.

A test compares the two, and the actions with the calls in the adapters.
"""

from collections.abc import Iterator

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
    """Both functions."""
    return (*check_statements(config), *watch_statements(config))


def check_statements(config: InForce) -> tuple[Statement, ...]:
    """The check function."""
    return tuple(_check(config))


def watch_statements(config: InForce) -> tuple[Statement, ...]:
    """The watch function."""
    return tuple(_watch(config))


def _check(config: InForce) -> Iterator[Statement]:
    ledger = config.arn("dynamodb", f"table/{config.ledger_table or 'LEDGER_TABLE'}")
    queue = config.arn("sqs", config.queue or "NOTICE_QUEUE")
    letters = config.arn("sqs", config.dead_letters or "DEAD_LETTER_QUEUE")
    bucket = config.bucket or "REPORTS_BUCKET"
    yield from judge(config)
    yield Statement(
        "AppendToLedger",
        "Recording, append only: nothing may be updated or deleted.",
        (
            "dynamodb:ConditionCheckItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
        ),
        (ledger,),
    )
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

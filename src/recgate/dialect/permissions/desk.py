"""What a person at a desk must be allowed, for the commands of recgate on one configuration."""

from collections.abc import Iterator

from recgate.dialect.permissions.evidence import move_heads, read_evidence
from recgate.dialect.permissions.in_force import InForce
from recgate.dialect.permissions.parts import (
    announce,
    judge,
    keep_pages,
    list_jobs,
    publish,
    read_secrets,
    remember,
)
from recgate.dialect.permissions.statement import Statement

_ALL = ("*",)


def reader_statements(config: InForce) -> tuple[Statement, ...]:
    """Reading jobs and decisions: check without --record, describe, watch, report, explain,
    audit.
    """
    return tuple(_reader(config))


def judging_statements(config: InForce) -> tuple[Statement, ...]:
    """What a desk needs for anything at all: jobs, and what was decided."""
    return tuple(_judge(config))


def desk_statements(config: InForce) -> tuple[Statement, ...]:
    """All commands: those of a reader, check --record --notify, sweep, redrive, notify, doctor."""
    return (*_reader(config), *_writer(config), *_doctor(config))


def _reader(config: InForce) -> Iterator[Statement]:
    yield from _judge(config)
    yield from read_evidence(config)


def _judge(config: InForce) -> Iterator[Statement]:
    yield from judge(config)
    yield list_jobs(config)
    if config.stack:
        yield Statement(
            "FindTheStack",
            "What --stack stands for: its functions and what they were told.",
            ("cloudformation:DescribeStackResource", "lambda:GetFunctionConfiguration"),
            (
                config.arn("cloudformation", f"stack/{config.stack}/*"),
                *(config.arn("lambda", f"function:{name}") for name in config.functions),
            ),
        )
    if config.ledger_table:
        ledger = config.arn("dynamodb", f"table/{config.ledger_table}")
        yield Statement(
            "ReadLedger",
            "What was recorded: report, explain, digest, backtest, audit (verify reads all of it).",
            ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"),
            (ledger,),
        )
        yield Statement(
            "FindDecisions",
            "Decisions by their day, by their key and by their model.",
            ("dynamodb:Query",),
            tuple(f"{ledger}/index/decisions-by-{each}" for each in ("day", "id", "model")),
        )


def _writer(config: InForce) -> Iterator[Statement]:
    if config.ledger_table:
        yield Statement(
            "AppendToLedger",
            "check --record; nothing may be deleted.",
            ("dynamodb:ConditionCheckItem", "dynamodb:PutItem"),
            (config.arn("dynamodb", f"table/{config.ledger_table}"),),
        )
        yield move_heads(config.arn("dynamodb", f"table/{config.ledger_table}"))
    if config.bucket:
        yield keep_pages(config, config.bucket)
    yield from publish(config, config.topic)
    yield from read_secrets(config)
    if config.watch_table:
        yield from announce(config)
        yield remember(config, config.watch_table)
    if config.dead_letters:
        yield Statement(
            "TakeDeadLetters",
            "redrive: look at what could not be handled, and take what is moved.",
            ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"),
            (config.arn("sqs", config.dead_letters),),
        )
    if config.queue:
        yield Statement(
            "PutThemBack",
            "redrive: back to the queue.",
            ("sqs:SendMessage",),
            (config.arn("sqs", config.queue),),
        )
    if config.members:
        yield Statement(
            "ReachMembers",
            "sweep and check in the member accounts, whose role has to trust you, too.",
            ("sts:AssumeRole",),
            (f"arn:{config.partition}:iam::*:role/{config.member_role}",),
            {"StringEquals": {"aws:ResourceAccount": config.members}},
        )


def _doctor(config: InForce) -> Iterator[Statement]:
    yield from _look_at_places(config)
    topics = tuple(topic for topic in (config.topic, *config.topics) if topic)
    if topics:
        yield Statement(
            "LookAtSubscribers",
            "doctor, notify test: who hears a topic.",
            ("sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic"),
            topics,
            is_tried=True,
        )
    yield Statement(
        "LookAtTrails",
        "doctor: whether CloudTrail tells who started a job; a trail may be of another region, or "
        "the organisation's.",
        ("cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"),
        (f"arn:{config.partition}:cloudtrail:*:*:trail/*",),
        is_tried=True,
    )
    yield Statement(
        "ListTrails",
        "doctor: which trails there are. IAM knows no resource for it.",
        ("cloudtrail:DescribeTrails",),
        _ALL,
        is_tried=True,
    )
    if config.stack:
        yield from _look_at_the_stack(config)
    role = f"{config.you}" if ":role/" in config.you else ""
    simulated = tuple(dict.fromkeys(arn for arn in (config.you, *config.roles) if arn))
    if simulated:
        yield Statement(
            "LookAtPermissions",
            "doctor: what you and the functions may do.",
            ("iam:SimulatePrincipalPolicy",),
            simulated,
            is_tried=True,
        )
    if role:
        yield Statement(
            "LookAtYourRole",
            "doctor: the path of your role, which a session does not tell.",
            ("iam:GetRole",),
            (role,),
            is_tried=True,
        )


def _look_at_places(config: InForce) -> Iterator[Statement]:
    tables = tuple(each for each in (config.ledger_table, config.watch_table) if each)
    if tables:
        yield Statement(
            "LookAtTables",
            "doctor: whether the tables and their indexes are active.",
            ("dynamodb:DescribeTable",),
            tuple(config.arn("dynamodb", f"table/{each}") for each in tables),
            is_tried=True,
        )
    queues = tuple(each for each in (config.queue, config.dead_letters) if each)
    if queues:
        yield Statement(
            "LookAtQueues",
            "doctor: how many events wait, and where they go when they are given up.",
            ("sqs:GetQueueAttributes",),
            tuple(config.arn("sqs", each) for each in queues),
            is_tried=True,
        )
    if config.bucket:
        yield Statement(
            "LookAtPages",
            "doctor: whether the bucket is there (HeadBucket).",
            ("s3:ListBucket",),
            (f"arn:{config.partition}:s3:::{config.bucket}",),
            is_tried=True,
        )


def _look_at_the_stack(config: InForce) -> Iterator[Statement]:
    yield Statement(
        "LookAtTheStack",
        "doctor, iam: the state of the stack, its parameters and its parts.",
        ("cloudformation:DescribeStackResources", "cloudformation:DescribeStacks"),
        (config.arn("cloudformation", f"stack/{config.stack}/*"),),
        is_tried=True,
    )
    yield Statement(
        "LookAtPolling",
        "doctor: whether Lambda polls the queue. IAM knows no resource for it.",
        ("lambda:ListEventSourceMappings",),
        _ALL,
        is_tried=True,
    )
    if config.rules:
        yield Statement(
            "LookAtRules",
            "doctor: whether the event rules are enabled and lead to the queue.",
            ("events:DescribeRule", "events:ListTargetsByRule"),
            tuple(config.arn("events", f"rule/{name.replace('|', '/')}") for name in config.rules),
            is_tried=True,
        )
    if config.schedules:
        yield Statement(
            "LookAtSchedules",
            "doctor: whether the sweeps and the digest are scheduled.",
            ("scheduler:GetSchedule",),
            tuple(config.arn("scheduler", f"schedule/default/{name}") for name in config.schedules),
            is_tried=True,
        )
    yield Statement(
        "LookAtAlarms",
        "doctor: which alarms ring, and who hears them.",
        ("cloudwatch:DescribeAlarms",),
        (config.arn("cloudwatch", f"alarm:{config.stack}-*"),),
        is_tried=True,
    )

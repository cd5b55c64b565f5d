"""What each part of recgate must be allowed, whoever runs it: a function or somebody at a desk."""

from collections.abc import Iterator

from recgate.dialect.permissions.in_force import InForce
from recgate.dialect.permissions.statement import Condition, Statement

_ALL = ("*",)
_READ_SECRET, _READ_PARAMETER = "secretsmanager:GetSecretValue", "ssm:GetParameter"


def judge(config: InForce) -> Iterator[Statement]:
    """What it takes to judge a job of SageMaker's, here and at a desk."""
    anywhere = "*" if config.regions else config.region
    jobs = config.arn("sagemaker", "inference-recommendations-job/*", region=anywhere)
    yield Statement(
        "ReadJobs",
        "The result to judge; the tags, by which policies choose, and which Describe leaves out.",
        ("sagemaker:DescribeInferenceRecommendationsJob", "sagemaker:ListTags"),
        (jobs,),
        _in_regions(config),
    )
    yield Statement(
        "ReadBenchmarkSteps",
        "Which benchmarks failed, and why. IAM knows no resource for it.",
        ("sagemaker:ListInferenceRecommendationsJobSteps",),
        _ALL,
    )
    yield Statement(
        "ReadMeasuredLatency",
        "The measured P99. Metrics cannot be scoped to a namespace.",
        ("cloudwatch:GetMetricData",),
        _ALL,
    )


def list_jobs(config: InForce) -> Statement:
    """Which jobs there are."""
    return Statement(
        "ListJobs",
        "Which jobs were modified. IAM knows no resource for it, so the regions are a condition.",
        ("sagemaker:ListInferenceRecommendationsJobs",),
        _ALL,
        _in_regions(config),
    )


def announce(config: InForce) -> Iterator[Statement]:
    """The event that SageMaker does not send. A bus of one's own is looked at first, since a put
    on one that is not there is lost without a word; looking has no source to ask for.
    """
    bus = config.bus if config.bus.startswith("arn:") else config.arn("events", _bus(config.bus))
    yield Statement(
        "PutStatusChanges",
        "The event that SageMaker does not send; its own, and no other.",
        ("events:PutEvents",),
        (bus,),
        {"ForAllValues:StringEquals": {"events:source": "recgate"}},
    )
    if not bus.endswith(f":{_bus('default')}"):
        yield Statement(
            "LookAtTheBus",
            "Whether the bus is there, before anything is put on it.",
            ("events:DescribeEventBus",),
            (bus,),
        )


def _bus(name: str) -> str:
    return f"event-bus/{name}"


def remember(config: InForce, table: str) -> Statement:
    """The watcher's memory."""
    return Statement(
        "RememberWhatWasTold",
        "The watcher's memory between two sweeps.",
        (
            "dynamodb:DeleteItem",
            "dynamodb:DescribeTable",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
        ),
        (config.arn("dynamodb", f"table/{table}"),),
    )


def keep_pages(config: InForce, bucket: str) -> Statement:
    """The pages about decisions."""
    return Statement(
        "KeepPages",
        "The page about a decision; never read or deleted.",
        ("s3:PutObject",),
        (f"arn:{config.partition}:s3:::{bucket}/reports/*",),
    )


def publish(config: InForce, topic: str) -> Iterator[Statement]:
    """The topics; ``topic`` is the deployment's own, '' where it has none."""
    if topic:
        yield Statement(
            "PublishVerdicts", "Verdicts to the topic's subscribers.", ("sns:Publish",), (topic,)
        )
        through = f"sns.{config.region}.{config.url_suffix}"
        yield Statement(
            "EncryptVerdicts",
            "The topic is encrypted, and SNS uses the key in the publisher's name.",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            (config.topic_key or config.arn("kms", "key/NOTICE_KEY"),),
            {"StringEquals": {"kms:ViaService": through}},
        )
    if config.topics:
        yield Statement(
            "PublishToRoutes", "The topics of routes.yaml.", ("sns:Publish",), config.topics
        )


def read_secrets(config: InForce) -> Iterator[Statement]:
    """The tokens and webhooks of the routes. `recgate doctor` reads them itself, at a desk."""
    if config.secrets:
        arns = tuple(config.secret_arn(each) for each in config.secrets)
        for sid, action, of_ssm in (
            ("ReadRouteSecrets", _READ_SECRET, False),
            ("ReadRouteParameters", _READ_PARAMETER, True),
        ):
            mine = tuple(arn for arn in arns if (arn.split(":")[2] == "ssm") is of_ssm)
            if mine:
                why = "The tokens and webhooks of routes.yaml."
                yield Statement(sid, why, (action,), mine, is_tried=True)
    if config.slack_secret:
        arn = config.secret_arn(config.slack_secret)
        in_ssm = arn.split(":")[2] == "ssm"
        yield Statement(
            "ReadSlackParameter" if in_ssm else "ReadSlackSecret",
            "The bot token or webhook URL: the one that was named.",
            (_READ_PARAMETER if in_ssm else _READ_SECRET,),
            (arn,),
            is_tried=True,
        )
    if config.secret_key:
        services = ("secretsmanager", "ssm")
        through = tuple(f"{each}.{config.region}.{config.url_suffix}" for each in services)
        yield Statement(
            "DecryptSlackSecret",
            "The secret has a key of its own.",
            ("kms:Decrypt",),
            (config.secret_key,),
            {"StringEquals": {"kms:ViaService": through}},
            is_tried=True,
        )


def read_members(config: InForce, sid: str, why: str) -> Statement:
    """The role of the member accounts."""
    return Statement(
        sid,
        why,
        ("sts:AssumeRole",),
        (f"arn:{config.partition}:iam::*:role/{config.member_role}",),
        {"StringEquals": {"aws:ResourceAccount": config.members}},
    )


def write_logs(config: InForce, sid: str, group: str) -> Iterator[Statement]:
    """A log group of its own."""
    yield Statement(
        sid,
        "Logs and metrics, into its own log group.",
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        (config.arn("logs", f"log-group:{group}:*"),),
    )


def write_traces(sid: str) -> Statement:
    """Where traces go."""
    return Statement(
        sid,
        "Traces. X-Ray has no resources to scope to.",
        ("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
        _ALL,
    )


def _in_regions(config: InForce) -> Condition:
    return {"StringEquals": {"aws:RequestedRegion": config.watched}}

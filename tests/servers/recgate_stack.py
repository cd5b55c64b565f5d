"""recgate's stack at a desk: the parts of template.yaml in moto, under names that do not change,
and the CloudFormation that describes them.

moto's own CloudFormation knows neither SAM nor schedules nor alarms, so the parts are made by
their services, from what the template says of them.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from recgate import __version__
from tests.deploy.template import FUNCTIONS, load_template, properties, resources
from tests.servers.aws import REGION, LocalAws, create_ledger_table, create_watch_table
from tests.servers.described_account import ACCOUNT, DescribedStack

STACK = "recgate"
BUCKET = f"{STACK}-reports"
ARCHIVE = f"{STACK}-evidence"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"

_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def deploy_stack(aws: LocalAws, parameters: Mapping[str, str] | None = None) -> DescribedStack:
    """Make the parts, and nothing that a condition of the template leaves out by default."""
    given = {
        name: str(parameter["Default"]) for name, parameter in load_template()["Parameters"].items()
    } | dict(parameters or {})
    parts = {"NoticeKey": KEY, "ReportsBucket": BUCKET}
    parts |= _queues(aws)
    parts |= {"CheckLogGroup": "/aws/lambda/recgate-check"}
    parts |= {"WatchLogGroup": "/aws/lambda/recgate-watch"}
    parts |= {"SealLogGroup": "/aws/lambda/recgate-seal"}
    parts |= _evidence(aws, given)
    parts["NoticeTopic"] = aws.client("sns").create_topic(Name=f"{STACK}-NoticeTopic")["TopicArn"]
    create_ledger_table(aws.client("dynamodb"), f"{STACK}-LedgerTable")
    create_watch_table(aws.client("dynamodb"), f"{STACK}-WatchTable")
    parts |= {name: f"{STACK}-{name}" for name in ("LedgerTable", "WatchTable")}
    aws.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    parts |= _functions(aws)
    parts |= _rules(aws)
    parts |= _schedules(aws)
    parts |= _alarms(aws, parts["NoticeTopic"])
    return DescribedStack(parts, given)


def sweeps_are_counted(aws: LocalAws, *, age_s: float = 4.0) -> None:
    """Tell CloudWatch what a watcher that runs tells it."""
    # A metric of a minute is there when the minute is over.
    now = datetime.now(UTC) - timedelta(minutes=2)
    service = [{"Name": "service", "Value": "recgate"}]
    function = [{"Name": "FunctionName", "Value": f"{STACK}-WatchFunction"}]
    put = aws.client("cloudwatch").put_metric_data
    for namespace, metric, dimensions, value in (
        ("recgate", "WatermarkAge", service, age_s),
        ("AWS/Lambda", "Invocations", function, 1.0),
    ):
        told = {"MetricName": metric, "Dimensions": dimensions, "Value": value, "Timestamp": now}
        put(Namespace=namespace, MetricData=[told])


def subscribe(aws: LocalAws) -> None:
    """Let somebody hear the stack's topic."""
    aws.client("sns").subscribe(
        TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-NoticeTopic",
        Protocol="email",
        Endpoint="team@example.com",
    )


def make_trail(aws: LocalAws) -> None:
    """A trail of every region that logs."""
    aws.client("s3").create_bucket(
        Bucket="trails", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    cloudtrail = aws.client("cloudtrail")
    cloudtrail.create_trail(Name="everything", S3BucketName="trails", IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="everything")


def queue_arn(name: str) -> str:
    """The ARN of a queue of the stack."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{STACK}-{name}"


def _queues(aws: LocalAws) -> dict[str, str]:
    sqs = aws.client("sqs")
    letters = sqs.create_queue(QueueName=f"{STACK}-DeadLetterQueue")["QueueUrl"]
    redrive = {"deadLetterTargetArn": queue_arn("DeadLetterQueue"), "maxReceiveCount": "12"}
    notices = sqs.create_queue(
        QueueName=f"{STACK}-NoticeQueue", Attributes={"RedrivePolicy": json.dumps(redrive)}
    )["QueueUrl"]
    return {"DeadLetterQueue": letters, "NoticeQueue": notices}


def _evidence(aws: LocalAws, parameters: Mapping[str, str]) -> dict[str, str]:
    _seed(aws)  # the key's id is random, and always the same
    key = aws.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket=ARCHIVE,
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=True,
    )
    lock_archive(aws, parameters["ArchiveMode"], int(parameters["ArchiveDays"]))
    return {"EvidenceBucket": ARCHIVE, "EvidenceKey": key["KeyMetadata"]["KeyId"]}


def _seed(aws: LocalAws) -> None:
    request = Request(f"{aws.endpoint_url}/moto-api/seed?a=6", method="POST")  # noqa: S310
    with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
        answer.read()


def lock_archive(aws: LocalAws, mode: str, days: int) -> None:
    """Give the archive a default lock."""
    retention: Any = {"Mode": mode, "Days": days}
    aws.client("s3").put_object_lock_configuration(
        Bucket=ARCHIVE,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": retention},
        },
    )


def _functions(aws: LocalAws) -> dict[str, str]:
    iam, functions = aws.client("iam"), aws.client("lambda")
    made: dict[str, str] = {}
    for name in FUNCTIONS:
        role = name.replace("Function", "Role")
        arn = iam.create_role(RoleName=f"{STACK}-{role}", AssumeRolePolicyDocument=_TRUST)
        functions.create_function(
            FunctionName=f"{STACK}-{name}",
            Runtime="python3.13",
            Role=arn["Role"]["Arn"],
            Handler=properties(name)["Handler"],
            Code={"ZipFile": b"x"},
            Environment={"Variables": {"RECGATE_VERSION": __version__}},
        )
        made |= {name: f"{STACK}-{name}", role: f"{STACK}-{role}"}
    functions.create_event_source_mapping(
        EventSourceArn=queue_arn("NoticeQueue"), FunctionName=f"{STACK}-CheckFunction"
    )
    return made


def _rules(aws: LocalAws) -> dict[str, str]:
    events = aws.client("events")
    made = {}
    for name, rule in resources("AWS::Events::Rule").items():
        if "Condition" in rule:
            continue
        made[name] = f"{STACK}-{name}"
        events.put_rule(Name=made[name], EventPattern=json.dumps(properties(name)["EventPattern"]))
        target: Any = {
            "Id": "notice-queue",
            "Arn": queue_arn("NoticeQueue"),
            "DeadLetterConfig": {"Arn": queue_arn("DeadLetterQueue")},
        }
        events.put_targets(Rule=made[name], Targets=[target])
    return made


def _schedules(aws: LocalAws) -> dict[str, str]:
    scheduler = aws.client("scheduler")
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-"
    made = {}
    for name, target, expression in (
        ("WatchSchedule", f"{function}WatchFunction", "rate(1 minute)"),
        ("SealSchedule", f"{function}SealFunction", "rate(1 minute)"),
        ("DigestSchedule", queue_arn("NoticeQueue"), "cron(0 7 * * ? *)"),
    ):
        made[name] = f"{STACK}-{name}"
        scheduler.create_schedule(
            Name=made[name],
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": target,
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{STACK}-{name}Role",
                "Input": "{}",
            },
        )
    return made


def _alarms(aws: LocalAws, topic_arn: str) -> dict[str, str]:
    cloudwatch = aws.client("cloudwatch")
    made = {}
    for name, alarm in resources("AWS::CloudWatch::Alarm").items():
        written = alarm["Properties"]
        described = written["AlarmDescription"]
        made[name] = f"{STACK}-{name}"
        cloudwatch.put_metric_alarm(
            AlarmName=made[name],
            AlarmDescription=described if isinstance(described, str) else described["Fn::Sub"],
            Namespace=written["Namespace"],
            MetricName=written["MetricName"],
            Statistic=written["Statistic"],
            Period=written["Period"],
            EvaluationPeriods=written["EvaluationPeriods"],
            Threshold=written["Threshold"],
            ComparisonOperator=written["ComparisonOperator"],
            AlarmActions=[topic_arn],
        )
        cloudwatch.set_alarm_state(AlarmName=made[name], StateValue="OK", StateReason="quiet")
    return made

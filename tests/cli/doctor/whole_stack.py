"""The deployment of `tests.servers.doctor_world`, with what template.yaml tells its functions and
its queue.
"""

import json

from recgate import __version__
from tests.deploy.template import properties
from tests.servers.aws import REGION
from tests.servers.described_account import ACCOUNT
from tests.servers.doctor_world import DoctorWorld, queue_url
from tests.servers.recgate_stack import ARCHIVE, STACK, queue_arn


def deploy_whole(world: DoctorWorld) -> None:
    """Deploy a stack that is fine in all its parts."""
    world.deploy()
    account = world.account
    parts = {**account.stacks[STACK].resources, "NoticeQueue": queue_url(world, "NoticeQueue")}
    account.stacks[STACK].resources = parts
    tell(world, "CheckFunction", {})
    tell(world, "WatchFunction", {})
    tell(world, "SealFunction", {})
    set_queue(world, {})


def tell(world: DoctorWorld, function: str, changed: dict[str, str]) -> None:
    """Give a function the variables of the stack, some of them changed."""
    key = world.account.stacks[STACK].resources["EvidenceKey"]
    told = {
        "CheckFunction": {
            "RECGATE_LEDGER": f"dynamodb:{STACK}-LedgerTable",
            "RECGATE_QUEUE_URL": queue_url(world, "NoticeQueue"),
        },
        "WatchFunction": {"RECGATE_WATCH_TABLE": f"{STACK}-WatchTable", "RECGATE_BUS": "default"},
        "SealFunction": {
            "RECGATE_LEDGER": f"dynamodb:{STACK}-LedgerTable",
            "RECGATE_ARCHIVE": f"s3:{ARCHIVE}",
            "RECGATE_SIGNING_KEY": f"kms:arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}",
        },
    }[function]
    variables = {"RECGATE_VERSION": __version__, **told, **changed}
    world.aws.client("lambda").update_function_configuration(
        FunctionName=f"{STACK}-{function}", Environment={"Variables": variables}
    )


def set_queue(world: DoctorWorld, changed: dict[str, str]) -> None:
    """Give the queue of events the attributes of the template, some of them changed."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn("NoticeQueue"),
            }
        ],
    }
    visibility = str(properties("NoticeQueue")["VisibilityTimeout"])
    attributes = {"Policy": json.dumps(policy), "VisibilityTimeout": visibility, **changed}
    world.aws.client("sqs").set_queue_attributes(
        QueueUrl=queue_url(world, "NoticeQueue"), Attributes=attributes
    )


def retarget(world: DoctorWorld, **more: str) -> None:
    """Change what the rule of recgate's own events sends."""
    target = {
        "Id": "notice-queue",
        "Arn": queue_arn("NoticeQueue"),
        "DeadLetterConfig": {"Arn": queue_arn("DeadLetterQueue")},
        **more,
    }
    world.aws.client("events").put_targets(Rule=f"{STACK}-StatusChangedRule", Targets=[target])


def run_as(world: DoctorWorld, role: str) -> None:
    """Let the check function run as another role."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    world.aws.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    world.aws.client("lambda").update_function_configuration(
        FunctionName=f"{STACK}-CheckFunction", Role=arn
    )


def sweep_every(world: DoctorWorld, expression: str) -> None:
    """Change when sweeps are started."""
    scheduler = world.aws.client("scheduler")
    found = scheduler.get_schedule(Name=f"{STACK}-WatchSchedule")
    kept = {name: found[name] for name in ("Name", "FlexibleTimeWindow", "Target")}
    scheduler.update_schedule(**kept, ScheduleExpression=expression, State="ENABLED")

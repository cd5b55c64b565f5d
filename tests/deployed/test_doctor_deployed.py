"""`recgate doctor` and `recgate iam` on the template as it is deployed, with IAM switched on.

The emulator has IAM's simulator, which looks at a role's policies; it does not turn what a
function prints into metrics, so that the watcher's are put by hand.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.deploy.template import ROOT, listed
from tests.deployed.deployment import TOKEN, Deployment, deployment
from tests.deployed.emulator import ACCOUNT, REGION
from tests.deployed.stack import STACK
from tests.servers.job_lives import Pace

pytestmark = pytest.mark.deployed

MINUTE = 60.0
DESK = "ml-desk"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One deployment for all tests."""
    folder = tmp_path_factory.mktemp("doctor")
    with deployment(folder, pace=Pace(pending_s=1, running_s=4)) as made:
        made.until(lambda: "announced" in made.sweep(), within_s=MINUTE, what="the first sweep")
        count_a_sweep(made)
        yield made


def count_a_sweep(here: Deployment) -> None:
    """What CloudWatch makes of a run of the watcher, and of the metrics in its log."""
    cloudwatch = here.aws.client("cloudwatch")
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    for namespace, metric, dimension, value in (
        ("recgate", "WatermarkAge", ("service", "recgate"), 3.0),
        ("AWS/Lambda", "Invocations", ("FunctionName", here.stack.resources["WatchFunction"]), 1.0),
    ):
        cloudwatch.put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": [dict(zip(("Name", "Value"), dimension, strict=True))],
                    "Timestamp": a_minute_ago,
                    "Value": value,
                }
            ],
        )


def desk(
    here: Deployment, *arguments: str, credentials: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run recgate at a desk that reaches the deployment, as the account's root or somebody."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(here.aws.folder / "home"),
        "LANG": "C.UTF-8",
        **here.environment(),
        # The local SageMaker has the metrics of jobs only; alarms are the emulator's.
        "AWS_ENDPOINT_URL_CLOUDWATCH": here.aws.url,
        **(credentials or {}),
    }
    return subprocess.run(
        [str(ROOT / ".venv/bin/recgate"), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def policy(here: Deployment, whom: str) -> dict[str, Any]:
    done = desk(here, "iam", "--stack", STACK, "--for", whom, "--output", "json")
    # All of a desk's is more than a managed policy may have; it is put into a role here.
    assert done.returncode == 0, done.stderr
    assert not done.stderr or ("managed policy" in done.stderr and whom == "desk"), done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def doctor(
    here: Deployment, credentials: Mapping[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    """The checks by id and what they are about."""
    done = desk(here, "doctor", "--stack", STACK, "--output", "json", credentials=credentials)
    assert done.returncode in (0, 1, 2), done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return {
        f"{each['id']} {each['about'] or ''}".strip(): each
        for each in json.loads(done.stdout)["checks"]
    }


def canonical(statement: Mapping[str, Any]) -> dict[str, Any]:
    """With lists where IAM takes one of something without one, in one order."""
    conditions = {
        operator: {key: sorted(listed(values)) for key, values in keys.items()}
        for operator, keys in statement.get("Condition", {}).items()
    }
    flat = {key: sorted(listed(statement[key])) for key in ("Action", "Resource")}
    return {**flat, "Condition": conditions}


@pytest.fixture(scope="module")
def ml_desk(here: Deployment) -> Mapping[str, str]:
    """The credentials of a role that may do what `recgate iam --for desk` prints, and no more."""
    iam = here.aws.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = iam.create_role(RoleName=DESK, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    printed = policy(here, "desk")
    for statement in printed["Statement"]:
        # The emulator knows no resource where AWS does: of a simulation, of DescribeAlarms, of
        # ListTargetsByRule; and it has another ARN for a rule of the default bus.
        if statement["Sid"] in ("LookAtPermissions", "LookAtAlarms", "LookAtRules"):
            statement["Resource"] = "*"
    # Printed for the root, whom nobody can simulate: it knew no role to name.
    printed["Statement"].append(
        {"Sid": "Own", "Effect": "Allow", "Action": "iam:GetRole", "Resource": role["Arn"]}
    )
    iam.put_role_policy(RoleName=DESK, PolicyName="desk", PolicyDocument=json.dumps(printed))
    granted = here.aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="dana")
    return {
        "AWS_ACCESS_KEY_ID": granted["Credentials"]["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": granted["Credentials"]["SecretAccessKey"],
        "AWS_SESSION_TOKEN": granted["Credentials"]["SessionToken"],
    }


def test_the_printed_policy_is_what_the_deployed_roles_have(here: Deployment) -> None:
    """Every statement of all, resources and conditions included, and none beside."""
    iam = here.aws.client("iam")
    deployed = {
        statement["Sid"]: canonical(statement)
        for role in ("CheckRole", "WatchRole", "SealRole")
        for name in iam.list_role_policies(RoleName=here.stack.resources[role])["PolicyNames"]
        for statement in iam.get_role_policy(RoleName=here.stack.resources[role], PolicyName=name)[
            "PolicyDocument"
        ]["Statement"]
    }

    printed = {each["Sid"]: canonical(each) for each in policy(here, "functions")["Statement"]}

    assert printed == deployed


def test_a_desk_with_the_printed_policy_can_look_at_everything(
    here: Deployment, ml_desk: Mapping[str, str]
) -> None:
    """No look is refused, and the deployment is fine but for what the emulator lacks."""
    checks = doctor(here, ml_desk)

    refused = {
        name: each["finding"] for name, each in checks.items() if "may not" in each["finding"]
    }
    # The emulator's simulator is deaf to condition keys, here to kms:ViaService.
    assert set(refused) == {"permissions you", "permissions the check"}
    for finding in refused.values():
        denied = set(re.findall(r"\b[a-z]+:[A-Z]\w+", finding))
        assert denied == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert checks["permissions the watcher"]["state"] == "ok"
    assert checks["permissions the sealer"]["state"] == "ok"
    states = {name: each["state"] for name, each in checks.items()}
    # Nobody made a trail, and the alarms of what was not measured may ring here.
    unlike_aws = {"trail"} | {name for name in states if name.startswith("alarm")}
    assert {
        name: checks[name]["finding"]
        for name, state in states.items()
        if state != "ok" and name not in unlike_aws | set(refused)
    } == {}
    assert checks["trail"]["state"] == "warning"


def test_what_is_broken_by_hand_is_found(here: Deployment, ml_desk: Mapping[str, str]) -> None:
    """A rule that is off, a permission that is gone, an event that nobody could handle."""
    parts = here.stack.resources
    events, iam = here.aws.client("events"), here.aws.client("iam")
    name = parts["StatusChangedRule"]
    whole = iam.get_role_policy(RoleName=parts["CheckRole"], PolicyName="check")["PolicyDocument"]
    less = {
        **whole,
        "Statement": [each for each in whole["Statement"] if each["Sid"] != "AppendToLedger"],
    }
    put = {"RoleName": parts["CheckRole"], "PolicyName": "check"}
    events.disable_rule(Name=name)
    iam.put_role_policy(**put, PolicyDocument=json.dumps(less))
    here.aws.client("sqs").send_message(
        QueueUrl=here.stack.outputs["DeadLetterQueueUrl"], MessageBody="{}"
    )
    try:
        checks = doctor(here, ml_desk)
    finally:
        events.enable_rule(Name=name)
        iam.put_role_policy(**put, PolicyDocument=json.dumps(whole))
        here.aws.client("sqs").purge_queue(QueueUrl=here.stack.outputs["DeadLetterQueueUrl"])

    assert checks["rule StatusChangedRule"]["remedy"] == (
        f"aws events enable-rule --name {name} --region {REGION}"
    )
    assert "dynamodb:PutItem" in checks["permissions the check"]["finding"]
    assert checks["permissions the check"]["state"] == "failed"
    assert checks["dead-letters"]["state"] == "failed"


def test_the_root_of_an_account_is_not_said_to_be_fine(here: Deployment) -> None:
    """IAM simulates no root."""
    checks = doctor(here)

    assert checks["permissions you"]["state"] == "not known"
    assert "cannot be simulated" in checks["permissions you"]["finding"]

"""The template as it is, deployed to a local AWS with IAM switched on, driven from end to end.

What AWS does and the emulator does not, the tests do themselves: CloudTrail's events are put on
the queue that their rule would have put them on (nobody may put events of AWS's own on a bus),
and metrics in the log do not become metrics, so alarms are set by hand.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.domain.effect import effect_stream
from recgate.rendering.slack.blocks import EVENT_TYPE as VERDICT
from tests.deploy.template import ROOT
from tests.deployed.deployment import CHANNEL, TOKEN, Deployment, deployment
from tests.deployed.stack import STACK
from tests.playground.world import JobOrder, SlackMood
from tests.servers.job_lives import Pace
from tests.servers.sample_jobs import job as sample_job
from tests.servers.trail import envelope

pytestmark = pytest.mark.deployed

OLD = "years-old"
MINUTE = 60.0


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One deployment for all tests; each uses jobs of its own names. An old job is there before."""
    folder = tmp_path_factory.mktemp("deployed")
    with deployment(folder, pace=Pace(pending_s=1, running_s=4)) as made:
        made.sagemaker.put_job(sample_job(OLD, LastModifiedTime=time.time() - 3600))
        made.until(lambda: "announced" in made.sweep(), within_s=MINUTE, what="the first sweep")
        yield made


def ended(
    here: Deployment, name: str, *, sample: str = "fraud-ranker-v14", env: str = "prod"
) -> None:
    """Create a job and wait until it has ended at SageMaker's; nobody has looked at it yet."""
    here.world.create_job(JobOrder(name, sample, runs_s=3, tags={"env": env}))
    here.until(
        lambda: any(
            job.name == name and job.status in ("COMPLETED", "FAILED", "STOPPED")
            for job in here.world.jobs()
        ),
        within_s=MINUTE,
        what=f"the end of {name}",
    )


def desk(here: Deployment, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run recgate at a desk that reaches the deployment."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(here.aws.folder / "home"),
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
        **here.environment(),
    }
    return subprocess.run(
        [str(ROOT / ".venv/bin/recgate"), *arguments],
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def told(here: Deployment, name: str) -> tuple[list[str], int]:
    """The verdicts in Slack's push texts about a job, and how often the topic told it."""
    texts = [str(message["text"]).split()[0] for message in here.slack_about(name)]
    return texts, len(here.topic_about(name))


def test_a_job_that_ends_is_judged_within_the_next_minutes_by_itself(here: Deployment) -> None:
    """Created, run, ended; then the schedule, the sweep, the bus, the rule, the queue."""
    ended(here, "by-itself")

    here.until(lambda: here.verdicts("by-itself"), within_s=3 * MINUTE, what="a verdict")

    here.until(lambda: told(here, "by-itself")[1], within_s=10, what="the topic")
    assert here.verdicts("by-itself") == ["PASS"]
    assert told(here, "by-itself") == (["PASS"], 1)
    [said] = here.in_slack(VERDICT, "by-itself")
    assert said.channel == CHANNEL


def test_what_was_over_before_the_deployment_is_never_told(here: Deployment) -> None:
    """The first sweep of all began the watch."""
    here.sweep()

    assert here.verdicts(OLD) == []
    assert told(here, OLD) == ([], 0)


def test_the_same_news_again_says_nothing(here: Deployment) -> None:
    """Sweeps, and events of everybody's, as often as they like."""
    ended(here, "repeated")
    here.sweep()
    here.until(lambda: told(here, "repeated")[1], within_s=MINUTE, what="the first verdict")
    event = {
        "Source": "recgate",
        "DetailType": "Inference Recommendations Job Status Change",
        "Detail": json.dumps({"SchemaVersion": "1", "JobName": "repeated"}),
    }

    here.aws.client("events").put_events(Entries=[event] * 3)
    assert here.sweep()["announced"] == 0
    here.until(
        lambda: len(re.findall(r'known already.*"repeated"', here.logs("CheckFunctionName"))) >= 3,
        within_s=MINUTE,
        what="three more looks",
    )

    assert here.verdicts("repeated") == ["PASS"]
    assert told(here, "repeated") == (["PASS"], 1)


def test_a_job_that_fails_is_told_with_sagemakers_reason(here: Deployment) -> None:
    """NO RESULT, closed, and why."""
    ended(here, "failing", sample="image-tagger-v2")
    here.sweep()

    here.until(lambda: told(here, "failing")[0], within_s=MINUTE, what="the message")

    assert here.verdicts("failing") == ["NO_RESULT"]
    [message] = here.slack_about("failing")
    assert "4xx or 5xx error code" in json.dumps(message)


def test_over_the_limit_names_the_limit_and_the_nearest(here: Deployment) -> None:
    """A FAIL says what is in the way."""
    ended(here, "too-dear", sample="support-summarizer-v3")
    here.sweep()

    here.until(lambda: told(here, "too-dear")[0], within_s=MINUTE, what="the message")

    assert here.verdicts("too-dear") == ["FAIL"]
    assert "limit $2.50" in json.dumps(here.slack_about("too-dear"), ensure_ascii=False)


def test_the_message_says_who_started_the_job(here: Deployment) -> None:
    """From CloudTrail's event, which comes while the job runs."""
    here.world.create_job(JobOrder("somebodys", "fraud-ranker-v14", 15, {"env": "prod"}))
    [call] = [call for call in here.sagemaker.trail if call.request.get("JobName") == "somebodys"]
    here.enqueue(json.dumps(envelope(call)))
    here.until(lambda: here.entries("somebodys", "request"), within_s=MINUTE, what="the request")

    here.until(
        lambda: here.sweep() and here.verdicts("somebodys"), within_s=2 * MINUTE, what="the verdict"
    )

    [decision] = here.entries("somebodys", "decision")
    assert str(decision.body["job"]["created_by"]).endswith(":assumed-role/ml-engineer/dana")  # type: ignore[index, call-overload]
    here.until(lambda: told(here, "somebodys")[0], within_s=10, what="the message")
    assert "started by `dana (role ml-engineer)`" in json.dumps(here.slack_about("somebodys"))


def test_a_slack_that_is_down_is_told_when_it_is_back_and_the_topic_once(here: Deployment) -> None:
    """The decision stands from the first moment on; nobody hears twice."""
    here.slack.mood = SlackMood.DOWN
    try:
        ended(here, "outage")
        here.sweep()
        here.until(lambda: told(here, "outage")[1], within_s=MINUTE, what="the topic")
        during = told(here, "outage")
    finally:
        here.slack.mood = SlackMood.WELL

    here.until(lambda: told(here, "outage")[0], within_s=3 * MINUTE, what="Slack, when it is back")

    assert during == ([], 1)
    assert here.verdicts("outage") == ["PASS"]
    assert told(here, "outage") == (["PASS"], 1)
    [decision] = here.entries("outage", "decision")
    ledger = DynamoDbLedger(here.aws.client("dynamodb"), here.stack.outputs["LedgerTableName"])
    kinds = [entry.kind for entry in ledger.read(effect_stream(decision.key, "slack"))]
    assert kinds[:2] == ["claimed", "released"]
    assert kinds[-2:] == ["claimed", "delivered"]


def test_a_dead_letter_says_why_and_is_redriven_when_it_is_mended(here: Deployment) -> None:
    """A permission that is missing; then it is there."""
    ended(here, "denied")
    here.sagemaker.fail("ListTags", "AccessDeniedException", message="not authorized")
    here.sweep()
    here.until(lambda: "denied" in str(here.dead_letters()), within_s=MINUTE, what="a dead letter")

    moved = desk(here, "redrive", "--stack", STACK, "--yes")

    assert moved.returncode == 0, moved.stdout + moved.stderr
    assert "denied" in moved.stdout
    assert "sagemaker:ListTags" in moved.stdout
    here.until(lambda: here.verdicts("denied"), within_s=MINUTE, what="the verdict")
    assert here.verdicts("denied") == ["PASS"]
    [decision] = here.entries("denied", "decision")
    assert decision.body["trigger"]["redrive_of"]  # type: ignore[index, call-overload]
    assert here.dead_letters() == []


def test_poison_stays_among_the_dead_letters(here: Deployment) -> None:
    """What nobody understands is parked at once, shown, and not moved by mistake."""
    here.enqueue('{"source": "poison"}')
    here.until(lambda: here.dead_letters(), within_s=MINUTE, what="a dead letter")

    left = desk(here, "redrive", "--stack", STACK, "--yes")

    assert left.returncode == 1, left.stdout + left.stderr
    [(body, reason)] = here.until(here.dead_letters, within_s=MINUTE, what="still there")
    assert body == '{"source": "poison"}'
    assert reason
    here.aws.client("sqs").purge_queue(QueueUrl=here.stack.outputs["DeadLetterQueueUrl"])


def test_a_check_by_hand_and_the_function_are_one_decision(here: Deployment) -> None:
    """Whoever comes first; each route hears it once."""
    ended(here, "by-hand")
    environment = ("--stack", STACK, "--policies", str(ROOT / "policies"))

    by_hand = desk(here, "check", "by-hand", "--record", "--notify", *environment)
    here.sweep()
    here.until(
        lambda: re.search(r'Decision known already.*"by-hand"', here.logs("CheckFunctionName")),
        within_s=MINUTE,
        what="the function's look",
    )
    again = desk(here, "check", "by-hand", "--record", "--notify", *environment)

    assert by_hand.returncode == again.returncode == 0, by_hand.stdout + by_hand.stderr
    assert here.verdicts("by-hand") == ["PASS"]
    assert told(here, "by-hand") == (["PASS"], 1)


def test_a_sweep_from_a_desk_catches_up_with_what_is_old(here: Deployment) -> None:
    """Also with what was over before the deployment; what has a verdict is left out."""
    caught_up = desk(here, "sweep", "--since", "2h", "--stack", STACK, "--yes")

    assert caught_up.returncode == 0, caught_up.stdout + caught_up.stderr
    here.until(lambda: here.verdicts(OLD), within_s=MINUTE, what="the old job's verdict")
    assert "1 announced" in caught_up.stdout


def test_every_alarm_reaches_the_topic_and_names_its_page(here: Deployment) -> None:
    """What rings says what it means and where to read on."""
    cloudwatch = here.aws.client("cloudwatch")
    alarms = {
        name: here.stack.resources[name] for name in here.stack.resources if name.endswith("Alarm")
    }

    for alarm in alarms.values():
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")

    heard: dict[str, Any] = here.until(
        lambda: (
            found
            if len(found := {each["AlarmName"]: each for each in here.alarms_heard()})
            == len(alarms)
            else {}
        ),
        within_s=MINUTE,
        what="all alarms",
    )
    assert len(alarms) >= 7
    for alarm in alarms.values():
        assert "docs/operations.md#" in heard[alarm]["AlarmDescription"]


def test_the_dashboard_is_there(here: Deployment) -> None:
    """With widgets that name this stack's functions and queues."""
    name = here.stack.resources["Dashboard"]

    body = here.aws.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]

    assert len(json.loads(body)["widgets"]) > 8
    assert here.stack.outputs["WatchFunctionName"] in body


def test_no_secret_is_in_a_log_or_in_the_ledger(here: Deployment) -> None:
    """At DEBUG, after all that."""
    checked, watched = here.logs("CheckFunctionName"), here.logs("WatchFunctionName")
    items = here.aws.client("dynamodb").scan(TableName=here.stack.outputs["LedgerTableName"])

    assert "Decision recorded" in checked
    assert "Status change announced" in watched
    assert TOKEN not in checked + watched + here.aws.log
    assert TOKEN not in str(items["Items"])

"""What people see, from the template as it is: progress, verdict, page, digest, and who stands in
when Slack refuses. The deployment tells by a routes.yaml, with a secret and a topic of its own.

What AWS does and the emulator does not, the tests do themselves: Scheduler fills in what stands in
angle brackets in a schedule's input.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.dialect.digest_due import DIGEST_DUE
from recgate.domain.effect import effect_stream
from recgate.rendering.slack.blocks import EVENT_TYPE as VERDICT
from recgate.rendering.slack.digest import EVENT_TYPE as DIGEST
from recgate.rendering.slack.progress import EVENT_TYPE as PROGRESS
from tests.deployed.deployment import CHANNEL, SPARE_TOPIC, TOKEN, Deployment, deployment
from tests.playground.queue_messages import digest_due
from tests.playground.world import JobOrder, Nudge, SlackMessage, SlackMood
from tests.playground.yesterday import decide_yesterday
from tests.servers.job_lives import Pace

pytestmark = pytest.mark.deployed

MINUTE = 60.0


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One deployment for all tests; each uses jobs of its own names."""
    folder, pace = tmp_path_factory.mktemp("messages"), Pace(pending_s=1, running_s=4)
    with deployment(folder, pace=pace, with_routes=True) as made:
        made.until(lambda: "announced" in made.sweep(), within_s=MINUTE, what="the first sweep")
        yield made


@pytest.fixture(scope="module")
def told(here: Deployment) -> SlackMessage:
    """The verdict about a job that nobody watched, with its thread."""
    create(here, "told", runs_s=2)
    has_ended(here, "told")
    here.sweep()
    return the_verdict(here, "told", with_files=1)


def create(here: Deployment, name: str, *, runs_s: float) -> None:
    here.world.create_job(JobOrder(name, "fraud-ranker-v14", runs_s, {"env": "prod"}))


def has_ended(here: Deployment, name: str) -> None:
    """Wait until a job has ended at SageMaker's."""
    here.until(
        lambda: any(
            job.name == name and job.status in ("COMPLETED", "FAILED", "STOPPED")
            for job in here.world.jobs()
        ),
        within_s=MINUTE,
        what=f"the end of {name}",
    )


def the_verdict(here: Deployment, name: str, *, with_files: int = 0) -> SlackMessage:
    """The one verdict about a job, as soon as it is there with all that belongs to it."""
    here.until(
        lambda: [said for said in here.in_slack(VERDICT, name) if len(said.files) >= with_files],
        within_s=MINUTE,
        what=f"the verdict about {name}",
    )
    (said,) = here.in_slack(VERDICT, name)
    return said


def effect(here: Deployment, key: str, route: str) -> list[str]:
    """The kinds of the entries of one effect."""
    ledger = DynamoDbLedger(here.aws.client("dynamodb"), here.stack.outputs["LedgerTableName"])
    return [entry.kind for entry in ledger.read(effect_stream(key, route))]


def yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def test_the_verdict_has_its_details_and_its_chart_in_the_thread(told: SlackMessage) -> None:
    """As a real function draws it, from its own package."""
    [details] = told.replies
    [chart] = told.files

    assert told.channel == CHANNEL
    assert str(told.message["text"]).startswith("PASS fraud-ranker v14")
    assert str(details.message["text"]).startswith("All 4 configurations")
    assert chart.alt_text.startswith("Cost against latency")


def test_the_chart_is_a_picture(here: Deployment, told: SlackMessage) -> None:
    """PNG."""
    [chart] = told.files

    assert here.world.slack_file(chart.id).startswith(b"\x89PNG")


def test_the_page_about_a_decision_opens_where_the_message_leads(
    here: Deployment, told: SlackMessage
) -> None:
    """HTML with the verdict in it, for nobody without a sign-in."""
    links = [
        element["url"]
        for block in told.message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["text"]["text"] == "Open Report"
    ]
    s3, bucket = here.aws.client("s3"), here.stack.outputs["ReportsBucketName"]

    [link] = links
    assert link.startswith(here.world.report_links())
    key = link.removeprefix(here.world.report_links()).replace("%2F", "/")
    page = here.world.report(key)
    kind = s3.head_object(Bucket=bucket, Key=key)["ContentType"]
    closed = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]

    assert page.startswith("<!doctype html>")
    assert "PASS" in page
    assert "fraud-ranker" in page
    assert kind == "text/html; charset=utf-8"
    assert all(closed.values())


def test_a_running_job_has_a_message_of_its_own_until_its_verdict(here: Deployment) -> None:
    """Posted when the watcher sees the job, changed in place, closed by the verdict."""
    create(here, "shown", runs_s=20)
    here.until(
        lambda: here.sweep() and here.in_slack(PROGRESS, "shown"),
        within_s=MINUTE,
        what="the progress message",
    )
    [first] = here.in_slack(PROGRESS, "shown")
    reminders = here.waiting()
    here.until(
        lambda: here.world.nudge(Nudge.PROGRESS) and here.in_slack(PROGRESS, "shown")[0].edited,
        within_s=MINUTE,
        what="a change of it",
    )
    [changed] = here.in_slack(PROGRESS, "shown")
    has_ended(here, "shown")
    here.sweep()

    verdict = the_verdict(here, "shown", with_files=1)

    here.until(
        lambda: "Benchmarked" in here.in_slack(PROGRESS, "shown")[0].message["text"],
        within_s=MINUTE,
        what="the end of the progress message",
    )
    [closed] = here.in_slack(PROGRESS, "shown")
    assert reminders >= 1
    assert "Benchmarking fraud-ranker v14" in changed.message["text"]
    assert first.at == changed.at == closed.at < verdict.at
    assert "PASS" in closed.message["text"]
    assert here.dead_letters() == []


def test_the_schedule_says_that_a_digest_is_due(here: Deployment) -> None:
    """Once a day into the queue, as a role that may do that; what does not arrive is parked."""
    schedule = here.aws.client("scheduler").get_schedule(
        Name=here.stack.resources["DigestSchedule"]
    )

    target = schedule["Target"]
    assert schedule["State"] == "ENABLED"
    assert schedule["ScheduleExpression"].startswith("cron(0 ")
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert target["Arn"] == here.stack.outputs["NoticeQueueArn"]
    assert target["RoleArn"].endswith(here.stack.resources["DigestScheduleRole"])
    assert target["DeadLetterConfig"]["Arn"] == here.stack.outputs["DeadLetterQueueArn"]
    assert json.loads(target["Input"]) == {
        "id": "<aws.scheduler.execution-id>",
        "source": "recgate",
        "detail-type": DIGEST_DUE,
        "time": "<aws.scheduler.scheduled-time>",
        "detail": {},
    }


def test_a_digest_is_told_once_when_the_schedule_fires(here: Deployment) -> None:
    """To who wants the day, and not to who wants the week; again, and nobody is told."""
    ledger = DynamoDbLedger(here.aws.client("dynamodb"), here.stack.outputs["LedgerTableName"])
    jobs = decide_yesterday(ledger, datetime.now(UTC))
    scheduler = here.aws.client("scheduler")
    deployed = scheduler.get_schedule(Name=here.stack.resources["DigestSchedule"])["Target"]
    # A copy of the schedule that is due now. A Monday's digest would be the week's, too.
    due = datetime.now(UTC)
    body = digest_due(due - timedelta(days=1) if due.weekday() == 0 else due)

    scheduler.create_schedule(
        Name="digest-now",
        ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": deployed["Arn"], "RoleArn": deployed["RoleArn"], "Input": body},
    )

    here.until(lambda: here.in_slack(DIGEST), within_s=MINUTE, what="the digest")
    handled = here.logs("CheckFunctionName").count('"message":"Digest"')
    here.enqueue(body)
    here.until(
        lambda: here.logs("CheckFunctionName").count('"message":"Digest"') > handled,
        within_s=MINUTE,
        what="another look",
    )
    [digest] = here.in_slack(DIGEST)
    assert jobs >= 4
    assert "support-summarizer v3" in json.dumps(digest.message)
    assert effect(here, f"digest:daily:{yesterday()}", "chat") == ["claimed", "delivered"]
    assert effect(here, f"digest:weekly:{yesterday()}", SPARE_TOPIC) == []
    assert here.dead_letters() == []


def test_where_slack_refuses_another_topic_hears_and_is_told_the_cure(here: Deployment) -> None:
    """The spare topic, by the parameter that lets the function publish there; the alarm names the
    cure as well.
    """
    here.slack.mood = SlackMood.NOT_INVITED
    try:
        create(here, "refused", runs_s=2)
        has_ended(here, "refused")
        here.sweep()
        mails = here.until(
            lambda: [
                mail
                for mail in here.sns.mails
                if mail.topic == SPARE_TOPIC and "refused" in mail.text
            ],
            within_s=MINUTE,
            what="the mail of the spare topic",
        )
    finally:
        here.slack.mood = SlackMood.WELL

    [mail] = mails
    assert "PASS" in mail.subject
    assert "chat" in mail.text
    assert "/invite @recgate" in mail.text
    assert here.slack_about("refused") == []
    here.until(lambda: here.topic_about("refused"), within_s=10, what="the stack's own topic")
    alarm = here.stack.resources["DestinationRefusesAlarm"]
    [described] = here.aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    assert "/invite @recgate" in described["AlarmDescription"]
    assert described["Dimensions"] == [
        {"Name": "service", "Value": "recgate"},
        {"Name": "outcome", "Value": "refused_destination"},
    ]
    assert '"outcome":"refused_destination"' in here.logs("CheckFunctionName")


def test_the_function_may_keep_pages_and_neither_read_nor_delete_them(
    here: Deployment, told: SlackMessage
) -> None:
    """What quotes a job is for people."""
    link = json.dumps(told.message).split(here.world.report_links())[1].split('"')[0]
    key, bucket = link.replace("%2F", "/"), here.stack.outputs["ReportsBucketName"]

    with here.as_role("CheckRoleArn", "s3") as s3:
        s3.put_object(Bucket=bucket, Key="reports/mine", Body=b"x")

        assert refused(s3.get_object, Bucket=bucket, Key=key)
        assert refused(s3.delete_object, Bucket=bucket, Key=key)
        assert refused(s3.list_objects_v2, Bucket=bucket)
        assert refused(s3.put_object, Bucket=bucket, Key="elsewhere/mine", Body=b"x")


def test_the_function_may_tell_the_routes_and_nobody_else(here: Deployment) -> None:
    """Topics and secrets that a parameter names."""
    other = here.aws.client("sns").create_topic(Name="other")["TopicArn"]
    here.aws.client("secretsmanager").create_secret(Name="recgate/other", SecretString="x")
    spare = other.replace(":other", f":{SPARE_TOPIC}")

    with here.as_role("CheckRoleArn", "sns") as sns:
        sns.publish(TopicArn=spare, Message="hello")

        assert refused(sns.publish, TopicArn=other, Message="hello")
    with here.as_role("CheckRoleArn", "secretsmanager") as secrets:
        assert TOKEN in secrets.get_secret_value(SecretId="recgate/chat")["SecretString"]
        assert refused(secrets.get_secret_value, SecretId="recgate/other")


def test_the_function_finds_decisions_by_their_day_only_and_reminds_itself(
    here: Deployment,
) -> None:
    """The other index is for a desk; the ledger is never changed."""
    outputs = here.stack.outputs
    table, stream = outputs["LedgerTableName"], {"stream": {"S": "job:x"}, "position": {"N": "0"}}

    with here.as_role("CheckRoleArn", "dynamodb") as dynamodb:
        found = _by(dynamodb, table, "decisions-by-day", "decision_day", yesterday())

        assert found["Count"] >= 4
        assert refused(_by, dynamodb, table, "decisions-by-id", "decision_id", "x")
        assert refused(dynamodb.delete_item, TableName=table, Key=stream)
        assert refused(dynamodb.scan, TableName=table)
    with here.as_role("CheckRoleArn", "sqs") as sqs:
        sqs.send_message(QueueUrl=outputs["NoticeQueueUrl"], MessageBody="{}", DelaySeconds=900)

        assert refused(sqs.receive_message, QueueUrl=outputs["DeadLetterQueueUrl"])
        assert refused(sqs.purge_queue, QueueUrl=outputs["NoticeQueueUrl"])


def _by(client: Any, table: str, index: str, name: str, value: str) -> Any:
    return client.query(
        TableName=table,
        IndexName=index,
        KeyConditionExpression="#key = :value",
        ExpressionAttributeNames={"#key": name},
        ExpressionAttributeValues={":value": {"S": value}},
    )


def refused(call: Any, *arguments: Any, **named: Any) -> bool:
    """Whether IAM refuses a call; any other error is one of the test's."""
    try:
        call(*arguments, **named)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in ("AccessDenied", "AccessDeniedException", "AuthorizationError"):
            raise
        return True
    return False


def test_no_secret_is_in_what_people_or_operators_see(here: Deployment) -> None:
    """Pages, messages, mails, logs, at DEBUG, after all that."""
    s3, bucket = here.aws.client("s3"), here.stack.outputs["ReportsBucketName"]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    pages = [here.world.report(key) for key in keys]
    said = [json.dumps(message.message) for message in here.slack.said()]
    mails = [mail.text for mail in here.sns.mails]

    seen = "".join([*pages, *said, *mails, here.logs("CheckFunctionName")])

    assert TOKEN not in seen
    assert TOKEN.removeprefix("xoxb-") not in seen

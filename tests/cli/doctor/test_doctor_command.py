"""`recgate doctor` on a local AWS: what is right, what is not, what nobody can say."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.domain.checkup import CheckId
from recgate.ports import Entry
from recgate.rendering.checkup.kinds import KINDS
from tests.cli.doctor.whole_stack import (
    deploy_whole,
    retarget,
    run_as,
    set_queue,
    sweep_every,
    tell,
)
from tests.cli.runner import POLICIES, Answer, recgate
from tests.servers.aws import REGION
from tests.servers.described_account import ACCOUNT
from tests.servers.doctor_world import (
    SECRET,
    TOKEN,
    DoctorWorld,
    doctor_world,
    queue_url,
)
from tests.servers.recgate_stack import ARCHIVE, STACK, lock_archive
from tests.servers.slack import error

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-NoticeTopic"
WHERE = f"--region {REGION}"


@pytest.fixture(scope="module")
def servers() -> Iterator[DoctorWorld]:
    with doctor_world() as running:
        yield running


@pytest.fixture
def world(servers: DoctorWorld, monkeypatch: pytest.MonkeyPatch) -> DoctorWorld:
    """A deployment that is fine; each test breaks what it is about."""
    nobody(monkeypatch)
    deploy_whole(servers)
    account = servers.account
    account.denied.clear()
    account.refused.clear()
    account.missing_keys.clear()
    for name, value in servers.environment().items():
        monkeypatch.setenv(name, value)
    return servers


def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk with no account and no settings."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "RECGATE_LEDGER"):
        monkeypatch.delenv(name, raising=False)


def doctor(*options: str | Path) -> Answer:
    return recgate("doctor", "--policies", POLICIES, *options)


def of_the_stack(*options: str) -> tuple[Answer, dict[str, Any]]:
    """The answer, and its checks by ``id about``."""
    answer = doctor("--stack", STACK, "--output", "json", *options)
    document = json.loads(answer.out)
    return answer, {
        f"{each['id']} {each['about'] or ''}".strip(): each for each in document["checks"]
    }


def ledger(world: DoctorWorld) -> DynamoDbLedger:
    """The stack's."""
    return DynamoDbLedger(world.aws.client("dynamodb"), f"{STACK}-LedgerTable")


def not_fine(checks: Mapping[str, Any]) -> dict[str, str]:
    """The states of what is neither right nor left out on purpose."""
    return {
        name: each["state"]
        for name, each in checks.items()
        if each["state"] not in ("ok", "not checked")
    }


def test_a_stack_that_is_fine_is_said_to_be(world: DoctorWorld) -> None:
    """Everything was looked at; exit code 0."""
    answer, checks = of_the_stack()

    assert not_fine(checks) == {}
    assert answer.code == 0
    assert {each["id"] for each in checks.values()} == {each.value for each in CheckId}
    assert not [name for name, each in checks.items() if each["state"] == "not checked"]
    assert TOKEN not in answer.out + answer.err


def test_the_document_says_what_it_is_and_each_check_is_whole(world: DoctorWorld) -> None:
    """Schema first; an id, a title, a state, a sentence and a remedy or none."""
    document = json.loads(doctor("--stack", STACK, "--output", "json").out)

    assert next(iter(document)) == "schema"
    assert document["schema"] == "recgate-doctor/1"
    assert document["overall"] == "ok"
    assert sum(document["counts"].values()) == len(document["checks"])
    for each in document["checks"]:
        assert list(each) == ["id", "about", "title", "state", "finding", "remedy"]
        assert each["title"] == KINDS[CheckId(each["id"])].title
        assert each["finding"]


def test_it_only_reads(world: DoctorWorld) -> None:
    """Slack hears no message, and the queues have what they had."""
    of_the_stack()

    assert world.slack.posted == []
    assert not [
        asked["Action"]
        for asked in world.account.asked
        if not asked["Action"].startswith(("Describe", "Get", "Simulate"))
    ]


def break_the_rule(world: DoctorWorld) -> None:
    world.aws.client("events").disable_rule(Name=f"{STACK}-StatusChangedRule")


def break_the_schedule(world: DoctorWorld) -> None:
    scheduler = world.aws.client("scheduler")
    found = scheduler.get_schedule(Name=f"{STACK}-WatchSchedule")
    kept = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    scheduler.update_schedule(**{name: found[name] for name in kept}, State="DISABLED")


def break_the_polling(world: DoctorWorld) -> None:
    functions = world.aws.client("lambda")
    (mapping,) = functions.list_event_source_mappings()["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def leave_a_letter(world: DoctorWorld) -> None:
    world.aws.client("sqs").send_message(
        QueueUrl=queue_url(world, "DeadLetterQueue"), MessageBody="{}"
    )


def lose_the_memory(world: DoctorWorld) -> None:
    world.aws.client("dynamodb").delete_table(TableName=f"{STACK}-WatchTable")


def lose_the_bucket(world: DoctorWorld) -> None:
    world.aws.client("s3").delete_bucket(Bucket=f"{STACK}-reports")


def lose_the_secret(world: DoctorWorld) -> None:
    world.aws.client("secretsmanager").delete_secret(
        SecretId=SECRET, ForceDeleteWithoutRecovery=True
    )


def put_a_wrong_secret(world: DoctorWorld) -> None:
    world.aws.client("secretsmanager").put_secret_value(
        SecretId=SECRET, SecretString="hunter2-is-no-token"
    )


def let_it_ring(world: DoctorWorld) -> None:
    world.aws.client("cloudwatch").set_alarm_state(
        AlarmName=f"{STACK}-DeadLettersAlarm", StateValue="ALARM", StateReason="test"
    )


def stop_the_trail(world: DoctorWorld) -> None:
    world.aws.client("cloudtrail").stop_logging(Name="everything")


def leave_the_topic_alone(world: DoctorWorld) -> None:
    sns = world.aws.client("sns")
    for each in sns.list_subscriptions()["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])


def deny_the_check(world: DoctorWorld) -> None:
    world.account.denied.add((f"{STACK}-CheckRole", "dynamodb:PutItem"))


def deny_you_to_read(world: DoctorWorld) -> None:
    world.account.denied.add(("user/dana", "sagemaker:ListTags"))


def deny_you_to_write(world: DoctorWorld) -> None:
    world.account.denied.add(("user/dana", "s3:PutObject"))


def ask_for_a_key(world: DoctorWorld) -> None:
    world.account.missing_keys["events:PutEvents"] = ("aws:SourceVpc",)


def lock_the_simulator(world: DoctorWorld) -> None:
    world.account.refused["SimulatePrincipalPolicy"] = "AccessDenied"


def roll_back(world: DoctorWorld) -> None:
    world.account.stacks[STACK].status = "UPDATE_ROLLBACK_FAILED"


def deploy_another_version(world: DoctorWorld) -> None:
    tell(world, "CheckFunction", {"RECGATE_VERSION": "0"})


def keep_decisions_elsewhere(world: DoctorWorld) -> None:
    tell(world, "CheckFunction", {"RECGATE_LEDGER": "dynamodb:elsewhere"})


def announce_elsewhere(world: DoctorWorld) -> None:
    tell(world, "WatchFunction", {"RECGATE_BUS": "nowhere"})


def forget_everything(world: DoctorWorld) -> None:
    world.aws.client("lambda").update_function_configuration(
        FunctionName=f"{STACK}-WatchFunction", Environment={"Variables": {}}
    )


def run_as_another(world: DoctorWorld) -> None:
    run_as(world, "somebody")


def shut_the_queue(world: DoctorWorld) -> None:
    set_queue(world, {"Policy": ""})


def show_messages_early(world: DoctorWorld) -> None:
    set_queue(world, {"VisibilityTimeout": "30"})


def rewrite_events(world: DoctorWorld) -> None:
    retarget(world, InputPath="$.detail")


def sweep_once_a_day(world: DoctorWorld) -> None:
    sweep_every(world, "rate(1 day)")


def take_the_bot_out(world: DoctorWorld) -> None:
    world.slack.answer_to("conversations.history", error("not_in_channel"))


def take_a_scope(world: DoctorWorld) -> None:
    world.slack.workspace.scopes.remove("chat:write")


def disable_the_key(world: DoctorWorld) -> None:
    world.aws.client("kms").disable_key(KeyId=world.account.stacks[STACK].resources["EvidenceKey"])


def delete_the_key(world: DoctorWorld) -> None:
    key = world.account.stacks[STACK].resources["EvidenceKey"]
    world.aws.client("kms").schedule_key_deletion(KeyId=key)


def lose_the_archive(world: DoctorWorld) -> None:
    world.aws.client("s3").delete_bucket(Bucket=ARCHIVE)


def lock_for_a_day(world: DoctorWorld) -> None:
    lock_archive(world.aws, "GOVERNANCE", 1)


def sign_elsewhere(world: DoctorWorld) -> None:
    tell(world, "SealFunction", {"RECGATE_SIGNING_KEY": "kms:another"})


def record_and_seal_nothing(world: DoctorWorld) -> None:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    entry = Entry("configuration", "digest", an_hour_ago, {"schema": 1})
    ledger(world).append("configuration", 0, entry)


BREAKS = [
    (disable_the_key, {"signing-key": "failed"}, "aws kms enable-key --key-id arn:aws:kms:"),
    (delete_the_key, {"signing-key": "failed"}, "aws kms cancel-key-deletion --key-id arn:aws:kms"),
    (lose_the_archive, {"archive": "failed"}, "sam deploy"),
    (
        lock_for_a_day,
        {"archive": "failed"},
        f"aws s3api put-object-lock-configuration --bucket {ARCHIVE} --object-lock-configuration "
        "'ObjectLockEnabled=Enabled,Rule={DefaultRetention={Mode=GOVERNANCE,Days=400}}'",
    ),
    (
        sign_elsewhere,
        {"function the sealer": "failed"},
        "set RECGATE_SIGNING_KEY=kms:arn:aws:kms:",
    ),
    (
        record_and_seal_nothing,
        {"sealing local": "failed", "checkpoint local": "failed"},
        f"aws logs tail /aws/lambda/{STACK}-seal --since 15m",
    ),
    (
        break_the_rule,
        {"rule StatusChangedRule": "failed"},
        f"aws events enable-rule --name {STACK}-StatusChangedRule {WHERE}",
    ),
    (
        break_the_schedule,
        {"schedule WatchSchedule": "failed"},
        f"aws scheduler update-schedule --name {STACK}-WatchSchedule --state ENABLED",
    ),
    (
        break_the_polling,
        {"polling": "failed"},
        "aws lambda update-event-source-mapping --uuid",
    ),
    (
        leave_a_letter,
        {"dead-letters": "failed"},
        f"recgate redrive --stack {STACK} {WHERE}",
    ),
    (lose_the_memory, {"watch-memory": "failed"}, "sam deploy"),
    (lose_the_bucket, {"pages": "failed"}, "sam deploy"),
    (
        lose_the_secret,
        {"secret slack": "failed"},
        f"aws secretsmanager create-secret --name {SECRET} --secret-string file://FILE {WHERE}",
    ),
    (
        put_a_wrong_secret,
        {"secret slack": "failed"},
        f"aws secretsmanager put-secret-value --secret-id {SECRET}",
    ),
    (
        let_it_ring,
        {f"alarm {STACK}-DeadLettersAlarm": "failed"},
        "what to do: docs/operations.md#dead-letters",
    ),
    (stop_the_trail, {"trail": "warning"}, "aws cloudtrail start-logging --name"),
    (
        leave_the_topic_alone,
        {"topic sns": "warning", "alarms-heard": "warning"},
        f"aws sns subscribe --topic-arn {TOPIC} --protocol email",
    ),
    (deny_the_check, {"permissions the check": "failed"}, "deploy the template again"),
    (
        deny_you_to_read,
        {"permissions you": "failed"},
        f"recgate iam --for desk --output json --policies {POLICIES} --stack {STACK} {WHERE}",
    ),
    (deny_you_to_write, {"permissions you": "warning"}, "recgate iam --for desk"),
    (
        ask_for_a_key,
        {"permissions you": "not known", "permissions the watcher": "not known"},
        "recgate check JOB",
    ),
    (
        lock_the_simulator,
        {
            "permissions you": "not known",
            "permissions the check": "not known",
            "permissions the watcher": "not known",
            "permissions the sealer": "not known",
        },
        f"allow iam:SimulatePrincipalPolicy on arn:aws:iam::{ACCOUNT}:user/dana",
    ),
    (roll_back, {"stack": "failed"}, "sam build && sam deploy"),
    (deploy_another_version, {"version": "warning"}, "sam build && sam deploy"),
    (
        keep_decisions_elsewhere,
        {"function the check": "failed"},
        f"set RECGATE_LEDGER=dynamodb:{STACK}-LedgerTable among its environment variables",
    ),
    (announce_elsewhere, {"function the watcher": "failed"}, "set RECGATE_BUS=default among"),
    (
        forget_everything,
        {"function the watcher": "failed"},
        f"set RECGATE_WATCH_TABLE={STACK}-WatchTable among",
    ),
    (
        run_as_another,
        {"function the check": "failed"},
        "aws lambda update-function-configuration --function-name "
        f"{STACK}-CheckFunction --role arn:aws:iam::{ACCOUNT}:role/{STACK}-CheckRole {WHERE}",
    ),
    (shut_the_queue, {"queue": "failed"}, "delete the queue's policy first"),
    (
        show_messages_early,
        {"queue": "failed"},
        f"--attributes VisibilityTimeout=360 {WHERE}",
    ),
    (rewrite_events, {"rule StatusChangedRule": "failed"}, "delete the rule first"),
    (
        sweep_once_a_day,
        {"schedule WatchSchedule": "warning"},
        "--schedule-expression 'rate(1 minute)'",
    ),
    (take_the_bot_out, {"slack-channel slack": "failed"}, "invite the bot: /invite @recgate"),
    (take_a_scope, {"slack-token slack": "failed"}, "give the Slack app the scope"),
]


@pytest.mark.parametrize(
    ("breaks", "found", "remedy"), BREAKS, ids=[each[0].__name__ for each in BREAKS]
)
def test_one_thing_that_is_wrong_is_found_and_nothing_else(
    world: DoctorWorld, breaks: Any, found: dict[str, str], remedy: str
) -> None:
    """Its state, the command that mends it with the real names, and the exit code."""
    breaks(world)

    answer, checks = of_the_stack()

    assert not_fine(checks) == found
    first = checks[next(iter(found))]
    assert remedy in first["remedy"]
    states = set(found.values())
    assert answer.code == (1 if "failed" in states else 2 if "not known" in states else 0)
    assert TOKEN not in answer.out + answer.err
    assert "hunter2" not in answer.out + answer.err


def test_a_person_reads_what_is_wrong_and_what_mends_it(world: DoctorWorld) -> None:
    """One line each, the remedy below; a pipe gets no colours and no broken lines."""
    leave_a_letter(world)

    answer = doctor("--stack", STACK)

    assert answer.code == 1
    assert (
        "failed       dead-letters: 1 event waits that could not be handled: a verdict may be "
        "missing\n"
        f"             → recgate redrive --stack {STACK} {WHERE}\n"
    ) in answer.out
    assert answer.out.endswith("1 failed\n")
    assert "\x1b" not in answer.out


def test_a_stack_that_is_not_there_leaves_its_parts_unlooked_at(world: DoctorWorld) -> None:
    """What does not need it is looked at all the same."""
    answer = doctor("--stack", "recgat", "--output", "json")
    checks = {each["id"]: each for each in json.loads(answer.out)["checks"]}

    assert answer.code == 1
    assert checks["stack"]["state"] == "failed"
    assert checks["stack"]["finding"] == f"there is no stack recgat in {REGION}"
    assert checks["rule"]["state"] == "not checked"
    assert checks["sagemaker"]["state"] == "ok"


def test_a_stack_of_somebody_else_is_not_looked_at(world: DoctorWorld) -> None:
    """It has no check function."""
    parts = dict(world.account.stacks[STACK].resources)
    del parts["CheckFunction"]
    world.account.stacks[STACK].resources = parts

    answer, checks = of_the_stack()

    assert answer.code == 1
    assert "not recgate's" in checks["stack"]["finding"]


def test_a_stack_that_may_not_be_looked_at_is_not_known(world: DoctorWorld) -> None:
    """It is not said to be missing."""
    world.account.refused["DescribeStacks"] = "AccessDenied"

    answer, checks = of_the_stack()

    assert checks["stack"]["state"] == "not known"
    assert "allow cloudformation:DescribeStacks on arn:aws:" in checks["stack"]["remedy"]
    assert answer.code == 2


def test_a_route_that_the_stack_was_not_told_of_is_found_before_a_verdict_is_lost(
    world: DoctorWorld, tmp_path: Path
) -> None:
    """The role of the check may not publish there; a parameter of the stack lets it."""
    elsewhere = f"arn:aws:sns:{REGION}:{ACCOUNT}:finops"
    world.aws.client("sns").create_topic(Name="finops")
    (tmp_path / "prod.yaml").write_text(
        "version: 1\npolicy: prod\nrequire:\n  max_cost_per_hour_usd: {fail: 1}\n", "utf-8"
    )
    (tmp_path / "routes.yaml").write_text(
        f'version: 1\ndefault: [money]\nroutes:\n  money: {{sns: {{topic_arn: "{elsewhere}"}}}}\n',
        "utf-8",
    )
    world.account.denied.add((f"{STACK}-CheckRole", "sns:Publish"))

    answer = recgate("doctor", "--stack", STACK, "--policies", tmp_path, "--output", "json")

    checks = {(each["id"], each["about"]): each for each in json.loads(answer.out)["checks"]}
    role = checks["permissions", "the check"]
    assert elsewhere in role["finding"]
    assert f"--parameter-overrides RouteTopicArns={elsewhere}" in role["remedy"]
    assert checks["topic", "money"]["state"] == "warning"


def test_regions_that_are_too_many_are_said_not_to_be_asked(world: DoctorWorld) -> None:
    """Eight are asked; none of the others counts as fine."""
    regions = [f"us-east-{number}" for number in range(1, 10)]
    world.account.stacks[STACK].parameters = {
        **world.account.stacks[STACK].parameters,
        "WatchRegions": ",".join(regions),
    }

    _, checks = of_the_stack()

    asked = {name for name, each in checks.items() if name.startswith("sagemaker ")}
    assert asked == {f"sagemaker {region}" for region in (REGION, *regions[:7])}
    assert checks["sagemaker"]["state"] == "not checked"
    assert checks["sagemaker"]["finding"].endswith("more are watched: us-east-8, us-east-9")


@pytest.mark.parametrize("page", ["<html>sign in</html>", "<a><b/></a>"])
def test_a_page_of_a_proxy_is_no_answer_of_sts(
    world: DoctorWorld, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """It is a 200, and says nothing about who asks: not known, and no crash."""
    with a_proxy(page) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        answer = doctor("--stack", STACK)

    assert answer.code == 2, answer.out
    assert "not known    credentials: what answered is not STS" in answer.out


@pytest.mark.parametrize("page", ["<html>sign in</html>", "<a><b/></a>"])
def test_a_page_of_a_proxy_is_no_stack(
    world: DoctorWorld, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """Neither fine nor missing."""
    with a_proxy(page) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", url)
        answer = doctor("--stack", STACK)

    assert answer.code == 2, answer.out
    assert "not known    stack: AWS did not describe stack" in answer.out


@contextmanager
def a_proxy(page: str) -> Iterator[str]:
    """Answers everything with a page, while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output to the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_secret_that_you_may_not_read_is_not_known(
    world: DoctorWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function may be allowed to; the permissions of its role say so."""
    world.account.refused["GetSecretValue"] = "AccessDeniedException"
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", world.account.url)

    answer, checks = of_the_stack()

    assert checks["secret slack"]["state"] == "not known"
    assert "AccessDenied" in checks["secret slack"]["finding"]
    assert answer.code == 2


def test_a_desk_with_nothing_says_what_works_and_what_to_set_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No account is no failure: recorded jobs are judged without one."""
    nobody(monkeypatch)

    answer = doctor()

    assert answer.code == 0, answer.out
    assert "warning      credentials: there are no AWS credentials" in answer.out
    assert "→ aws configure sso, or export AWS_PROFILE=NAME" in answer.out
    assert "not checked  sagemaker, permissions, trail: " in answer.out
    assert "→ recgate doctor --stack NAME" in answer.out
    assert "  recgate check --file examples/jobs/fraud-ranker-v14.json\n" in answer.out


@pytest.mark.parametrize("options", [("--stack", "recgate"), ("--profile", "nobody")])
def test_no_credentials_are_a_failure_where_some_were_asked_for(
    options: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stack or a profile cannot be had without."""
    nobody(monkeypatch)

    answer = doctor(*options)

    assert answer.code == 1
    assert "failed       credentials: " in answer.out
    assert "This works without an account" not in answer.out


def test_a_setting_that_cannot_be_used_is_named_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rest is looked at with what is usual; a pasted token is not repeated."""
    nobody(monkeypatch)
    monkeypatch.setenv("RECGATE_SLACK_SECRET", TOKEN)

    answer = doctor()

    assert answer.code == 1
    assert "failed       settings: RECGATE_SLACK_SECRET" in answer.out
    assert "policies: 3 policies in " in answer.out
    assert TOKEN not in answer.out + answer.err


def test_a_policy_with_a_mistake_is_a_failure_with_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As the check would refuse the folder."""
    nobody(monkeypatch)
    (tmp_path / "prod.yaml").write_text("version: 1\npolicy: prod\nrequier: {}\n", "utf-8")

    answer = recgate("doctor", "--policies", tmp_path)

    assert answer.code == 1
    assert f"failed       policies: {tmp_path / 'prod.yaml'}:" in answer.out
    assert f"→ recgate policy validate {tmp_path}" in answer.out


def test_a_folder_that_nobody_named_may_be_missing_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The deployed functions have theirs; one that was named has to be there."""
    nobody(monkeypatch)
    monkeypatch.delenv("RECGATE_POLICIES", raising=False)
    monkeypatch.chdir(tmp_path)

    unnamed = recgate("doctor")
    named = recgate("doctor", "--policies", "nowhere")

    assert unnamed.code == 0
    assert "warning      policies: there is no folder policies here" in unnamed.out
    assert named.code == 1


@pytest.mark.parametrize(
    ("ledger", "state"),
    [("there.sqlite", "ok"), ("yet-to-come.sqlite", "ok"), ("broken.sqlite", "failed")],
)
def test_a_ledger_in_a_file_is_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ledger: str, state: str
) -> None:
    """And never made by looking at it."""
    nobody(monkeypatch)
    (tmp_path / "broken.sqlite").write_bytes(b"no database" * 100)
    job = POLICIES.parent / "examples" / "jobs" / "fraud-ranker-v14.json"
    recgate(
        *("check", "--file", job, "--policies", POLICIES, "--record"),
        *("--ledger", tmp_path / "there.sqlite"),
    )
    monkeypatch.setenv("RECGATE_LEDGER", str(tmp_path / ledger))

    answer = doctor("--output", "json")

    (found,) = [each for each in json.loads(answer.out)["checks"] if each["id"] == "ledger"]
    assert found["state"] == state
    assert not (tmp_path / "yet-to-come.sqlite").exists()


def test_an_account_that_is_not_the_one_in_the_settings_is_a_failure(
    world: DoctorWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before somebody works in the wrong one."""
    monkeypatch.setenv("RECGATE_ACCOUNT", "999999999999")

    answer = doctor()

    assert answer.code == 1
    assert "RECGATE_ACCOUNT is 999999999999" in answer.out


def test_an_aws_that_does_not_answer_is_not_known(
    monkeypatch: pytest.MonkeyPatch, world: DoctorWorld
) -> None:
    """Nothing answers on port 9; what needs no AWS is told all the same."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    answer = doctor()

    assert answer.code == 2
    assert "not known    credentials: STS did not say who is asking" in answer.out
    assert "ok           policies: " in answer.out

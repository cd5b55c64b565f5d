"""`recgate iam`: the policy, why, and what is left to fill in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.doctor.test_doctor_command import nobody
from tests.cli.runner import POLICIES, Answer, recgate
from tests.servers.aws import REGION
from tests.servers.described_account import ACCOUNT
from tests.servers.doctor_world import SECRET, DoctorWorld, doctor_world
from tests.servers.recgate_stack import ARCHIVE, KEY, STACK


@pytest.fixture(scope="module")
def servers() -> Iterator[DoctorWorld]:
    with doctor_world() as running:
        running.deploy()
        yield running


@pytest.fixture
def world(servers: DoctorWorld, monkeypatch: pytest.MonkeyPatch) -> DoctorWorld:
    nobody(monkeypatch)
    for name, value in servers.environment().items():
        monkeypatch.setenv(name, value)
    return servers


def iam(*options: str | Path) -> Answer:
    return recgate("iam", "--policies", POLICIES, *options)


def policy(*options: str) -> dict[str, Any]:
    """The statements by their Sids."""
    answer = iam("--output", "json", *options)
    assert answer.code == 0, answer.err
    document = json.loads(answer.out)
    assert list(document) == ["Version", "Statement"]
    return {each["Sid"]: each for each in document["Statement"]}


def test_the_policy_of_a_stack_has_its_names(world: DoctorWorld) -> None:
    """Nothing is left to fill in, so nothing is said beside it."""
    answer = iam("--stack", STACK, "--for", "functions", "--output", "json")
    found = {each["Sid"]: each for each in json.loads(answer.out)["Statement"]}

    ledger = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{STACK}-LedgerTable"
    assert found["AppendToLedger"]["Resource"] == ledger
    assert found["EncryptVerdicts"]["Resource"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}"
    assert found["ReadSlackSecret"]["Resource"] == (
        f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{SECRET}-??????"
    )
    assert answer.err == ""


def test_the_policy_of_a_desk_names_whom_it_may_simulate(world: DoctorWorld) -> None:
    """The roles of the functions, and who asks."""
    found = policy("--stack", STACK)

    assert found["LookAtPermissions"]["Resource"] == [
        f"arn:aws:iam::{ACCOUNT}:user/dana",
        f"arn:aws:iam::{ACCOUNT}:role/{STACK}-CheckRole",
        f"arn:aws:iam::{ACCOUNT}:role/{STACK}-WatchRole",
        f"arn:aws:iam::{ACCOUNT}:role/{STACK}-SealRole",
    ]


def test_a_reader_of_a_stack_can_verify_its_evidence(world: DoctorWorld) -> None:
    """The archive and the key are the stack's."""
    found = policy("--stack", STACK, "--for", "reader")

    key = world.account.stacks[STACK].resources["EvidenceKey"]
    assert found["ReadEvidence"]["Resource"] == f"arn:aws:s3:::{ARCHIVE}/records/*"
    assert found["ListEvidence"]["Resource"] == f"arn:aws:s3:::{ARCHIVE}"
    assert found["CheckSignatures"]["Resource"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"


def test_who_adopts_may_change_entries_and_nobody_else(world: DoctorWorld) -> None:
    """A policy of its own, for one command, with the warning in its reason."""
    statement = policy("--stack", STACK, "--for", "adopter")["AdoptOlderRecords"]

    answer = iam("--stack", STACK, "--for", "adopter")

    assert "dynamodb:UpdateItem" in statement["Action"]
    assert "Condition" not in statement
    assert "take it away again" in answer.out
    for whom in ("desk", "functions", "reader"):
        for each in policy("--stack", STACK, "--for", whom).values():
            updates = "dynamodb:UpdateItem" in each["Action"]
            assert not updates or "dynamodb:LeadingKeys" in str(each["Condition"])


@pytest.mark.parametrize(
    ("named", "resource"),
    [
        (f"kms:arn:aws:kms:{REGION}:{ACCOUNT}:key/k", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"),
        ("kms:k", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"),
        ("kms:alias/evidence", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/EVIDENCE_KEY"),
        ("signing.pem", None),
    ],
)
def test_the_key_and_the_archive_of_the_environment_are_in_it(
    named: str, resource: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alias tells no ARN, so a word stands there; a key in a file is nothing of AWS's."""
    nobody(monkeypatch)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("RECGATE_ACCOUNT", ACCOUNT)
    monkeypatch.setenv("RECGATE_ARCHIVE", "s3:evidence")
    monkeypatch.setenv("RECGATE_SIGNING_KEY", named)

    found = policy("--for", "reader")

    assert found["ReadEvidence"]["Resource"] == "arn:aws:s3:::evidence/records/*"
    assert found.get("CheckSignatures", {}).get("Resource") == resource


def test_a_reader_needs_no_stack_and_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not known is a word in capitals, and is told on standard error."""
    nobody(monkeypatch)

    answer = iam("--for", "reader", "--output", "json")

    assert [each["Sid"] for each in json.loads(answer.out)["Statement"]] == [
        "ReadJobs",
        "ReadBenchmarkSteps",
        "ReadMeasuredLatency",
        "ListJobs",
    ]
    assert answer.err == (
        "recgate: put in for ACCOUNT: the account, 12 digits\n"
        "recgate: put in for REGION: the region, such as eu-west-1\n"
    )


def test_the_environment_is_a_configuration_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table and a topic of the settings are in the policy of a desk."""
    nobody(monkeypatch)
    monkeypatch.setenv("RECGATE_LEDGER", "dynamodb:decisions")
    monkeypatch.setenv("RECGATE_SNS_TOPIC_ARN", f"arn:aws:sns:{REGION}:{ACCOUNT}:ml")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("RECGATE_ACCOUNT", ACCOUNT)

    found = policy()

    ledger = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/decisions"
    assert found["AppendToLedger"]["Resource"] == ledger
    assert found["PublishVerdicts"]["Resource"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:ml"
    assert "TakeDeadLetters" not in found


def test_routes_name_topics_and_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What routes.yaml names is needed, wherever it is kept."""
    nobody(monkeypatch)
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:finops"
    (tmp_path / "prod.yaml").write_text(
        "version: 1\npolicy: prod\nrequire:\n  max_cost_per_hour_usd: {fail: 1}\n", "utf-8"
    )
    (tmp_path / "routes.yaml").write_text(
        "version: 1\ndefault: [chat]\nroutes:\n"
        "  chat: {slack: {channel: C0123456789, token_secret: recgate/chat}}\n"
        "  hook: {slack: {webhook_secret: 'ssm:/recgate/hook'}}\n"
        f'  money: {{sns: {{topic_arn: "{topic}"}}}}\n',
        "utf-8",
    )

    answer = recgate("iam", "--policies", tmp_path, "--for", "functions", "--output", "json")

    found = {each["Sid"]: each["Resource"] for each in json.loads(answer.out)["Statement"]}
    assert found["PublishToRoutes"] == topic
    secret = "arn:aws:secretsmanager:REGION:ACCOUNT:secret:recgate/chat-??????"
    assert found["ReadRouteSecrets"] == secret
    assert found["ReadRouteParameters"] == "arn:aws:ssm:REGION:ACCOUNT:parameter/recgate/hook"


def test_the_text_says_why_below(monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON has no comments: a line for each Sid."""
    nobody(monkeypatch)

    answer = iam("--for", "reader")

    document, _, why = answer.out.partition("\n\nWhy\n")
    assert len(json.loads(document)["Statement"]) == len(why.splitlines()) == 4
    assert why.startswith("  ReadJobs             The result to judge; the tags")


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ({}, "There is no stack 'recgat' in eu-west-1"),
        ({"DescribeStacks": "AccessDenied"}, "allow"),
    ],
)
def test_a_stack_that_cannot_be_read_has_no_policy(
    world: DoctorWorld, refused: dict[str, str], words: str
) -> None:
    """A guess would be too much or too little."""
    world.account.refused.update(refused)

    answer = iam("--stack", "recgat", "--output", "json")
    world.account.refused.clear()

    assert answer.code == 2
    assert answer.out == ""
    assert words in answer.err


def test_broken_routes_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody knows what they would need."""
    nobody(monkeypatch)
    (tmp_path / "routes.yaml").write_text("version: 1\nroutes: 7\n", "utf-8")

    answer = recgate("iam", "--policies", tmp_path)

    assert answer.code == 2
    assert "routes.yaml" in answer.err

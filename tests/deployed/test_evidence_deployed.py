"""The evidence of the template as it is deployed: sealed, locked, verified, tampered with.

The emulator's KMS signs, its S3 locks versions, and its IAM asks the policies of the key and the
bucket. What its CloudFormation leaves out of the bucket, the default lock, is set as the template
says; and it knows no ``dynamodb:LeadingKeys``, so which items a role may update is not shown here.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.domain.chain import checkpoint_stream
from recgate.domain.seal import archive_name
from tests.deploy.template import ROOT
from tests.deployed.deployment import Deployment, deployment
from tests.deployed.emulator import ACCOUNT, REGION
from tests.deployed.stack import STACK
from tests.playground.world import JobOrder
from tests.servers.job_lives import Pace

pytestmark = pytest.mark.deployed

MINUTE = 60.0
CHAIN = f"{ACCOUNT}/{REGION}"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One deployment for all tests, with a job that was judged and told."""
    folder = tmp_path_factory.mktemp("evidence")
    with deployment(folder, pace=Pace(pending_s=1, running_s=4)) as made:
        made.until(lambda: "announced" in made.sweep(), within_s=MINUTE, what="the first sweep")
        judged(made, "first")
        yield made


@pytest.fixture(scope="module")
def public_key(here: Deployment) -> Path:
    """What an auditor fetched once."""
    done = desk(here, "audit", "key", "--from-kms", here.stack.outputs["EvidenceKeyArn"])
    assert done.returncode == 0, done.stderr
    file = here.aws.folder / "recgate-public.pem"
    file.write_text(done.stdout, "utf-8")
    return file


def judged(here: Deployment, name: str) -> None:
    """A job that ended and has its verdict, told by the topic, which is the last thing."""
    here.world.create_job(JobOrder(name, "fraud-ranker-v14", runs_s=1, tags={"env": "prod"}))
    here.until(
        lambda: here.sweep() and here.verdicts(name), within_s=2 * MINUTE, what="the verdict"
    )
    here.until(lambda: here.topic_about(name), within_s=MINUTE, what="the message")


def desk(here: Deployment, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run recgate at a desk that reaches the deployment."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(here.aws.folder / "home"),
        "LANG": "C.UTF-8",
        **here.environment(),
        # The local SageMaker has the metrics of jobs only; alarms are the emulator's.
        "AWS_ENDPOINT_URL_CLOUDWATCH": here.aws.url,
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


def sealed(here: Deployment) -> dict[str, Any]:
    """Run the seal function until nothing is left; gives its last answer."""
    return here.until(
        lambda: found if (found := here.invoke("SealFunctionName", {}))["left"] == 0 else {},
        within_s=MINUTE,
        what="everything sealed",
    )


def verified(here: Deployment, public_key: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the document of a verification."""
    key = ("--public-key", str(public_key))
    done = desk(here, "audit", "verify", "--stack", STACK, *key, "--output", "json", *more)
    assert done.returncode in (0, 1, 2), done.stderr
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def flaws(document: dict[str, Any]) -> set[tuple[str, int]]:
    """What is wrong, by kind and record; one flaw may be of several records in a row."""
    return {
        (each["kind"], sequence)
        for each in document["flaws"]
        for sequence in range(each["sequence"], (each["last"] or each["sequence"]) + 1)
    }


def ledger(here: Deployment) -> DynamoDbLedger:
    return DynamoDbLedger(here.aws.client("dynamodb"), here.stack.outputs["LedgerTableName"])


def place_of_the_decision(here: Deployment, job: str) -> tuple[str, int, int]:
    """The stream and position of a job's decision, and its number in the chain."""
    [found] = [
        each
        for each in ledger(here).every_entry()
        if each.kind == "decision" and each.stream.endswith(f"/{job}")
    ]
    assert found.sequence is not None
    return found.stream, found.position, found.sequence


def denied(call: Any, **asked: Any) -> bool:
    with pytest.raises(ClientError) as refusal:
        call(**asked)
    return "AccessDenied" in refusal.value.response["Error"]["Code"]


@contextmanager
def administrator(here: Deployment, service: str) -> Iterator[Any]:
    """A client of somebody whom IAM allows everything."""
    iam, name = here.aws.client("iam"), f"administrator-{service}"
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(everything))
    granted = here.aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")
    client = here.aws.client_with(granted["Credentials"], service)
    try:
        yield client
    finally:
        client.close()
        iam.delete_role_policy(RoleName=name, PolicyName="all")
        iam.delete_role(RoleName=name)


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_everything_that_is_recorded_is_sealed_by_the_schedule(here: Deployment) -> None:
    """Within a couple of minutes, without anybody's doing."""

    def is_sealed() -> bool:
        kept, mark = ledger(here), ledger(here).sealed_to(CHAIN)
        return mark is not None and mark == kept.head(CHAIN)

    here.until(is_sealed, within_s=3 * MINUTE, what="the mark at the head")

    kept = ledger(here)
    assert list(kept.chains()) == [CHAIN]
    names = [link.seal.archived_as for link in kept.links(CHAIN) if link.seal]
    assert names == [archive_name(CHAIN, number) for number in range(1, len(names) + 1)]
    assert len(names) > 5
    assert '"message":"Sealed"' in here.logs("SealFunctionName")


def test_every_archived_version_is_locked_as_the_template_says(here: Deployment) -> None:
    """In the mode and for the days of the parameters, by the bucket's default."""
    s3, bucket = here.aws.client("s3"), here.stack.outputs["EvidenceBucketName"]
    in_a_year = datetime.now(UTC) + timedelta(days=365)

    versions = s3.list_object_versions(Bucket=bucket)["Versions"]

    for each in versions:
        lock = s3.get_object_retention(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])[
            "Retention"
        ]
        assert lock["Mode"] == "GOVERNANCE"
        assert lock["RetainUntilDate"] > in_a_year


def test_today_has_a_checkpoint_of_the_chain(here: Deployment) -> None:
    """Signed and archived as every record; the sealer makes it by itself."""
    [*_, newest] = ledger(here).read(checkpoint_stream(CHAIN))

    age = datetime.now(UTC).date() - datetime.fromisoformat(newest.key).date()

    assert newest.body["chain"] == CHAIN
    assert age <= timedelta(days=1)


def test_the_evidence_is_intact_and_the_decisions_can_be_judged_again(
    here: Deployment, public_key: Path
) -> None:
    """Ledger, signatures, archive and locks; exit code 0."""
    sealed(here)

    code, document = verified(here, public_key, "--replay")

    assert (code, document["answer"], document["flaws"]) == (0, "intact", [])
    [state] = document["chains"]
    assert state["chain"] == CHAIN
    assert state["records"] == state["signed"] == state["archived"] > 5
    assert state["judged_again"] >= 1


def test_the_doctor_finds_the_evidence_in_order(here: Deployment) -> None:
    """The key, the archive, what waits, the checkpoint."""
    done = desk(here, "doctor", "--stack", STACK, "--output", "json")

    checks = {each["id"]: each for each in json.loads(done.stdout)["checks"]}
    states = {
        name: (checks[name]["state"], checks[name]["finding"])
        for name in ("signing-key", "archive", "sealing", "checkpoint")
    }
    assert {name: state for name, (state, _) in states.items()} == dict.fromkeys(states, "ok"), (
        states
    )


def test_only_the_sealer_signs_and_archives_and_nobody_takes_back(here: Deployment) -> None:
    """Not the check, and not an administrator, whom IAM allows everything. (The emulator asks no
    policy about the account's root.)
    """
    key, bucket = here.stack.outputs["EvidenceKeyArn"], here.stack.outputs["EvidenceBucketName"]
    sign = {
        "KeyId": key,
        "Message": b"0" * 32,
        "MessageType": "DIGEST",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }
    put = {"Bucket": bucket, "Key": f"records/{CHAIN}/x.json", "Body": b"{}"}
    [first, *_] = here.aws.client("s3").list_object_versions(Bucket=bucket)["Versions"]
    one = {"Bucket": bucket, "Key": first["Key"]}
    version = {**one, "VersionId": first["VersionId"]}

    with here.as_role("CheckRoleArn", "kms") as as_check:
        assert denied(as_check.sign, **sign)
    with here.as_role("CheckRoleArn", "s3") as as_check:
        assert denied(as_check.put_object, **put)
    with here.as_role("SealRoleArn", "s3") as as_sealer:
        assert denied(as_sealer.delete_object, **one)
        assert denied(as_sealer.delete_object, **version, BypassGovernanceRetention=True)
    with here.as_role("SealRoleArn", "dynamodb") as as_sealer:
        table = here.stack.outputs["LedgerTableName"]
        stream, position, _ = place_of_the_decision(here, "first")
        place = {"stream": {"S": stream}, "position": {"N": str(position)}}
        assert denied(as_sealer.delete_item, TableName=table, Key=place)
    with administrator(here, "kms") as as_administrator:
        assert as_administrator.get_public_key(KeyId=key)
        assert denied(as_administrator.sign, **sign)
    with administrator(here, "s3") as as_administrator:
        assert as_administrator.get_object(**one)
        assert denied(as_administrator.put_object, **put)
        assert denied(as_administrator.delete_object, **one)
        assert denied(as_administrator.delete_object, **version, BypassGovernanceRetention=True)


def test_an_edit_in_the_table_is_found_and_named(here: Deployment, public_key: Path) -> None:
    """By whoever may write to the table: nothing else can."""
    dynamodb, table = here.aws.client("dynamodb"), here.stack.outputs["LedgerTableName"]
    stream, position, sequence = place_of_the_decision(here, "first")
    place = {"stream": {"S": stream}, "position": {"N": str(position)}}
    whole = dynamodb.get_item(TableName=table, Key=place, ConsistentRead=True)["Item"]
    dynamodb.put_item(TableName=table, Item={**whole, "recorded_at": {"S": "2026-01-01T00:00"}})
    try:
        code, document = verified(here, public_key)
    finally:
        dynamodb.put_item(TableName=table, Item=whole)

    assert (code, document["answer"]) == (1, "tampered")
    assert flaws(document) == {("edited", sequence)}
    assert verified(here, public_key)[0] == 0


def test_a_record_that_is_gone_from_the_table_is_found_and_named(
    here: Deployment, public_key: Path
) -> None:
    """The link, the seal and the archive tell of it."""
    dynamodb, table = here.aws.client("dynamodb"), here.stack.outputs["LedgerTableName"]
    stream, position, sequence = place_of_the_decision(here, "first")
    place = {"stream": {"S": stream}, "position": {"N": str(position)}}
    whole = dynamodb.get_item(TableName=table, Key=place, ConsistentRead=True)["Item"]
    dynamodb.delete_item(TableName=table, Key=place)
    try:
        code, document = verified(here, public_key)
    finally:
        dynamodb.put_item(TableName=table, Item=whole)

    assert (code, document["answer"]) == (1, "tampered")
    assert ("deleted", sequence) in flaws(document)


@contextmanager
def without_its_policy(here: Deployment) -> Iterator[None]:
    """What somebody who may administer the bucket can do to it."""
    s3, bucket = here.aws.client("s3"), here.stack.outputs["EvidenceBucketName"]
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    try:
        yield
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)


def test_what_is_laid_over_the_archive_is_found_and_named(
    here: Deployment, public_key: Path
) -> None:
    """A delete marker and a newer version, by who took the bucket's policy away; the versions
    that were kept are still there, and still right.
    """
    s3, bucket = here.aws.client("s3"), here.stack.outputs["EvidenceBucketName"]
    names = [archive_name(CHAIN, number) for number in (1, 2)]
    with without_its_policy(here):
        marker = s3.delete_object(Bucket=bucket, Key=names[0])["VersionId"]
        newer = s3.put_object(Bucket=bucket, Key=names[1], Body=b"{}")["VersionId"]
    try:
        code, document = verified(here, public_key)
    finally:
        with without_its_policy(here):
            s3.delete_object(Bucket=bucket, Key=names[0], VersionId=marker)
            s3.delete_object(
                Bucket=bucket, Key=names[1], VersionId=newer, BypassGovernanceRetention=True
            )

    assert (code, document["answer"]) == (1, "tampered")
    assert flaws(document) == {("overlaid", 1), ("overlaid", 2)}
    assert verified(here, public_key)[0] == 0


def test_what_kms_refuses_waits_and_is_sealed_when_it_is_mended(here: Deployment) -> None:
    """No message waits for it: the verdict is told while the key is disabled."""
    kms, key = here.aws.client("kms"), here.stack.outputs["EvidenceKeyArn"]
    sealed(here)
    kms.disable_key(KeyId=key)
    try:
        judged(here, "meanwhile")
        waiting = here.invoke("SealFunctionName", {})
    finally:
        kms.enable_key(KeyId=key)

    after = sealed(here)

    assert waiting["left"] > 0
    assert waiting["sealed"] == 0
    assert after["broken"] == 0
    assert "Sealing is refused" in here.logs("SealFunctionName")

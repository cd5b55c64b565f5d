"""The sealer's parts are those that the settings name; with AWS's own interfaces they work."""

import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from recgate.adapters.aws_clients import Aws
from recgate.adapters.folder_archive import FolderArchive
from recgate.adapters.kms_signer import KmsSigner
from recgate.adapters.local_key import new_local_key
from recgate.adapters.s3_archive import S3Archive
from recgate.adapters.signature_check import PublicKeys
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.chain import LOCAL, chain_of
from recgate.domain.statement import envelope_from, pae, statement_from
from recgate.evidence_ports import Evidence, SignerRefused
from recgate.evidence_wiring import NoChains, archive, chained, seal_parts, signer
from recgate.flows.evidence.seal import seal
from recgate.functions.seal_telemetry import SealTelemetry
from recgate.functions.seal_worker import SealWorker
from recgate.ports import Entry, job_stream
from recgate.settings import Settings, SettingsInvalid, settings_from
from recgate.wiring import close_ledger, deployed_ledger, ledger
from tests.builders import JOB_ARN, NOW
from tests.deploy.template import variables
from tests.flows.fakes import CrashingLedger
from tests.servers.aws import LocalAws, create_ledger_table, local_aws

CHAIN = "111122223333/eu-west-1"


@pytest.fixture(name="aws", scope="module")
def _aws() -> Iterator[LocalAws]:
    with local_aws() as aws:
        yield aws


@pytest.fixture
def clients(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """The clients of a function on this machine."""
    for name, value in {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-west-1",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    made = Aws()
    yield made
    made.close()


@pytest.fixture
def environment(aws: LocalAws) -> dict[str, str]:
    """What the template gives the function, with a table, a bucket and a key of this machine."""
    aws.reset()
    create_ledger_table(aws.client("dynamodb"), "ledger")
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket="evidence",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
        ObjectLockEnabledForBucket=True,
    )
    key = aws.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return {
        "RECGATE_LEDGER": "dynamodb:ledger",
        "RECGATE_ACCOUNT": "111122223333",
        "RECGATE_ARCHIVE": "s3:evidence",
        "RECGATE_SIGNING_KEY": f"kms:{key['KeyMetadata']['Arn']}",
    }


def test_the_template_sets_what_the_sealer_needs() -> None:
    """And nothing that it does not know."""
    told = {name for name in variables("SealFunction") if name.startswith("RECGATE_")}

    assert told - {"RECGATE_VERSION"} == {
        "RECGATE_LEDGER",
        "RECGATE_ACCOUNT",
        "RECGATE_ARCHIVE",
        "RECGATE_SIGNING_KEY",
    }


def test_the_function_seals_what_the_check_recorded(
    aws: LocalAws, clients: Aws, environment: dict[str, str]
) -> None:
    """DynamoDB → KMS → S3 → DynamoDB, over AWS's own interfaces; the second run has nothing."""
    settings = settings_from(environment)
    recorder = deployed_ledger(settings, clients)
    for position in range(3):
        entry = Entry("request", f"r{position}", NOW, {"n": position})
        recorder.append(job_stream(JOB_ARN), position, entry)
    recorder.append("effect:k:slack", 0, Entry("claimed", "k", NOW, {}))
    telemetry = SealTelemetry(metrics=False, logger=Logger(stream=io.StringIO()))
    worker = SealWorker(seal_parts(settings, clients), telemetry)

    first, second = worker.handle(None), worker.handle(None)

    assert first == {"sealed": 5, "left": 0, "broken": 0}  # four records and a checkpoint
    assert second["sealed"] <= 1  # past midnight between the two, one more checkpoint
    assert isinstance(recorder, Evidence)
    assert recorder.chains() == (CHAIN,)
    s3, listed = aws.client("s3"), aws.client("s3").list_objects_v2(Bucket="evidence")
    names = [each["Key"] for each in listed["Contents"]]
    assert names[:5] == [f"records/{CHAIN}/{number:012}.json" for number in range(1, 6)]
    pem = KmsSigner(clients.client("kms"), settings.signing_key.removeprefix("kms:")).public_key()
    check = PublicKeys([pem])
    for name, link in zip(names, recorder.links(CHAIN), strict=True):
        envelope = envelope_from(s3.get_object(Bucket="evidence", Key=name)["Body"].read())
        # moto's KMS signs the digest as if that were the message.
        digest = hashlib.sha256(pae(envelope.payload)).digest()
        assert check(digest, envelope.signature)
        assert link.seal is not None
        assert link.seal.signature == envelope.signature
        assert statement_from(envelope.payload).link.sequence == link.sequence


def test_what_a_crashed_sealer_left_in_s3_is_adopted(
    aws: LocalAws, clients: Aws, environment: dict[str, str]
) -> None:
    """Its version, too; and another record at that place is a fork."""
    settings = settings_from(environment)
    parts = seal_parts(settings, clients)
    parts.ledger.append(job_stream(JOB_ARN), 0, Entry("request", "r0", NOW, {}))
    seal(parts)
    [first] = list(parts.ledger.links(CHAIN))
    dynamodb = aws.client("dynamodb")
    _without_seals(dynamodb)

    adopted = seal(parts)
    [again] = list(parts.ledger.links(CHAIN))
    s3 = aws.client("s3")
    other = s3.get_object(Bucket="evidence", Key=f"records/{CHAIN}/{1:012}.json")["Body"].read()
    s3.put_object(Bucket="evidence", Key=f"records/{CHAIN}/{2:012}.json", Body=other)
    parts.ledger.append(job_stream(JOB_ARN), 1, Entry("request", "r1", NOW, {}))
    forked = seal(parts)

    assert adopted.broken == ()
    assert adopted.is_all
    assert first.seal is not None
    assert again.seal is not None
    assert (again.seal.signature, again.seal.version) == (first.seal.signature, first.seal.version)
    assert [flaw.sequence for flaw in forked.broken] == [2]


def _without_seals(dynamodb: Any) -> None:
    """Take the seals and the watermarks out of the table, as if they had never been kept."""
    for item in dynamodb.scan(TableName="ledger")["Items"]:
        key = {name: item[name] for name in ("stream", "position")}
        if item["stream"]["S"].startswith("chain-sealed:"):
            dynamodb.delete_item(TableName="ledger", Key=key)
        elif item["stream"]["S"].startswith("chain:"):
            kept = {name for name in item if not name.startswith(("seal", "archived_"))}
            dynamodb.put_item(TableName="ledger", Item={name: item[name] for name in kept})


def test_at_a_desk_a_file_a_key_and_a_folder_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No client is made, and no region needed."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    new_local_key(tmp_path / "signing.pem")
    settings = Settings(
        policies=Path(),
        ledger=str(tmp_path / "l.db"),
        signing_key=str(tmp_path / "signing.pem"),
        archive=str(tmp_path / "evidence"),
    )

    parts = seal_parts(settings, Aws())

    parts.ledger.append("effect:k:console", 0, Entry("claimed", "k", NOW, {}))
    assert seal(parts).sealed == 1
    assert isinstance(parts.archive, FolderArchive)
    assert parts.ledger.chains() == [LOCAL]
    close_ledger(parts.ledger)


@pytest.mark.parametrize(
    ("account", "chain"), [("111122223333", CHAIN), ("", LOCAL)], ids=["known", "not known"]
)
def test_what_is_about_no_job_belongs_to_the_chain_of_the_deployment(
    aws: LocalAws, clients: Aws, environment: dict[str, str], account: str, chain: str
) -> None:
    """Where its account is known."""
    opened = ledger("dynamodb:ledger", clients, account=account)

    opened.append("effect:k:slack", 0, Entry("claimed", "k", NOW, {}))

    assert isinstance(opened, Evidence)
    assert opened.chains() == (chain,)


def test_a_file_is_at_home_at_its_desk() -> None:
    """Whatever account the environment names: nobody else writes into it."""
    opened = ledger("memory", Aws(), account="111122223333")

    opened.append("effect:k:slack", 0, Entry("claimed", "k", NOW, {}))

    assert isinstance(opened, Evidence)
    assert list(opened.chains()) == [LOCAL] == [chain_of("effect:k:slack", LOCAL)]
    close_ledger(opened)


def test_without_a_key_the_error_says_which_setting() -> None:
    """Nothing can be signed."""
    settings = settings_from({"RECGATE_LEDGER": "dynamodb:ledger"})

    with pytest.raises(SettingsInvalid, match="RECGATE_SIGNING_KEY"):
        seal_parts(settings, Aws(region="eu-west-1"))


def test_a_ledger_without_chains_is_a_clear_error() -> None:
    """It is named; a fault would name a method."""
    with SqliteLedger(":memory:") as inner:
        plain = CrashingLedger(inner, dies_at=0, after=False)

        with pytest.raises(NoChains, match=r"my\.db"):
            chained(plain, "my.db")

        assert chained(inner, "my.db") is inner


def test_a_key_file_that_is_none_is_refused_when_the_parts_are_made(tmp_path: Path) -> None:
    """Before anything is read or written."""
    path = tmp_path / "k.pem"
    path.write_text("no key")
    path.chmod(0o600)

    with pytest.raises(SignerRefused, match=r"k\.pem"):
        signer(str(path), Aws())


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("kms:arn:aws:kms:us-east-1:111122223333:key/0a1b", "us-east-1"),
        ("kms:0a1b2c3d-0000-0000-0000-000000000000", "eu-west-1"),
        ("kms:alias/recgate", "eu-west-1"),
    ],
)
def test_a_kms_key_is_asked_in_its_own_region(
    name: str, region: str, aws: LocalAws, clients: Aws
) -> None:
    """An ARN names it; an id and an alias mean the caller's."""
    signer(name, clients)

    assert clients.client("kms", region if "arn" in name else None).meta.region_name == region
    made = [key for key in clients._made if key[0] == "kms"]
    assert {key[1] for key in made} == {region if "arn" in name else None}


def test_archives_are_a_bucket_a_folder_or_none(clients: Aws) -> None:
    """By the same words as for pages."""
    bucket, folder = archive("s3:evidence", clients), archive("evidence", clients)

    assert isinstance(bucket, S3Archive)
    assert isinstance(folder, FolderArchive)
    assert (bucket.where, folder.where) == ("s3://evidence", "evidence")
    assert archive("", clients) is None


def test_settings_are_read_and_checked() -> None:
    """A wrong one is named; a pasted key is never repeated."""
    settings = settings_from(
        {"RECGATE_ARCHIVE": "s3:evidence-1", "RECGATE_SIGNING_KEY": "kms:alias/recgate"}
    )

    assert (settings.archive, settings.signing_key) == ("s3:evidence-1", "kms:alias/recgate")
    assert settings_from({"RECGATE_SIGNING_KEY": "keys/signing.pem"}).signing_key
    for name, wrong in (
        ("ARCHIVE", "s3:"),
        ("ARCHIVE", "s3://evidence"),
        ("ARCHIVE", "s3:Evidence"),
        ("SIGNING_KEY", "kms:"),
        ("SIGNING_KEY", "kms:two words"),
        ("SIGNING_KEY", "-----BEGIN PRIVATE KEY-----\nMIGH"),
    ):
        with pytest.raises(SettingsInvalid, match=f"RECGATE_{name}: ") as refusal:
            settings_from({f"RECGATE_{name}": wrong})
        assert "MIGH" not in str(refusal.value)


def test_the_handler_is_made_from_the_environment_once(
    aws: LocalAws,
    clients: Aws,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As Lambda calls it, with what the schedule sends."""
    from recgate.functions.seal import handler, worker

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    worker.cache_clear()

    assert handler({}, None) == {"sealed": 0, "left": 0, "broken": 0}
    assert worker() is worker()
    worker.cache_clear()

    figures = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = {metric["Name"] for line in figures for metric in _metrics(line)}
    assert told == {"UnsealedAge", "RecordsSealed", "EvidenceBroken", "SealsRefused"}


def _metrics(line: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for group in line["_aws"]["CloudWatchMetrics"] for each in group["Metrics"]]

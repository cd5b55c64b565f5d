"""What is signed and archived outlives the stack, mistakes, and whoever would change it."""

from datetime import timedelta
from typing import Any

import pytest

from recgate.domain.seal import archive_name
from tests.deploy.cloudformation import worked_out
from tests.deploy.template import (
    FUNCTIONS,
    listed,
    load_template,
    policies_of,
    properties,
    role_statements,
    variables,
)

A_KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
THE_SEALER = {"ArnNotEquals": {"aws:PrincipalArn": {"Fn::GetAtt": ["SealRole", "Arn"]}}}


def denials(statements: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a policy of a resource denies to everybody, by Sid."""
    found = {each["Sid"]: each for each in statements if each["Effect"] == "Deny"}
    assert all(each["Principal"] == "*" for each in found.values())
    return found


@pytest.mark.parametrize("name", ["EvidenceBucket", "EvidenceKey"])
def test_the_archive_and_its_key_outlive_the_stack(name: str) -> None:
    """Without the key's public half nobody could check what the archive holds."""
    resource = load_template()["Resources"][name]

    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_what_is_archived_is_locked_at_once_and_for_as_long_as_was_asked() -> None:
    """By the bucket's default, so that no writer can forget it."""
    bucket = properties("EvidenceBucket")
    retention = {"Mode": {"Ref": "ArchiveMode"}, "Days": {"Ref": "ArchiveDays"}}

    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"
    assert bucket["ObjectLockConfiguration"]["Rule"] == {"DefaultRetention": retention}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_a_try_can_be_cleaned_up_and_an_audit_of_the_year_before_cannot() -> None:
    """The default mode lets a test be deleted; the default days are more than a year."""
    parameters = load_template()["Parameters"]

    assert parameters["ArchiveMode"]["Default"] == "GOVERNANCE"
    assert parameters["ArchiveMode"]["AllowedValues"] == ["GOVERNANCE", "COMPLIANCE"]
    assert timedelta(days=parameters["ArchiveDays"]["Default"]) > timedelta(days=366)


def test_nothing_in_the_archive_ever_expires() -> None:
    """A record that is gone is a hole in the chain; only what was never finished is swept."""
    rules = properties("EvidenceBucket")["LifecycleConfiguration"]["Rules"]

    assert [set(rule) - {"Id", "Status"} for rule in rules] == [{"AbortIncompleteMultipartUpload"}]


def test_the_archive_is_private_and_encrypted() -> None:
    """As the pages are; nobody's access list counts."""
    bucket = properties("EvidenceBucket")

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]


def test_nobody_but_the_sealer_writes_into_the_archive_and_nobody_hides_or_releases() -> None:
    """Whatever IAM says of them. The owner can still change the policy: it is not about that."""
    denied = denials(properties("EvidenceBucketPolicy")["PolicyDocument"]["Statement"])
    everything = {"Fn::Sub": "${EvidenceBucket.Arn}/*"}

    assert denied["OnlyOverTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert denied["OnlyTheSealerArchives"]["Action"] == "s3:PutObject"
    assert denied["OnlyTheSealerArchives"]["Condition"] == THE_SEALER
    assert set(denied["NobodyHidesOrReleases"]["Action"]) == {
        "s3:BypassGovernanceRetention",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
    }
    assert "Condition" not in denied["NobodyHidesOrReleases"]
    for sid in ("OnlyTheSealerArchives", "NobodyHidesOrReleases"):
        assert denied[sid]["Resource"] == everything
    written = [action for each in denied.values() for action in listed(each["Action"])]
    assert not {"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"} & set(written)


def test_nobody_but_the_sealer_signs() -> None:
    """An administrator's `kms:*` is not enough; who may administer stays as AWS has it."""
    key = properties("EvidenceKey")
    statements = key["KeyPolicy"]["Statement"]
    (administrators,) = (each for each in statements if each["Effect"] == "Allow")
    denied = denials(statements)

    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert "EnableKeyRotation" not in key  # AWS rotates no asymmetric key
    assert administrators["Principal"]["AWS"]["Fn::Sub"].endswith(":root")
    assert set(denied) == {"OnlyTheSealerSigns"}
    assert denied["OnlyTheSealerSigns"]["Action"] == "kms:Sign"
    assert denied["OnlyTheSealerSigns"]["Condition"] == THE_SEALER


@pytest.mark.parametrize(
    ("given", "makes_one"), [({}, True), ({"SigningKeyArn": A_KEY}, False)], ids=["none", "own"]
)
def test_a_key_is_made_unless_one_is_given(
    given: dict[str, str], makes_one: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the function and its role are told of the same one."""
    template = load_template()
    signed_with = variables("SealFunction")["RECGATE_SIGNING_KEY"]
    (granted,) = (
        each["PolicyDocument"]["Statement"][0]["Resource"]
        for each in policies_of("SealRole")
        if each["PolicyName"] == "sign"
    )
    own = {"Fn::Sub": "kms:${SigningKeyArn}"}

    made = worked_out({"makes": ("MakesSigningKey", "yes")}, given, monkeypatch)

    assert ("makes" in made) is makes_one
    assert template["Resources"]["EvidenceKey"]["Condition"] == "MakesSigningKey"
    assert template["Resources"]["EvidenceKeyAlias"]["Condition"] == "MakesSigningKey"
    assert signed_with["Fn::If"] == [
        "MakesSigningKey",
        {"Fn::Sub": "kms:${EvidenceKey.Arn}"},
        own,
    ]
    assert granted["Fn::If"] == [
        "MakesSigningKey",
        {"Fn::GetAtt": ["EvidenceKey", "Arn"]},
        {"Ref": "SigningKeyArn"},
    ]


def test_the_sealer_may_archive_under_the_names_that_it_gives() -> None:
    """Elsewhere in the bucket every write would be refused."""
    archive = role_statements("SealRole")["Archive"]["Resource"]["Fn::Sub"]

    name = archive_name("111122223333/eu-west-1", 7)

    assert name.startswith(archive.removeprefix("${EvidenceBucket.Arn}/").removesuffix("*"))


def test_every_minute_something_seals_and_a_run_that_failed_is_not_tried_again() -> None:
    """The next minute goes on from there."""
    schedule, function = properties("SealSchedule"), properties("SealFunction")

    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": ["SealFunction", "Arn"]}
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert "State" not in schedule  # enabled
    assert function["EventInvokeConfig"] == {
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_knows_the_ledger_and_its_home(function: str) -> None:
    """The home chain is that of the deployment's account: one of their own would be a fork."""
    told = variables(function)

    assert told["RECGATE_LEDGER"] == {"Fn::Sub": "dynamodb:${LedgerTable}"}
    assert told["RECGATE_ACCOUNT"] == {"Ref": "AWS::AccountId"}
    assert ("RECGATE_ARCHIVE" in told) is (function == "SealFunction")

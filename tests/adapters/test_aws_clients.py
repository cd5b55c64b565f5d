"""Clients at home and in other accounts, as the servers see them."""

import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from recgate.adapters.aws_clients import Aws, AwsNotConfigured, RoleNotAssumed
from recgate.adapters.sagemaker_jobs import SageMakerJobs
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.ports import JobSourceBusy, JobSourceRefused
from tests.servers.aws import local_aws
from tests.servers.signed_calls import SignedCalls, signed_calls

MEMBER, ROLE = "444455556666", "arn:aws:iam::444455556666:role/recgate-member"
NOTICE = JobNotice("fraud-ranker-v14", Trigger(TriggerSource.SWEEP))


@pytest.fixture
def server() -> Iterator[SignedCalls]:
    with signed_calls() as played:
        yield played


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials of the home account, and nothing of this machine's own configuration."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHOME")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws(server: SignedCalls) -> Iterator[Aws]:
    made = Aws(region="eu-west-1", endpoint_url=server.endpoint_url, attempts=1)
    yield made
    made.close()


def describe(clients: Aws, region: str | None = None) -> None:
    """A call that a member's clients make; its answer does not matter."""
    clients.client("sagemaker", region).list_tags(ResourceArn=f"arn:aws:sagemaker:::{region}")


def test_at_home_nobody_assumes_anything(aws: Aws, server: SignedCalls) -> None:
    """The clients of other regions have the same credentials."""
    describe(aws)
    describe(aws, "us-east-1")

    assert [(call.service, call.region, call.access_key) for call in server.calls] == [
        ("sagemaker", "eu-west-1", "AKIAHOME"),
        ("sagemaker", "us-east-1", "AKIAHOME"),
    ]


def test_nothing_is_asked_of_a_member_before_it_is_needed(aws: Aws, server: SignedCalls) -> None:
    """A cold start pays for the account that the event is about, and for no other."""
    aws.in_account(MEMBER, role="recgate-member").client("sagemaker")

    assert server.calls == []


def test_a_member_is_asked_as_its_own_role_in_the_region_that_is_meant(
    aws: Aws, server: SignedCalls
) -> None:
    """One AssumeRole at home's STS for all the regions, then the member's credentials only."""
    member = aws.in_account(MEMBER, role="recgate-member")

    for region in ("us-east-1", "eu-west-1", "us-east-1"):
        describe(member, region)

    [assumed] = server.of("sts")
    assert (assumed.region, assumed.access_key) == ("eu-west-1", "AKIAHOME")
    assert assumed.parameters["RoleArn"] == ROLE
    assert assumed.parameters["RoleSessionName"] == "recgate"
    assert [(call.region, call.access_key, call.token) for call in server.of("sagemaker")] == [
        (region, f"ASIA{MEMBER}", f"token of ASIA{MEMBER}")
        for region in ("us-east-1", "eu-west-1", "us-east-1")
    ]


def test_every_account_has_credentials_of_its_own(aws: Aws, server: SignedCalls) -> None:
    """And asking for the same account twice gives the same clients."""
    first, second = (aws.in_account(account, role="r") for account in (MEMBER, "777788889999"))

    describe(first)
    describe(second)

    assert [call.access_key for call in server.of("sagemaker")] == [
        f"ASIA{MEMBER}",
        "ASIA777788889999",
    ]
    assert aws.in_account(MEMBER, role="r") is first


def test_credentials_that_run_out_are_asked_for_anew(aws: Aws, server: SignedCalls) -> None:
    """A function stays warm for longer than an assumed role lasts."""
    server.lasts = timedelta(minutes=5)
    member = aws.in_account(MEMBER, role="recgate-member")

    describe(member)
    describe(member)

    assert len(server.of("sts")) == 2


def test_a_profile_of_the_desk_stays_out_of_a_member(server: SignedCalls, tmp_path: Path) -> None:
    """Its credentials ask STS, and nothing else."""
    (tmp_path / "credentials").write_text(
        "[desk]\naws_access_key_id = AKIADESK\naws_secret_access_key = x\n"
    )
    aws = Aws(region="eu-west-1", profile="desk", endpoint_url=server.endpoint_url, attempts=1)

    describe(aws.in_account(MEMBER, role="recgate-member"))
    aws.close()

    assert [call.access_key for call in server.calls] == ["AKIADESK", f"ASIA{MEMBER}"]


def test_the_role_is_named_in_the_partition_of_the_region(server: SignedCalls) -> None:
    """China's ARNs begin in another way."""
    aws = Aws(region="cn-north-1", endpoint_url=server.endpoint_url, attempts=1)

    describe(aws.in_account(MEMBER, role="recgate-member"))
    aws.close()

    assert server.calls[0].parameters["RoleArn"] == ROLE.replace("arn:aws:", "arn:aws-cn:")


DENIED = (403, "AccessDenied", "User: arn:aws:sts::1:assumed-role/x may not sts:AssumeRole")


def test_a_role_that_may_not_be_assumed_is_named_with_its_cure(
    aws: Aws, server: SignedCalls
) -> None:
    """Whatever call it was that needed it: SageMaker has refused nothing."""
    server.refusal = DENIED
    member = aws.in_account(MEMBER, role="recgate-member")
    jobs = SageMakerJobs(member.client("sagemaker"), lambda: member.client("cloudwatch"))

    with pytest.raises(RoleNotAssumed) as refused:
        jobs.state(NOTICE)

    assert isinstance(refused.value, JobSourceRefused)
    said = str(refused.value)
    assert said.startswith(f"Role {ROLE} cannot be assumed: ")
    assert DENIED[2] in said
    assert f"allow sts:AssumeRole on {ROLE}" in said
    assert f"member.yaml in account {MEMBER}" in said
    assert "Describe" not in said


@pytest.mark.parametrize(
    "refusal",
    [
        (400, "Throttling", "Rate exceeded"),
        (400, "ThrottlingException", "Rate exceeded"),
        (503, "ServiceUnavailable", "later"),
        (500, "InternalFailure", "later"),
    ],
)
def test_a_throttled_sts_is_asked_again_later(
    aws: Aws, server: SignedCalls, refusal: tuple[int, str, str]
) -> None:
    """The message goes back to the queue; nobody is told to mend a permission."""
    server.refusal = refusal
    member = aws.in_account(MEMBER, role="recgate-member")

    with pytest.raises(JobSourceBusy, match="STS did not give the role"):
        describe(member)


def test_a_refusal_that_quotes_the_request_is_not_repeated(aws: Aws, server: SignedCalls) -> None:
    """The answer to a wrong signature holds its headers, the session token among them."""
    server.refusal = (403, "SignatureDoesNotMatch", "x-amz-security-token:SECRET")
    member = aws.in_account(MEMBER, role="recgate-member")

    with pytest.raises(RoleNotAssumed) as refused:
        describe(member)

    assert "SignatureDoesNotMatch" in str(refused.value)
    assert "SECRET" not in "".join(traceback.format_exception(refused.value))


def test_an_sts_that_is_not_there_is_asked_again_later() -> None:
    """A broken network passes."""
    aws = Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:9", attempts=1)

    with pytest.raises(JobSourceBusy, match="EndpointConnectionError"):
        describe(aws.in_account(MEMBER, role="recgate-member"))
    aws.close()


def test_without_credentials_at_home_no_role_can_be_assumed(
    server: SignedCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said of the role, and not tried again."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    aws = Aws(region="eu-west-1", endpoint_url=server.endpoint_url, attempts=1)

    with pytest.raises(RoleNotAssumed, match="Unable to locate credentials"):
        describe(aws.in_account(MEMBER, role="recgate-member"))
    aws.close()


def test_without_a_region_there_is_no_home() -> None:
    """Said before anything is asked."""
    with pytest.raises(AwsNotConfigured, match="no region"):
        _ = Aws().home_region


def test_the_endpoint_of_sts_is_that_of_the_region() -> None:
    """The global one is far away, and its tokens are not valid in every region."""
    aws = Aws(region="eu-west-1")

    assert aws.client("sts").meta.endpoint_url == "https://sts.eu-west-1.amazonaws.com"
    aws.close()


def test_an_emulators_sts_gives_credentials_that_work() -> None:
    """A real check of the request (moto), and an answer in STS's own words."""
    with local_aws() as emulator:
        aws = Aws(region="eu-west-1", endpoint_url=emulator.endpoint_url)
        sts = aws.in_account(MEMBER, role="recgate-member").client("sts")

        identity = sts.get_caller_identity()
        aws.close()

    assert identity["Arn"] == f"arn:aws:sts::{MEMBER}:assumed-role/recgate-member/recgate"

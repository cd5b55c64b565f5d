"""Each job is asked for where it is, and nowhere else."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.jobs_by_place import JobsByPlace
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.place import Place, Places
from recgate.flows.serving import NotServed
from recgate.ports import JobSourceRefused, JobState
from recgate.settings import Settings, SettingsInvalid
from recgate.wiring import queue_parts
from tests.builders import snapshot
from tests.servers.sample_jobs import job
from tests.servers.signed_calls import SignedCalls, signed_calls

HOME, MEMBER = "111122223333", "444455556666"
PLACES = Places(Place(HOME, "eu-west-1"), regions=("us-east-1",), members=(MEMBER,))
NAME = "fraud-ranker-v14"


def arn(account: str, region: str) -> str:
    return f"arn:aws:sagemaker:{region}:{account}:inference-recommendations-job/{NAME}"


def notice(account: str | None = None, region: str | None = None) -> JobNotice:
    return JobNotice(NAME, Trigger(TriggerSource.SWEEP), account=account, region=region)


@dataclass
class Source:
    """The jobs of one place: each is there."""

    place: Place
    gathered: int = 0

    def state(self, notice: JobNotice) -> JobState:
        described = arn(self.place.account, self.place.region)
        return JobState(notice.job_name, described, JobStatus.COMPLETED, None, {})

    def gather(self, state: JobState) -> Snapshot:
        self.gathered += 1
        return snapshot()


@dataclass
class Sources:
    """Makes the source of a place, and knows which it made."""

    made: list[Source] = field(default_factory=list)

    def __call__(self, place: Place) -> Source:
        self.made.append(Source(place))
        return self.made[-1]


@pytest.mark.parametrize(
    ("account", "region", "place"),
    [
        (None, None, PLACES.home),
        (HOME, None, PLACES.home),
        (None, "eu-west-1", PLACES.home),
        (HOME, "us-east-1", Place(HOME, "us-east-1")),
        (None, "us-east-1", Place(HOME, "us-east-1")),
        (MEMBER, "eu-west-1", Place(MEMBER, "eu-west-1")),
        (MEMBER, "us-east-1", Place(MEMBER, "us-east-1")),
        (MEMBER, None, Place(MEMBER, "eu-west-1")),
    ],
)
def test_a_job_is_asked_for_in_the_place_that_the_notice_names(
    account: str | None, region: str | None, place: Place
) -> None:
    """What it does not name is home's."""
    sources = Sources()

    state = JobsByPlace(PLACES, sources).state(notice(account, region))

    assert [source.place for source in sources.made] == [place]
    assert state.job_arn == arn(place.account, place.region)


def test_a_job_is_gathered_where_its_arn_says_that_it_is() -> None:
    """Tags and latencies of a job of the same name elsewhere are another job's."""
    sources = Sources()
    jobs = JobsByPlace(PLACES, sources)

    jobs.gather(jobs.state(notice(MEMBER, "us-east-1")))

    [source] = sources.made
    assert (source.place, source.gathered) == (Place(MEMBER, "us-east-1"), 1)


def test_a_described_job_without_an_arn_is_homes() -> None:
    """A local SageMaker may leave it out."""
    sources = Sources()
    state = JobState(NAME, None, JobStatus.COMPLETED, None, {})

    JobsByPlace(PLACES, sources).gather(state)

    assert [source.place for source in sources.made] == [PLACES.home]


def test_the_source_of_a_place_is_made_once() -> None:
    """Clients, credentials and connections are kept."""
    sources = Sources()
    jobs = JobsByPlace(PLACES, sources)

    for _ in range(3):
        jobs.gather(jobs.state(notice(MEMBER, "us-east-1")))
        jobs.state(notice())

    assert [source.place for source in sources.made] == [Place(MEMBER, "us-east-1"), PLACES.home]


@pytest.mark.parametrize(
    ("account", "region", "said"),
    [
        ("999988887777", "eu-west-1", "MemberAccounts"),
        ("999988887777", "ap-south-1", "MemberAccounts"),
        (HOME, "ap-south-1", "WatchRegions"),
        (MEMBER, "ap-south-1", "WatchRegions"),
        (None, "ap-south-1", "WatchRegions"),
    ],
)
def test_a_place_that_is_not_served_is_refused_with_its_parameter(
    account: str | None, region: str, said: str
) -> None:
    """It would be wrong to say "not found"; nobody is asked."""
    sources = Sources()

    with pytest.raises(JobSourceRefused) as refused:
        JobsByPlace(PLACES, sources).state(notice(account, region))

    assert isinstance(refused.value, NotServed)
    assert said in str(refused.value)
    assert "mend the rule" in str(refused.value)
    assert sources.made == []


def test_a_described_job_elsewhere_is_refused_too() -> None:
    """Home's answer about somebody else's job is nobody's evidence."""
    state = JobState(NAME, arn("999988887777", "eu-west-1"), JobStatus.COMPLETED, None, {})

    with pytest.raises(NotServed):
        JobsByPlace(PLACES, Sources()).gather(state)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SignedCalls]:
    """An AWS for the function's own wiring."""
    with signed_calls() as played:
        monkeypatch.setenv("AWS_ENDPOINT_URL", played.endpoint_url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHOME")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        yield played


SETTINGS = Settings(
    policies=Path("policies"),
    account=HOME,
    regions=("us-east-1",),
    members=(MEMBER,),
    member_role="recgate-elsewhere",
)


def completed(account: str, region: str) -> dict[str, Any]:
    described = job(NAME)
    return {**described, "JobArn": arn(account, region), "JobName": NAME}


@pytest.mark.parametrize(
    ("account", "region", "access_key", "roles"),
    [
        (HOME, "eu-west-1", "AKIAHOME", []),
        (HOME, "us-east-1", "AKIAHOME", []),
        (
            MEMBER,
            "us-east-1",
            f"ASIA{MEMBER}",
            [f"arn:aws:iam::{MEMBER}:role/recgate-elsewhere"],
        ),
    ],
)
def test_the_deployed_function_signs_for_the_place_of_the_job(
    server: SignedCalls, account: str, region: str, access_key: str, roles: list[str]
) -> None:
    """SageMaker and CloudWatch alike, of the job's region, with the account's credentials."""
    server.jobs[NAME] = completed(account, region)
    with_parts = queue_parts(SETTINGS)
    jobs = with_parts.check.jobs

    jobs.gather(jobs.state(notice(account, region)))
    with_parts.close()

    asked = {(call.service, call.region, call.access_key) for call in server.calls} - {
        ("sts", "eu-west-1", "AKIAHOME")
    }
    assert asked == {("sagemaker", region, access_key), ("monitoring", region, access_key)}
    assert [call.parameters["RoleArn"] for call in server.of("sts")] == roles
    assert with_parts.places == PLACES


def test_a_deployment_of_one_place_needs_no_account_to_be_named(server: SignedCalls) -> None:
    """As it was before there were several."""
    made = queue_parts(Settings(policies=Path("policies"), most_receives=12))
    made.close()

    assert (made.places, made.most_receives) == (None, 12)
    assert not isinstance(made.check.jobs, JobsByPlace)


def test_several_places_without_an_account_of_its_own_are_refused(server: SignedCalls) -> None:
    """Everybody's jobs would be taken for home's."""
    with pytest.raises(SettingsInvalid, match="RECGATE_ACCOUNT"):
        queue_parts(replace(SETTINGS, account=""))

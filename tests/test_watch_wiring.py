"""The watcher's parts ask where they should, as whom they should."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recgate.adapters.aws_clients import Aws
from recgate.domain.place import Place
from recgate.domain.status_change import StatusChange
from recgate.settings import Settings
from recgate.watch_wiring import watched_places
from tests.builders import NOW
from tests.flows.watch_fakes import Memory, listed
from tests.servers.signed_calls import SignedCalls, signed_calls

HOME, MEMBER = "111122223333", "444455556666"
SETTINGS = Settings(
    policies=Path(),
    account=HOME,
    watch_table="watch",
    regions=("us-east-1",),
    members=(MEMBER,),
)


@pytest.fixture
def server() -> Iterator[SignedCalls]:
    with signed_calls() as played:
        played.answers["ListInferenceRecommendationsJobs"] = {"InferenceRecommendationsJobs": []}
        played.answers["PutEvents"] = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
        yield played


@pytest.fixture
def aws(server: SignedCalls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHOME")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    made = Aws(region="eu-west-1", endpoint_url=server.endpoint_url, attempts=1)
    yield made
    made.close()


def asked(server: SignedCalls, service: str) -> list[tuple[str, str]]:
    return [(call.access_key, call.region) for call in server.of(service)]


def test_every_place_is_listed_in_its_region_with_its_accounts_credentials(
    aws: Aws, server: SignedCalls
) -> None:
    """A place that is listed elsewhere would look as if it had no jobs."""
    places = watched_places(SETTINGS, aws, memory_of=lambda place: Memory())

    for make in places.values():
        make().jobs.changed(NOW, None, at_most=None)

    assert list(places) == [
        Place(HOME, "eu-west-1"),
        Place(HOME, "us-east-1"),
        Place(MEMBER, "eu-west-1"),
        Place(MEMBER, "us-east-1"),
    ]
    assert asked(server, "sagemaker") == [
        ("AKIAHOME", "eu-west-1"),
        ("AKIAHOME", "us-east-1"),
        (f"ASIA{MEMBER}", "eu-west-1"),
        (f"ASIA{MEMBER}", "us-east-1"),
    ]


def test_what_happens_anywhere_is_announced_at_home(aws: Aws, server: SignedCalls) -> None:
    """There are the rules and the queue."""
    change = StatusChange(listed("a", "COMPLETED", NOW))

    for make in watched_places(SETTINGS, aws, memory_of=lambda place: Memory()).values():
        assert list(make().bus.put([change])) == []

    assert set(asked(server, "events")) == {("AKIAHOME", "eu-west-1")}


def test_every_memory_is_kept_at_home(aws: Aws, server: SignedCalls) -> None:
    """In one table, each under its place."""
    server.answers["Query"] = {"Items": [], "Count": 0}

    for make in watched_places(SETTINGS, aws).values():
        make().memory.load()

    assert set(asked(server, "dynamodb")) == {("AKIAHOME", "eu-west-1")}
    places = [
        call.parameters["ExpressionAttributeValues"][":place"]["S"]
        for call in server.of("dynamodb")
    ]
    assert places == [
        f"{account}/{region}" for account in (HOME, MEMBER) for region in ("eu-west-1", "us-east-1")
    ]


def test_the_clock_is_utc(aws: Aws) -> None:
    """SageMaker's times are compared with it."""
    [make] = watched_places(replace(SETTINGS, regions=(), members=()), aws).values()

    now: datetime = make().clock()

    assert now.utcoffset() == timedelta(0)

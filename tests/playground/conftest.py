"""A playground over local servers, without the functions: what they would say is put in."""

from collections.abc import Iterator

import pytest

from tests.playground.aws_world import AwsWorld
from tests.playground.job_requests import ACCOUNT, PACE, REGION
from tests.playground.moody_slack import moody_slack
from tests.playground.moving_clock import MovingClock
from tests.playground.page import Page, playground_page
from tests.playground.sns_relay import sns_relay
from tests.servers.aws import LocalAws, create_ledger_table, local_aws
from tests.servers.job_lives import Pace
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker


@pytest.fixture
def clock() -> MovingClock:
    """Shared by everything in the playground."""
    return MovingClock()


@pytest.fixture(scope="package")
def aws() -> Iterator[LocalAws]:
    """One for all tests of the playground; each world resets it."""
    with local_aws() as running:
        yield running


@pytest.fixture
def world(aws: LocalAws, clock: MovingClock) -> Iterator[AwsWorld]:
    """Jobs run for 20 s after 2 s of waiting."""
    aws.reset()
    create_ledger_table(aws.client("dynamodb"), "ledger")
    queues = {
        name: aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        for name in ("recgate", "dead-letters")
    }
    aws.client("s3").create_bucket(
        Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    with (
        local_sagemaker(clock=clock, pace=Pace()) as sagemaker,
        moody_slack(clock) as slack,
        sns_relay(aws.endpoint_url, clock) as sns,
    ):
        yield AwsWorld(
            client=aws.client,
            sagemaker=sagemaker,
            slack=slack,
            sns=sns,
            table="ledger",
            queue_url=queues["recgate"],
            dead_letter_url=queues["dead-letters"],
            bucket="reports",
        )


@pytest.fixture
def server(clock: MovingClock) -> Iterator[LocalSageMaker]:
    """A SageMaker of an emulator's account, whose jobs wait for 5 s and run for 100."""
    with local_sagemaker(clock=clock, account=ACCOUNT, region=REGION, pace=PACE) as running:
        yield running


@pytest.fixture
def page(world: AwsWorld) -> Iterator[Page]:
    """The page of that world."""
    with playground_page(world) as running:
        yield running

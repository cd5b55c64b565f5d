"""What would come by itself later, for a person who does not want to wait."""

import json
from datetime import UTC, datetime, timedelta

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.dialect.digest_due import digest_due
from recgate.dialect.events import notice_from
from recgate.domain.notice import TriggerSource
from tests.playground.aws_world import AwsWorld
from tests.playground.browser import FORM, post, regions
from tests.playground.moving_clock import MovingClock
from tests.playground.page import Page


def on_the_queue(world: AwsWorld) -> list[str]:
    """The bodies in the queue of the check function."""
    received = world.client("sqs").receive_message(QueueUrl=world.queue_url, MaxNumberOfMessages=10)
    return [message["Body"] for message in received.get("Messages", ())]


def test_progress_is_asked_for_by_the_watchers_event_about_every_job_that_runs(
    page: Page, world: AwsWorld, clock: MovingClock
) -> None:
    """And about no job that has ended."""
    post(page, "/jobs", {**FORM, "name": "ended"})
    clock.move(60)
    post(page, "/jobs", FORM)
    clock.move(5)

    told = post(page, "/nudge", {"nudge": "progress"})

    (body,) = on_the_queue(world)
    notice = notice_from(body)
    assert told.json["said"] == "recgate looks at mine."
    assert (notice.job_name, notice.trigger.source) == ("mine", TriggerSource.SWEEP)
    assert notice.region == "eu-west-1"


def test_without_a_running_job_there_is_no_progress(page: Page) -> None:
    """It says what to do."""
    answer = post(page, "/nudge", {"nudge": "progress"})

    assert answer.status == 400
    assert "create one" in answer.json["said"]


def test_a_digest_has_something_to_tell(page: Page, world: AwsWorld) -> None:
    """The sample jobs are judged as of the day before, once, and the schedule's message comes."""
    told = post(page, "/nudge", {"nudge": "digest"})
    post(page, "/nudge", {"nudge": "digest"})

    ledger = DynamoDbLedger(world.client("dynamodb"), world.table)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    decided = ledger.decided_on(yesterday)
    bodies = on_the_queue(world)
    assert told.status == 200
    assert {each.entry.body["verdict"] for each in decided} >= {"PASS", "FAIL"}
    assert len(decided) == len(world.samples())
    assert all(digest_due(body) is not None for body in bodies)
    assert len({json.loads(body)["id"] for body in bodies}) == 2
    assert "support-summarizer-v3" in regions(page)["ledger"]


def test_nothing_else_can_be_asked_for(page: Page) -> None:
    """A form that is none of the page's is told so."""
    assert post(page, "/nudge", {"nudge": "pass"}).status == 400

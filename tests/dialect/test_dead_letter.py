"""What a message of the dead-letter queue says about itself."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recgate.dialect.dead_letter import DeadLetter, dead_letter
from recgate.dialect.events import REDRIVE_OF, notice_from

EVENTS = Path(__file__).parents[2] / "events"
COMPLETED = (EVENTS / "status-change-completed.json").read_text("utf-8")
UNTIL = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
RULE = "arn:aws:events:eu-west-1:111122223333:rule/recgate-StatusChangedRule-1ABC"


def letter(
    body: str = COMPLETED, *, said: dict[str, str] | None = None, received: int = 1, most: int = 0
) -> DeadLetter:
    """The letter in a message as ReceiveMessage gives it."""
    message: dict[str, Any] = {
        "MessageId": "m-1",
        "ReceiptHandle": "r-1",
        "Body": body,
        "Attributes": {
            "SentTimestamp": "1795343891682",
            "ApproximateReceiveCount": str(received),
        },
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value}
            for name, value in (said or {}).items()
        },
    }
    return dead_letter(message, hidden_until=UNTIL, most_receives=most)


@pytest.mark.parametrize(
    ("file", "job", "event"),
    [
        ("status-change-completed", "fraud-ranker-v14", "status change to COMPLETED"),
        ("status-change-failed", "image-tagger-v2", "status change to FAILED"),
        (
            "cloudtrail-create",
            "ranker-refresh-20250617",
            "Create by arn:aws:sts::111122223333:assumed-role/ml-engineer/dana",
        ),
    ],
)
def test_the_event_is_told_in_a_few_words(file: str, job: str, event: str) -> None:
    """Which job, and what happened to it or who asked for it."""
    found = letter((EVENTS / f"{file}.json").read_text("utf-8"))

    assert (found.job, found.event, found.is_understood) == (job, event, True)


def test_a_native_event_and_a_stop_have_words_of_their_own() -> None:
    """They are rare, and should not look like ours."""
    native = letter((EVENTS / "native-state-change.json").read_text("utf-8"))
    stop = letter((EVENTS / "cloudtrail-stop.json").read_text("utf-8"))

    assert native.event.startswith("SageMaker's own status change")
    assert stop.event.startswith("Stop by arn:")


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '"text"', '{"source": "recgate"}', "[" * 100_000, "\x00", '{"a": NaN}']
)
def test_what_is_not_understood_says_why(body: str) -> None:
    """It has no job, and the reason is that of the function."""
    found = letter(body)

    assert (found.job, found.is_understood) == (None, False)
    assert found.event.startswith("not understood: ")
    assert len(found.event) > len("not understood: ")


def test_the_reason_of_the_function_counts_first() -> None:
    """It knew best."""
    found = letter(said={"reason": "SageMaker refused", "ERROR_CODE": "X"}, received=5, most=12)

    assert (found.reason, found.tries) == ("SageMaker refused", None)


def test_what_eventbridge_could_not_deliver_names_rule_target_and_error() -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html."""
    said = {
        "RULE_ARN": RULE,
        "TARGET_ARN": "arn:aws:sqs:eu-west-1:111122223333:recgate-NoticeQueue",
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "not allowed",
        "RETRY_ATTEMPTS": "185",
    }

    found = letter(said=said)

    assert found.reason == (
        "EventBridge could not deliver it from rule recgate-StatusChangedRule-1ABC to "
        "recgate-NoticeQueue: NO_PERMISSIONS: not allowed"
    )
    assert found.tries == 185


@pytest.mark.parametrize(
    ("received", "most", "tries", "words"),
    [
        (13, 12, 12, "after 12 tries"),
        (14, 0, 13, "after 13 tries"),
        (1, 0, None, "after its tries"),
    ],
)
def test_what_sqs_moved_is_told_with_its_tries(
    received: int, most: int, tries: int | None, words: str
) -> None:
    """SQS counts this look, too; the queue's own number is better where it is known."""
    found = letter(received=received, most=most)

    assert f"moved by SQS {words}: the function ended without an answer" in found.reason
    assert found.tries == tries


@pytest.mark.parametrize("since", ["", "soon", "9" * 30, None])
def test_a_time_or_a_count_that_cannot_be_read_is_not_known(since: str | None) -> None:
    """Never a wrong one."""
    attributes = {"ApproximateReceiveCount": since} | ({"SentTimestamp": since} if since else {})

    found = dead_letter({"Body": "{}", "Attributes": attributes}, hidden_until=UNTIL)

    assert (found.since, found.tries) == (None, None)


def test_since_is_when_the_event_was_first_sent() -> None:
    """SQS keeps the time when it moves a message."""
    assert letter().since == datetime(2026, 11, 22, 10, 38, 11, 682000, tzinfo=UTC)


def test_a_redriven_event_has_a_new_id_and_remembers_its_old_one() -> None:
    """A route that refused for good is tried anew only for an event with another id."""
    before = json.loads(COMPLETED)

    after = json.loads(letter().redriven("new-id"))

    assert after == before | {"id": "new-id", REDRIVE_OF: before["id"]}
    assert notice_from(json.dumps(after)).trigger.event_id == "new-id"


def test_an_event_redriven_twice_points_to_the_one_before() -> None:
    """A chain, each link of which is in the ledger or the log."""
    again = letter(letter().redriven("second")).redriven("third")

    assert json.loads(again)["id"] == "third"
    assert json.loads(again)[REDRIVE_OF] == "second"


@pytest.mark.parametrize("id_", [None, 7, {"a": 1}])
def test_an_event_without_a_usable_id_gets_one_and_remembers_none(id_: object) -> None:
    """Nothing is made up."""
    body = json.dumps(json.loads(COMPLETED) | {"id": id_})

    after = json.loads(letter(body).redriven("new-id"))

    assert after["id"] == "new-id"
    assert REDRIVE_OF not in after


@pytest.mark.parametrize("body", ["{", "[1]", "null", "", "not JSON at all \x1b"])
def test_what_is_no_json_object_goes_back_byte_for_byte(body: str) -> None:
    """There is no id in it to renew."""
    assert letter(body).redriven("new-id") == body


def test_a_redriven_event_holds_only_characters_that_sqs_takes() -> None:
    """Lone surrogates and noncharacters are valid JSON escapes, and invalid in a message."""
    event = json.loads(COMPLETED)
    event["detail"]["FailureReason"] = "\ud800 \ufffe \x00 é 🎉"

    after = letter(json.dumps(event)).redriven("new-id")

    assert after.isascii()
    assert after.isprintable()
    assert json.loads(after)["detail"] == event["detail"]

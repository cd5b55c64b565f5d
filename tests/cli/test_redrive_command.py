"""`recgate redrive` as a person uses it, on a local AWS."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest

from recgate.cli import main
from tests.adapters.test_deployed_stack import stack_template
from tests.cli.runner import ROOT, Answer
from tests.servers.aws import REGION, LocalAws, local_aws

COMPLETED = (ROOT / "events" / "status-change-completed.json").read_text("utf-8")
CREATED = (ROOT / "events" / "cloudtrail-create.json").read_text("utf-8")
HOSTILE = "\x1b[31mred\u202e [bold]evil[/bold] \x07"


class Terminal(io.StringIO):
    """Standard input with a person, who types these lines and then presses Ctrl-C."""

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        line = super().readline(size)
        if not line:
            raise KeyboardInterrupt
        return line


@dataclass
class Stack:
    """A deployed stack with its two queues."""

    aws: LocalAws
    queue_url: str
    dead_letter_url: str

    def park(self, *bodies: str, **attributes: str) -> None:
        for body in bodies:
            self.aws.client("sqs").send_message(
                QueueUrl=self.dead_letter_url,
                MessageBody=body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                },
            )

    def queued(self) -> list[dict[str, Any]]:
        return [json.loads(message["Body"]) for message in self._visible(self.queue_url)]

    def dead(self) -> list[str]:
        return [str(message["Body"]) for message in self._visible(self.dead_letter_url)]

    def _visible(self, url: str) -> list[dict[str, Any]]:
        received = self.aws.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return list(received.get("Messages", []))


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def stack(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Stack:
    aws.reset()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        # What the caller's own environment says about recgate does not count.
        "RECGATE_QUEUE_URL": "http://127.0.0.1:9/1/wrong",
    }.items():
        monkeypatch.setenv(name, value)
    sqs = aws.client("sqs")
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("notices", "dead")]
    deploy(aws, "recgate", RECGATE_QUEUE_URL=urls[0], RECGATE_DLQ_URL=urls[1])
    return Stack(aws, *urls)


def deploy(aws: LocalAws, name: str, **environment: str) -> None:
    settings = {"RECGATE_LEDGER": "dynamodb:ledger", "RECGATE_MOST_RECEIVES": "12"} | environment
    aws.client("cloudformation").create_stack(
        StackName=name, TemplateBody=stack_template(settings), Capabilities=["CAPABILITY_IAM"]
    )


def redrive(stack: Stack, *options: str, typed: str | None = None) -> Answer:
    """Run it; ``typed`` is what a person at a terminal answers, None: there is no terminal."""
    arguments = [
        "redrive", "--region", REGION, "--endpoint-url", stack.aws.endpoint_url, *options
    ]  # fmt: skip
    out, err = io.StringIO(), io.StringIO()
    before, sys.stdin = sys.stdin, io.StringIO() if typed is None else Terminal(typed)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main.run(arguments)
    except SystemExit as end:
        return Answer(int(end.code or 0), out.getvalue(), err.getvalue())
    finally:
        sys.stdin = before
    raise AssertionError("recgate did not exit")


def test_what_is_there_is_shown_with_its_reason_and_moved_after_a_yes(stack: Stack) -> None:
    """Job, event, since when, tries, why; then the question."""
    stack.park(COMPLETED, reason="SageMaker refused to list tags: allow sagemaker:ListTags")
    stack.park(CREATED)

    answer = redrive(stack, "--limit", "2", typed="y\n")

    assert answer.code == 0, answer.err
    heading, first, second = answer.out.splitlines()[:3]
    assert heading.split() == ["Job", "Event", "Since", "Tries", "Why", "it", "is", "here"]
    assert first.startswith("fraud-ranker-v14")
    assert "status change to COMPLETED" in first
    assert "allow sagemaker:ListTags" in first
    assert "Create by arn:aws:sts::111122223333:assumed-role/ml-engineer/dana" in second
    assert "moved by SQS after 12 tries: the function ended without an answer" in second
    assert "Move these 2 back to the queue? [y/N]" in answer.out
    assert "Moved 2, left 0, failed 0." in answer.out
    assert stack.dead() == []


def test_a_moved_event_has_a_new_id_and_remembers_the_old_one(stack: Stack) -> None:
    """So a route that refused it for good is tried anew; attributes stay behind."""
    stack.park(COMPLETED, reason="because")

    assert redrive(stack, "--yes", "--limit", "1").code == 0

    [moved] = stack.queued()
    old = json.loads(COMPLETED)
    assert moved["id"] != old["id"]
    assert moved == old | {"id": moved["id"], "redrive-of": old["id"]}


def test_an_empty_queue_is_exit_0(stack: Stack) -> None:
    """Nothing to do, and nobody is asked."""
    answer = redrive(stack)

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "The dead-letter queue of recgate is empty.\n"


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_a_no_moves_nothing_and_leaves_everything_visible(stack: Stack, typed: str) -> None:
    """No is what Return means, too."""
    stack.park(COMPLETED)

    answer = redrive(stack, "--limit", "1", typed=typed)

    assert answer.code == 1
    assert "Move this message back to the queue? [y/N]" in answer.out
    assert "Moved 0, left 1, failed 0." in answer.out
    assert stack.dead() == [COMPLETED]
    assert stack.queued() == []


def test_ctrl_c_at_the_question_leaves_everything_visible(stack: Stack) -> None:
    """At once, not after five minutes."""
    stack.park(COMPLETED)

    answer = redrive(stack, "--limit", "1", typed="")

    assert answer.code == 130
    assert stack.dead() == [COMPLETED]
    assert stack.queued() == []


@pytest.mark.parametrize("output", ["text", "json"])
def test_without_a_terminal_and_without_yes_nothing_is_moved(stack: Stack, output: str) -> None:
    """It is shown, and what to say instead."""
    stack.park(COMPLETED)

    answer = redrive(stack, "--limit", "1", "--output", output)

    assert answer.code == 1
    assert "fraud-ranker-v14" in answer.out
    assert "nothing is moved: say --yes" in answer.err
    assert stack.dead() == [COMPLETED]


def test_json_never_asks(stack: Stack) -> None:
    """A question would not be JSON."""
    stack.park(COMPLETED, "{")

    answer = redrive(stack, "--limit", "2", "--output", "json", typed="y\n")

    assert answer.code == 1
    assert json.loads(answer.out)["moved"] == 0


def test_json_tells_every_letter_and_its_fate(stack: Stack) -> None:
    """For machines, the same facts."""
    stack.park(COMPLETED, reason="why")
    stack.park("{", reason="The message is not JSON")

    answer = redrive(stack, "--limit", "2", "--yes", "--output", "json")

    body = json.loads(answer.out)
    assert answer.code == 1
    assert {name: body[name] for name in ("moved", "left", "failed")} == {
        "moved": 1,
        "left": 1,
        "failed": 0,
    }
    told = {letter["fate"]: letter for letter in body["letters"]}
    assert told["moved"]["job"] == "fraud-ranker-v14"
    assert (told["left"]["job"], told["left"]["understood"]) == (None, False)
    assert told["left"]["event"].startswith("not understood: The message is not JSON")


def test_what_is_not_understood_is_left_unless_all_is_said(stack: Stack) -> None:
    """Byte for byte, when it is moved."""
    stack.park("{ not JSON", reason="The message is not JSON")

    first = redrive(stack, "--limit", "1", typed="")
    left = stack.dead()
    second = redrive(stack, "--limit", "1", "--all", typed="y\n")

    assert first.code == 1
    assert "not understood" in first.out
    assert "Move" not in first.out.replace("Moved", "")
    assert "--all moves it, too" in first.out
    assert left == ["{ not JSON"]
    assert second.code == 0
    [message] = stack._visible(stack.queue_url)
    assert message["Body"] == "{ not JSON"


def test_the_question_says_how_many_of_them_are_moved(stack: Stack) -> None:
    """Not more than recgate understands."""
    stack.park(COMPLETED, "{")

    answer = redrive(stack, "--limit", "2", typed="y\n")

    assert "Move the 1 of 2 that recgate understands back to the queue?" in answer.out
    assert answer.code == 1
    assert stack.dead() == ["{"]


def test_the_limit_says_that_there_may_be_more(stack: Stack) -> None:
    """A hundred is a page."""
    stack.park(COMPLETED, CREATED)

    answer = redrive(stack, "--limit", "1", "--yes")

    assert answer.code == 0
    assert "looked at 1; there may be more" in answer.err
    assert len(stack.dead()) == 1


def test_hostile_text_is_neither_obeyed_nor_printed(stack: Stack) -> None:
    """Whoever can put an event writes to this terminal."""
    event = json.loads(COMPLETED)
    event["detail"]["Status"] = HOSTILE
    stack.park(
        json.dumps(event), reason=f"because [red]{HOSTILE}".replace("\x1b", "").replace("\x07", "")
    )
    stack.park(json.dumps({"source": HOSTILE, "detail": {}, "detail-type": HOSTILE}))

    text = redrive(stack, "--limit", "2")
    machine = redrive(stack, "--limit", "2", "--output", "json")

    for answer in (text, machine):
        assert not set("\x1b\u202e\x07") & set(answer.out + answer.err)
        assert "[bold]evil[/bold]" in answer.out


def test_a_queue_that_takes_nothing_is_exit_1_with_the_reason(stack: Stack) -> None:
    """The letter stays where it is."""
    stack.park(COMPLETED)
    stack.aws.client("sqs").delete_queue(QueueUrl=stack.queue_url)

    answer = redrive(stack, "--limit", "1", "--yes")

    assert answer.code == 1
    assert "fraud-ranker-v14: failed: SQS refused to send the message to queue" in answer.err
    assert "Moved 0, left 0, failed 1." in answer.out
    assert stack.dead() == [COMPLETED]


def test_a_stack_that_cannot_be_worked_with_is_exit_2(stack: Stack) -> None:
    """No such stack, no queues, no dead-letter queue."""
    deploy(stack.aws, "bare")
    deploy(stack.aws, "odd", RECGATE_SETTLING_MINUTES="soon")
    stack.aws.client("sqs").delete_queue(QueueUrl=stack.dead_letter_url)

    answers = [redrive(stack, "--stack", name) for name in ("nope", "bare", "odd", "recgate")]

    assert [(answer.code, answer.out) for answer in answers] == [(2, "")] * 4
    words = [answer.err for answer in answers]
    assert "no stack 'nope' in eu-west-1" in words[0]
    assert "names no queues" in words[1]
    assert "RECGATE_SETTLING_MINUTES" in words[2]
    assert "SQS refused to receive messages of queue dead" in words[3]

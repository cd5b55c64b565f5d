"""The dead-letter queue in SQS, looked at and emptied from a desk."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from recgate.dialect.aws_refusals import Question, classified, refusal, unanswered
from recgate.dialect.dead_letter import DeadLetter, dead_letter
from recgate.flows.redrive import DeadLettersRefused, DeadLettersUnavailable
from recgate.ports import Clock, JobSourceBusy

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HIDDEN_FOR_S = 300
"""How long a message is hidden while a person reads; they see it again sooner if they decline."""

MOST_AT_ONCE = 10
"""SQS: ReceiveMessage and ChangeMessageVisibilityBatch take at most ten."""

LONG_POLL_S = 1
"""Above 0 SQS asks all of its servers; with 0 it may find nothing where there is something."""


class SqsDeadLetters:
    """Implements `recgate.flows.redrive.DeadLetters` on two queues, given by their URLs.

    ``most_receives`` is the maxReceiveCount of the queue, 0 if not known; ``wait_s`` is how
    long a receive waits for a first message.
    """

    def __init__(
        self,
        client: "SQSClient",
        *,
        queue_url: str,
        dead_letter_url: str,
        clock: Clock,
        most_receives: int = 0,
        wait_s: int = LONG_POLL_S,
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_url = dead_letter_url
        self._clock = clock
        self._most_receives = most_receives
        self._wait_s = wait_s

    def receive(self, at_most: int) -> Sequence[DeadLetter]:
        """At most ten letters. See `recgate.flows.redrive.DeadLetters.receive`."""
        # Counted from before the call, so that it is never too late.
        hidden_until = self._clock() + timedelta(seconds=HIDDEN_FOR_S)
        with _asked("receive messages", "ReceiveMessage", self._dead_letter_url):
            answer = self._client.receive_message(
                QueueUrl=self._dead_letter_url,
                MaxNumberOfMessages=min(at_most, MOST_AT_ONCE),
                VisibilityTimeout=HIDDEN_FOR_S,
                WaitTimeSeconds=self._wait_s,
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
                MessageAttributeNames=["All"],
            )
        return [
            dead_letter(message, hidden_until=hidden_until, most_receives=self._most_receives)
            for message in answer.get("Messages", ())
        ]

    def send(self, body: str) -> None:
        """Send to the queue, without attributes. See `recgate.flows.redrive.DeadLetters.send`."""
        with _asked("send the message", "SendMessage", self._queue_url):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=body)

    def delete(self, letter: DeadLetter) -> None:
        """Delete it by its receipt. See `recgate.flows.redrive.DeadLetters.delete`."""
        with _asked("delete the message", "DeleteMessage", self._dead_letter_url):
            self._client.delete_message(
                QueueUrl=self._dead_letter_url, ReceiptHandle=letter.receipt
            )

    def show_again(self, letters: Sequence[DeadLetter]) -> Sequence[DeadLetter]:
        """End the time that they are hidden. See `recgate.flows.redrive.DeadLetters.show_again`."""
        hidden: list[DeadLetter] = []
        for start in range(0, len(letters), MOST_AT_ONCE):
            hidden += self._hidden(letters[start : start + MOST_AT_ONCE])
        return hidden

    def _hidden(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Those of a batch that SQS did not make visible."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.change_message_visibility_batch(
                QueueUrl=self._dead_letter_url,
                Entries=[
                    {"Id": str(place), "ReceiptHandle": each.receipt, "VisibilityTimeout": 0}
                    for place, each in enumerate(letters)
                ],
            )
        except (BotoCoreError, ClientError):
            # Their visibility timeout shows them again all the same, and the caller says when.
            return list(letters)
        return [letters[int(failed["Id"])] for failed in answer.get("Failed", ())]


@contextmanager
def _asked(what: str, operation: str, queue_url: str) -> Iterator[None]:
    """Turn what boto3 raises inside into the errors of the port."""
    from botocore.exceptions import BotoCoreError, ClientError

    queue = queue_url.rsplit("/", 1)[-1]
    preposition = "to" if operation == "SendMessage" else "of"
    question = Question("SQS", f"{what} {preposition} queue {queue}", f"sqs:{operation}", queue)
    try:
        yield
    except ClientError as error:
        found = classified(error.response, question)
        kind = DeadLettersUnavailable if isinstance(found, JobSourceBusy) else DeadLettersRefused
        raise kind(str(found)) from None  # the cause may quote more than should be printed
    except BotoCoreError as error:
        kind_of = type(error).__name__
        if "Credential" in kind_of or "Token" in kind_of or kind_of == "ParamValidationError":
            raise DeadLettersRefused(refusal(question, kind_of, str(error))) from error
        raise DeadLettersUnavailable(unanswered(question, kind_of)) from error

"""The SQS queue that events wait in, and the dead-letter queue beside it."""

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from recgate.ports import CannotTellYet

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_VISIBILITY_S = 43_200
"""SQS: ChangeMessageVisibility takes 0 to 43,200 seconds, twelve hours."""

LONGEST_DELAY_S = 900
"""SQS: SendMessage takes a DelaySeconds of 0 to 900, fifteen minutes."""

LONGEST_REASON = 1_000

_NOT_IN_AN_ATTRIBUTE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""SQS takes only these characters in a message attribute."""


class SqsInbox:
    """Implements `recgate.ports.Inbox` on two queues, given by their URLs.

    Most runs neither postpone nor park, so the client is asked for when one does.
    """

    def __init__(
        self, client: "Callable[[], SQSClient]", *, queue_url: str, dead_letter_url: str
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_url = dead_letter_url

    def postpone(self, receipt: str, after_s: float) -> bool:
        """Make the message visible again in ``after_s`` seconds, at most twelve hours."""
        from botocore.exceptions import BotoCoreError, ClientError

        seconds = min(max(math.ceil(after_s), 0), LONGEST_VISIBILITY_S)
        try:
            self._client().change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
        except (BotoCoreError, ClientError):
            # The queue's own visibility timeout brings the message back all the same.
            return False
        return True

    def park(self, body: str, reason: str) -> None:
        """Send the message to the dead-letter queue with its reason as an attribute."""
        from botocore.exceptions import BotoCoreError, ClientError

        said = _NOT_IN_AN_ATTRIBUTE.sub("\ufffd", reason)[:LONGEST_REASON] or "no reason given"
        try:
            self._client().send_message(
                QueueUrl=self._dead_letter_url,
                MessageBody=_NOT_IN_AN_ATTRIBUTE.sub("\ufffd", body) or "(empty message)",
                MessageAttributes={"reason": {"DataType": "String", "StringValue": said}},
            )
        except (BotoCoreError, ClientError) as refusal:
            raise CannotTellYet(
                f"The message could not be sent to the dead-letter queue ({refusal}); it stays "
                f"in the queue. It was to go there because: {said}"
            ) from refusal

    def remind(self, body: str, after_s: float) -> bool:
        """Send the message to the queue, delayed by at most fifteen minutes."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client().send_message(
                QueueUrl=self._queue_url,
                MessageBody=body,
                DelaySeconds=min(max(math.ceil(after_s), 0), LONGEST_DELAY_S),
            )
        except (BotoCoreError, ClientError):
            # A reminder is for decoration only: whoever asked for it says that there is none.
            return False
        return True

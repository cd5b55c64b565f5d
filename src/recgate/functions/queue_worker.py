"""One SQS message at a time: understand it, check the job, and say what becomes of the message."""

import re
from typing import TYPE_CHECKING, Any

from recgate.dialect.events import NoticeNotUnderstood, notice_from
from recgate.domain.notice import JobNotice
from recgate.flows.check import Checked, NotEnded, check
from recgate.functions.telemetry import Telemetry
from recgate.ports import (
    CannotTellYet,
    Inbox,
    JobSourceRefused,
    JobUnusable,
    LedgerRefused,
    RecgateError,
)
from recgate.wiring import QueueParts

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

_FIRST_WAIT_S, _LONGEST_WAIT_S = 30.0, 900.0
_FUNCTION_ARN = re.compile(r"arn:[a-z-]+:lambda:([^:]+):(\d{12}):")


class BackToTheQueue(RecgateError):
    """The message is not done with; the queue will hand it over again."""


class NotOurs(RecgateError):
    """The event is about a job in another account or region."""


class QueueWorker:
    """Handles batches for one warm function."""

    def __init__(self, parts: QueueParts, telemetry: Telemetry) -> None:
        self._parts = parts
        self._telemetry = telemetry

    @property
    def inbox(self) -> Inbox:
        """The queue that this worker's messages come from."""
        return self._parts.inbox

    def close(self) -> None:
        """Give back what a desk should not leave open."""
        self._parts.close()

    def handle(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """The batch response: the ids of the messages that are to come again."""
        from aws_lambda_powertools.utilities.batch import (
            BatchProcessor,
            EventType,
            process_partial_response,
        )

        place = _FUNCTION_ARN.match(str(getattr(context, "invoked_function_arn", "")))
        home = (place[1], place[2]) if place else None

        def handle_record(record: "SQSRecord") -> None:
            with self._telemetry.message(record.message_id):
                try:
                    self._handle(record, home)
                except BackToTheQueue:
                    raise
                except Exception as fault:  # logged here, because the batch processor would not
                    self._telemetry.fault(fault)
                    raise

        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        response = process_partial_response(
            event=event,
            record_handler=handle_record,
            processor=processor,
            context=None,
        )
        return dict(response)

    def _handle(self, record: "SQSRecord", home: tuple[str, str] | None) -> None:
        try:
            notice = notice_from(record.body)
            self._telemetry.job(notice)
            _require_ours(notice, home)
            self._report(check(notice, self._parts.check), record)
        except CannotTellYet as later:
            self._postpone(record, later.after_s, str(later))
        except (
            NoticeNotUnderstood,
            NotOurs,
            JobSourceRefused,
            JobUnusable,
            LedgerRefused,
        ) as refusal:
            self._park(record, refusal)

    def _report(self, result: Checked | NotEnded, record: "SQSRecord") -> None:
        self._telemetry.result(result)
        if isinstance(result, Checked) and result.wait_s is not None:
            names = [made.route for made in result.announcements if made.wait_s is not None]
            self._postpone(record, result.wait_s or None, f"not delivered yet: {', '.join(names)}")

    def _postpone(self, record: "SQSRecord", after_s: float | None, reason: str) -> None:
        """Give the message back, visible again when trying makes sense."""
        wait = _backoff_s(record) if after_s is None else after_s
        taken = self._parts.inbox.postpone(record.receipt_handle, wait)
        self._telemetry.postponed(reason, wait, taken=taken)
        raise BackToTheQueue(reason)

    def _park(self, record: "SQSRecord", refusal: RecgateError) -> None:
        """Put the message where people look, with the reason, and be done with it."""
        try:
            self._parts.inbox.park(record.body, str(refusal))
        except CannotTellYet as later:
            self._postpone(record, later.after_s, str(later))
        self._telemetry.parked(refusal)


def _require_ours(notice: JobNotice, home: tuple[str, str] | None) -> None:
    """Refuse a job that this function cannot describe: "not found" would be the wrong answer."""
    if home is None:
        return
    for word, theirs, ours in (
        ("region", notice.region, home[0]),
        ("account", notice.account, home[1]),
    ):
        if theirs is not None and theirs != ours:
            raise NotOurs(
                f"Job {notice.job_name} is in {word} {theirs}, and this function serves {ours}: "
                f"deploy recgate in that {word}, or mend the rule that sent the event here."
            )


def _backoff_s(record: "SQSRecord") -> float:
    """Doubling waits by the number of times the message was received."""
    received = int(record.attributes.approximate_receive_count or 1)
    return min(_FIRST_WAIT_S * 2.0 ** min(received - 1, 10), _LONGEST_WAIT_S)

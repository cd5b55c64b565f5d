"""One SQS message at a time: understand it, check the job, and say what becomes of the message."""

import re
from typing import TYPE_CHECKING, Any

from recgate.dialect.digest_due import digest_due
from recgate.dialect.events import NoticeNotUnderstood, notice_from
from recgate.domain.delivery import TryAgain
from recgate.domain.place import Place, Places
from recgate.flows.announce import Announcement
from recgate.flows.check import NotEnded, check
from recgate.flows.digest import DigestTold, tell_digest
from recgate.flows.record_and_tell import Checked
from recgate.flows.serving import place_of_notice
from recgate.functions.telemetry import Telemetry
from recgate.ports import (
    CannotTellYet,
    Inbox,
    JobSourceRefused,
    JobUnusable,
    LedgerRefused,
    PoliciesInvalid,
    RecgateError,
)
from recgate.wiring import QueueParts

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

_FIRST_WAIT_S, _LONGEST_WAIT_S = 30.0, 900.0
_FUNCTION_ARN = re.compile(r"arn:[a-z-]+:lambda:([^:]+):(\d{12}):")


class BackToTheQueue(RecgateError):
    """The message is not done with; the queue will hand it over again."""


class GivenUp(RecgateError):
    """The message was tried as often as the queue allows."""


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

        served = _places_of(context) if self._parts.places is None else None

        def handle_record(record: "SQSRecord") -> None:
            with self._telemetry.message(record.message_id):
                try:
                    self._handle(record, served)
                except BackToTheQueue:
                    raise
                except Exception as fault:  # logged here, because the batch processor would not
                    self._telemetry.fault(fault)
                    if not self._gave_up(record, f"recgate failed ({type(fault).__name__})"):
                        raise

        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        response = process_partial_response(
            event=event,
            record_handler=handle_record,
            processor=processor,
            context=None,
        )
        return dict(response)

    def _handle(self, record: "SQSRecord", served: Places | None) -> None:
        try:
            due = digest_due(record.body)
            if due is not None:
                self._report_digest(tell_digest(due, self._parts.check), record)
                return
            notice = notice_from(record.body)
            self._telemetry.job(notice)
            if served is not None:
                place_of_notice(notice, served)
            self._report(check(notice, self._parts.check), record)
        except CannotTellYet as later:
            self._postpone(record, later.after_s, str(later))
        except (
            NoticeNotUnderstood,
            JobSourceRefused,
            JobUnusable,
            LedgerRefused,
            PoliciesInvalid,  # only for a digest: a job is judged ERROR, and somebody told
        ) as refusal:
            self._park(record, refusal)

    def _report(self, result: Checked | NotEnded, record: "SQSRecord") -> None:
        self._telemetry.result(result)
        if isinstance(result, Checked):
            self._come_again(result, record)

    def _report_digest(self, told: DigestTold, record: "SQSRecord") -> None:
        self._telemetry.digest(told)
        self._come_again(told, record)

    def _come_again(self, result: Checked | DigestTold, record: "SQSRecord") -> None:
        """Give the message back for what could not be delivered. Raises BackToTheQueue."""
        if result.wait_s is not None:
            names = [_undelivered(made) for made in result.announcements if made.wait_s is not None]
            self._postpone(record, result.wait_s or None, f"not delivered yet: {', '.join(names)}")

    def _postpone(self, record: "SQSRecord", after_s: float | None, reason: str) -> None:
        """Give the message back, or up when the queue would not hand it over again."""
        try:
            if self._gave_up(record, reason):
                return
        except CannotTellYet as later:
            # It was the last try, so the queue's own redrive parks it, without any reason.
            reason = str(later)
        self._give_back(record, after_s, reason)

    def _gave_up(self, record: "SQSRecord", reason: str) -> bool:
        """Whether this was the message's last try: it is parked then, and says why.

        Raises CannotTellYet if it could not be parked.
        """
        received = _received(record)
        if not 0 < self._parts.most_receives <= received:
            return False
        given_up = GivenUp(f"Tried {received} times; last: {reason}")
        self._parts.inbox.park(record.body, str(given_up))
        self._telemetry.parked(given_up)
        return True

    def _give_back(self, record: "SQSRecord", after_s: float | None, reason: str) -> None:
        """Make the message visible again when trying makes sense. Raises BackToTheQueue."""
        wait = _backoff_s(record) if after_s is None else after_s
        taken = self._parts.inbox.postpone(record.receipt_handle, wait)
        self._telemetry.postponed(reason, wait, taken=taken)
        raise BackToTheQueue(reason)

    def _park(self, record: "SQSRecord", refusal: RecgateError) -> None:
        """Put the message where people look, with the reason, and be done with it."""
        try:
            self._parts.inbox.park(record.body, str(refusal))
        except CannotTellYet as later:
            self._give_back(record, later.after_s, str(later))
        self._telemetry.parked(refusal)


def _places_of(context: object) -> Places | None:
    """The one place of a function that serves no other: its own; None outside of Lambda.

    What serves several refuses the jobs of others itself (`recgate.adapters.jobs_by_place`).
    """
    found = _FUNCTION_ARN.match(str(getattr(context, "invoked_function_arn", "")))
    return Places(Place(account=found[2], region=found[1])) if found else None


def _undelivered(made: Announcement) -> str:
    """A route, and why it did not hear yet if that was tried."""
    if isinstance(made.delivery, TryAgain):
        return f"{made.route} ({made.delivery.reason})"
    return made.route


def _received(record: "SQSRecord") -> int:
    return int(record.attributes.approximate_receive_count or 1)


def _backoff_s(record: "SQSRecord") -> float:
    """Doubling waits by the number of times the message was received."""
    return min(_FIRST_WAIT_S * 2.0 ** min(_received(record) - 1, 10), _LONGEST_WAIT_S)

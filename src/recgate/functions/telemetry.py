"""What the function tells its operators: structured logs with the job's name, and EMF metrics."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from recgate.domain.delivery import Delivered, Refused, TryAgain
from recgate.domain.notice import JobNotice
from recgate.flows.announce import Announcement
from recgate.flows.check import NotEnded
from recgate.flows.digest import DigestTold
from recgate.flows.record_and_tell import Checked
from recgate.functions.metrics import SERVICE, measure

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


class Telemetry:
    """One logger for the life of the function; metrics are printed as they happen.

    Lambda turns what is printed into CloudWatch metrics; elsewhere ``metrics`` False spares it.
    """

    def __init__(self, *, metrics: bool = True, logger: "Logger | None" = None) -> None:
        from aws_lambda_powertools import Logger

        self._logger = logger or Logger(service=SERVICE)
        self._metrics = metrics

    @contextmanager
    def message(self, message_id: str) -> Iterator[None]:
        """Everything logged inside carries the message's id, and nothing of the one before."""
        self._logger.append_keys(message_id=message_id)
        try:
            yield
        finally:
            self._logger.remove_keys(["message_id", "job_name", "job_arn", "trigger"])

    def job(self, notice: JobNotice) -> None:
        """Name the job in everything that is logged from here on."""
        self._logger.append_keys(
            job_name=notice.job_name, job_arn=notice.job_arn, trigger=notice.trigger.source
        )

    def result(self, result: Checked | NotEnded) -> None:
        """Log and count what came of a notice."""
        if isinstance(result, NotEnded):
            self._logger.info("The job has not ended", extra={"status": result.status})
            if result.shown.trouble:
                self._logger.warning("No progress shown", extra={"reason": result.shown.trouble})
            for made in result.shown.announcements:
                self._progress(made)
            return
        decision = result.decision
        self._logger.info(
            "Decision recorded" if result.is_news else "Decision known already",
            extra={
                "verdict": decision.verdict,
                "decision": decision.key,
                "silent_because": result.silent_because,
            },
        )
        if result.fault is not None:
            self._logger.error("A fault of recgate made the verdict ERROR", exc_info=result.fault)
        for problem in decision.evaluation.problems if result.is_news else ():
            self._logger.error("The policies cannot be used", extra={"problem": problem})
        if result.is_news:
            self._count("Decisions", verdict=decision.verdict)
            ended = decision.snapshot.ended_at
            if ended is not None:
                seconds = (decision.decided_at - ended).total_seconds()
                self._measure("TimeToVerdict", "Seconds", max(seconds, 0.0))
        if result.page_trouble:
            self._logger.error("No page about the decision", extra={"reason": result.page_trouble})
            self._count("Pages", outcome="not_kept")
        for part in result.left_out:
            self._logger.warning("Left out", extra={"part": part})
        for made in result.announcements:
            self._announcement(made)

    def digest(self, told: DigestTold) -> None:
        """Log what came of the digests that were due, and count the deliveries."""
        if told.refused_because:
            self._logger.error("No digest told", extra={"reason": told.refused_because})
        for period in told.periods:
            self._logger.info(
                "Digest",
                extra={"digest": period.period.key, "silent_because": period.silent_because},
            )
        for made in told.announcements:
            self._announcement(made)

    def _channel_fault(self, made: Announcement) -> None:
        if made.fault is not None:
            self._logger.error("A channel failed", exc_info=made.fault, extra={"route": made.route})

    def _progress(self, made: Announcement) -> None:
        """Log how a progress message fared; nobody misses a verdict for it, so it is no metric."""
        self._channel_fault(made)
        match made.delivery:
            case TryAgain(reason=reason) | Refused(reason=reason):
                self._logger.warning(
                    "No progress shown", extra={"route": made.route, "reason": reason}
                )
            case _:
                return

    def _announcement(self, made: Announcement) -> None:
        delivery = made.delivery
        self._channel_fault(made)
        match delivery:
            case None:
                return
            case Delivered(receipt=receipt, note=note):
                self._logger.info(
                    "Delivered", extra={"route": made.route, "receipt": receipt, "note": note}
                )
                self._count("Deliveries", outcome="delivered")
                for part in made.left_out:
                    self._logger.warning("Left out", extra={"route": made.route, "part": part})
            case TryAgain(reason=reason):
                self._logger.warning(
                    "Not delivered yet", extra={"route": made.route, "reason": reason}
                )
                self._count("Deliveries", outcome="try_again")
            case Refused(reason=reason, remedy=remedy, kind=kind):
                self._logger.error(
                    "Refused for good",
                    extra={"route": made.route, "reason": reason, "remedy": remedy},
                )
                self._count("Deliveries", outcome=f"refused_{kind}")

    def postponed(self, reason: str, wait_s: float, *, taken: bool) -> None:
        """Log that the message goes back to the queue, and if the queue did not take the wait."""
        self._logger.warning("Back to the queue", extra={"reason": reason, "wait_s": wait_s})
        if not taken:
            self._logger.warning(
                "The queue did not take the wait; its visibility timeout holds. Allow "
                "sqs:ChangeMessageVisibility on it, if that is what is missing"
            )

    def parked(self, refusal: Exception) -> None:
        """Log and count a message that nobody can handle until something is mended."""
        self._logger.error("Parked in the dead-letter queue", extra={"reason": str(refusal)})
        self._count("Parked", reason=type(refusal).__name__)

    def fault(self, fault: Exception) -> None:
        """Log an error that nobody foresaw; the queue tries the message again."""
        self._logger.error("A fault of recgate", exc_info=fault)
        self._count("Faults", kind=type(fault).__name__)

    def _count(self, name: str, **dimensions: str) -> None:
        self._measure(name, "Count", 1, **dimensions)

    def _measure(self, name: str, unit: str, value: float, **dimensions: str) -> None:
        if self._metrics:
            measure(name, unit, value, **dimensions)

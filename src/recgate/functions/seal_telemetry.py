"""What the seal function tells its operators: logs with the chain's name, and EMF metrics."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from recgate.flows.evidence.checkpoint import Checkpointed
from recgate.flows.evidence.sealed import ChainSealed, Sealed, Stopped
from recgate.functions.metrics import SERVICE, measure

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_LOOKED_AT = (Stopped.NOT, Stopped.BROKEN)
"""How a chain ends of which everything is known."""


class SealTelemetry:
    """One logger for the life of the function; metrics are printed after each run.

    Lambda turns what is printed into CloudWatch metrics; elsewhere ``metrics`` False spares it.
    """

    def __init__(self, *, metrics: bool = True, logger: "Logger | None" = None) -> None:
        from aws_lambda_powertools import Logger

        self._logger = logger or Logger(service=SERVICE)
        self._metrics = metrics

    def checkpoint(self, made: Checkpointed) -> None:
        """Log a checkpoint that was recorded, or could not be."""
        if made.made:
            self._logger.info("Checkpoint recorded", extra={"chain": made.chain})
        elif made.trouble:
            log = self._logger.warning if made.can_wait else self._logger.error
            log("No checkpoint yet", extra={"chain": made.chain, "reason": made.trouble})

    def sealed(
        self, result: Sealed, *, without_checkpoint: int = 0, gone: Collection[str] = ()
    ) -> None:
        """Log what was sealed and what was not, and print the metrics.

        ``without_checkpoint`` is of how many chains today's was refused; ``gone`` are those that
        there were, and that the ledger does not tell of any more.
        """
        for chain in gone:
            self._logger.error(
                "The evidence is broken",
                extra={"chain": chain, "reason": "the chain was here, and is not any more"},
            )
        for each in result.chains:
            self._chain(each)
        self._count(result, without_checkpoint, len(gone))

    def _chain(self, each: ChainSealed) -> None:
        where = {"chain": each.chain}
        if each.sealed:
            self._logger.info("Sealed", extra={**where, "records": each.sealed})
        age = None if each.age is None else each.age.total_seconds()
        why = {"reason": each.why, "left": each.left, "age_s": age}
        if each.flaw is not None:
            flaw = each.flaw
            self._logger.error(
                "The evidence is broken",
                extra={
                    **where,
                    "sequence": flaw.sequence,
                    "record": flaw.record,
                    "flaw": flaw.kind,
                    "where": flaw.where,
                    "reason": flaw.what,
                    "left": each.left,
                },
            )
        if each.fault is not None:
            self._logger.error("A fault of recgate", exc_info=each.fault, extra=where)
        elif each.stopped is Stopped.REFUSED:
            self._logger.error("Sealing is refused", extra={**where, **why})
        elif each.stopped in (Stopped.LATER, Stopped.TIME):
            self._logger.warning("Not sealed yet", extra={**where, **why})

    def _count(self, result: Sealed, without_checkpoint: int, gone: int) -> None:
        """Print the metrics. Of the troubles, none is told only by a run that would have met
        them: a zero ends an alarm.
        """
        if not self._metrics:
            return
        measure("RecordsSealed", "Count", result.sealed)
        # Where no age is told, its alarm rings.
        if result.age is not None:
            measure("UnsealedAge", "Seconds", result.age.total_seconds())
        ends = {each.stopped for each in result.chains}
        broken = len(result.broken) + gone
        if broken or ends <= {*_LOOKED_AT}:
            measure("EvidenceBroken", "Count", broken)
        refused = len(result.refused) + without_checkpoint
        if refused or ends <= {*_LOOKED_AT, Stopped.TIME}:
            measure("SealsRefused", "Count", refused)

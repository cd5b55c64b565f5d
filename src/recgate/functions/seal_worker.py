"""One run of the seal function: today's checkpoints, then everything that is not sealed yet."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from recgate.flows.evidence.checkpoint import checkpoint
from recgate.flows.evidence.seal import SealParts, seal
from recgate.flows.evidence.sealed import Sealed
from recgate.functions.seal_telemetry import SealTelemetry
from recgate.ports import RecgateError

_KEPT_BACK_S = 45.0
"""What a record that is under way may still take, and the end of the run with it: two calls that
fail by their time-outs, three attempts each.
"""

_WITHOUT_A_LIMIT_S = 3600.0


class SealFailed(RecgateError):
    """recgate failed while it sealed one chain or more. The next run goes on."""


class SealWorker:
    """Seals for one warm function, which remembers which chains there were, which of them have
    today's checkpoint, and whose turn is next.
    """

    def __init__(
        self,
        parts: SealParts,
        telemetry: SealTelemetry,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._telemetry = telemetry
        self._monotonic = monotonic
        self._checkpointed: dict[str, date] = {}
        self._seen: set[str] = set()
        self._first = ""

    def handle(self, context: object) -> dict[str, Any]:
        """Seal, and say what came of it: what cannot be sealed is told by metrics.

        Raises SealFailed for a fault of ours, LedgerUnavailable and LedgerRefused when the
        ledger does not even tell its chains.
        """
        ends_at = self._monotonic() + _seconds_left(context) - _KEPT_BACK_S
        parts = replace(self._parts, has_time=lambda: self._monotonic() < ends_at)
        without_checkpoint = 0
        for made in checkpoint(parts, parts.clock(), known=self._checkpointed):
            if made.last is not None:
                self._checkpointed[made.chain] = made.last
            self._telemetry.checkpoint(made)
            without_checkpoint += bool(made.trouble) and not made.can_wait
        result = seal(parts, first=self._first)
        self._first = result.next_first
        gone = self._gone(result)
        self._telemetry.sealed(result, without_checkpoint=without_checkpoint, gone=gone)
        if result.faults:
            names = [each.chain for each in result.chains if each.fault is not None]
            raise SealFailed(
                f"recgate failed while it sealed {', '.join(names)}: the log has the errors."
            ) from result.faults[0]
        return {
            "sealed": result.sealed,
            "left": sum(each.left or 0 for each in result.chains),
            "broken": len(result.broken) + len(gone),
        }

    def _gone(self, result: Sealed) -> list[str]:
        """The chains that this worker has seen and the ledger does not tell of any more: nobody
        seals them, and the ledger takes none away.
        """
        listed = {each.chain for each in result.chains}
        self._seen |= listed
        return sorted(self._seen - listed)


def _seconds_left(context: object) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return remaining() / 1000 if callable(remaining) else _WITHOUT_A_LIMIT_S

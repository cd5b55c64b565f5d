"""Counts of verdicts before and after, as a table of both."""

from collections.abc import Mapping
from dataclasses import dataclass

from recgate.domain.backtest import Shift
from recgate.domain.verdict import Verdict
from recgate.rendering.words import spoken

NOT_JUDGED = "not judged"
"""What stands for a policy that does not judge a job."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table: what was before down the side, what is after along the top.

    Without a comparison there is one row, and its name is empty.
    """

    name: str
    after: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def is_still(self) -> bool:
        """Whether nothing moves from one verdict to another."""
        return all(
            not count or before in ("", after)
            for before, counts in self.rows
            for after, count in zip(self.after, counts, strict=True)
        )


def matrix_of(name: str, shifts: Mapping[Shift, int], *, compared: bool) -> Matrix:
    """The matrix of these counts."""
    after = _in_order({after for _, after in shifts})
    before = _in_order({before for before, _ in shifts})
    return Matrix(
        name,
        tuple(map(_word, after)),
        tuple(
            (
                _word(former) if compared else "",
                tuple(shifts.get((former, later), 0) for later in after),
            )
            for former in before
        ),
    )


def _in_order(verdicts: set[Verdict | None]) -> list[Verdict | None]:
    known: list[Verdict | None] = [verdict for verdict in Verdict if verdict in verdicts]
    return [*known, None] if None in verdicts else known


def _word(verdict: Verdict | None) -> str:
    return NOT_JUDGED if verdict is None else spoken(verdict)

"""The flaws of one chain as they are found: what is true of records in a row is told once."""

from dataclasses import replace

from recgate.domain.verification import Flaw, FlawKind


class FlawList:
    """Collects the flaws of a chain."""

    def __init__(self, chain: str) -> None:
        self._chain = chain
        self._flaws: list[Flaw] = []
        self._open: dict[str, int] = {}

    def tell(
        self,
        kind: FlawKind,
        sequence: int | None,
        what: str,
        *,
        where: str,
        record: str = "",
        last: int | None = None,
        cause: str = "",
    ) -> None:
        """Add a flaw; or, when the record before has one of the same ``cause``, go on with that.

        Without a cause every flaw stands for itself.
        """
        found = self._open.get(cause) if cause and sequence is not None else None
        if found is not None and sequence is not None:
            flaw = self._flaws[found]
            if flaw.sequence is not None and (flaw.last or flaw.sequence) + 1 == sequence:
                self._flaws[found] = replace(flaw, last=last or sequence)
                return
        if cause:
            self._open[cause] = len(self._flaws)
        self._flaws.append(Flaw(kind, self._chain, sequence, where, what, record, last))

    def clear(self) -> None:
        """Nothing was wrong after all, or is told in another way."""
        self._flaws.clear()
        self._open.clear()

    @property
    def is_tampered(self) -> bool:
        """Whether one of them is more than that something is not complete."""
        return any(flaw.kind.is_tampering for flaw in self._flaws)

    def is_tampered_at(self, where: str) -> bool:
        """Whether one of those is there."""
        return any(flaw.kind.is_tampering and flaw.where == where for flaw in self._flaws)

    def explain(self, sequence: int) -> bool:
        """Whether something is told already that made this very record another one."""
        return any(flaw.kind.is_tampering and flaw.covers(sequence) for flaw in self._flaws)

    def add_to(self, sequence: int, words: str) -> None:
        """Say more about the first flaw that tells of this record."""
        for place, flaw in enumerate(self._flaws):
            if flaw.covers(sequence):
                self._flaws[place] = replace(flaw, what=f"{flaw.what}; {words}")
                return

    def in_order(self) -> tuple[Flaw, ...]:
        """The flaws by the records that they tell of; what concerns none comes last."""
        return tuple(
            sorted(self._flaws, key=lambda each: (each.sequence is None, each.sequence or 0))
        )

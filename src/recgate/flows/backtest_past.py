"""What a backtest judges again, wherever it comes from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from recgate.domain.backtest import Answer, NotJudged
from recgate.domain.canonical import Json
from recgate.ports import Entry


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """The answer in the record of a decision, and the entry itself, which is read when needed.

    The approval in ``answer`` may lack its cost.
    """

    answer: Answer
    entry: Callable[[], Entry]


@dataclass(frozen=True, slots=True)
class Past:
    """One state of one job, as it was gathered.

    ``document`` is what a verdict is read from; ``whole`` makes the evidence in its canonical
    form, where that is another one. ``place`` is its stream in the ledger or its file. ``at`` is
    when it was decided (UTC), ``judged_on`` the day that the decision saw; None: nobody decided.
    """

    place: str
    document: Mapping[str, Json]
    at: datetime | None = None
    judged_on: date | None = None
    recorded: RecordedAnswer | None = None
    whole: Callable[[], Mapping[str, Json]] | None = None

    def evidence(self) -> Mapping[str, Json]:
        """The document in its canonical form. Raises JobUnusable."""
        return self.document if self.whole is None else self.whole()


Pasts = Iterable[Past | NotJudged]
"""In any order; what cannot be read comes as the reason why."""

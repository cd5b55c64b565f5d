"""What a channel is given to say: a decision, a digest or a reminder, as one route hears it."""

from dataclasses import dataclass
from datetime import datetime

from recgate.domain.decision import Decision
from recgate.domain.digest import Digest
from recgate.domain.verdict import Verdict
from recgate.domain.waiver_end import WaiverEnd


@dataclass(frozen=True, slots=True)
class StandIn:
    """A route that refused the message for good, for which this one stands in."""

    route: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Telling:
    """One decision, and what the route has heard about the job before.

    ``report_url`` is the page about the decision, empty when there is none.
    ``in_doubt_since`` is set when an earlier try of this very message may have arrived: the time
    (UTC) of the first such try. ``parent`` is the receipt of the message that holds the job's
    verdict so far on this route, ``former`` that verdict; ``progress`` is the receipt of the
    message that showed the running job. All are empty on most routes.
    ``turns_gate`` says that the job's decision before this one had the gate the other way,
    whoever heard of that. ``label`` marks a message that is no verdict (``recgate notify test``).
    ``route`` is the name of the route, which sets its message apart from those of others in the
    same place.
    """

    decision: Decision
    report_url: str = ""
    in_doubt_since: datetime | None = None
    parent: str = ""
    former: Verdict | None = None
    progress: str = ""
    turns_gate: bool = False
    stands_in_for: tuple[StandIn, ...] = ()
    label: str = ""
    route: str = ""

    @property
    def calls_anew(self) -> bool:
        """Whether whoever saw the message before this one has to look again: the gate turned, or
        what was no failure is one now.
        """
        verdict, former = self.decision.verdict, self.former
        if self.turns_gate or former is None:
            return self.turns_gate
        turned = former.opens_gate != verdict.opens_gate
        return turned or (verdict is Verdict.FAIL and former is not Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class DigestTelling:
    """One digest; the other fields are those of `Telling`."""

    digest: Digest
    in_doubt_since: datetime | None = None
    stands_in_for: tuple[StandIn, ...] = ()
    route: str = ""


@dataclass(frozen=True, slots=True)
class WaiverEndTelling:
    """One reminder that a waiver ends; the other fields are those of `Telling`."""

    end: WaiverEnd
    in_doubt_since: datetime | None = None
    stands_in_for: tuple[StandIn, ...] = ()
    route: str = ""


Message = Telling | DigestTelling | WaiverEndTelling

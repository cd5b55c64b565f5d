"""How each route fared when a check was told from a desk."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import click
from rich.text import Text

from recgate.cli.screen import screen
from recgate.domain.delivery import Delivered, Refused, TryAgain
from recgate.flows.announce import Announcement, effects_of, heard
from recgate.flows.check import NotEnded
from recgate.flows.job_stream import AUDIENCE, DECISION, JobStream
from recgate.flows.parts import CheckParts
from recgate.flows.record_and_tell import Checked
from recgate.ports import job_stream
from recgate.rendering.safe_text import clean

_LINE = 400


class Fared(StrEnum):
    """How a route fared."""

    TOLD = "told"
    TOLD_ALREADY = "told already"
    NOT_YET = "not told yet"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RouteReport:
    """One route: how it fared, the receipt or the reason, and what to do about it."""

    route: str
    fared: Fared
    detail: str = ""
    remedy: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether somebody has yet to hear of the decision."""
        return self.fared in (Fared.NOT_YET, Fared.REFUSED)

    def document(self) -> Mapping[str, str]:
        """The report for machines."""
        return {
            "route": self.route,
            "outcome": self.fared,
            "detail": self.detail,
            "remedy": self.remedy,
        }


def route_reports(result: Checked | NotEnded, parts: CheckParts) -> tuple[RouteReport, ...]:
    """A report on every route that the decision is for; none for a job that has not ended.

    Raises LedgerUnavailable, LedgerRefused: who was told already stands in the ledger.
    """
    if isinstance(result, NotEnded):
        return ()
    told = _told(result, parts)
    return tuple(_report(made, told) for made in result.announcements)


def _told(result: Checked, parts: CheckParts) -> frozenset[str]:
    """The routes that have been told the decision, now or before."""
    snapshot = result.decision.snapshot
    stream = JobStream(parts.ledger, job_stream(snapshot.job_arn or snapshot.job_name))
    key = result.decision.key
    entry = stream.find(AUDIENCE, key) or stream.find(DECISION, key)
    return heard([entry], parts) if entry and effects_of(entry) else frozenset()


def _report(made: Announcement, told: frozenset[str]) -> RouteReport:
    again = "run the same command again: it tells only those who have not heard"
    match made.delivery:
        case Delivered(receipt=receipt, note=note):
            detail = f"{receipt}; {note}" if note else receipt
            return _cleaned(made.route, Fared.TOLD, detail)
        case TryAgain(reason=reason):
            return _cleaned(made.route, Fared.NOT_YET, reason, again)
        case Refused(reason=reason, remedy=remedy):
            return _cleaned(made.route, Fared.REFUSED, reason, f"{remedy}; then {again}")
    if made.route in told:
        return RouteReport(made.route, Fared.TOLD_ALREADY)
    if made.wait_s is not None:
        busy = f"somebody else is telling it; their time is over in {made.wait_s:.0f} s"
        return RouteReport(made.route, Fared.NOT_YET, busy, again)
    return RouteReport(
        made.route,
        Fared.REFUSED,
        "it has refused this decision too often to be tried again",
        "mend the route, and judge again with a changed policy or a later state of the job",
    )


def _cleaned(route: str, fared: Fared, detail: str, remedy: str = "") -> RouteReport:
    return RouteReport(route, fared, clean(detail, _LINE), clean(remedy, _LINE))


def print_told(reports: tuple[RouteReport, ...], silent_because: str) -> None:
    """Print who was told; nobody, and why, when there is no report."""
    out = screen()
    out.soft_wrap = True  # an address is copied whole, whatever the width
    if not reports:
        out.print(Text(f"Nobody is told: {clean(silent_because, _LINE)}", style="dim"))
    for report in reports:
        detail = f" ({report.detail})" if report.detail and not report.is_trouble else ""
        out.print(Text(f"Route {report.route}: {report.fared}{detail}"))


def complain(reports: tuple[RouteReport, ...]) -> None:
    """Say on standard error who has not heard, why, and what to do."""
    for report in reports:
        if report.is_trouble:
            click.echo(
                f"recgate: route {report.route}: {report.fared}: {report.detail}; {report.remedy}.",
                err=True,
            )

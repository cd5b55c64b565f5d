"""Whoever hears of a policy is reminded before a waiver of it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from recgate.domain.delivery import Delivered
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Route
from recgate.domain.telling import Message, WaiverEndTelling
from recgate.domain.verdict import Verdict
from recgate.domain.waiver_end import WaiverEnd, ends_due
from recgate.flows.announce import Announcement, Occasion, announce
from recgate.flows.parts import CheckParts


def tell_waiver_ends(
    today: date, notice: str | None, policies: PolicySet, parts: CheckParts
) -> tuple[Announcement, ...]:
    """Tell every reminder that is due on a day (UTC) to whoever has not heard it.

    Each step of a waiver's countdown is told once to a route, also if a day was missed.
    ``notice`` is the id of the message that said that it is time. Raises LedgerUnavailable,
    LedgerRefused.
    """
    return tuple(
        made
        for end in ends_due(policies.waivers, today)
        for made in announce(
            _Reminder(end, notice), _listeners(end, policies), policies.routes, parts
        )
    )


def _listeners(end: WaiverEnd, policies: PolicySet) -> tuple[str, ...]:
    """The routes of the waiver's policy that want to hear of a WAIVED decision, or of a FAIL, which
    is what comes next; where there is none, the default routes.
    """
    named = next((each.notify for each in policies.policies if each.name == end.waiver.policy), ())
    for names in (named, policies.default_routes):
        wanting = tuple(name for name in names if _wants(policies.routes.get(name)))
        if wanting:
            return wanting
    return ()


def _wants(route: Route | None) -> bool:
    return route is not None and any(
        route.wants(verdict, job_failed=False) for verdict in (Verdict.WAIVED, Verdict.FAIL)
    )


@dataclass(frozen=True, slots=True)
class _Reminder:
    """Implements `recgate.flows.announce.Errand` for one step of one waiver."""

    end: WaiverEnd
    notice: str | None

    @property
    def key(self) -> str:
        """The reminder's own key: the same step of the same waiver is told once."""
        return self.end.key

    def compose(self, occasion: Occasion) -> Message:
        """The reminder, the same for every route."""
        return WaiverEndTelling(
            self.end, occasion.in_doubt_since, occasion.stands_in_for, occasion.route.name
        )

    def after(self, route: Route, message: Message, delivered: Delivered) -> Sequence[str]:
        """Nothing belongs beside a reminder."""
        del route, message, delivered
        return ()

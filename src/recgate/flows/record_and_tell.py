"""From a decision to a recorded and announced one: recorded first, told once to each route."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from recgate.domain.canonical import Json, digest
from recgate.domain.decision import Decision
from recgate.domain.decision_record import decision_record, recorded_requests
from recgate.domain.delivery import Refused
from recgate.domain.notice import TriggerSource
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Route
from recgate.domain.routing import routes_for
from recgate.flows.announce import Announcement, announce, effects_of, heard
from recgate.flows.configuration import record_configuration
from recgate.flows.job_stream import AUDIENCE, DECISION, JobStream
from recgate.flows.parts import CheckParts
from recgate.flows.verdict_errand import VerdictErrand
from recgate.ports import RecgateError


@dataclass(frozen=True, slots=True)
class Checked:
    """The job was judged. ``is_news`` says whether this decision was recorded just now.

    ``fault`` is an error of ours that made the verdict ERROR, for the log; ``page_trouble`` says
    why there is no page about the decision, empty when nothing is wrong with that; ``left_out``
    is what could not be done about the progress messages.
    """

    decision: Decision
    is_news: bool
    announcements: tuple[Announcement, ...]
    silent_because: str = ""
    fault: Exception | None = None
    page_trouble: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def wait_s(self) -> float | None:
        """Seconds after which to come again for what could not be delivered; None: all settled.

        The longest wait that was asked for, so that nobody's Retry-After is cut short.
        """
        waits = [made.wait_s for made in self.announcements if made.wait_s is not None]
        return max(waits, default=None)


def record_and_tell(
    decision: Decision, policies: PolicySet | None, stream: JobStream, parts: CheckParts
) -> Checked:
    """Record the decision unless it is, and tell every route that has not heard it.

    Raises CannotTellYet, LedgerUnavailable, LedgerRefused.
    """
    routes = policies.routes if policies else parts.built_in_routes
    # What was recorded first counts: a redelivery carries on with the effects and the requests
    # that were known then, so that everybody hears the same.
    decision = replace(decision, key=_key_now(decision.key, stream))
    entry, is_news = stream.find(DECISION, decision.key), False
    if entry is None:
        audience, silent_because = None, ""
        if parts.tells:
            audience, silent_because = _audience(decision, policies, stream, parts)
        if decision.rules is not None:
            now, memory = decision.decided_at, parts.configuration
            record_configuration(decision.rules, parts.ledger, now, memory)
        body = decision_record(decision, effects=audience, silent_because=silent_because)
        entry, is_news = stream.record(DECISION, decision.key, body, decision.decided_at)
    decision = replace(decision, requests=recorded_requests(entry.body))
    if not parts.tells:
        return Checked(decision, is_news, ())
    if entry.body.get("effects") is None:  # recorded by somebody who told nobody
        audience, silent_because = _audience(decision, policies, stream, parts)
        heard_by: dict[str, Json] = {"effects": list(audience), "silent_because": silent_because}
        entry, _ = stream.record(AUDIENCE, decision.key, heard_by, parts.clock())
    errand = VerdictErrand(decision, stream, parts)
    if is_news:
        errand.keep_page()  # also of what nobody wants to hear
    effects = effects_of(entry)
    made = announce(errand, effects, routes, parts)
    refused = [each.route for each in made if isinstance(each.delivery, Refused)]
    told = set(effects) - set(refused)
    left_out = _end_progress(errand, told, routes, is_news=is_news)
    return Checked(
        decision,
        is_news,
        made,
        str(entry.body.get("silent_because") or ""),
        page_trouble=errand.trouble,
        left_out=left_out,
    )


def _key_now(key: str, stream: JobStream) -> str:
    """The decision's own key, or another one when it comes back after a different decision: what
    held before a waiver began holds again after its end, and that is news.
    """
    made = [entry.key for entry in stream.every(DECISION)]
    if key not in made or made[-1] == key:
        return key
    if made[-1] == _again(key, made[-2]):
        return made[-1]
    return _again(key, made[-1])


def _again(key: str, after: str) -> str:
    return digest({"decision": key, "after": after})


def _end_progress(
    errand: VerdictErrand, told: Set[str], routes: Mapping[str, Route], *, is_news: bool
) -> tuple[str, ...]:
    """End the progress messages that no verdict on their route ends; gives what was left out.

    A reminder that comes after the end does it again, on every route: one that was handled just
    before may have written "in progress" over the end.
    """
    is_reminder = errand.source is TriggerSource.PROGRESS
    if not is_news and not is_reminder:
        return ()
    left = (route for name, route in routes.items() if is_reminder or name not in told)
    try:
        return tuple(errand.close_progress(left))
    except RecgateError as trouble:  # the verdict is told; its message need not come again
        return (f"the end of the progress messages: {trouble}",)


def _audience(
    decision: Decision, policies: PolicySet | None, stream: JobStream, parts: CheckParts
) -> tuple[tuple[str, ...], str]:
    """The routes that are to hear of a decision; when there are none, why."""
    routes = policies.routes if policies else parts.built_in_routes
    defaults = policies.default_routes if policies else tuple(parts.built_in_routes)
    wanted = routes_for(decision.snapshot, decision.evaluation, routes, defaults)
    if not wanted:
        return (), f"no route wants to hear {decision.verdict}"
    earlier = stream.same_verdict_since(decision.verdict)
    known = heard(earlier, parts)
    left = tuple(name for name in wanted if name not in known)
    return left, "" if left else f"the verdict is {decision.verdict} as before"

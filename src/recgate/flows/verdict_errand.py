"""A decision as something to be told: with its page, and as the next word in its conversation."""

from collections.abc import Iterable, Sequence

from recgate.domain.decision import Decision
from recgate.domain.delivery import Delivered
from recgate.domain.notice import TriggerSource
from recgate.domain.route import Route
from recgate.domain.telling import Message, Telling
from recgate.domain.verdict import Verdict
from recgate.flows.announce import Occasion, effects_of
from recgate.flows.effects import delivered_before
from recgate.flows.job_stream import AUDIENCE, DECISION, JobStream
from recgate.flows.parts import CheckParts
from recgate.flows.show_progress import progress_key
from recgate.ports import Entry
from recgate.telling_ports import ReportUnavailable


class VerdictErrand:
    """Implements `recgate.flows.announce.Errand` for one decision.

    ``trouble`` says why there is no page about it, empty when there is one or nobody keeps any.
    """

    def __init__(self, decision: Decision, stream: JobStream, parts: CheckParts) -> None:
        self._decision = decision
        self._stream = stream
        self._parts = parts
        self._page: str | None = None
        self.trouble = ""

    @property
    def key(self) -> str:
        """The decision's key."""
        return self._decision.key

    @property
    def notice(self) -> str | None:
        """The event that this decision is told for; a reminder of our own is no news, and tries
        no route anew that has refused it.
        """
        return None if self.source is TriggerSource.PROGRESS else self._decision.trigger.event_id

    @property
    def source(self) -> TriggerSource:
        """What made recgate look at the job this time."""
        return self._decision.trigger.source

    def keep_page(self) -> str:
        """The address of the page about the decision, kept now unless it was; empty without one."""
        if self._page is None:
            self._page = ""
            if self._parts.reports is not None:
                try:
                    self._page = self._parts.reports.keep(self._decision)
                except ReportUnavailable as unavailable:
                    self.trouble = str(unavailable)
                except Exception as fault:  # decoration must not keep a verdict from people
                    self.trouble = f"recgate failed ({type(fault).__name__}: {fault})"
        return self._page

    def compose(self, occasion: Occasion) -> Telling:
        """The decision for one route. Raises LedgerUnavailable, LedgerRefused."""
        route = occasion.route
        parent, former, progress = "", None, ""
        if self._parts.conversation_for(route) is not None:
            parent, former = self._said_before(route)
            if route.wants_progress:
                progress = self._progress(route)
        return Telling(
            decision=self._decision,
            report_url=self.keep_page(),
            in_doubt_since=occasion.in_doubt_since,
            parent=parent,
            former=former,
            progress=progress,
            turns_gate=bool(parent) and self._turns_gate(),
            stands_in_for=occasion.stands_in_for,
            route=route.name,
        )

    def after(self, route: Route, message: Message, delivered: Delivered) -> Sequence[str]:
        """Bring the conversation up to date, where the route has one."""
        conversation = self._parts.conversation_for(route)
        if conversation is None or not isinstance(message, Telling):
            return ()
        return conversation.follow_up(message, delivered)

    def close_progress(self, routes: Iterable[Route]) -> Sequence[str]:
        """End the progress messages of these routes; gives what was left out.

        Raises LedgerUnavailable, LedgerRefused.
        """
        left_out: list[str] = []
        for route in routes:
            conversation = self._parts.conversation_for(route) if route.wants_progress else None
            progress = self._progress(route) if conversation else ""
            if conversation and progress:
                told = delivered_before(self.key, route.name, self._parts)
                telling = Telling(
                    self._decision,
                    self.keep_page(),
                    parent=told.receipt if told else "",
                    progress=progress,
                )
                left_out += conversation.close_progress(telling)
        return left_out

    def _progress(self, route: Route) -> str:
        """The receipt of the message that showed the running job on this route."""
        shown = delivered_before(progress_key(self._stream.name), route.name, self._parts)
        return shown.receipt if shown else ""

    def _said_before(self, route: Route) -> tuple[str, Verdict | None]:
        """The message that holds the job's verdict so far on this route, and that verdict."""
        for entry in reversed(self._earlier()):
            told = self._stream.find(AUDIENCE, entry.key) or entry
            if not effects_of(told):
                continue
            delivered = delivered_before(entry.key, route.name, self._parts)
            if delivered is not None:
                verdict = entry.body.get("verdict")
                known = verdict in Verdict.__members__.values()
                former = Verdict(str(verdict)) if known else None
                return delivered.parent or delivered.receipt, former
        return "", None

    def _turns_gate(self) -> bool:
        """Whether the job's decision before this one had the gate the other way."""
        earlier = self._earlier()
        before = earlier[-1].body.get("gate") if earlier else None
        return before is not None and (before == "open") != self._decision.verdict.opens_gate

    def _earlier(self) -> list[Entry]:
        """The decisions that were recorded before this one."""
        earlier = []
        for entry in self._stream.every(DECISION):
            if entry.key == self._decision.key:
                break
            earlier.append(entry)
        return earlier

"""A message that shows how far a running job is: posted once, then changed in place, silently.

It is decoration. Whatever goes wrong with it is told to the log, and the verdict does not wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from recgate.domain.delivery import Delivery, Refused
from recgate.domain.job import Snapshot
from recgate.domain.notice import JobNotice, TriggerSource
from recgate.domain.policy import Policy
from recgate.domain.policy_set import PolicySet
from recgate.domain.progress import benchmarks_of
from recgate.domain.progress_note import ProgressNote
from recgate.domain.route import Route
from recgate.domain.scope import Applies
from recgate.flows.effects import Announcement, acted, delivered_before, perform
from recgate.flows.parts import CheckParts
from recgate.ports import Entry, JobSourceRefused, JobState, JobUnusable, PositionTaken
from recgate.telling_ports import Conversation

PAUSE = timedelta(minutes=5)
"""How long until the next look at a running job; a queue delays a message by 15 at the most."""

_OVERDUE = 3 * PAUSE
"""How long after a reminder was sent the next notice of another kind takes it for lost."""

LONGEST = timedelta(hours=12)
"""How long a job is looked at: more than twice the 18,000 s that one may take."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of it, for each route; ``trouble`` is what went wrong beside that."""

    announcements: tuple[Announcement, ...] = ()
    trouble: str = ""


def progress_key(stream: str) -> str:
    """The key under which a job's progress message is posted once."""
    return f"progress:{stream}"


def show_progress(
    state: JobState, notice: JobNotice, policies: PolicySet | None, parts: CheckParts
) -> Shown:
    """Show every route that wants it how far the job is, and have it looked at again later.

    Raises CannotTellYet.
    """
    wanting = _wanting(policies.routes if policies else {}, parts)
    if policies is None or not wanting:
        return Shown()
    try:
        snapshot = parts.jobs.gather(state)
    except (JobSourceRefused, JobUnusable) as refusal:
        return Shown(trouble=str(refusal))
    concerned = [
        policy
        for policy in policies.policies
        if policy.scope.match(snapshot).applies is not Applies.NO
    ]
    note = ProgressNote(
        snapshot,
        benchmarks_of(snapshot.steps),
        tuple(policy.name for policy in concerned),
        parts.clock(),
    )
    told = _routes_of(concerned, policies)
    made = tuple(
        _show(note, route, conversation, state, parts)
        for route, conversation in wanting
        if route.name in told
    )
    is_seen = any(not isinstance(each.delivery, Refused) for each in made)
    trouble = ""
    if is_seen and _is_young(snapshot, note.seen_at):
        trouble = _remind(state, notice, parts)
    return Shown(made, trouble)


def _remind(state: JobState, notice: JobNotice, parts: CheckParts) -> str:
    """Have the job looked at again, by one chain of reminders however often a notice comes.

    Each reminder takes the next place of a stream before it is sent: one that is handed over
    twice finds its place taken, and one that was lost is replaced by the next notice that comes
    when it is overdue. Gives why there is none, empty if there is one.
    """
    stream, now = f"reminders:{state.stream}", parts.clock()
    sent = parts.ledger.read(stream)
    if notice.trigger.source is TriggerSource.PROGRESS:
        if notice.reminder != len(sent) - 1:
            return ""
    elif sent and now - sent[-1].recorded_at < _OVERDUE:
        return ""
    try:
        number = len(sent)
        entry = Entry("reminded", str(number), now, {"after_s": PAUSE.total_seconds()})
        parts.ledger.append(stream, number, entry)
    except PositionTaken:
        return ""
    taken = parts.remind(state, number, PAUSE.total_seconds())
    return "" if taken else "the queue did not take the reminder to look at the job again"


def _wanting(routes: Mapping[str, Route], parts: CheckParts) -> list[tuple[Route, Conversation]]:
    found = []
    for route in routes.values():
        conversation = parts.conversation_for(route) if route.wants_progress else None
        if conversation is not None:
            found.append((route, conversation))
    return found


def _routes_of(concerned: list[Policy], policies: PolicySet) -> frozenset[str]:
    """Who will hear the verdict, as far as the policies say."""
    if not concerned:
        return frozenset(policies.default_routes)
    return frozenset(
        name for policy in concerned for name in (policy.notify or policies.default_routes)
    )


def _show(
    note: ProgressNote,
    route: Route,
    conversation: Conversation,
    state: JobState,
    parts: CheckParts,
) -> Announcement:
    """Post the message once; once it is there, change it, which needs no record."""
    key = progress_key(state.stream)
    shown = delivered_before(key, route.name, parts)
    if shown is None:

        def post(in_doubt_since: datetime | None) -> Delivery:
            # A second copy after a crash is the one that is changed: the first stays as it is.
            return conversation.show(note, "")

        made, refused = perform(key, route.name, post, parts, notice=None)
        return replace(made, delivery=refused) if refused else made
    delivery, fault = acted(lambda: conversation.show(note, shown.receipt))
    return Announcement(route.name, delivery, fault=fault)


def _is_young(snapshot: Snapshot, now: datetime) -> bool:
    return snapshot.created_at is None or now - snapshot.created_at < LONGEST

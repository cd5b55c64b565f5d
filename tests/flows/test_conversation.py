"""One conversation for a job on each route: what was said before is known when more is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.describe import snapshot_from
from recgate.domain.canonical import Json
from recgate.domain.decision import Decision
from recgate.domain.delivery import Delivered, RefusalKind, Refused, TryAgain
from recgate.domain.effect import effect_stream
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route, SlackBot
from recgate.domain.telling import StandIn, Telling
from recgate.domain.verdict import Verdict
from recgate.flows.check import check
from recgate.flows.parts import CheckParts
from recgate.flows.record_and_tell import Checked
from recgate.ports import Entry, LedgerUnavailable, job_stream
from recgate.telling_ports import Conversation, ReportUnavailable
from tests.builders import JOB_ARN, at_most, policy
from tests.flows.fakes import NOTICE, Clock, Crash, Jobs, Policies, RecordingChannel, TalkingChannel
from tests.flows.test_check import GENEROUS, STRICT, job

CHAT = Route("chat", SlackBot("C0123456789", "recgate/token"), fallback="mail")
MAIL = Route("mail", Console())
CLAIM: dict[str, Json] = {
    "worker": "two",
    "lease_until": "2026-11-22T00:00:00+00:00",
    "attempt": 2,
    "notice": None,
}
REFUSED = Refused("not_in_channel", "invite the bot: /invite @recgate", RefusalKind.DESTINATION)


@dataclass
class Pages:
    """Keeps pages, or refuses to."""

    down: bool = False
    kept: list[Decision] = field(default_factory=list)

    def keep(self, decision: Decision) -> str:
        if self.down:
            raise ReportUnavailable("the bucket is not there")
        self.kept.append(decision)
        return f"https://pages.example/{decision.key[:8]}"


class Desk:
    """A job, a chat that converses, a mail box that does not, and pages."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self.chat, self.mail, self.pages = TalkingChannel(), RecordingChannel(), Pages()
        self.clock = Clock()
        self.policies = Policies(PolicySet((GENEROUS,), {"chat": CHAT, "mail": MAIL}, ("chat",)))
        self.ledger = ledger
        self.jobs = Jobs(job())
        self.notice = NOTICE

    def conversation_for(self, route: Route) -> Conversation | None:
        return self.chat if route.name == "chat" else None

    def check(self) -> Checked:
        parts = CheckParts(
            jobs=self.jobs,
            policies=self.policies,
            ledger=self.ledger,
            read_snapshot=snapshot_from,
            channel_for=lambda route: self.chat if route.name == "chat" else self.mail,
            conversation_for=self.conversation_for,
            reports=self.pages,
            clock=self.clock,
            worker="one",
        )
        result = check(self.notice, parts)
        assert isinstance(result, Checked)
        return result

    def streams(self) -> list[str]:
        decisions = [
            entry.key for entry in self.ledger.read(job_stream(JOB_ARN)) if entry.kind == "decision"
        ]
        return [effect_stream(key, "chat") for key in decisions]

    def judge_by(self, policy: object) -> None:
        self.policies.current = replace(self.policies.current, policies=(policy,))  # type: ignore[type-var]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with SqliteLedger(":memory:") as ledger:
        yield Desk(ledger)


def test_a_first_verdict_has_no_parent_and_is_followed_up_once(desk: Desk) -> None:
    """A new message, then what belongs beside it; the same event again does neither."""
    desk.check()
    desk.check()

    [telling] = desk.chat.tellings
    assert (telling.parent, telling.former, telling.in_doubt_since) == ("", None, None)
    assert desk.chat.followed == [(telling, Delivered("r1"))]


def test_another_verdict_answers_the_first_message(desk: Desk) -> None:
    """It knows the parent and what that says, also when the answer itself stood in the thread."""
    desk.chat.answers = [Delivered("C1:1.0"), Delivered("C1:2.0", parent="C1:1.0")]
    desk.check()
    desk.judge_by(STRICT)
    desk.check()
    desk.judge_by(policy(at_most("max_cost_per_hour_usd", 2.6)))
    desk.check()

    _, second, third = desk.chat.tellings
    assert (second.parent, second.former) == ("C1:1.0", Verdict.PASS)
    assert (third.parent, third.former) == ("C1:1.0", Verdict.FAIL)


def test_a_route_without_a_conversation_is_not_asked_what_it_said(desk: Desk) -> None:
    """A mail box has no threads."""
    desk.policies.current = PolicySet((GENEROUS,), {"chat": CHAT, "mail": MAIL}, ("mail",))
    desk.check()
    desk.policies.current = replace(desk.policies.current, policies=(STRICT,))
    desk.check()

    assert [telling.parent for telling in desk.mail.tellings] == ["", ""]


def test_the_fallback_says_for_whom_it_stands_in_and_what_the_cure_is(desk: Desk) -> None:
    """Whoever reads the fallback learns how to mend the route."""
    desk.chat.answers = [REFUSED]

    desk.check()

    [telling] = desk.mail.tellings
    assert telling.stands_in_for == (StandIn("chat", "not_in_channel", REFUSED.remedy),)


def test_a_fallback_that_is_tried_again_still_says_why(desk: Desk) -> None:
    """The refusal is read back from the ledger when only the fallback is left to do."""
    desk.chat.answers = [REFUSED]
    desk.mail.answers = [TryAgain("busy")]

    desk.check()
    desk.check()

    assert [len(telling.stands_in_for) for telling in desk.mail.tellings] == [1, 1]
    assert desk.mail.tellings[1].stands_in_for == desk.mail.tellings[0].stands_in_for


def test_a_try_without_an_answer_leaves_the_next_one_in_doubt(desk: Desk) -> None:
    """The next try is told since when to look for the first; a plain refusal leaves no doubt."""
    desk.chat.answers = [TryAgain("429"), TryAgain("no answer", ambiguous=True), TryAgain("500")]
    first_doubt = desk.clock.now + timedelta(minutes=1)

    for _ in range(4):
        desk.check()
        desk.clock.advance(minutes=1)

    assert [telling.in_doubt_since for telling in desk.chat.tellings] == [
        None,
        None,
        first_doubt,
        first_doubt,
    ]


def test_a_crash_while_sending_leaves_the_next_one_in_doubt(desk: Desk) -> None:
    """Nobody knows whether the message is out."""
    claimed_at = desk.clock.now

    def crash() -> None:
        desk.chat.before = lambda: None
        raise Crash

    desk.chat.before = crash
    with pytest.raises(Crash):
        desk.check()
    desk.clock.advance(minutes=10)

    desk.check()

    assert [telling.in_doubt_since for telling in desk.chat.tellings] == [claimed_at]


def test_a_fault_of_ours_while_sending_leaves_doubt_too(desk: Desk) -> None:
    """The message may have been out before the fault."""
    desk.chat.answers = [RuntimeError("after the post")]
    claimed_at = desk.clock.now

    desk.check()
    desk.check()

    assert desk.chat.tellings[1].in_doubt_since == claimed_at


def test_what_was_left_out_beside_a_verdict_is_told_and_not_tried_again(desk: Desk) -> None:
    """No chart never means no verdict."""
    desk.chat.left_out = ("chart left out: missing_scope",)

    first, second = desk.check(), desk.check()

    assert first.announcements[0].left_out == ("chart left out: missing_scope",)
    assert first.wait_s is None
    assert len(desk.chat.followed) == 1
    assert second.announcements[0].left_out == ()


def test_a_follow_up_that_crashes_leaves_the_verdict_delivered(desk: Desk) -> None:
    """Decoration cannot turn a delivered verdict into an error."""
    desk.chat.follow_up = lambda *_: 1 / 0  # type: ignore[method-assign, assignment]

    result = desk.check()

    [made] = result.announcements
    assert isinstance(made.delivery, Delivered)
    assert "ZeroDivisionError" in made.left_out[0]
    assert desk.check().announcements[0].delivery is None


def test_every_message_links_to_the_page_that_was_kept_first(desk: Desk) -> None:
    """The page is kept before anybody is told, once for each check."""
    desk.policies.current = PolicySet((GENEROUS,), {"chat": CHAT, "mail": MAIL}, ("chat", "mail"))
    kept_when_told: list[int] = []
    desk.chat.before = lambda: kept_when_told.append(len(desk.pages.kept))

    desk.check()

    addresses = {telling.report_url for telling in desk.chat.tellings + desk.mail.tellings}
    assert addresses == {f"https://pages.example/{desk.pages.kept[0].key[:8]}"}
    assert kept_when_told == [1]
    assert len(desk.pages.kept) == 1


def test_a_verdict_that_nobody_wants_to_hear_has_a_page_all_the_same(desk: Desk) -> None:
    """The page is for the auditor too."""
    quiet = replace(CHAT, on=frozenset({"FAIL"}))
    desk.policies.current = PolicySet((GENEROUS,), {"chat": quiet}, ("chat",))

    result = desk.check()

    assert result.announcements == ()
    assert desk.pages.kept == [result.decision]


def test_no_page_never_means_no_verdict(desk: Desk) -> None:
    """The message goes out without a link, and the log has the reason."""
    desk.pages.down = True

    result = desk.check()

    assert desk.chat.tellings[0].report_url == ""
    assert result.page_trouble == "the bucket is not there"


def test_what_is_settled_keeps_no_page_again(desk: Desk) -> None:
    """A redelivery with nothing left to do costs nothing."""
    desk.check()
    desk.check()

    assert len(desk.pages.kept) == 1


def _breaks(decision: Decision) -> str:
    raise OverflowError(decision.key)


def test_a_fault_in_the_page_keeps_no_verdict_from_anybody(desk: Desk) -> None:
    """Whatever breaks in it: the message goes out without a link, at the first try."""
    desk.pages.keep = _breaks  # type: ignore[method-assign]

    result = desk.check()

    assert desk.chat.tellings[0].report_url == ""
    assert "OverflowError" in result.page_trouble
    assert isinstance(result.announcements[0].delivery, Delivered)


def test_every_route_is_told_before_anything_is_done_beside(desk: Desk) -> None:
    """A slow picture must not keep the next route waiting."""
    desk.policies.current = PolicySet((GENEROUS,), {"chat": CHAT, "mail": MAIL}, ("chat", "mail"))
    heard_when_followed: list[int] = []
    follow_up = desk.chat.follow_up

    def slow(telling: Telling, delivered: Delivered) -> Sequence[str]:
        heard_when_followed.append(len(desk.mail.heard))
        return follow_up(telling, delivered)

    desk.chat.follow_up = slow  # type: ignore[method-assign]

    desk.check()

    assert heard_when_followed == [1]


def test_a_fallback_that_hears_it_anyway_says_for_whom_it_stands_in(desk: Desk) -> None:
    """It is told after the route that it stands in for, whatever the order of the names."""
    desk.chat.answers = [REFUSED]
    desk.policies.current = PolicySet((GENEROUS,), {"chat": CHAT, "mail": MAIL}, ("mail", "chat"))

    desk.check()

    [telling] = desk.mail.tellings
    assert [each.route for each in telling.stands_in_for] == ["chat"]


def test_a_ledger_that_falters_while_a_message_is_put_together_leaves_no_doubt(desk: Desk) -> None:
    """Nothing was sent, so nobody need look for it."""
    desk.chat.answers = [Delivered("C1:1.0")]
    desk.check()
    desk.judge_by(STRICT)
    kept = desk.conversation_for

    def falters(route: Route) -> Conversation | None:
        raise LedgerUnavailable("throttled")

    desk.conversation_for = falters  # type: ignore[method-assign]
    result = desk.check()
    desk.conversation_for = kept  # type: ignore[method-assign]
    desk.check()

    assert isinstance(result.announcements[0].delivery, TryAgain)
    assert not result.announcements[0].delivery.ambiguous
    assert desk.chat.tellings[-1].in_doubt_since is None


def test_a_gate_that_turned_unheard_is_told_as_turned(desk: Desk) -> None:
    """FAIL, then a PASS that the route does not want, then FAIL: it is news to whoever thought
    that the first failure was over, and to whoever did not.
    """
    quiet = replace(CHAT, on=frozenset({"FAIL"}))
    for limits in (STRICT, GENEROUS, policy(at_most("max_cost_per_hour_usd", 0.11))):
        desk.policies.current = PolicySet((limits,), {"chat": quiet}, ("chat",))
        desk.check()

    first, last = desk.chat.tellings
    assert (first.turns_gate, last.turns_gate) == (False, True)
    assert (last.parent, last.former, last.calls_anew) == ("r1", Verdict.FAIL, True)


def test_every_telling_names_its_route(desk: Desk) -> None:
    """Two routes may lead into one channel."""
    desk.check()

    assert [telling.route for telling in desk.chat.tellings] == ["chat"]


def test_the_doubt_begins_with_the_first_try_that_may_have_arrived(desk: Desk) -> None:
    """Not with the last: the look-up goes back so far."""
    desk.chat.answers = [TryAgain("no answer", ambiguous=True), TryAgain("again", ambiguous=True)]
    first = desk.clock.now

    for _ in range(3):
        desk.check()
        desk.clock.advance(minutes=1)

    assert [telling.in_doubt_since for telling in desk.chat.tellings] == [None, first, first]


def test_the_last_of_a_row_of_fallbacks_names_every_route_that_refused(desk: Desk) -> None:
    """And each route is told of once."""
    third = Route("third", Console())
    routes = {"chat": CHAT, "mail": replace(MAIL, fallback="third"), "third": third}
    desk.policies.current = PolicySet((GENEROUS,), routes, ("chat", "mail"))
    desk.chat.answers = [REFUSED]
    desk.mail.answers = [replace(REFUSED, reason="no such topic")]

    result = desk.check()

    assert [each.route for each in desk.mail.tellings[-1].stands_in_for] == ["chat", "mail"]
    assert [made.route for made in result.announcements] == ["chat", "mail", "third"]


def test_what_another_worker_took_over_is_not_followed_up(desk: Desk) -> None:
    """Our lease ran out while we sent: whoever claimed since does what belongs beside it."""

    def overtaken() -> None:
        (stream,) = {
            name for name in desk.streams() if name.startswith("effect:") and name.endswith(":chat")
        }
        position = len(desk.ledger.read(stream))
        desk.ledger.append(stream, position, Entry("claimed", stream, desk.clock.now, CLAIM))

    desk.chat.before = overtaken

    result = desk.check()

    assert isinstance(result.announcements[0].delivery, Delivered)
    assert result.announcements[0].wait_s is not None
    assert desk.chat.followed == []

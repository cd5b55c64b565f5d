"""The index of decisions is held to the chains: a decision that is hidden in it is named."""

import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from recgate.dialect.ledger_entry import decoded
from recgate.domain.chain import LOCAL
from recgate.domain.link import Link
from recgate.domain.model_name import model_name
from recgate.domain.verification import Flaw, FlawKind, Verification
from recgate.evidence_ports import StoredEntry, StoredLink
from recgate.flows.evidence.decided import DecidedList
from recgate.flows.evidence.index_check import INDEX_LAG
from recgate.flows.evidence.record_look import Look
from recgate.flows.evidence.verify import verify
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable, Recorded
from tests.flows.evidence_fakes import MemoryChains
from tests.flows.verify_desk import JOB, SHOP, Desk, told

K = FlawKind
RANKER, OTHER = "ranker", "summarizer"
LATER = timedelta(hours=1)


@dataclass
class MemoryIndex:
    """An index of what a ledger holds now. Edit its rows to tamper.

    ``refusals`` says what is refused, by the method and what it was asked for.
    """

    ledger: MemoryChains
    days: list[tuple[date, Recorded]] = field(default_factory=list)
    keys: list[Recorded] = field(default_factory=list)
    models: list[tuple[str, datetime, Recorded]] = field(default_factory=list)
    refusals: dict[tuple[str, object], Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for entry in self.ledger.stored.values():
            if entry.kind != "decision" or not entry.stream.startswith("job:"):
                continue
            made = decoded(entry.kind, entry.key, entry.recorded_at, entry.body)
            recorded, at = Recorded(entry.stream, made), made.recorded_at
            self.days.append((at.astimezone(UTC).date(), recorded))
            self.keys.append(recorded)
            model = model_name(made.body)
            if model is not None:
                self.models.append((model, at, recorded))

    def decided_on(self, day: date) -> Sequence[Recorded]:
        self._ask("decided_on", day)
        return [found for each, found in self.days if each == day]

    def find(self, decision: str) -> Sequence[Recorded]:
        self._ask("find", decision)
        assert len(decision) >= 12
        return [found for found in self.keys if found.entry.key.startswith(decision)]

    def of_model(
        self, model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Recorded]:
        self._ask("of_model", model)
        return [
            found
            for each, at, found in self.models
            if each == model and (since is None or at >= since) and (until is None or at < until)
        ]

    def _ask(self, method: str, what: object) -> None:
        self.asked.append(method)
        for asked in ((method, what), (method, "")):
            if asked in self.refusals:
                raise self.refusals[asked]


def a_desk(decisions: int = 6) -> Desk:
    """So many decisions, of two models and none in turn, an hour apart, and two other records."""
    desk = Desk()
    desk.record(1, kind="snapshot")
    for number in range(decisions):
        desk.clock.advance(hours=1)
        model = (RANKER, OTHER, None)[number % 3]
        body: dict[str, Any] = {"number": number, "job": {"model_name": model}}
        key = f"{number + 1:012x}" + "0" * 52
        desk.ledger.add(f"{JOB}job-{number}", "decision", key, body, desk.clock())
    desk.record(1, stream="effect:one:slack")
    desk.checkpoint()
    desk.seal()
    return desk


def verified(
    desk: Desk,
    index: MemoryIndex | None,
    *,
    after: timedelta = LATER,
    now: datetime | None = None,
    lag: timedelta = INDEX_LAG,
) -> Verification:
    return verify(
        desk.ledger,
        where="the ledger",
        archive=desk.archive,
        check=desk.key.check,
        now=now or desk.clock() + after,
        locks=True,
        index=index,
        index_lag=lag,
    )


def only(found: Verification) -> Flaw:
    assert len(found.flaws) == 1, [str(flaw) for flaw in found.flaws]
    return found.flaws[0]


def without(rows: list[Any], number: int) -> None:
    """Take the decision of that number (from 0) out of the rows."""
    rows[:] = [row for row in rows if _recorded(row).entry.body["number"] != number]


def _recorded(row: Any) -> Recorded:
    found = row if isinstance(row, Recorded) else row[-1]
    assert isinstance(found, Recorded)
    return found


def of(index: MemoryIndex, number: int) -> Recorded:
    """The decision of that number as the index has it."""
    return next(found for found in index.keys if found.entry.body["number"] == number)


# --- as it was recorded -----------------------------------------------------------------------


@pytest.mark.parametrize("decisions", [0, 1, 6, 130])
def test_an_index_that_finds_everything_is_no_flaw(decisions: int) -> None:
    """Whatever a decision is about, and however many there are."""
    desk = a_desk(decisions)
    index = MemoryIndex(desk.ledger)

    found = verified(desk, index)

    assert found.is_intact, found.flaws


def test_a_ledger_without_decisions_needs_no_index() -> None:
    """An older table has none."""
    desk = a_desk(0)
    index = MemoryIndex(desk.ledger)

    assert verified(desk, index).is_intact
    assert index.asked == []


def test_a_clock_that_went_back_hides_nothing() -> None:
    """An index has decisions in the order of their times, the chain in that of their writing."""
    desk = Desk()
    for number in range(150):
        body: dict[str, Any] = {"number": number, "job": {"model_name": RANKER}}
        at = desk.clock() - timedelta(hours=number)
        desk.ledger.add(f"{JOB}job-{number}", "decision", f"{number:064x}", body, at)
    desk.checkpoint()
    desk.seal()
    index = MemoryIndex(desk.ledger)

    intact = verified(desk, index)
    without(index.models, 77)

    assert intact.is_intact, intact.flaws
    assert [f.sequence for f in verified(desk, index).flaws if f.kind is K.HIDDEN] == [78]


def test_a_time_that_is_none_in_utc_stops_nothing() -> None:
    """Recgate writes none; somebody's entry of an older ledger may have been adopted with it."""
    desk = a_desk()
    desk.ledger.edit(desk.place(5), recorded_at="0001-01-01T00:00:00.000000+14:00")
    desk.rechain(5)
    index = MemoryIndex(MemoryChains())

    found = verified(desk, index)

    assert 5 not in [flaw.sequence for flaw in found.flaws if flaw.kind is K.HIDDEN]


def test_without_an_index_nothing_is_said_of_one() -> None:
    """An archive has none."""
    assert verified(a_desk(), None).is_intact


def test_the_index_is_asked_once_for_each_day_and_some_decisions_of_a_model_at_once() -> None:
    """Every decision is asked for by its key and by its time, a model by runs of fifty."""
    desk = a_desk(360)
    index = MemoryIndex(desk.ledger)
    days = {day for day, _ in index.days}

    assert verified(desk, index).is_intact

    probes = 1
    assert index.asked.count("decided_on") == len(days) + probes == 16 + probes
    assert index.asked.count("find") == 360 + probes
    assert index.asked.count("of_model") == 240 + 2 * 3 + probes  # 120 of each of two models


def test_decisions_of_one_moment_are_asked_for_together() -> None:
    """No time parts them."""
    desk = Desk()
    for number in range(120):
        body: dict[str, Any] = {"number": number, "job": {"model_name": RANKER}}
        key = f"{number % 2:012x}{number:052x}"
        desk.ledger.add(f"{JOB}job-{number}", "decision", key, body, desk.clock())
    desk.seal()
    index = MemoryIndex(desk.ledger)

    intact = verified(desk, index)
    without(index.models, 77)

    assert intact.is_intact, intact.flaws
    assert told(verified(desk, index)) == [(K.HIDDEN, 78)]
    assert index.asked.count("find") == 2 * (1 + 2)  # their keys begin in one of two ways
    assert index.asked.count("of_model") == 2 * (1 + 1 + 1)


# --- hidden -----------------------------------------------------------------------------------


def not_by_day(index: MemoryIndex) -> None:
    without(index.days, 3)


def not_by_model(index: MemoryIndex) -> None:
    without(index.models, 3)


def not_by_key(index: MemoryIndex) -> None:
    without(index.keys, 3)


def nowhere(index: MemoryIndex) -> None:
    for rows in (index.days, index.models, index.keys):
        without(rows, 3)


def on_another_day(index: MemoryIndex) -> None:
    hidden = of(index, 3)
    without(index.days, 3)
    index.days.append((date(2026, 11, 20), hidden))


def under_another_model(index: MemoryIndex) -> None:
    hidden = of(index, 3)
    without(index.models, 3)
    index.models.append((OTHER, hidden.entry.recorded_at, hidden))


def under_another_model_too(index: MemoryIndex) -> None:
    found = of(index, 3)
    index.models.append((OTHER, found.entry.recorded_at, found))


def under_a_model_that_it_does_not_name(index: MemoryIndex) -> None:
    """The decision of number 2 names none."""
    found = of(index, 2)
    index.models.append((RANKER, found.entry.recorded_at, found))


def twice(index: MemoryIndex) -> None:
    found = of(index, 3)
    index.models.append((RANKER, found.entry.recorded_at, found))


def twice_on_its_day(index: MemoryIndex) -> None:
    found = of(index, 3)
    index.days.append((found.entry.recorded_at.date(), found))


def a_moment_later(index: MemoryIndex) -> None:
    found = of(index, 3)
    without(index.models, 3)
    later = found.entry.recorded_at + timedelta(microseconds=1)
    index.models.append((RANKER, later, found))


def long_before(index: MemoryIndex) -> None:
    found = of(index, 0)
    without(index.models, 0)
    index.models.insert(0, (RANKER, datetime(2020, 1, 1, tzinfo=UTC), found))


HIDDEN: Mapping[str, tuple[Callable[[MemoryIndex], None], int, str]] = {
    "by its day": (not_by_day, 3, "does not find it by its day: recgate audit adopt"),
    "by its model": (not_by_model, 3, "does not find it by its model: recgate audit adopt"),
    "by its key": (not_by_key, 3, "does not find it by its key: recgate audit adopt"),
    "everywhere": (nowhere, 3, "does not find it by its day, by its model and by its key"),
    "on another day": (on_another_day, 3, "does not find it by its day"),
    "under another model": (
        under_another_model,
        3,
        "by its model, and the index gives it among the decisions of the model 'summarizer'",
    ),
    "under another model, too": (
        under_another_model_too,
        3,
        "the index gives it among the decisions of the model 'summarizer'",
    ),
    "under a model": (under_a_model_that_it_does_not_name, 2, "of the model 'ranker'"),
    "twice": (twice, 3, "of the model 'ranker', twice or at another time"),
    "a moment later": (a_moment_later, 3, "does not find it by its model at its time"),
    "twice on its day": (twice_on_its_day, 3, " on 2026-11-21, twice or at another time"),
    "long before": (long_before, 0, "does not find it by its model at its time"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_hidden_decision_is_named_with_its_record(name: str) -> None:
    """Once, whatever is wrong with where it is found; and it is tampering."""
    act, number, words = HIDDEN[name]
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    act(index)

    found = verified(desk, index)

    flaw, sequence = only(found), number + 2
    assert found.is_tampered
    assert (flaw.kind, flaw.sequence, flaw.where) == (K.HIDDEN, sequence, "the ledger")
    assert words in flaw.what
    assert flaw.record == f"{desk.link(sequence).id} (decision in {JOB}job-{number})"


def test_hidden_decisions_of_every_chain_are_named_in_theirs() -> None:
    """A decision about a job of no known account is in the home's chain."""
    desk = a_desk()
    body: dict[str, Any] = {"number": 99, "job": {"model_name": RANKER}}
    desk.ledger.add("job:my-laptop", "decision", "f" * 64, body, desk.clock())
    desk.seal()
    index = MemoryIndex(desk.ledger)
    without(index.models, 99)
    without(index.models, 0)

    found = verified(desk, index)

    assert [(flaw.kind, flaw.chain, flaw.sequence) for flaw in found.flaws] == [
        (K.HIDDEN, SHOP, 2),
        (K.HIDDEN, LOCAL, 3),
    ]


def test_a_thousand_hidden_decisions_are_a_hundred_names_and_a_number() -> None:
    """As when the index was emptied."""
    desk = a_desk(130)
    index = MemoryIndex(desk.ledger)
    index.days.clear()

    flaws = verified(desk, index).flaws

    assert len(flaws) == 101
    assert {flaw.kind for flaw in flaws} == {K.HIDDEN}
    assert (flaws[-1].chain, flaws[-1].sequence) == (SHOP, None)
    assert flaws[-1].what.startswith("30 more decisions")


def test_a_decision_that_is_given_among_much_later_ones_is_said_to_be_at_another_time() -> None:
    """It is about the model."""
    desk = a_desk(300)
    index = MemoryIndex(desk.ledger)
    found, later = of(index, 3), of(index, 270).entry.recorded_at
    index.models.append((RANKER, later, found))

    flaw = only(verified(desk, index))

    assert flaw.sequence == 5
    assert flaw.what.startswith(
        "the index gives it among the decisions of the model 'ranker', twice or at another time: "
    )


def test_of_two_decisions_that_look_alike_both_must_be_found() -> None:
    """One is not the other."""
    desk = a_desk()
    copied = of(MemoryIndex(desk.ledger), 3)
    body = {**copied.entry.body}
    desk.ledger.add(copied.stream, "decision", copied.entry.key, body, copied.entry.recorded_at)
    desk.seal()
    index = MemoryIndex(desk.ledger)
    index.days.remove((copied.entry.recorded_at.date(), copied))

    found = verified(desk, index)

    assert [flaw.sequence for flaw in found.flaws if flaw.kind is K.HIDDEN] == [5]


@pytest.mark.parametrize(
    "entry",
    [
        Entry("snapshot", "s", datetime(2026, 11, 21, 13, 32, tzinfo=UTC), {}),
        Entry("decision", "e" * 64, datetime(2026, 11, 21, 13, 32), {}),  # noqa: DTZ001
        Entry("decision", "e" * 64, datetime(2026, 11, 20, 13, 32, tzinfo=UTC), {}),
    ],
    ids=["of now", "without a zone", "of before"],
)
def test_only_a_decision_of_now_may_be_one_that_the_chains_did_not_have(entry: Entry) -> None:
    """It may have been recorded behind their ends."""
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    index.days.append((date(2026, 11, 21), Recorded(f"{JOB}x", entry)))

    assert told(verified(desk, index, after=timedelta(0))) == [(K.HIDDEN, None)]


def test_what_is_no_decision_is_told_when_the_index_gives_it_as_one() -> None:
    """A snapshot, or something that the ledger does not have at all."""
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    at = of(index, 3).entry.recorded_at
    index.models.append((RANKER, at, Recorded(f"{JOB}job-0", Entry("snapshot", "s", at, {}))))
    index.days.append((at.date(), Recorded(f"{JOB}made-up", Entry("decision", "e" * 64, at, {}))))

    found = verified(desk, index)

    assert told(found) == [(K.HIDDEN, None), (K.HIDDEN, None)]
    assert {flaw.record for flaw in found.flaws} == {
        f"snapshot 's' of {JOB}job-0",
        f"decision 'eeeeeeeeeeeeeeee' of {JOB}made-up",
    }


# --- one cause is told once ---------------------------------------------------------------------


@pytest.mark.parametrize("change", ["edited", "key", "deleted", "forged", "copied"])
def test_what_the_chain_tells_of_is_not_told_again_of_the_index(change: str) -> None:
    """The index gives what the ledger holds now, or refuses to."""
    desk = a_desk()
    match change:
        case "edited":
            desk.edit_body(5, job={"model_name": OTHER})
        case "key":
            desk.ledger.edit(desk.place(5), key="c" * 64)
        case "forged":
            unlinked(desk, 5, key="d" * 64)
        case "copied":
            unlinked(desk, 5)
    index = MemoryIndex(desk.ledger)
    if change == "deleted":
        desk.delete(5)
        index.refusals["of_model", RANKER] = LedgerRefused("entry 0 is missing")

    found = verified(desk, index)

    assert found.is_tampered
    assert K.HIDDEN not in {flaw.kind for flaw in found.flaws}


def unlinked(desk: Desk, sequence: int, **changes: Any) -> None:
    """A copy of an entry behind it, without a link."""
    there = desk.ledger.stored[desk.place(sequence)]
    made = replace(there, position=1, chain=None, sequence=None, **changes)
    desk.ledger.stored[there.stream, 1] = made


def test_decisions_of_before_there_were_chains_are_no_flaw_of_the_index() -> None:
    """They are found, and told of as what they are."""
    desk = a_desk()
    unlinked(desk, 5, recorded_at="2026-01-01T00:00:00.000000+00:00", body=b'{"number":77}')
    there = desk.ledger.stored[f"{JOB}job-3", 1]
    index = MemoryIndex(desk.ledger)
    old = next(row for row in index.keys if row.entry.body["number"] == 77)
    index.models.append((RANKER, old.entry.recorded_at, old))

    assert there.chain is None
    assert told(verified(desk, index)) == [(K.UNCHECKED, None)]


def test_a_decision_under_another_model_is_named_beside_other_changes() -> None:
    """As one that is found too often is not: the other may be what was changed."""
    desk = a_desk()
    desk.edit_body(7, verdict="PASS")
    index = MemoryIndex(desk.ledger)
    under_another_model_too(index)

    assert told(verified(desk, index)) == [(K.HIDDEN, 5), (K.EDITED, 7)]


def test_a_hidden_decision_is_named_beside_other_changes() -> None:
    """What is told of another record does not excuse it."""
    desk = a_desk()
    desk.edit_body(7, verdict="PASS")
    index = MemoryIndex(desk.ledger)
    without(index.days, 3)

    assert told(verified(desk, index)) == [(K.HIDDEN, 5), (K.EDITED, 7)]


# --- an index that follows, refuses, or is out of reach -----------------------------------------


@pytest.mark.parametrize(
    ("after", "flaws"),
    [
        (timedelta(0), []),
        (INDEX_LAG - timedelta(seconds=2), []),
        (INDEX_LAG, [(K.HIDDEN, 7)]),
        (timedelta(hours=-2), []),
        (timedelta(days=-2), [(K.HIDDEN, 7)]),
    ],
    ids=str,
)
def test_what_was_recorded_in_the_last_minutes_may_not_be_found_yet(
    after: timedelta, flaws: list[tuple[FlawKind, int]]
) -> None:
    """Nor what was recorded while it was verified, by whatever clock; but not days ahead."""
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    for rows in (index.days, index.models, index.keys):
        without(rows, 5)

    found = told(verified(desk, index, after=after))

    assert [flaw for flaw in found if flaw[0] is K.HIDDEN] == flaws


@pytest.mark.parametrize("after", [timedelta(0), timedelta(minutes=-10)], ids=str)
def test_an_index_that_does_not_lag_must_have_everything_at_once(after: timedelta) -> None:
    """As a file's, which is written together with the entry."""
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    without(index.days, 5)

    assert told(verified(desk, index, after=after, lag=timedelta(0))) == [(K.HIDDEN, 7)]


def test_what_was_adopted_in_the_last_minutes_may_not_be_found_yet() -> None:
    """An index has it since then, however old it is."""
    desk = a_desk()
    desk.edit_link(4, adopted_at=desk.clock().isoformat(timespec="microseconds"))
    desk.rechain(4)
    for number in range(4, 9):
        if number in desk.ledger.linked[SHOP]:
            desk.take_seal(number)
    index = MemoryIndex(desk.ledger)
    without(index.days, 2)

    def hidden(after: timedelta) -> list[int | None]:
        flaws = verified(desk, index, after=after).flaws
        return [flaw.sequence for flaw in flaws if flaw.kind is K.HIDDEN]

    assert hidden(timedelta(minutes=1)) == []
    assert hidden(LATER) == [4]


def test_what_is_recorded_meanwhile_is_no_flaw() -> None:
    """The chains were read before the index was asked."""
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    now = desk.clock() + timedelta(seconds=10)
    made = Recorded(f"{JOB}new", Entry("decision", "b" * 64, now, {"number": 77}))
    index.days.append((now.date(), made))
    index.models.append((RANKER, now, made))

    assert verified(desk, index, now=now - timedelta(seconds=5)).is_intact


def test_an_index_that_does_not_answer_is_not_complete() -> None:
    """A table of before it had indexes, or no permission: asked once, and the rest is checked."""
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    index.refusals["of_model", ""] = LedgerRefused("there is no index decisions-by-model")
    without(index.days, 3)

    found = verified(desk, index)

    assert told(found) == [(K.HIDDEN, 5), (K.UNCHECKED, None)]
    assert "there is no index decisions-by-model" in found.flaws[1].what
    assert index.asked.count("of_model") == 1


def test_an_index_that_answers_for_everything_but_one_model_hides_it() -> None:
    """A row that points nowhere keeps a ledger from giving any decision about the model."""
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    index.refusals["of_model", RANKER] = LedgerRefused("entry 7 of 'job:x' is missing")

    flaw = only(verified(desk, index))

    assert (flaw.kind, flaw.sequence) == (K.HIDDEN, None)
    assert flaw.what == (
        "the index does not answer for the decisions of the model 'ranker' (and to 2 more "
        "questions): entry 7 of 'job:x' is missing"
    )


def test_an_index_out_of_reach_is_no_answer() -> None:
    """Nothing is said about what could not be asked."""
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    index.refusals["find", ""] = LedgerUnavailable("throttled")

    with pytest.raises(LedgerUnavailable):
        verified(desk, index)


def test_a_key_that_is_no_digest_is_looked_for_by_day_and_model() -> None:
    """No index takes it as a key."""
    desk = Desk()
    desk.record(3)
    desk.seal()
    index = MemoryIndex(desk.ledger)

    assert verified(desk, index).is_intact
    assert index.asked.count("find") == 1  # whether it answers at all


def test_answers_that_cannot_be_put_in_order_stop_nothing() -> None:
    """Times with and without a zone, by somebody's hand."""
    desk = a_desk()
    index = MemoryIndex(desk.ledger)
    index.refusals["decided_on", of(index, 3).entry.recorded_at.date()] = TypeError("can't compare")

    flaw = only(verified(desk, index))

    assert flaw.kind is K.HIDDEN
    assert "its answer has no order (can't compare)" in flaw.what


# --- memory -------------------------------------------------------------------------------------


def test_a_decision_is_remembered_in_some_fifty_bytes() -> None:
    """So that a million of them are no trouble."""
    decided, many = DecidedList(), 20_000
    at = datetime(2026, 11, 21, tzinfo=UTC)
    entry = StoredEntry("", 0, "", "", "", b'{"job":{"model_name":"m"}}', None, None)
    stored = StoredLink(LOCAL, 1, b"", None)

    tracemalloc.start()
    for number in range(many):
        moment = (at + timedelta(minutes=number)).isoformat(timespec="microseconds")
        key = f"{number:064x}"
        link = Link("", LOCAL, 1, "", f"job:{number}", 0, "decision", key, moment, "")
        decided.take(Look(stored, "", link, entry=entry))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(decided) == many
    assert used / many < 64

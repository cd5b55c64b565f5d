"""Checkpoints: one a day and chain, whatever the clock and others do, sealed as every record."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from recgate.domain.chain import LOCAL, checkpoint_stream
from recgate.domain.link import link_from
from recgate.evidence_ports import SignerUnavailable
from recgate.flows.evidence.checkpoint import CHECKPOINT, Checkpointed, checkpoint
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable
from tests.flows.test_seal import SHOP, Desk

TODAY = date(2026, 11, 21)


def make(desk: Desk, **step: float) -> list[Checkpointed]:
    """The checkpoints of now, after some time."""
    desk.clock.advance(**step)
    return list(checkpoint(desk.parts, desk.clock()))


def checkpoints(desk: Desk, chain: str = SHOP) -> list[Entry]:
    return list(desk.ledger.read(checkpoint_stream(chain)))


def days(desk: Desk, chain: str = SHOP) -> list[str]:
    return [entry.key for entry in checkpoints(desk, chain)]


def test_a_checkpoint_records_the_end_of_its_chain() -> None:
    """Its number and its digest, before the checkpoint itself."""
    desk = Desk()
    desk.record(3)
    head = desk.ledger.heads[SHOP]

    made = make(desk)

    assert made == [Checkpointed(SHOP, TODAY, made=True)]
    [entry] = checkpoints(desk)
    assert (entry.kind, entry.key, entry.recorded_at) == (CHECKPOINT, "2026-11-21", desk.clock())
    assert entry.body == {
        "schema": 1,
        "chain": SHOP,
        "day": "2026-11-21",
        "sequence": 3,
        "digest": head.digest,
    }


def test_a_checkpoint_is_a_link_of_the_chain_that_it_is_about() -> None:
    """So it is sealed with it, by the same code."""
    desk = Desk()
    desk.record(2)

    make(desk)
    sealed = desk.run()

    link = link_from(desk.ledger.linked[SHOP][3].document)
    assert (link.kind, link.chain, link.sequence) == (CHECKPOINT, SHOP, 3)
    assert link.previous == checkpoints(desk)[0].body["digest"]
    assert sealed.is_all
    desk.assert_whole()


def test_every_chain_has_its_own() -> None:
    """The local one, too."""
    desk = Desk()
    desk.record(1)
    desk.record(1, LOCAL)

    assert [each.chain for each in make(desk)] == [SHOP, LOCAL]
    assert days(desk) == days(desk, LOCAL) == ["2026-11-21"]
    assert set(desk.ledger.heads) == {SHOP, LOCAL}


def test_a_day_has_one_and_an_idle_day_has_one_too() -> None:
    """A run every minute for three days in which nothing happens."""
    desk = Desk()
    desk.record(1)

    for _ in range(3 * 24):
        make(desk, hours=1)

    assert days(desk) == ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]
    bodies = [entry.body["sequence"] for entry in checkpoints(desk)]
    assert bodies == [1, 2, 3, 4]


def test_the_day_is_that_of_utc() -> None:
    """Whatever the zone of the clock."""
    desk = Desk()
    desk.record(1)
    late = datetime.fromisoformat("2026-11-22T01:30:00+09:00")

    checkpoint(desk.parts, late)

    assert days(desk) == ["2026-11-21"]


@pytest.mark.parametrize("back", [1, 24])
def test_a_clock_that_goes_back_makes_none(back: int) -> None:
    """Neither a second one of a day, nor one for a day before the last one's."""
    desk = Desk()
    desk.record(1)
    make(desk, days=3)

    again = make(desk, hours=-back)
    later = make(desk, hours=back + 24)

    assert again == [Checkpointed(SHOP, date(2026, 11, 24))]
    assert later == [Checkpointed(SHOP, date(2026, 11, 25), made=True)]
    assert days(desk) == ["2026-11-24", "2026-11-25"]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_clock_that_was_far_ahead_is_told_as_trouble(*, is_known: bool) -> None:
    """None is made before that day, maybe for years: somebody has to know."""
    desk = Desk()
    desk.record(1)
    make(desk, days=40)
    ahead = TODAY + timedelta(days=40)

    desk.clock.advance(days=-38)
    known = {SHOP: ahead} if is_known else {}
    [again] = checkpoint(desk.parts, desk.clock(), known=known)

    assert (again.last, again.made, again.can_wait) == (ahead, False, False)
    assert (
        again.trouble == f"the last checkpoint is of {ahead}, which has not come: none is made "
        "until then"
    )
    assert days(desk) == [ahead.isoformat()]


def test_a_run_that_is_out_of_time_leaves_checkpoints_to_the_next_one() -> None:
    """What is recorded already is sealed first."""
    desk = Desk()
    desk.record(1)
    desk.record(1, LOCAL)
    asked = iter([True, False])

    some = checkpoint(replace(desk.parts, has_time=lambda: next(asked)), desk.clock())
    rest = checkpoint(replace(desk.parts, has_time=lambda: True), desk.clock(), known={SHOP: TODAY})

    assert some == [Checkpointed(SHOP, TODAY, made=True)]
    assert rest == [Checkpointed(SHOP, TODAY), Checkpointed(LOCAL, TODAY, made=True)]


def test_another_one_that_is_faster_is_fine() -> None:
    """Two at once make one checkpoint, and neither fails."""
    desk = Desk()
    desk.record(1)
    others: list[list[Checkpointed]] = []

    def meanwhile(name: str) -> None:
        if name == "ledger.append" and not others:
            others.append([])
            others[0] = list(checkpoint(desk.parts, desk.clock()))

    desk.plan.before = meanwhile

    made = make(desk)

    assert made == [Checkpointed(SHOP, None)]
    assert others[0] == [Checkpointed(SHOP, TODAY, made=True)]
    assert days(desk) == ["2026-11-21"]


def test_records_that_come_in_between_leave_it_true() -> None:
    """It tells of the head as it was read, and comes behind what was appended since."""
    desk = Desk()
    desk.record(2)
    head = desk.ledger.heads[SHOP]
    desk.plan.before = lambda name: desk.record(1) if name == "ledger.append" else None

    make(desk)

    [entry] = checkpoints(desk)
    assert (entry.body["sequence"], entry.body["digest"]) == (2, head.digest)
    assert desk.ledger.stored[checkpoint_stream(SHOP), 0].sequence == 4
    assert desk.run().is_all


def test_a_chain_without_a_head_gets_none() -> None:
    """It would begin the chain a second time; the sealer calls it broken."""
    desk = Desk()
    desk.record(1)
    del desk.ledger.heads[SHOP]

    [made] = make(desk)

    assert (made.made, made.trouble) == (False, "the head of the chain is not there")
    assert days(desk) == []


def test_a_chain_whose_name_is_none_gets_none() -> None:
    """What the sealer does not take is not recorded either."""
    desk = Desk()
    desk.record(1)
    desk.ledger.heads["../x"] = desk.ledger.heads[SHOP]

    assert [each.chain for each in make(desk)] == [SHOP]


@pytest.mark.parametrize(
    ("error", "can_wait"), [(LedgerUnavailable("throttled"), True), (LedgerRefused("no"), False)]
)
def test_trouble_with_one_chain_stops_no_other(error: Exception, *, can_wait: bool) -> None:
    """It is told, and tried again by the next run."""
    desk = Desk()
    desk.record(1)
    desk.record(1, LOCAL)
    troubles = [error]

    def once(name: str) -> None:
        if name == "ledger.append" and troubles:
            raise troubles.pop()

    desk.plan.before = once

    made = make(desk)
    again = make(desk)

    assert made == [
        Checkpointed(SHOP, None, trouble=str(error), can_wait=can_wait),
        Checkpointed(LOCAL, TODAY, made=True),
    ]
    assert [each.last for each in again] == [TODAY, TODAY]


def test_what_is_known_is_not_read_again() -> None:
    """Every minute asks; a stream of years is read once a day."""
    desk = Desk()
    desk.record(1)
    make(desk)
    desk.plan.calls.clear()

    known = checkpoint(desk.parts, desk.clock(), known={SHOP: TODAY})
    before = checkpoint(desk.parts, desk.clock() - timedelta(days=1), known={SHOP: TODAY})
    read = desk.plan.count("ledger.read")
    tomorrow = checkpoint(desk.parts, desk.clock() + timedelta(days=1), known={SHOP: TODAY})

    assert known == before == [Checkpointed(SHOP, TODAY)]
    assert read == 0
    assert tomorrow == [Checkpointed(SHOP, date(2026, 11, 22), made=True)]
    assert desk.plan.count("ledger.read") == 1


def test_a_checkpoint_waits_for_its_seal_as_any_record() -> None:
    """The key is out of reach at midnight: recorded in time, signed later."""
    desk = Desk()
    desk.record(1)
    desk.run()
    desk.plan.outages["key"] = SignerUnavailable("throttled")

    make(desk)
    waiting = desk.run()
    desk.plan.revive()
    desk.clock.advance(hours=1)

    assert waiting.chains[0].left == 1
    assert desk.run().is_all
    assert checkpoints(desk)[0].recorded_at == datetime(2026, 11, 21, 7, 32, tzinfo=UTC)
    desk.assert_whole()


def test_foreign_entries_in_the_stream_say_no_day() -> None:
    """Somebody else's kind or key is neither taken for a checkpoint nor in its way."""
    desk = Desk()
    desk.record(1)
    desk.ledger.add(checkpoint_stream(SHOP), "note", "2027-01-01", {}, desk.clock())
    desk.ledger.add(checkpoint_stream(SHOP), CHECKPOINT, "soon", {}, desk.clock())

    assert make(desk) == [Checkpointed(SHOP, TODAY, made=True)]

"""Sealing: everything once, in order, whatever fails; and nothing that was tampered with."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.domain.chain import LOCAL
from recgate.domain.link import NOTHING_BEFORE, Head, link_bytes, link_from, sha256
from recgate.domain.seal import Seal, archive_name
from recgate.domain.statement import (
    Envelope,
    Signature,
    envelope_bytes,
    envelope_from,
    pae,
    statement_bytes,
    statement_from,
)
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import (
    ArchiveRefused,
    ArchiveUnavailable,
    SignerRefused,
    SignerUnavailable,
    StoredLink,
)
from recgate.flows.evidence.seal import LATE_LOOKS, SealParts, seal
from recgate.flows.evidence.sealed import ChainSealed, Sealed, Stopped
from recgate.flows.evidence.unsealed import READ_TOGETHER
from recgate.ports import LedgerRefused, LedgerUnavailable
from tests.flows.evidence_fakes import FakeKey, MemoryArchive, MemoryChains, Plan
from tests.flows.fakes import Clock, Crash

SHOP = "111122223333/eu-west-1"
JOB = "job:arn:aws:sagemaker:{region}:{account}:inference-recommendations-job/{name}"


def stream_of(chain: str, name: str = "ranker") -> str:
    """A stream whose entries belong to that chain."""
    if chain == LOCAL:
        return f"effect:{name}"
    account, region = chain.split("/")
    return JOB.format(account=account, region=region, name=name)


@dataclass
class Desk:
    """A ledger, an archive and a key under one plan, and a clock."""

    plan: Plan = field(default_factory=Plan)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.ledger = MemoryChains(plan=self.plan)
        self.archive = MemoryArchive(plan=self.plan, clock=self.clock)
        self.key = FakeKey(plan=self.plan)

    @property
    def parts(self) -> SealParts:
        return SealParts(self.ledger, self.key, self.archive, self.clock)

    def record(self, count: int = 1, chain: str = SHOP, **body: Any) -> None:
        """Let the check function record some entries."""
        for _ in range(count):
            number = len(self.ledger.stored)
            self.ledger.add(
                stream_of(chain, f"job-{number // 3}"),
                "decision",
                f"key-{number}",
                {"number": number, **body},
                self.clock(),
            )

    def run(self, **changes: Any) -> Sealed:
        """One run of the sealer."""
        return seal(replace(self.parts, **changes))

    def crashing_run(self) -> None:
        with pytest.raises(Crash):
            self.run()
        self.plan.revive()

    def payload(self, chain: str, sequence: int) -> bytes:
        stored = self.ledger.linked[chain][sequence]
        link = link_from(stored.document)
        return statement_bytes(stored.document, self.ledger.stored[link.stream, link.position].body)

    def archived(self, chain: str = SHOP) -> list[int]:
        """The sequence numbers of a chain that have an object in the archive."""
        names = [name for name in self.archive.objects if name.startswith(f"records/{chain}/")]
        return sorted(int(name.rsplit("/", 1)[1].removesuffix(".json")) for name in names)

    def assert_whole(self) -> None:
        """Every record is sealed, and the archive holds exactly the chains: one envelope each,
        signed over what is recorded, with the very signature and version that the ledger keeps.
        """
        expected = {
            archive_name(chain, sequence)
            for chain, links in self.ledger.linked.items()
            for sequence in links
        }
        assert set(self.archive.objects) == expected
        for chain, links in self.ledger.linked.items():
            assert self.ledger.sealed[chain] == self.ledger.heads[chain]
            for sequence, stored in links.items():
                [(version, content, _)] = self.archive.objects[archive_name(chain, sequence)]
                assert content is not None
                envelope, payload = envelope_from(content), self.payload(chain, sequence)
                assert envelope.payload == payload
                assert self.key.check(pae(payload), envelope.signature)
                assert stored.seal is not None
                assert stored.seal.signature == envelope.signature
                assert stored.seal.archived_as == archive_name(chain, sequence)
                assert stored.seal.version == version


def ends(sealed: Sealed) -> dict[str, tuple[Stopped, int]]:
    """How each chain ended, and how many records are left."""
    return {each.chain: (each.stopped, each.left or 0) for each in sealed.chains}


def only(sealed: Sealed) -> ChainSealed:
    [chain] = sealed.chains
    return chain


# --- when all goes well -------------------------------------------------------------------------


def test_every_record_is_signed_archived_and_marked_in_order() -> None:
    """And the time of the seal is kept, in UTC."""
    desk = Desk()
    desk.record(3)

    sealed = desk.run()

    assert only(sealed) == ChainSealed(SHOP, Stopped.NOT, 3, 0, timedelta(0))
    desk.assert_whole()
    assert list(desk.archive.objects) == [archive_name(SHOP, number) for number in (1, 2, 3)]
    seal_kept = desk.ledger.seal_of(SHOP, 1)
    assert seal_kept is not None
    assert seal_kept.sealed_at == "2026-11-21T07:32:00.000000+00:00"


def test_what_is_signed_is_the_record_as_it_is_stored() -> None:
    """Its link, byte for byte, and the entry's body."""
    desk = Desk()
    desk.record(note="naïve ☃ \ud800")

    desk.run()

    [message] = desk.key.signed
    stored = desk.ledger.linked[SHOP][1]
    statement = statement_from(desk.payload(SHOP, 1))
    assert message == pae(desk.payload(SHOP, 1))
    assert link_bytes(statement.link) == stored.document
    assert statement.body == desk.ledger.stored[stream_of(SHOP, "job-0"), 0].body


def test_an_idle_run_reads_two_marks_a_chain_and_nothing_else() -> None:
    """Every minute of every night; its cost is that of these."""
    desk = Desk()
    desk.record(3)
    desk.run()
    desk.plan.calls.clear()

    sealed = desk.run()

    assert desk.plan.calls == ["ledger.chains", "ledger.sealed_to", "ledger.head"]
    assert (sealed.sealed, sealed.is_all, sealed.age) == (0, True, timedelta(0))


def test_an_empty_ledger_is_sealed() -> None:
    """No chain, no age, no trouble."""
    sealed = Desk().run()

    assert (sealed.chains, sealed.is_all, sealed.age) == ((), True, timedelta(0))


def test_a_run_goes_on_where_the_last_one_ended() -> None:
    """Nothing is signed twice."""
    desk = Desk()
    desk.record(2)
    desk.run()
    desk.record(2)

    sealed = desk.run()

    assert sealed.sealed == 2
    assert len(desk.key.signed) == 4
    desk.assert_whole()


def test_a_backlog_is_sealed_in_one_run_some_records_of_each_chain_in_turn() -> None:
    """A chain with a backlog takes no time from the others."""
    desk = Desk()
    desk.record(2 * READ_TOGETHER + 3)
    desk.record(2, LOCAL)

    sealed = desk.run()

    assert {each.chain: each.sealed for each in sealed.chains} == {
        SHOP: 2 * READ_TOGETHER + 3,
        LOCAL: 2,
    }
    names = list(desk.archive.objects)
    assert names.index(archive_name(LOCAL, 1)) == READ_TOGETHER
    assert desk.plan.count("ledger.move_sealed") == 4
    desk.assert_whole()


def test_twenty_chains_are_sealed_in_one_run() -> None:
    """Those of every account and region, and the home's."""
    desk = Desk()
    chains = [f"{account:012}/eu-west-{n}" for account in range(1, 11) for n in (1, 2)]
    for chain in chains:
        desk.record(3, chain)

    sealed = desk.run()

    assert [each.chain for each in sealed.chains] == chains
    assert sealed.sealed == 60
    desk.assert_whole()


def test_a_record_of_a_megabyte_is_sealed_whole() -> None:
    """A desk's ledger takes such; the signature is over all of it."""
    desk = Desk()
    desk.record(text="x" * 1_000_000)

    desk.run()

    assert len(desk.key.signed[0]) > 1_000_000
    desk.assert_whole()


def test_without_an_archive_the_seal_is_kept_in_the_ledger_alone() -> None:
    """At a desk that has none."""
    desk = Desk()
    desk.record(2)

    sealed = desk.run(archive=None)

    assert sealed.is_all
    kept = desk.ledger.seal_of(SHOP, 2)
    assert kept is not None
    assert (kept.archived_as, kept.version) == ("", "")
    assert desk.key.check(pae(desk.payload(SHOP, 2)), kept.signature)
    assert desk.archive.objects == {}


def test_an_adopted_record_is_sealed_as_any_other() -> None:
    """Its link says since when it is chained."""
    desk = Desk()
    desk.record()
    link = link_from(desk.ledger.linked[SHOP][1].document)
    document = link_bytes(replace(link, adopted_at="2026-11-21T07:00:00.000000+00:00"))
    desk.ledger.edit_link(SHOP, 1, document)
    desk.ledger.heads[SHOP] = Head(1, sha256(document))

    assert desk.run().is_all

    desk.assert_whole()


# --- what fails ------------------------------------------------------------------------------


def test_s3_down_for_an_hour_loses_nothing() -> None:
    """Sixty runs: the age grows by the minute; then the next run seals everything."""
    desk = Desk()
    desk.plan.outages["archive"] = ArchiveUnavailable("S3 did not answer")
    ages = []
    for _ in range(60):
        desk.record(2)
        desk.record(1, LOCAL)
        desk.clock.advance(minutes=1)
        age = desk.run().age
        assert age is not None
        ages.append(age)

    assert ages == [timedelta(minutes=minutes) for minutes in range(1, 61)]
    assert desk.archive.objects == {}
    desk.plan.revive()

    sealed = desk.run()

    assert (sealed.sealed, sealed.age) == (180, timedelta(0))
    desk.assert_whole()


@pytest.mark.parametrize(
    ("call", "error", "stopped"),
    [
        ("key.sign", SignerUnavailable("KMS throttled"), Stopped.LATER),
        ("key.sign", SignerRefused("kms:Sign is not allowed"), Stopped.REFUSED),
        ("archive.keep", ArchiveUnavailable("S3 is down"), Stopped.LATER),
        ("archive.keep", ArchiveRefused("s3:PutObject is not allowed"), Stopped.REFUSED),
        ("ledger.head", LedgerUnavailable("throttled"), Stopped.LATER),
        ("ledger.sealed_to", LedgerUnavailable("throttled"), Stopped.LATER),
        ("ledger.links", LedgerUnavailable("throttled"), Stopped.LATER),
        ("ledger.entries", LedgerUnavailable("throttled"), Stopped.LATER),
        ("ledger.keep_seal", LedgerUnavailable("throttled"), Stopped.LATER),
        ("ledger.keep_seal", LedgerRefused("not allowed"), Stopped.REFUSED),
        ("ledger.move_sealed", LedgerUnavailable("throttled"), Stopped.LATER),
    ],
)
def test_what_fails_is_told_and_made_up_for(call: str, error: Exception, stopped: Stopped) -> None:
    """The reason is in the answer, and nothing is lost or done twice."""
    desk = Desk()
    desk.record(3)
    desk.plan.outages[call] = error

    failed = only(desk.run())
    desk.plan.revive()
    desk.run()

    assert (failed.stopped, failed.why, failed.flaw) == (stopped, str(error), None)
    desk.assert_whole()


def test_a_refusal_is_told_as_what_has_to_be_mended() -> None:
    """Every chain that waits for it is named; being throttled is no refusal."""
    desk = Desk()
    desk.record(1)
    desk.record(1, LOCAL)
    desk.plan.outages["key.sign"] = SignerRefused("AccessDenied: kms:Sign")

    refused = desk.run()
    desk.plan.outages["key.sign"] = SignerUnavailable("throttled")
    throttled = desk.run()

    assert [each.chain for each in refused.refused] == [SHOP, LOCAL]
    assert throttled.refused == ()
    assert throttled.broken == refused.broken == ()


def test_what_was_sealed_before_a_failure_counts() -> None:
    """The watermark stands behind it, so the next run does not look at it again."""
    desk = Desk()
    desk.record(5)
    signed = itertools.count(1)

    def third_fails(name: str) -> None:
        if name == "key.sign" and next(signed) == 3:
            raise SignerUnavailable("throttled")

    desk.plan.before = third_fails

    failed = only(desk.run())

    assert (failed.stopped, failed.sealed, failed.left) == (Stopped.LATER, 2, 3)
    assert desk.ledger.sealed[SHOP].sequence == 2
    desk.run()
    desk.assert_whole()


def test_a_ledger_that_does_not_tell_its_chains_is_an_error() -> None:
    """Nobody could say what is left."""
    desk = Desk()
    desk.plan.outages["ledger.chains"] = LedgerUnavailable("throttled")

    with pytest.raises(LedgerUnavailable):
        desk.run()


def test_a_fault_of_ours_in_one_chain_stops_no_other() -> None:
    """And is handed over, for whoever raises it."""
    desk = Desk()
    desk.record(1)
    desk.record(1, LOCAL)
    fault = KeyError("a fault")
    faults: list[Exception] = [fault]

    def once(name: str) -> None:
        if name == "key.sign" and faults:
            raise faults.pop()

    desk.plan.before = once

    sealed = desk.run()

    assert sealed.faults == (fault,)
    assert ends(sealed) == {SHOP: (Stopped.FAULT, 1), LOCAL: (Stopped.NOT, 0)}


def test_a_lost_answer_of_the_archive_makes_no_second_envelope() -> None:
    """The object is there all the same: its signature is the one that is kept."""
    desk = Desk()
    desk.record(1)
    put = _calls_of_a_run(1).index("archive.keep") + 1
    desk.plan.fail(put, ArchiveUnavailable("timed out"), after=True)

    assert only(desk.run()).stopped is Stopped.LATER
    desk.run()

    assert len(desk.key.signed) == 2
    desk.assert_whole()


def _calls_of_a_run(records: int) -> list[str]:
    """The calls of one run over that many records, in order."""
    desk = Desk()
    desk.record(records)
    desk.run()
    return desk.plan.calls


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, len(_calls_of_a_run(2)) + 1))
def test_a_crash_at_any_call_is_made_up_for(number: int, *, after: bool) -> None:
    """After signing, after archiving, after the seal, before the watermark: one envelope each."""
    desk = Desk()
    desk.record(2)
    desk.plan.fail(number, Crash(), after=after)

    desk.crashing_run()
    sealed = desk.run()

    assert sealed.is_all
    desk.assert_whole()


def test_seals_behind_the_watermark_are_compared_with_the_archive() -> None:
    """A crash before the watermark was moved: nothing is signed again, and nothing taken on
    trust.
    """
    desk = Desk()
    desk.record(2)
    desk.plan.fail(_calls_of_a_run(2).index("ledger.move_sealed") + 1, Crash())
    desk.crashing_run()
    desk.plan.calls.clear()

    sealed = desk.run()

    assert (sealed.sealed, sealed.is_all) == (0, True)
    assert len(desk.key.signed) == 2
    assert desk.plan.count("archive.content") == 2
    desk.assert_whole()


@pytest.mark.parametrize("call", ["key.sign", "archive.keep", "ledger.keep_seal", "ledger.entries"])
def test_two_sealers_at_once_do_no_harm(call: str) -> None:
    """Another one seals everything while this one is at any of its steps."""
    desk = Desk()
    desk.record(3)
    others: list[Sealed] = []

    def meanwhile(name: str) -> None:
        if name == call and not others:
            others.append(Sealed(()))
            others[0] = desk.run()

    desk.plan.before = meanwhile

    sealed = desk.run()

    assert sealed.is_all
    assert others[0].is_all
    desk.assert_whole()


def test_another_sealer_and_new_records_between_two_looks_are_no_truncation() -> None:
    """The watermark is read first, so the head is never behind it."""
    desk = Desk()
    desk.record(1)
    desk.run()
    met: list[str] = []

    def meanwhile(name: str) -> None:
        if name == "ledger.head" and not met:
            met.append(name)
            desk.record(2)
            desk.run()

    desk.plan.before = meanwhile

    sealed = desk.run()

    assert (sealed.is_all, sealed.broken) == (True, ())
    desk.assert_whole()


# --- time ------------------------------------------------------------------------------------


def test_a_run_that_is_out_of_time_stops_between_two_records() -> None:
    """It says what is left and how old that is; the next one goes on."""
    desk = Desk()
    desk.record(5)
    desk.clock.advance(minutes=7)
    asked = itertools.count()

    short = only(desk.run(has_time=lambda: next(asked) < 3))

    assert (short.stopped, short.sealed, short.left) == (Stopped.TIME, 2, 3)
    assert short.age == timedelta(minutes=7)
    assert desk.ledger.sealed[SHOP].sequence == 2
    desk.run()
    desk.assert_whole()


def test_a_run_without_any_time_still_tells_the_age() -> None:
    """Otherwise a sealer that never comes to a chain would look like one that has sealed it."""
    desk = Desk()
    desk.record(READ_TOGETHER + 1)
    desk.clock.advance(minutes=3)
    taken = itertools.count()

    none = only(desk.run(has_time=lambda: False))
    some = only(desk.run(has_time=lambda: next(taken) <= READ_TOGETHER))

    assert (none.sealed, none.age) == (0, timedelta(minutes=3))
    assert (some.sealed, some.left, some.age) == (READ_TOGETHER, 1, timedelta(minutes=3))


def test_a_clock_that_goes_back_makes_no_negative_age() -> None:
    """A record of a time to come is as old as new; one before it counts by its own time."""
    desk = Desk()
    desk.record(1)
    desk.clock.advance(hours=-3)
    desk.plan.outages["key"] = SignerUnavailable("throttled")

    assert desk.run().age == timedelta(0)

    desk.record(1)
    desk.clock.advance(minutes=5)
    assert desk.run().age == timedelta(minutes=5)


def test_an_age_that_cannot_be_told_is_not_told() -> None:
    """The ledger does not answer for one of two chains; zero would end an alarm."""
    desk = Desk()
    desk.record(1)
    desk.record(1, LOCAL)
    asked = itertools.count()

    def first_fails(name: str) -> None:
        if name == "ledger.head" and next(asked) == 0:
            raise LedgerUnavailable("throttled")

    desk.plan.before = first_fails

    sealed = desk.run()

    assert sealed.age is None
    assert [each.left for each in sealed.chains] == [None, 0]


# --- what is broken --------------------------------------------------------------------------

Tampering = Callable[[Desk], None]


def _edit_body(desk: Desk) -> None:
    place = (stream_of(SHOP, "job-0"), 1)
    desk.ledger.edit(place, body=b'{"number":7}')


def _edit_key(desk: Desk) -> None:
    desk.ledger.edit((stream_of(SHOP, "job-0"), 1), key="key-7")


def _edit_kind(desk: Desk) -> None:
    desk.ledger.edit((stream_of(SHOP, "job-0"), 1), kind="snapshot")


def _edit_time(desk: Desk) -> None:
    desk.ledger.edit((stream_of(SHOP, "job-0"), 1), recorded_at="2026-01-01T00:00:00.000000+00:00")


def _delete_entry(desk: Desk) -> None:
    del desk.ledger.stored[stream_of(SHOP, "job-0"), 1]


def _swap_entries(desk: Desk) -> None:
    desk.ledger.edit((stream_of(SHOP, "job-0"), 1), sequence=3)


def _delete_link(desk: Desk) -> None:
    del desk.ledger.linked[SHOP][2]


def _cut_off_links(desk: Desk) -> None:
    del desk.ledger.linked[SHOP][2], desk.ledger.linked[SHOP][3]


def _garble_link(desk: Desk) -> None:
    desk.ledger.edit_link(SHOP, 2, b"{}")


def _newer_link(desk: Desk) -> None:
    document = json.loads(desk.ledger.linked[SHOP][2].document)
    desk.ledger.edit_link(SHOP, 2, json.dumps({**document, "schema": 2}).encode())


def _relink(desk: Desk, **changes: Any) -> None:
    link = link_from(desk.ledger.linked[SHOP][2].document)
    desk.ledger.edit_link(SHOP, 2, link_bytes(replace(link, **changes)))


def _repeat_link(desk: Desk) -> None:
    desk.ledger.edit_link(SHOP, 2, desk.ledger.linked[SHOP][1].document)


def _link_of_another_chain(desk: Desk) -> None:
    _relink(desk, chain=LOCAL)


def _other_previous(desk: Desk) -> None:
    _relink(desk, previous=NOTHING_BEFORE)


def _consistent_forgery(desk: Desk) -> None:
    """Entry and link both, as somebody would who knows how; the next link betrays it."""
    body = b'{"number":7}'
    desk.ledger.edit((stream_of(SHOP, "job-0"), 1), body=body)
    _relink(desk, body_digest=sha256(body))


def _smuggled_body(desk: Desk) -> None:
    """A body that says a second predicate to whoever reads JSON without care."""
    body = b'{"number":1},"link":{}'
    desk.ledger.edit((stream_of(SHOP, "job-0"), 1), body=body)
    _relink(desk, body_digest=sha256(body))


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        (_edit_body, FlawKind.EDITED),
        (_edit_key, FlawKind.EDITED),
        (_edit_kind, FlawKind.EDITED),
        (_edit_time, FlawKind.EDITED),
        (_delete_entry, FlawKind.DELETED),
        (_swap_entries, FlawKind.REORDERED),
        (_delete_link, FlawKind.DELETED),
        (_cut_off_links, FlawKind.DELETED),
        (_garble_link, FlawKind.EDITED),
        (_newer_link, FlawKind.UNCHECKED),
        (_repeat_link, FlawKind.REPLAYED),
        (_link_of_another_chain, FlawKind.REPLAYED),
        (_other_previous, FlawKind.EDITED),
        (_smuggled_body, FlawKind.EDITED),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_is_broken_is_named_and_never_signed(tamper: Tampering, kind: FlawKind) -> None:
    """The second of three: the first is sealed, nothing behind it, and the other chain is."""
    desk = Desk()
    desk.record(3)
    desk.record(2, LOCAL)
    tamper(desk)

    sealed = desk.run()
    again = desk.run()

    assert ends(sealed) == {SHOP: (Stopped.BROKEN, 2), LOCAL: (Stopped.NOT, 0)}
    [flaw] = sealed.broken
    assert (flaw.kind, flaw.chain, flaw.sequence, flaw.where) == (kind, SHOP, 2, "the ledger")
    assert sealed.chains[0].why == flaw.what
    assert (desk.archived(), desk.archived(LOCAL)) == ([1], [1, 2])
    assert again.broken == sealed.broken
    assert len(desk.key.signed) == 3


def test_a_forgery_that_fits_its_own_link_breaks_the_next_one() -> None:
    """What was forged before it was sealed cannot be told from what was recorded; what follows
    does not continue it.
    """
    desk = Desk()
    desk.record(3)
    _consistent_forgery(desk)

    [flaw] = desk.run().broken

    assert (flaw.kind, flaw.sequence) == (FlawKind.EDITED, 3)


def test_a_broken_record_is_named_by_its_id_and_its_job() -> None:
    """So that somebody can look for it."""
    desk = Desk()
    desk.record(1)
    desk.ledger.edit((stream_of(SHOP, "job-0"), 0), body=b"{}")

    [flaw] = desk.run().broken

    identifier = link_from(desk.ledger.linked[SHOP][1].document).id
    assert flaw.record == f"{identifier} (decision in {stream_of(SHOP, 'job-0')})"
    assert flaw.what == "the entry's body is not the one that was chained"


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        (lambda ledger: ledger.heads.pop(SHOP), FlawKind.TRUNCATED),
        (lambda ledger: ledger.heads.update({SHOP: Head(1, "a" * 64)}), FlawKind.TRUNCATED),
        (lambda ledger: ledger.heads.update({SHOP: Head(2, "a" * 64)}), FlawKind.FORKED),
    ],
    ids=["gone", "moved back", "another"],
)
def test_a_head_that_lies_before_what_was_sealed_is_broken(
    tamper: Callable[[MemoryChains], object], kind: FlawKind
) -> None:
    """The end of the chain is missing, or was written anew."""
    desk = Desk()
    desk.record(2)
    desk.run()
    tamper(desk.ledger)

    [flaw] = desk.run().broken

    assert (flaw.kind, flaw.chain) == (kind, SHOP)


@pytest.mark.parametrize("head", [Head(4, "a" * 64), Head(3, "a" * 64)], ids=["ahead", "another"])
def test_a_head_that_the_links_do_not_reach_is_broken(head: Head) -> None:
    """Links are missing before it, or it was never one of them."""
    desk = Desk()
    desk.record(1)
    desk.run()
    desk.record(2)
    desk.ledger.heads[SHOP] = head

    [flaw] = desk.run().broken

    assert flaw.sequence == head.sequence
    assert desk.archived() == [1, *range(2, head.sequence)]


def test_the_last_sealed_record_is_looked_at_again() -> None:
    """Whoever edits it, or moves the watermark, breaks what would follow."""
    edited, gone, moved = Desk(), Desk(), Desk()
    for desk in (edited, gone, moved):
        desk.record(2)
        desk.run()
        desk.record(2)
    edited.ledger.edit_link(SHOP, 2, edited.ledger.linked[SHOP][1].document)
    del gone.ledger.linked[SHOP][2]
    moved.ledger.sealed[SHOP] = Head(3, "a" * 64)

    kinds = [desk.run().broken[0].kind for desk in (edited, gone, moved)]

    assert kinds == [FlawKind.EDITED, FlawKind.DELETED, FlawKind.EDITED]
    assert [desk.archived() for desk in (edited, gone, moved)] == [[1, 2]] * 3


def test_a_watermark_that_was_moved_back_is_caught_up_with() -> None:
    """What is sealed is compared with the archive, and not signed again."""
    desk = Desk()
    desk.record(3)
    desk.run()
    desk.ledger.sealed.clear()

    assert desk.run().is_all

    assert len(desk.key.signed) == 3
    desk.assert_whole()


@pytest.mark.parametrize("name", ["../../etc", "local/x", "111122223333", ""])
def test_a_chain_whose_name_is_none_is_never_archived_under_it(name: str) -> None:
    """It would be a path into somebody else's folder."""
    desk = Desk()
    desk.record(1)
    desk.ledger.heads[name] = Head(1, "a" * 64)

    sealed = desk.run()

    [flaw] = sealed.broken
    assert (flaw.kind, flaw.chain) == (FlawKind.FORGED, name)
    assert list(desk.archive.objects) == [archive_name(SHOP, 1)]


def test_a_restored_backup_is_a_fork_and_nothing_of_it_is_signed() -> None:
    """The archive is ahead: its record at that place is named, and so is the ledger's."""
    desk = Desk()
    desk.record(2)
    backup = desk.ledger.copied()
    desk.record(2)
    desk.run()
    archived = dict(desk.archive.objects)
    lost = link_from(desk.ledger.linked[SHOP][3].document)
    desk.ledger = backup
    desk.clock.advance(hours=1)
    desk.record(3)
    signed_before = len(desk.key.signed)

    sealed = desk.run()
    desk.run()

    [flaw] = sealed.broken
    assert (flaw.kind, flaw.sequence, flaw.where) == (FlawKind.FORKED, 3, "memory:archive")
    assert lost.id in flaw.what
    assert "restored from a backup" in flaw.what
    assert ends(sealed) == {SHOP: (Stopped.BROKEN, 3)}
    assert desk.archive.objects == archived
    assert all(desk.ledger.seal_of(SHOP, number) is None for number in (3, 4, 5))
    # The first two were archived by the ledger that was lost: the same records, adopted.
    assert desk.ledger.sealed[SHOP].sequence == 2
    assert len(desk.key.signed) == signed_before + 2 + 1 + 1


def test_a_restored_backup_without_anything_new_is_found_with_the_first_new_record() -> None:
    """Which is the next day's checkpoint at the latest."""
    desk = Desk()
    desk.record(1)
    desk.run()
    backup = desk.ledger.copied()
    desk.record(1)
    desk.run()
    desk.ledger = backup

    assert desk.run().is_all
    desk.record(1)
    assert desk.run().broken[0].kind is FlawKind.FORKED


@pytest.mark.parametrize("content", [b"", b"[]", b'{"payload":"AA=="}'])
def test_something_else_at_its_place_in_the_archive_is_a_fork(content: bytes) -> None:
    """It cannot be read, so it is not this record."""
    desk = Desk()
    desk.record(1)
    desk.archive.put_on_top(archive_name(SHOP, 1), content)

    [flaw] = desk.run().broken

    assert (flaw.kind, flaw.sequence) == (FlawKind.FORKED, 1)
    assert desk.ledger.seal_of(SHOP, 1) is None


def test_what_lies_on_top_of_the_archived_record_is_not_taken_for_it() -> None:
    """The oldest version is the one that was kept."""
    desk = Desk()
    desk.record(1)
    desk.plan.fail(_calls_of_a_run(1).index("archive.keep") + 1, Crash(), after=True)
    desk.crashing_run()
    desk.archive.put_on_top(archive_name(SHOP, 1), b"{}")

    assert desk.run().is_all

    kept = desk.ledger.seal_of(SHOP, 1)
    assert kept is not None
    assert kept.version == desk.archive.objects[archive_name(SHOP, 1)][0][0]


def test_a_delete_marker_below_the_archived_record_is_not_taken_for_it() -> None:
    """Somebody deleted the object before it was there; S3 takes such a thing."""
    desk = Desk()
    desk.record(1)
    desk.archive.mark_deleted(archive_name(SHOP, 1))
    desk.plan.fail(_calls_of_a_run(1).index("archive.keep") + 1, Crash(), after=True)
    desk.crashing_run()

    assert desk.run().is_all

    kept = desk.ledger.seal_of(SHOP, 1)
    assert kept is not None
    assert kept.version == desk.archive.objects[archive_name(SHOP, 1)][1][0]


def test_an_archive_that_says_taken_and_shows_nothing_is_asked_again() -> None:
    """It was deleted meanwhile, or the listing is behind."""
    desk = Desk()
    desk.record(1)

    class Vague(MemoryArchive):
        def versions(self, prefix: str) -> Any:
            return iter(())

    vague = Vague(plan=desk.plan, objects={archive_name(SHOP, 1): [("v1", b"{}", desk.clock())]})

    assert only(desk.run(archive=vague)).stopped is Stopped.LATER


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"signature": Signature("k", b"forged")}, FlawKind.EDITED),
        ({"version": "v99"}, FlawKind.DELETED),
        ({"archived_as": archive_name(SHOP, 1)}, FlawKind.REPLAYED),
    ],
    ids=["signature", "version", "name"],
)
def test_a_seal_that_was_put_beside_a_record_seals_nothing(
    changes: Mapping[str, Any], kind: FlawKind
) -> None:
    """Whoever can write into the ledger cannot make the sealer pass a record by."""
    desk = Desk()
    desk.record(2)
    desk.plan.fail(_calls_of_a_run(2).index("ledger.move_sealed") + 1, Crash())
    desk.crashing_run()
    stored = desk.ledger.linked[SHOP][2]
    assert stored.seal is not None
    desk.ledger.linked[SHOP][2] = replace(stored, seal=replace(stored.seal, **changes))

    [flaw] = desk.run().broken

    assert (flaw.kind, flaw.sequence) == (kind, 2)
    assert desk.ledger.sealed[SHOP].sequence == 1


def test_a_seal_over_what_was_edited_since_is_broken() -> None:
    """Sealed, not yet behind the watermark, and edited with its link."""
    desk = Desk()
    desk.record(1)
    desk.plan.fail(_calls_of_a_run(1).index("ledger.move_sealed") + 1, Crash())
    desk.crashing_run()
    body = b'{"number":7}'
    desk.ledger.edit((stream_of(SHOP, "job-0"), 0), body=body)
    document = link_bytes(
        replace(link_from(desk.ledger.linked[SHOP][1].document), body_digest=sha256(body))
    )
    desk.ledger.edit_link(SHOP, 1, document)
    desk.ledger.heads[SHOP] = Head(1, sha256(document))

    [flaw] = desk.run().broken

    assert (flaw.kind, flaw.where) == (FlawKind.FORKED, "memory:archive")


# --- whatever happens ------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """Something that happens: records, time, a run of the sealer with a fault in it."""

    records: int
    chain: str
    minutes: int
    faulty_call: int
    fault: str
    after: bool
    looks: int


FAULTS: Mapping[str, Callable[[], BaseException] | None] = {
    "none": None,
    "crash": Crash,
    "kms throttled": lambda: SignerUnavailable("throttled"),
    "kms refused": lambda: SignerRefused("denied"),
    "s3 down": lambda: ArchiveUnavailable("down"),
    "s3 refused": lambda: ArchiveRefused("denied"),
    "ledger throttled": lambda: LedgerUnavailable("throttled"),
    "fault of ours": lambda: KeyError("a fault"),
}

events = st.builds(
    Event,
    records=st.integers(0, 6),
    chain=st.sampled_from([SHOP, LOCAL, "444455556666/us-gov-west-1"]),
    minutes=st.integers(-90, 90),
    faulty_call=st.integers(1, 40),
    fault=st.sampled_from(sorted(FAULTS)),
    after=st.booleans(),
    looks=st.integers(0, 30),
)


@settings(max_examples=300)
@given(st.lists(events, max_size=12))
def test_whatever_fails_in_the_end_the_archive_holds_exactly_the_chains(
    course: Sequence[Event],
) -> None:
    """Crashes, outages, refusals, too little time, clocks that jump, in any order: never is
    anything called broken, and one run without faults seals everything, each record once.
    """
    desk = Desk()
    for event in course:
        desk.clock.advance(minutes=event.minutes)
        desk.record(event.records, event.chain)
        make = FAULTS[event.fault]
        if make is not None:
            number = len(desk.plan.calls) + event.faulty_call
            desk.plan.fail(number, make(), after=event.after)
        looks = itertools.count()
        try:
            sealed = desk.run(has_time=lambda looks=looks, most=event.looks: next(looks) < most)
        except (Crash, LedgerUnavailable, SignerUnavailable, ArchiveUnavailable):
            pass
        except (SignerRefused, ArchiveRefused, KeyError):
            pass  # while the chains were listed
        else:
            assert sealed.broken == ()
            assert sealed.age is None or sealed.age >= timedelta(0)
        desk.plan.revive()

    sealed = desk.run()

    assert sealed.is_all
    desk.assert_whole()


def test_the_fake_ledger_chains_as_the_port_says() -> None:
    """What is tested here is what the adapters do."""
    desk = Desk()
    desk.record(2)

    stored: list[StoredLink] = list(desk.ledger.links(SHOP, 2))

    assert [link.sequence for link in stored] == [2]
    assert link_from(stored[0].document).previous == sha256(desk.ledger.linked[SHOP][1].document)


# --- signatures that were there already --------------------------------------------------------


@pytest.mark.parametrize("archived", [True, False])
def test_a_planted_seal_makes_the_sealer_pass_nothing_by(*, archived: bool) -> None:
    """One that names no archived object has nothing to be compared with but the key."""
    desk = Desk()
    desk.record(3)
    forged = Seal(Signature(desk.key.key_id, b"forged"), "2026-11-21T07:32:00.000000+00:00", "", "")
    desk.ledger.keep_seal(SHOP, 2, forged)

    sealed = only(desk.run() if archived else desk.run(archive=None))

    assert (sealed.stopped, sealed.sealed) == (Stopped.BROKEN, 1)
    assert sealed.flaw is not None
    assert (sealed.flaw.kind, sealed.flaw.sequence) == (FlawKind.FORGED, 2)
    assert sealed.flaw.where == "the ledger"
    assert desk.ledger.sealed[SHOP].sequence == 1


def test_a_forged_object_in_the_archive_is_not_taken_over() -> None:
    """Right about the record, with a signature that the key did not make."""
    desk = Desk()
    desk.record(2)
    forged = Envelope(desk.payload(SHOP, 1), Signature(desk.key.key_id, b"forged"))
    desk.archive.put_on_top(archive_name(SHOP, 1), envelope_bytes(forged))

    sealed = desk.run()

    [flaw] = sealed.broken
    assert (flaw.kind, flaw.sequence, flaw.where) == (FlawKind.FORGED, 1, "memory:archive")
    assert desk.ledger.seal_of(SHOP, 1) is None
    assert SHOP not in desk.ledger.sealed


def test_a_key_that_cannot_be_asked_stops_the_chain_until_it_can() -> None:
    """Whether a seal is its own is not guessed."""
    desk = Desk()
    desk.record(1)
    desk.plan.fail(_calls_of_a_run(1).index("ledger.move_sealed") + 1, Crash())
    desk.crashing_run()
    desk.plan.outages["key.made"] = SignerUnavailable("throttled")

    assert only(desk.run()).stopped is Stopped.LATER

    desk.plan.revive()
    assert desk.run().is_all
    desk.assert_whole()


def test_a_mark_on_a_record_without_a_seal_is_broken() -> None:
    """Whoever moves the mark over a record has not sealed it."""
    desk = Desk()
    desk.record(2)
    link = desk.ledger.linked[SHOP][1]
    desk.ledger.move_sealed(SHOP, Head(1, sha256(link.document)))

    [flaw] = desk.run().broken

    assert (flaw.kind, flaw.sequence) == (FlawKind.DELETED, 1)
    assert desk.key.signed == []


def test_a_record_that_two_sealers_seal_counts_once() -> None:
    """For the one whose seal is kept."""
    desk = Desk()
    desk.record(1)
    others: list[Sealed] = []

    def meanwhile(name: str) -> None:
        if name == "ledger.keep_seal" and not others:
            others.append(Sealed(()))
            others[0] = desk.run()

    desk.plan.before = meanwhile

    assert (desk.run().sealed, others[0].sealed) == (0, 1)
    desk.assert_whole()


# --- more chains than there is time for ----------------------------------------------------------


def _many(count: int) -> tuple[Desk, list[str]]:
    desk, chains = Desk(), [f"{number:012}/eu-west-1" for number in range(count)]
    for chain in chains:
        desk.record(1, chain)
    return desk, chains


def test_runs_that_are_short_of_time_come_to_every_chain() -> None:
    """Each goes on with the chain whose turn it was; a turn is asked for, and then its record."""
    desk, chains = _many(10)
    first, sealed = "", []

    for _ in range(4):
        times = itertools.chain([True] * 6, itertools.cycle([False]))
        run = seal(replace(desk.parts, has_time=partial(next, times)), first=first)
        sealed.append((run.sealed, run.next_first))
        first = run.next_first

    assert sealed == [(3, chains[3]), (3, chains[6]), (3, chains[9]), (1, chains[4])]
    assert [each.chain for each in run.chains] == chains
    assert desk.run().next_first == ""
    desk.assert_whole()


def test_a_chain_that_went_away_gives_its_turn_to_the_next_one() -> None:
    """It was the next one when the time of the last run was over."""
    desk, chains = _many(3)
    asked = itertools.count()

    sealed = seal(
        replace(desk.parts, has_time=lambda: next(asked) < 2), first="000000000000/eu-west-2"
    )

    assert [each.chain for each in sealed.chains if each.sealed] == [chains[1]]


def test_a_run_without_time_looks_at_some_chains_and_tells_no_age_beyond() -> None:
    """A thousand looks would take longer than the run has; a missing age rings."""
    desk, _ = _many(LATE_LOOKS + 1)

    none = desk.run(has_time=lambda: False)

    assert desk.plan.count("ledger.head") == LATE_LOOKS
    assert {each.stopped for each in none.chains} == {Stopped.TIME}
    assert [each.left for each in none.chains] == [1] * LATE_LOOKS + [None]
    assert none.age is None

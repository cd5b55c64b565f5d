"""Verifying the evidence: every chain of a ledger, beside the archive and what others vouch for."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from recgate.domain.chain import is_chain
from recgate.domain.link import Head
from recgate.domain.statement import Envelope
from recgate.domain.verification import FlawKind, Verification
from recgate.evidence_ports import (
    ArchiveRefused,
    ArchiveUnavailable,
    Evidence,
    EvidenceArchive,
    SignatureCheck,
)
from recgate.flows.evidence.archive_reader import RECORDS, by_name, place_of
from recgate.flows.evidence.chain_check import ChainCheck, Ground
from recgate.flows.evidence.chain_end import tell_end
from recgate.flows.evidence.checkpoint_check import Vouched
from recgate.flows.evidence.flaw_list import FlawList
from recgate.flows.evidence.index_check import INDEX_LAG, IndexCheck
from recgate.flows.evidence.index_flaws import tell_index
from recgate.flows.evidence.kept_elsewhere import kept_elsewhere
from recgate.flows.evidence.marks import Marks
from recgate.flows.evidence.moved import tell_moves
from recgate.flows.evidence.replay_check import Replay
from recgate.flows.evidence.twins import twins_of
from recgate.flows.evidence.unlinked import UnlinkedEntries, tell_twice
from recgate.ports import DecisionIndex

STALE_AFTER = timedelta(hours=36)
"""A checkpoint is made every day; half a day more is no reason to worry."""

_ARCHIVE_READERS = 16
"""Objects that are asked for at once: each takes some ten milliseconds in S3."""


def verify(
    evidence: Evidence,
    *,
    where: str,
    archive: EvidenceArchive | None,
    check: SignatureCheck | None,
    checkpoints: Sequence[Envelope] = (),
    now: datetime,
    replay: Replay | None = None,
    stale_after: timedelta = STALE_AFTER,
    locks: bool = False,
    index: DecisionIndex | None = None,
    index_lag: timedelta = INDEX_LAG,
) -> Verification:
    """Look at everything that is recorded, and name each flaw.

    ``where`` is what people call the ledger. ``check`` None: no public key was given, and no
    signature is checked. ``checkpoints`` are envelopes that were kept elsewhere. ``locks``: the
    archive is one that can lock what it holds, so that what is not locked is a flaw. ``index``
    finds the ledger's decisions, and is held to the chains: every decision in every way, and
    nothing else. What was recorded in the last ``index_lag`` it may not have yet.

    The records are read as they come, some at a time; what is recorded meanwhile is no flaw.
    Raises LedgerUnavailable, LedgerRefused. An archive that cannot be read is told as a flaw.
    """
    others = FlawList("")
    vouched = kept_elsewhere(checkpoints, check, others)
    with ThreadPoolExecutor(_ARCHIVE_READERS) as pool:
        ground = Ground(
            evidence=evidence,
            where=where,
            check=check,
            now=now,
            stale_after=stale_after,
            locks=locks,
            pool=pool,
            replay=replay,
            places=Marks(),
            ids=Marks(),
            index=IndexCheck(index, pool, now, lag=index_lag) if index is not None else None,
        )
        return _verified(ground, archive, vouched, others)


def _verified(
    ground: Ground,
    archive: EvidenceArchive | None,
    vouched: Mapping[str, Sequence[Vouched]],
    others: FlawList,
) -> Verification:
    evidence, where = ground.evidence, ground.where
    in_archive: set[str] = set()
    has_archive = archive is not None
    if archive is not None:
        try:
            in_archive = _archived_chains(archive, others)
        except (ArchiveUnavailable, ArchiveRefused) as error:
            what = f"the archive cannot be read: {error}"
            others.tell(FlawKind.UNCHECKED, None, what, where=archive.where)
            archive = None
    listed = set(evidence.chains())
    checked: list[_Checked] = []

    def check_all(chains: Iterable[str]) -> None:
        nonlocal archive
        for chain in sorted(chains):
            checked.append(_check(chain, ground, archive, vouched.get(chain, ())))
            if checked[-1].check.is_archive_lost:
                archive = None  # told once

    told_of = listed | in_archive | {*vouched}
    check_all(told_of)
    unlinked = UnlinkedEntries(ground, [each.check for each in checked])
    check_all(unlinked.hidden)
    unlinked.settle_hidden()
    checked = [each for each in checked if each.check.records or each.check.chain in told_of]
    checked.sort(key=lambda each: each.check.chain)
    checks = [each.check for each in checked]
    for check in checks:
        if check.records and check.chain not in listed:
            what = "the ledger does not name the chain as one of its own, and has records of it"
            check.flaws.tell(FlawKind.EDITED, None, what, where=where)
    for what in evidence.bent():
        others.tell(FlawKind.EDITED, None, what, where=where)
    twins = twins_of(
        bodies={each.found for check in checks for each in check.judge.moves.entries},
        entries=unlinked.digests,
        seals=[(check.chain, seal) for check in checks for seal in check.judge.moves.seals],
        evidence=evidence,
        chains=[check.chain for check in checks],
    )
    tell_moves([(check.judge.moves, check.flaws) for check in checks], twins, evidence, where)
    for each in checked:
        if each.head is not None or not each.check.is_made_up:
            tell_end(each.check, ground, each.head, each.mark)
    tell_twice(checks, ground)
    unlinked.tell(checks, others, twins, where)
    _tell_index(ground, checks, others, unlinked)
    if not checks and not unlinked.found:
        what = "there is no record in it: nothing was verified"
        others.tell(FlawKind.UNCHECKED, None, what, where=where)
    _tell_what_is_lacking(ground, checks, others, has_archive=has_archive)
    flaws = [flaw for check in checks for flaw in check.flaws.in_order()]
    if archive is not None and ground.locks and _is_nothing_locked(archive, checks, others):
        flaws = [flaw for flaw in flaws if flaw.kind is not FlawKind.UNLOCKED]  # told once
    return Verification(tuple(check.state() for check in checks), (*flaws, *others.in_order()))


def _tell_index(
    ground: Ground, checks: Sequence[ChainCheck], others: FlawList, unlinked: UnlinkedEntries
) -> None:
    """Tell what is wrong with the index of decisions, once all else of the ledger is told."""
    if ground.index is None:
        return
    lists = {check.chain: check.flaws for check in checks}
    is_disturbed = any(each.is_tampered_at(ground.where) for each in (*lists.values(), others))
    tell_index(
        ground.index.run(),
        ground.index.decided,
        evidence=ground.evidence,
        lists=lists,
        others=others,
        where=ground.where,
        is_disturbed=is_disturbed or bool(unlinked.found),
    )


@dataclass(frozen=True, slots=True)
class _Checked:
    """A chain that was read, its head, and the mark of what is sealed as it was before."""

    check: ChainCheck
    head: Head | None
    mark: Head | None


def _check(
    chain: str, ground: Ground, archive: EvidenceArchive | None, vouched: Iterable[Vouched]
) -> _Checked:
    check = ChainCheck(chain, ground, archive)
    for each in vouched:
        check.judge.checkpoints.expect(each)
    mark = ground.evidence.sealed_to(chain)
    head = check.run()
    if check.is_made_up and head is None:
        check.flaws.clear()  # whose links these are is told with what moved
    if not is_chain(chain):
        what = "no chain of recgate has such a name"
        check.flaws.tell(FlawKind.FORGED, None, what, where=ground.where)
    return _Checked(check, head, mark)


def _is_nothing_locked(
    archive: EvidenceArchive, checks: Sequence[ChainCheck], others: FlawList
) -> bool:
    """Whether the archive locks nothing by itself, which is told, and no record in it is locked."""
    try:
        lock = archive.default_lock()
    except (ArchiveUnavailable, ArchiveRefused) as error:
        what = f"whether it locks what is put there cannot be told: {error}"
        others.tell(FlawKind.UNCHECKED, None, what, where=archive.where)
        return False
    if lock is not None:
        return False
    is_any = any(check.judge.archived and check.judge.archived.locked for check in checks)
    what = (
        "it locks nothing that is put there from now on, though it holds records that are locked: "
        "its default retention was taken away"
        if is_any
        else "it locks nothing: whoever may write there can delete every record"
    )
    others.tell(FlawKind.UNLOCKED, None, what, where=archive.where)
    return not is_any


def _archived_chains(archive: EvidenceArchive, others: FlawList) -> set[str]:
    """The chains that the archive holds records of; tells of what is no record of any."""
    chains: set[str] = set()
    foreign: list[str] = []
    for name, _ in by_name(archive.versions(RECORDS)):
        place = place_of(name)
        chain = place[0] if place else _folder(name)
        if is_chain(chain):
            chains.add(chain)
        else:
            foreign.append(name)
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        what = f"it holds {foreign[0]}{more}, which is in the place of records and is none"
        others.tell(FlawKind.FORGED, None, what, where=archive.where)
    return chains


def _folder(name: str) -> str:
    """The chain in whose folder something lies."""
    return name.removeprefix(RECORDS).rpartition("/")[0]


def _tell_what_is_lacking(
    ground: Ground, checks: Sequence[ChainCheck], others: FlawList, *, has_archive: bool
) -> None:
    if not has_archive and any(check.is_said_to_be_archived for check in checks):
        what = "its seals say that records were archived, and no archive was given to look in"
        others.tell(FlawKind.UNCHECKED, None, what, where=ground.where)
    if ground.check is None and any(
        check.judge.seals.sealed or check.judge.archived for check in checks
    ):
        what = "no public key was given, so no signature was checked"
        others.tell(FlawKind.UNCHECKED, None, what, where=ground.where)

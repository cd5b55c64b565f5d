"""The end of a chain: what tells of records that are not there, and what is not signed yet."""

from datetime import timedelta
from itertools import islice

from recgate.domain.link import FIRST, Head, sha256
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import ArchiveRefused, ArchiveUnavailable
from recgate.flows.evidence.archived_look import Says, testimony
from recgate.flows.evidence.chain_check import ChainCheck, Ground

_LOOKED_AT = 50
"""Objects behind the end that are read before it is believed that none is a record."""

_NAMED = 3

_CLOCKS_APART = timedelta(hours=1)
"""How far the clocks of who records and of who verifies may be apart."""


def tell_end(check: ChainCheck, ground: Ground, head: Head | None, mark: Head | None) -> None:
    """Tell what is wrong with the end of a chain that was read.

    ``head`` was read after the links, ``mark`` (up to where all is sealed) before them.
    """
    last, shift = check.last, check.judge.moves.shift
    witnesses: list[tuple[int, str]] = []
    if head is not None:
        if head.sequence > last + shift:
            witnesses.append((head.sequence, "the head of the chain"))
        _tell_links_behind(check, ground, head, last)
    elif check.records:
        what = "the chain has no head: what it ends with, nothing in the ledger says"
        check.flaws.tell(FlawKind.DELETED, None, what, where=ground.where)
    if mark is not None and mark.sequence > last + shift:
        witnesses.append((mark.sequence, "the mark of what is sealed"))
    witnesses += [(each.sequence, each.who) for each in check.judge.checkpoints.behind(last)]
    witnesses += _archived_behind(check, ground, last + shift)
    _tell_truncated(check, ground, last, witnesses)
    for found in check.judge.checkpoints.contradictions:
        told = (found.sequence, found.by or found.sequence)
        if not found.kind.is_tampering or not any(map(check.flaws.explain, told)):
            check.flaws.tell(
                found.kind, found.sequence, found.what, where=ground.where, record=found.record
            )
    _tell_mark(check, ground, mark, last)
    _tell_unsealed(check, ground, mark)
    _tell_foreign(check)
    _tell_stale(check, ground)


def _tell_truncated(
    check: ChainCheck, ground: Ground, last: int, witnesses: list[tuple[int, str]]
) -> None:
    if not witnesses:
        return
    said = " and ".join(f"{who} tells of #{sequence}" for sequence, who in witnesses[:_NAMED])
    furthest = max(sequence for sequence, _ in witnesses)
    if last:
        kind, what = FlawKind.TRUNCATED, f"the chain ends with #{last}, and {said}"
    else:
        kind, what = FlawKind.DELETED, f"the ledger has nothing of the chain, and {said}"
    first = last + 1
    check.judge.left_over.lost(furthest - last, check.judge.last_at, None)
    what += ": its end was cut off, or the ledger was restored from an older backup"
    check.flaws.tell(
        kind, first, what, where=ground.where, last=furthest if furthest > first else None
    )


def _tell_links_behind(check: ChainCheck, ground: Ground, head: Head, last: int) -> None:
    if head.sequence >= last:
        return
    behind = range(max(head.sequence, 0) + 1, last + 1)
    told = {each.sequence for each in check.judge.moves.links}
    if all(number in told for number in behind):
        return
    what = (
        f"the head of the chain names #{head.sequence} as the last record, and there are links up "
        f"to #{last}: the head was set back, or the links behind it are not recgate's"
    )
    check.flaws.tell(FlawKind.EDITED, None, what, where=ground.where)


def _archived_behind(check: ChainCheck, ground: Ground, last: int) -> list[tuple[int, str]]:
    """What the archive holds of records behind the last one."""
    reader = check.reader
    if reader is None:
        return []
    where = reader.archive.where
    try:
        beyond = [number for number in reader.rest() if number > last]
        if not beyond:
            return []
        now = ground.evidence.head(check.chain)
        beyond = [number for number in beyond if now is None or number > now.sequence]
        for number in islice(beyond, _LOOKED_AT):
            content = reader.content(number)
            if content is None:
                continue
            said = testimony(content, None, chain=check.chain, sequence=number, check=ground.check)
            if said.says in (Says.ANOTHER, Says.NEWER) and said.is_signed is not False:
                return [(beyond[-1], f"the archive {where}")]
            what = "the archive holds an object for it that is no signed record of this chain"
            check.flaws.tell(FlawKind.FORGED, number, what, where=where, cause="no record behind")
    except (ArchiveUnavailable, ArchiveRefused) as error:
        what = f"the archive cannot be read to its end: {error}"
        check.flaws.tell(FlawKind.UNCHECKED, None, what, where=where)
    return []


def _tell_mark(check: ChainCheck, ground: Ground, mark: Head | None, last: int) -> None:
    """The mark up to which all is sealed, beside what is."""
    sealed = check.judge.seals.last_sealed
    if mark is not None and FIRST <= mark.sequence <= last:
        stored = next(iter(ground.evidence.links(check.chain, mark.sequence)), None)
        there = sha256(stored.document) if stored and stored.sequence == mark.sequence else None
        if there is not None and there != mark.digest and not check.flaws.explain(mark.sequence):
            what = (
                f"the mark of what is sealed names {mark.digest[:16]}… as the digest of "
                f"#{mark.sequence}, which has {there[:16]}…: the mark was changed, or what is "
                "before it was recorded anew"
            )
            check.flaws.tell(FlawKind.EDITED, None, what, where=ground.where)
    elif mark is not None and mark.sequence < FIRST:
        what = f"the mark of what is sealed names #{mark.sequence}, which no record is"
        check.flaws.tell(FlawKind.EDITED, None, what, where=ground.where)
        return
    now = ground.evidence.sealed_to(check.chain)
    reached = max(mark.sequence if mark else 0, now.sequence if now else 0)
    if sealed > reached:
        what = (
            f"records up to #{sealed} have a seal, and the mark of what is sealed is at "
            f"#{reached}: sealing was interrupted, or the mark was set back (recgate audit seal "
            "goes on)"
        )
        check.flaws.tell(FlawKind.UNSEALED, None, what, where=ground.where)


def _tell_unsealed(check: ChainCheck, ground: Ground, mark: Head | None) -> None:
    bare = check.judge.seals.bare
    if bare is None:
        return
    first = bare.first
    if mark is not None and first <= mark.sequence:
        what = (
            f"it has no seal, and the mark of what is sealed is at #{mark.sequence}: seals were "
            "taken away, or the mark was moved"
        )
        last = min(bare.last, mark.sequence)
        check.flaws.tell(
            FlawKind.DELETED,
            first,
            what,
            where=ground.where,
            record=bare.name,
            last=_end(first, last),
        )
        first = last + 1
    if first <= bare.last:
        since = f" (since {bare.since:%Y-%m-%d %H:%M:%S} UTC)" if bare.since else ""
        what = f"nothing from here on is signed yet{since}"
        name = bare.name if first == bare.first else ""
        last_bare = _end(first, bare.last)
        check.flaws.tell(
            FlawKind.UNSEALED, first, what, where=ground.where, record=name, last=last_bare
        )


def _end(first: int, last: int) -> int | None:
    return last if last > first else None


def _tell_foreign(check: ChainCheck) -> None:
    if check.reader is None or not check.reader.foreign:
        return
    names = check.reader.foreign
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    what = f"it holds what is no record's object: {', '.join(names[:_NAMED])}{more}"
    check.flaws.tell(FlawKind.FORGED, None, what, where=check.reader.archive.where)


def _tell_stale(check: ChainCheck, ground: Ground) -> None:
    """Only where there is sealing: a desk that signs nothing makes no checkpoints."""
    if ground.check is None or not check.judge.seals.sealed or check.flaws.is_tampered:
        return
    newest = check.judge.checkpoints.newest_at
    if newest is not None and newest > ground.now + _CLOCKS_APART:
        what = (
            f"the newest signed checkpoint is of {newest:%Y-%m-%d %H:%M} UTC, which is still to "
            "come: a clock that ran ahead made it, and no other is made until that day is over. "
            "If the end of the chain is cut off until then, nothing in the ledger tells"
        )
        check.flaws.tell(FlawKind.UNCHECKED, None, what, where=ground.where)
        return
    since = newest or check.judge.first_at
    if since is None or ground.now - since <= ground.stale_after:
        return
    said = f"is of {newest:%Y-%m-%d %H:%M} UTC" if newest else "does not exist"
    hours = ground.stale_after.total_seconds() / 3600
    what = (
        f"the newest signed checkpoint {said}, which is more than {hours:g} hours ago: if the end "
        "of the chain was cut off since, nothing in the ledger tells"
    )
    check.flaws.tell(FlawKind.STALE, None, what, where=ground.where)

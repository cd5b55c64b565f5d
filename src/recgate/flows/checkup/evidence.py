"""Whether what is recorded becomes evidence: the key, the archive, and what waits for its seal.

Whether the evidence is intact is another question: `recgate audit verify`.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from shlex import quote

from recgate.domain.chain import checkpoint_stream
from recgate.domain.checkup import CheckId, Health, Result
from recgate.domain.link import FIRST, link_from
from recgate.evidence_ports import Evidence
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import Archive, SealedChain, SigningKey
from recgate.ports import Ledger

SPEC, USAGE = "ECC_NIST_P256", "SIGN_VERIFY"
"""The kind of key that records are signed with."""

UNSEALED = timedelta(minutes=15)
"""From when on a record has waited too long for its seal: the threshold of UnsealedAgeAlarm."""

_DAY = timedelta(days=1)


def signing_key_result(key: SigningKey, desk: Desk) -> Result:
    """Whether the sealer can sign with the key, as far as the key is concerned."""

    def failed(finding: str, remedy: str) -> Result:
        words = f"{key.arn} {finding}: no record is signed"
        return Result(CheckId.SIGNING_KEY, Health.FAILED, words, remedy)

    if (key.spec, key.usage) != (SPEC, USAGE):
        remedy = f"name a key of the kind {SPEC} for {USAGE} in SigningKeyArn, and deploy again"
        return failed(f"is of the kind {key.spec} for {key.usage}", remedy)
    if key.state == "PendingDeletion":
        cancel = desk.aws(f"kms cancel-key-deletion --key-id {quote(key.arn)}")
        enable = desk.aws(f"kms enable-key --key-id {quote(key.arn)}")
        return failed("is about to be deleted", f"{cancel}; then {enable}")
    if key.state != "Enabled":
        enable = desk.aws(f"kms enable-key --key-id {quote(key.arn)}")
        return failed(f"is {key.state or 'in no state that KMS tells'}", enable)
    return Result(CheckId.SIGNING_KEY, Health.OK, f"the key is enabled ({key.spec})")


def archive_result(archive: Archive, mode: str, days: int, desk: Desk) -> Result:
    """Whether what is archived is locked as the stack says. ``mode`` '' where it does not say."""

    def failed(finding: str) -> Result:
        rule = f"{{Mode={mode or 'GOVERNANCE'},Days={days or 1}}}"
        put = desk.aws(
            f"s3api put-object-lock-configuration --bucket {quote(archive.bucket)} "
            "--object-lock-configuration "
            f"'ObjectLockEnabled=Enabled,Rule={{DefaultRetention={rule}}}'"
        )
        return Result(CheckId.ARCHIVE, Health.FAILED, f"the bucket {archive.bucket} {finding}", put)

    if not archive.mode:
        return failed("locks nothing by itself: what is archived can be deleted")
    told = f"locks in {archive.mode} mode for {archive.days} days"
    weaker = archive.mode != mode and mode == "COMPLIANCE"
    if weaker or archive.days < days:
        return failed(f"{told}, the stack says {mode} and {days}")
    words = f"the bucket {archive.bucket} {told}"
    if archive.mode == "GOVERNANCE":
        words += (
            "; whoever has s3:BypassGovernanceRetention can delete there, so not for production"
        )
    return Result(CheckId.ARCHIVE, Health.OK, words)


def sealed_chains(ledger: Ledger, evidence: Evidence) -> tuple[SealedChain, ...]:
    """The chains of a ledger as far as they are sealed.

    Raises LedgerUnavailable, LedgerRefused; LinkUnreadable and LinkTooNew for a link that waits
    and cannot be read.
    """
    return tuple(_sealed_chain(chain, ledger, evidence) for chain in evidence.chains())


def _sealed_chain(chain: str, ledger: Ledger, evidence: Evidence) -> SealedChain:
    head, mark = evidence.head(chain), evidence.sealed_to(chain)
    records, sealed = (each.sequence if each else 0 for each in (head, mark))
    waiting = None
    if sealed < records:
        first = next(iter(evidence.links(chain, sealed + FIRST)), None)
        waiting = None if first is None else link_from(first.document).at
    checkpoints = ledger.read(checkpoint_stream(chain))
    newest = date.fromisoformat(checkpoints[-1].key) if checkpoints else None
    return SealedChain(chain, records, sealed, waiting, newest)


def sealing_results(
    chains: Sequence[SealedChain], now: datetime, desk: Desk, *, log_group: str
) -> tuple[Result, ...]:
    """Whether anything has waited too long for its seal, one answer for each chain that does."""
    log = desk.aws(f"logs tail {quote(log_group)} --since 15m")
    late = [each for each in chains if each.sealed < each.records and _has_waited(each, now)]
    if late:
        return tuple(
            Result(CheckId.SEALING, Health.FAILED, _late(each), log, each.chain) for each in late
        )
    if not chains:
        return (Result(CheckId.SEALING, Health.OK, "nothing is recorded yet"),)
    records, sealed = (sum(counts) for counts in zip(*map(_counts, chains), strict=True))
    words = f"{sealed} of {records} records are sealed"
    if sealed < records:
        words += ", and the others are not 15 minutes old"
    return (Result(CheckId.SEALING, Health.OK, words),)


def _counts(chain: SealedChain) -> tuple[int, int]:
    return chain.records, chain.sealed


def _has_waited(chain: SealedChain, now: datetime) -> bool:
    """A link that is not there has no time, and is late for ever."""
    return chain.waiting_since is None or now - chain.waiting_since >= UNSEALED


def _late(chain: SealedChain) -> str:
    if chain.waiting_since is None:
        return (
            f"record {chain.sealed + FIRST} of {chain.records} is not there: recgate audit verify "
            "says what is missing"
        )
    since = chain.waiting_since.isoformat(timespec="minutes")
    return (
        f"{chain.records - chain.sealed} of {chain.records} records are not sealed, the first of "
        f"them since {since}: nobody vouches for them yet"
    )


def checkpoint_results(
    chains: Sequence[SealedChain], now: datetime, desk: Desk, *, log_group: str
) -> tuple[Result, ...]:
    """Whether the end of every chain is vouched for: by a checkpoint of yesterday or later."""
    log = desk.aws(f"logs tail {quote(log_group)} --since 15m")
    yesterday = now.date() - _DAY
    new = [each for each in chains if each.checkpoint is None and _is_new(each, now)]
    old = [
        each
        for each in chains
        if each not in new and (each.checkpoint is None or each.checkpoint < yesterday)
    ]
    if old:
        return tuple(
            Result(CheckId.CHECKPOINT, Health.FAILED, _outdated(each), log, each.chain)
            for each in old
        )
    if not chains:
        return (Result(CheckId.CHECKPOINT, Health.OK, "nothing is recorded yet"),)
    if new:
        words = f"{new[0].chain} was begun a moment ago and has no checkpoint yet"
        return (
            Result(CheckId.CHECKPOINT, Health.WARNING, words, "wait two minutes, and look again"),
        )
    many = f"each of {len(chains)} chains has" if len(chains) > 1 else f"{chains[0].chain} has"
    words = f"{many} a checkpoint of today or yesterday"
    return (Result(CheckId.CHECKPOINT, Health.OK, words),)


def _is_new(chain: SealedChain, now: datetime) -> bool:
    """Nothing of it was sealed yet, and it is not late for that."""
    return chain.sealed == 0 and not _has_waited(chain, now)


def _outdated(chain: SealedChain) -> str:
    newest = f"the newest is of {chain.checkpoint}" if chain.checkpoint else "there is none"
    return f"no checkpoint of today or yesterday, {newest}: a cut off end would not be noticed"

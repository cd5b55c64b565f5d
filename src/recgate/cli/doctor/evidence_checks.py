"""What is looked at of a deployed stack's evidence: the key, the archive, and what waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from recgate.adapters.checkup import evidence as asked_evidence
from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.cli.doctor.clients import Clients
from recgate.cli.doctor.in_force import signing_key_of
from recgate.domain.checkup import CheckId, Health, Result
from recgate.domain.link import LinkTooNew, LinkUnreadable
from recgate.flows.checkup import evidence, keeping
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import NotThere, SealedChain, Stack
from recgate.flows.checkup.run import Check


def evidence_checks(stack: Stack, clients: Clients, desk: Desk, now: datetime) -> Iterator[Check]:
    """Every look, each on its own."""
    look = _EvidenceLook(stack, clients, desk, now)
    yield Check(CheckId.SIGNING_KEY, look.signing_key)
    yield Check(CheckId.ARCHIVE, look.archive)
    yield Check(CheckId.SEALING, look.sealing)
    yield Check(CheckId.CHECKPOINT, look.checkpoint)


@dataclass(frozen=True, slots=True)
class _EvidenceLook:
    stack: Stack
    clients: Clients
    desk: Desk
    now: datetime

    def signing_key(self) -> Iterator[Result]:
        kms = self.clients("kms")
        arn = signing_key_of(self.stack, kms.meta.partition)
        try:
            found = asked_evidence.signing_key(kms, arn) if arn else None
        except NotThere:
            found = None
        if found is None:
            yield keeping.missing_result(CheckId.SIGNING_KEY, "the key that signs", self.desk)
        else:
            yield evidence.signing_key_result(found, self.desk)

    def archive(self) -> Iterator[Result]:
        bucket = self.stack.resources.get("EvidenceBucket", "")
        try:
            found = asked_evidence.archive(self.clients("s3"), bucket) if bucket else None
        except NotThere:
            found = None
        if found is None:
            what = "the bucket of signed records"
            yield keeping.missing_result(CheckId.ARCHIVE, what, self.desk)
            return
        mode = self.stack.parameters.get("ArchiveMode", "")
        days = self.stack.parameters.get("ArchiveDays", "")
        yield evidence.archive_result(found, mode, int(days) if days.isdecimal() else 0, self.desk)

    def sealing(self) -> tuple[Result, ...]:
        try:
            chains = self._chains()
        except (LinkUnreadable, LinkTooNew) as problem:
            return (self._unreadable(problem),)
        return evidence.sealing_results(chains, self.now, self.desk, log_group=self._log_group)

    def checkpoint(self) -> tuple[Result, ...]:
        try:
            chains = self._chains()
        except (LinkUnreadable, LinkTooNew):
            words = "the chains cannot be read; see sealing"
            return (Result(CheckId.CHECKPOINT, Health.NOT_KNOWN, words),)
        return evidence.checkpoint_results(chains, self.now, self.desk, log_group=self._log_group)

    def _chains(self) -> tuple[SealedChain, ...]:
        table = self.stack.resources.get("LedgerTable", "")
        ledger = DynamoDbLedger(self.clients("dynamodb"), table)
        return evidence.sealed_chains(ledger, ledger)

    def _unreadable(self, problem: Exception) -> Result:
        words = f"a record that waits for its seal cannot be read: {problem}"
        remedy = self.desk.recgate("audit verify")
        return Result(CheckId.SEALING, Health.FAILED, words, remedy)

    @property
    def _log_group(self) -> str:
        return f"/aws/lambda/{self.stack.name}-seal"

"""How a command verifies a ledger: the keys, the archive and the checkpoints that it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from recgate.adapters.aws_clients import Aws
from recgate.domain.statement import Envelope, EnvelopeUnreadable, envelope_from
from recgate.domain.verification import Verification
from recgate.evidence_ports import EvidenceArchive, SignatureCheck
from recgate.evidence_wiring import archive as archive_named
from recgate.evidence_wiring import chained
from recgate.flows.evidence.archive_only import verify_archive
from recgate.flows.evidence.index_check import INDEX_LAG
from recgate.flows.evidence.replay_check import Replay
from recgate.flows.evidence.verify import verify
from recgate.ports import DecisionIndex, Ledger, RecgateError
from recgate.settings import Settings

C = TypeVar("C", bound=Callable[..., object])

_FILE = click.Path(path_type=Path, dir_okay=False)


class CheckpointUnusable(RecgateError):
    """A file that was given as a checkpoint holds none."""


def verifying_options(command: C) -> C:
    """Add --archive, --public-key, --checkpoint and --replay: what `Verifier` is made of."""
    for option in (
        click.option(
            "--replay",
            "judges_again",
            is_flag=True,
            help="Judge every recorded decision again from its recorded evidence, and compare.",
        ),
        click.option(
            "--checkpoint",
            "checkpoint_files",
            multiple=True,
            type=_FILE,
            metavar="F",
            help="Signed records that were kept elsewhere, as recgate audit seal --save writes "
            "them: the chains must still hold them.",
        ),
        click.option(
            "--public-key",
            "public_keys",
            multiple=True,
            type=_FILE,
            metavar="F",
            help="The public key of the signer, in PEM; again for each key that was used.",
        ),
        click.option(
            "--archive",
            metavar="PLACE",
            help="Where signed records are kept: a folder, or s3:BUCKET. Default: the archive of "
            "--stack, else RECGATE_ARCHIVE.",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Verifier:
    """What records are held against. ``now`` is UTC; ``locks``: the archive can lock objects."""

    archive: EvidenceArchive | None
    check: SignatureCheck | None
    checkpoints: Sequence[Envelope]
    replay: Replay | None
    now: datetime
    locks: bool

    def ledger(self, opened: Ledger, name: str) -> Verification:
        """What is wrong with the records of a ledger, and with its index of decisions.

        Raises LedgerUnavailable, LedgerRefused.
        """
        return verify(
            chained(opened, name),
            where=name,
            archive=self.archive,
            check=self.check,
            checkpoints=self.checkpoints,
            now=self.now,
            replay=self.replay,
            locks=self.locks,
            index=opened if isinstance(opened, DecisionIndex) else None,
            # A file's index is written together with the entry.
            index_lag=INDEX_LAG if name.startswith("dynamodb:") else timedelta(0),
        )

    def archive_alone(self) -> Verification:
        """What is wrong with the records of the archive. Raises click.UsageError without one."""
        if self.archive is None:
            raise click.UsageError(
                "There is no archive to look in: --archive PLACE, --stack NAME or RECGATE_ARCHIVE."
            )
        return verify_archive(
            self.archive,
            check=self.check,
            checkpoints=self.checkpoints,
            now=self.now,
            replay=self.replay,
            locks=self.locks,
        )


def verifier(
    settings: Settings,
    aws: Aws,
    *,
    public_keys: Sequence[Path],
    checkpoint_files: Sequence[Path],
    judges_again: bool,
    now: datetime,
) -> Verifier:
    """The verifier that the options of `verifying_options` ask for; ``settings`` have the archive.

    Raises CheckpointUnusable, and PublicKeyUnusable for a file that is no public key.
    """
    return Verifier(
        archive=archive_named(settings.archive, aws),
        check=_signature_check(public_keys),
        checkpoints=_checkpoints(checkpoint_files),
        replay=_replay() if judges_again else None,
        now=now,
        locks=settings.archive.startswith("s3:"),
    )


def _signature_check(files: Sequence[Path]) -> SignatureCheck | None:
    if not files:
        return None
    from recgate.adapters.signature_check import public_keys_in

    return public_keys_in(files)


def _checkpoints(files: Sequence[Path]) -> Sequence[Envelope]:
    """The envelopes in these files, one a line. Raises CheckpointUnusable."""
    found = []
    for file in files:
        try:
            lines = file.read_bytes().splitlines()
        except OSError as problem:
            why = problem.strerror or type(problem).__name__
            raise CheckpointUnusable(f"{file} cannot be read: {why}.") from problem
        for number, line in enumerate(lines, start=1):
            try:
                found.append(envelope_from(line))
            except EnvelopeUnreadable as problem:
                raise CheckpointUnusable(
                    f"{file}:{number}: it is no signed record, or not the whole of it ({problem}): "
                    "name a file that recgate audit seal --checkpoint --save wrote."
                ) from problem
        if not lines:
            raise CheckpointUnusable(f"{file} is empty: there is no checkpoint in it.")
    return found


def _replay() -> Replay:
    from recgate.adapters.policy_files.job_paths import compile_path
    from recgate.dialect.replay import differs_when_judged_again

    return partial(differs_when_judged_again, compile_path=compile_path)

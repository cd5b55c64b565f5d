"""A desk that seals: a ledger in a file with decisions in it, a key, and an archive in a folder."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from recgate.adapters.local_key import new_local_key
from tests.cli.runner import JOBS, POLICIES, Answer, recgate

CHAIN = "111122223333/eu-west-1"
"""That of the recorded jobs."""


@dataclass(frozen=True, slots=True)
class SealingDesk:
    """The folder in which it all lies."""

    folder: Path

    @property
    def ledger(self) -> Path:
        return self.folder / "decisions.db"

    @property
    def key(self) -> Path:
        return self.folder / "signing.pem"

    @property
    def archive(self) -> Path:
        return self.folder / "evidence"

    def record(self, *jobs: str) -> None:
        """Judge jobs and record what came of it."""
        for job in jobs:
            answer = self.check(job)
            assert answer.code in (0, 1), answer.err

    def check(self, job: str) -> Answer:
        """`recgate check --record` of one recorded job."""
        file = JOBS / f"{job}.json"
        return recgate(
            *("check", "--file", file, "--policies", POLICIES),
            *("--record", "--ledger", self.ledger),
        )

    def seal(self, *options: str | Path) -> Answer:
        """`recgate audit seal` with the desk's ledger, key and archive."""
        return recgate(
            *("audit", "seal", "--ledger", self.ledger),
            *("--key", self.key, "--archive", self.archive, *options),
        )

    def archived(self) -> list[Path]:
        """The archived envelopes, in order."""
        return sorted(self.archive.rglob("*.json"))

    def tamper(self, statement: str) -> None:
        """Change the file by hand, triggers out of the way."""
        connection = sqlite3.connect(self.ledger)
        try:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            changed = connection.execute(statement).rowcount
            connection.commit()
        finally:
            connection.close()
        assert changed, statement


def sealing_desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SealingDesk:
    """A desk with a key and nothing recorded, and an environment that says nothing."""
    for name in ("RECGATE_LEDGER", "RECGATE_ARCHIVE", "RECGATE_SIGNING_KEY"):
        monkeypatch.delenv(name, raising=False)
    desk = SealingDesk(folder)
    new_local_key(desk.key)
    return desk

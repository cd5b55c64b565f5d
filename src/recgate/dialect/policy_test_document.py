"""The tests of a policy from their checked document, in the domain's types.

The document is plain data with days as ISO strings. It has passed the schema and
`recgate.dialect.policy_test_mistakes`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from recgate.dialect.policy_test_job import given_snapshot, said_of_scope
from recgate.dialect.waiver_document import waivers_from
from recgate.domain.job import Snapshot
from recgate.domain.policy_test import (
    Expected,
    ExpectedCandidate,
    LimitWord,
    Place,
    PolicyTest,
)
from recgate.domain.verdict import Verdict
from recgate.domain.waiver import Waiver

Document = Mapping[str, Any]

ReadJob = Callable[[str, Mapping[str, str] | None], Snapshot]
"""Reads the recorded job at a path as the test file has it, with tags in place of its own (None:
its own). Raises `recgate.ports.JobUnusable`.
"""


def policy_test_from(
    document: Document, at: int, read_job: ReadJob, waivers: tuple[Waiver, ...] = ()
) -> PolicyTest:
    """The test in place ``at`` of a test file, judged with the waivers of `file_waivers`.

    Raises JobUnusable when its job cannot be used.
    """
    entry: Document = document["tests"][at]
    given_job: Document = entry.get("given_job", {})
    recorded = "job" in entry
    return PolicyTest(
        name=entry["name"],
        policy=document["policy"],
        place=("tests", at),
        today=date.fromisoformat(entry.get("today", document["today"])),
        snapshot=read_job(entry["job"], given_job.get("tags"))
        if recorded
        else given_snapshot(entry["given"], given_job),
        expected=_expected(entry["expect"]),
        said=None if recorded else said_of_scope(given_job),
        waivers=waivers,
    )


def job_place(at: int, document: Document) -> Place:
    """Where the job of a test stands: what is told when it cannot be used."""
    entry: Document = document["tests"][at]
    return ("tests", at, "job") if "job" in entry else ("tests", at, "given_job")


def file_waivers(document: Document) -> tuple[Waiver, ...]:
    """The waivers of a test file; empty when there are none."""
    return waivers_from(document) if "waivers" in document else ()


def _expected(expect: Document) -> Expected:
    return Expected(
        applies=expect.get("applies"),
        verdict=_verdict(expect),
        deciding=expect.get("deciding"),
        chosen=expect.get("chosen"),
        nearest_miss=expect.get("nearest_miss"),
        limits=_limits(expect),
        candidates={
            name: ExpectedCandidate(_verdict(each), _limits(each))
            for name, each in expect.get("candidates", {}).items()
        },
    )


def _verdict(expect: Document) -> Verdict | None:
    written = expect.get("verdict")
    return None if written is None else Verdict(written)


def _limits(expect: Document) -> dict[str, LimitWord]:
    return {name: LimitWord(word) for name, word in expect.get("limits", {}).items()}

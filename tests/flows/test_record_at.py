"""One record by any of its names, with its link, its seal and what came of it."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.canonical import Json
from recgate.domain.delivery import Delivered, RefusalKind, Refused, TryAgain
from recgate.domain.effect import claim_entry, effect_stream, outcome_entry
from recgate.domain.link import sha256
from recgate.domain.seal import Seal
from recgate.domain.statement import Signature
from recgate.domain.whole_record import WholeRecord
from recgate.flows.evidence.record_at import RecordNotFound, record_at
from recgate.flows.evidence.whole_record import Records
from recgate.ports import Entry, job_stream
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.domain.test_recorded_decision import record_of
from tests.flows.recorded_index import CountingIndex

JOBS = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/"
CHAIN = "111122223333/eu-west-1"
HELD = policy(at_most("max_cost_per_hour_usd", 1.0), notify=("slack",))


@pytest.fixture
def records() -> Iterator[Records]:
    with SqliteLedger(":memory:") as ledger:
        yield Records("the ledger of the test", ledger, ledger, ledger)


def keep(records: Records, job: str = "ranker-1", *, cost: float = 0.5, minutes: int = 0) -> str:
    """Record a snapshot and a decision about it; gives the decision's key."""
    made = decision(snapshot(candidate(cost_per_hour_usd=cost)), HELD)
    body: dict[str, Json] = record_of(made)
    body["job"] = {**body["job"], "name": job, "arn": JOBS + job}  # type: ignore[dict-item]
    body["effects"] = ["slack", "finops"]
    stream = job_stream(JOBS + job)
    there = len(records.ledger.read(stream))
    at = NOW + timedelta(minutes=minutes)
    records.ledger.append(stream, there, Entry("snapshot", f"{there}", at, {"n": there}))
    key = sha256(f"{job} {cost} {there}".encode())
    records.ledger.append(stream, there + 1, Entry("decision", key, at, body))
    return key


def shown(named: str, records: Records) -> WholeRecord:
    return record_at(named, records, NOW + timedelta(hours=1))


def test_a_decision_has_many_names(records: Records) -> None:
    """Its key or a part of it, its job's ARN or name, its place, its id: one record."""
    keep(records)
    key = keep(records, cost=2.0)

    found = shown(key, records)

    assert found.key == key
    assert found.chained is not None
    assert (found.chained.chain, found.chained.sequence) == (CHAIN, 4)
    names = [key[:12].upper(), f"{JOBS}ranker-1", "ranker-1", f"{CHAIN}#4", found.chained.id]
    assert [shown(each, records) for each in names] == [found] * len(names)


def test_any_record_is_shown_by_its_place(records: Records) -> None:
    """A snapshot has no other name."""
    keep(records)

    found = shown(f"{CHAIN}#1", records)

    assert (found.kind, found.document, found.decision) == ("snapshot", {"n": 0}, None)
    assert found.body == b'{"n":0}'


def test_the_later_decisions_of_the_job_are_told(records: Records) -> None:
    """In their order, and none for the last one."""
    first, second, third = keep(records), keep(records, cost=2.0), keep(records, cost=3.0)

    assert [each.key for each in shown(first, records).later] == [second, third]
    assert shown(third, records).later == ()


def test_who_was_told_is_told_with_the_receipt_and_the_attempts(records: Records) -> None:
    """Each route by itself, a second course after a refusal too."""
    key = keep(records)
    tell(records, key, "slack", TryAgain("timeout"), Delivered("C1:1.0", "without the table"))
    tell(records, key, "finops", Refused("no such topic", "make it", RefusalKind.DESTINATION))
    tell(records, key, "finops", Delivered("m-1"), course=1)

    told = shown(key, records).deliveries

    assert [(each.route, each.state, each.attempts) for each in told] == [
        ("slack", "delivered", 2),
        ("finops", "refused", 1),
        ("finops", "delivered", 1),
    ]
    assert (told[0].receipt, told[0].note) == ("C1:1.0", "without the table")
    assert told[1].reason == "no such topic"
    assert told[0].place == "local#4"


def test_whom_an_audience_added_later_is_told_too(records: Records) -> None:
    """A decision that was recorded by somebody who told nobody."""
    key = keep(records)
    stream = job_stream(f"{JOBS}ranker-1")
    records.ledger.append(stream, 2, Entry("audience", key, NOW, {"effects": ["late"]}))
    tell(records, key, "late", Delivered("m-2"))

    assert [each.route for each in shown(key, records).deliveries] == ["late"]


def tell(
    records: Records,
    key: str,
    route: str,
    *outcomes: Delivered | Refused | TryAgain,
    course: int = 0,
) -> None:
    stream = effect_stream(key, route, course=course)
    for attempt, outcome in enumerate(outcomes, start=1):
        claim = claim_entry(worker="w", lease_until=NOW, attempt=attempt)
        for kind, body in (claim, outcome_entry(outcome, attempt=attempt)):
            records.ledger.append(
                stream, len(records.ledger.read(stream)), Entry(kind, stream, NOW, body)
            )


def test_a_seal_is_shown_with_its_record(records: Records) -> None:
    """By which key, and where the envelope lies."""
    key = keep(records)
    seal = Seal(Signature("key-1", b"sig"), NOW.isoformat(), "records/x.json", "v1")
    assert records.evidence is not None
    records.evidence.keep_seal(CHAIN, 2, seal)

    assert shown(key, records).seal == seal
    assert shown(f"{CHAIN}#1", records).seal is None


def test_an_edited_entry_is_not_shown_as_if_it_were_whole(tmp_path: Path) -> None:
    """What is shown is what is stored, and what does not fit is said."""
    path = tmp_path / "ledger.db"
    with SqliteLedger(path) as ledger:
        key = keep(Records("l", ledger, ledger, ledger))
    with sqlite3.connect(path) as file:
        triggers = file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            file.execute(f"DROP TRIGGER {name}")
        file.execute("UPDATE entries SET body = replace(body, 'PASS', 'WARN') WHERE position = 1")
    file.close()

    with SqliteLedger(path) as ledger:
        found = shown(key, Records("l", ledger, ledger, ledger))

    assert found.troubles
    assert "its body is not the one that was chained" in found.troubles[0]


def test_a_ledger_without_chains_still_shows_what_it_has() -> None:
    """And says why there is no place and no seal."""
    index = CountingIndex()
    records = Records("the ledger of the test", index, index, None)
    key = keep(records)

    found = shown(key, records)

    assert found.decision is not None
    assert found.chained is None
    assert "no chains" in found.unchained_because
    with pytest.raises(RecordNotFound, match="has no chains"):
        shown("local#1", records)


def test_what_is_not_there_is_said_with_what_to_do(records: Records) -> None:
    """For each kind of name its own way on."""
    keep(records)
    said = {
        f"{CHAIN}#9": "its records are 1 to 2",
        "local#1": f"It has: {CHAIN}",
        "nowhere": "name the job by its ARN",
        f"{JOBS}nowhere": "no decision of job",
        "01M82E96MPX8FE8ZER7X1YA5E6": "CHAIN#SEQUENCE",
        "0" * 12: "begins with 000000000000",
    }

    for named, words in said.items():
        with pytest.raises(RecordNotFound, match=words):
            shown(named, records)


def test_a_name_that_may_be_several_jobs_lists_them(records: Records) -> None:
    """As many as were decided on the last day that has any."""
    keep(records)
    other = f"{JOBS.replace('eu-west-1', 'us-east-1')}ranker-1"
    stream, there = job_stream(other), records.ledger.read(job_stream(f"{JOBS}ranker-1"))
    body = {**there[1].body, "job": {**there[1].body["job"], "arn": other}}  # type: ignore[dict-item]
    twin = replace(there[1], body=body)
    records.ledger.append(stream, 0, twin)

    with pytest.raises(RecordNotFound, match="may be any of 2 decisions"):
        shown("ranker-1", records)
    assert shown(other, records).stream == stream

"""Finding one decision among those that a ledger holds, and telling it from its evidence."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.decision_reader import decision_from
from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.domain.decision import Decision
from recgate.domain.decision_record import decision_record
from recgate.domain.verdict import Verdict
from recgate.flows.recorded_decisions import (
    Archive,
    DecisionNotFound,
    EvidenceMissing,
    last_decision,
    recorded_decision,
)
from recgate.ports import Entry, job_stream
from tests.builders import NOW, TODAY, at_most, decision, policy

PLACE = "arn:aws:sagemaker:{}:111122223333:inference-recommendations-job/"
HOME, ABROAD = PLACE.format("eu-west-1"), PLACE.format("us-east-1")
HELD = policy(at_most("max_cost_per_hour_usd", 1.0))


@pytest.fixture
def archive() -> Iterator[Archive]:
    with SqliteLedger(":memory:") as ledger:
        yield Archive("the ledger of the test", ledger, ledger, snapshot_from, decision_from)


def decided(
    arn: str | None, *, cost: float = 0.5, name: str = "ranker", days_ago: int = 0
) -> Decision:
    response: dict[str, Any] = {
        "JobName": name,
        "Status": "COMPLETED",
        "InferenceRecommendations": [
            {
                "RecommendationId": f"{name}/1",
                "Metrics": {"CostPerHour": cost},
                "EndpointConfiguration": {
                    "InstanceType": "ml.c7g.large",
                    "InitialInstanceCount": 1,
                },
            }
        ],
        **({"JobArn": arn} if arn else {}),
    }
    document = snapshot_document(response, tags=[], steps=None, measured=None)
    made = decision(snapshot_from(document), HELD)
    return replace(made, decided_at=NOW - timedelta(days=days_ago))


def keep(archive: Archive, *made: Decision) -> None:
    """Record them as the check does: the snapshot, then what was decided on it."""
    for each in made:
        snapshot, at = each.snapshot, each.decided_at
        stream = job_stream(snapshot.job_arn or snapshot.job_name)
        end = len(archive.ledger.read(stream))
        taken = Entry("snapshot", f"state {end}", at, snapshot.document)
        archive.ledger.append(stream, end, taken)
        record = decision_record(each, effects=())
        archive.ledger.append(stream, end + 1, Entry("decision", each.key, at, record))


def found(named: str, archive: Archive, **more: Any) -> Decision:
    return recorded_decision(named, archive, today=TODAY, **more)


@pytest.mark.parametrize("digits", [12, 30, 64])
def test_a_decision_is_found_by_its_key(archive: Archive, digits: int) -> None:
    """Also an older one of its job, and in capitals, as some tools print digests."""
    first, second = decided(f"{HOME}ranker"), decided(f"{HOME}ranker", cost=2.0)
    keep(archive, first, second)

    assert found(first.key[:digits], archive).key == first.key
    assert found(second.key[:digits].upper(), archive).verdict is Verdict.FAIL


def test_each_decision_is_told_from_its_own_snapshot(archive: Archive) -> None:
    """A job may have several: the figures are those that were judged."""
    first, second = decided(f"{HOME}ranker"), decided(f"{HOME}ranker", cost=2.0)
    keep(archive, first, second)

    assert found(first.key, archive).snapshot.digest == first.snapshot.digest
    assert found(second.key, archive).snapshot.digest == second.snapshot.digest


def test_a_jobs_arn_names_its_last_decision(archive: Archive) -> None:
    """What counts now."""
    keep(archive, decided(f"{HOME}ranker"), decided(f"{HOME}ranker", cost=2.0))

    assert found(f"{HOME}ranker", archive).verdict is Verdict.FAIL


def test_a_jobs_name_is_looked_for_where_it_may_run(archive: Archive) -> None:
    """However long ago it was decided."""
    keep(archive, decided(f"{ABROAD}ranker", days_ago=900))

    assert found("ranker", archive, job_arns=[f"{HOME}ranker", f"{ABROAD}ranker"]).snapshot.job_arn
    with pytest.raises(DecisionNotFound):
        found("ranker", archive, job_arns=[f"{HOME}ranker"])


def test_a_recorded_file_without_an_arn_is_found_by_its_name(archive: Archive) -> None:
    """Its stream has nothing but the name."""
    keep(archive, decided(None, name="my job.json", days_ago=900))

    assert found("my job.json", archive).snapshot.job_arn is None


def test_a_jobs_name_alone_finds_what_was_decided_lately(archive: Archive) -> None:
    """At a desk nobody says the account; the last day with a decision counts."""
    keep(archive, decided(f"{HOME}ranker", days_ago=20), decided(f"{HOME}other", name="other"))
    keep(archive, decided(f"{HOME}ranker", cost=2.0, days_ago=3))

    assert found("ranker", archive).verdict is Verdict.FAIL


def test_a_name_that_may_be_several_jobs_is_not_guessed(archive: Archive) -> None:
    """They are listed, each with what names it alone."""
    here, there = decided(f"{HOME}ranker"), decided(f"{ABROAD}ranker", cost=2.0)
    keep(archive, here, there)

    with pytest.raises(DecisionNotFound) as ambiguous:
        found("ranker", archive)

    lines = str(ambiguous.value).splitlines()
    assert lines[0].startswith("ranker may be any of 2 decisions in the ledger of the test; name")
    assert sorted(lines[1:]) == sorted(
        [
            f"  {here.key} PASS 2026-11-21 06:32 UTC '{HOME}ranker'",
            f"  {there.key} FAIL 2026-11-21 06:32 UTC '{ABROAD}ranker'",
        ]
    )


def test_a_beginning_that_several_keys_have_is_not_guessed(archive: Archive) -> None:
    """And a long list is cut."""
    for n in range(12):
        made = replace(decided(f"{HOME}ranker-{n}"), key="ab" * 6 + f"{n:052x}")
        keep(archive, made)

    with pytest.raises(DecisionNotFound, match="any of 12 decisions") as ambiguous:
        found("ab" * 6, archive)

    assert str(ambiguous.value).splitlines()[-1] == "  and 2 more"


def test_a_job_whose_name_looks_like_a_key_is_found_all_the_same(archive: Archive) -> None:
    """Jobs may be named after commits."""
    keep(archive, decided(f"{HOME}deadbeefdeadbeef", name="deadbeefdeadbeef"))

    assert found("deadbeefdeadbeef", archive).snapshot.job_name == "deadbeefdeadbeef"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("nobody", "There is no decision of a job named nobody in the ledger of the test"),
        (f"{HOME}nobody", f"There is no decision of job {HOME}nobody in the ledger of the test"),
        ("abcdef12", "give 12 digits of it or more"),
        ("0" * 12, "no decision whose key begins with 000000000000, and none of a job of that"),
    ],
)
def test_what_is_not_there_is_said_with_what_to_do(archive: Archive, named: str, told: str) -> None:
    """What was looked for, where, and what next."""
    keep(archive, decided(f"{HOME}ranker"))

    with pytest.raises(DecisionNotFound) as missing:
        found(named, archive)

    assert told in str(missing.value)
    assert "--record" in str(missing.value)


def test_a_decision_without_its_evidence_is_not_told(archive: Archive) -> None:
    """Somebody took the snapshot out, or changed it."""
    made = decided(f"{HOME}ranker")
    record = decision_record(made, effects=())
    archive.ledger.append(job_stream(f"{HOME}ranker"), 0, Entry("decision", made.key, NOW, record))

    with pytest.raises(
        EvidenceMissing, match=f"no snapshot of .* has the digest {made.snapshot.digest[:12]}"
    ):
        found(made.key, archive)


def test_a_stream_without_decisions_has_no_last_one(archive: Archive) -> None:
    """A job that was only asked for."""
    stream = job_stream(f"{HOME}ranker")
    archive.ledger.append(stream, 0, Entry("request", "created", NOW, {}))

    assert last_decision(stream, archive) is None

    keep(archive, decided(f"{HOME}ranker"))
    last = last_decision(stream, archive)
    assert last is not None
    assert last.verdict is Verdict.PASS

"""What the watcher remembers survives being written down."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.dialect.watch_memory_document import NotReadable, read, written
from recgate.domain.watch_memory import Awaited, Remembered, SeenJob
from tests.builders import JOB_ARN, NOW

PREFIX = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/"
SMALL = Remembered(
    started_at=NOW - timedelta(days=1),
    watermark=NOW,
    seen={JOB_ARN: SeenJob("COMPLETED", NOW - timedelta(hours=2), NOW)},
    awaited={JOB_ARN: Awaited("fraud-ranker-v14", NOW)},
)

_names = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates too
_arns = _names | _names.map(lambda name: PREFIX + name) | _names.map(lambda name: f"a/{name}")
_times = st.datetimes(timezones=st.just(UTC))
_remembered = st.builds(
    Remembered,
    started_at=_times,
    watermark=_times,
    seen=st.dictionaries(_arns, st.builds(SeenJob, _names, _times, _times), max_size=5),
    awaited=st.dictionaries(_arns, st.builds(Awaited, _names, _times), max_size=5),
)


@given(_remembered)
def test_any_memory_comes_back_equal(remembered: Remembered) -> None:
    """To the microsecond, with ARNs of any kind."""
    assert read(written(remembered)) == remembered


def test_times_come_back_in_utc() -> None:
    """Whatever zone they were told in."""
    there = timezone(timedelta(hours=2))

    back = read(written(replace(SMALL, watermark=NOW.astimezone(there))))

    assert back.watermark == NOW
    assert back.watermark.tzinfo is UTC


def test_the_form_is_the_documented_one() -> None:
    """What another version of recgate has to read."""
    assert json.loads(written(SMALL)) == {
        "schema": 1,
        "started_at": 1795156320000000,
        "watermark": 1795242720000000,
        "prefix": PREFIX,
        "seen": [["/fraud-ranker-v14", "COMPLETED", 1795235520000000, 1795242720000000]],
        "awaited": [["/fraud-ranker-v14", 1795242720000000, None]],
    }


def test_equal_memories_are_equal_bytes() -> None:
    """In whatever order they were made."""
    names = [f"{PREFIX}job-{n}" for n in range(20)]
    seen = {name: SeenJob("FAILED", NOW, NOW) for name in names}
    awaited = {name: Awaited("job", NOW) for name in names}

    forwards = Remembered(NOW, NOW, seen, awaited)
    backwards = Remembered(NOW, NOW, dict(reversed(seen.items())), dict(reversed(awaited.items())))

    assert written(forwards) == written(backwards)


def test_a_job_takes_less_than_a_hundred_bytes() -> None:
    """Its name, its status and two times; the memory is read and written every minute."""
    seen = {
        f"{PREFIX}fraud-ranker-nightly-{n:05}": SeenJob("IN_PROGRESS", NOW, NOW)
        for n in range(1000)
    }

    assert len(written(replace(SMALL, seen=seen, awaited={}))) < 1000 * 100


def test_a_time_without_a_zone_is_not_written() -> None:
    """It would come back as another moment."""
    with pytest.raises(TypeError, match="offset-naive"):
        written(replace(SMALL, watermark=datetime(2026, 11, 21)))  # noqa: DTZ001


@pytest.mark.parametrize("schema", [2, 0, "1", None])
def test_another_schema_is_not_guessed_at(schema: Any) -> None:
    """A newer version may mean something else by the same words."""
    document = json.loads(written(SMALL)) | {"schema": schema}

    with pytest.raises(NotReadable, match=f"its schema is {schema}, and this recgate knows 1"):
        read(json.dumps(document).encode())


def test_a_member_of_tomorrow_is_let_be() -> None:
    """Within a schema, members may come."""
    document = json.loads(written(SMALL)) | {"note": "x"}

    assert read(json.dumps(document).encode()) == SMALL


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[1]", b"7", b"null", b"[" * 100_000], ids=lambda each: each[:8]
)
def test_what_is_no_memory_is_told(body: bytes) -> None:
    """An answer of its own, not a crash and not an empty memory."""
    with pytest.raises(NotReadable, match=r"it is not JSON|its schema is None"):
        read(body)


@pytest.mark.parametrize(
    "bent",
    [
        {"watermark": None},
        {"watermark": "2026-11-21"},
        {"watermark": 1.5},
        {"watermark": True},
        {"watermark": 10**20},
        {"started_at": -(10**18)},
        {"prefix": None},
        {"seen": None},
        {"seen": {"a": 1}},
        {"seen": [["/a", "FAILED", 1]]},
        {"seen": [["a", "FAILED", 1, 2]]},
        {"seen": [["", "FAILED", 1, 2]]},
        {"seen": [[None, "FAILED", 1, 2]]},
        {"seen": [["/a", None, 1, 2]]},
        {"awaited": [["/a", 1]]},
        {"awaited": [["/a", 1, 7]]},
        {"awaited": [["/a", None, None]]},
        {"awaited": None},
    ],
    ids=str,
)
def test_a_bent_part_is_told(bent: dict[str, Any]) -> None:
    """Half a memory would announce old jobs again, or no new ones."""
    document = json.loads(written(SMALL)) | bent

    with pytest.raises(NotReadable, match="a part of it has another shape"):
        read(json.dumps(document).encode())

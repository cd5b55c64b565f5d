"""The schedule's message is told from every other, and one without a day is never guessed at."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.dialect.digest_due import DIGEST_DUE, digest_due
from recgate.dialect.events import NoticeNotUnderstood
from recgate.domain.digest import DigestDue

EVENT = {
    "id": "d32c5kddcf5bb8c3",
    "source": "recgate",
    "detail-type": "Digest Due",
    "time": "2026-11-23T07:00:00Z",
    "detail": {},
}


def body(**changes: Any) -> str:
    return json.dumps(EVENT | {name.replace("_", "-"): value for name, value in changes.items()})


def test_the_message_says_when_it_was_due_and_under_which_id() -> None:
    """As EventBridge Scheduler fills it in."""
    at = datetime(2026, 11, 23, 7, tzinfo=UTC)

    assert digest_due(body()) == DigestDue(at, "d32c5kddcf5bb8c3")
    assert digest_due(body(id=7)) == DigestDue(at)


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    """The day is counted in UTC."""
    due = digest_due(body(time="2026-11-23T01:00:00+02:00"))

    assert due is not None
    assert due.at == datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert due.at.date().isoformat() == "2026-11-22"


@pytest.mark.parametrize(
    "other",
    [
        "",
        "Digest Due",
        '"Digest Due"',
        "[" * 100_000 + "Digest Due",
        json.dumps([EVENT]),
        body(source="aws.sagemaker"),
        body(detail_type="Digest Due Tomorrow"),
        body(detail_type=["Digest Due"]),
        body(filler="x" * 300_000),
    ],
)
def test_everything_else_is_left_to_those_who_know_it(other: str) -> None:
    """None: it is of another kind."""
    assert digest_due(other) is None


@pytest.mark.parametrize("time", [None, "", "<aws.scheduler.scheduled-time>", "today", 7, []])
def test_a_message_without_a_time_is_refused_with_the_cure(time: Any) -> None:
    """Nobody guesses which day it is about: it is parked, and says so."""
    with pytest.raises(NoticeNotUnderstood, match=r"aws\.scheduler\.scheduled-time"):
        digest_due(body(time=time))


@given(st.text(max_size=200))
def test_no_text_makes_it_fail_in_another_way(text: str) -> None:
    """The queue may hold anything."""
    assert digest_due(text) is None
    assert digest_due(DIGEST_DUE + text) is None

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.dialect.document import (
    TIME_MEMBERS,
    canonical_value,
    parse_time,
    snapshot_document,
    utc_text,
)
from recgate.domain.canonical import canonical_json
from tests.servers.shapes import members_of_type, output_shape


def test_every_time_member_of_the_service_model_is_known() -> None:
    """A time in epoch seconds, ISO or as an object is one string only if its member is known."""
    shapes = [
        output_shape("sagemaker", "DescribeInferenceRecommendationsJob"),
        output_shape("sagemaker", "ListInferenceRecommendationsJobSteps"),
    ]

    in_the_model = {name for shape in shapes for name in members_of_type(shape, "timestamp")}

    assert in_the_model == TIME_MEMBERS


@given(
    st.floats(min_value=0, max_value=4e9),
    st.integers(min_value=-12, max_value=14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_one_moment_is_written_one_way(seconds: float, zone: timezone) -> None:
    """The wire's seconds, boto3's object and the CLI's ISO text in any zone are one moment."""
    moment = datetime.fromtimestamp(seconds, zone)

    written = {
        canonical_value(form, "CreationTime") for form in (seconds, moment, moment.isoformat())
    }

    assert written == {utc_text(moment)}
    assert parse_time(utc_text(moment)) == moment.replace(
        microsecond=moment.microsecond // 1000 * 1000
    )


def test_a_number_that_is_no_time_stays_a_number() -> None:
    """Only members that the model calls times are read as times."""
    assert canonical_value({"MaxInvocations": 1646782809.5}) == {"MaxInvocations": 1646782809.5}


@pytest.mark.parametrize("value", ["soon", "0001-01-01T00:00:00+14:00", True, None, 1e20, -1e20])
def test_a_time_that_cannot_be_read_is_kept_as_it_came(value: object) -> None:
    """The record never loses what it does not understand."""
    assert canonical_value({"CreationTime": value}) == {"CreationTime": value}


def test_a_lone_surrogate_does_not_break_the_record() -> None:
    """JSON can say half a character, UTF-8 and a database cannot."""
    document = snapshot_document({"FailureReason": "\ud83d broken"}, tags=None)

    assert "broken" in canonical_json(document).decode("utf-8")


def test_a_document_made_twice_is_the_same() -> None:
    """The state's response is canonical already when it is gathered."""
    job = {"CreationTime": 1646782809.593, "Metrics": {"CostPerHour": float("nan")}}
    once = canonical_value(job)

    assert canonical_value(once) == once
    assert once == {
        "CreationTime": "2022-03-08T23:40:09.593Z",
        "Metrics": {"CostPerHour": {"missing": "NaN"}},
    }


def test_tags_are_in_one_order() -> None:
    """ListTags has no order of its own, and the digest must not depend on it."""
    tags = [{"Key": "team", "Value": "fraud"}, {"Key": "env", "Value": "prod"}]

    documents = [snapshot_document({}, tags=tags), snapshot_document({}, tags=tags[::-1])]

    assert documents[0] == documents[1]


def test_tags_that_nobody_asked_for_are_not_the_same_as_none_at_all() -> None:
    """Not known and empty are two answers."""
    assert snapshot_document({}, tags=None)["tags"] is None
    assert snapshot_document({}, tags=[])["tags"] == []


def test_a_time_without_a_zone_is_utc() -> None:
    """The record does not depend on the machine's zone."""
    assert utc_text(datetime(2026, 11, 21, 6, 32)) == "2026-11-21T06:32:00.000Z"  # noqa: DTZ001
    assert parse_time("2026-11-21T06:32:00") == datetime(2026, 11, 21, 6, 32, tzinfo=UTC)

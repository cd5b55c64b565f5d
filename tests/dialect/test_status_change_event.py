"""The event that recgate makes, and the schema that promises its shape."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from recgate.dialect.events import notice_from
from recgate.dialect.status_change_event import (
    CALL_BYTES_MAX,
    ENTRY_BYTES_MAX,
    EventEntry,
    calls,
    entry_bytes,
    event_entry,
)
from recgate.domain.notice import Trigger, TriggerSource
from recgate.domain.status_change import ListedJob, StatusChange
from tests.builders import JOB_ARN, NOW

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "src/recgate/status-change.v1.schema.json").read_text("utf-8"))
SAMPLES = sorted((ROOT / "events").glob("status-change-*.json"))
CREATED = datetime(2026, 11, 21, 4, 40, 0, 125_999, tzinfo=UTC)
JOB = ListedJob(
    name="fraud-ranker-v14",
    arn=JOB_ARN,
    status="FAILED",
    created_at=CREATED,
    modified_at=NOW,
    job_type="Default",
    completed_at=NOW - timedelta(milliseconds=1),
    failure_reason="ModelError when calling InvokeEndpoint",
    model_package_arn="arn:aws:sagemaker:eu-west-1:111122223333:model-package/fraud-ranker/14",
    model_name="fraud-ranker",
)
CHANGE = StatusChange(JOB, "IN_PROGRESS")


def change(**members: Any) -> StatusChange:
    return StatusChange(replace(JOB, **members), "IN_PROGRESS")


def detail_of(change: StatusChange) -> dict[str, Any]:
    detail: dict[str, Any] = json.loads(event_entry(change, "default")["Detail"])
    return detail


def delivered(entry: EventEntry) -> dict[str, Any]:
    """The event that EventBridge makes of an entry."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467001",
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": "111122223333",
        "time": "2026-11-21T06:33:00Z",
        "region": "eu-west-1",
        "resources": entry["Resources"],
        "detail": json.loads(entry["Detail"]),
    }


def mistakes(event: Any) -> list[str]:
    validator = Draft202012Validator(SCHEMA)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(event)]


# --- what is put ---------------------------------------------------------------------------


def test_an_entry_says_everything_that_the_list_said() -> None:
    """Whole, in the members' order, times in milliseconds and cut, not rounded."""
    entry = event_entry(CHANGE, "ml-events")

    assert entry == {
        "Source": "recgate",
        "DetailType": "Inference Recommendations Job Status Change",
        "Resources": [JOB_ARN],
        "Detail": (
            '{"SchemaVersion":"1","JobName":"fraud-ranker-v14",'
            f'"JobArn":"{JOB_ARN}","JobType":"Default",'
            '"Status":"FAILED","PreviousStatus":"IN_PROGRESS","CreationTime":1795236000125,'
            '"LastModifiedTime":1795242720000,"CompletionTime":1795242719999,'
            '"ModelPackageVersionArn":'
            '"arn:aws:sagemaker:eu-west-1:111122223333:model-package/fraud-ranker/14",'
            '"ModelName":"fraud-ranker","FailureReason":"ModelError when calling InvokeEndpoint"}'
        ),
        "EventBusName": "ml-events",
    }


def test_what_is_not_known_is_absent() -> None:
    """Neither null nor empty: a rule with `exists` must be able to tell."""
    bare = ListedJob("fraud-ranker-v14", JOB_ARN, "PENDING", CREATED, NOW, failure_reason="")

    detail = detail_of(StatusChange(bare))

    assert list(detail) == [
        "SchemaVersion",
        "JobName",
        "JobArn",
        "Status",
        "CreationTime",
        "LastModifiedTime",
    ]


def test_the_put_is_stamped_by_eventbridge() -> None:
    """An old stamp of ours may count against the time for which delivery is tried."""
    assert "Time" not in event_entry(CHANGE, "default")


def test_half_a_character_does_not_break_the_event() -> None:
    """A reason that was cut inside an emoji is still UTF-8 on the wire, and JSON at the reader."""
    entry = event_entry(change(failure_reason='a\ud83d "b" \n \U0001f600 Ω'), "default")

    entry["Detail"].encode()
    assert json.loads(entry["Detail"])["FailureReason"] == 'a\ufffd "b" \n \U0001f600 Ω'


def test_a_status_of_tomorrow_is_passed_on() -> None:
    """As SageMaker says it, and still by the contract."""
    entry = event_entry(change(status="PAUSED"), "default")

    assert json.loads(entry["Detail"])["Status"] == "PAUSED"
    assert mistakes(delivered(entry)) == []


# --- how large -----------------------------------------------------------------------------


def test_the_size_is_what_eventbridge_counts() -> None:
    """UTF-8 bytes of source, detail type, detail and resources, but not the bus's name."""
    entry = EventEntry(
        Source="recgate", DetailType="Ω", Resources=["é", "b"], Detail='{"a":"…"}', EventBusName="x"
    )

    assert entry_bytes(entry) == 7 + 2 + 2 + 1 + 11


@pytest.mark.parametrize("text", ["x", "…", "\U0001f600", '"', "\n", "\x00", "ab\n\U0001f600"])
def test_a_reason_too_long_for_an_entry_is_cut_and_marked(text: str) -> None:
    """As much as fits, whatever a character takes as JSON; the rest of the event is whole."""
    long = change(failure_reason=text * (ENTRY_BYTES_MAX // len(text)))

    entry = event_entry(long, "default")

    detail = json.loads(entry["Detail"])
    assert ENTRY_BYTES_MAX - 8 < entry_bytes(entry) <= ENTRY_BYTES_MAX
    assert detail["FailureReason"].endswith("…")
    assert str(long.job.failure_reason).startswith(detail["FailureReason"][:-1])
    assert detail | {"FailureReason": ""} == detail_of(change()) | {"FailureReason": ""}


def test_the_longest_reason_that_fits_is_whole() -> None:
    """One character more is the first that is cut."""
    room = ENTRY_BYTES_MAX - entry_bytes(event_entry(change(failure_reason="x"), "default")) + 1

    whole = detail_of(change(failure_reason="x" * room))["FailureReason"]
    cut = detail_of(change(failure_reason="x" * (room + 1)))["FailureReason"]

    assert whole == "x" * room
    assert cut == "x" * (room - 3) + "…"


@given(st.lists(st.integers(min_value=0, max_value=ENTRY_BYTES_MAX), max_size=40))
def test_calls_keep_the_order_and_the_limits(sizes: list[int]) -> None:
    """Ten entries and 256 KB a call, nobody left out, and no call that the next would fit into."""
    entries = [sized(size, place) for place, size in enumerate(sizes)]

    made = list(calls(entries))

    assert [entry for call in made for entry in call] == entries
    for call in made:
        assert 1 <= len(call) <= 10
        assert sum(map(entry_bytes, call)) <= CALL_BYTES_MAX
    for call, after in pairwise(made):
        too_large = sum(map(entry_bytes, [*call, after[0]])) > CALL_BYTES_MAX
        assert len(call) == 10 or too_large


def test_an_entry_beyond_every_limit_has_a_call_of_its_own() -> None:
    """It is EventBridge's to refuse, and takes nobody with it."""
    entries = [sized(10, 0), sized(CALL_BYTES_MAX + 1, 1), sized(10, 2)]

    assert [len(call) for call in calls(entries)] == [1, 1, 1]


def sized(size: int, place: int) -> EventEntry:
    return EventEntry(
        Source="", DetailType="", Resources=[], Detail="x" * size, EventBusName=str(place)
    )


# --- the contract --------------------------------------------------------------------------


def test_the_schema_is_a_schema() -> None:
    """Of the draft that it names."""
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_event_is_by_the_contract(sample: Path) -> None:
    """What the tests feed to the check function is what recgate puts."""
    assert mistakes(json.loads(sample.read_text("utf-8"))) == []


def test_there_are_sample_events() -> None:
    """A folder that is not found must not pass for one whose events all are right."""
    assert len(SAMPLES) >= 5


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_what_is_put_for_a_sample_is_the_sample(sample: Path) -> None:
    """Member for member: the samples and the code cannot drift apart."""
    event = json.loads(sample.read_text("utf-8"))

    entry = event_entry(change_of(event["detail"]), "default")

    assert entry["Source"] == event["source"]
    assert entry["DetailType"] == event["detail-type"]
    assert entry["Resources"] == event["resources"]
    assert json.loads(entry["Detail"]) == event["detail"]


def change_of(detail: Mapping[str, Any]) -> StatusChange:
    def moment(member: str) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=detail[member])

    job = ListedJob(
        name=detail["JobName"],
        arn=detail["JobArn"],
        status=detail["Status"],
        created_at=moment("CreationTime"),
        modified_at=moment("LastModifiedTime"),
        job_type=detail.get("JobType"),
        failure_reason=detail.get("FailureReason"),
        model_package_arn=detail.get("ModelPackageVersionArn"),
        model_name=detail.get("ModelName"),
    )
    return StatusChange(job, detail.get("PreviousStatus"))


_text = st.none() | st.text(st.characters(exclude_categories=()), max_size=30)
_words = st.text("ABCDEFG_", min_size=1, max_size=12)
_times = st.datetimes(datetime(2002, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_jobs = st.builds(
    ListedJob,
    name=st.just("fraud-ranker-v14"),
    arn=st.just(JOB_ARN),
    status=_words,
    created_at=_times,
    modified_at=_times,
    job_type=st.none() | _words,
    completed_at=st.none() | _times,
    failure_reason=_text,
    model_package_arn=_text,
    model_name=_text,
)


@given(st.builds(StatusChange, job=_jobs, previous=st.none() | _words))
def test_whatever_is_put_is_by_the_contract(made: StatusChange) -> None:
    """Free text of any kind among it."""
    assert mistakes(delivered(event_entry(made, "default"))) == []


def test_the_check_function_reads_what_is_put() -> None:
    """One writes it, the other reads it, and both mean the same job."""
    event = delivered(event_entry(CHANGE, "default"))

    notice = notice_from(json.dumps(event))

    assert (notice.job_name, notice.job_arn) == ("fraud-ranker-v14", JOB_ARN)
    assert (notice.account, notice.region) == ("111122223333", "eu-west-1")
    assert notice.trigger == Trigger(
        TriggerSource.SWEEP, event["id"], datetime(2026, 11, 21, 6, 33, tzinfo=UTC)
    )


def test_a_new_member_breaks_nobody() -> None:
    """Within version 1 members may come anywhere."""
    event = delivered(event_entry(CHANGE, "default"))
    event |= {"replay-name": "again", "detail": event["detail"] | {"Tags": {"env": "prod"}}}

    assert mistakes(event) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "aws.sagemaker"},
        {"detail-type": "Inference Policy Decision"},
        {"resources": []},
        {"resources": [JOB_ARN] * 2},
        {"resources": ["arn:aws:s3:::bucket"]},
        {"account": "1111"},
        {"time": 1795242720},
        {"detail": "{}"},
    ],
    ids=str,
)
def test_a_near_miss_of_the_envelope_is_told(wrong: dict[str, Any]) -> None:
    """Another sender, another kind, another job beside it."""
    event = delivered(event_entry(CHANGE, "default"))
    (member,) = wrong

    (mistake,) = mistakes(event | wrong)

    assert mistake.startswith(("$." + member, f"$[{member!r}]"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"SchemaVersion": "2"},
        {"SchemaVersion": 1},
        {"JobName": ""},
        {"JobName": "a b"},
        {"JobArn": "arn:aws:sagemaker:eu-west-1:111122223333:training-job/fraud-ranker-v14"},
        {"JobType": ""},
        {"Status": None},
        {"Status": ["COMPLETED"]},
        {"PreviousStatus": None},
        {"CreationTime": 1795236000},
        {"CreationTime": 1795236000125.5},
        {"LastModifiedTime": "2026-11-21T06:32:00Z"},
        {"CompletionTime": None},
        {"FailureReason": ""},
        {"ModelPackageVersionArn": ""},
        {"ModelName": 14},
    ],
    ids=str,
)
def test_a_near_miss_of_the_detail_is_told(wrong: dict[str, Any]) -> None:
    """Seconds for milliseconds, null for absent, another kind of job."""
    event = delivered(event_entry(CHANGE, "default"))
    (member,) = wrong

    (mistake,) = mistakes(event | {"detail": event["detail"] | wrong})

    assert mistake.startswith(f"$.detail.{member}:")


@pytest.mark.parametrize("member", SCHEMA["properties"]["detail"]["required"])
def test_what_is_never_absent_is_required(member: str) -> None:
    """A consumer may rely on it."""
    event = delivered(event_entry(CHANGE, "default"))
    detail = {name: value for name, value in event["detail"].items() if name != member}

    (mistake,) = mistakes(event | {"detail": detail})

    assert mistake == f"$.detail: {member!r} is a required property"


def test_the_schema_knows_every_member_that_is_put() -> None:
    """And puts none in words that the code does not have."""
    known = SCHEMA["properties"]["detail"]["properties"]

    assert set(known) == set(detail_of(CHANGE))
    assert all(each.get("title") and each.get("description") for each in known.values())

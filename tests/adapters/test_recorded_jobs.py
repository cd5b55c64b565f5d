import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.recorded_jobs import RecordedFile, RecordedFolder
from recgate.dialect.recorded_json import MAX_BYTES, MAX_DEPTH
from recgate.domain.candidate import Metric
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.reading import Source
from recgate.ports import JobNotFound, JobSourceRefused, JobUnusable
from tests.servers.sample_jobs import job, row, step

NAME = "fraud-ranker-v14"
NOTICE = JobNotice(NAME, Trigger(TriggerSource.COMMAND_LINE))
DOCS = Path(__file__).parents[2] / "docs" / "recorded-jobs.md"


def saved(folder: Path, content: object, name: str = f"{NAME}.json") -> Path:
    """The content in a file: JSON, or bytes as they are."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def snapshot_of(source: RecordedFile | RecordedFolder, name: str = NAME) -> Snapshot:
    return source.gather(source.state(JobNotice(name, NOTICE.trigger)))


def read(path: Path, **options: Any) -> Snapshot:
    return snapshot_of(RecordedFile(path, **options))


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(JobUnusable) as refused:
        read(path, **options)
    message = str(refused.value)
    assert message.startswith(str(path.parent))
    return message.removeprefix(f"{path.parent}/")


def test_a_recorded_job_is_read_with_what_lies_in_it(tmp_path: Path) -> None:
    """Tags, steps and measured P99 beside the response's own keys."""
    extras = {
        "Tags": {"env": "prod"},
        "Steps": [step(NAME, "FAILED", reason="ModelError")],
        "MeasuredLatency": [{"Row": 1, "P99Milliseconds": 84.2, "SampleCount": 5230}],
        "ResponseMetadata": {"RequestId": "x"},
    }

    snapshot = read(saved(tmp_path, job() | extras))

    assert snapshot.tags == {"env": "prod"}
    assert [each.failure_reason for each in snapshot.steps] == ["ModelError"]
    p99 = snapshot.candidates[0].readings[Metric.LATENCY_P99_MS]
    assert (p99.value, p99.samples, p99.source) == (84.2, 5230, Source.RECORDED)
    assert not set(snapshot.describe) & {*extras}


def test_what_is_not_recorded_is_not_known(tmp_path: Path) -> None:
    """No tags recorded is not the same as no tags."""
    snapshot = read(saved(tmp_path, job()))

    assert snapshot.tags is None
    assert snapshot.document["steps"] is None
    assert snapshot.candidates[0].values[Metric.LATENCY_P99_MS] is None


def test_the_companion_beside_is_found_by_its_name(tmp_path: Path) -> None:
    """NAME.extra.json beside NAME.json."""
    path = saved(tmp_path, job())
    saved(tmp_path, {"Tags": [{"Key": "env", "Value": "prod"}]}, f"{NAME}.extra.json")

    assert read(path).tags == {"env": "prod"}


def test_a_companion_that_is_given_is_the_one_that_counts(tmp_path: Path) -> None:
    """The one beside is then left alone."""
    path = saved(tmp_path, job())
    saved(tmp_path, {"Tags": {"env": "prod"}}, f"{NAME}.extra.json")
    other = saved(tmp_path, {"Tags": {"env": "dev"}}, "other.json")

    assert read(path, companion=other).tags == {"env": "dev"}


@pytest.mark.parametrize(("output", "tags", "steps"), [
    (
        {"Tags": [{"Key": "env", "Value": "prod"}], "ResponseMetadata": {"RequestId": "x"}},
        {"env": "prod"},
        (),
    ),
    ({"Steps": [step(NAME, "FAILED")], "NextToken": None}, None, ("FAILED",)),
])  # fmt: skip
def test_the_clis_output_is_a_companion_as_it_is(
    tmp_path: Path, output: dict[str, Any], tags: dict[str, str] | None, steps: tuple[str, ...]
) -> None:
    """That of list-tags and of list-inference-recommendations-job-steps."""
    path = saved(tmp_path, job())
    saved(tmp_path, output, f"{NAME}.extra.json")

    snapshot = read(path)

    assert snapshot.tags == tags
    assert tuple(each.status for each in snapshot.steps) == steps


def test_the_whole_output_of_list_steps_is_taken_under_its_key(tmp_path: Path) -> None:
    """It is what a person pastes."""
    steps = {"Steps": {"Steps": [step(NAME, "FAILED")]}}

    assert len(read(saved(tmp_path, job() | steps)).steps) == 1


def test_tags_given_by_hand_win(tmp_path: Path) -> None:
    """They replace the recorded ones, all of them."""
    path = saved(tmp_path, job() | {"Tags": {"env": "prod", "team": "fraud"}})

    assert read(path, tags={"env": "dev"}).tags == {"env": "dev"}


def test_an_empty_list_of_tags_is_known_to_be_empty(tmp_path: Path) -> None:
    """Somebody asked, and there were none."""
    assert read(saved(tmp_path, job() | {"Tags": []})).tags == {}


@pytest.mark.parametrize("key", ["RecommendationId", "EndpointName", "Row"])
def test_a_measured_latency_names_its_row_in_three_ways(tmp_path: Path, key: str) -> None:
    """By id, by endpoint, by place from 1."""
    names = {"RecommendationId": f"{NAME}/b", "EndpointName": "sm-epc-2", "Row": 2}
    entry = {key: names[key], "P99Milliseconds": 84.2, "SampleCount": 5230}
    rows = [row(CostPerHour=0.1), row(f"{NAME}/b", endpoint="sm-epc-2", CostPerHour=0.2)]

    snapshot = read(
        saved(tmp_path, job(InferenceRecommendations=rows) | {"MeasuredLatency": [entry]})
    )

    p99 = [candidate.values[Metric.LATENCY_P99_MS] for candidate in snapshot.candidates]
    assert p99 == [None, 84.2]


@pytest.mark.parametrize(("entry", "missing"), [
    ({"Row": 1, "P99Milliseconds": 84.2}, "number of samples not known"),
    ({"Row": 1, "P99Milliseconds": 84.2, "SampleCount": 99}, "too few samples: 99 of at least 100"),
    ({"Row": 1, "P99Milliseconds": "NaN", "SampleCount": 500}, "P99 was not measured"),
    ({"Row": 1, "SampleCount": 500}, "P99 was not measured"),
])  # fmt: skip
def test_a_recorded_p99_needs_its_samples_too(
    tmp_path: Path, entry: dict[str, Any], missing: str
) -> None:
    """A file is believed no further than CloudWatch."""
    snapshot = read(saved(tmp_path, job() | {"MeasuredLatency": [entry]}))

    p99 = snapshot.candidates[0].readings[Metric.LATENCY_P99_MS]
    assert (p99.value, p99.missing) == (None, missing)


def test_the_minimum_of_samples_is_recorded(tmp_path: Path) -> None:
    """The same record gives the same answer when the default has changed."""
    entry = {"Row": 1, "P99Milliseconds": 84.2, "SampleCount": 99}
    path = saved(tmp_path, job() | {"MeasuredLatency": [entry]})

    snapshot = read(path, minimum_samples=50)

    assert snapshot.candidates[0].values[Metric.LATENCY_P99_MS] == 84.2
    measured = snapshot.document["measured"]
    assert isinstance(measured, dict)
    assert measured["minimum_samples"] == 50


BAD_EXTRAS = {
    "unknown recommendation": (
        {"MeasuredLatency": [{"RecommendationId": "nobody", "P99Milliseconds": 1}]},
        f"MeasuredLatency[0]: no recommendation has RecommendationId 'nobody'; the job has: "
        f"{NAME}/a1b2c3d4.",
    ),
    "unknown endpoint": (
        {"MeasuredLatency": [{"EndpointName": "nobody", "P99Milliseconds": 1}]},
        "MeasuredLatency[0]: no recommendation has EndpointName 'nobody'; the job has: sm-epc-1.",
    ),
    "row 0": (
        {"MeasuredLatency": [{"Row": 0, "P99Milliseconds": 1}]},
        "MeasuredLatency[0]: no recommendation has Row '0'; the job has: 1.",
    ),
    "row true": (
        {"MeasuredLatency": [{"Row": True, "P99Milliseconds": 1}]},
        "MeasuredLatency[0]: no recommendation has Row 'True'; the job has: 1.",
    ),
    "no name": (
        {"MeasuredLatency": [{"P99Milliseconds": 1}]},
        "MeasuredLatency[0]: names its recommendation by nothing; give exactly one of "
        "RecommendationId, EndpointName, Row.",
    ),
    "two names": (
        {"MeasuredLatency": [{"Row": 1, "EndpointName": "sm-epc-1", "P99Milliseconds": 1}]},
        "MeasuredLatency[0]: names its recommendation by EndpointName and Row; give exactly one "
        "of RecommendationId, EndpointName, Row.",
    ),
    "twice": (
        {"MeasuredLatency": [{"Row": 1}, {"EndpointName": "sm-epc-1"}]},
        f"MeasuredLatency[1]: {NAME}/a1b2c3d4 is given twice. Remove one.",
    ),
    "misspelt": (
        {"MeasuredLatency": [{"Row": 1, "P99Millisecond": 1}]},
        "MeasuredLatency[0]: 'P99Millisecond' is not a key here; did you mean P99Milliseconds?",
    ),
    "text": (
        {"MeasuredLatency": [{"Row": 1, "P99Milliseconds": "84.2"}]},
        "MeasuredLatency[0]: P99Milliseconds '84.2' is not a number of 0 or more.",
    ),
    "negative": (
        {"MeasuredLatency": [{"Row": 1, "SampleCount": -1}]},
        "MeasuredLatency[0]: SampleCount '-1' is not a number of 0 or more.",
    ),
    "infinite": (
        {"MeasuredLatency": [{"Row": 1, "P99Milliseconds": float("inf")}]},
        "MeasuredLatency[0]: P99Milliseconds 'inf' is not a number of 0 or more.",
    ),
    "no object": ({"MeasuredLatency": [84.2]}, "MeasuredLatency[0] is not an object."),
    "no list": (
        {"MeasuredLatency": {"Row": 1}},
        "MeasuredLatency must be a list of objects with one of RecommendationId, EndpointName, "
        "Row, and P99Milliseconds and SampleCount.",
    ),
    "tags as text": (
        {"Tags": "env=prod"},
        "Tags must be the list that list-tags gives, or an object of keys and values.",
    ),
    "tags without key": (
        {"Tags": [{"env": "prod"}]},
        'Tags must hold objects like {"Key": "env", "Value": "prod"}.',
    ),
    "tag number": ({"Tags": {"cost": 7}}, "tag 'cost' is not text. Put its value in quotes."),
    "tag twice": (
        {"Tags": [{"Key": "env", "Value": "a"}, {"Key": "env", "Value": "b"}]},
        "tag 'env' comes twice. Remove one.",
    ),
    "steps as text": (
        {"Steps": "none"},
        "Steps must be the list of objects that list-inference-recommendations-job-steps gives.",
    ),
    "step no object": (
        {"Steps": [1]},
        "Steps must be the list of objects that list-inference-recommendations-job-steps gives.",
    ),
    "next token": (
        {"Tags": [], "NextToken": "abc"},
        "has a NextToken, so its tags or steps are incomplete. Record them again without "
        "--max-items and --no-paginate.",
    ),
}


@pytest.mark.parametrize(("extras", "message"), BAD_EXTRAS.values(), ids=BAD_EXTRAS.keys())
def test_a_mistake_in_the_extra_keys_is_named(
    tmp_path: Path, extras: dict[str, Any], message: str
) -> None:
    """In the companion as in the recorded file, with the file that it is in."""
    alone = saved(tmp_path, job(), "alone.json")
    saved(tmp_path, extras, "alone.extra.json")

    assert refusal(alone) == f"alone.extra.json: {message}"
    assert refusal(saved(tmp_path, job() | extras, "one.json")) == f"one.json: {message}"


def test_a_shared_endpoint_cannot_name_a_row(tmp_path: Path) -> None:
    """It would be a guess which of them was measured."""
    rows = [row("a", endpoint="shared"), row("b", endpoint="shared")]
    entry = {"EndpointName": "shared", "P99Milliseconds": 1, "SampleCount": 500}
    path = saved(tmp_path, job(InferenceRecommendations=rows) | {"MeasuredLatency": [entry]})

    assert refusal(path).endswith(
        "MeasuredLatency[0]: 2 recommendations have EndpointName shared; name it by Row."
    )


def test_a_key_in_both_files_is_refused(tmp_path: Path) -> None:
    """Which of them is right is not ours to say."""
    path = saved(tmp_path, job() | {"Tags": {"env": "prod"}})
    saved(tmp_path, {"Tags": {"env": "dev"}}, f"{NAME}.extra.json")

    assert "Tags is also in" in refusal(path)


def test_an_unknown_key_in_the_companion_is_refused_with_a_guess(tmp_path: Path) -> None:
    """What nobody reads must not look as if it were taken."""
    path = saved(tmp_path, job())
    saved(tmp_path, {"MeasuredLatencies": []}, f"{NAME}.extra.json")

    assert refusal(path).endswith(
        "'MeasuredLatencies' is not a key here; did you mean MeasuredLatency?"
    )


@pytest.mark.parametrize("key", ["MeasuredLatencies", "measuredLatency", "tags", "Step"])
def test_a_slip_of_an_extra_key_in_the_recorded_file_is_refused(tmp_path: Path, key: str) -> None:
    """Members that SageMaker adds tomorrow are kept, near misses are not."""
    assert "did you mean" in refusal(saved(tmp_path, job() | {key: []}))
    assert read(saved(tmp_path, job() | {"NewMember": 1}, "new.json")).describe["NewMember"] == 1


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "white space": (b" \n\t", "is empty"),
    "not JSON": (b'{"Status": "COMPLETED",\n  oops}', f"{NAME}.json:2:3: is not JSON"),
    "cut off": (json.dumps(job()).encode()[:-5], "is not JSON"),
    "two documents": (b"{}\n{}", f"{NAME}.json:2:1: is not JSON: Extra data"),
    "YAML": (b"JobName: x\nStatus: COMPLETED\n", "looks like YAML"),
    "YAML with a head": (b"---\nJobName: x\n", "looks like YAML"),
    "list": (json.dumps([job()]).encode(), "holds a JSON list"),
    "text": (b'"COMPLETED"', "holds a JSON str"),
    "null": (b"null", "holds a JSON NoneType"),
    "UTF-16 LE": (json.dumps(job()).encode("utf-16"), "is UTF-16, as PowerShell"),
    "UTF-16 BE": (b"\xfe\xff" + json.dumps(job()).encode("utf-16-be"), "is UTF-16"),
    "Latin-1": (b'{"FailureReason": "\xe9"}', "is not UTF-8 (byte 20)"),
    "a key twice": (b'{"Status": "FAILED", "Status": "COMPLETED"}', "'Status' comes twice"),
    "a key twice inside": (b'{"InputConfig": {"a": 1, "a": 2}}', "'a' comes twice"),
    "too large": (b'"' + b"x" * MAX_BYTES + b'"', "larger than 4 MB"),
    "deep": (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "nested deeper than 50"),
    "very deep": (b"[" * 200_000, "nested too deeply"),
    "a long number": (b'{"Status": ' + b"9" * 5000 + b"}", "a number that is too long"),
    "an error answer": (b'{"__type": "AccessDeniedException"}', "(AccessDeniedException)"),
    "an error of boto3": (b'{"Error": {"Code": "Throttling"}}', "error answer of AWS (Throttling)"),
    "a list answer": (
        b'{"InferenceRecommendationsJobs": []}',
        "is the answer of ListInferenceRecommendationsJobs",
    ),
    "a training job": (
        b'{"TrainingJobName": "t", "TrainingJobStatus": "Completed"}',
        "has TrainingJobName, so it looks like the response of DescribeTrainingJob. What is "
        "wanted is the output of: aws sagemaker describe-inference-recommendations-job",
    ),
    "tags alone": (b'{"Tags": []}', "holds Tags and no job. Keep it beside"),
    "an empty object": (b"{}", "has no Status (it holds nothing)"),
    "an unknown status": (
        json.dumps(job(Status="Completed")).encode(),
        "Status 'Completed' is none of",
    ),
    "rows that are not objects": (
        json.dumps(job(InferenceRecommendations=["x"])).encode(),
        "InferenceRecommendations[0] is not an object",
    ),
    "endpoints that are no list": (
        json.dumps(job(EndpointPerformances={})).encode(),
        "EndpointPerformances is not a list",
    ),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_what_is_not_a_job_is_refused_with_its_place(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """Who, where, what, what next; and never a traceback."""
    found = refusal(saved(tmp_path, content))

    assert found.startswith(f"{NAME}.json:")
    assert message in found


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With what was wanted."""
    assert "no such file" in refusal(tmp_path / "nothing.json")


def test_a_companion_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """It was asked for, so it is not left out in silence."""
    with pytest.raises(JobUnusable, match=r"nothing\.json: no such file"):
        read(saved(tmp_path, job()), companion=tmp_path / "nothing.json")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A slip of the tab key."""
    (tmp_path / "jobs").mkdir()

    assert refusal(tmp_path / "jobs") == "jobs: is a folder. Give one of the files in it."


def test_a_byte_order_mark_in_utf8_is_no_obstacle(tmp_path: Path) -> None:
    """Windows editors write one."""
    path = saved(tmp_path, b"\xef\xbb\xbf" + json.dumps(job()).encode())

    assert read(path).job_name == NAME


def test_bare_nan_is_read_as_the_cli_prints_it(tmp_path: Path) -> None:
    """Not valid JSON, and what the AWS CLI writes all the same."""
    recommended = row(CostPerHour=float("nan"), ModelLatency=float("inf"), MaxInvocations="1645")
    path = saved(tmp_path, job(InferenceRecommendations=[recommended]))
    assert b"NaN" in path.read_bytes()

    (candidate,) = read(path).candidates

    missing = [candidate.readings[metric].missing for metric in (0, 3, 4)]
    assert missing == ["NaN", "infinite", "not a number: '1645'"]


def test_metrics_that_are_null_are_missing(tmp_path: Path) -> None:
    """A clear answer, not a crash: ten rows without a figure."""
    rows = [{**row(f"job/{place}"), "Metrics": None} for place in range(10)]

    snapshot = read(saved(tmp_path, job(InferenceRecommendations=rows)))

    assert [candidate.values[Metric.COST_PER_HOUR_USD] for candidate in snapshot.candidates] == [
        None
    ] * 10


def test_null_members_are_as_if_they_were_not_there(tmp_path: Path) -> None:
    """boto3 drops them, and a record must not depend on how it was made."""
    nulls = job() | {"FailureReason": None, "EndpointPerformances": None}

    assert read(saved(tmp_path, nulls)).digest == read(saved(tmp_path, job(), "b.json")).digest


def test_a_failure_reason_is_kept_as_it_came(tmp_path: Path) -> None:
    """Control characters and mentions are the renderer's business."""
    reason = "<!channel> \x00\x07\x1b[31m\u202e\nend"
    failed = job(Status="FAILED", FailureReason=reason, InferenceRecommendations=None)

    assert read(saved(tmp_path, failed)).failure_reason == reason


@pytest.mark.parametrize("text", [False, True])
def test_standard_input_is_read_once_and_as_utf8(text: bool) -> None:
    """Whatever the terminal's encoding; state and gather share what was read."""
    content = json.dumps(job(JobDescription="für"), ensure_ascii=False).encode()
    stream = io.BytesIO(content)
    source = RecordedFile(
        "-", stream=io.TextIOWrapper(stream, encoding="latin-1") if text else stream
    )

    assert snapshot_of(source).describe["JobDescription"] == "für"


def test_mistakes_on_standard_input_are_called_so() -> None:
    """There is no file to name."""
    with pytest.raises(JobUnusable, match="standard input:1:1: is not JSON"):
        snapshot_of(RecordedFile("-", stream=io.StringIO("oops")))


def test_standard_input_without_a_stream_is_refused() -> None:
    """A Lambda function has none."""
    with pytest.raises(JobUnusable, match="Give a file"):
        snapshot_of(RecordedFile("-"))


def test_a_preview_result_is_refused_with_its_file(tmp_path: Path) -> None:
    """Found when the snapshot is made, and still named after its file."""
    recommended = row(MaximumInvocations=648)

    message = refusal(saved(tmp_path, job(InferenceRecommendations=[recommended])))

    assert message.startswith(f"{NAME}.json: Job {NAME}: MaximumInvocations belong")


def test_a_sparse_response_is_called_after_its_file(tmp_path: Path) -> None:
    """Published results leave the name out."""
    path = saved(tmp_path, {"Status": "FAILED", "FailureReason": "x"}, "failed-invalid-input.json")

    assert read(path).job_name == "failed-invalid-input"


def test_a_folder_finds_a_job_by_its_name_and_by_its_files(tmp_path: Path) -> None:
    """The demo's events carry job names, its files carry readable ones."""
    saved(tmp_path, job(), "a-pass.json")
    saved(tmp_path, job("other", Status="FAILED"), "a-failure.json")
    saved(tmp_path, {"Tags": {"env": "prod"}}, "a-pass.extra.json")
    folder = RecordedFolder(tmp_path)

    assert snapshot_of(folder).tags == {"env": "prod"}
    assert snapshot_of(folder, "a-pass").job_name == NAME
    assert folder.state(JobNotice("other", NOTICE.trigger)).status is JobStatus.FAILED


def test_two_files_of_one_job_are_not_guessed_between(tmp_path: Path) -> None:
    """By their own names each can still be asked for."""
    saved(tmp_path, job(Status="IN_PROGRESS"), "before.json")
    saved(tmp_path, job(), "after.json")
    folder = RecordedFolder(tmp_path)

    with pytest.raises(JobUnusable, match=r"recorded in after\.json, before\.json"):
        folder.state(NOTICE)
    assert snapshot_of(folder, "before").status is JobStatus.IN_PROGRESS
    assert snapshot_of(folder, "after").status is JobStatus.COMPLETED


def test_a_broken_file_stands_in_the_way_of_its_own_job_only(tmp_path: Path) -> None:
    """Asked for by its file's name it says what is wrong."""
    saved(tmp_path, b"oops", "broken.json")
    saved(tmp_path, job(), "good.json")
    folder = RecordedFolder(tmp_path)

    assert snapshot_of(folder).job_name == NAME
    with pytest.raises(JobUnusable, match="is not JSON"):
        snapshot_of(folder, "broken")


@pytest.mark.parametrize("name", ["nobody", "../secret", "good.json", "good.extra", ""])
def test_a_job_that_no_file_holds_is_not_found(tmp_path: Path, name: str) -> None:
    """A name is compared, never made into a path."""
    saved(tmp_path, job("secret"), "secret.json")
    (tmp_path / "jobs").mkdir()
    saved(tmp_path / "jobs", job(), "good.json")
    saved(tmp_path / "jobs", {"Tags": []}, "good.extra.json")

    with pytest.raises(JobNotFound, match=f"there are: {NAME}"):
        RecordedFolder(tmp_path / "jobs").state(JobNotice(name, NOTICE.trigger))


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Waiting does not make one."""
    with pytest.raises(JobSourceRefused, match="no such folder"):
        RecordedFolder(tmp_path / "nothing").state(NOTICE)


def test_a_file_that_changed_between_state_and_gather_is_refused(tmp_path: Path) -> None:
    """A snapshot is of one state, not of two."""
    saved(tmp_path, job())
    folder = RecordedFolder(tmp_path)
    state = folder.state(NOTICE)
    saved(tmp_path, job(Status="FAILED"))

    with pytest.raises(JobUnusable, match="has changed"):
        folder.gather(state)


def test_the_example_of_the_documentation_works(tmp_path: Path) -> None:
    """What the page shows is what recgate reads."""
    blocks = re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    path = saved(tmp_path, blocks[0].encode())
    saved(tmp_path, blocks[1].encode(), f"{NAME}.extra.json")

    snapshot = read(path)

    assert snapshot.tags == {"env": "prod", "team": "fraud"}
    assert [each.failure_reason for each in snapshot.steps] == [
        "ModelError when calling InvokeEndpoint"
    ]
    assert [
        (
            each.configuration,
            each.values[Metric.COST_PER_HOUR_USD],
            each.values[Metric.LATENCY_P99_MS],
        )
        for each in snapshot.candidates
    ] == [("ml.c7g.xlarge × 1", 0.174, 84.2), ("serverless 2048 MB × 5", None, 260)]
    assert snapshot.warnings == ()


@pytest.mark.parametrize("text", ["4 MB", f"{MAX_DEPTH} levels"])
def test_the_documentation_names_the_limits_that_are_in_force(text: str) -> None:
    """A page that is stale is worse than none."""
    assert text in DOCS.read_text(encoding="utf-8")
    assert MAX_BYTES == 4 * 1024 * 1024


def test_the_depth_that_is_read_is_far_below_pythons_own_limit() -> None:
    """Whatever walks the document later must not run into it."""
    assert sys.getrecursionlimit() > 10 * MAX_DEPTH

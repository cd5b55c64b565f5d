"""What every JobSource promises, and that one job is one snapshot whichever way it came in."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Protocol

import pytest

from recgate.adapters.recorded_jobs import RecordedFile, RecordedFolder
from recgate.adapters.sagemaker_jobs import SageMakerJobs
from recgate.dialect.describe import snapshot_from, snapshot_of
from recgate.dialect.document import TIME_MEMBERS
from recgate.domain.canonical import canonical_json
from recgate.domain.job import JobStatus
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.ports import JobNotFound, JobSource, JobState, JobUnusable
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import CREATED, a_job_of_each_kind, arn_of, job, step

NAME = "fraud-ranker-v14"
NOTICE = JobNotice(NAME, Trigger(TriggerSource.SWEEP), job_arn=arn_of(NAME))
TAGS = {"team": "fraud", "env": "prod"}
KINDS = a_job_of_each_kind()


class Rig(Protocol):
    """A source, and the way to put a job where it looks."""

    source: JobSource

    def put(
        self, job: Mapping[str, Any], tags: Mapping[str, str], steps: Sequence[Mapping[str, Any]]
    ) -> None: ...


class SageMakerRig:
    def __init__(self, server: LocalSageMaker) -> None:
        self.server = server
        self.source: JobSource = SageMakerJobs(
            server.client("sagemaker"),
            lambda: server.client("cloudwatch"),
            clock=lambda: server.metrics.now,
        )

    def put(
        self, job: Mapping[str, Any], tags: Mapping[str, str], steps: Sequence[Mapping[str, Any]]
    ) -> None:
        self.server.put_job(
            job, tags=tags, steps=steps, checked=job["Status"] in JobStatus.__members__
        )


class RecordedRig:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source: JobSource = RecordedFolder(folder)

    def put(
        self, job: Mapping[str, Any], tags: Mapping[str, str], steps: Sequence[Mapping[str, Any]]
    ) -> None:
        path = self.folder / f"{job['JobName']}.json"
        path.write_text(json.dumps(job), encoding="utf-8")
        extras = {
            "Tags": [{"Key": key, "Value": value} for key, value in reversed(list(tags.items()))],
            "Steps": steps,
        }
        path.with_suffix(".extra.json").write_text(json.dumps(extras), encoding="utf-8")


@pytest.fixture(params=["sagemaker", "recorded"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    if request.param == "recorded":
        yield RecordedRig(tmp_path)
    else:
        with local_sagemaker() as server:
            yield SageMakerRig(server)


def test_a_job_that_nobody_knows_is_not_found(rig: Rig) -> None:
    """A recorded NO_RESULT later, not a crash loop."""
    rig.put(job("another-job"), {}, [])

    with pytest.raises(JobNotFound, match=NAME):
        rig.source.state(NOTICE)


@pytest.mark.parametrize("status", list(JobStatus))
def test_every_status_is_told(rig: Rig, status: JobStatus) -> None:
    """Also those of a job that has not ended, and of one that is gone."""
    rig.put(job(Status=status.value), TAGS, [])

    state = rig.source.state(NOTICE)
    snapshot = rig.source.gather(state)

    assert (state.job_name, state.job_arn, state.status) == (NAME, arn_of(NAME), status)
    assert snapshot.status is status
    assert (snapshot.ended_at is not None) == status.is_terminal


def test_a_status_that_nobody_knows_is_unusable(rig: Rig) -> None:
    """Neither ended nor running."""
    rig.put(job(Status="PAUSED"), {}, [])

    with pytest.raises(JobUnusable, match="PAUSED"):
        rig.source.state(NOTICE)


def test_the_same_state_twice_is_one_state_and_one_snapshot(rig: Rig) -> None:
    """What the ledger's keys rest on."""
    rig.put(job(), TAGS, [])

    states = [rig.source.state(NOTICE) for _ in range(2)]
    digests = {rig.source.gather(state).digest for state in states}

    assert states[0] == states[1]
    assert len(digests) == 1


def test_a_job_that_changed_is_another_state(rig: Rig) -> None:
    """A new state is a new snapshot."""
    rig.put(job(Status="IN_PROGRESS", LastModifiedTime=CREATED), TAGS, [])
    before = rig.source.state(NOTICE)
    rig.put(job(), TAGS, [])

    after = rig.source.state(NOTICE)

    assert before.key != after.key
    assert before.stream == after.stream


def test_a_snapshot_can_be_read_back_from_its_document(rig: Rig) -> None:
    """The ledger keeps the document as JSON and nothing else."""
    rig.put(job(), TAGS, [step(NAME, "FAILED", reason="ModelError")])
    snapshot = rig.source.gather(rig.source.state(NOTICE))

    again = snapshot_from(json.loads(canonical_json(snapshot.document)))

    assert again == snapshot


@pytest.mark.parametrize("kind", KINDS)
def test_both_sources_give_the_same_snapshot(tmp_path: Path, kind: str) -> None:
    """But for the P99, which one measures and the other was not told."""
    steps = [step(NAME, "FAILED", reason="ModelError")]
    steps = [] if kind == "in progress" else steps
    with local_sagemaker() as server:
        rigs: list[Rig] = [SageMakerRig(server), RecordedRig(tmp_path)]
        documents = []
        for rig in rigs:
            rig.put(KINDS[kind], TAGS, steps)
            snapshot = rig.source.gather(rig.source.state(NOTICE))
            documents.append({**snapshot.document, "measured": None})

    if kind == "in progress":  # SageMaker is not asked for the steps of a job that still runs
        documents = [{**document, "steps": None} for document in documents]
    assert canonical_json(documents[0]) == canonical_json(documents[1])


def in_cli_v2_form(value: Any, member: str = "") -> Any:
    """As the AWS CLI v2 prints it: times in ISO 8601 with the zone of the machine."""
    if isinstance(value, dict):
        return {key: in_cli_v2_form(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [in_cli_v2_form(item) for item in value]
    if member in TIME_MEMBERS:
        return datetime.fromtimestamp(value, timezone(timedelta(hours=-8))).isoformat()
    return value


def in_utc_form(value: Any, member: str = "") -> Any:
    """As the AWS CLI v1 prints it with ``cli_timestamp_format = iso8601`` on a machine in UTC."""
    if isinstance(value, dict):
        return {key: in_utc_form(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [in_utc_form(item) for item in value]
    if member in TIME_MEMBERS:
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    return value


@pytest.mark.parametrize("kind", KINDS)
def test_one_job_has_one_digest_in_every_form(tmp_path: Path, kind: str) -> None:
    """Raw response, AWS CLI v1 and v2, and boto3: the evidence is the same, to the byte."""
    raw = KINDS[kind]
    forms = {
        "raw": raw | {"ResponseMetadata": {"RequestId": "x", "HTTPStatusCode": 200}},
        "cli v1": raw,
        "cli v1 iso": in_utc_form(raw),
        "cli v2": in_cli_v2_form(raw),
    }
    states: list[JobState] = []
    for form, content in forms.items():
        path = tmp_path / f"{form}.json"
        path.write_text(json.dumps(content, indent=4), encoding="utf-8")
        states.append(RecordedFile(path).state(NOTICE))
    with local_sagemaker() as server:
        rig = SageMakerRig(server)
        rig.put(raw, TAGS, [])
        states.append(rig.source.state(NOTICE))

    digests = {
        snapshot_of(
            state,
            tags=[{"Key": "env", "Value": "prod"}],
            steps=[],
            measured={"minimum_samples": 100, "rows": []},
        ).digest
        for state in states
    }

    assert len(digests) == 1
    # A file's content is its revision; but for that, every form names the same state.
    assert len({state.key.partition("#")[0] for state in states}) == 1

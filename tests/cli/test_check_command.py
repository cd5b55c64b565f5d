"""`recgate check` as a person uses it."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.runner import JOBS, POLICIES, ROOT, Answer, recgate

REAL_JOBS = Path(os.environ.get("RECGATE_REAL_JOBS", ROOT.parent / "shared" / "real-jobs"))


def check(file: str | Path, *options: str | Path, stdin: bytes = b"") -> Answer:
    return recgate("check", "--file", file, "--policies", POLICIES, *options, stdin=stdin)


@pytest.mark.parametrize(
    ("job", "code", "first_line"),
    [
        ("fraud-ranker-v14", 0, "PASS fraud-ranker v14"),
        ("support-summarizer-v3", 1, "FAIL support-summarizer v3"),
        ("churn-xgb-v8", 1, "UNKNOWN churn-xgb v8"),
        ("image-tagger-v2", 1, "FAILED image-tagger v2"),
        ("thumbnailer-v5", 0, "PASS thumbnailer v5"),
        ("ranker-refresh-20250617", 0, "WARN ranker v9"),
    ],
)
def test_the_exit_code_says_whether_the_gate_is_open(job: str, code: int, first_line: str) -> None:
    """0 open, 1 closed; the verdict is the first word."""
    answer = check(JOBS / f"{job}.json")

    assert answer.code == code, answer.err
    assert answer.out.splitlines()[0] == first_line
    assert f"Gate {'open' if code == 0 else 'closed'}." in answer.out


def test_a_failure_names_value_limit_distance_and_the_nearest_miss() -> None:
    """What an engineer needs to act on."""
    answer = check(JOBS / "support-summarizer-v3.json")

    assert "ml.g6.2xlarge × 1 (deciding): latency P99 148 ms > limit 120 ms (+24%)" in answer.out
    assert "ml.g6.xlarge × 2: cost/hour $2.81 > limit $2.50 (+12%)" in answer.out
    assert (
        "nearest: ml.g6.xlarge × 2, cost/hour $2.812, $0.312 over; passes at a limit of $2.812"
        in answer.out
    )
    assert "ml.g5.12xlarge: ResourceLimitExceeded when calling CreateEndpoint" in answer.out


def test_json_is_the_record_of_the_decision() -> None:
    """Everything that is printed for people, for machines."""
    answer = check(JOBS / "churn-xgb-v8.json", "--output", "json")

    body = json.loads(answer.out)
    assert answer.code == 1
    assert (body["verdict"], body["gate"]) == ("UNKNOWN", "closed")
    candidate = body["judgements"][0]["candidates"][0]
    assert candidate["readings"]["latency_p99_ms"]["missing"] == (
        "too few samples: 37 of at least 100"
    )
    assert len(body["key"]) == 64


def test_standard_input_is_a_file_too() -> None:
    """`aws sagemaker describe-… | recgate check --file -`."""
    body = (JOBS / "ranker-refresh-20250617.json").read_bytes()

    as_file = check("-", "--tag", "env=dev", stdin=body)
    as_job = recgate("check", "-", "--policies", POLICIES, "--tag", "env=dev", stdin=body)

    assert as_file.code == as_job.code == 0
    assert as_file.out == as_job.out
    assert as_file.out.startswith("WARN ranker v9")


def test_a_job_whose_tags_are_not_known_keeps_the_gate_closed() -> None:
    """And the answer says how to say them."""
    body = (JOBS / "fraud-ranker-v14.json").read_bytes()

    answer = check("-", stdin=body)

    assert answer.code == 1
    assert "prod-realtime may apply: tags.env: not known for this job" in answer.out
    assert "--tag KEY=VALUE" in answer.out


def test_recording_the_same_job_twice_is_one_decision(tmp_path: Path) -> None:
    """With --record the ledger keeps snapshot and decision; without it nothing is kept."""
    ledger = tmp_path / "ledger.sqlite"
    options = ("--record", "--ledger", ledger)
    check(JOBS / "fraud-ranker-v14.json")
    assert not ledger.exists()

    first = check(JOBS / "fraud-ranker-v14.json", *options)
    again = check(JOBS / "fraud-ranker-v14.json", *options)

    assert f"Recorded in {ledger}" in first.out
    assert again.out == first.out
    assert _decisions(ledger) == 1


def test_other_tags_are_other_evidence(tmp_path: Path) -> None:
    """A recorded file with another tag is not the snapshot that was recorded before."""
    ledger = tmp_path / "ledger.sqlite"
    options = ("--record", "--ledger", ledger)

    production = check(JOBS / "ranker-refresh-20250617.json", "--tag", "env=prod", *options)
    development = check(JOBS / "ranker-refresh-20250617.json", "--tag", "env=dev", *options)

    assert production.out.startswith("FAIL")
    assert development.out.startswith("WARN")


def _decisions(ledger: Path) -> int:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(ledger)) as connection:
        query = "SELECT count(*) FROM entries WHERE kind = 'decision'"
        return int(connection.execute(query).fetchone()[0])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("not-json", b"Status: COMPLETED", "JSON"),
        ("a-list", b"[]", "a JSON list, not one job"),
        ("another-api", b'{"TrainingJobName": "t", "TrainingJobStatus": "Completed"}', "Training"),
        ("empty", b"", "is empty"),
        ("deep", b"[" * 200_000, "nest"),
        ("not-text", b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_file_that_is_no_job_is_exit_2_with_one_clear_line(
    tmp_path: Path, name: str, text: bytes, said: str
) -> None:
    """Who, where, what, what next; and no traceback."""
    file = tmp_path / f"{name}.json"
    file.write_bytes(text)

    answer = check(file)

    assert answer.code == 2
    assert answer.out == ""
    assert said in answer.err
    assert str(file) in answer.err
    assert "Traceback" not in answer.err


def _job(**members: object) -> bytes:
    return json.dumps({"JobName": "j", "Status": "COMPLETED", **members}).encode()


TEN_EMPTY_ROWS: list[object] = [{"Metrics": None, "EndpointConfiguration": {}} for _ in range(10)]
DIGITS: list[object] = [{"Metrics": {"CostPerHour": "0.1", "MaxInvocations": "900"}}]
HOSTILE = "bad \x1b[31m\x00<!channel> \u202eevil [bold]"


@pytest.mark.parametrize(
    ("body", "first_word", "said"),
    [
        (_job(InferenceRecommendations=TEN_EMPTY_ROWS), "UNKNOWN", "not reported"),
        (_job(InferenceRecommendations=DIGITS), "UNKNOWN", "not a number: '0.1'"),
        (_job(), "NO RESULT", "no recommendation"),
        (_job(Status="FAILED", FailureReason=HOSTILE), "FAILED", "<!channel>"),
    ],
)
def test_strange_jobs_get_a_clear_answer(body: bytes, first_word: str, said: str) -> None:
    """The gate stays closed and nothing on the terminal is obeyed."""
    answer = check("-", "--tag", "env=dev", stdin=body)

    assert answer.code == 1
    assert answer.out.startswith(first_word)
    assert said in answer.out
    assert not set("\x1b\x00\u202e") & set(answer.out)


def test_every_mistake_of_every_policy_is_told_and_nothing_is_judged(tmp_path: Path) -> None:
    """A folder with any error is refused whole: exit 2."""
    (tmp_path / "a.yaml").write_text("version: 1\npolicy: a\nrequire: {max_cost_per_hour: 1}\n")
    (tmp_path / "b.yaml").write_text("version: 1\npolicy: b\npolicy: b\nrequire: {}\n")
    job = JOBS / "fraud-ranker-v14.json"

    answer = recgate("check", "--file", job, "--policies", tmp_path)

    assert answer.code == 2
    assert "a.yaml:3: require.max_cost_per_hour: unknown key, did you mean" in answer.err
    assert "b.yaml:3" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("job", "--file", "x"),
        ("job", "--tag", "a=b"),
        ("--file", "-", "--tag", "novalue"),
        ("--file", "-", "--record"),
        ("--file", "-", "--output", "xml"),
    ],
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    """Never an answer about a job."""
    answer = recgate("check", "--policies", POLICIES, *arguments)

    assert answer.code == 2
    assert answer.out == ""
    assert answer.err


SENSIBLE = {
    "advanced-load-test-p95-threshold": (0, "WARN"),
    "default-cost-per-inference-only": (1, "UNKNOWN"),
    "default-pytorch-three-rows": (0, "WARN"),
    "default-tensorflow-environment-parameters": (0, "WARN"),
    "default-xgboost-high-throughput": (0, "WARN"),
    "existing-endpoint": (0, "WARN"),
    "failed-invalid-input": (1, "FAILED"),
    "preview-2021-microseconds": (2, ""),
}


@pytest.mark.skipif(not REAL_JOBS.is_dir(), reason="the published results are not here")
@pytest.mark.parametrize("name", sorted(SENSIBLE))
def test_published_results_get_sensible_answers(name: str) -> None:
    """As development jobs: judged by what was published, P99 missing."""
    answer = check(REAL_JOBS / f"{name}.json", "--tag", "env=dev")

    assert (answer.code, answer.out.split(" ")[0].strip()) == SENSIBLE[name]


@pytest.mark.skipif(not REAL_JOBS.is_dir(), reason="the published results are not here")
@pytest.mark.parametrize("name", sorted(SENSIBLE))
def test_no_published_result_passes_production(name: str) -> None:
    """None of them shows a P99."""
    assert check(REAL_JOBS / f"{name}.json", "--tag", "env=prod").code in (1, 2)

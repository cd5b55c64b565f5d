"""Files of policy tests are read whole, or refused with every mistake in its place."""

import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.policy_files.strict_yaml import MAX_VALUES
from recgate.adapters.policy_files.test_files import (
    NoSuchTests,
    paths_of_tests,
    read_policy_tests,
)
from recgate.adapters.recorded_jobs import RecordedFile
from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS
from recgate.domain.job import Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.policy_set import PolicySet
from recgate.domain.policy_test_run import run_policy_tests

ROOT = Path(__file__).parents[2]
BAD_TESTS = sorted(path for path in (Path(__file__).parent / "bad-policy-tests").iterdir())
SHIPPED = sorted((ROOT / "policies" / "tests").glob("*.yaml"))
SCHEMA = json.loads(files("recgate").joinpath("policy-test.v1.schema.json").read_text("utf-8"))

PROD = """
version: 1
policy: prod
applies_to: {tags: {env: prod}, endpoint_kind: realtime}
require:
  max_cost_per_hour_usd: {warn: 2.00, fail: 2.50}
  max_latency_p99_ms: 120
  job: [{path: InputConfig.VpcConfig, present: true}]
"""
MIXED = """
version: 1
policy: mixed
require: {max_cost_per_hour_usd: 2.50, max_instance_count: 4}
"""


def recorded(path: Path, tags: Mapping[str, str] | None) -> Snapshot:
    job = RecordedFile(path, tags=tags)
    return job.gather(job.state(JobNotice(path.stem, Trigger(TriggerSource.COMMAND_LINE))))


@pytest.fixture
def policies(tmp_path: Path) -> PolicySet:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "prod.yaml").write_text(PROD)
    (folder / "mixed.yaml").write_text(MIXED)
    return PolicyFiles(folder).load()


@pytest.mark.parametrize("case", BAD_TESTS, ids=lambda case: case.name)
def test_every_mistake_is_told_at_its_place(
    case: Path, policies: PolicySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adding a case is adding a folder; RECGATE_UPDATE_GOLDEN=1 writes its expected.txt."""
    monkeypatch.chdir(case)

    run = run_policy_tests([read_policy_tests(Path("tests.yaml"), policies, recorded)], policies)
    told = "".join(f"{mistake}\n" for mistake in run.mistakes)

    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        Path("expected.txt").write_text(told, "utf-8")
    assert told == Path("expected.txt").read_text("utf-8")
    assert told


# --- reading -------------------------------------------------------------------------------


def read(folder: Path, text: str, policies: PolicySet) -> Any:
    """The file of tests with this text."""
    path = folder / "tests.yaml"
    path.write_text(text, "utf-8")
    return read_policy_tests(path, policies, recorded)


def test_a_file_with_one_mistake_has_no_tests(tmp_path: Path, policies: PolicySet) -> None:
    """Nothing in it can be relied on, so nothing of it is run."""
    good = (
        "policy: prod\ntoday: 2026-12-10\ntests:\n"
        "  - {name: one, given: [{instance: ml.c7g.xlarge}], expect: {verdict: FAIL}}\n"
    )
    assert len(read(tmp_path, good, policies).tests) == 1

    for other in (
        "expect: {}",
        "expect: {verdict: FAIL}, given_job: {describe: {EndpointPerformances: 3}}",
    ):
        broken = read(tmp_path, f"{good}  - {{name: two, given: [], {other}}}\n", policies)

        assert broken.tests == ()
        assert len(broken.mistakes) == 1


def test_a_recorded_job_is_found_from_where_the_tests_are(
    tmp_path: Path, policies: PolicySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same from every working directory, and what lies beside it is read, too."""
    (tmp_path / "jobs").mkdir()
    job = {"JobName": "j", "Status": "COMPLETED", "InferenceRecommendations": []}
    (tmp_path / "jobs" / "j.json").write_text(json.dumps(job))
    (tmp_path / "jobs" / "j.extra.json").write_text(json.dumps({"Tags": {"env": "prod"}}))
    text = (
        "policy: prod\ntoday: 2026-12-10\ntests:\n"
        "  - {name: one, job: ../jobs/j.json, expect: {verdict: NO_RESULT}}\n"
        "  - name: two\n    job: ../jobs/j.json\n    given_job: {tags: {env: dev}}\n"
        "    expect: {applies: false}\n"
    )
    (tmp_path / "tests").mkdir()
    monkeypatch.chdir("/")

    found = read(tmp_path / "tests", text, policies)

    assert [test.snapshot.tags for test in found.tests] == [{"env": "prod"}, {"env": "dev"}]


def test_files_are_found_once_and_in_order(tmp_path: Path) -> None:
    """A folder, one of its files again, hidden files, and what is no YAML."""
    for name in ("b.yaml", "a.yml", ".hidden.yaml", "notes.md"):
        (tmp_path / name).write_text("")

    found = paths_of_tests([tmp_path / "b.yaml", tmp_path])

    assert [path.name for path in found] == ["b.yaml", "a.yml"]


def test_a_folder_of_policies_means_the_tests_in_it(tmp_path: Path) -> None:
    """`recgate policy test policies` is what people try."""
    (tmp_path / "prod.yaml").write_text(PROD)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "prod.yaml").write_text("")

    assert paths_of_tests([tmp_path]) == (tmp_path / "tests" / "prod.yaml",)


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A misspelt path would else test nothing, and pass."""
    with pytest.raises(NoSuchTests, match="nowhere: no such file or folder of policy tests"):
        paths_of_tests([tmp_path / "nowhere"])


def test_a_file_larger_than_any_policy_test_is_told_as_that(
    tmp_path: Path, policies: PolicySet
) -> None:
    """The strict reader's bounds hold here, too."""
    rows = "\n".join("  - {name: x}" for _ in range(MAX_VALUES))

    found = read(tmp_path, f"policy: prod\ntests:\n{rows}\n", policies)

    assert f"holds more than {MAX_VALUES:,} values" in found.mistakes[0].message


# --- the schema ----------------------------------------------------------------------------


def _properties(schema: Any, path: str = "") -> Any:
    """Every key of the language, with what the schema says of it."""
    if not isinstance(schema, dict):
        return
    for key, about in schema.get("properties", {}).items():
        yield f"{path}.{key}", about
    for key, inner in schema.items():
        yield from _properties(inner, f"{path}.{key}")


def _whole(about: dict[str, Any]) -> dict[str, Any]:
    """A key's schema with what it refers to."""
    reference = about.get("$ref", "")
    whole: dict[str, Any] = SCHEMA["$defs"].get(reference.rpartition("/")[2], {}) | about
    return whole


def test_an_editor_explains_every_key() -> None:
    """Title, description and examples stand at each of them."""
    lacking = [
        path
        for path, about in _properties(SCHEMA)
        if not {"title", "description"} <= set(_whole(about))
        or not ({"examples", "properties"} & set(_whole(about)))
    ]

    assert lacking == []


def test_the_schema_is_one_and_keeps_errors_on_their_path() -> None:
    """No anyOf or oneOf, which tell of a mistake at the mapping around it."""
    Draft202012Validator.check_schema(SCHEMA)

    assert "anyOf" not in json.dumps(SCHEMA)
    assert "oneOf" not in json.dumps(SCHEMA)


def test_an_editor_completes_every_limit_of_the_language() -> None:
    """A limit that the language gets is one that tests can speak of."""
    completed = set(SCHEMA["$defs"]["limits"]["properties"])

    assert completed == {*NUMERIC_LIMITS, *SET_LIMITS}


def test_a_row_has_the_figure_of_every_limit() -> None:
    """Named as its limit is, without max_ and min_."""
    row = SCHEMA["$defs"]["row"]["properties"]
    figures = {*row, *(f"serverless_{key}" for key in row["serverless"]["properties"])}

    for name in NUMERIC_LIMITS:
        assert name.removeprefix("max_").removeprefix("min_") in figures


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_names_its_schema_for_editors(path: Path) -> None:
    """The first line, as in the policies."""
    first = path.read_text("utf-8").splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")

    assert (path.parent / schema).resolve() == ROOT / "src/recgate/policy-test.v1.schema.json"

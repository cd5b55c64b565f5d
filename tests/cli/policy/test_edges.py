"""The edges of `recgate policy test`, `validate` and `new`: each was, or could be, got wrong."""

import json
import os
import pty
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.policy.test_new import new, run_tests
from tests.cli.policy.test_test_command import GOOD, HEAD, POLICY, ROW, answer_to
from tests.cli.runner import JOBS, recgate

RUN = (sys.executable, "-c", "from recgate.cli.main import run; run()")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one policy and no tests, and the shell beside it."""
    (tmp_path / "policies" / "tests").mkdir(parents=True)
    (tmp_path / "policies" / "prod.yaml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECGATE_POLICIES", raising=False)
    return tmp_path


# --- policy test ---------------------------------------------------------------------------


def test_one_of_two_limits_covered_is_not_enough(desk: Path) -> None:
    """Every limit needs its two cases; the one that has them is not asked for again."""
    (desk / "policies" / "prod.yaml").write_text(
        POLICY.replace("2.50}", "2.50, max_instance_count: 4}")
    )
    dear = f"  - {{name: dear, given: [{ROW.replace('0.26', '9')}], expect: {{verdict: FAIL}}}}\n"

    answer = answer_to(desk, GOOD + dear, "--coverage")

    assert answer.code == 1
    assert "prod: 1 of 2 limits" in answer.out
    assert "max_instance_count: no case in which it fails\n" in answer.out
    assert "max_cost_per_hour_usd: no case" not in answer.out


def test_a_recorded_job_without_tags_does_not_pass_a_policy_that_asks_for_them(desk: Path) -> None:
    """Nobody knows whether the policy applies: that is UNKNOWN, and no PASS."""
    (desk / "policies" / "prod.yaml").write_text(f"{POLICY}applies_to: {{tags: {{env: prod}}}}\n")
    shutil.copy(JOBS / "fraud-ranker-v14.json", desk / "job.json")
    tests = HEAD + "  - {name: recorded, job: ../../job.json, expect: {verdict: PASS}}\n"

    answer = answer_to(desk, tests)
    unknown = answer_to(desk, tests.replace("PASS", "UNKNOWN"))

    assert (answer.code, unknown.code) == (1, 0), answer.out + unknown.out
    assert "expected PASS, got UNKNOWN" in answer.out


def test_an_old_green_result_does_not_speak_for_a_run_that_tested_nothing(desk: Path) -> None:
    """A CI server reads the file: it says that nothing was tested."""
    green = answer_to(desk, GOOD, "--junit", "results.xml")

    nothing = answer_to(desk, GOOD, "-k", "nosuch", "--junit", "results.xml")

    root = ElementTree.parse("results.xml").getroot()  # noqa: S314  ours
    assert (green.code, nothing.code) == (0, 2)
    assert root.get("errors") == "1"
    assert "nothing was tested" in (root.findtext("testsuite/testcase/error") or "")


def test_coverage_of_a_rule_on_the_status_is_told(desk: Path) -> None:
    """No test can be suggested for it, and none is made up."""
    (desk / "policies" / "prod.yaml").write_text(
        "version: 1\npolicy: prod\nrequire: {job: [{path: Status, one_of: [COMPLETED]}]}\n"
    )

    answer = answer_to(desk, GOOD, "--coverage")

    assert (answer.code, answer.err) == (1, "")
    assert "job.Status: no case in which it fails" in answer.out


@pytest.mark.parametrize("command", ["test", "validate"])
def test_a_pipe_as_a_recorded_job_is_refused_at_once(desk: Path, command: str) -> None:
    """Nobody writes into it: reading would wait for ever."""
    os.mkfifo(desk / "job.json")
    (desk / "policies" / "tests" / "prod.yaml").write_text(
        HEAD + "  - {name: piped, job: ../../job.json, expect: {verdict: PASS}}\n"
    )

    answer = subprocess.run([*RUN, "policy", command], capture_output=True, check=False, timeout=60)

    told = answer.stdout.decode("utf-8")
    assert answer.returncode == {"test": 2, "validate": 1}[command]
    assert told.startswith("policies/tests/prod.yaml:4:")
    assert "job.json: is not a file" in told


# --- policy validate -----------------------------------------------------------------------


def test_validate_takes_the_folder_that_the_environment_names(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As every other command does."""
    (desk / "policies").rename(desk / "ours")
    (desk / "ours" / "prod.yaml").write_text(POLICY.replace("2.50", "cheap"))
    monkeypatch.setenv("RECGATE_POLICIES", "ours")

    answer = recgate("policy", "validate")

    assert answer.code == 1
    assert answer.out.startswith("ours/prod.yaml:3:")


@pytest.mark.parametrize("arguments", [("policies/*",), ("policies/tests",), ("policies/tests/",)])
def test_what_a_shell_makes_of_a_star_has_no_false_mistake(
    desk: Path, arguments: Sequence[str]
) -> None:
    """The folder of tests is among the files then, and is no folder of policies."""
    (desk / "policies" / "tests" / "prod.yaml").write_text(GOOD)
    paths = [path for each in arguments for path in sorted(Path().glob(each))]

    answer = recgate("policy", "validate", *paths)

    files = "1 file" if len(paths) == 1 else "2 files"
    assert (answer.code, answer.out, answer.err) == (0, f"{files}, no mistake\n", "")


def test_a_mistake_in_a_test_is_told_of_the_folder_of_tests(desk: Path) -> None:
    """Named alone, it is validated as it is within the folder of policies."""
    (desk / "policies" / "tests" / "prod.yaml").write_text(
        GOOD.replace("policy: prod", "policy: p")
    )

    answer = recgate("policy", "validate", "policies/tests")

    assert answer.code == 1
    assert answer.out.startswith("policies/tests/prod.yaml:1:9: policy: ")


# --- policy new ----------------------------------------------------------------------------


def test_all_the_families_that_a_test_would_take_for_another_can_be_allowed(tmp_path: Path) -> None:
    """The test for a family that is not allowed finds one all the same."""
    answer = new(tmp_path, "wide", "--max-p99", "120", "--families", "p5,p4d,g5,c7g,m7i")

    assert answer.code == 0, answer.err
    assert run_tests(tmp_path, "wide").code == 0


@pytest.mark.parametrize("name", ["routes-v3", "waivers-v1"])
def test_a_job_called_like_a_file_of_the_folder_makes_a_policy_of_another_name(
    tmp_path: Path, name: str
) -> None:
    """routes.yaml and waivers.yaml are something else: no such name is offered."""
    folder, job = tmp_path / "policies", tmp_path / "job.json"
    document = json.loads((JOBS / "fraud-ranker-v14.json").read_text("utf-8"))
    document |= {"JobName": name, "InputConfig": {"ModelName": "some-model"}}
    job.write_text(json.dumps(document), "utf-8")

    answer = new(folder, "--from-job", job)

    offered = f"{name.partition('-')[0]}-2"
    assert answer.code == 0, answer.err
    assert (folder / f"{offered}.yaml").exists()
    assert run_tests(folder, offered).code == 0


def test_the_extra_file_stands_in_the_step_that_needs_it(tmp_path: Path) -> None:
    """Without it the next step would judge another job than the policy was made from."""
    folder, other = tmp_path / "policies", tmp_path / "other file.json"
    job = tmp_path / "job.json"
    shutil.copy(JOBS / "fraud-ranker-v14.json", job)
    shutil.copy(JOBS / "fraud-ranker-v14.extra.json", other)

    answer = new(folder, "--from-job", job, "--extra", other, "--output", "json")

    [check] = [step for step in json.loads(answer.out)["next"] if "recgate check" in step]
    words = shlex.split(check)
    assert words[words.index("--extra") + 1] == str(other)
    assert recgate(*words[1:]).code == 0


def on_a_terminal(*arguments: str) -> str:
    """What `recgate ARGUMENTS` prints on a terminal of 80 columns, without colours."""
    ours, theirs = pty.openpty()
    told = b""
    try:
        settings = {"COLUMNS": "80", "LINES": "24", "NO_COLOR": "1", "TERM": "xterm"}
        with subprocess.Popen(
            [*RUN, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **settings},
        ) as process:
            os.close(theirs)
            with suppress(OSError):  # Linux says EIO where the other side is closed
                while read := os.read(ours, 65_536):
                    told += read
            process.wait(timeout=60)
    finally:
        os.close(ours)
    return told.decode("utf-8").replace("\r\n", "\n")


def test_commands_to_paste_are_whole_on_a_narrow_terminal(desk: Path) -> None:
    """A line that recgate broke would be two commands."""
    folder = "a-folder-whose-name-is-so-long-that-it-fills-a-line-of-80-columns/policies"
    options = ("prod", "--max-p99", "120", "--policies", folder)

    told = on_a_terminal("policy", "new", *options)

    step = f"  recgate policy test {folder}/tests/prod.yaml --coverage --policies {folder}"
    assert step in told.splitlines()


def test_tests_to_paste_are_whole_on_a_narrow_terminal(desk: Path) -> None:
    """Pasted as they are printed, the coverage is complete."""
    long = "a long reason for it " * 8
    (desk / "policies" / "prod.yaml").write_text(
        "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 2.50, job: [{path: "
        f"InputConfig.VpcConfig.Subnets, one_of: ['{long.strip()}']}}]}}\n"
    )

    told = on_a_terminal("policy", "test", "--coverage")

    file = told.split("A file of tests for prod:\n")[1]
    assert max(map(len, file.splitlines())) > 80
    (desk / "policies" / "tests" / "prod.yaml").write_text(file)
    assert recgate("policy", "test", "--coverage").code == 0


def test_coverage_of_nothing_is_no_green_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a single test the file says error, as the exit code does."""
    monkeypatch.chdir(tmp_path)
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "p.yaml").write_text("version: 1\npolicy: p\nrequire: {max_instance_count: 1}\n")

    answer = recgate("policy", "test", "--coverage", "--junit", "results.xml")

    assert answer.code == 2
    assert 'errors="1"' in (tmp_path / "results.xml").read_text("utf-8")

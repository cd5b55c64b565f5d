"""`recgate policy test`: the exit code says whether the tests hold, and the words say why not."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.runner import ROOT, Answer, recgate

ROW = "{instance: ml.c7g.xlarge, cost_per_hour_usd: 0.26}"
POLICY = "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 2.50}\n"
HEAD = "policy: prod\ntoday: 2026-12-10\ntests:\n"
GOOD = HEAD + f"  - {{name: cheap, given: [{ROW}], expect: {{verdict: PASS}}}}\n"
DEAR = f"  - {{name: dear, given: [{ROW.replace('0.26', '9')}], expect: {{verdict: FAIL}}}}\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one policy and no tests."""
    (tmp_path / "policies" / "tests").mkdir(parents=True)
    (tmp_path / "policies" / "prod.yaml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer_to(desk: Path, text: str, *options: str) -> Answer:
    """Run the tests in this text."""
    (desk / "policies" / "tests" / "prod.yaml").write_text(text)
    return recgate("policy", "test", *options)


def test_the_shipped_policies_have_full_coverage(tmp_path: Path) -> None:
    """What people copy is tested whole: every limit passes once and fails once."""
    for name in ("policies", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)

    answer = recgate("policy", "test", "--coverage", "--policies", tmp_path / "policies")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[0] == "33 tests in 3 files: all passed"


@pytest.mark.parametrize("name", ["dev", "prod-realtime", "serverless"])
def test_the_scope_of_a_shipped_policy_is_tested(name: str) -> None:
    """Not demanded, and done all the same: one job that it applies to, one that it does not."""
    answer = recgate("policy", "test", "--policies", ROOT / "policies", "--output", "json")

    covered = json.loads(answer.out)["coverage"]["policies"]
    (scope,) = [each["scope"] for each in covered if each["policy"] == name]
    assert scope["applies_in"]
    assert scope["excluded_in"]


def test_a_shipped_policy_that_loses_a_limit_fails_its_tests(tmp_path: Path) -> None:
    """The tests hold the policy: a ceiling that is raised tenfold is noticed."""
    for name in ("policies", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "policies" / "prod-realtime.yaml"
    path.write_text(path.read_text("utf-8").replace("fail: 2.50", "fail: 25.0"), "utf-8")

    answer = recgate("policy", "test", "--policies", tmp_path / "policies")

    assert answer.code == 1
    assert "expected fail, got warn: cost/hour $2.51 > warning limit $2.00" in answer.out


def test_tests_that_pass_exit_0_and_say_what_they_cover(desk: Path) -> None:
    """A summary is enough."""
    answer = answer_to(desk, GOOD)

    assert answer == Answer(
        0,
        "1 test in 1 file: all passed\n"
        "Coverage: 0 of 1 limit; recgate policy test --coverage says what is missing\n",
        "",
    )


def test_a_test_that_fails_exits_1(desk: Path) -> None:
    """With the place, what was expected, what came, and why."""
    answer = answer_to(desk, GOOD.replace("PASS", "FAIL"))

    assert answer.code == 1
    assert answer.out.splitlines()[:3] == [
        "FAILED policies/tests/prod.yaml:4:5 cheap",
        "  line 4: expect.verdict: expected FAIL, got PASS: prod: PASS, the only "
        "configuration complies",
        "    ml.c7g.xlarge × 1 (deciding): meets every limit",
    ]


def test_a_test_that_is_mistaken_exits_2(desk: Path) -> None:
    """An answer that nobody can rely on is none, whatever else passes or fails."""
    answer = answer_to(desk, GOOD.replace("verdict: PASS", "limits: {max_cost_per_hour: pass}"))

    assert answer.code == 2
    assert answer.out.splitlines() == [
        "policies/tests/prod.yaml:4:98: tests[0].expect.limits.max_cost_per_hour: unknown limit, "
        "did you mean max_cost_per_hour_usd?",
        "0 tests in 1 file: 0 passed",
        "1 file has mistakes: no test in it counts as passed.",
    ]


def test_coverage_is_not_told_of_files_with_mistakes(desk: Path) -> None:
    """Their tests would be missing from it, and asked for again."""
    answer = answer_to(desk, GOOD + "  - {name: two}\n", "--coverage")

    assert answer.code == 2
    assert answer.out.splitlines()[-1] == "Coverage is told once no file has mistakes."


def test_a_mistake_outweighs_a_failure(desk: Path) -> None:
    """2 and not 1: the failure may be the mistake's."""
    (desk / "policies" / "tests" / "broken.yaml").write_text("policy: prod\n")

    answer = answer_to(desk, GOOD.replace("PASS", "FAIL"))

    assert answer.code == 2
    assert "FAILED policies/tests/prod.yaml:4:5 cheap" in answer.out


@pytest.mark.parametrize("options", [(), ("-k", "nobody")])
def test_where_nothing_was_tested_nothing_passed(desk: Path, options: tuple[str, ...]) -> None:
    """No file, or a text that no test holds."""
    answer = answer_to(desk, GOOD, *options) if options else recgate("policy", "test")

    assert (answer.code, answer.out) == (2, "")
    assert "nothing was tested" in answer.err


def test_a_path_that_is_not_there_exits_2(desk: Path) -> None:
    """A misspelt path tests nothing."""
    answer = recgate("policy", "test", "policies/test")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "recgate: policies/test: no such file or folder of policy tests.\n"


def test_broken_policies_are_told_as_everywhere(desk: Path) -> None:
    """There is nothing to test then; a CI server's file says so, too."""
    (desk / "policies" / "prod.yaml").write_text(POLICY.replace("2.50", "cheap"))
    (desk / "results.xml").write_text("<testsuites/>")

    answer = answer_to(desk, GOOD, "--junit", "results.xml")

    told = ElementTree.parse("results.xml").findtext("testsuite/testcase/error") or ""  # noqa: S314
    assert answer.code == 2
    assert "policies/prod.yaml:3: require.max_cost_per_hour_usd: expected a number" in answer.err
    assert told.startswith("policies/prod.yaml:3:34: require.max_cost_per_hour_usd: expected")


def test_coverage_demands_what_is_missing_and_writes_it_out(desk: Path) -> None:
    """Pasted as it is printed, the coverage is complete."""
    lacking = answer_to(desk, GOOD, "--coverage")

    pasted = lacking.out.split("To add to the tests of prod:\n")[1]
    whole = answer_to(desk, GOOD + pasted, "--coverage")
    assert lacking.code == 1
    assert "max_cost_per_hour_usd: no case in which it fails\n" in lacking.out
    assert whole.code == 0, whole.out


def test_a_policy_without_tests_is_named_with_a_whole_file(desk: Path) -> None:
    """Also where there is no test at all; then nothing was tested, and that is no 1."""
    (desk / "policies" / "other.yaml").write_text(POLICY.replace("prod", "other"))

    nothing = recgate("policy", "test", "--coverage")
    some = answer_to(desk, GOOD + DEAR, "--coverage")

    assert (nothing.code, some.code) == (2, 1)
    assert "  other: 0 of 1 limit, no tests at all\n" in some.out
    file = some.out.split("A file of tests for other:\n")[1]
    (desk / "policies" / "tests" / "other.yaml").write_text(file)
    assert recgate("policy", "test", "--coverage").code == 0


def test_coverage_of_paths_is_about_the_policies_that_they_test(desk: Path) -> None:
    """Who asks about one file is told about its policy."""
    (desk / "policies" / "other.yaml").write_text(POLICY.replace("prod", "other"))
    (desk / "policies" / "tests" / "prod.yaml").write_text(GOOD + DEAR)

    answer = recgate("policy", "test", "--coverage", "policies/tests/prod.yaml")

    assert answer.code == 0
    assert "other" not in answer.out


def test_coverage_counts_all_tests(desk: Path) -> None:
    """With some left out it would say nothing."""
    answer = answer_to(desk, GOOD, "--coverage", "-k", "cheap")

    assert answer.code == 2
    assert "--coverage counts all tests: leave out -k." in answer.err


def test_some_tests_are_chosen_by_a_text(desk: Path) -> None:
    """In whatever case; the others are not told of."""
    answer = answer_to(desk, GOOD + DEAR, "-k", "DEAR", "-v")

    assert answer == Answer(
        0, "PASSED policies/tests/prod.yaml:5:5 dear\n1 test in 1 file: all passed\n", ""
    )


def test_json_is_one_document_and_nothing_else(desk: Path) -> None:
    """With the cases that coverage lacks, as data."""
    answer = answer_to(desk, GOOD, "--coverage", "--output", "json")

    document = json.loads(answer.out)
    assert answer.code == 1
    assert next(iter(document)) == "schema"
    assert document["schema"] == "recgate-policy-test/1"
    (missing,) = document["coverage"]["missing"]
    assert (missing["limit"], missing["outcome"]) == ("max_cost_per_hour_usd", "fail")
    assert missing["case"]["expect"]["verdict"] == "FAIL"


def test_junit_is_written_beside_what_is_printed(desk: Path) -> None:
    """Failures are there whether somebody reads them here or in CI."""
    answer = answer_to(desk, GOOD.replace("PASS", "FAIL") + DEAR, "--junit", "results.xml")

    root = ElementTree.parse("results.xml").getroot()  # noqa: S314  ours
    assert answer.code == 1
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "1", "0")


def test_the_waivers_of_the_folder_are_left_out_of_account(desk: Path) -> None:
    """They come and go, and a test must say the same tomorrow."""
    (desk / "policies" / "waivers.yaml").write_text(
        "version: 1\nwaivers:\n"
        "  - {id: W-1, policy: prod, limit: max_cost_per_hour_usd, up_to: 10, "
        "only_for: {job_names: ['*']}, reason: CHG-1, requested_by: a@example.com, "
        "approved_by: b@example.com, starts: 2026-12-01, expires: 2026-12-31}\n"
    )

    assert answer_to(desk, HEAD + DEAR).code == 0


def test_help_has_examples_and_exit_codes() -> None:
    """Who asks for help sees what to type."""
    answer = recgate("policy", "test", "--help")

    assert answer.code == 0
    assert "recgate policy test --coverage\n" in answer.out
    assert "Exit codes: 0 all tests passed" in answer.out

"""`recgate policy new` without a terminal: from a job, or from options alone."""

import json
import os
import shlex
import shutil
from pathlib import Path

import pytest

from recgate.adapters.policy_files import PolicyFiles
from recgate.cli.policy import new_files
from tests.cli.runner import JOBS, POLICIES, Answer, recgate


def new(folder: Path, *arguments: str | Path, stdin: bytes = b"") -> Answer:
    """`recgate policy new … --policies FOLDER`."""
    return recgate("policy", "new", *arguments, "--policies", folder, stdin=stdin)


def files(folder: Path) -> list[str]:
    """All that is in a folder, hidden files among it."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def run_tests(folder: Path, name: str) -> Answer:
    """`recgate policy test FOLDER/tests/NAME.yaml --coverage`."""
    tests = folder / "tests" / f"{name}.yaml"
    return recgate("policy", "test", tests, "--coverage", "--policies", folder)


@pytest.mark.parametrize(
    ("job", "options", "name"),
    [
        ("fraud-ranker-v14", [], "fraud-ranker"),
        ("support-summarizer-v3", ["--headroom", "35%"], "support-summarizer"),
        ("churn-xgb-v8", [], "churn-xgb"),
        ("thumbnailer-v5", ["--kind", "serverless"], "thumbnailer"),
        ("ranker-refresh-20250617", ["--enforce", "observe"], "ranker"),
        ("fraud-ranker-v14", ["--enforce", "2199-01-01", "--families", "g5,c6i"], "fraud-ranker"),
    ],
)
def test_a_policy_from_a_job_passes_its_own_tests_and_the_job(
    tmp_path: Path, job: str, options: list[str], name: str
) -> None:
    """Its tests cover every limit, the job itself is among them, and the job is let through."""
    folder = tmp_path / "policies"

    answer = new(folder, "--from-job", JOBS / f"{job}.json", *options)
    checked = recgate("check", "--file", JOBS / f"{job}.json", "--policies", folder)

    assert answer.code == 0, answer.err
    assert run_tests(folder, name).code == 0, run_tests(folder, name).out
    assert checked.out.startswith("PASS"), checked.out
    assert "job: " in (folder / "tests" / f"{name}.yaml").read_text("utf-8")


def test_it_shows_the_candidates_and_says_what_the_policy_says(tmp_path: Path) -> None:
    """Which one was taken, what was written, what it means, what to do next."""
    answer = new(tmp_path, "--from-job", JOBS / "fraud-ranker-v14.json")

    lines = answer.out.splitlines()
    assert lines[0] == "Job fraud-ranker-v14: 4 recommendations"
    assert [line for line in lines if line.startswith("→")] == [
        "→  ml.c7g.xlarge × 1     $0.174               $0.399449        84 ms"
        "          31 ms        7,260/min"
    ]
    assert f"Wrote {tmp_path}/tests/fraud-ranker.yaml" in lines
    assert any(line.startswith("fraud-ranker: One real-time recommendation") for line in lines)


def test_every_next_step_is_a_command_that_works(tmp_path: Path) -> None:
    """What is advised was tried."""
    folder = tmp_path / "my policies"
    answer = new(folder, "--from-job", JOBS / "fraud-ranker-v14.json", "--output", "json")

    steps = [step for step in json.loads(answer.out)["next"] if " > " not in step]

    assert len(steps) > 1
    for step in steps:
        ran = recgate(*shlex.split(step)[1:])
        assert ran.code == 0, f"{step}: {ran.out}{ran.err}"


def test_json_is_one_document_with_all_that_was_decided(tmp_path: Path) -> None:
    """Nothing else is on standard output."""
    answer = new(tmp_path, "--from-job", JOBS / "churn-xgb-v8.json", "--output", "json")

    body = json.loads(answer.out)
    assert next(iter(body)) == "schema"
    assert body["schema"] == "recgate-policy-new/1"
    assert body["recommendation"] == "churn-xgb-v8/d452debc"
    assert body["verdict_on_job"] == "PASS"
    assert body["limits"][0] == {
        "limit": "max_cost_per_hour_usd",
        "warn": 0.096,
        "fail": 0.105,
        "recommendation_has": 0.087,
        "leaves": "20%",
    }
    assert body["left_out"] == [
        {
            "limit": "max_latency_p99_ms",
            "reason": "the job has no figure: too few samples: 37 of at least 100",
        }
    ]


@pytest.mark.parametrize("named", ["fraud-ranker-v14/bb6ff983", "bb6ff983", "ml.g5.xlarge"])
def test_the_recommendation_can_be_named(tmp_path: Path, named: str) -> None:
    """By its id, by the end of it, or by its instance type."""
    job = JOBS / "fraud-ranker-v14.json"

    answer = new(tmp_path, "--from-job", job, "--recommendation", named, "--output", "json")

    body = json.loads(answer.out)
    assert body["recommendation"] == "fraud-ranker-v14/bb6ff983"
    assert body["limits"][0]["fail"] == 1.7


def test_options_alone_make_a_policy(tmp_path: Path) -> None:
    """No job, no terminal: every question has an option."""
    answer = new(
        tmp_path,
        "checkout",
        *("--tag", "env=prod", "--tag", "env=production", "--job-name", "checkout-*"),
        *("--max-cost-per-hour", "2.50", "--max-p99", "120", "--min-throughput", "400"),
        *("--families", "c7g, m7g", "--owner", "Payments & co", "--enforce", "2199-12-31"),
    )

    (policy,) = PolicyFiles(tmp_path).load().policies
    assert answer.code == 0, answer.err
    assert policy.owner == "Payments & co"
    assert str(policy.enforce_from) == "2199-12-31"
    assert [(each.key, each.patterns) for each in policy.scope.conditions] == [
        ("tags.env", ("prod", "production")),
        ("job_names", ("checkout-*",)),
    ]
    assert run_tests(tmp_path, "checkout").code == 0


def test_a_job_from_standard_input_is_no_test_and_its_tags_are_not_known(tmp_path: Path) -> None:
    """What could not be told is said, and nothing is made up for it."""
    body = (JOBS / "fraud-ranker-v14.json").read_bytes()

    answer = new(tmp_path, "--from-job", "-", "--tag", "env=prod", stdin=body)

    assert answer.code == 0, answer.err
    assert "the job itself is not among the tests: it was read from standard input" in answer.out
    assert "\n    job:" not in (tmp_path / "tests" / "fraud-ranker.yaml").read_text("utf-8")
    assert run_tests(tmp_path, "fraud-ranker").code == 0


def test_tags_that_the_recorded_job_does_not_tell_are_given_in_its_test(tmp_path: Path) -> None:
    """So that the test does not rest on a doubt."""
    job = tmp_path / "job.json"
    job.write_bytes((JOBS / "fraud-ranker-v14.json").read_bytes())
    folder = tmp_path / "policies"

    answer = new(folder, "--from-job", job, "--tag", "env=prod")

    text = (folder / "tests" / "fraud-ranker.yaml").read_text("utf-8")
    assert answer.code == 0, answer.err
    assert '    job: "../../job.json"\n    given_job: {tags: {env: prod}}\n' in text
    assert run_tests(folder, "fraud-ranker").code == 0


def test_a_job_that_the_policy_does_not_concern_is_no_test(tmp_path: Path) -> None:
    """A policy for production, made from a job in development: its figures, another scope."""
    job = JOBS / "ranker-refresh-20250617.json"

    answer = new(tmp_path, "--from-job", job, "--tag", "env=prod")

    assert answer.code == 0, answer.err
    assert (
        "Note: the job itself is not among the tests: the policy does not concern it "
        "(tags.env: dev is none of prod)"
    ) in answer.out
    assert run_tests(tmp_path, "ranker").code == 0


def test_a_limit_that_is_given_on_a_figure_that_the_job_lacks_is_unknown(tmp_path: Path) -> None:
    """It was asked for, so it is set; and it is said what follows."""
    job = JOBS / "churn-xgb-v8.json"

    answer = new(tmp_path, "--from-job", job, "--max-p99", "120", "--output", "json")

    body = json.loads(answer.out)
    assert body["verdict_on_job"] == "UNKNOWN"
    assert body["notes"] == ["the job has no figure for max_latency_p99_ms: its verdict is UNKNOWN"]
    assert run_tests(tmp_path, "churn-xgb").code == 0


def test_routes_of_the_folder_can_be_named(tmp_path: Path) -> None:
    """Those of routes.yaml, and no other."""
    (tmp_path / "routes.yaml").write_text("version: 1\nroutes: {desk: {console: {}}}\n", "utf-8")

    refused = new(tmp_path, "a", "--max-p99", "120", "--notify", "desc")
    answer = new(tmp_path, "a", "--max-p99", "120", "--notify", "desk")

    assert (refused.code, refused.err.splitlines()[-1]) == (
        2,
        'Error: --notify: no route is named "desc", did you mean desk?.',
    )
    assert answer.code == 0, answer.err
    assert PolicyFiles(tmp_path).load().policies[0].notify == ("desk",)


def test_a_mistake_in_the_routes_is_told_as_one_of_the_routes(tmp_path: Path) -> None:
    """And not as a fault of recgate, nor with a path that nobody knows."""
    (tmp_path / "routes.yaml").write_text("version: 2\n", "utf-8")

    answer = new(tmp_path, "a", "--max-p99", "120", "--notify", "desk")

    assert answer.code == 2
    assert answer.err == (
        f"recgate: {tmp_path}/routes.yaml has mistakes, so no route can be named: recgate policy "
        "validate tells them.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Nobody can be asked here (no terminal, or --yes). Say NAME and one limit"),
        (["--yes"], "Nobody can be asked here"),
        (["a"], "Nobody can be asked here"),
        (["--max-p99", "1"], "Nobody can be asked here"),
        (["A b", "--max-p99", "1"], 'NAME: "A b" is no id: lower-case letters'),
        (["../a", "--max-p99", "1"], 'NAME: "../a" is no id'),
        (["routes", "--max-p99", "1"], "NAME: routes.yaml is not a policy: choose another name."),
        (["waivers", "--max-p99", "1"], "NAME: waivers.yaml is not a policy"),
        (["x" * 65, "--max-p99", "1"], "at most 64"),
        (["a", "--max-p99", "0"], "--max-p99: 0 would let nothing pass"),
        (["a", "--max-p99", "nan"], '--max-p99: "nan" is no number'),
        (["a", "--max-p99", "1e9"], '--max-p99: "1e9" is no number'),
        (["a", "--families", "ml.c7g.large"], "write it as c7g, without the ml. and the size"),
        (["a", "--max-p99", "1", "--tag", "env"], '--tag: "env" is no tag: KEY=VALUE is needed'),
        (["a", "--max-p99", "1", "--enforce", "2020-01-01"], "2020-01-01 is not to come"),
        (["a", "--max-p99", "1", "--enforce", "soon"], '"soon" is neither now, observe nor a day'),
        (["a", "--max-p99", "1", "--headroom", "5%"], "--headroom is about the job of --from-job"),
        (["a", "--max-p99", "1", "--extra", "x.json"], "--extra goes with --from-job."),
        (["a", "--max-p99", "1", "--owner", "a\nb"], "holds a character that nobody can see"),
        (
            ["a", "--kind", "serverless", "--max-p99", "1", "--families", "c7g"],
            "recgate: No policy can be made of this: a serverless endpoint has no instances: leave",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_with_what_to_do(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    """One reason, exit code 2, and nothing is written: not even the folder."""
    folder = tmp_path / "policies"

    answer = new(folder, *arguments)

    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("job", "options", "said"),
    [
        ("fraud-ranker-v14", ["--headroom", "0.2"], '--headroom: "0.2" is no headroom: write it'),
        (
            "fraud-ranker-v14",
            ["--headroom", "max_latency_p95_ms=10%"],
            'no limit is named "max_latency_p95_ms", did you mean max_latency_p99_ms?',
        ),
        ("fraud-ranker-v14", ["--recommendation", "ml.p5.48xlarge"], "No recommendation is"),
        ("fraud-ranker-v14", ["--families", "p5"], "The job has no recommendation that is p5"),
        ("fraud-ranker-v14", ["--max-p99", "80"], "has 84, so it would fail max_latency_p99_ms"),
        (
            "fraud-ranker-v14",
            ["--recommendation", "ml.g5.xlarge", "--families", "c7g"],
            "this: the recommendation ml.g5.xlarge × 1 is none of c7g, so it would fail.",
        ),
        ("image-tagger-v2", [], "the job ended FAILED, so there is nothing to make a policy"),
        ("not-there", [], "no such file"),
    ],
)
def test_what_a_job_cannot_give_is_refused(
    tmp_path: Path, job: str, options: list[str], said: str
) -> None:
    """The chosen recommendation must pass: what would fail it is no policy from that job."""
    answer = new(tmp_path, "--from-job", JOBS / f"{job}.json", *options)

    assert answer.code == 2
    assert said in answer.err
    assert files(tmp_path) == []


@pytest.mark.parametrize("there", ["a.yaml", "a.yml", "A.YAML", "tests/a.yaml"])
def test_nothing_is_ever_written_over_a_file(tmp_path: Path, there: str) -> None:
    """Whichever of the two is there, however it is spelt."""
    file = tmp_path / there
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine", "utf-8")
    before = files(tmp_path)

    answer = new(tmp_path, "a", "--max-p99", "120")

    assert answer.code == 2
    assert answer.err.startswith(f"recgate: {file} is already there, and nothing is written over")
    assert file.read_text("utf-8") == "mine"
    assert files(tmp_path) == before


@pytest.mark.parametrize("there", ["policies", "policies/tests"])
def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path, there: str) -> None:
    """Nothing is written, and the file is named."""
    file = tmp_path / there
    file.parent.mkdir(exist_ok=True)
    file.write_text("", "utf-8")

    answer = new(tmp_path / "policies", "a", "--max-p99", "120")

    assert answer.code == 2
    assert answer.err == f"recgate: {file} is a file: name a folder with --policies.\n"


def test_a_file_that_comes_in_between_leaves_neither(tmp_path: Path) -> None:
    """Both files or neither: the first is taken back when the second cannot be written."""
    places = new_files.Places(tmp_path / "deep" / "policies", "a")
    places.tests.parent.mkdir(parents=True)
    places.check_free()
    places.tests.write_text("somebody else's", "utf-8")

    with pytest.raises(new_files.AlreadyThere, match=r"tests/a\.yaml is already there"):
        new_files.write(places, "policy", "tests")

    assert files(places.folder) == ["tests", "tests/a.yaml"]
    assert places.tests.read_text("utf-8") == "somebody else's"


def test_what_cannot_be_written_leaves_no_folder(tmp_path: Path) -> None:
    """A text that is no UTF-8 stands for a full disk: the error comes after the folders."""
    places = new_files.Places(tmp_path / "deep" / "policies", "a")

    with pytest.raises(UnicodeEncodeError):
        new_files.write(places, "policy", "\ud800")

    assert files(tmp_path) == []


def test_new_files_have_the_permissions_of_new_files(tmp_path: Path) -> None:
    """A policy is read by colleagues and by the build, not by its writer alone."""
    (tmp_path / "plain").touch()

    new(tmp_path / "policies", "a", "--max-p99", "120")

    plain = (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "policies" / "a.yaml").stat().st_mode == plain


def test_what_the_loader_refuses_is_a_fault_and_is_not_written() -> None:
    """A policy that is not one never reaches the folder."""
    with pytest.raises(new_files.FaultOfOurs, match="the policy would not load: "):
        new_files.loaded("a", "version: 1\npolicy: a\n", ())


def test_tests_that_do_not_pass_are_a_fault() -> None:
    """Nor do tests that fail, are mistaken, or leave a limit uncovered."""
    policies = new_files.loaded(
        "a", "{version: 1, policy: a, require: {max_latency_p99_ms: 9}}", ()
    )
    head = "policy: a\ntoday: 2026-11-22\ntests:\n"
    row = "  - {name: n, given: [{instance: ml.c7g.large, latency_p99_ms: 1}], expect: "

    for rest, said in (
        ("{verdict: FAIL}}", "PASS where FAIL is expected"),
        ("{verdikt: PASS}}", "verdikt"),
        ("{verdict: PASS}}", "a limit is not covered"),
    ):
        with pytest.raises(new_files.FaultOfOurs, match=said):
            new_files.check_tests("a", head + row + rest, policies, None)


def test_the_schema_is_named_where_an_editor_finds_it(tmp_path: Path) -> None:
    """Beside the policies, one folder up, or in a checkout of recgate; else where it belongs."""
    checkout = tmp_path / "checkout"
    (checkout / "src" / "recgate").mkdir(parents=True)
    for schema in ("policy.v1.schema.json", "policy-test.v1.schema.json"):
        (checkout / "src" / "recgate" / schema).touch()

    assert new_files.schema_lines(checkout / "policies") == (
        "../src/recgate/policy.v1.schema.json",
        "../../src/recgate/policy-test.v1.schema.json",
    )
    assert new_files.schema_lines(tmp_path / "policies") == (
        "policy.v1.schema.json",
        "../policy-test.v1.schema.json",
    )


def test_the_owner_of_the_neighbours_is_taken(tmp_path: Path) -> None:
    """A folder has one owner more often than not; a job that names its team says better."""
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)

    new(folder, "a", "--max-p99", "120")
    new(folder, "--from-job", JOBS / "fraud-ranker-v14.json")

    owners = {policy.name: policy.owner for policy in PolicyFiles(folder).load().policies}
    assert owners["a"] == owners["prod-realtime"] == "ml-platform"
    assert owners["fraud-ranker"] == "risk"


def test_a_linked_folder_finds_the_job(tmp_path: Path) -> None:
    """A path with `..` leads out of the folder that a link leads to, not out of the link."""
    real = tmp_path / "far" / "away" / "policies"
    real.mkdir(parents=True)
    link = tmp_path / "policies"
    link.symlink_to(real, target_is_directory=True)
    job = tmp_path / "job.json"
    shutil.copyfile(JOBS / "ranker-refresh-20250617.json", job)

    answer = new(link, "--from-job", job)

    assert answer.code == 0, answer.err
    assert 'job: "../../../../job.json"' in (real / "tests" / "ranker.yaml").read_text("utf-8")
    assert run_tests(link, "ranker").code == 0
    assert os.path.samefile(link, real)


def test_figures_that_no_job_could_have_at_once_still_make_tests_that_pass(tmp_path: Path) -> None:
    """A latency beside a throughput is not believed beyond 1000 callers at once: the tests of a
    policy that allows both take figures that are.
    """
    limits = ("--max-model-latency", "60000", "--min-throughput", "5000")

    answer = new(tmp_path, "slow", *limits)

    assert answer.code == 0, answer.err
    assert run_tests(tmp_path, "slow").code == 0

"""`recgate describe JOB`: its options, its input, its two kinds of answers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.shell_completion import ShellComplete

from recgate.adapters.described_job.model import INPUT_MEMBERS, output_skeleton
from recgate.cli.describe.command import DescribeGroup, describe_command
from recgate.cli.main import recgate as cli
from tests.cli.describe.local_jobs import (
    ARN,
    HOSTILE,
    ODD,
    at_a_desk,
    describe,
    job,
    odd_job,
    recorded,
    recorded_files,
    sagemaker_with,
)
from tests.cli.runner import JOBS, recgate
from tests.servers.sagemaker import LocalSageMaker
from tests.servers.shapes import full_answer, leaves, output_shape, service_model

JOB = "fraud-ranker-v14"
OPERATION = "DescribeInferenceRecommendationsJob"
AWS_OPTIONS = (
    "--job-name", "--cli-input-json", "--cli-input-yaml", "--generate-cli-skeleton", "--query",
    "--output", "--endpoint-url", "--region", "--profile", "--no-sign-request", "--no-verify-ssl",
    "--ca-bundle", "--cli-read-timeout", "--cli-connect-timeout", "--no-paginate", "--debug",
    "--color", "--no-cli-pager", "--cli-binary-format", "--cli-auto-prompt",
    "--no-cli-auto-prompt",
)  # fmt: skip


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSageMaker]:
    at_a_desk(monkeypatch, tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    jobs = [recorded(JOBS / f"{JOB}.json"), job("list", Status="FAILED"), job("steps")]
    with sagemaker_with(*jobs, *(odd_job(name) for name in ODD | HOSTILE)) as started:
        yield started


# --- the job or a command -------------------------------------------------------------------


def test_a_job_is_named_in_every_way(server: LocalSageMaker) -> None:
    """As an argument, an ARN, an option, JSON or YAML."""
    request = json.dumps({"JobName": JOB})
    ways = [(JOB,), (f"{ARN}/{JOB}",), ("--job-name", JOB), ("--cli-input-json", request),
            ("--cli-input-yaml", f"JobName: {JOB}")]  # fmt: skip

    answers = [describe(server, *way, "--query", "JobName") for way in ways]

    assert [(answer.code, answer.out) for answer in answers] == [(0, f'"{JOB}"\n')] * 5


def test_a_job_called_like_a_command_has_a_way_too(server: LocalSageMaker) -> None:
    """The command comes first; the option names any job."""
    answer = describe(server, "--job-name", "list", "--query", "Status")

    assert (answer.code, answer.out) == (0, '"FAILED"\n')
    assert recgate("describe", "list", "--help").out.startswith("Usage: recgate describe list")


def test_a_command_after_an_option_is_a_slip(server: LocalSageMaker) -> None:
    """Nobody gets the job that is called so instead of the list."""
    answer = describe(server, "--color", "off", "list")

    assert (answer.code, answer.out) == (2, "")
    assert "list is a command and comes first: recgate describe list …" in answer.err


def test_nothing_asked_for_is_answered_with_the_help() -> None:
    """With exit code 2: no job was described."""
    answer = recgate("describe")

    assert answer.code == 2
    assert "Usage: recgate describe" in answer.err
    assert re.search(r"Commands:\n +list .*\n +steps ", answer.err)


def test_the_command_is_a_group_of_commands() -> None:
    """For whoever walks the tree of commands."""
    context = click.Context(describe_command)

    assert isinstance(describe_command, DescribeGroup)
    assert describe_command.list_commands(context) == ["list", "steps"]
    assert {each.name for each in describe_command.get_params(context)} >= {"query", "job_name"}


@pytest.mark.parametrize(
    ("words", "begun", "offered"),
    [
        (["describe"], "", {"list", "steps"}),
        (["describe"], "st", {"steps"}),
        (["describe", JOB], "", set()),
        (["describe"], "--cli-i", {"--cli-input-json", "--cli-input-yaml"}),
        (["describe", "--output"], "ya", {"yaml", "yaml-stream"}),
    ],
)
def test_a_shell_completes_commands_and_options(
    words: list[str], begun: str, offered: set[str]
) -> None:
    """Before a job is named, both are possible."""
    completions = ShellComplete(cli, {}, "recgate", "_RECGATE").get_completions(words, begun)

    assert {each.value for each in completions} == offered


def test_every_option_of_the_aws_cli_is_there_and_says_what_it_does() -> None:
    """As issue 5 lists them."""
    said = recgate("describe", "--help").out

    assert [option for option in AWS_OPTIONS if f"\n  {option}" not in said] == []


# --- outputs -------------------------------------------------------------------------------


def test_the_page_is_what_a_person_gets(server: LocalSageMaker) -> None:
    """With tags, that Describe does not know."""
    answer = describe(server, JOB)

    assert answer.code == 0, answer.err
    assert answer.out.startswith(f"{JOB}  COMPLETED\n")
    assert "env=prod" in answer.out.replace(" ", "")
    assert server.count("ListTags") == 1


def test_the_other_outputs_ask_one_question(server: LocalSageMaker) -> None:
    """They are the answer of Describe, and need no other permission."""
    for output in ("json", "yaml", "yaml-stream", "text", "table"):
        assert describe(server, JOB, "--output", output).code == 0

    assert {operation for operation, _ in server.calls} == {OPERATION}


def test_a_page_without_permission_for_tags_says_what_it_is_without(
    server: LocalSageMaker,
) -> None:
    """The job was described, so that is shown."""
    server.fail("ListTags", "AccessDeniedException", message="not authorized")

    answer = describe(server, JOB)

    assert answer.code == 0
    assert answer.out.startswith(f"{JOB}  COMPLETED\n")
    assert answer.err.startswith("recgate: the page is without tags, steps and measured latencies")
    assert "sagemaker:ListTags" in answer.err


def test_yaml_has_the_content_of_json(server: LocalSageMaker) -> None:
    """The same answer, and yaml-stream is a list of it."""
    for name in (JOB, *ODD):
        read = json.loads(describe(server, name, "--output", "json").out)

        assert yaml.safe_load(describe(server, name, "--output", "yaml").out) == read
        assert yaml.safe_load(describe(server, name, "--output", "yaml-stream").out) == [read]


def test_nan_is_there_to_be_seen(server: LocalSageMaker) -> None:
    """As text where it came as text, and where JSON has no number for it."""
    name = "bare-nan"
    found = "InferenceRecommendations[0].Metrics.CostPerHour"

    printed = {
        output: describe(server, name, "--query", found, "--output", output).out
        for output in ("json", "yaml", "text")
    }

    assert printed == {"json": '"NaN"\n', "yaml": '"NaN"\n', "text": "nan\n"}


def test_json_that_a_terminal_cannot_encode_is_escaped(
    server: LocalSageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A console of another century gets valid JSON, too."""
    import io
    import sys

    screen = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", newline="\n")

    from recgate.cli.describe.output import print_answer

    monkeypatch.setattr(sys, "stdout", screen)
    print_answer({"Text": "日本"}, "json", title="", color="auto")
    print_answer({"Text": "日本"}, "text", title="", color="auto")
    screen.flush()

    written = screen.buffer.getvalue()
    assert written == b'{\n    "Text": "\\u65e5\\u672c"\n}\n\\u65e5\\u672c\n'


@pytest.mark.parametrize(
    "wrong",
    [("--output", "page", "--query", "Status"), ("--tag", "a=b"),
     ("--output", "page", "--generate-cli-skeleton", "output")],
)  # fmt: skip
def test_options_that_do_not_go_together_are_refused(
    wrong: tuple[str, ...], server: LocalSageMaker
) -> None:
    """Rather than one of them being passed over."""
    answer = describe(server, JOB, *wrong)

    assert (answer.code, answer.out, server.calls) == (2, "", [])


# --- recorded answers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    # The preview has a member that the model has no longer: a live answer loses it.
    [path for path in recorded_files() if not path.stem.startswith("preview")],
    ids=lambda path: path.stem,
)
def test_a_recorded_answer_prints_like_the_live_one(
    path: Path, server: LocalSageMaker, tmp_path: Path
) -> None:
    """Raw, or as the AWS CLI printed it: the same letters."""
    answer = recorded(path)
    server.put_job(answer, checked=False)
    (tmp_path / "raw.json").write_text(json.dumps(answer), "utf-8")
    live = {each: describe(server, path.stem, "--output", each).out for each in ("json", "table")}
    (tmp_path / "printed.json").write_text(live["json"], "utf-8")

    for name, output in (("raw", "json"), ("raw", "table"), ("printed", "json")):
        file = tmp_path / f"{name}.json"
        assert recgate("describe", "--file", file, "--output", output).out == live[output]


def test_a_recorded_answer_comes_from_standard_input(server: LocalSageMaker) -> None:
    """`aws … | recgate describe - --query …`."""
    raw = (JOBS / f"{JOB}.json").read_bytes()

    answers = [
        recgate("describe", *way, "--query", "Status", "--output", "text", stdin=raw)
        for way in (("-",), ("--file", "-"))
    ]

    assert [answer.out for answer in answers] == ["COMPLETED\n"] * 2


def test_a_recorded_page_shows_what_lies_beside_it() -> None:
    """Tags from NAME.extra.json, or given by hand."""
    file = ("--file", str(JOBS / f"{JOB}.json"))

    answers = [recgate("describe", *file), recgate("describe", *file, "--tag", "who=me")]

    assert "env" in answers[0].out
    assert "who" in answers[1].out
    assert [answer.code for answer in answers] == [0, 0]


def test_members_that_nobody_knows_yet_stay_in_a_recorded_answer(tmp_path: Path) -> None:
    """After the others; what is null is left out, as the AWS CLI leaves it out."""
    answer = {"Tomorrow": 1, "FailureReason": None, **job("a"), "Tags": [], "ResponseMetadata": {}}
    (tmp_path / "a.json").write_text(json.dumps(answer), "utf-8")

    printed = recgate("describe", "--file", str(tmp_path / "a.json"), "--output", "json")

    assert list(json.loads(printed.out)) == [
        "JobName", "JobType", "JobArn", "Status", "CreationTime", "InputConfig", "Tomorrow",
    ]  # fmt: skip


def test_a_recorded_answer_needs_no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that is not there is in nobody's way."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)

    answer = recgate("describe", "--file", JOBS / f"{JOB}.json", "--query", "Status")

    assert (answer.code, answer.out) == (0, '"COMPLETED"\n')


@pytest.mark.parametrize(
    ("text", "said"),
    [("[]", "holds a JSON list"), ("{", "is not JSON"), ('{"TrainingJobName": "x"}', "Training")],
)
def test_a_file_that_is_no_job_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """Whatever the output is."""
    (tmp_path / "a.json").write_text(text, "utf-8")

    for output in ("page", "json"):
        answer = recgate("describe", "--file", str(tmp_path / "a.json"), "--output", output)
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err


# --- the request -----------------------------------------------------------------------------


def test_the_request_is_the_models() -> None:
    """The members that --cli-input-json may have."""
    shape = service_model("sagemaker").operation_model(OPERATION).input_shape
    assert shape is not None

    assert list(shape.members) == list(INPUT_MEMBERS)


def test_the_skeletons_are_requests_and_answers_of_the_model() -> None:
    """YAML and JSON read the same; the sample answer has every member there is."""
    request = json.loads(recgate("describe", "--generate-cli-skeleton").out)
    written = recgate("describe", "--generate-cli-skeleton", "yaml-input").out

    assert request == yaml.safe_load(written) == {"JobName": ""}
    assert written == "JobName: ''  # [REQUIRED] The name of the job.\n"
    assert _members(output_skeleton()) == _members(
        full_answer(output_shape("sagemaker", OPERATION))
    )


def _members(answer: Any) -> set[str]:
    return {step for path, _ in leaves(answer) for step in path if isinstance(step, str)}


def test_a_sample_answer_is_queried_and_printed_like_any() -> None:
    """Nobody is asked, and no job needs to be named."""
    answer = recgate(
        "describe", "--generate-cli-skeleton", "output", "--query", "[JobName, CreationTime]",
        "--output", "text",
    )  # fmt: skip

    assert (answer.code, answer.out) == (0, "JobName\t1970-01-01T00:00:00\n")


def test_a_file_of_input_is_named_with_its_prefix(server: LocalSageMaker, tmp_path: Path) -> None:
    """Of JSON and of YAML, with the variables of the environment in its name."""
    (tmp_path / "a.json").write_text(json.dumps({"JobName": JOB}), "utf-8")
    (tmp_path / "a.yaml").write_text(f"JobName: {JOB}  # mine\n", "utf-8")

    answers = [
        describe(server, f"--cli-input-{kind}", f"file://{tmp_path}/a.{kind}", "--query", "JobName")
        for kind in ("json", "yaml")
    ]

    assert [answer.out for answer in answers] == [f'"{JOB}"\n'] * 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--cli-input-json", '{"JobName": "a",}'),
            "recgate: --cli-input-json:1:1",  # the place and the words are those of this Python
        ),
        (("--cli-input-json", "[]"), "recgate: --cli-input-json: an object is needed, such as"),
        (
            ("--cli-input-json", '{"jobname": "a"}'),
            'recgate: --cli-input-json: unknown member "jobname", did you mean JobName?\n',
        ),
        (
            ("--cli-input-yaml", "Colour: red"),
            'recgate: --cli-input-yaml: unknown member "Colour"; known is JobName.\n',
        ),
        (
            ("--cli-input-yaml", "JobName: [a"),
            "recgate: --cli-input-yaml:1:12: is not YAML: expected ',' or ']'",
        ),
        (
            ("--cli-input-yaml", "JobName: 12"),
            "recgate: --cli-input-yaml: JobName is 12, and must be text. Put it in quotes.\n",
        ),
        (
            ("--cli-input-json", "file:///no/such/file"),
            "recgate: /no/such/file: cannot be read: No such file or directory.",
        ),
        (("bad_name",), 'recgate: "bad_name" names no job: a name has at most 64 letters'),
        ((JOB, "--query", "a["), 'recgate: --query "a[", character 3: is not JMESPath'),
        ((JOB, "--query", "a = b"), 'recgate: --query "a = b", character 3: is not JMESPath'),
        ((JOB, "--query", ""), "recgate: --query: is empty."),
        ((JOB, "--query", "length(Status, @)"), 'recgate: --query "length(Status, @)": '),
        ((JOB, "--query", "len(@)"), 'recgate: --query "len(@)": Unknown function: len()'),
        ((JOB, "--endpoint-url", "localhost"), "recgate: --endpoint-url localhost: an address"),
        (
            (f"{ARN}/{JOB}", "--region", "us-east-1"),
            f"recgate: Job {JOB} is in eu-west-1, as its ARN says, and not in us-east-1.",
        ),
    ],
)
def test_a_mistake_is_one_line_that_says_where_and_what(
    arguments: tuple[str, ...], said: str, server: LocalSageMaker
) -> None:
    """Before anybody is asked, but for a query that only the answer shows to be wrong."""
    elsewhere = [] if "--endpoint-url" in arguments else ["--endpoint-url", server.endpoint_url]

    answer = recgate("describe", *arguments, *elsewhere)

    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith(said)


@pytest.mark.parametrize("named", [(JOB,), ("--job-name", JOB)])
@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_a_job_on_the_command_line_counts_before_the_input(
    named: tuple[str, ...], kind: str, server: LocalSageMaker
) -> None:
    """As in the AWS CLI."""
    request = (f"--cli-input-{kind}", '{"JobName": "list"}')

    answer = describe(server, *named, *request, "--query", "JobName")

    assert (answer.code, answer.out) == (0, f'"{JOB}"\n')


def test_the_name_of_a_file_in_the_place_of_json_is_recognised(
    server: LocalSageMaker, tmp_path: Path
) -> None:
    """The prefix is what everybody forgets."""
    (tmp_path / "a.json").write_text("{}", "utf-8")

    for option in ("--cli-input-json", "--cli-input-yaml"):
        answer = describe(server, option, str(tmp_path / "a.json"))

        assert answer.code == 2
        assert f"A file is named as file://{tmp_path}/a.json" in answer.err


def test_a_mistake_in_the_input_is_told_even_when_the_job_is_named(
    server: LocalSageMaker,
) -> None:
    """What is overruled is still read."""
    answer = describe(server, JOB, "--cli-input-json", '{"JobNam": "a"}')

    assert answer.code == 2
    assert "did you mean JobName?" in answer.err


@pytest.mark.parametrize(
    "options",
    [("--no-paginate",), ("--no-cli-pager",), ("--cli-binary-format", "base64"),
     ("--no-cli-auto-prompt",)],
)  # fmt: skip
def test_an_option_without_a_meaning_here_changes_nothing(
    options: tuple[str, ...], server: LocalSageMaker
) -> None:
    """A command line of the AWS CLI works as it stands."""
    plain = describe(server, JOB, "--output", "json")

    assert describe(server, JOB, "--output", "json", *options) == plain


def test_auto_prompt_is_refused_with_words(server: LocalSageMaker) -> None:
    """Whoever waits to be asked must hear that nobody will ask."""
    answer = describe(server, "--cli-auto-prompt")

    assert answer.code == 2
    assert "--cli-auto-prompt: recgate asks nothing on the way." in answer.err

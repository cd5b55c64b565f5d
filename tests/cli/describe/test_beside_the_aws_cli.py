"""`recgate describe` and the AWS CLI, side by side on one local SageMaker."""

import json
import math
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.describe.local_jobs import (
    HOSTILE,
    ODD,
    at_a_desk,
    desk,
    odd_job,
    recorded,
    recorded_files,
    sagemaker_with,
)
from tests.cli.runner import ROOT, recgate
from tests.servers.sagemaker import LocalSageMaker

pytestmark = pytest.mark.slow

OPERATION = ("sagemaker", "describe-inference-recommendations-job")
FORMATS = ("json", "text", "table")
QUERIES = (
    "Status",
    "NoSuchMember",
    "[JobName, Status]",
    "{Name: JobName, Costs: InferenceRecommendations[].Metrics.CostPerHour}",
    "InferenceRecommendations[].Metrics",
    "InferenceRecommendations[].[EndpointConfiguration.InstanceType, Metrics.CostPerHour]",
    "InferenceRecommendations[?Metrics.MaxInvocations > `500`].RecommendationId",
    "length(InferenceRecommendations)",
    "InferenceRecommendations[].EndpointConfiguration.ServerlessConfig[]",
    "sort_by(InferenceRecommendations, &RecommendationId)[0]",
    "InferenceRecommendations",
)
IN_NO_TABLE = ("Status", "length(InferenceRecommendations)")
"""A value alone: the AWS CLI draws a table without it."""

JOBS = {path.stem: recorded(path) for path in recorded_files()} | {
    name: odd_job(name) for name in ODD | HOSTILE
}
WELL = [name for name in JOBS if name not in HOSTILE]
SKELETON = "--generate-cli-skeleton"

Command = tuple[str, ...]


def shown(name: str) -> list[Command]:
    """The job in each format that version 1 has."""
    return [("--job-name", name, "--output", output) for output in FORMATS]


def queried(query: str) -> list[Command]:
    """What the query finds, in each format that rearranges it."""
    name = ("--job-name", "thumbnailer-v5", "--query", query)
    return [(*name, "--output", output) for output in FORMATS[1:]]


COLOURED = ("--job-name", "thumbnailer-v5", "--output", "table", "--color", "on")
SKELETONS: list[Command] = [(SKELETON,), (SKELETON, "input")]
INPUT = ("--cli-input-json", '{"JobName": "unicode"}', "--query", "JobName", "--output", "json")
OVERRULED = ("--job-name", "thumbnailer-v5", *INPUT)
WRONG: list[Command] = [
    ("--job-name", "no-such-job"),
    ("--job-name", "x", "--query", "a["),
    ("--cli-input-json", "{"),
    ("--cli-input-json", '{"Jobname": "x"}'),
    ("--job-name", "x", "--output", "xml"),
    ("--job-name", "x", "--profile", "nobody"),
]
ISO_8601, WIRE = (f"[default]\ncli_timestamp_format = {word}\n" for word in ("iso8601", "wire"))


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command of the AWS CLI printed."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def server() -> Iterator[LocalSageMaker]:
    with sagemaker_with(*JOBS.values()) as started:
        yield started


@pytest.fixture(scope="module")
def version_1(
    server: LocalSageMaker, tmp_path_factory: pytest.TempPathFactory
) -> dict[Command, Printed]:
    """What version 1 prints for every command in this file, with times as version 2 has them."""
    commands = [
        *(command for name in WELL for command in shown(name)),
        *(command for query in QUERIES for command in queried(query)),
        *(shown(name)[0] for name in HOSTILE),
        COLOURED, *SKELETONS, INPUT, OVERRULED, *WRONG,
    ]  # fmt: skip
    return by_version_1(server, tmp_path_factory.mktemp("aws"), ISO_8601, commands)


def by_version_1(
    server: LocalSageMaker, folder: Path, config: str, commands: Sequence[Command]
) -> dict[Command, Printed]:
    python = ROOT / ".venv-awscli/bin/python"
    if not python.exists():
        pytest.skip("There is no AWS CLI in .venv-awscli; `make test` puts it there.")
    (folder / "aws-config").write_text(config, "utf-8")
    # Two at a time: a command takes version 1 a fifth of a second.
    halves = [half for half in (commands[::2], commands[1::2]) if half]
    started = [its_process(python, server, folder) for _ in halves]
    for process, half in zip(started, halves, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps([[*OPERATION, *command] for command in half]))
        process.stdin.close()
        process.stdin = None
    printed: dict[Command, Printed] = {}
    for process, half in zip(started, halves, strict=True):
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        results = [Printed(**each) for each in json.loads(out)]
        printed |= dict(zip(half, results, strict=True))
    return printed


def its_process(python: Path, server: LocalSageMaker, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(python), str(Path(__file__).with_name("aws_cli_driver.py"))],
        env=its_environment(server, folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@cache
def version_2() -> str | None:
    """The program that is version 2 of the AWS CLI, if there is one on PATH."""
    program = shutil.which("aws") or ""
    said = program and subprocess.run([program, "--version"], capture_output=True, check=False)
    return program if said and said.stdout.startswith(b"aws-cli/2") else None


def by_version_2(server: LocalSageMaker, folder: Path, command: Command) -> Printed:
    program = version_2()
    if program is None:
        pytest.skip("There is no version 2 of the AWS CLI on PATH.")
    done = subprocess.run(
        # Versions before 2.13 do not know AWS_ENDPOINT_URL.
        [program, *OPERATION, *command, "--endpoint-url", server.endpoint_url],
        env=its_environment(server, folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Printed(done.returncode, done.stdout, done.stderr)


def its_environment(server: LocalSageMaker, folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    fixed = {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "TZ": "UTC", "AWS_PAGER": ""}
    return {**kept, **desk(folder), **fixed, "AWS_ENDPOINT_URL": server.endpoint_url}


def ours(server: LocalSageMaker, *arguments: str) -> str:
    answer = recgate("describe", *arguments, "--endpoint-url", server.endpoint_url)
    assert answer.code == 0, answer.err
    return answer.out


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TZ", "UTC")
    at_a_desk(monkeypatch, tmp_path, ISO_8601)
    return tmp_path


@pytest.mark.parametrize("name", WELL)
def test_version_1_prints_the_same_letters(
    name: str, server: LocalSageMaker, version_1: dict[Command, Printed]
) -> None:
    """JSON, rows of text and tables."""
    mine = {command: ours(server, *command) for command in shown(name)}

    assert mine == {command: version_1[command].out for command in shown(name)}
    assert [version_1[command].code for command in shown(name)] == [0, 0, 0]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_and_prints_the_same(
    query: str, server: LocalSageMaker, version_1: dict[Command, Printed]
) -> None:
    """Of any shape: a value, nothing, a row, rows, an object, a list of objects."""
    commands = queried(query)[: 1 if query in IN_NO_TABLE else 2]

    mine = {command: ours(server, *command) for command in commands}

    assert mine == {command: version_1[command].out for command in commands}
    assert {version_1[command].code for command in commands} == {0}


@pytest.mark.parametrize("query", IN_NO_TABLE)
def test_a_value_alone_is_in_its_table(
    query: str, server: LocalSageMaker, version_1: dict[Command, Printed]
) -> None:
    """The AWS CLI draws the heading, and nothing below it."""
    *_, table = queried(query)

    mine = ours(server, *table)

    heading = "".join(version_1[table].out.splitlines(keepends=True))
    assert mine.startswith(heading)
    assert len(mine.splitlines()) == len(heading.splitlines()) + 2


def test_colours_are_the_same_colours(
    server: LocalSageMaker, version_1: dict[Command, Printed]
) -> None:
    """The AWS CLI sets them back more often than there is anything to set back."""
    mine = ours(server, *COLOURED)

    assert "\x1b[1m\x1b[34mml.c7g.large\x1b[0m" in mine
    assert _letters(mine) == _letters(version_1[COLOURED].out)


def _letters(text: str) -> list[tuple[str, str]]:
    """Every letter with the colour that it has."""
    colour, letters = "", []
    for part in re.split(r"(\x1b\[\d+m)", text):
        if part.startswith("\x1b"):
            colour = "" if part == "\x1b[0m" else colour + part
        else:
            letters += [(letter, colour) for letter in part]
    return letters


def test_times_stay_as_they_came_where_the_configuration_says_so(
    server: LocalSageMaker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cli_timestamp_format = wire, which is what version 1 does anyway."""
    at_a_desk(monkeypatch, folder, WIRE)
    commands = shown("fraud-ranker-v14")

    mine = {command: ours(server, *command) for command in commands}

    theirs = by_version_1(server, folder, WIRE, commands)
    assert mine == {command: theirs[command].out for command in commands}
    assert '"CreationTime": 1749798000.593' in mine[commands[0]]


@pytest.mark.parametrize("name", HOSTILE)
def test_json_is_json_where_the_aws_clis_is_not(
    name: str, server: LocalSageMaker, version_1: dict[Command, Printed]
) -> None:
    """A bare NaN becomes "NaN"; what nobody can see is escaped, and reads back as it was."""
    command, *_ = shown(name)

    mine = json.loads(ours(server, *command), parse_constant=_no_json)

    assert mine == json.loads(version_1[command].out, parse_constant=str)


def _no_json(word: str) -> Any:
    raise AssertionError(f"{word} is not JSON")


def test_skeletons_are_the_same(server: LocalSageMaker, version_1: dict[Command, Printed]) -> None:
    """The empty request, to be filled in."""
    mine = {command: ours(server, *command) for command in SKELETONS}

    assert mine == {command: version_1[command].out for command in SKELETONS}


def test_the_command_line_overrules_the_input(
    server: LocalSageMaker, version_1: dict[Command, Printed]
) -> None:
    """The name in --cli-input-json counts when there is no other."""
    mine = [ours(server, *command) for command in (INPUT, OVERRULED)]

    assert mine == [version_1[command].out for command in (INPUT, OVERRULED)]
    assert mine == ['"unicode"\n', '"thumbnailer-v5"\n']


@pytest.mark.parametrize("command", WRONG, ids=" ".join)
def test_both_end_badly_with_nothing_on_standard_output(
    command: Command, server: LocalSageMaker, version_1: dict[Command, Printed]
) -> None:
    """The AWS CLI says 2 or 252 to 255, by its version; recgate says 2, as all its commands do."""
    mine = recgate("describe", *command, "--endpoint-url", server.endpoint_url)

    assert (mine.out, mine.code) == ("", 2)
    assert (version_1[command].out, version_1[command].code > 1) == ("", True)


@pytest.mark.parametrize("name", WELL)
def test_version_2_has_the_same_content(name: str, server: LocalSageMaker, folder: Path) -> None:
    """Where it is on PATH; one that is older than a member of the answer leaves that out."""
    commands = {
        output: ("--job-name", name, "--output", output)
        for output in ("json", "yaml", "yaml-stream", "text", "table")
    }

    theirs = {output: by_version_2(server, folder, command) for output, command in commands.items()}

    mine = {output: ours(server, *command) for output, command in commands.items()}
    assert {each.code for each in theirs.values()} == {0}, theirs
    assert _within(json.loads(theirs["json"].out), json.loads(mine["json"]))
    for output in ("yaml", "yaml-stream"):
        assert _within(yaml.safe_load(theirs[output].out), yaml.safe_load(mine[output]))
    assert _within(yaml.safe_load(mine["yaml"]), json.loads(mine["json"]))
    if _within(json.loads(mine["json"]), json.loads(theirs["json"].out)):
        # Where it knows all members; without one of them its columns are others.
        for output in ("text", "table"):
            assert mine[output] == theirs[output].out


def _within(theirs: Any, mine: Any) -> bool:
    """Whether all that they print is printed here, and the same.

    Version 2 writes 9e-07 and the text yes into its YAML as they are, which YAML 1.1 reads as text
    and as true; ours reads as the number and the text that they were.
    """
    if isinstance(theirs, dict):
        return all(name in mine and _within(theirs[name], mine[name]) for name in theirs)
    if isinstance(theirs, list):
        return len(theirs) == len(mine) and all(map(_within, theirs, mine))
    if isinstance(theirs, str) and isinstance(mine, float):
        return re.fullmatch(r"\d+e-\d+", theirs) is not None and float(theirs) == mine
    if isinstance(theirs, bool) and isinstance(mine, str):
        return mine in (("yes", "on", "true") if theirs else ("no", "off", "false"))
    if isinstance(theirs, float) and math.isnan(theirs):
        return mine == "NaN" or (isinstance(mine, float) and math.isnan(mine))
    return bool(theirs == mine)

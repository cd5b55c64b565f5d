"""What holds for every command alike: help, examples, options, exit codes, colours, errors.

The commands are found in the tables that `recgate` itself is made of, so a new one is held to
the rules the day it is there.
"""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click
import pytest

from recgate.cli.lazy_group import LazyGroup
from recgate.cli.main import COMMANDS
from recgate.cli.main import recgate as root
from tests.cli.runner import JOBS, POLICIES, ROOT, recgate
from tests.docs.console import environment

ESCAPE = "\x1b"
LINE_LIMIT, SUMMARY_LIMIT = 60, 80

WITHOUT_OUTPUT: Mapping[str, str] = {
    "demo": "shows the main job to a person",
    "completion": "prints a script for a shell",
    "preview": "makes a page to look at",
    "report": "makes a page to look at; recgate explain --output json has what is in it",
    "audit report": "makes a page to look at; recgate audit export and verify have what is in it",
    "notify test": "tries a route, and tells a person how that went",
}
"""Commands that answer nothing a program would ask for, each with the reason."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A command that does something. ``line`` is what the table says of it, None: no table does."""

    path: tuple[str, ...]
    place: str
    line: str | None

    @property
    def name(self) -> str:
        """As a person types it, without `recgate`."""
        return " ".join(self.path)

    @property
    def command(self) -> click.Command:
        """The command itself, imported now."""
        group: click.Command = root
        for word in self.path:
            assert isinstance(group, click.Group)
            found = group.get_command(_root(), word)
            assert found is not None, f"{self.place}: there is no recgate {self.name}"
            group = found
        return _what_it_does(group)


def _root() -> click.Context:
    """Where every command is called from: it says how help is asked for."""
    return click.Context(root, info_name="recgate", **root.context_settings)


def _what_it_does(command: click.Command) -> click.Command:
    """The command; of a group whose first argument may be a job, the one that describes it."""
    if not isinstance(command, click.Group):
        return command
    return command.make_context(command.name, ["-"], parent=_root(), resilient_parsing=True).command


def _leaves(table: Mapping[str, tuple[str, str]], above: tuple[str, ...] = ()) -> Iterator[Leaf]:
    for name, (place, line) in table.items():
        path = (*above, name)
        module, _, attribute = place.partition(":")
        try:
            command = getattr(import_module(module), attribute)
        except (ImportError, AttributeError):
            command = None  # its own test says so
        if isinstance(command, LazyGroup):
            if type(command) is not LazyGroup:
                yield Leaf(path, place, line)
            yield from _leaves(command.commands_at, path)
        elif isinstance(command, click.Group):
            yield from (Leaf((*path, each), place, None) for each in command.commands)
        else:
            yield Leaf(path, place, line)


LEAVES = tuple(_leaves(COMMANDS))
every_command = pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.name)


def _groups() -> list[tuple[str, ...]]:
    """The groups whose first argument is a command; that of `describe` may be a job's name."""
    return sorted({leaf.path[:-1] for leaf in LEAVES} - {("describe",)})


def examples(leaf: Leaf) -> list[list[str]]:
    """The words after the command's name, of each example in its help."""
    found = []
    for line in _joined(leaf.command.help or "").splitlines():
        for part in re.split(r"\s\|\s", line.strip()):
            words = _words(part)
            if _is_of(words, leaf):
                found.append(words[len(leaf.path) + 1 :])
    return found


def _joined(text: str) -> str:
    """The text with lines that end in a backslash and the next ones as one."""
    return re.sub(r"\\\n\s*", "", text)


def _words(text: str) -> list[str]:
    """The words of a command line, up to a comment or what is the shell's own."""
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return []  # prose with an apostrophe
    ends = [at for at, word in enumerate(words) if word in (">", "<", "&&", "||", ";")]
    return words[: ends[0]] if ends else words


def _is_of(words: list[str], leaf: Leaf) -> bool:
    """Whether it is this command that is called, and not one below it."""
    called = ("recgate", *leaf.path)
    below = words[len(called) : len(called) + 1]
    others = [each.path[-1] for each in LEAVES if each.path[:-1] == leaf.path]
    return tuple(words[: len(called)]) == called and not set(below) & set(others)


@every_command
def test_the_table_says_where_a_command_is_and_what_it_is_for(leaf: Leaf) -> None:
    """One line, which fits beside the name; the help of the group is made from it alone."""
    command = leaf.command

    assert command.get_short_help_str(200).strip()
    if leaf.line is not None:
        assert leaf.line == leaf.line.strip() != ""
        assert leaf.line.endswith(".")
        assert len(leaf.line) <= LINE_LIMIT


@every_command
def test_the_help_begins_with_one_sentence(leaf: Leaf) -> None:
    """On one line, so that it is a summary wherever it is shown."""
    lines = (leaf.command.help or "").splitlines()

    assert lines, "has no help"
    assert lines[0].rstrip().endswith(".")
    assert len(lines[0]) <= SUMMARY_LIMIT
    assert not lines[1:] or not lines[1].strip("\b ")


@every_command
def test_the_help_has_an_example_and_every_example_is_right(leaf: Leaf) -> None:
    """Its options exist, and take the words that they are given."""
    found = examples(leaf)

    assert found, f"no line of the help begins with: recgate {leaf.name}"
    for words in found:
        try:
            leaf.command.make_context(leaf.name, list(words), parent=_root()).close()
        except click.exceptions.UsageError as refusal:
            pytest.fail(f"recgate {leaf.name} {shlex.join(words)}: {refusal.format_message()}")


@every_command
def test_a_program_gets_json(leaf: Leaf) -> None:
    """--output json, wherever a command answers something."""
    option = next((each for each in leaf.command.params if "--output" in each.opts), None)

    if leaf.name in WITHOUT_OUTPUT:
        assert option is None, "has --output: take it out of WITHOUT_OUTPUT"
        return
    assert option is not None, "has no --output, and no reason in WITHOUT_OUTPUT"
    assert isinstance(option.type, click.Choice)
    assert "json" in option.type.choices


def test_every_exemption_is_a_command() -> None:
    """A name that nobody has any more exempts nobody."""
    assert set(WITHOUT_OUTPUT) <= {leaf.name for leaf in LEAVES}


@every_command
def test_every_option_is_explained(leaf: Leaf) -> None:
    """Also those that several commands share."""
    options = [each for each in leaf.command.params if isinstance(each, click.Option)]

    silent = [each.opts[0] for each in options if not each.hidden and not (each.help or "").strip()]

    assert silent == []


@every_command
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_there_under_both_its_names(leaf: Leaf, option: str) -> None:
    """Without a colour, and with --debug among the options."""
    answer = recgate(*leaf.path, option)

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: recgate {leaf.name}")
    assert "--debug" in answer.out
    assert ESCAPE not in answer.out


@every_command
def test_a_wrong_option_is_refused(leaf: Leaf) -> None:
    """Exit code 2, which is no answer; and no traceback."""
    answer = recgate(*leaf.path, "--no-such-option")

    assert (answer.code, answer.out) == (2, "")
    assert "--no-such-option" in answer.err
    assert "Traceback" not in answer.err
    assert "a fault of recgate" not in answer.err


@pytest.mark.parametrize("group", _groups(), ids=lambda group: " ".join(("recgate", *group)))
def test_a_slip_of_a_command_is_told_with_the_one_that_was_meant(group: tuple[str, ...]) -> None:
    """`recgate polcy` is `recgate policy`."""
    name = next(leaf.path[-1] for leaf in LEAVES if leaf.path[:-1] == group)
    slip = f"{name[:-1]}x{name[-1]}"

    answer = recgate(*group, slip)

    assert answer.code == 2
    assert re.search(rf"[Dd]id you mean '?{name}'?\?", answer.err), answer.err


# --- what a process of its own shows --------------------------------------------------------


def ran(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """`recgate ARGUMENTS`, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from recgate.cli.main import run; run()", *arguments],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT / "src"), **environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["policy", "--help"], ["--version"]])
def test_help_is_fast_because_nothing_is_loaded_for_it(arguments: list[str]) -> None:
    """Neither AWS's libraries nor those that read, check and draw."""
    program = (
        "import sys\n"
        "from recgate.cli.main import run\n"
        "try:\n"
        f"    run({arguments!r})\n"
        "except SystemExit:\n"
        "    print(*sorted(sys.modules), file=sys.stderr)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(PYTHONPATH=str(ROOT / "src")),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    loaded = set(done.stderr.split())
    assert "click" in loaded
    heavy = {"boto3", "botocore", "rich", "yaml", "jsonschema", "jmespath", "slack_sdk"}
    assert loaded & heavy == set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    """It names the command, and the variable by which the shell asks."""
    answer = recgate("completion", shell)

    assert (answer.code, answer.err) == (0, "")
    assert "recgate" in answer.out
    assert f"_RECGATE_COMPLETE={shell}_complete" in answer.out


def _asked(shell: str, words: list[str]) -> dict[str, str]:
    """How a shell tells what was typed, by click's scripts."""
    if shell == "fish":
        return {"COMP_WORDS": " ".join(words[:-1]), "COMP_CWORD": words[-1]}
    return {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("recgate po", "policy"),
        ("recgate policy val", "validate"),
        ("recgate check --ou", "--output"),
        ("recgate check --output j", "json"),
    ],
)
def test_a_shell_completes_commands_and_options(shell: str, typed: str, offered: str) -> None:
    """As the script asks for it."""
    asked = _asked(shell, typed.split())

    done = ran(_RECGATE_COMPLETE=f"{shell}_complete", **asked)

    assert offered in re.split(r"[\s,]+", done.stdout), done.stdout + done.stderr


PRINTING = (
    ("check", "--file", f"{JOBS}/support-summarizer-v3.json", "--policies", f"{POLICIES}"),
    ("explain", "--file", f"{JOBS}/support-summarizer-v3.json", "--policies", f"{POLICIES}"),
    ("policy", "validate", f"{POLICIES}"),
    ("policy", "test", "--policies", f"{POLICIES}", "--coverage"),
    ("describe", "--file", f"{JOBS}/support-summarizer-v3.json"),
    ("backtest", "--jobs", f"{JOBS}", "--policies", f"{POLICIES}"),
    ("waiver", "list", "--policies", f"{POLICIES}"),
)
"""Commands that print for people, with something to print that has colours at a terminal."""
printing = pytest.mark.parametrize("arguments", PRINTING, ids=lambda words: " ".join(words[:2]))


@printing
def test_in_a_pipe_nothing_is_coloured(arguments: tuple[str, ...]) -> None:
    """Nor in a terminal that CI pretends to have."""
    done = ran(*arguments, TERM="xterm-256color")

    assert done.stdout
    assert ESCAPE not in done.stdout + done.stderr


@printing
def test_no_color_is_heard_at_a_terminal(arguments: tuple[str, ...]) -> None:
    """https://no-color.org: no escape character at all; without it there are some."""
    plain = at_terminal(*arguments, NO_COLOR="1")

    assert len(plain) > 10
    assert ESCAPE not in plain


def test_at_a_terminal_a_verdict_is_coloured() -> None:
    """Or the tests above would say nothing."""
    assert ESCAPE in at_terminal(*PRINTING[0])


def at_terminal(*arguments: str, **environ: str) -> str:
    """What `recgate ARGUMENTS` prints at a terminal with colours."""
    terminal, theirs = pty.openpty()
    said = b""
    with subprocess.Popen(
        [sys.executable, "-c", "from recgate.cli.main import run; run()", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=environment(TERM="xterm-256color", PYTHONPATH=str(ROOT / "src"), **environ),
    ):
        os.close(theirs)
        with suppress(OSError):  # Linux says the end of a terminal with an error
            while read := os.read(terminal, 4096):
                said += read
        os.close(terminal)
    return said.decode()


# --- errors ---------------------------------------------------------------------------------

JOB = f"{JOBS}/fraud-ranker-v14.json"
READING_POLICIES = (
    ("check", "--file", JOB),
    ("explain", "--file", JOB),
    ("preview", "--file", JOB, "--out", "-"),
    ("report", "--file", JOB, "--out", "-"),
    ("policy", "test"),
    ("backtest", "--jobs", f"{JOBS}"),
    ("waiver", "list"),
    ("waiver", "check"),
    ("notify", "test", "console", "--dry-run"),
)
"""Commands that read a folder of policies before anything else."""
READING_JOBS = (
    ("check", "--file"),
    ("explain", "--file"),
    ("preview", "--out", "-", "--file"),
    ("report", "--out", "-", "--file"),
    ("describe", "--file"),
    ("policy", "new", "a", "--from-job"),
)
"""Commands that read a recorded job, which is their last argument."""


@pytest.mark.parametrize("arguments", READING_POLICIES, ids=lambda words: " ".join(words[:2]))
def test_a_broken_folder_of_policies_is_told_in_one_line_for_each_mistake(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Where, what, and exit code 2; a traceback only for who asks for one."""
    (tmp_path / "a.yaml").write_text("version: 1\npolicy: a\nrequire: {max_cost: 3}\n", "utf-8")
    (tmp_path / "tests").mkdir()

    answer = recgate(*arguments, "--policies", tmp_path)
    more = recgate(*arguments, "--policies", tmp_path, "--debug")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("recgate: ")
    assert f"{tmp_path}/a.yaml:3" in answer.err
    assert "Traceback" not in answer.err
    assert "Traceback" in more.err


@pytest.mark.parametrize("arguments", READING_JOBS, ids=lambda words: " ".join(words[:2]))
@pytest.mark.parametrize("file", ["not-there.json", "."])
def test_a_job_that_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], file: str
) -> None:
    """The file is named, and nothing is on standard output."""
    path = tmp_path / file

    answer = recgate(*arguments, path)
    more = recgate(*arguments, path, "--debug")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("recgate: ")
    assert str(path) in answer.err
    assert len(answer.err.splitlines()) == 1
    assert "Traceback" not in answer.err
    assert "Traceback" in more.err


JSON = (
    ("check", "--file", JOB),
    ("explain", "--file", JOB),
    ("policy", "validate"),
    ("policy", "test"),
    ("backtest", "--jobs", f"{JOBS}"),
    ("waiver", "list"),
    ("waiver", "check"),
)


@pytest.mark.parametrize("arguments", JSON, ids=lambda words: " ".join(words[:2]))
def test_json_is_one_document_that_says_what_it_is(arguments: tuple[str, ...]) -> None:
    """Alone on standard output; its first key names its schema."""
    folder = ("--policies", POLICIES) if arguments[1] != "validate" else (POLICIES,)

    answer = recgate(*arguments, *folder, "--output", "json")

    body = json.loads(answer.out)
    assert ESCAPE not in answer.out
    if arguments[0] != "check":  # the record of a decision, older than the rule
        assert re.fullmatch(r"recgate-[a-z-]+/1", body["schema"])
        assert next(iter(body)) == "schema"

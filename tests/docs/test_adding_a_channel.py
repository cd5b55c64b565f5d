"""Whoever follows docs/adding-a-channel.md has a channel that works."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.contracts import test_channel as contract

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-channel.md").read_text("utf-8")
BLOCK = re.compile(
    r"(?:^`(?P<file>[^`\n]+)`\n\n)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.M | re.S
)
FOLDER = "/srv/verdicts"
KEY = "file"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the checkout; commands in it see its code, and nothing of this machine."""

    root: Path

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run it in the copy; both outputs are in ``stdout``."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "TMPDIR": str(self.root.parent),
            "PYTHONPATH": str(self.root / "src"),
            "PYTHONUNBUFFERED": "1",
            # The copy may lie inside somebody's repository, which is not to be patched.
            "GIT_CEILING_DIRECTORIES": str(self.root.parent),
        }
        return subprocess.run(
            [str(word) for word in command],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )

    def tool(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a tool of the development environment."""
        return self.run(self.root / ".venv" / "bin" / name, *words)


@dataclass(frozen=True, slots=True)
class Followed:
    """The copy after the last step, and what each command of the page printed, in its order."""

    copy: Copy
    drop: Path
    printed: dict[str, str]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """The page, followed from its first block to its last."""
    folder = tmp_path_factory.mktemp("own-channel")
    copy, drop = Copy(folder / "checkout"), folder / "verdicts"
    for name in ("src", "tests", "policies"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy.root / name, ignore=ignored)
    (copy.root / "docs").mkdir()
    for name in ("pyproject.toml", "docs/policy-language.md"):
        shutil.copy(ROOT / name, copy.root / name)
    (copy.root / ".venv").symlink_to(sys.prefix)
    where = copy.run(sys.executable, "-c", "import recgate; print(recgate.__file__)").stdout
    assert where.startswith(str(copy.root)), where
    printed: dict[str, str] = {}
    for block in BLOCK.finditer(PAGE.replace(FOLDER, str(drop))):
        _follow(block, copy, printed)
    return Followed(copy, drop, printed)


def _follow(block: re.Match[str], copy: Copy, printed: dict[str, str]) -> None:
    kind, body, file = block["kind"], block["body"], block["file"]
    if file:
        new = copy.root / file
        assert not new.exists(), f"the page makes {file}, which is there already"
        new.write_text(body, "utf-8")
    elif kind == "diff":
        patch = copy.root.parent / "step.diff"
        patch.write_text(body, "utf-8")
        done = copy.run("git", "apply", "--verbose", patch)
        assert done.returncode == 0, f"{done.stdout}\n{body}"
    elif kind == "sh":
        done = copy.run("sh", "-c", body)
        printed[body] = done.stdout
        is_shown = block.string[block.end() :].startswith("\n\n```text\n")
        assert is_shown or done.returncode == 0, f"{body}\n{done.stdout}"
    elif kind == "text":
        last = list(printed.values())[-1]
        pattern = re.escape(body).replace("…", ".+")
        assert re.fullmatch(pattern, last), f"the page shows\n{body}\nand this was printed\n{last}"


def _cases_of(kind: str) -> int:
    """How many tests the contract has for a channel that it knows."""
    return sum(
        math.prod(len(list(mark.args[1])) for mark in marks if mark.args[0] != "case")
        for marks in map(_parametrized, vars(contract).values())
        if any(mark.args[0] == "case" and kind in mark.args[1] for mark in marks)
    )


def _parametrized(test: object) -> list[pytest.Mark]:
    marks: list[pytest.Mark] = getattr(test, "pytestmark", []) if callable(test) else []
    return [mark for mark in marks if mark.name == "parametrize"]


def test_the_contract_is_run_for_the_new_channel(followed: Followed) -> None:
    """Everything that a console is asked, and what it says when there is no room."""
    (printed,) = [each for command, each in followed.printed.items() if f"-k {KEY}" in command]

    passed = re.search(r"^(\d+) passed, \d+ deselected", printed, re.M)

    assert passed, printed
    assert int(passed[1]) == _cases_of("console") + 1


def test_the_page_runs_every_test_that_it_writes(followed: Followed) -> None:
    """Those of the contract and those of the channel's own; a command that fails stops the page."""
    commands = " ".join(followed.printed).split()

    tests = [file for file in _touched_files() if Path(file).name.startswith("test_")]

    assert len(tests) == 2
    assert set(tests) <= set(commands)


def test_what_was_promised_before_still_holds(followed: Followed) -> None:
    """Every other channel keeps the contract, and mistakes in routes.yaml are told as expected."""
    policy_files = "tests/adapters/test_policy_files.py"

    done = followed.copy.tool(
        "python",
        *(
            "-m",
            "pytest",
            "tests/contracts/test_channel.py",
            "tests/dialect/test_route_document.py",
        ),
        f"{policy_files}::test_every_mistake_is_told_at_its_place",
        f"{policy_files}::test_the_docs_name_every_key",
    )

    assert done.returncode == 0, done.stdout


def test_the_sample_lies_in_the_folder_by_its_schema(followed: Followed) -> None:
    """One file, no rest beside it, and it says that it is a test."""
    schema = json.loads((ROOT / "src/recgate/verdict.v1.schema.json").read_text("utf-8"))

    (file,) = followed.drop.iterdir()

    document = json.loads(file.read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(document)) == []
    assert (document["verdict"], document["test"]) == ("FAIL", True)
    assert file.name == f"verdict-{document['decision']}.json"


def test_a_mistake_under_the_new_key_is_told_at_its_place(followed: Followed) -> None:
    """The schema is all that it takes."""
    broken = followed.copy.root.parent / "broken"
    broken.mkdir()
    routes = "version: 1\nroutes:\n  archive:\n    file: {folder: verdicts}\n"
    (broken / "routes.yaml").write_text(routes, "utf-8")

    done = followed.copy.tool("recgate", "notify", "test", "archive", "--policies", str(broken))

    assert done.returncode == 2
    assert "routes.yaml:4: routes.archive.file.folder: expected a path from" in done.stdout


def test_the_code_of_the_page_is_as_ours(followed: Followed) -> None:
    """Imports point inwards, types hold, and it is linted and formatted."""
    files = _touched_files()
    # What imports AWS's types is left to `make check`: they take mypy half a minute.
    light = [file for file in files if "wiring" not in file and "contracts" not in file]

    answers = {
        name: followed.copy.tool(name, *words)
        for name, words in {
            "lint-imports": ["--no-logo", "--no-cache"],
            "ruff": ["check", *files],
            "mypy": ["--follow-imports=silent", *light],
        }.items()
    }
    formatted = followed.copy.tool("ruff", "format", "--check", *files)

    assert {name: done.stdout for name, done in answers.items() if done.returncode} == {}
    assert formatted.returncode == 0, formatted.stdout


def _touched_files() -> list[str]:
    """The Python files that the page makes or changes."""
    made = [block["file"] for block in BLOCK.finditer(PAGE) if block["kind"] == "python"]
    return sorted({*made, *re.findall(r"^\+\+\+ b/(.+\.py)$", PAGE, re.M)})


def test_what_the_page_adds_to_the_template_is_valid(tmp_path: Path) -> None:
    """cfn-lint knows the properties of a function, and every action that IAM knows."""
    function, [statement] = (
        yaml.safe_load(block["body"])
        for block in BLOCK.finditer(PAGE)
        if "elasticfilesystem" in block["body"] and block["kind"] == "yaml"
    )
    template = tmp_path / "template.json"
    template.write_text(json.dumps(_template_with(function, statement)), "utf-8")

    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), "--template", str(template)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "*" not in str(statement)
    [mounted] = function["FileSystemConfigs"]
    assert statement["Condition"] == {
        "StringEquals": {"elasticfilesystem:AccessPointArn": mounted["Arn"]}
    }


def _template_with(function: dict[str, Any], statement: dict[str, Any]) -> dict[str, Any]:
    assumed = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [assumed]},
        "Policies": [
            {
                "PolicyName": "files",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            }
        ],
    }
    check = {
        "Code": {"S3Bucket": "bucket", "S3Key": "key"},
        "Handler": "recgate.functions.check.handler",
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": ["CheckRole", "Arn"]},
        **function,
    }
    return {
        "Resources": {
            "CheckRole": {"Type": "AWS::IAM::Role", "Properties": role},
            "CheckFunction": {"Type": "AWS::Lambda::Function", "Properties": check},
        }
    }

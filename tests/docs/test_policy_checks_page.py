"""The pre-commit hooks and the workflow that ship do what the page says."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from recgate.cli.main import recgate
from tests.cli.runner import ROOT
from tests.docs.console import environment, fresh_folder

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
WORKFLOW = ROOT / "examples" / "github" / "policy-checks.yml"
STEPS: list[dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["policies"][
    "steps"
]
RUN = [str(step["run"]) for step in STEPS if str(step.get("run", "")).startswith("recgate")]


def sh(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A command as a step of a workflow runs it."""
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_command_that_there_is(hook: dict[str, Any]) -> None:
    """With the packages that the command line needs beside the library."""
    program, *words = shlex.split(hook["entry"])
    found: click.Command | None = recgate
    for word in words:
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word)

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ]

    assert program == "recgate"
    assert found is not None
    assert sorted(hook["additional_dependencies"]) == sorted(extras["cli"])


def test_the_hooks_read_the_whole_folder_when_anything_in_it_changes() -> None:
    """A route that is renamed is a mistake in the policy that names it."""
    names = ("policies/routes.yaml", "policies/tests/a.yaml", "docs/x.yaml")

    taken = [[name for name in names if re.search(hook["files"], name)] for hook in HOOKS]

    assert taken == [["policies/routes.yaml", "policies/tests/a.yaml"]] * 2
    assert [hook["pass_filenames"] for hook in HOOKS] == [False, False]


def test_the_hook_passes_good_files_and_stops_bad_ones(tmp_path: Path) -> None:
    """As pre-commit calls it: the entry alone."""
    folder = fresh_folder(tmp_path)
    entry = HOOKS[0]["entry"]

    good = sh(entry, folder)
    (folder / "policies" / "dev.yaml").write_text("version: 1\npolicy: dev\n")
    bad = sh(entry, folder)

    assert (good.returncode, bad.returncode) == (0, 1)
    assert bad.stdout.startswith("policies/dev.yaml:1:1: require: is missing")


@pytest.mark.slow
def test_the_steps_of_the_workflow_run(tmp_path: Path) -> None:
    """On a branch that changes a policy of the branch that it goes to."""
    assert shutil.which("git"), "git is needed to try the workflow"
    folder = fresh_folder(tmp_path)
    git = "git -c user.name=a -c user.email=a@example.com -c init.defaultBranch=main"
    begun = sh(
        f"{git} init -q && {git} add . && {git} commit -qm one"
        " && git update-ref refs/remotes/origin/main HEAD"
        " && sed -i 's/{warn: 100, fail: 120}/{warn: 99, fail: 120}/' policies/prod-realtime.yaml",
        folder,
    )
    assert begun.returncode == 0, begun.stderr
    summary = tmp_path / "summary.md"

    done = [
        sh(step, folder, GITHUB_BASE_REF="main", GITHUB_STEP_SUMMARY=str(summary)) for step in RUN
    ]

    assert len(RUN) == 3
    assert [(each.returncode, each.stderr) for each in done] == [(0, "")] * 3
    assert "warn 100 → 99" in summary.read_text()
    assert (folder / "policy-tests.xml").exists()

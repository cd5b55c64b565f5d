"""`recgate policy diff`: in words what changed for whom, for people, programs and pull requests."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.runner import recgate

GOOD = "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 2.50}\n"
LINE = "! prod: max_cost_per_hour_usd fail 2.50 → 3.00 (looser, +20%)"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """policies/prod.yaml with a limit of 2.50 on main; the folder says 3.00 now."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "prod.yaml").write_text(GOOD)
    who = ("-c", "user.name=Dana", "-c", "user.email=dana@example.com")
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), (*who, "commit", "-qm", "one")):
        subprocess.run(
            ["git", *arguments],
            cwd=tmp_path,
            check=True,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        )
    (folder / "prod.yaml").write_text(GOOD.replace("2.50", "3.00"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECGATE_POLICIES", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    "arguments", [(), ("HEAD",), ("main", "policies"), ("main:policies", "./policies")]
)
def test_the_last_commit_and_the_folder_are_what_is_compared_unless_said(
    arguments: tuple[str, ...],
) -> None:
    """Which is what somebody who is editing wants to know."""
    answer = recgate("policy", "diff", *arguments)

    assert (answer.code, answer.err) == (1, "")
    assert LINE in answer.out.splitlines()


def test_nothing_changed_is_an_answer_of_its_own() -> None:
    """0, and it says so."""
    answer = recgate("policy", "diff", "HEAD", "main")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "HEAD:policies → main:policies\n\nNo change: every job gets the same verdict.\n"
    )


def test_exit_zero_is_for_who_only_wants_to_read() -> None:
    """A comment on a pull request must not stop the pipeline."""
    assert recgate("policy", "diff", "--exit-zero").code == 0
    assert recgate("policy", "diff", "mian", "--exit-zero").code == 2


def test_json_is_one_document() -> None:
    """With its schema first."""
    answer = recgate("policy", "diff", "--output", "json")

    document = json.loads(answer.out)
    assert next(iter(document)) == "schema"
    assert (document["old"], document["new"]) == ("HEAD:policies", "policies")
    assert [change["direction"] for change in document["changes"]] == ["looser"]


def test_markdown_is_for_a_pull_request() -> None:
    """Headed by what was compared."""
    answer = recgate("policy", "diff", "--output", "markdown")

    assert answer.out.startswith("### Policies: `HEAD:policies` → `policies`\n")
    assert f"- `{LINE[2:]}`" in answer.out


def test_a_broken_side_is_named_and_both_sides_are_told(repository: Path) -> None:
    """Every mistake at once, under the names of the user; no difference is guessed."""
    (repository / "policies" / "prod.yaml").write_text(GOOD + "mode: watch\nowner: 7\n")
    (repository / "other").mkdir()

    answer = recgate("policy", "diff", "policies", "other")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        'recgate: A: policies/prod.yaml:4: mode: "watch" is not one of enforce, observe\n'
        'recgate: A: policies/prod.yaml:5: owner: expected text, found 7: quote it, "7"\n'
        "recgate: B: other: holds no policy: put a .yaml file there\n"
    )


def test_a_revision_that_is_not_there_is_told() -> None:
    """With the nearest one."""
    answer = recgate("policy", "diff", "mian")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        'recgate: A: "mian" is no folder here and no git revision, did you mean main?\n'
    )


def test_another_folder_of_policies_is_that_of_both_sides(repository: Path) -> None:
    """--policies, or RECGATE_POLICIES as everywhere."""
    team = repository / "team"
    team.mkdir()
    (team / "prod.yaml").write_text(GOOD)

    answer = recgate("policy", "diff", "main", "--policies", "team")

    assert answer.code == 2
    assert answer.err == (
        "recgate: A: main:team: there is no such folder at main; there are policies; say "
        "main:PATH, with the path from the top of the repository\n"
    )

"""Policies at a git revision: read from the objects, named as the user named them."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.policy_revisions import RevisionUnreadable, folder_of, named_folder_of
from recgate.adapters.policy_revisions.folder import MAX_FILES, MAX_TOTAL_BYTES
from recgate.adapters.policy_revisions.git_objects import SECONDS
from recgate.ports import PoliciesInvalid

GOOD = "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 2.50}\n"
WHO = ("-c", "user.name=Dana", "-c", "user.email=dana@example.com", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What git prints; its own configuration only."""
    done = subprocess.run(
        ["git", *WHO, *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=True,
        timeout=SECONDS,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One commit on main: policies/prod.yaml with a limit of 2.50; the folder says 3.00 now."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "prod.yaml").write_text(GOOD)
    commit(tmp_path)
    (tmp_path / "policies" / "prod.yaml").write_text(GOOD.replace("2.50", "3.00"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "policies")


def read(spec: str, **options: Path | str) -> str:
    """prod.yaml of the folder that a spec names."""
    with folder_of(spec, **options) as folder:  # type: ignore[arg-type]
        return (folder / "prod.yaml").read_text()


def refusal(spec: str, **options: Path | str) -> str:
    with pytest.raises(RevisionUnreadable) as refused, folder_of(spec, **options):  # type: ignore[arg-type]
        pytest.fail("was read")
    assert "\n" not in str(refused.value)
    return str(refused.value)


# --- what a spec names ---------------------------------------------------------------------


@pytest.mark.usefixtures("repository")
def test_a_folder_is_taken_as_it_is() -> None:
    """Under its own name, and with what is not committed."""
    with named_folder_of("policies") as folder:
        assert (folder.path, folder.name) == (Path("policies"), "policies")

    assert "3.00" in read("policies")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("spec", ["main", "HEAD", "HEAD~0", "main:policies", "main:./policies"])
def test_a_revision_is_what_was_committed(spec: str) -> None:
    """By branch, by ancestor, with the folder and without it."""
    assert "2.50" in read(spec)


def test_the_copy_is_gone_afterwards(repository: Path) -> None:
    """Nothing is left, neither there nor in the repository."""
    before = git(repository, "status", "--porcelain")

    with folder_of("main") as folder:
        assert folder.is_dir()

    assert not folder.exists()
    assert git(repository, "status", "--porcelain") == before


def test_a_revision_is_read_from_a_subfolder_too(repository: Path) -> None:
    """REV means the folder as it is seen from here, REV:path is seen from the top."""
    team = repository / "team"
    (team / "policies").mkdir(parents=True)
    (team / "policies" / "prod.yaml").write_text(GOOD.replace("2.50", "7.00"))
    commit(repository)

    assert "7.00" in read("HEAD", cwd=team)
    assert "3.00" in read("HEAD:policies", cwd=team)
    assert "3.00" in read("HEAD:../policies", cwd=team)
    assert "3.00" in read("HEAD", cwd=team, default_path=str(repository / "policies"))


def test_a_folder_wins_over_a_branch_of_its_name(repository: Path) -> None:
    """And the branch is still there, with its path."""
    git(repository, "branch", "policies")

    assert "3.00" in read("policies")
    assert "2.50" in read("policies:policies")


# --- names in messages ---------------------------------------------------------------------


def test_mistakes_at_a_revision_are_told_under_the_name_of_the_user(repository: Path) -> None:
    """Nobody can open a temporary folder that is gone."""
    (repository / "policies" / "prod.yaml").write_text(GOOD + "mode: watch\n")
    commit(repository)

    with pytest.raises(PoliciesInvalid) as refused, folder_of("main") as folder:
        PolicyFiles(folder).load()

    assert str(refused.value) == (
        'main:policies/prod.yaml:4: mode: "watch" is not one of enforce, observe'
    )


def test_places_in_other_texts_can_be_named_too(repository: Path) -> None:
    """A malformed waiver is told by a text, not by an exception."""
    (repository / "policies" / "waivers.yaml").write_text("version: 1\nwaivers: [{id: W-1}]\n")
    commit(repository)

    with named_folder_of("main") as folder:
        problems = PolicyFiles(folder.path).load().waiver_problems
        told = [folder.as_asked(problem) for problem in problems]

    assert told
    assert all(problem.startswith("main:policies/waivers.yaml:2: ") for problem in told)


# --- what cannot be read -------------------------------------------------------------------


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("mian", '"mian" is no folder here and no git revision, did you mean main?'),
        ("policy", '"policy" is no folder here and no git revision, did you mean policies?'),
        ("HEAD~7", '"HEAD~7" is no folder here and no git revision'),
        ("main..HEAD", '"main..HEAD" is no folder here and no git revision'),
        (
            "main:polices",
            "main:polices: there is no such folder at main, did you mean policies?; say main:PATH, "
            "with the path from the top of the repository",
        ),
        (
            "main:policies/prod.yaml",
            "main:policies/prod.yaml: there is no such folder at main, did you mean policies?; "
            "say main:PATH, with the path from the top of the repository",
        ),
        ("main:../../etc", "../../etc leaves the repository"),
        (":policies", '":policies": name the revision before the colon, main:policies'),
        ("", "name a folder or a git revision"),
        ("a\0b", "name a folder or a git revision"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(spec: str, told: str) -> None:
    """With the nearest name there is."""
    assert refusal(spec) == told


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("spec", ["--upload-pack=touch x", "-h", "--all", "--"])
def test_no_spec_is_ever_an_option_of_git(spec: str) -> None:
    """It could make git write a file or start a program."""
    assert "looks like an option" in refusal(spec)


def test_outside_of_a_repository_only_folders_can_be_named(tmp_path: Path) -> None:
    """Which the message says, without naming what nobody asked about."""
    told = refusal("main", cwd=tmp_path)

    assert told == (
        '"main" is no folder here, and no git revision, for there is no git repository here'
    )


@pytest.mark.usefixtures("repository")
def test_a_machine_without_git_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Folders can be compared all the same."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))

    assert refusal("main") == (
        "git is not installed here, and only git knows revisions: name a folder"
    )
    assert "3.00" in read("policies")


# --- what a repository must not do ---------------------------------------------------------


def test_a_symbolic_link_at_a_revision_is_refused(repository: Path) -> None:
    """It could lead to any file of this machine."""
    (repository / "secret").write_text(GOOD)
    (repository / "policies" / "link.yaml").symlink_to(repository / "secret")
    commit(repository)

    assert refusal("main") == (
        "main:policies/link.yaml: is a symbolic link, which is not followed at a revision"
    )


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("name", ["../out.yaml", "a/../../out.yaml", "..\\out.yaml"])
def test_a_forged_name_never_leaves_the_folder(repository: Path, name: str) -> None:
    """Git itself writes no such tree; whoever publishes a repository can."""
    blob = git(repository, "hash-object", "-w", "--stdin", stdin=GOOD.encode())
    entry = b"100644 " + name.encode() + b"\0" + bytes.fromhex(blob)
    tree = git(repository, "hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=entry)
    forged = git(repository, "commit-tree", tree, "-m", "forged")

    told = refusal(f"{forged}:.")

    assert "leaves the folder" in told
    assert not (repository / "out.yaml").exists()


@pytest.mark.parametrize(
    ("files", "size"), [(MAX_FILES + 1, 1), (MAX_TOTAL_BYTES // 2**18 + 1, 2**18)]
)
def test_a_folder_too_large_is_refused_before_it_is_read(
    repository: Path, files: int, size: int
) -> None:
    """By its listing alone."""
    blob = git(repository, "hash-object", "-w", "--stdin", stdin=b"#" * size)
    listing = "".join(f"100644 blob {blob}\tp{number}.yaml\n" for number in range(files))
    tree = git(repository, "mktree", stdin=listing.encode())
    large = git(repository, "commit-tree", tree, "-m", "large")

    told = refusal(f"{large}:.")

    assert "holds more than 1000 files" in told or "larger than 16 MB" in told


@pytest.fixture
def marks(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository that runs a program wherever git lets it; the folder that it writes into."""
    made = tmp_path_factory.mktemp("marks")
    program = made / "program"
    program.write_text(f"#!/bin/sh\ntouch {made}/ran-$$\ncat\n")
    program.chmod(0o755)
    (repository / ".gitattributes").write_text("*.yaml filter=evil diff=evil\n")
    commit(repository)
    for key in ("filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv", "core.fsmonitor",
                "core.pager", "diff.external", "core.sshCommand"):  # fmt: skip
        git(repository, "config", key, str(program))
    for hook in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
        (repository / ".git" / "hooks" / hook).symlink_to(program)
    yield made
    assert program.exists()


@pytest.mark.usefixtures("repository")
def test_nothing_of_the_repository_is_run(marks: Path) -> None:
    """No hook, no filter, no pager: a repository that was cloned to be looked at stays quiet."""
    assert "3.00" in read("main")

    assert [each.name for each in marks.iterdir()] == ["program"]


def test_what_no_loader_reads_is_not_copied(repository: Path) -> None:
    """Only policies, and nothing hidden."""
    for name in (".hidden.yaml", "notes.md", "tests/prod.yaml"):
        (repository / "policies" / name).parent.mkdir(exist_ok=True)
        (repository / "policies" / name).write_text("[")
    commit(repository)

    with folder_of("main") as folder:
        assert [each.name for each in folder.iterdir()] == ["prod.yaml"]


def test_contents_come_as_they_were_committed(repository: Path) -> None:
    """Bytes for bytes, an empty file among them."""
    (repository / "policies" / "odd.yaml").write_bytes(b"a: \xff\r\n\n")
    (repository / "policies" / "void.yaml").write_bytes(b"")
    commit(repository)

    with folder_of("main") as folder:
        assert (folder / "odd.yaml").read_bytes() == b"a: \xff\r\n\n"
        assert (folder / "void.yaml").read_bytes() == b""
        assert "3.00" in (folder / "prod.yaml").read_text()

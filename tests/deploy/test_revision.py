"""The package knows the revision that it was built from, where there is one to know."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.template import ROOT

IDENTITY = ("-c", "user.name=Dana", "-c", "user.email=dana@example.com")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *IDENTITY, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(folder)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip()


def built(folder: Path, **environment: str) -> str:
    """The revision that a build would write into its package."""
    done = subprocess.run(
        ["make", "-n", "build-CheckFunction", f"ARTIFACTS_DIR={folder / 'out'}"],
        cwd=folder / "src",
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    line = done.stdout.splitlines()[-1]
    assert line.startswith("printf '%s\\n' ")
    assert line.endswith(f'>"{folder / "out"}/recgate/revision.txt"')
    return line.split('"')[1]


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Path:
    """A folder like ours, which is no repository yet."""
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "policies", checkout / "policies")
    (checkout / "src").mkdir()
    shutil.copy(ROOT / "src" / "Makefile", checkout / "src")
    return checkout


@pytest.fixture(name="repository")
def _repository(checkout: Path) -> Path:
    git(checkout, "init", "--quiet")
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "--message", "first")
    return checkout


def test_a_clean_checkout_is_its_last_commit(repository: Path) -> None:
    """Twice the same: a build is reproducible."""
    head = git(repository, "rev-parse", "HEAD")

    assert built(repository) == built(repository) == head


def test_what_was_not_committed_is_called_dirty(repository: Path) -> None:
    """A changed policy, and a new one: nobody finds that in the commit. A page does not count."""
    head = git(repository, "rev-parse", "HEAD")

    (repository / "page.md").write_text("a page")
    assert built(repository) == head

    (repository / "policies" / "new.yaml").write_text("version: 1\n")
    assert built(repository) == f"{head}-dirty"

    (repository / "policies" / "new.yaml").unlink()
    with (repository / "src" / "Makefile").open("a") as makefile:
        makefile.write("\n")
    assert built(repository) == f"{head}-dirty"


def test_without_git_there_is_no_revision(checkout: Path) -> None:
    """An unpacked archive; a repository around it that holds other things; one without commits."""
    assert built(checkout) == ""

    git(checkout.parent, "init", "--quiet")
    git(checkout.parent, "commit", "--quiet", "--allow-empty", "--message", "of other things")
    assert built(checkout) == ""

    git(checkout, "init", "--quiet")
    assert built(checkout) == ""


def test_a_build_may_be_told(repository: Path) -> None:
    """A pipeline that has the sources only knows better."""
    assert built(repository, RECGATE_REVISION="1f2e3d") == "1f2e3d"

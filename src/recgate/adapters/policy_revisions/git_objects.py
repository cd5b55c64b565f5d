"""The objects of a git repository, read by git itself: commits, folders, contents.

Only plumbing that reads objects is called, from a list of arguments, never through a shell. What
the user named goes in as one argument that does not begin with ``-``; from there on objects are
named by their ids.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recgate.ports import RecgateError

SECONDS = 30
"""More than git takes to read a folder; a repository on a dead network drive takes longer."""

_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone would fetch what it lacks over the network
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_NAMES = 2000
"""Branches and tags beside which a misspelt revision is held."""

_LINK = "120000"
"""The mode of a symbolic link in a tree: https://git-scm.com/docs/git-fast-import, filemodify."""


class RevisionUnreadable(RecgateError):
    """The folder at a revision cannot be read: no git, no repository, no such revision."""


class NoRepository(RevisionUnreadable):
    """There is no repository around the folder."""


class NoSuchRevision(RevisionUnreadable):
    """The repository has no commit of that name."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a folder. ``kind`` is blob, tree or commit; ``size`` in bytes, 0 for others."""

    name: str
    kind: str
    id: str
    size: int = 0
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Git:
    """The repository around a folder. Every method raises RevisionUnreadable."""

    cwd: Path

    def commit(self, revision: str) -> str:
        """The id of the commit that a revision means. Raises NoRepository, NoSuchRevision."""
        self._said(["rev-parse", "--git-dir"])  # no repository is another mistake than no commit
        asked = ["rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]
        done = self._run(asked)
        if done.returncode:
            raise NoSuchRevision(f"no git revision {revision}")
        return done.stdout.decode().strip()

    def names(self) -> list[str]:
        """Branches and tags, for whoever misspelt one."""
        asked = ["for-each-ref", f"--count={_NAMES}", "--format=%(refname:short)"]
        return self._said([*asked, "refs/heads", "refs/tags", "refs/remotes"]).splitlines()

    def prefix(self) -> str:
        """Where here is in the repository, ``team/`` or nothing."""
        return self._said(["rev-parse", "--show-prefix"]).strip("\n")

    def top(self) -> Path:
        """The folder of the repository's top."""
        return Path(self._said(["rev-parse", "--show-toplevel"]).strip("\n"))

    def tree(self, commit: str, path: str) -> str | None:
        """The id of a folder in a commit, None when there is none; ``path`` is from the top."""
        named = f"{commit}:{path}" if path else f"{commit}^{{tree}}"
        done = self._run(["rev-parse", "--verify", "--quiet", named])
        found = done.stdout.decode().strip()
        if done.returncode:
            return None
        kind = self._run(["cat-file", "-t", found])  # the commit of a submodule is not here
        return found if kind.stdout.strip() == b"tree" else None

    def folders(self, commit: str) -> list[str]:
        """The folders at the top of a commit."""
        entries = self.entries(f"{commit}^{{tree}}")
        return [entry.name for entry in entries if entry.kind == "tree"]

    def entries(self, tree: str) -> list[TreeEntry]:
        """What lies in a folder itself, by name."""
        listed = self._said(["ls-tree", "-z", "--long", "--full-tree", tree])
        return [_entry(line) for line in listed.split("\0") if line]

    def contents(self, ids: Sequence[str]) -> list[bytes]:
        """The contents of files, as they were committed: no filter runs."""
        if not ids:
            return []
        asked = "".join(f"{each}\n" for each in ids).encode()
        answer = self._done(["cat-file", "--batch"], asked)
        found = []
        at = 0
        for each in ids:
            end = answer.find(b"\n", at)
            head = answer[at : max(end, at)].split()
            if len(head) != 3 or not head[2].isdigit():
                raise RevisionUnreadable(f"git has lost the object {each}: run git fsck")
            size = int(head[2])
            found.append(answer[end + 1 : end + 1 + size])
            at = end + 1 + size + 1
        return found

    def _said(self, arguments: Sequence[str]) -> str:
        return self._done(arguments).decode("utf-8", "surrogateescape")

    def _done(self, arguments: Sequence[str], stdin: bytes = b"") -> bytes:
        done = self._run(arguments, stdin)
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.decode("utf-8", "replace").splitlines() or ["it says nothing"]
        if "not a git repository" in said[0]:
            raise NoRepository("there is no git repository here")
        if "dubious ownership" in said[0]:
            raise RevisionUnreadable(
                f"git: {said[0].removeprefix('fatal: ')}: if you trust it, "
                "git config --global --add safe.directory PATH"
            )
        raise RevisionUnreadable(f"git {arguments[0]}: {said[0].removeprefix('fatal: ')}")

    def _run(
        self, arguments: Sequence[str], stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", *_OPTIONS, *arguments],  # noqa: S607  the user's own git
                cwd=self.cwd,
                env={**os.environ, **_QUIET},
                input=stdin,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except FileNotFoundError as missing:
            raise RevisionUnreadable(
                "git is not installed here, and only git knows revisions: name a folder"
            ) from missing
        except subprocess.TimeoutExpired as late:
            raise RevisionUnreadable(
                f"git {arguments[0]} did not answer in {SECONDS} s: name a folder"
            ) from late


def _entry(line: str) -> TreeEntry:
    """A line of ``ls-tree --long``: mode, type, id, size or ``-``, a tab, and the name."""
    about, _, name = line.partition("\t")
    mode, kind, object_id, size = about.split()
    return TreeEntry(
        name, kind, object_id, int(size) if size.isdigit() else 0, is_link=mode == _LINK
    )

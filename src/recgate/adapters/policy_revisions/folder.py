"""Policies as they are in a folder, or as they were at a git revision.

Of a revision only the objects are read (rev-parse, ls-tree, cat-file): nothing is checked out,
so no hook, filter, attribute or external diff of the repository runs.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from recgate.adapters.policy_revisions.git_objects import (
    Git,
    NoRepository,
    NoSuchRevision,
    RevisionUnreadable,
    TreeEntry,
)
from recgate.dialect.mistake import did_you_mean, quoted
from recgate.ports import PoliciesInvalid

MAX_FILES = 1000
MAX_TOTAL_BYTES = 16 * 1024 * 1024
"""Sixty policies of the largest size that is loaded, or tens of thousands as people write them."""

_ENDINGS = (".yaml", ".yml")
"""Of what a loader reads; it reads the files of the folder itself, and hidden ones never."""

_NEIGHBOURS = 200
"""Folders beside which a name that is nothing at all is held."""


@dataclass(frozen=True, slots=True)
class NamedFolder:
    """A folder of policies, and its name as the user says it: ``policies``, ``main:policies``."""

    path: Path
    name: str

    def as_asked(self, text: str) -> str:
        """The text with the folder under its name: for places (``policies/prod.yaml:6``)."""
        return text.replace(self.path.as_posix(), self.name)


def folder_of(
    spec: str, *, default_path: str = "policies", cwd: Path | None = None
) -> AbstractContextManager[Path]:
    """`named_folder_of` for whom the folder's name does not matter."""
    return _path_of(named_folder_of(spec, default_path=default_path, cwd=cwd))


@contextmanager
def named_folder_of(
    spec: str, *, default_path: str = "policies", cwd: Path | None = None
) -> Iterator[NamedFolder]:
    """The folder that ``spec`` names, for as long as it is needed.

    A folder (or file) that is there is taken as it is: ``./main`` is one where ``main`` is also a
    branch. Everything else is a git revision: ``main``, ``HEAD~3``, ``v1.2``, with
    ``default_path`` (seen from ``cwd``) as the folder in it, or ``REV:path`` with the path from
    the top of the repository, ``REV:./path`` from ``cwd``. Its files are put into a folder that
    is gone afterwards.

    A PoliciesInvalid that is raised inside tells the files under the name that the user gave.
    Raises RevisionUnreadable in one line.
    """
    if spec.startswith("-"):
        raise RevisionUnreadable(
            f"{quoted(spec)} looks like an option: name a folder or a git revision"
        )
    if not spec or "\0" in spec:
        raise RevisionUnreadable("name a folder or a git revision")
    given = Path(spec) if cwd is None else cwd / spec
    if given.exists():
        yield NamedFolder(given, given.as_posix())
        return
    git = Git(cwd or Path())
    tree = _tree_of(spec, default_path, git)
    with TemporaryDirectory(prefix="recgate-") as made:
        folder = NamedFolder(Path(made), tree.name)
        _put(git, tree, folder.path)
        try:
            yield folder
        except PoliciesInvalid as refused:
            raise PoliciesInvalid(
                [
                    replace(problem, file=folder.as_asked(problem.file))
                    for problem in refused.problems
                ]
            ) from refused


@contextmanager
def _path_of(folder: AbstractContextManager[NamedFolder]) -> Iterator[Path]:
    with folder as named:
        yield named.path


@dataclass(frozen=True, slots=True)
class _Tree:
    """A folder at a revision: its object and its name, ``main:policies``."""

    id: str
    name: str


def _tree_of(spec: str, default_path: str, git: Git) -> _Tree:
    revision, asks_for_path, path = spec.partition(":")
    if not revision:
        raise RevisionUnreadable(f"{quoted(spec)}: name the revision before the colon, main:{path}")
    try:
        commit = git.commit(revision)
    except NoRepository as alone:
        raise RevisionUnreadable(
            f"{quoted(spec)} is no folder here, and no git revision, for there is no git "
            "repository here"
        ) from alone
    except NoSuchRevision as missing:
        names = [*git.names(), *_folders_beside(git.cwd)]
        raise RevisionUnreadable(
            f"{quoted(revision)} is no folder here and no git revision"
            f"{did_you_mean(revision, names)}"
        ) from missing
    if not asks_for_path:
        inside = _from_here(default_path, git)
    elif path.startswith(("./", "../")) or path == ".":
        inside = _from_here(path, git)
    else:
        inside = _normal(path)
    found = git.tree(commit, inside)
    name = f"{revision}:{inside}" if inside else f"{revision}:."
    if found is None:
        folders = git.folders(commit)
        raise RevisionUnreadable(
            f"{name}: there is no such folder at {revision}"
            f"{did_you_mean(inside, folders) or _list(folders)}; say {revision}:PATH, with the "
            "path from the top of the repository"
        )
    return _Tree(found, name)


def _list(folders: list[str]) -> str:
    return f"; there are {', '.join(folders[:10])}" if folders else ""


def _folders_beside(cwd: Path) -> list[str]:
    return [each.name for each in islice(cwd.iterdir(), _NEIGHBOURS) if each.is_dir()]


def _from_here(path: str, git: Git) -> str:
    """A path as it is seen from here, as one from the top of the repository."""
    if not Path(path).is_absolute():
        return _normal(f"{git.prefix()}{path}")
    top = git.top()
    try:
        return _normal(Path(path).resolve().relative_to(top).as_posix())
    except ValueError as outside:
        raise RevisionUnreadable(
            f"{path} is not in the repository {top}: say REV:PATH, with the path from its top"
        ) from outside


def _normal(path: str) -> str:
    """The path without ``.`` and ``..``; empty for the top. Raises RevisionUnreadable."""
    steps: list[str] = []
    for step in PurePosixPath(path.lstrip("/")).parts:
        if step != "..":
            steps.append(step)
        elif steps:
            steps.pop()
        else:
            raise RevisionUnreadable(f"{path} leaves the repository")
    return "/".join(steps)


def _put(git: Git, tree: _Tree, folder: Path) -> None:
    """Write the files that a loader reads into the folder. Raises RevisionUnreadable."""
    entries = git.entries(tree.id)
    _check_names(entries, tree)
    wanted = [entry for entry in entries if _is_read(entry.name)]
    files = [entry for entry in wanted if _is_file(entry, tree)]
    if len(files) > MAX_FILES:
        raise RevisionUnreadable(f"{tree.name}: holds more than {MAX_FILES} files")
    if sum(entry.size for entry in files) > MAX_TOTAL_BYTES:
        raise RevisionUnreadable(
            f"{tree.name}: its files are larger than {MAX_TOTAL_BYTES // 1024**2} MB together"
        )
    for entry in wanted:
        if entry.kind == "tree":  # what a loader says of a folder named like a policy, it says
            (folder / entry.name).mkdir()
    for entry, content in zip(files, git.contents([each.id for each in files]), strict=True):
        with (folder / entry.name).open("xb") as file:
            file.write(content)


def _check_names(entries: list[TreeEntry], tree: _Tree) -> None:
    """Raises RevisionUnreadable for a name that leaves the folder: only a forged tree has one."""
    for entry in entries:
        if {"/", "\\"} & set(entry.name):
            raise RevisionUnreadable(f"{tree.name}: {quoted(entry.name)} leaves the folder")


def _is_read(name: str) -> bool:
    return not name.startswith(".") and PurePosixPath(name).suffix.lower() in _ENDINGS


def _is_file(entry: TreeEntry, tree: _Tree) -> bool:
    """Whether it is a regular file. Raises RevisionUnreadable for what could lead elsewhere."""
    if entry.is_link:
        raise RevisionUnreadable(
            f"{tree.name}/{entry.name}: is a symbolic link, which is not followed at a revision"
        )
    return entry.kind == "blob"

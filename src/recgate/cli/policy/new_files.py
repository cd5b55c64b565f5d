"""Writes the two files of a new policy: checked first, never over another file, both or neither."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from recgate.domain.job import Snapshot
from recgate.domain.policy import Policy
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route
from recgate.ports import JobUnusable, PoliciesInvalid, RecgateError

TESTS = "tests"
_ENDINGS = (".yaml", ".yml")
POLICY_SCHEMA, TEST_SCHEMA = "policy.v1.schema.json", "policy-test.v1.schema.json"
_SOURCE = "src/recgate"
"""Where the schemas are in a checkout of recgate."""


class AlreadyThere(RecgateError):
    """There is a file where one is to be written."""


class FolderUnusable(RecgateError):
    """The folder of policies cannot be written to."""


class FaultOfOurs(Exception):
    """What would have been written is not what was meant. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a policy and its tests are to lie."""

    folder: Path
    name: str

    @property
    def policy(self) -> Path:
        """The file of the policy."""
        return self.folder / f"{self.name}.yaml"

    @property
    def tests(self) -> Path:
        """The file of its tests."""
        return self.folder / TESTS / f"{self.name}.yaml"

    def check_free(self) -> None:
        """Raises AlreadyThere, FolderUnusable."""
        for folder in (self.folder, self.folder / TESTS):
            if folder.exists() and not folder.is_dir():
                raise FolderUnusable(f"{folder} is a file: name a folder with --policies.")
        for path in (self.policy, self.tests):
            # Also prod.yml and Prod.YAML: two files of one name are one policy too many.
            there = [
                each
                for each in _entries(path.parent)
                if each.suffix.lower() in _ENDINGS and each.stem.lower() == self.name
            ]
            if there:
                raise AlreadyThere(
                    f"{there[0]} is already there, and nothing is written over it: choose another "
                    "name, or remove it."
                )


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def schema_lines(folder: Path) -> tuple[str, str]:
    """Where an editor finds the schemas of policies and of tests, from the folder of each.

    Where there are none yet, they are expected in the folder itself.
    """
    return _schema(folder, POLICY_SCHEMA, up=""), _schema(folder, TEST_SCHEMA, up="../")


def _schema(folder: Path, schema: str, *, up: str) -> str:
    for way in (".", "..", f"../{_SOURCE}", f"../../{_SOURCE}"):
        # Worked out, and not walked: the folder may not be there yet.
        if Path(os.path.normpath(folder.resolve() / way / schema)).is_file():
            found = schema if way == "." else f"{way}/{schema}"
            return f"{up}{found}"
    return f"{up}{schema}"


def lacks_schema(folder: Path) -> bool:
    """Whether an editor would find no schema of policies."""
    expected = folder.resolve() / _schema(folder, POLICY_SCHEMA, up="")
    return not Path(os.path.normpath(expected)).is_file()


def loaded(name: str, text: str, routes: tuple[str, ...]) -> PolicySet:
    """What the loader makes of a policy's text. Raises FaultOfOurs when it refuses it."""
    from recgate.adapters.policy_files import PolicyFiles

    known = {route: Route(route, Console()) for route in routes}
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / f"{name}.yaml").write_text(text, "utf-8")
        try:
            return PolicyFiles(Path(scratch), built_in_routes=known).load()
        except PoliciesInvalid as refusal:
            raise FaultOfOurs(f"the policy would not load: {refusal}") from refusal


def check_tests(name: str, text: str, policies: PolicySet, job: Snapshot | None) -> None:
    """Run the tests in a text. Raises FaultOfOurs unless all pass and every limit is covered."""
    from recgate.adapters.policy_files.test_files import read_policy_tests
    from recgate.domain.policy_test_run import CaseStatus, run_policy_tests

    def recorded(path: Path, tags: Mapping[str, str] | None) -> Snapshot:
        if job is None:
            raise JobUnusable(f"{path}: no job")
        return job

    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / f"{name}.yaml"
        file.write_text(text, "utf-8")
        run = run_policy_tests([read_policy_tests(file, policies, recorded)], policies)
    if run.mistakes or run.count(CaseStatus.FAILED) or not run.is_covered:
        unmet = [
            f"{result.test.name}: {each.got} where {each.expected} is expected"
            for each_file in run.files
            for result in each_file.results
            for each in result.unmet
        ]
        reasons = [*map(str, run.mistakes), *unmet] or ["a limit is not covered"]
        raise FaultOfOurs(f"its tests do not pass: {'; '.join(reasons[:3])}")


def only_policy(policies: PolicySet) -> Policy:
    """The one policy of a set."""
    (policy,) = policies.policies
    return policy


def write(places: Places, policy: str, tests: str) -> None:
    """Write both files, or neither. Raises AlreadyThere, FolderUnusable."""
    try:
        with contextlib.ExitStack() as undo, contextlib.ExitStack() as leftovers:
            for folder in (places.folder, places.folder / TESTS):
                _make(folder, undo)
            staged = [
                (leftovers.enter_context(_beside(path, text)), path)
                for path, text in ((places.policy, policy), (places.tests, tests))
            ]
            for temporary, path in staged:
                _put(temporary, path)
                undo.callback(path.unlink, missing_ok=True)
            undo.pop_all()
    except FileExistsError as refusal:
        raise AlreadyThere(
            f"{refusal.filename2 or refusal.filename} is already there, and nothing is written "
            "over it: choose another name, or remove it."
        ) from refusal
    except OSError as refusal:
        raise FolderUnusable(
            f"{places.folder}: nothing could be written: {refusal.strerror}."
        ) from refusal


def _make(folder: Path, undo: contextlib.ExitStack) -> None:
    """Make a folder and those around it; all that were made are removed again on failure."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        undo.callback(_remove_folder, each)


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # somebody else has put something there meanwhile
        folder.rmdir()


@contextlib.contextmanager
def _beside(path: Path, text: str) -> Iterator[Path]:
    """A file with the text in the same folder, hidden from the loader; gone at the end."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".new")
    temporary = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.chmod(_mode_of_new_files())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _mode_of_new_files() -> int:
    """What a new file's permissions are here: mkstemp gives its owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _put(temporary: Path, path: Path) -> None:
    """Give the file its name, whole and only if nobody has that name. Raises FileExistsError."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(17, "File exists", str(path)) from None
        temporary.rename(path)

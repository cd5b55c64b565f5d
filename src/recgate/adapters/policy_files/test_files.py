"""Files of policy tests: found, read strictly, and every mistake in them at its place."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from recgate.adapters.policy_files.checked_file import CheckedFile, place_of
from recgate.dialect.mistake import Mistake, dotted
from recgate.dialect.policy_test_document import file_waivers, job_place, policy_test_from
from recgate.dialect.policy_test_mistakes import policy_test_mistakes
from recgate.dialect.waiver_mistakes import waiver_mistakes
from recgate.domain.canonical import Json
from recgate.domain.job import Snapshot
from recgate.domain.policy_set import PolicySet
from recgate.domain.policy_test import Place, PolicyTest
from recgate.domain.policy_test_run import FileMistake, PolicyTestFile
from recgate.ports import JobUnusable, PolicyProblem, RecgateError

if TYPE_CHECKING:
    from recgate.adapters.policy_files.strict_yaml import Source

POLICY_TEST_SCHEMA = "policy-test.v1.schema.json"
WAIVERS_SCHEMA = "waivers.v1.schema.json"

TESTS = "tests"
"""The folder of tests beside the policies."""

_ENDINGS = (".yaml", ".yml")

ReadRecordedJob = Callable[[FilePath, Mapping[str, str] | None], Snapshot]
"""Reads a recorded job and what lies beside it, with tags in place of its own.

Raises JobUnusable.
"""


class NoSuchTests(RecgateError):
    """The file or folder of tests is not there, or cannot be read."""


def paths_of_tests(paths: Iterable[FilePath]) -> tuple[FilePath, ...]:
    """The files of tests under these paths, each once, in order.

    A file is taken as it is; of a folder, the YAML files in it, or in its ``tests`` if it has
    such a folder. Raises NoSuchTests for a path that is not there.
    """
    found: dict[FilePath, None] = {}
    for path in paths:
        if path.is_dir():
            folder = path / TESTS if (path / TESTS).is_dir() else path
            found |= dict.fromkeys(_yaml_files(folder))
        elif path.exists():
            found[path] = None
        else:
            raise NoSuchTests(f"{path}: no such file or folder of policy tests.")
    return tuple(found)


def _yaml_files(folder: FilePath) -> list[FilePath]:
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if not path.name.startswith(".") and path.suffix.lower() in _ENDINGS
        )
    except OSError as refusal:
        raise NoSuchTests(f"{folder}: cannot be read: {refusal.strerror}.") from refusal


def read_policy_tests(
    path: FilePath, policies: PolicySet, read_job: ReadRecordedJob
) -> PolicyTestFile:
    """The tests in a file; with any mistake there are none, and all mistakes are told at once."""
    file = CheckedFile(path, path.as_posix()).read()
    source = file.source
    tests: tuple[PolicyTest, ...] = ()
    document: Any = None if source is None else source.value
    if source is not None:
        jobs = _RecordedJobs(path.parent, read_job)
        file.check(_mistakes(source, policies, jobs))
        if not file.problems:
            tests = _tests(file, document, jobs)
    policy = document.get("policy") if isinstance(document, Mapping) else None
    return PolicyTestFile(
        file=file.shown,
        policy=policy if isinstance(policy, str) else "",
        tests=() if file.problems else tests,
        mistakes=mistakes_from(file.problems),
        at=lambda place, message: _told(file, place, message),
    )


@dataclass(slots=True)
class _RecordedJobs:
    """The recorded jobs that one file names, each read once."""

    folder: FilePath
    read_job: ReadRecordedJob
    read: dict[str, Snapshot | JobUnusable] = field(default_factory=dict)

    def __call__(self, written: str, tags: Mapping[str, str] | None) -> Snapshot:
        """The job in the file at a path beside the test file. Raises JobUnusable."""
        key = json.dumps([written, tags], sort_keys=True)
        if key not in self.read:
            try:
                self.read[key] = _ended(self.read_job(self.folder / written, tags))
            except JobUnusable as refusal:
                self.read[key] = refusal
        found = self.read[key]
        if isinstance(found, JobUnusable):
            raise found
        return found


def _ended(job: Snapshot) -> Snapshot:
    """The job. Raises JobUnusable for one that still runs, which no policy ever judges."""
    if not job.status.is_terminal:
        raise JobUnusable(f"job {job.job_name} is {job.status}: it has not ended")
    return job


def mistakes_from(problems: Iterable[PolicyProblem]) -> tuple[FileMistake, ...]:
    """Problems of files as mistakes, in order."""
    return tuple(
        sorted(
            FileMistake(each.file, each.line, each.column, each.path, each.message)
            for each in problems
        )
    )


def _told(file: CheckedFile, place: Place, message: str) -> FileMistake:
    """A message at a place: at the key where that is the name of a limit or a candidate."""
    at_key = len(place) > 1 and place[-2] in ("limits", "candidates")
    line, column = (0, 0)
    if file.source is not None:
        line, column = place_of(file.source, Mistake(place, message, at_key=at_key))
    return FileMistake(file.shown, line, column, dotted(place), message)


_IS_A_POLICY = "is of a policy: tests of policies lie in the folder tests/ beside them"


def _mistakes(source: "Source", policies: PolicySet, jobs: "_RecordedJobs") -> Iterator[Mistake]:
    from recgate.adapters.policy_files.schema_check import schema_mistakes

    document = source.value
    if isinstance(document, Mapping) and "require" in document:
        yield Mistake(("require",), _IS_A_POLICY, at_key=True)
        return
    limits = {each.name: tuple(limit.name for limit in each.limits) for each in policies.policies}
    yield from schema_mistakes(document, POLICY_TEST_SCHEMA, source.texts)
    yield from policy_test_mistakes(document, limits)
    yield from _job_mistakes(document, jobs)
    if not isinstance(document, Mapping) or not isinstance(document.get("waivers"), list):
        return
    # The entries are those of waivers.yaml, and their paths are the same there and here.
    waivers = {"version": 1, "waivers": document["waivers"]}
    for mistake in schema_mistakes(waivers, WAIVERS_SCHEMA, source.texts):
        if len(mistake.path) > 1:
            yield mistake
    yield from waiver_mistakes({"max_days": 90, **document}, limits=limits)


def _job_mistakes(document: Json, jobs: "_RecordedJobs") -> Iterator[Mistake]:
    """The recorded jobs that cannot be used, whatever else is wrong in the file."""
    tests = document.get("tests") if isinstance(document, Mapping) else None
    for at, test in enumerate(tests if isinstance(tests, list) else ()):
        written = test.get("job") if isinstance(test, Mapping) else None
        if isinstance(written, str) and written:
            try:
                jobs(written, None)
            except JobUnusable as refusal:
                yield Mistake(("tests", at, "job"), str(refusal))


def _tests(
    file: CheckedFile, document: Mapping[str, Any], jobs: "_RecordedJobs"
) -> tuple[PolicyTest, ...]:
    """The tests of a document without mistakes; a job that no answer could be like is one."""
    waivers = file_waivers(document)
    tests: list[PolicyTest] = []
    for at in range(len(document["tests"])):
        try:
            tests.append(policy_test_from(document, at, jobs, waivers))
        except JobUnusable as refusal:
            file.check([Mistake(job_place(at, document), str(refusal))])
    return tuple(tests)

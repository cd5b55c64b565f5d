"""Jobs recorded as JSON files: for the desk and the demo."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from recgate.dialect.describe import snapshot_of
from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES
from recgate.dialect.recorded import Recording, read_recording
from recgate.dialect.recorded_json import MAX_BYTES, WANTED, Recorded
from recgate.domain.job import Snapshot
from recgate.domain.notice import JobNotice
from recgate.ports import JobNotFound, JobSourceRefused, JobState, JobUnusable

COMPANION_SUFFIX = ".extra.json"
"""What lies beside ``NAME.json`` is in ``NAME.extra.json``."""

STDIN = "-"

_REVISION_DIGITS = 16


class RecordedFile:
    """The JobSource over one file, or over a stream when ``path`` is ``-``.

    It holds one job and gives it whatever name a notice asks for. ``companion`` is the file with
    tags, steps and measured P99; None: the one beside, if there is one. ``tags`` replaces the
    recorded ones. The file is read once.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        stream: IO[str] | IO[bytes] | None = None,
        companion: Path | None = None,
        tags: Mapping[str, str] | None = None,
        minimum_samples: int = DEFAULT_MINIMUM_SAMPLES,
    ) -> None:
        self._path = path
        self._stream = stream
        self._companion = companion
        self._tags = tags
        self._minimum_samples = minimum_samples
        self._recording: Recording | None = None

    def state(self, notice: JobNotice) -> JobState:
        """The state of the job in the file. Raises JobUnusable.

        The content is its revision: a file may be edited, or its tags said anew, without another
        LastModifiedTime, and is other evidence then.
        """
        state = self._read().state
        return replace(state, revision=self.gather(state).digest[:_REVISION_DIGITS])

    def gather(self, state: JobState) -> Snapshot:
        """The job in that state with what was recorded beside it. Raises JobUnusable."""
        try:
            return _snapshot(state, self._read())
        except JobUnusable as problem:
            raise JobUnusable(f"{self._label}: {problem}") from problem

    @property
    def _label(self) -> str:
        return "standard input" if self._stream is not None else str(self._path)

    def _read(self) -> Recording:
        if self._recording is None:
            self._recording = self._read_now()
        return self._recording

    def _read_now(self) -> Recording:
        if self._stream is None and str(self._path) != STDIN:
            return _read_files(
                Path(self._path),
                companion=self._companion,
                tags=self._tags,
                minimum_samples=self._minimum_samples,
            )
        if self._stream is None:
            raise JobUnusable("Standard input was asked for and there is none. Give a file.")
        return read_recording(
            Recorded(_drain(self._stream), "standard input"),
            called="standard input",
            minimum_samples=self._minimum_samples,
            companion=_file(self._companion) if self._companion else None,
            tags=self._tags,
        )


class RecordedFolder:
    """The JobSource over a folder of recorded jobs, one ``.json`` file each.

    A job is found by its file's name or by the name in its response. A file that cannot be read
    stands in the way of its own job only.
    """

    def __init__(
        self, folder: Path | str, *, minimum_samples: int = DEFAULT_MINIMUM_SAMPLES
    ) -> None:
        self._folder = Path(folder)
        self._minimum_samples = minimum_samples

    def state(self, notice: JobNotice) -> JobState:
        """The recorded state. Raises JobNotFound, JobUnusable, JobSourceRefused."""
        return self._find(notice.job_name).state

    def gather(self, state: JobState) -> Snapshot:
        """The job in that state with what was recorded beside it. Raises JobUnusable and
        JobSourceRefused.
        """
        for _, recording in self._recordings(state.job_name):
            # By the whole answer: two files may hold two states of one job.
            if recording.state == state:
                return _snapshot(state, recording)
        raise JobUnusable(
            f"{self._folder}: the file of job {state.job_name} has changed. "
            "Ask for its state again."
        )

    def _find(self, job_name: str) -> Recording:
        by_member: list[tuple[Path, Recording]] = []
        names: list[str] = []
        for path, recording in self._recordings(job_name):
            if path.stem == job_name:
                return recording
            names.append(recording.state.job_name)
            if recording.state.job_name == job_name:
                by_member.append((path, recording))
        if len(by_member) > 1:
            files = ", ".join(path.name for path, _ in by_member)
            raise JobUnusable(
                f"{self._folder}: job {job_name} is recorded in {files}. Ask for one by its "
                "file's name, or keep one of them."
            )
        if not by_member:
            raise JobNotFound(
                f"{self._folder}: no recorded job {job_name}; there are: "
                f"{', '.join(names) or 'none'}."
            )
        return by_member[0][1]

    def _recordings(self, wanted: str) -> Iterator[tuple[Path, Recording]]:
        if not self._folder.is_dir():
            raise JobSourceRefused(
                f"{self._folder}: no such folder of recorded jobs. Give one that is there."
            )
        for path in sorted(self._folder.glob("*.json")):
            if path.name.endswith(COMPANION_SUFFIX):
                continue
            try:
                yield path, self._read(path)
            except JobUnusable:
                # It may be any job; only who asks for it by its file's name hears why.
                if path.stem == wanted:
                    raise

    def _read(self, path: Path) -> Recording:
        return _read_files(path, companion=None, tags=None, minimum_samples=self._minimum_samples)


def _snapshot(state: JobState, recording: Recording) -> Snapshot:
    return snapshot_of(
        state, tags=recording.tags, steps=recording.steps, measured=recording.measured
    )


def _read_files(
    path: Path, *, companion: Path | None, tags: Mapping[str, str] | None, minimum_samples: int
) -> Recording:
    main = _file(path)
    beside = path.with_name(f"{path.stem}{COMPANION_SUFFIX}")
    if companion is None and beside != path and beside.is_file():
        companion = beside
    return read_recording(
        main,
        called=path.stem,
        minimum_samples=minimum_samples,
        companion=_file(companion) if companion else None,
        tags=tags,
    )


def _file(path: Path) -> Recorded:
    try:
        with path.open("rb") as stream:
            return Recorded(stream.read(MAX_BYTES + 1), str(path))
    except FileNotFoundError as problem:
        raise JobUnusable(f"{path}: no such file. {WANTED}") from problem
    except IsADirectoryError as problem:
        raise JobUnusable(f"{path}: is a folder. Give one of the files in it.") from problem
    except OSError as problem:
        raise JobUnusable(f"{path}: cannot be read: {problem.strerror}.") from problem


def _drain(stream: IO[str] | IO[bytes]) -> bytes:
    """All of the stream, as the bytes that came in where the stream still has them."""
    data = getattr(stream, "buffer", stream).read(MAX_BYTES + 1)
    return data if isinstance(data, bytes) else str(data).encode("utf-8", "surrogatepass")

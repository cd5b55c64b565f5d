"""A folder of recorded jobs, all of them, to be judged again."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from recgate.dialect.backtest_files import modified_at, quick_document
from recgate.dialect.document import snapshot_document
from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES
from recgate.dialect.recorded import Recording, read_recording
from recgate.dialect.recorded_json import MAX_BYTES, Recorded
from recgate.domain.backtest import NotJudged
from recgate.domain.canonical import Json
from recgate.flows.backtest_past import Past
from recgate.ports import JobSourceRefused, JobUnusable

_COMPANION = ".extra.json"
"""What lies beside ``NAME.json`` is in ``NAME.extra.json``."""


class JobFolder:
    """Every ``.json`` file of a folder, in the order of their names, with what lies beside it.

    ``strictly`` reads each file whole at once, for policies that read fields of Describe.
    Raises JobSourceRefused when there is no such folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        strictly: bool,
        minimum_samples: int = DEFAULT_MINIMUM_SAMPLES,
    ) -> None:
        self._folder = folder
        self._strictly = strictly
        self._minimum_samples = minimum_samples
        try:
            self._names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
        except OSError as problem:
            raise JobSourceRefused(
                f"{folder}: is no folder of recorded jobs that can be read ({problem.strerror})."
            ) from problem

    def jobs(self) -> int:
        """How many jobs there are."""
        return sum(not name.endswith(_COMPANION) for name in self._names)

    def __iter__(self) -> Iterator[Past | NotJudged]:
        """Every one of them."""
        beside = {name for name in self._names if name.endswith(_COMPANION)}
        for name in self._names:
            if name not in beside:
                companion = f"{name.removesuffix('.json')}{_COMPANION}"
                yield self._past(name, companion if companion in beside else None)

    def _past(self, name: str, beside: str | None) -> Past | NotJudged:
        place = str(self._folder / name)
        try:
            main = _file(place)
            companion = None if beside is None else _file(str(self._folder / beside))
            whole = partial(self._whole, main, companion)
            quick = None
            if not self._strictly:
                quick = quick_document(main, companion, minimum_samples=self._minimum_samples)
            if quick is None:
                document = whole()
                return Past(place, document, modified_at(document))
            return Past(place, quick, modified_at(quick), whole=whole)
        except JobUnusable as problem:
            return NotJudged(place, str(problem))

    def _whole(self, main: Recorded, companion: Recorded | None) -> Mapping[str, Json]:
        return _document(
            read_recording(
                main,
                called=Path(main.label).stem,
                minimum_samples=self._minimum_samples,
                companion=companion,
            )
        )


def _document(recording: Recording) -> Mapping[str, Json]:
    """As `recgate.dialect.describe.snapshot_of` makes it."""
    state = recording.state
    response = state.response
    return snapshot_document(
        response,
        tags=recording.tags,
        steps=recording.steps,
        measured=recording.measured,
        called=None if response.get("JobName") or state.job_arn else state.job_name,
    )


def _file(place: str) -> Recorded:
    try:
        with open(place, "rb") as stream:
            return Recorded(stream.read(MAX_BYTES + 1), place)
    except OSError as problem:
        raise JobUnusable(f"{place}: cannot be read: {problem.strerror}.") from problem

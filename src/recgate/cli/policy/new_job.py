"""The recorded job that a new policy is made from, and its recommendation to make it around."""

import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import click

from recgate.dialect.mistake import did_you_mean, quoted
from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.evaluation import no_result_reason
from recgate.domain.job import Snapshot
from recgate.domain.new_policy import chosen_of
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.ports import RecgateError
from recgate.rendering.new_policy.yaml_text import representable
from recgate.rendering.safe_text import clean

_STDIN = "-"
_PATH_LIMIT = 1000
"""The longest path of a job that a test takes."""


class NoSuchRecommendation(RecgateError):
    """The job has no recommendation of that name, or none that is wanted."""


@dataclass(frozen=True, slots=True)
class JobStart:
    """A job as it was recorded. ``path`` None: no test can read it again as it was read here."""

    snapshot: Snapshot
    path: Path | None
    why_no_path: str = ""

    def path_from(self, tests: Path) -> str:
        """How a test in that folder finds the job; empty where it cannot."""
        if self.path is None:
            return ""
        # Real paths on both sides, because `..` out of a linked folder leads elsewhere.
        found = Path(os.path.relpath(self.path.resolve(), tests.resolve())).as_posix()
        return found if representable(found) and len(found) <= _PATH_LIMIT else ""


def job_start(file: str, extra: Path | None) -> JobStart:
    """Read the job in a file; ``-`` is standard input. Raises JobUnusable, NoSuchRecommendation."""
    from recgate.adapters.recorded_jobs import COMPANION_SUFFIX, RecordedFile

    stream = sys.stdin.buffer if file == _STDIN else None
    source = RecordedFile(file if stream else Path(file), stream=stream, companion=extra)
    notice = JobNotice("recorded job", Trigger(TriggerSource.COMMAND_LINE))
    snapshot = source.gather(source.state(notice))
    if reason := no_result_reason(snapshot):
        raise NoSuchRecommendation(
            f"{file}: {reason}, so there is nothing to make a policy around. Take a job that "
            "completed, or give the limits: --max-cost-per-hour, --max-p99."
        )
    if stream is not None:
        return JobStart(snapshot, None, "it was read from standard input")
    path = Path(file)
    beside = path.with_name(f"{path.stem}{COMPANION_SUFFIX}")
    if extra is not None and extra.resolve() != beside.resolve():
        return JobStart(snapshot, None, f"a test finds only {clean(beside.name, 80)} beside it")
    return JobStart(snapshot, path)


def picked(
    start: JobStart,
    named: str | None,
    *,
    kind: EndpointKind | None,
    families: Collection[str],
) -> Candidate:
    """The recommendation that was named, else the best. Raises NoSuchRecommendation."""
    rows = [row for row in start.snapshot.candidates if kind in (None, row.kind)]
    if named is not None:
        return _named(named, rows)
    chosen = chosen_of(rows, families=families)
    if chosen is None:
        wanted = " ".join([kind or "", *families]).strip()
        raise NoSuchRecommendation(
            f"The job has no recommendation that is {wanted}; it has: {_listed(start)}."
        )
    return chosen


def _named(name: str, rows: list[Candidate]) -> Candidate:
    """The one that is called so: by its id or the end of it, its configuration or its type."""
    for called in (
        [row for row in rows if name in _ids(row)],
        [row for row in rows if row.configuration == name.replace(" x ", " × ")],
        [row for row in rows if name in (row.instance_type, row.kind)],
    ):
        if len(called) == 1:
            return called[0]
        if called:
            ids = ", ".join(clean(row.recommendation_id, 80) for row in called)
            raise NoSuchRecommendation(
                f"{len(called)} recommendations are {quoted(name)}: name one by its id ({ids})."
            )
    known = [row.instance_type or row.configuration for row in rows]
    ids = ", ".join(f"{clean(row.configuration, 60)} ({clean(_ids(row)[-1], 60)})" for row in rows)
    guess = did_you_mean(name, known)
    raise NoSuchRecommendation(f"No recommendation is {quoted(name)}{guess}; there are: {ids}.")


def _ids(row: Candidate) -> tuple[str, ...]:
    """The id, and its end: it is ``JOB/8 characters``."""
    return row.recommendation_id, row.recommendation_id.rsplit("/", 1)[-1]


def _listed(start: JobStart) -> str:
    return ", ".join(clean(row.configuration, 60) for row in start.snapshot.candidates)


def read_share(word: str, names: Collection[str]) -> tuple[str, str]:
    """The limit (empty: all of them) and the share in ``max_latency_p99_ms=10%``.

    Raises click.UsageError for a limit that there is not.
    """
    limit, sign, share = word.partition("=")
    if not sign:
        return "", word
    if limit not in names:
        guess = did_you_mean(limit, names)
        raise click.UsageError(
            f"--headroom {word}: no limit is named {quoted(limit)}{guess or _these(names)}"
        )
    return limit, share


def _these(names: Collection[str]) -> str:
    return f"; there are {', '.join(names)}"

"""The options of a recorded job, and the job source that they describe."""

import sys
from pathlib import Path

import click

from recgate.ports import JobSource


def recorded_job(file: str, *, extra: Path | None, tags: tuple[str, ...]) -> JobSource:
    """The job in a file, ``-`` for standard input. Raises click.UsageError for a malformed tag."""
    from recgate.adapters.recorded_jobs import RecordedFile

    stream = sys.stdin.buffer if file == "-" else None
    return RecordedFile(
        file if stream else Path(file), stream=stream, companion=extra, tags=_tags(tags)
    )


def _tags(words: tuple[str, ...]) -> dict[str, str] | None:
    """The tags given by hand; None when there are none, which is not the same as "no tags"."""
    tags = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key:
            raise click.UsageError(f"--tag {word!r}: KEY=VALUE is needed, such as env=prod.")
        tags[key] = value
    return tags or None

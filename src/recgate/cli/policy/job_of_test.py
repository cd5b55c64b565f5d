"""The recorded job that a test of a policy names."""

from collections.abc import Mapping
from pathlib import Path

from recgate.domain.job import Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.ports import JobUnusable


def job_of_test(path: Path, tags: Mapping[str, str] | None) -> Snapshot:
    """The job in a recorded file, with tags in place of its own. Raises JobUnusable."""
    from recgate.adapters.recorded_jobs import RecordedFile

    if path.exists() and not path.is_file() and not path.is_dir():  # a pipe waits for a writer
        raise JobUnusable(f"{path}: is not a file.")
    job = RecordedFile(path, tags=tags)
    notice = JobNotice(path.stem, Trigger(TriggerSource.COMMAND_LINE))
    return job.gather(job.state(notice))

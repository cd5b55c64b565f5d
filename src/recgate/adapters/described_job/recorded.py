"""An answer of Describe that was recorded in a file, as it was recorded."""

from collections.abc import Mapping
from pathlib import Path
from typing import IO

from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES
from recgate.dialect.recorded import read_recording
from recgate.dialect.recorded_extras import EXTRA_KEYS
from recgate.dialect.recorded_json import MAX_BYTES, WANTED, Recorded, read_object
from recgate.ports import JobUnusable


def recorded_answer(path: Path, *, stream: IO[bytes] | None = None) -> Mapping[str, object]:
    """The answer in the file, or in the stream, without ResponseMetadata and the extra keys.

    Raises JobUnusable when it is not the description of one job.
    """
    recorded = Recorded(_data(path, stream), "standard input" if stream else str(path))
    read_recording(recorded, called=path.stem, minimum_samples=DEFAULT_MINIMUM_SAMPLES)
    document = read_object(recorded)
    left_out = ("ResponseMetadata", *EXTRA_KEYS)
    return {member: value for member, value in document.items() if member not in left_out}


def _data(path: Path, stream: IO[bytes] | None) -> bytes:
    if stream is not None:
        return stream.read(MAX_BYTES + 1)
    try:
        with path.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except FileNotFoundError as problem:
        raise JobUnusable(f"{path}: no such file. {WANTED}") from problem
    except OSError as problem:
        raise JobUnusable(f"{path}: cannot be read: {problem.strerror}.") from problem

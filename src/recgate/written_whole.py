"""Files that are written whole or not at all, over the one that is there."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write into: what the block wrote is under that name when it has ended, and
    nothing of it when it raised.

    A reader sees what was there before or all that is new, after a crash as well, and who may
    read it stays as it was. What is no file (a pipe, ``/dev/stdout``) is written to as it stands.
    Raises OSError.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as there:
            yield there
        return
    unfinished = path.with_name(f".{uuid4().hex}")
    try:
        with unfinished.open("xb") as file:
            if path.exists():
                unfinished.chmod(stat.S_IMODE(path.stat().st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)

"""Files that are written once: whole or not at all, and never over another."""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def write_once(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that is not there yet; it outlasts a crash on return.

    Of many that write it at once one does. Who dies on the way leaves nothing under the name, at
    most a file whose name begins with a dot. ``mode`` is what the umask takes from.
    Raises FileExistsError, and other OSErrors; the file system must have hard links.
    """
    unfinished = path.with_name(f".{uuid4().hex}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.link(unfinished, path)  # unlike a rename, it never replaces what is there
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was put into the folder outlast a crash, where the system can. Raises OSError."""
    with suppress(PermissionError):  # Windows opens no folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

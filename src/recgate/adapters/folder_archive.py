"""The archive of signed records in a folder, at a desk."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from recgate.evidence_ports import (
    ArchivedVersion,
    ArchiveRefused,
    ArchiveUnavailable,
    DefaultLock,
    NameTaken,
    Retention,
)
from recgate.written_once import sync_folder, write_once

THE_VERSION = "1"
"""The only one that a file has."""

MOST_BYTES = 32 * 1024 * 1024
"""More than any record needs; what is larger was not archived by recgate."""

_READABLE = 0o444
_MAY_PASS = frozenset(
    {
        errno.EAGAIN,
        errno.EBUSY,
        errno.EINTR,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOSPC,
        errno.EDQUOT,
        errno.ESTALE,
        errno.ETIMEDOUT,
    }
)
"""What passes when a disk is emptied or a share is back."""


class FolderArchive:
    """Implements `recgate.evidence_ports.EvidenceArchive` with a file for each object.

    A file is there whole or not at all, is written once and not writable then. Nothing holds its
    owner from deleting it: a folder locks nothing. It is made when the first object is kept.

    Names are relative paths with ``/``. What begins with a dot is no object, and a link to
    somewhere else is none either.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def where(self) -> str:
        """The folder's path."""
        return str(self._folder)

    def keep(self, name: str, content: bytes) -> str:
        """Write the file; it outlasts a crash on return. See `EvidenceArchive.keep`."""
        if len(content) > MOST_BYTES:
            raise ArchiveRefused(
                f"{name} is not archived in {self.where}: it has {len(content):,} bytes, and no "
                f"more than {MOST_BYTES:,} can be read back."
            )
        with self._doing(f"keep {name!r}"):
            path = self._path(name)
            _make(path.parent)
            self._check_inside(path.parent, name)
            try:
                write_once(path, content, mode=_READABLE)
            except FileExistsError:
                raise NameTaken(f"There is a file {name} in {self.where} already.") from None
        return THE_VERSION

    def versions(self, prefix: str) -> Iterator[ArchivedVersion]:
        """One for each file. Raises ArchiveUnavailable, and ArchiveRefused if there is no folder:
        it would look like an archive in which everything was deleted.
        """
        with self._doing("list what there is"):
            found = [
                (name, datetime.fromtimestamp(path.lstat().st_mtime, UTC))
                for name, path in self._files()
                if name.startswith(prefix)
            ]
        for name, kept_at in sorted(found, key=lambda each: each[0].encode()):
            yield ArchivedVersion(
                name, THE_VERSION, is_latest=True, is_marker=False, kept_at=kept_at
            )

    def content(self, name: str, version: str) -> bytes | None:
        """What the file holds; None for another version than the only one.

        Raises ArchiveUnavailable, ArchiveRefused; the latter for more than `MOST_BYTES`.
        """
        with self._doing(f"give {name!r}"):
            path = self._path(name)
            if version not in ("", THE_VERSION) or not self._is_object(path, name):
                return None
            with path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ArchiveRefused(
                f"{name} in {self.where} has more than {MOST_BYTES:,} bytes: recgate has not "
                "archived it."
            )
        return content

    def retention(self, name: str, version: str) -> Retention | None:
        """None: a folder locks nothing."""
        return None

    def default_lock(self) -> DefaultLock | None:
        """None: a folder locks nothing."""
        return None

    def _path(self, name: str) -> Path:
        """Where an object lies. Raises ArchiveRefused for what can be no object's name."""
        parts = name.split("/")
        if not all(map(_is_part, parts)):
            raise ArchiveRefused(
                f"{name[:200]!r} cannot be archived in {self.where}: a name is a relative path of "
                "printable characters, and no part of it is empty or begins with a dot."
            )
        return self._folder.joinpath(*parts)

    def _is_object(self, path: Path, name: str) -> bool:
        self._check_there()
        if not path.is_file() or path.is_symlink():
            return False
        self._check_inside(path.parent, name)
        return True

    def _check_there(self) -> None:
        if not self._folder.is_dir():
            raise ArchiveRefused(
                f"There is no archive {self.where}: name the folder that recgate archives in."
            )

    def _check_inside(self, folder: Path, name: str) -> None:
        """Raise ArchiveRefused where a linked folder leads out of the archive."""
        if not folder.resolve().is_relative_to(self._folder.resolve()):
            raise ArchiveRefused(
                f"{name} does not lie in {self.where}: a folder there is a link to {folder}."
            )

    def _files(self) -> Iterator[tuple[str, Path]]:
        self._check_there()
        for folder, folders, files in os.walk(self._folder, onerror=_raise):
            folders[:] = filter(_is_part, folders)
            for file in filter(_is_part, files):
                path = Path(folder, file)
                if path.is_file() and not path.is_symlink():
                    yield path.relative_to(self._folder).as_posix(), path

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        """Say an error of the file system in the words of the port."""
        try:
            yield
        except OSError as problem:
            why = problem.strerror or type(problem).__name__
            told = f"The archive {self.where} did not {what}: {why}"
            if problem.errno in _MAY_PASS:
                raise ArchiveUnavailable(f"{told}; make room, and try again") from problem
            raise ArchiveRefused(
                f"{told}; name a folder that may be written to, on a file system with hard links."
            ) from problem


def _is_part(part: str) -> bool:
    """Whether a name may have this between its slashes, on any system."""
    return bool(part) and part.isprintable() and part[0] != "." and not set(part) & set("\\:")


def _raise(problem: OSError) -> None:
    raise problem


def _make(folder: Path) -> None:
    """Make the folder and those above it, so that they outlast a crash, too."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)

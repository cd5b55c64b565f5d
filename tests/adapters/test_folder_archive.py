"""The archive in a folder: nothing leads out of it, and no file is there by half."""

import errno
import os
import stat
from pathlib import Path

import pytest

from recgate import written_once
from recgate.adapters.folder_archive import MOST_BYTES, FolderArchive
from recgate.domain.seal import archive_name
from recgate.evidence_ports import ArchiveRefused, ArchiveUnavailable, NameTaken

NAME = archive_name("111122223333/eu-west-1", 12)
CONTENT = b'{"payload":"e30="}'


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    return FolderArchive(tmp_path / "archive")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_record_lies_under_its_name(archive: FolderArchive, tmp_path: Path) -> None:
    """As the documentation's shell commands read it."""
    archive.keep(NAME, CONTENT)

    path = tmp_path / "archive/records/111122223333/eu-west-1/000000000012.json"
    assert path.read_bytes() == CONTENT
    assert files(tmp_path) == [str(path.relative_to(tmp_path))]


def test_a_file_is_not_writable_and_as_private_as_its_owner_wants(
    archive: FolderArchive, tmp_path: Path
) -> None:
    """0444, less what the umask takes away."""
    before = os.umask(0o027)
    try:
        archive.keep(NAME, CONTENT)
    finally:
        os.umask(before)

    mode = stat.S_IMODE((tmp_path / "archive" / NAME).stat().st_mode)
    assert mode == 0o440


def test_a_folder_locks_nothing(archive: FolderArchive) -> None:
    """And does not say that it does."""
    version = archive.keep(NAME, CONTENT)

    assert archive.retention(NAME, version) is None
    assert archive.default_lock() is None


HOSTILE = [
    "../escaped",
    "records/../../escaped",
    "/etc/recgate-escaped",
    "records//x",
    "records/",
    "",
    ".",
    "..",
    ".hidden",
    "records/.hidden/x",
    "a\\..\\..\\escaped",
    "C:/escaped",
    "name\x00.json",
    "name\n.json",
    "name\ud800.json",
    "name\u202e.json",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_folder(archive: FolderArchive, tmp_path: Path, name: str) -> None:
    """It is refused; nothing is written or read anywhere."""
    (tmp_path / "escaped").write_bytes(b"secret")
    (tmp_path / "archive").mkdir()

    with pytest.raises(ArchiveRefused, match="cannot be archived in"):
        archive.keep(name, CONTENT)
    with pytest.raises(ArchiveRefused):
        archive.content(name, "")

    assert files(tmp_path) == ["escaped"]
    assert (tmp_path / "escaped").read_bytes() == b"secret"
    assert not Path("/etc/recgate-escaped").exists()


def test_a_name_that_is_too_long_is_refused(archive: FolderArchive) -> None:
    """By the file system, in our words."""
    with pytest.raises(ArchiveRefused, match="File name too long"):
        archive.keep("x" * 5_000, CONTENT)


def test_a_linked_folder_leads_nowhere(archive: FolderArchive, tmp_path: Path) -> None:
    """Neither out of the archive by writing nor into it by reading."""
    archive.keep("records/a/1", CONTENT)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "1").write_bytes(b"forged")
    (tmp_path / "archive/records/b").symlink_to(outside)

    for act in (lambda: archive.keep("records/b/2", CONTENT), lambda: archive.content(*B_1)):
        with pytest.raises(ArchiveRefused, match="a folder there is a link"):
            act()

    assert files(outside) == ["1"]
    assert [each.name for each in archive.versions("")] == ["records/a/1"]


B_1 = ("records/b/1", "")


def test_a_linked_file_is_no_record(archive: FolderArchive, tmp_path: Path) -> None:
    """It may say something else tomorrow."""
    archive.keep(NAME, CONTENT)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(CONTENT)
    link = (tmp_path / "archive" / NAME).with_name("000000000013.json")
    link.symlink_to(elsewhere)
    linked = archive_name("111122223333/eu-west-1", 13)

    assert archive.content(linked, "") is None
    assert [each.name for each in archive.versions("records/")] == [NAME]
    with pytest.raises(NameTaken):
        archive.keep(linked, CONTENT)
    assert elsewhere.read_bytes() == CONTENT


def test_a_folder_that_is_not_there_is_not_an_empty_archive(
    archive: FolderArchive, tmp_path: Path
) -> None:
    """A slip in its name would say that every record was deleted; and reading makes none."""
    for act in (lambda: list(archive.versions("")), lambda: archive.content(NAME, "")):
        with pytest.raises(ArchiveRefused, match=r"There is no archive .*archive: name the folder"):
            act()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["write", "fsync", "link"])
def test_a_crash_leaves_nothing_under_the_name(
    archive: FolderArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Whenever it comes: a later try finds the name free, and what is left over is no object."""
    archive.keep(archive_name("local", 1), b"so that the folder is there")

    class Crash(BaseException):
        pass

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        if call == "write":
            patched.setattr(written_once, "open", lambda *_: crash(), raising=False)
        else:
            patched.setattr(os, call, crash)
        patched.setattr(Path, "unlink", lambda *_, **__: None)  # the worker is gone
        with pytest.raises(Crash):
            archive.keep(archive_name("local", 2), CONTENT)

    assert [each.name for each in archive.versions("")] == [archive_name("local", 1)]
    assert archive.content(archive_name("local", 2), "") is None
    archive.keep(archive_name("local", 2), CONTENT)
    assert archive.content(archive_name("local", 2), "") == CONTENT


def test_file_and_folders_are_durable_before_it_says_so(
    archive: FolderArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file before it has its name, then the folder that the name is in; new ones too."""
    done: list[str] = []
    fsync, link = os.fsync, os.link

    def synced(descriptor: int) -> None:
        place = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        done.append("file" if place.is_file() else str(place.relative_to(tmp_path)))
        fsync(descriptor)

    def linked(*names: Path) -> None:
        done.append("named")
        link(*names)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)

    archive.keep("records/local/1.json", CONTENT)

    assert done == [".", "archive", "archive/records", "file", "named", "archive/records/local"]


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.ENOSPC, ArchiveUnavailable),
        (errno.EIO, ArchiveUnavailable),
        (errno.EROFS, ArchiveRefused),
        (errno.EACCES, ArchiveRefused),
        (errno.EPERM, ArchiveRefused),
    ],
    ids=errno.errorcode.get,
)
def test_what_passes_is_told_from_what_does_not(
    archive: FolderArchive,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    error: type[Exception],
) -> None:
    """A disk that is full, and one that takes no files; nothing is left behind."""

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", fail)

    with pytest.raises(error, match=f"{tmp_path}/archive did not keep .*: {os.strerror(number)}; "):
        archive.keep(NAME, CONTENT)

    assert files(tmp_path) == []


def test_a_file_in_the_way_of_the_folder_is_told(tmp_path: Path) -> None:
    """Nothing is written over it."""
    (tmp_path / "archive").write_text("a file")

    with pytest.raises(ArchiveRefused, match="did not keep"):
        FolderArchive(tmp_path / "archive").keep(NAME, CONTENT)

    assert (tmp_path / "archive").read_text() == "a file"


def test_a_file_that_is_too_large_is_no_record(archive: FolderArchive, tmp_path: Path) -> None:
    """It is not read to its end."""
    archive.keep(archive_name("local", 1), CONTENT)
    path = tmp_path / "archive" / archive_name("local", 2)
    with path.open("wb") as file:
        file.truncate(100 * MOST_BYTES)

    with pytest.raises(
        ArchiveRefused, match="more than 33,554,432 bytes: recgate has not archived"
    ):
        archive.content(archive_name("local", 2), "")


def test_what_was_put_there_by_hand_is_listed(archive: FolderArchive, tmp_path: Path) -> None:
    """Whoever verifies looks for what should not be there; hidden files are the system's own."""
    archive.keep(archive_name("local", 1), CONTENT)
    for name in ("000000000002.json", "note.txt", ".DS_Store"):
        (tmp_path / "archive/records/local" / name).write_bytes(b"x")

    assert [each.name for each in archive.versions("records/local/")] == [
        archive_name("local", 1),
        archive_name("local", 2),
        "records/local/note.txt",
    ]
    assert archive.content("records/local/note.txt", "1") == b"x"

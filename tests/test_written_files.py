"""Files that are written once, and files that are written whole over others."""

import os
import stat
from pathlib import Path

import pytest

from recgate.written_once import write_once
from recgate.written_whole import written_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_there_is_never_written_over_once(tmp_path: Path) -> None:
    """Neither a file nor a link that leads nowhere; nothing is left beside it."""
    (tmp_path / "file").write_bytes(b"first")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")

    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            write_once(tmp_path / name, b"second", mode=0o644)

    assert (tmp_path / "file").read_bytes() == b"first"
    assert names(tmp_path) == ["file", "link"]


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o444])
def test_a_file_is_for_no_more_eyes_than_was_said(tmp_path: Path, mode: int) -> None:
    """From its first byte on."""
    write_once(tmp_path / "file", b"secret", mode=mode)

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_the_longest_name_that_a_folder_takes_can_be_written(tmp_path: Path) -> None:
    """The unfinished file's name is not made of it."""
    name = "n" * 255

    write_once(tmp_path / name, b"once", mode=0o600)
    with written_whole(tmp_path / name) as file:
        file.write(b"whole")

    assert (tmp_path / name).read_bytes() == b"whole"


def test_a_file_is_exchanged_when_all_of_it_is_written(tmp_path: Path) -> None:
    """A reader has the old one until then, and keeps it while it is open."""
    path = tmp_path / "page.html"
    path.write_bytes(b"old")

    with path.open("rb") as reader:
        with written_whole(path) as file:
            file.write(b"new")
            file.flush()
            during = path.read_bytes()

        assert (during, reader.read(), path.read_bytes()) == (b"old", b"old", b"new")
    assert names(tmp_path) == ["page.html"]


def test_what_fails_on_the_way_changes_nothing(tmp_path: Path) -> None:
    """And leaves nothing."""
    path = tmp_path / "page.html"
    path.write_bytes(b"old")

    def stop() -> None:
        with written_whole(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()

    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["page.html"]


def test_who_may_read_a_file_stays_as_it_was(tmp_path: Path) -> None:
    """Also while it is written; a new one is as the umask says."""
    path = tmp_path / "waivers.yaml"
    path.write_bytes(b"old")
    path.chmod(0o600)

    with written_whole(path) as file:
        during = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    with written_whole(tmp_path / "new"):
        pass

    mask = os.umask(0)
    os.umask(mask)
    assert during == stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o666 & ~mask


def test_it_is_durable_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of the machine leaves the old one or the new one, and no empty one."""
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        done.append(f"{os.fstat(descriptor).st_size} bytes durable")
        fsync(descriptor)

    def replaced(*paths: Path) -> None:
        done.append("named")
        replace(*paths)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)

    with written_whole(tmp_path / "f") as file:
        file.write(b"whole")

    assert done == ["5 bytes durable", "named"]


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """As /dev/stdout and /dev/null do: another file in their place would be a mischief."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    try:
        with written_whole(pipe) as file:
            file.write(b"whole")
        read = os.read(reader, 100)
    finally:
        os.close(reader)

    assert read == b"whole"
    assert pipe.is_fifo()
    assert names(tmp_path) == ["pipe"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """It says so, and nothing is left beside it."""
    (tmp_path / "folder").mkdir()

    with pytest.raises(IsADirectoryError), written_whole(tmp_path / "folder"):
        pass

    assert names(tmp_path) == ["folder"]

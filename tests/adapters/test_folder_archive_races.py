"""The archive in a folder under many writers at once, and under writers that are killed."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recgate.adapters.folder_archive import FolderArchive
from recgate.domain.seal import archive_name
from recgate.evidence_ports import NameTaken

WRITERS = 20
NAME = archive_name("111122223333/eu-west-1", 1)

# Each writer is a process of its own. All of them wait for the end of one pipe, so they begin
# together; what they need is imported before there are so many.
MANY = """
import os, sys
from pathlib import Path
from recgate.adapters.folder_archive import FolderArchive
from recgate.evidence_ports import NameTaken

folder, name, writers = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
waiting, go = os.pipe()
for number in range(writers):
    if os.fork() == 0:
        os.close(go)
        os.read(waiting, 1)
        try:
            FolderArchive(folder).keep(name, b"%02d" % number * 50_000)
            said = f"kept {number:02}\\n"
        except NameTaken:
            said = "taken\\n"
        os.write(1, said.encode())
        os._exit(0)
os.close(go)
for _ in range(writers):
    _, status = os.wait()
    assert status == 0, status
"""

# Says where it stands, and stays there until it is killed.
HALTING = """
import os, signal, sys
from pathlib import Path
from recgate import written_once
from recgate.adapters.folder_archive import FolderArchive

folder, name, place = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
fsync, link, opened = os.fsync, os.link, open

def halt(where):
    if where == place:
        os.write(1, b"here\\n")
        signal.pause()

def halting_open(*arguments):
    file = opened(*arguments)
    file.write(b"half of it")
    file.flush()
    halt("half written")
    file.seek(0)
    return file

def halting_fsync(descriptor):
    is_file = os.fstat(descriptor).st_size and not os.path.isdir(f"/proc/self/fd/{descriptor}")
    if is_file:
        halt("before it is durable")
    elif (folder / name).exists():
        halt("before the name is durable")
    fsync(descriptor)

def halting_link(*paths):
    halt("before it has its name")
    link(*paths)
    halt("with two names")

written_once.open, os.fsync, os.link = halting_open, halting_fsync, halting_link
FolderArchive(folder).keep(name, b"whole" * 20_000)
"""
WHOLE = b"whole" * 20_000

# Keeps one record after the other, and says of each that it is kept.
BUSY = """
import os, sys
from pathlib import Path
from recgate.adapters.folder_archive import FolderArchive
from recgate.domain.seal import archive_name

archive, number = FolderArchive(Path(sys.argv[1])), int(sys.argv[2])
while True:
    number += 1
    archive.keep(archive_name("local", number), b"%06d" % number * 30_000)
    os.write(1, b"%d\\n" % number)
"""


@contextmanager
def running(script: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """A process of that script, which is killed and waited for at the end."""
    words = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def assert_one_kept(kept: list[bytes], archive: FolderArchive) -> None:
    """One writer won, and what is there is all of what it wrote, and nothing of anybody else."""
    assert len(kept) == 1
    assert archive.content(NAME, "") == kept[0]
    assert [each.name for each in archive.versions("")] == [NAME]


def test_of_twenty_threads_exactly_one_keeps_the_name(tmp_path: Path) -> None:
    """Each of them with an archive of its own, in a folder that none has made yet."""
    kept: list[bytes] = []
    taken: list[str] = []
    together = threading.Barrier(WRITERS)

    def keep(content: bytes) -> None:
        together.wait()
        try:
            FolderArchive(tmp_path / "archive").keep(NAME, content)
            kept.append(content)
        except NameTaken as refusal:
            taken.append(str(refusal))

    contents = [b"%02d" % number * 50_000 for number in range(WRITERS)]
    writers = [threading.Thread(target=keep, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(taken) == WRITERS - 1
    assert_one_kept(kept, FolderArchive(tmp_path / "archive"))
    assert leftovers(tmp_path) == []


def test_of_twenty_processes_exactly_one_keeps_the_name(tmp_path: Path) -> None:
    """As of functions and desks over one shared folder."""
    folder = tmp_path / "archive"

    with running(MANY, folder, NAME, WRITERS) as parent:
        said, _ = parent.communicate(timeout=30)

    lines = sorted(said.splitlines())
    assert parent.returncode == 0
    assert lines[1:] == ["taken"] * (WRITERS - 1)
    winner = lines[0].removeprefix("kept ").encode()
    assert_one_kept([winner * 50_000], FolderArchive(folder))
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("place", "is_there"),
    [
        ("half written", False),
        ("before it is durable", False),
        ("before it has its name", False),
        ("with two names", True),
        ("before the name is durable", True),
    ],
)
def test_who_is_killed_on_the_way_leaves_all_of_it_or_nothing_under_the_name(
    tmp_path: Path, place: str, is_there: bool
) -> None:
    """Kill -9 gives nobody the time to tidy up; whoever comes next goes on."""
    archive = FolderArchive(tmp_path / "archive")
    archive.keep(archive_name("local", 9), b"so that the folder is there")

    with running(HALTING, tmp_path / "archive", NAME, place) as writer:
        assert writer.stdout is not None
        halted = writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.wait(10)

    assert (halted, writer.returncode) == ("here\n", -signal.SIGKILL)
    assert archive.content(NAME, "") == (WHOLE if is_there else None)
    assert [each.name for each in archive.versions("records/1")] == ([NAME] if is_there else [])
    if is_there:
        with pytest.raises(NameTaken):
            archive.keep(NAME, b"another")
    else:
        archive.keep(NAME, b"another")
    assert archive.content(NAME, "") == (WHOLE if is_there else b"another")


def test_everything_that_a_killed_writer_had_kept_is_whole(tmp_path: Path) -> None:
    """Wherever it was killed, again and again; what it said to be kept is there."""
    folder, last = tmp_path / "archive", 0

    for rounds in range(1, 6):
        with running(BUSY, folder, last) as writer:
            assert writer.stdout is not None
            said = [int(writer.stdout.readline()) for _ in range(3 * rounds)]
            writer.send_signal(signal.SIGKILL)
            rest, _ = writer.communicate(timeout=10)
        archive = FolderArchive(folder)
        there = [int(each.name[-17:-5]) for each in archive.versions("")]
        said += [int(line) for line in rest.split()]
        last = there[-1]

        assert there == list(range(1, last + 1))
        assert said[-1] in (last, last - 1)
        for number in there:
            held = archive.content(archive_name("local", number), "")
            assert held == b"%06d" % number * 30_000


def leftovers(folder: Path) -> list[str]:
    """What is not an object."""
    return [str(path) for path in folder.rglob(".*") if path.is_file()]

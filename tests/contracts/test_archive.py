"""What every archive promises, over each adapter."""

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recgate.adapters.folder_archive import FolderArchive
from recgate.adapters.s3_archive import S3Archive
from recgate.domain.seal import archive_name
from recgate.evidence_ports import ArchiveRefused, EvidenceArchive, NameTaken
from tests.servers.archive_bucket import archive_bucket
from tests.servers.aws import LocalAws

_numbers = itertools.count(1)

NAME = archive_name("111122223333/eu-west-1", 1)
CONTENT = b'{"payload":"e30=","signatures":[]}'


@pytest.fixture(params=["folder", "s3"])
def another(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], EvidenceArchive]]:
    """Makes one more adapter over the same place, as another process would."""
    if request.param == "folder":
        yield lambda: FolderArchive(tmp_path / "archive")
        return
    aws: LocalAws = request.getfixturevalue("aws")
    bucket = f"archive-{next(_numbers)}"
    with archive_bucket(aws, bucket, mode="GOVERNANCE", days=30) as client:
        yield lambda: S3Archive(client, bucket)


@pytest.fixture
def archive(another: Callable[[], EvidenceArchive]) -> EvidenceArchive:
    return another()


def test_what_was_kept_is_given_back_by_its_version(archive: EvidenceArchive) -> None:
    """Byte for byte; an empty version is the one that was kept."""
    version = archive.keep(NAME, CONTENT)

    assert version
    assert archive.content(NAME, version) == CONTENT
    assert archive.content(NAME, "") == CONTENT


@pytest.mark.parametrize("content", [b"", b"\x00\xff\r\n", bytes(range(256)) * 8_000])
def test_bytes_are_bytes(archive: EvidenceArchive, content: bytes) -> None:
    """None, those of no text, and two million."""
    assert archive.content(NAME, archive.keep(NAME, content)) == content


def test_a_name_is_taken_once_whatever_the_second_one_says(
    archive: EvidenceArchive, another: Callable[[], EvidenceArchive]
) -> None:
    """Two histories cannot both be archived; not even the same bytes are written twice."""
    version = archive.keep(NAME, CONTENT)

    for content in (CONTENT, b"another history"):
        with pytest.raises(NameTaken, match=NAME):
            another().keep(NAME, content)

    assert archive.content(NAME, "") == CONTENT
    assert [each.version for each in archive.versions("records/")] == [version]


def test_of_many_that_keep_one_name_at_once_one_does(
    archive: EvidenceArchive, another: Callable[[], EvidenceArchive]
) -> None:
    """All others hear that it is taken, and what is there is what the one wrote."""
    archive.keep(archive_name("local", 9), b"so that the place is made")
    kept: list[bytes] = []
    taken: list[NameTaken] = []

    def keep(content: bytes) -> None:
        try:
            another().keep(NAME, content)
            kept.append(content)
        except NameTaken as refusal:
            taken.append(refusal)

    workers = [threading.Thread(target=keep, args=(b"%d" % n * 50_000,)) for n in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (len(kept), len(taken)) == (1, 7)
    assert archive.content(NAME, "") == kept[0]


def test_what_is_not_there_is_none(archive: EvidenceArchive) -> None:
    """A name, and a version of a name that is there."""
    archive.keep(NAME, CONTENT)

    for version in ("", "1", "nobody's"):
        assert archive.content(archive_name("local", 7), version) is None
        assert archive.retention(archive_name("local", 7), version) is None
    assert archive.content(NAME, "nobody's") is None


def test_a_name_is_not_the_beginning_of_another(archive: EvidenceArchive) -> None:
    """The oldest version of a name is its own, and not that of one that is longer."""
    archive.keep(f"{NAME}.older", b"longer")

    assert archive.content(NAME, "") is None
    archive.keep(NAME, CONTENT)
    assert archive.content(NAME, "") == CONTENT


def test_everything_is_listed_by_name(archive: EvidenceArchive) -> None:
    """In the order of its bytes, only what begins so, and each as the newest of its name."""
    before = datetime.now(UTC) - timedelta(seconds=2)
    names = ["records/a/1", "records/a-b/1", "records/a/10", "records/a/2", "records/b/1", "x/1"]
    versions = {name: archive.keep(name, name.encode()) for name in names}

    listed = list(archive.versions("records/a"))

    assert [each.name for each in listed] == [
        "records/a-b/1",
        "records/a/1",
        "records/a/10",
        "records/a/2",
    ]
    assert [each.version for each in listed] == [versions[each.name] for each in listed]
    assert all(each.is_latest and not each.is_marker for each in listed)
    assert all(before < each.kept_at < before + timedelta(hours=1) for each in listed)
    assert all(each.kept_at.tzinfo is UTC for each in listed)
    assert sorted({each.name for each in archive.versions("")}) == sorted(names)


def test_an_archive_says_where_it_is(archive: EvidenceArchive) -> None:
    """For who reads of it."""
    assert "archive" in archive.where


def test_more_than_can_be_read_back_is_not_kept(archive: EvidenceArchive) -> None:
    """Nothing is written."""
    archive.keep(NAME, CONTENT)

    with pytest.raises(ArchiveRefused, match="33,554,433 bytes"):
        archive.keep(archive_name("local", 2), bytes(33_554_433))

    assert [each.name for each in archive.versions("")] == [NAME]

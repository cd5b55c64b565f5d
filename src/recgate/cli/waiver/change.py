"""waivers.yaml changed whole or not at all: what would be written is checked first."""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from recgate.cli.policy_folder import policy_folder
from recgate.domain.policy_set import PolicySet
from recgate.ports import RecgateError
from recgate.written_whole import written_whole

_STEM = "waivers"


class WaiverRefused(RecgateError):
    """The change would leave a file that has a mistake; nothing was written."""


def waivers_file(folder: Path) -> Path:
    """The file of waivers in a folder of policies, whether it is there or not."""
    names = [name for name in policy_folder(folder).files() if Path(name).stem.lower() == _STEM]
    return folder / (names[0] if names else f"{_STEM}.yaml")


def text_of(file: Path) -> str:
    """The text as it is, its line breaks among it. Raises WaiverRefused for what is no text."""
    if not file.is_file():  # to open a pipe would wait for a writer
        raise WaiverRefused(f"{file.as_posix()}: is not a file")
    with file.open(encoding="utf-8", newline="") as opened:
        try:
            return opened.read()
        except UnicodeDecodeError as refusal:
            raise WaiverRefused(f"{file.as_posix()}: is not UTF-8: save it as UTF-8") from refusal


def checked(
    folder: Path,
    file: Path,
    text: str,
    *,
    over: str | None,
    expected: Sequence[tuple[str, date]],
) -> PolicySet:
    """What the folder would be with this text in the file.

    ``over`` is the text that it was made from, None for a file that was not there. ``expected``
    are the ids and last days of the waivers that must count then, in their order: a change that
    does something else is never written.

    Raises PoliciesInvalid when the policies themselves have mistakes, and WaiverRefused when the
    text brings one that was not there before, or says something else than was asked for.
    """
    before = Counter(map(_wrong, policy_folder(folder).load().waiver_problems))
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "policies"
        shutil.copytree(folder, copy, ignore=_only_policies(folder))
        (copy / file.name).unlink(missing_ok=True)  # the copy of a file that cannot be written
        (copy / file.name).write_text(text, "utf-8", newline="")
        loaded = policy_folder(copy).load()
        there = (copy / file.name).as_posix()
        here = [each.replace(there, file.as_posix()) for each in loaded.waiver_problems]
    after = Counter(map(_wrong, here))
    new = [each for each in here if after[_wrong(each)] > before[_wrong(each)]]
    refusal = ""
    if new:
        refusal = "\n".join(["nothing was written; the file would have a mistake:", *new])
    elif here and expected and not loaded.waivers:
        refusal = "\n".join(["nothing was written; no waiver counts before this is mended:", *here])
    elif [(each.id, each.expires) for each in loaded.waivers] != list(expected):
        refusal = (
            f"nothing was written; {file.as_posix()} is laid out so that it must be edited by hand"
        )
    if refusal:
        _check_same(file, over)
        raise WaiverRefused(refusal)
    return loaded


def changed_meanwhile(file: Path) -> WaiverRefused:
    """Somebody else was faster: what was made from the text of before is not written."""
    return WaiverRefused(
        f"nothing was written; {file.as_posix()} was changed meanwhile: say it again"
    )


def _check_same(file: Path, over: str | None) -> None:
    """Raises WaiverRefused when the file is no longer what the change was made from."""
    if (text_of(file) if file.exists() else None) != over:
        raise changed_meanwhile(file)


def _wrong(problem: str) -> str:
    """A mistake without its place, which moves with the lines above it."""
    return re.sub(r"^.*?(:\d+)?: |\[\d+\]", "", problem)


def write(file: Path, text: str, *, over: str | None) -> None:
    """Write the file whole or not at all. ``over`` is the text that it was made from, None for a
    file that was not there.

    Raises WaiverRefused when somebody else has changed the file meanwhile, OSError.
    """
    file = file.resolve()  # a link stays a link
    with _only_one(file):
        _check_same(file, over)
        with written_whole(file) as opened:
            opened.write(text.encode())


@contextmanager
def _only_one(file: Path) -> Iterator[None]:
    """Holds off everybody else who would change the file. Raises WaiverRefused, OSError."""
    lock = file.with_name(f".{file.name}.lock")
    try:
        lock.open("x").close()
    except FileExistsError as taken:
        raise WaiverRefused(
            f"nothing was written; somebody else changes {file.as_posix()} just now: say it again. "
            f"If nobody does, a command was killed: remove {lock.as_posix()}"
        ) from taken
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _only_policies(folder: Path) -> Callable[[str, list[str]], set[str]]:
    """What `shutil.copytree` is to leave out: everything but the files of policies."""
    names = set(policy_folder(folder).files())

    def ignored(_: str, found: list[str]) -> set[str]:
        return set(found) - names

    return ignored

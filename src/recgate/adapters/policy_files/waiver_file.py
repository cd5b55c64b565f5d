"""waivers.yaml: those of its entries that count, and what is wrong with the others."""

from collections.abc import Iterator, Mapping
from typing import Any

from recgate.adapters.policy_files.checked_file import CheckedFile
from recgate.dialect.mistake import Mistake, Path
from recgate.dialect.waiver_document import waivers_from
from recgate.dialect.waiver_mistakes import LimitsByPolicy, waiver_mistakes
from recgate.domain.canonical import Json
from recgate.domain.waiver import Waiver

WAIVERS_SCHEMA = "waivers.v1.schema.json"


def read_waivers(file: CheckedFile, *, limits: LimitsByPolicy | None) -> tuple[Waiver, ...]:
    """The waivers in the file that have no mistake; the mistakes are noted in ``file``.

    A mistake in an entry makes that entry count as absent. One outside of the entries (the
    version, ``max_days``, a key that is unknown) makes all of them count as absent: nobody can
    tell then what they mean. ``limits`` are those of each policy, None when they are not known.
    """
    source = file.read().source
    if source is None:
        return ()
    mistakes = list(_mistakes(source.value, source.texts, limits))
    file.check(mistakes)
    paths = [*(mistake.path for mistake in mistakes), *(flaw.path for flaw in source.flaws)]
    broken = {_entry(path) for path in paths}
    if None in broken:
        return ()
    document: Any = source.value
    return waivers_from(document, without={at for at in broken if at is not None})


def _mistakes(
    document: Json, texts: Mapping[Path, str], limits: LimitsByPolicy | None
) -> Iterator[Mistake]:
    from recgate.adapters.policy_files.schema_check import schema_mistakes

    yield from schema_mistakes(document, WAIVERS_SCHEMA, texts)
    yield from waiver_mistakes(document, limits=limits)


def _entry(path: Path) -> int | None:
    """The place of the entry that a mistake lies in, None for one outside of them."""
    match path:
        case ("waivers", int(at), *_):
            return at
    return None

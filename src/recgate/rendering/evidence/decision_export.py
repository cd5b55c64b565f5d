"""Decisions as one JSON document, written as they come."""

from collections.abc import Iterable, Iterator, Mapping

from recgate.domain.canonical import Json
from recgate.domain.recorded_decision import RecordedDecision
from recgate.rendering.evidence.decision_list import iso
from recgate.rendering.evidence.exact_json import exact_json

SCHEMA = "recgate-export/1"


def export_lines(
    decisions: Iterable[RecordedDecision], *, looked: Mapping[str, Json]
) -> Iterator[str]:
    """The lines of the document: the first opens it, the last ends it, and each between is one
    decision with its record as it is in the ledger. One that is no JSON is None, and
    ``unreadable`` then says why.
    """
    yield f'{{"schema": "{SCHEMA}", "looked": {exact_json(looked, indent=None)}, "decisions": [\n'
    before = ""
    for made in decisions:
        record: dict[str, Json] = {
            "decision": made.key,
            "recorded_at": iso(made.recorded_at),
            "stream": made.stream,
            "record": made.body,
        }
        yield before + _line(record)
        before = ",\n"
    yield "\n]}\n"


def _line(record: dict[str, Json]) -> str:
    """The decision on a line. A record that JSON cannot say must not end the whole document."""
    try:
        return exact_json(record, indent=None)
    except (ValueError, RecursionError):
        unreadable = "it holds what JSON has not, such as NaN; no version of recgate wrote it"
        return exact_json(record | {"record": None, "unreadable": unreadable}, indent=None)

"""The ledger as HTML: streams, the last written first, and in each its newest entry first."""

import json
from collections.abc import Mapping, Sequence
from html import escape

from recgate.ports import Entry
from tests.playground.markup import chip, time_html
from tests.playground.world import Stream, World

STREAMS_SHOWN = 40


class LedgerView:
    """Draws the ledger. Entries are only ever added, so a stream of the same length is not
    read again.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._read: dict[Stream, Sequence[Entry]] = {}

    def html(self, streams: Sequence[Stream]) -> str:
        """The streams that were written to last."""
        shown = streams[:STREAMS_SHOWN]
        if not shown:
            return '<p class="empty">Nothing is recorded yet.</p>'
        known = self._read
        self._read = {
            stream: known.get(stream) or self._world.entries(stream.name) for stream in shown
        }
        jobs = {
            entry.key: _job_name(stream.name)
            for stream, entries in self._read.items()
            for entry in entries
            if entry.kind == "decision"
        }
        drawn = "".join(_stream(stream, entries, jobs) for stream, entries in self._read.items())
        left = len(streams) - len(shown)
        return drawn + (
            f'<p class="empty">and {left} streams written to earlier</p>' if left else ""
        )


def _stream(stream: Stream, entries: Sequence[Entry], jobs: Mapping[str, str]) -> str:
    newest_first = list(enumerate(entries))[::-1]
    drawn = "".join(_entry(stream.name, place, entry) for place, entry in newest_first)
    return (
        f'<details class="stream" data-key="{escape(stream.name)}"><summary>'
        f'{_title(stream.name, jobs)}<span class="count">{stream.length}</span>'
        f"{_verdict(entries)}{time_html(stream.last_at)}</summary>{drawn}</details>"
    )


def _title(name: str, jobs: Mapping[str, str]) -> str:
    """The name in the words of a person: which job, or which effect of whose decision."""
    kind, _, rest = name.partition(":")
    if kind == "effect":
        decision, _, route = rest.partition(":")
        whose = jobs.get(decision, f"decision {decision[:8]}")
        shown = f"{escape(route)} <small>for {escape(whose)}</small>"
    else:
        shown = escape(_job_name(name))
    return f'{chip(kind)}<b title="{escape(name)}">{shown}</b>'


def _job_name(stream: str) -> str:
    return stream.partition(":")[2].rsplit("/", 1)[-1] or stream


def _verdict(entries: Sequence[Entry]) -> str:
    """The last verdict, or how far an effect has come."""
    verdicts = [entry.body["verdict"] for entry in entries if "verdict" in entry.body]
    last = verdicts[-1] if verdicts else entries[-1].kind if entries else ""
    return chip(str(last))


def _entry(stream: str, place: int, entry: Entry) -> str:
    body = json.dumps(dict(entry.body), indent=2, ensure_ascii=False, default=str)
    return (
        f'<details class="entry" data-key="{escape(stream)}#{place}"><summary>'
        f'<span class="place">{place}</span><b>{escape(entry.kind)}</b>'
        f"<code>{escape(entry.key[:60])}</code>{time_html(entry.recorded_at)}</summary>"
        f"<pre>{escape(body)}</pre></details>"
    )

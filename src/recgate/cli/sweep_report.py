"""What a sweep from a desk shows: a bar while it works, then tables, or JSON."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from recgate.cli.screen import screen
from recgate.domain.place import Place
from recgate.domain.status_change import StatusChange
from recgate.flows.catch_up import Found
from recgate.flows.watch import Swept
from recgate.rendering.safe_text import clean
from recgate.rendering.story import spoken_time

_NAME = 80
_SHOWN = 50
"""Jobs that are listed by name; the rest is counted."""


def show_found(found: Mapping[Place, Found], begin: datetime) -> None:
    """Print what was found in each place, by name where something is to be done."""
    out = screen()
    for place, each in found.items():
        out.print(
            f"{place}, since {spoken_time(begin)}: {each.running} still run, "
            f"{each.judged} have a verdict, {len(each.unjudged)} ended without one.",
            soft_wrap=True,
        )
        if each.unjudged:
            out.print(_table(each.unjudged))
        if len(each.unjudged) > _SHOWN:
            out.print(f"… and {len(each.unjudged) - _SHOWN} more")


def swept_document(place: Place, swept: Swept) -> dict[str, object]:
    """One sweep of one place, for machines."""
    return {
        "account": place.account,
        "region": place.region,
        "announced": [_change_document(change) for change in swept.announced],
        "left": swept.left,
        "without_verdict": [job.job_name for job in swept.overdue],
        "superseded": swept.superseded,
    }


def _table(changes: tuple[StatusChange, ...]) -> Table:
    table = Table(box=None, header_style="bold", show_edge=False)
    for heading in ("Job", "Status", "Ended"):
        table.add_column(heading, overflow="fold")
    for change in changes[:_SHOWN]:
        job = change.job
        table.add_row(
            Text(clean(job.name, _NAME)),
            Text(clean(job.status, _NAME)),
            Text(spoken_time(job.completed_at or job.modified_at)),
        )
    return table


def found_document(
    place: Place, found: Found, taken: tuple[StatusChange, ...]
) -> dict[str, object]:
    """What was found in one place and what was announced of it, for machines."""
    return {
        "account": place.account,
        "region": place.region,
        "running": found.running,
        "with_verdict": found.judged,
        "without_verdict": [_change_document(change) for change in found.unjudged],
        "announced": [_change_document(change) for change in taken],
    }


def _change_document(change: StatusChange) -> dict[str, object]:
    job = change.job
    return {
        "job_name": clean(job.name, _NAME),
        "job_arn": clean(job.arn, 200),
        "status": clean(job.status, _NAME),
        "modified_at": job.modified_at.isoformat(),
    }


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A progress bar on standard error, if somebody looks at it; it is gone when it is done."""
    out = screen(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    )
    with bar:
        bar.add_task(what, total=None)
        yield bar

"""Pages about jobs as text of some width."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console

from recgate.cli.describe.page import print_job_page
from recgate.cli.recorded_job import recorded_job
from recgate.dialect.describe import job_state, snapshot_of
from recgate.dialect.document import canonical_value
from recgate.domain.job import Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOSTILE = "[bold red]\x1b[31mred\x1b[0m[/] \u202eevil\u202c\r\nFORGED \x9b2J\u200b 測試 "


def recorded(path: Path) -> Snapshot:
    """The recorded job."""
    source = recorded_job(str(path), extra=None, tags=())
    return source.gather(source.state(JobNotice("", Trigger(TriggerSource.COMMAND_LINE))))


def described(
    job: Mapping[str, Any],
    *,
    tags: Mapping[str, str] | None = None,
    steps: list[dict[str, Any]] | None = None,
    measured: Mapping[str, Any] | None = None,
) -> Snapshot:
    """The job of a Describe response, with what was gathered beside it."""
    canonical = canonical_value(job)
    assert isinstance(canonical, Mapping)
    listed = None if tags is None else [{"Key": k, "Value": v} for k, v in tags.items()]
    return snapshot_of(job_state(canonical), tags=listed, steps=steps, measured=measured)


def page(snapshot: Snapshot, width: int = 80, *, now: datetime = NOW, **options: Any) -> str:
    """The page as it is printed on a screen of that width that has no colours."""
    out = io.StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False, emoji=False)
    print_job_page(snapshot, now=now, screen=console, **options)
    return out.getvalue()


def too_wide(text: str, width: int) -> list[str]:
    """The lines that are wider than the screen, but for those that people copy whole."""
    copied = ("arn:", "https://", "recgate ")
    return [
        line
        for line in text.splitlines()
        if cell_len(line) > width and not any(word in line for word in copied)
    ]

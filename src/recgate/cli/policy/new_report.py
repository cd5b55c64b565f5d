"""What `recgate policy new` says: the job's candidates, what was written, and what to do next."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from recgate.cli.policy.new_draft import Draft
from recgate.cli.policy.new_files import POLICY_SCHEMA, TEST_SCHEMA, Places
from recgate.cli.screen import screen
from recgate.domain.candidate import Candidate, Metric
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.job import Snapshot
from recgate.domain.new_policy import NewPolicy
from recgate.rendering.amounts import exact
from recgate.rendering.new_policy.policy_text import leaves_words
from recgate.rendering.new_policy.sentence import sentence
from recgate.rendering.safe_text import clean

SCHEMA = "recgate-policy-new/1"
_NAME = 256

_SHOWN = (
    Metric.COST_PER_HOUR_USD,
    Metric.COST_PER_MILLION_INFERENCES_USD,
    Metric.LATENCY_P99_MS,
    Metric.MODEL_LATENCY_MS,
    Metric.INVOCATIONS_PER_MINUTE,
)
_SPECS = {spec.metric: spec for spec in NUMERIC_LIMITS.values()}


def print_candidates(snapshot: Snapshot, chosen: Candidate, *, stderr: bool) -> None:
    """The recommendations of a job, the best first; an arrow at the one that is taken."""
    show = screen(stderr=stderr)
    count = len(snapshot.candidates)
    said = f"{count} recommendation{'' if count == 1 else 's'}"
    show.print(Text(f"Job {clean(snapshot.job_name, 80)}: {said}", style="bold"))
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column("")
    table.add_column("Recommendation", no_wrap=True)
    for metric in _SHOWN:
        table.add_column(_SPECS[metric].label, justify="right")
    for row in snapshot.candidates:
        figures = [Text(_cell(row, metric)) for metric in _SHOWN]
        mark = "→" if row is chosen else ""
        table.add_row(Text(mark), Text(clean(row.configuration, 80)), *figures)
    show.print(table)
    show.print()


def _cell(row: Candidate, metric: Metric) -> str:
    value = row.values[metric]
    return "n/a" if value is None else exact(value, _SPECS[metric].unit)


def print_written(new: NewPolicy, places: Places, draft: Draft, steps: Sequence[str]) -> None:
    """What was written, what it says, what was left out, and what to do next."""
    show = screen()
    show.print(Text(f"Wrote {places.policy}"))
    show.print(Text(f"Wrote {places.tests}"))
    show.print()
    show.print(Text(f"{new.name}: {sentence(new)}"))
    asides = [f"{gap.name} is left out: {gap.reason}" for gap in new.left_out]
    if asides or draft.notes:
        show.print()
    for line in (*asides, *draft.notes):
        show.print(Text(f"Note: {clean(line, 300)}"))
    show.print()
    show.print(Text("Next", style="bold"))
    for step in steps:
        show.print(Text(f"  {step}"), soft_wrap=True)  # to be pasted


def print_document(new: NewPolicy, places: Places, draft: Draft, steps: Sequence[str]) -> None:
    """The same for machines."""
    chosen = new.origin.chosen if new.origin else None
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "policy": new.name,
        "files": {"policy": places.policy.as_posix(), "tests": places.tests.as_posix()},
        "sentence": sentence(new),
        "job": clean(new.origin.job_name, _NAME) if new.origin else None,
        "recommendation": clean(chosen.recommendation_id, _NAME) if chosen else None,
        "verdict_on_job": draft.verdict.value if draft.verdict else None,
        "limits": [
            {
                "limit": bound.name,
                "warn": bound.warn,
                "fail": bound.fail,
                "recommendation_has": bound.had,
                "leaves": None if bound.had is None else leaves_words(bound),
            }
            for bound in new.bounds
        ],
        "families": list(new.families),
        "left_out": [{"limit": gap.name, "reason": gap.reason} for gap in new.left_out],
        "notes": list(draft.notes),
        "next": list(steps),
    }
    click.echo(json.dumps(body, indent=2, ensure_ascii=False))


def next_steps(
    places: Places, *, file: str | None, extra: Path | None, lacks_schema: bool
) -> list[str]:
    """The commands that go on from here."""
    folder = _word(places.folder)
    there = "" if folder == "policies" else f" --policies {folder}"
    steps = [f"recgate policy test {_word(places.tests)} --coverage{there}"]
    if file is not None and file != "-":
        beside = "" if extra is None else f" --extra {_word(extra)}"
        steps.append(f"recgate check --file {_word(Path(file))}{beside}{there}")
        steps.append(f"recgate backtest --jobs {_word(Path(file).parent)}{there}")
    if lacks_schema:
        for name, schema in (("", POLICY_SCHEMA), ("policy-test ", TEST_SCHEMA)):
            steps.append(f"recgate policy schema {name}> {_word(places.folder / schema)}")
    return steps


def _word(path: Path) -> str:
    return shlex.quote(path.as_posix())

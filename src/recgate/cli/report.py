"""A decision on the terminal: headline, table, reasons, nearest miss, gate."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recgate.cli.screen import screen as terminal
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.telling import Telling
from recgate.domain.verdict import Outcome
from recgate.rendering.amounts import Scale, scale_of
from recgate.rendering.callers import requests_words
from recgate.rendering.headline import subject, summary
from recgate.rendering.safe_text import clean
from recgate.rendering.story import Story, spoken_time, story_of
from recgate.rendering.story_rows import Column, Row
from recgate.rendering.words import finding_words, is_told, judgement_words, nearest_words

_STYLES = {
    "PASS": "bold green",
    "WARN": "bold yellow",
    "WAIVED": "bold yellow",
    "UNKNOWN": "bold magenta",
    "FAIL": "bold red",
    "FAILED": "bold red",
    "ERROR": "bold red",
    "WOULD FAIL": "bold yellow",
}
_LINE = 400


def print_report(
    decision: Decision, *, recorded: str | None = None, console: Console | None = None
) -> None:
    """Print a decision for a person; colours only on a terminal.

    ``recorded`` names the ledger that it was written to.
    """
    screen = console or terminal()
    story = story_of(Telling(decision))
    _headline(screen, decision)
    screen.print(Text(_facts(decision), style="dim"))
    if story.rows:
        screen.print()
        screen.print(_table(story))
        screen.print()
    for judgement in decision.evaluation.judgements:
        _judgement(screen, judgement, scale_of(decision))
    _list(screen, "", (*story.problems, *story.unmatched))
    _list(screen, "Reason from SageMaker", tuple(story.failure_reason.splitlines()))
    _list(screen, "Failed benchmarks", story.failed_steps)
    _list(screen, "Notes", story.notes)
    gate = "open" if decision.verdict.opens_gate else "closed"
    screen.print(Text(f"\nGate {gate}. Decision {decision.key[:16]}", style="dim"))
    if recorded:
        screen.print(Text(f"Recorded in {recorded}", style="dim"))


def _headline(screen: Console, decision: Decision) -> None:
    lead = subject(decision)
    word = next((word for word in _STYLES if lead.startswith(f"{word} ")), "")
    text = Text(lead, style="bold")
    text.stylize(_STYLES.get(word, "bold"), 0, len(word))
    screen.print(text)
    screen.print(Text(summary(decision)))


def _facts(decision: Decision) -> str:
    snapshot = decision.snapshot
    words = [f"job {clean(snapshot.job_name, 80)}", snapshot.status.value]
    if snapshot.job_type:
        words.append(clean(snapshot.job_type, 20))
    words += requests_words(decision)
    if snapshot.ended_at:
        words.append(f"ended {spoken_time(snapshot.ended_at)}")
    words += [part for part in (snapshot.region, snapshot.account) if part]
    if snapshot.tags is None:
        words.append("tags not known (say them with --tag KEY=VALUE)")
    else:
        tags = ", ".join(f"{key}={value}" for key, value in sorted(snapshot.tags.items()))
        words.append(clean(f"tags {tags or 'none'}", 200))
    return " · ".join(words)


def _table(story: Story) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column("Configuration", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    for column in story.columns:
        table.add_column(column.heading, justify="right")
    table.add_column("Because")
    for row in story.rows:
        table.add_row(*_cells(row, story.columns))
    return table


def _cells(row: Row, columns: tuple[Column, ...]) -> list[Text]:
    figures = [Text("n/a" if figure is None else figure[1]) for figure in row.figures]
    style = _STYLES.get(row.verdict, "")
    return [Text(row.configuration), Text(row.verdict, style=style), *figures, Text(row.why)]


def _judgement(screen: Console, judgement: Judgement, scale: Scale) -> None:
    """A policy's verdict: on which configuration it rests, and every limit that is not met."""
    screen.print(Text(clean(judgement_words(judgement), _LINE), style="bold"))
    deciding = judgement.deciding
    for place in judgement.order:
        name = clean(judgement.candidates[place].configuration, _LINE)
        lead = f"{name} (deciding): " if place == deciding else f"{name}: "
        for finding in judgement.findings(place):
            # Of the configuration that decides everything is told, of others what is missed.
            if finding.outcome is not Outcome.NOT_APPLICABLE and (
                is_told(finding) or (place == deciding and judgement.verdict.opens_gate)
            ):
                screen.print(_indented(lead + finding_words(finding, scale)))
    nearest = nearest_miss(judgement)
    if nearest:
        screen.print(_indented(clean(nearest_words(nearest), _LINE)))


def _indented(line: str) -> Padding:
    return Padding(Text(line), (0, 0, 0, 2), expand=False)


def _list(screen: Console, heading: str, lines: tuple[str, ...]) -> None:
    if lines and heading:
        screen.print(Text(heading, style="bold"))
    for line in lines:
        screen.print(_indented(line))

"""`recgate redrive`: look at the dead letters, and move them back to the queue."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import click
from rich.table import Table
from rich.text import Text

from recgate.adapters.aws_clients import Aws
from recgate.adapters.deployed_stack import StackUnusable
from recgate.adapters.sqs_dead_letters import SqsDeadLetters
from recgate.cli.deployment import STACK, Deployment, aws_options, deployment_of, stack_option
from recgate.cli.output_option import output_option
from recgate.cli.screen import screen
from recgate.dialect.dead_letter import DeadLetter
from recgate.flows.redrive import Fate, Redrive, redrive
from recgate.rendering.safe_text import clean
from recgate.rendering.story import spoken_time
from recgate.wiring import utc_now

ALL_MOVED, SOMETHING_LEFT = 0, 1
"""Exit codes; 2 is that of every command that could not work."""

_MOST = 100
_JOB, _EVENT, _REASON = 80, 160, 400
"""Characters of each that are shown."""


@click.command("redrive")
@stack_option(default=STACK, purpose="The deployed stack whose dead-letter queue it is.")
@aws_options
@click.option("--yes", is_flag=True, help="Move them without asking.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Move also what recgate does not understand; it will come back unless that is mended.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=_MOST,
    show_default=True,
    metavar="N",
    help="Look at so many messages at most.",
)
@output_option()
def redrive_command(
    *,
    stack: str,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    yes: bool,
    everything: bool,
    limit: int,
    output: str,
) -> int:
    """Show what is in the dead-letter queue and why, and move it back to the queue.

    \b
    recgate redrive --region eu-west-1
    recgate redrive --yes --output json

    Mend the cause first: what is moved is tried again, and comes back if nothing has changed.
    While you read, the messages are hidden from others for five minutes; what is not moved is
    visible again at once. An event goes back under a new id, so that a route that refused it for
    good is tried once more; routes that were told are not told again. Without a terminal and
    without --yes nothing is moved; --output json never asks.

    Exit codes: 0 everything was moved or nothing was there, 1 something is still there, 2 the
    stack or its queues could not be worked with.
    """  # noqa: D301  click reads the \b as "keep these lines"
    aws = Aws(region=region, profile=profile, endpoint_url=endpoint_url)
    try:
        dead_letters = _dead_letters(aws, deployment_of(aws, stack))
        asking = _Asking(yes=yes, as_json=output == "json")
        done = redrive(
            dead_letters,
            at_most=limit,
            everything=everything,
            confirm=asking.confirm,
            new_id=lambda: str(uuid4()),
            clock=utc_now,
        )
    finally:
        aws.close()
    if output == "json":
        click.echo(json.dumps(_document(done), indent=2, ensure_ascii=False))
    else:
        _print_end(done, stack)
    if len(done.letters) == limit:
        click.echo(f"recgate: looked at {limit}; there may be more (--limit N).", err=True)
    whole = all(each.fate is Fate.MOVED for each in done.letters)
    return ALL_MOVED if whole else SOMETHING_LEFT


def _dead_letters(aws: Aws, deployed: Deployment) -> SqsDeadLetters:
    settings = deployed.settings
    if not settings.queue_url or not settings.dead_letter_url:
        raise StackUnusable(
            f"Stack {deployed.stack!r} in {deployed.home} names no queues: its check function has "
            "no RECGATE_QUEUE_URL or no RECGATE_DLQ_URL. Deploy recgate's template.yaml again."
        )
    return SqsDeadLetters(
        aws.client("sqs"),
        queue_url=settings.queue_url,
        dead_letter_url=settings.dead_letter_url,
        clock=utc_now,
        most_receives=settings.most_receives,
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """Shows the letters and asks, as far as there is somebody to ask."""

    yes: bool
    as_json: bool

    def confirm(self, letters: Sequence[DeadLetter], movable: Sequence[DeadLetter]) -> bool:
        """Whether to move those that can be moved."""
        if not self.as_json:
            _print_letters(letters)
        if self.yes:
            return True
        if not movable:
            return False
        if self.as_json or not sys.stdin.isatty():
            click.echo("recgate: nobody was asked, so nothing is moved: say --yes.", err=True)
            return False
        these = "this message" if len(movable) == 1 else f"these {len(movable)}"
        if len(movable) < len(letters):
            these = f"the {len(movable)} of {len(letters)} that recgate understands"
        return click.confirm(f"Move {these} back to the queue?", default=False)


def _print_letters(letters: Sequence[DeadLetter]) -> None:
    out = screen()
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column("Job", overflow="fold")
    table.add_column("Event", overflow="fold")
    table.add_column("Since", no_wrap=True)
    table.add_column("Tries", justify="right")
    table.add_column("Why it is here", overflow="fold")
    for letter in letters:
        cells = _cells(letter)
        tries = "?" if cells["tries"] is None else str(cells["tries"])
        since = spoken_time(letter.since) if letter.since else "?"
        row = (str(cells["job"] or "?"), str(cells["event"]), since, tries, str(cells["reason"]))
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)
    out.print()


def _cells(letter: DeadLetter) -> dict[str, str | int | None]:
    """What is told of a letter, fit to print."""
    return {
        "job": clean(letter.job, _JOB) if letter.job else None,
        "event": clean(letter.event, _EVENT),
        "since": letter.since.isoformat() if letter.since else None,
        "tries": letter.tries,
        "reason": clean(letter.reason, _REASON),
    }


def _print_end(done: Redrive[DeadLetter], stack: str) -> None:
    if not done.letters:
        click.echo(f"The dead-letter queue of {stack} is empty.")
        return
    for each in done.letters:
        name = clean(each.letter.job or each.letter.message_id, _JOB)
        if each.fate is Fate.COPIED:
            copied = "moved, and a copy is still there, which does no harm"
            click.echo(f"recgate: {name}: {copied}: {clean(each.because, _REASON)}", err=True)
        elif each.because:
            click.echo(f"recgate: {name}: {each.fate}: {clean(each.because, _REASON)}", err=True)
    counts = _counts(done)
    click.echo(f"Moved {counts['moved']}, left {counts['left']}, failed {counts['failed']}.")
    if counts["moved"]:
        click.echo("The check function tries them again now.")
    if any(not each.letter.is_understood and each.fate is Fate.LEFT for each in done.letters):
        click.echo("What recgate does not understand was left there; --all moves it, too.")
    if done.still_hidden:
        until = max(letter.hidden_until for letter in done.still_hidden)
        left = f"{len(done.still_hidden)} of those that were not moved"
        click.echo(f"recgate: {left} stay hidden until {spoken_time(until)}.", err=True)


def _counts(done: Redrive[DeadLetter]) -> dict[str, int]:
    """How many of each fate; a copied letter is in the queue, so it counts as moved."""
    fates = [each.fate for each in done.letters]
    return {
        "moved": fates.count(Fate.MOVED) + fates.count(Fate.COPIED),
        "left": fates.count(Fate.LEFT),
        "failed": fates.count(Fate.FAILED),
    }


def _document(done: Redrive[DeadLetter]) -> dict[str, object]:
    letters = [
        {
            "message_id": each.letter.message_id,
            **_cells(each.letter),
            "understood": each.letter.is_understood,
            "fate": each.fate,
            "because": clean(each.because, _REASON),
        }
        for each in done.letters
    ]
    return {**_counts(done), "letters": letters}

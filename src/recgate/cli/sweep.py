"""`recgate sweep`: run the watcher from a desk, once, or over some days that went unnoticed."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

import click

from recgate.adapters.aws_clients import Aws
from recgate.adapters.local_watch_memory import LocalWatchMemory
from recgate.cli.deployment import STACK, Deployment, aws_options, deployment_of, stack_option
from recgate.cli.exits import COULD_NOT_JUDGE
from recgate.cli.output_option import output_option
from recgate.cli.since import since_option
from recgate.cli.sweep_report import found_document, progress, show_found, swept_document
from recgate.domain.place import Place
from recgate.domain.status_change import StatusChange
from recgate.domain.watch_memory import Remembered
from recgate.flows.catch_up import Found, announce_again, expect_verdicts, find, forget_job
from recgate.flows.watch import Swept, WatchParts, sweep
from recgate.ports import RecgateError
from recgate.rendering.safe_text import clean
from recgate.watch_wiring import watch_memory, watched_places
from recgate.wiring import utc_now

DONE, SOMETHING_LEFT = 0, 1
"""Exit codes; 2 is that of every command that could not work."""

_FUNCTION = "WatchFunction"


@click.command("sweep")
@click.option(
    "--since",
    callback=since_option,
    metavar="TIME",
    help="Look at everything that changed since then: 90m, 36h, 7d, 2w, or a date (UTC).",
)
@stack_option(default=STACK, purpose="The deployed stack whose watcher, ledger and bus to use.")
@aws_options
@click.option("--forget", metavar="JOB", help="Wait no longer for this job's verdict.")
@click.option("--yes", is_flag=True, help="Announce without asking.")
@click.option("--dry-run", is_flag=True, help="Only show what would be announced.")
@output_option()
def sweep_command(
    *,
    since: datetime | None,
    stack: str,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    forget: str | None,
    yes: bool,
    dry_run: bool,
    output: str,
) -> int:
    """Run the watcher from a desk.

    \b
    recgate sweep
    recgate sweep --since 7d

    Without --since: one sweep now, as the deployed function makes every minute, with its memory.

    With --since: every job that ended since then and has no decision in the ledger is announced,
    whatever the watcher remembers: after an outage, or for the time before the deployment. Jobs
    that have a decision are left out. The verdicts follow as for any other job, and the deployed
    watcher waits for them.

    --forget JOB: the deployed watcher waits no longer for the verdict of a job (name or ARN)
    that nobody can judge, so that its alarm can ring for others.

    Exit codes: 0 done, 1 something was left (not taken by the bus, or you said no), 2 the stack,
    or one of its regions and accounts, could not be worked with.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if since is None and (dry_run or yes):
        raise click.UsageError("--dry-run and --yes go with --since.")
    if since is not None and forget is not None:
        raise click.UsageError("--since and --forget are two different things: say one.")
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        deployed = deployment_of(aws, stack, function=_FUNCTION)
        if forget is not None:
            return _forget(forget, deployed, aws)
        if since is None:
            return _one_sweep(deployed, aws, output)
        return _CatchUp(deployed, aws, since, yes=yes, dry_run=dry_run, output=output).run()


def _one_sweep(deployed: Deployment, aws: Aws, output: str) -> int:
    swept: dict[Place, Swept] = {}
    places = watched_places(deployed.settings, aws)
    with progress("Sweeping") as bar:
        for place, make_parts in places.items():
            bar.update(bar.task_ids[0], description=f"Sweeping {place}")
            with _told(place):
                swept[place] = sweep(make_parts())
    if output == "json":
        click.echo(json.dumps([swept_document(*each) for each in swept.items()], indent=2))
    else:
        for place, each in swept.items():
            click.echo(
                f"{place}: {len(each.announced)} announced, {each.left} left, "
                f"{len(each.overdue)} without a verdict in time."
            )
    if len(swept) < len(places):
        return COULD_NOT_JUDGE
    return SOMETHING_LEFT if any(each.left or each.superseded for each in swept.values()) else DONE


@contextmanager
def _told(place: Place) -> Iterator[None]:
    """Say what went wrong in one place, and go on with the next."""
    try:
        yield
    except RecgateError as problem:
        click.echo(f"recgate: {place}: {problem}", err=True)


def _forget(job: str, deployed: Deployment, aws: Aws) -> int:
    """Take a job out of what the deployed watcher waits for, wherever it is."""
    settled: list[str] = []
    for place in watched_places(deployed.settings, aws):
        settled += forget_job(job, watch_memory(deployed.settings, aws, place))
    for arn in settled:
        click.echo(f"The watcher waits no longer for the verdict of {arn}.")
    if not settled:
        click.echo(f"recgate: the watcher waits for no verdict of {clean(job, 200)}.", err=True)
    return DONE if settled else SOMETHING_LEFT


@dataclass(frozen=True, slots=True)
class _CatchUp:
    """Look back, show, ask, announce."""

    deployed: Deployment
    aws: Aws
    begin: datetime
    yes: bool
    dry_run: bool
    output: str

    def run(self) -> int:
        places = watched_places(self.deployed.settings, self.aws, memory_of=self._since)
        parts: dict[Place, WatchParts] = {}
        found: dict[Place, Found] = {}
        for place, make in places.items():
            with _told(place):
                parts[place] = make()
                found[place] = self._find(place, parts[place])
        unjudged = sum(len(each.unjudged) for each in found.values())
        if self.output == "text":
            show_found(found, self.begin)
        agreed = unjudged > 0 and not self.dry_run and self._agreed(unjudged)
        taken = {
            place: self._announce(place, each, parts[place]) if agreed else ()
            for place, each in found.items()
        }
        announced = sum(len(each) for each in taken.values())
        if self.output == "json":
            documents = [found_document(place, found[place], taken[place]) for place in found]
            click.echo(json.dumps(documents, indent=2))
        elif not self.dry_run:
            click.echo(f"{announced} announced.{' Verdicts follow.' if announced else ''}")
        if len(found) < len(places):
            return COULD_NOT_JUDGE
        return DONE if self.dry_run or announced == unjudged else SOMETHING_LEFT

    def _since(self, place: Place) -> LocalWatchMemory:
        return LocalWatchMemory(Remembered(started_at=self.begin, watermark=self.begin))

    def _find(self, place: Place, parts: WatchParts) -> Found:
        with progress(f"Looking at {place}") as bar:
            task = bar.task_ids[0]
            return find(
                parts,
                looked_at=lambda done, total: bar.update(task, completed=done, total=total),
            )

    def _agreed(self, count: int) -> bool:
        if self.yes:
            return True
        if self.output == "json" or not sys.stdin.isatty():
            click.echo("recgate: nobody was asked, so nothing is announced: say --yes.", err=True)
            return False
        return click.confirm(f"Announce {'it' if count == 1 else f'these {count}'}?", default=False)

    def _announce(self, place: Place, found: Found, parts: WatchParts) -> tuple[StatusChange, ...]:
        taken: tuple[StatusChange, ...] = ()
        with progress(f"Announcing {place}") as bar, _told(place):
            task = bar.task_ids[0]
            taken = announce_again(
                found.unjudged,
                parts.bus,
                announced=lambda done, total: bar.update(task, completed=done, total=total),
            )
        try:
            memory = watch_memory(self.deployed.settings, self.aws, place)
            waits = not taken or expect_verdicts(taken, memory, utc_now())
        except RecgateError as problem:
            click.echo(f"recgate: {problem}", err=True)
            waits = False
        if not waits:
            click.echo(
                f"recgate: the watcher of {place} does not wait for these verdicts: look after "
                "them yourself.",
                err=True,
            )
        return taken

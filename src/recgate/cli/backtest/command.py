"""`recgate backtest`: what other policies would have decided."""

import json
import os
from contextlib import ExitStack, closing
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.adapters.folder_reports import write_page
from recgate.adapters.policy_revisions import NamedFolder, named_folder_of
from recgate.cli.backtest.progress import Watching
from recgate.cli.backtest.sources import RECORDED, Asked, check_source, source_of
from recgate.cli.backtest.text import print_backtest
from recgate.cli.deployment import aws_options, stack_option
from recgate.cli.exits import COULD_NOT_TELL, FINE, NOT_FINE
from recgate.cli.output_option import JSON, TEXT, output_option
from recgate.cli.screen import screen
from recgate.cli.since import since_option
from recgate.dialect.backtest_figures import FiguresReader
from recgate.dialect.backtest_reading import quick_snapshot
from recgate.dialect.decision_reader import decision_from
from recgate.dialect.describe import snapshot_from
from recgate.domain.backtest import Backtest
from recgate.domain.job_limit import JobLimit
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy_set import PolicySet
from recgate.flows.backtest import BacktestParts, backtest
from recgate.ports import RecgateError
from recgate.rendering.backtest.document import backtest_document
from recgate.rendering.backtest.markdown import backtest_markdown
from recgate.rendering.backtest.page import backtest_page
from recgate.rendering.backtest.story import About, backtest_story
from recgate.settings import settings_from
from recgate.wiring import built_in_routes, policy_source, utc_now

MARKDOWN, HTML = "markdown", "html"
_STANDARD_OUTPUT = "-"


class NothingToJudge(RecgateError):
    """There is no job to judge again: silence would look like "nothing changes"."""


@click.command("backtest")
@click.option(
    "--policies",
    default="policies",
    show_default=True,
    envvar="RECGATE_POLICIES",
    metavar="NEW",
    help="The new policies: a folder, or a git revision (REV or REV:path).",
)
@click.option(
    "--against",
    metavar="OLD",
    help="What to compare with: a folder, a git revision, or `recorded`, what the ledger says. "
    "Default: recorded for a ledger, nothing otherwise.",
)
@click.option(
    "--jobs",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Judge the recorded jobs in a folder: NAME.json, with NAME.extra.json beside it.",
)
@click.option(
    "--ledger",
    metavar="FILE",
    help="Judge what was decided: a SQLite file, or dynamodb:TABLE. Default: the ledger of "
    "--stack, else RECGATE_LEDGER.",
)
@click.option("--account", is_flag=True, help="Judge the jobs of the account and region, now.")
@stack_option(purpose="The deployed stack whose ledger (or settings, with --account) to use.")
@aws_options
@click.option(
    "--since",
    callback=since_option,
    metavar="WHEN",
    help="Decided (with --account: modified) since then: 7d, 2w, 2026-09-01 (UTC).",
)
@click.option("--until", callback=since_option, metavar="WHEN", help="And before then.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The day (UTC) that waivers and enforce_from see. Default: each decision's own day; "
    "today for jobs that nobody decided on.",
)
@click.option(
    "--at-most",
    type=click.IntRange(min=1),
    default=500,
    show_default=True,
    help="With --account: refuse to gather more jobs.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Show so many changes, the gravest first. JSON has all of them.",
)
@click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Let what cannot be judged again not decide the exit code; it is told all the same.",
)
@output_option(MARKDOWN, HTML)
@click.option("--out", metavar="F", help="Write the answer to a file; - is standard output.")
def backtest_command(
    *,
    policies: str,
    against: str | None,
    jobs: Path | None,
    ledger: str | None,
    account: bool,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    since: datetime | None,
    until: datetime | None,
    on: datetime | None,
    at_most: int,
    limit: int,
    skip_unreadable: bool,
    output: str,
    out: str | None,
) -> int:
    """Judge recorded jobs again by other policies, and tell what changes.

    \b
    recgate backtest --ledger decisions.db                     # against what was recorded
    recgate backtest --ledger decisions.db --against main      # against the policies of a branch
    recgate backtest --jobs examples/jobs --against old-policies
    recgate backtest --account --since 2026-09-01 --against main --output html --out b.html

    How many verdicts change, which, in what direction, by which limit, and what it does to the
    cost that is approved. Nothing is recorded, and nobody is told.

    Exit codes: 0 no gate opens or closes, 1 some gate does, 2 nothing could be judged, or
    something could not be judged again (see --skip-unreadable).
    """  # noqa: D301  click reads the \b as "keep these lines"
    compares_folders = against is not None and against != RECORDED
    today = utc_now().date()
    with ExitStack() as stack_of:
        new_folder = stack_of.enter_context(named_folder_of(policies))
        new = _load(new_folder)
        old, old_name = None, None
        if compares_folders:
            old_folder = stack_of.enter_context(named_folder_of(against or ""))
            old, old_name = _load(old_folder), old_folder.name
        asked = Asked(
            jobs=jobs,
            account=account,
            ledger=ledger,
            stack=stack,
            since=since,
            until=until,
            at_most=at_most,
            strictly=_reads_fields(new, old),
        )
        check_source(asked, against)
        if old is None and jobs is None and not account:
            old_name = "what was recorded"
        aws = stack_of.enter_context(
            closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url))
        )
        source = stack_of.enter_context(source_of(asked, aws))
        watching = stack_of.enter_context(Watching(source.count))
        found = backtest(
            source.pasts,
            BacktestParts(
                new=new,
                old=old,
                today=today,
                on=on.date() if on else None,
                quick=partial(quick_snapshot, reader=_reader(new, old)),
                read_snapshot=snapshot_from,
                read_decision=decision_from,
                watch=watching,
            ),
        )
        about = About(new_folder.name, old_name, source.words, _day_words(on, asked))
    if not found.judged and not found.not_judged:
        raise NothingToJudge(f"There is no job {about.source}: nothing was judged.")
    _put_out(found, about, output=output, out=out, limit=limit)
    if found.not_judged and not skip_unreadable:
        return COULD_NOT_TELL
    return NOT_FINE if found.moves_gate else FINE


def _load(folder: NamedFolder) -> PolicySet:
    """The policies in a folder; what is wrong with its waivers is told, and they do not count.

    Raises PoliciesInvalid.
    """
    policies = policy_source(folder.path, built_in_routes(settings_from(os.environ))).load()
    for problem in policies.waiver_problems:
        click.echo(f"recgate: {folder.as_asked(problem)} (this waiver does not count)", err=True)
    return policies


def _reader(new: PolicySet, old: PolicySet | None) -> FiguresReader:
    limits = [limit for each in (new, old) if each for p in each.policies for limit in p.limits]
    return FiguresReader(
        frozenset(limit.spec.metric for limit in limits if isinstance(limit, NumericLimit))
    )


def _reads_fields(new: PolicySet, old: PolicySet | None) -> bool:
    sets = [new] if old is None else [new, old]
    limits = [limit for each in sets for policy in each.policies for limit in policy.limits]
    return any(isinstance(limit, JobLimit) for limit in limits)


def _day_words(on: datetime | None, asked: Asked) -> str:
    if on is not None:
        return f"on {on.date().isoformat()}"
    return "as of today" if asked.jobs is not None or asked.account else "each on its own day"


def _put_out(found: Backtest, about: About, *, output: str, out: str | None, limit: int) -> None:
    if output == TEXT and out in (None, _STANDARD_OUTPUT):
        print_backtest(backtest_story(found, about, limit=limit), screen())
        return
    if output == JSON:
        text = json.dumps(backtest_document(found, about), indent=2, ensure_ascii=False) + "\n"
    elif output == MARKDOWN:
        text = backtest_markdown(found, about, limit=limit)
    elif output == HTML:
        text = backtest_page(found, about, limit=limit)
    else:
        console = screen()
        with console.capture() as captured:
            print_backtest(backtest_story(found, about, limit=limit), console)
        text = captured.get()
    if out in (None, _STANDARD_OUTPUT):
        click.echo(text, nl=False)
        return
    write_page(Path(out or ""), text)
    click.echo(f"recgate: written to {out}", err=True)

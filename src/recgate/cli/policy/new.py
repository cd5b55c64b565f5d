"""`recgate policy new`: write a policy with its tests, from answers or around a recommendation."""

from pathlib import Path
from typing import Any

import click

from recgate.cli.exits import FINE, NOT_FINE
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import JSON, output_option
from recgate.cli.policy.new_asking import confirmed, is_terminal
from recgate.cli.policy.new_dialogue import Setting, ask_wishes
from recgate.cli.policy.new_draft import draft_of
from recgate.cli.policy.new_files import Places, lacks_schema, write
from recgate.cli.policy.new_job import JobStart, job_start, picked
from recgate.cli.policy.new_options import answer_options, check_options, wishes_in
from recgate.cli.policy.new_report import (
    next_steps,
    print_candidates,
    print_document,
    print_written,
)
from recgate.cli.policy.new_setting import name_for, owner_of, routes_of
from recgate.cli.policy.new_wishes import CannotBeMet, Wishes, policy_of
from recgate.domain.new_policy import NewPolicy, scope_of
from recgate.ports import RecgateError
from recgate.rendering.new_policy.sentence import sentence
from recgate.wiring import utc_now

_NOBODY_TO_ASK = (
    "Nobody can be asked here (no terminal, or --yes). Say NAME and one limit at least "
    "(--max-cost-per-hour 2.50, --max-p99 120, --min-throughput 400, --families c7g,m7g), or make "
    "it from a job: --from-job FILE."
)


class NoPolicy(RecgateError):
    """What was asked for goes against itself, or against the job."""


@click.command("new")
@click.argument("name", required=False)
@click.option(
    "--from-job",
    "from_job",
    metavar="FILE",
    help="A recorded Describe response, to set the limits around one of its recommendations; "
    "- reads standard input.",
)
@click.option(
    "--extra",
    type=click.Path(path_type=Path),
    metavar="F",
    help="Tags and measured P99 of the job. Default: NAME.extra.json beside it.",
)
@answer_options
@policies_option("The folder of policies to write to; it is made if it is not there.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not said is as by default.")
@output_option()
def new_command(
    *,
    name: str | None,
    from_job: str | None,
    extra: Path | None,
    policies: Path,
    yes: bool,
    output: str,
    **options: Any,  # noqa: ANN401  what `answer_options` adds
) -> int:
    """Write a policy with its tests, from answers or around a recommendation.

    \b
    recgate policy new
    recgate policy new --from-job examples/jobs/fraud-ranker-v14.json
    recgate policy new --from-job job.json --headroom 30% --headroom max_cost_per_hour_usd=10%
    recgate policy new checkout --tag env=prod --max-cost-per-hour 2.50 --max-p99 120 --yes

    At a terminal it asks for what no option says; elsewhere it takes the defaults, and never
    waits. --from-job takes the recommendation that is cheapest among those with most
    measurements, and sets limits that leave 20% over what it has: rounded outwards, with a
    warning half-way. A limit on a figure that the job lacks is left out, with the reason.

    It writes NAME.yaml and tests/NAME.yaml, both or neither, and never over a file. Both were
    loaded and run before.

    Exit codes: 0 written, 1 you said no, 2 nothing could be written.
    """  # noqa: D301  click reads the \b as "keep these lines"
    today = utc_now().date()
    wishes = wishes_in(name, options, today=today, routes=lambda: routes_of(policies))
    check_options(wishes, from_job=from_job is not None)
    if extra is not None and from_job is None:
        raise click.UsageError("--extra goes with --from-job.")
    if wishes.name is not None:
        Places(policies, wishes.name).check_free()
    start = None if from_job is None else job_start(from_job, extra)
    asks = is_terminal() and not yes
    if start is not None and output != JSON:
        families = wishes.families or ()
        best = picked(start, wishes.recommendation, kind=wishes.kind, families=families)
        print_candidates(start.snapshot, best, stderr=asks)
    if asks:
        setting = Setting(
            name=name_for(start, policies),
            owner=(scope_of(start.snapshot).owner if start else "") or owner_of(policies),
            routes=routes_of(policies),
            today=today,
            check_name=lambda offered: Places(policies, offered).check_free(),
        )
        wishes = ask_wishes(wishes, setting, start)
    new = _made(wishes, start, policies)
    places = Places(policies, new.name)
    places.check_free()
    draft = draft_of(new, places, start, today)
    if asks:
        click.echo(f"\n{new.name}: {sentence(new)}\n", err=True)
        if not confirmed(f"Write {places.policy} and {places.tests}"):
            click.echo("recgate: nothing was written.", err=True)
            return NOT_FINE
    write(places, draft.policy, draft.tests)
    steps = next_steps(places, file=from_job, extra=extra, lacks_schema=lacks_schema(policies))
    if output == JSON:
        print_document(new, places, draft, steps)
    else:
        print_written(new, places, draft, steps)
    return FINE


def _made(wishes: Wishes, start: JobStart | None, folder: Path) -> NewPolicy:
    """The policy; what was not said is as by default. Raises click.UsageError, NoPolicy."""
    if start is None and not (wishes.name and (wishes.figures or wishes.families)):
        raise click.UsageError(_NOBODY_TO_ASK)
    name = wishes.name or name_for(start, folder)
    try:
        return policy_of(wishes, name, start, owner=owner_of(folder))
    except CannotBeMet as reason:
        raise NoPolicy(f"No policy can be made of this: {reason}.") from reason

"""`recgate doctor`: what is right, what is not, and what mends it."""

import json
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click
from click.core import ParameterSource
from rich.text import Text

from recgate import __version__
from recgate.adapters.aws_clients import Aws
from recgate.cli.deployment import aws_options, stack_option
from recgate.cli.doctor.checks import plan
from recgate.cli.doctor.clients import Clients
from recgate.cli.doctor.ground import look_at_the_ground
from recgate.cli.exits import COULD_NOT_TELL, FINE, NOT_FINE
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.domain.checkup import CheckId, Health, Result, overall
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.run import run_checks
from recgate.rendering.checkup.document import checkup_document
from recgate.rendering.checkup.lines import WITHOUT_AN_ACCOUNT, checkup_lines, summary
from recgate.wiring import utc_now

WITHIN_S = 20.0
"""Seconds for everything after the first three questions; a look that takes longer is not known."""

EXITS = {Health.FAILED: NOT_FINE, Health.NOT_KNOWN: COULD_NOT_TELL}

_STYLES = {
    Health.OK: "green",
    Health.WARNING: "yellow",
    Health.FAILED: "bold red",
    Health.NOT_KNOWN: "magenta",
    Health.NOT_CHECKED: "dim",
}
_WIDTH = max(len(health.value) for health in Health)
_ORDER = list(CheckId)


@click.command("doctor")
@stack_option(purpose="The deployed stack to look at. Without it: what this desk has.")
@policies_option()
@aws_options
@output_option()
def doctor_command(
    *,
    stack: str | None,
    policies: Path,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output: str,
) -> int:
    """Say what is right, what is not, and the command that mends it.

    \b
    recgate doctor
    recgate doctor --stack recgate --region eu-west-1
    recgate doctor --stack recgate --output json

    It looks at the policies, the credentials, the permissions that the configuration needs (yours
    and those of the deployed functions), CloudTrail, the rules, schedules, queues, tables, secrets,
    Slack and SNS, and the alarms. It only reads, sends nothing, and shows no secret. Each look
    stands alone: one that fails is "not known", and never counts as ok.

    Exit codes: 0 nothing failed (there may be warnings), 1 something failed, 2 nothing failed, and
    something could not be told.
    """  # noqa: D301  click reads the \b as "keep these lines"
    desk = Desk(stack or "", region or "", profile or "")
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        clients = Clients(aws)
        source = click.get_current_context().get_parameter_source("policies")
        ground = look_at_the_ground(
            desk,
            os.environ,
            policies,
            clients,
            folder_is_named=source is not ParameterSource.DEFAULT,
        )
        planned = plan(ground, clients, utc_now())
        looked = run_checks(planned.checks, within_s=WITHIN_S)
    results = sorted(
        (*ground.results, *planned.results, *looked), key=lambda each: _ORDER.index(each.id)
    )
    if output == JSON:
        document = checkup_document(results, version=__version__, stack=desk.stack)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _print(results, works_alone=ground.works_alone)
    return EXITS.get(overall(results), FINE)


def _print(results: Sequence[Result], *, works_alone: bool) -> None:
    """A line for each answer, its remedy below it; a terminal breaks them, so that a command can
    be copied whole.
    """
    out = screen()
    for line in checkup_lines(results):
        text = Text(f"{line.health.value:<{_WIDTH}}  ", style=_STYLES[line.health])
        text.append(f"{line.subject}: ", style="bold")
        text.append(line.finding, style="default")
        out.print(text, soft_wrap=True)
        if line.remedy:
            out.print(Text(f"{'':<{_WIDTH}}  → {line.remedy}"), soft_wrap=True)
    out.print()
    out.print(Text(summary(results), style="bold"), soft_wrap=True)
    if works_alone:
        out.print("\nThis works without an account:")
        for command in WITHOUT_AN_ACCOUNT:
            out.print(Text(f"  {command}"), soft_wrap=True)

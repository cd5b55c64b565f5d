"""`recgate notify test`: send a sample through one route, and say what became of it."""

import os
import sys
from collections.abc import Mapping
from contextlib import closing
from difflib import get_close_matches
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.channel_wiring import channel_maker
from recgate.cli.deployment import aws_options, deployment_of, stack_option
from recgate.cli.job_options import policies_option
from recgate.cli.lazy_group import LazyGroup
from recgate.cli.notify_report import NOT_DELIVERED, Finding, print_findings, sent
from recgate.cli.route_diagnosis import diagnose
from recgate.cli.sample_decision import sample_decision, sample_verdicts
from recgate.domain.job import JobStatus
from recgate.domain.route import Route, SnsTopic
from recgate.domain.telling import Telling
from recgate.ports import RecgateError
from recgate.settings import Settings, settings_from
from recgate.wiring import built_in_routes, policy_source, utc_now

LABEL = "TEST"
"""What every medium says before the headline of a sample."""


COMMANDS = {
    "test": ("recgate.cli.notify:notify_test_command", "Send a sample through one route."),
}


@click.group("notify", cls=LazyGroup, commands_at=COMMANDS)
def notify_command() -> None:
    """See whether messages reach the people whom they are for."""


@click.command("test")
@click.argument("route")
@click.option(
    "--verdict",
    type=click.Choice(sample_verdicts(), case_sensitive=False),
    default="PASS",
    show_default=True,
    help="What the sample says. FAIL and FAILED mention whom the route mentions on a failure.",
)
@policies_option("The folder of policies, with its routes.yaml.")
@stack_option(purpose="The deployed stack whose settings to use.")
@aws_options
@click.option("--dry-run", is_flag=True, help="Look at the route, and send nothing.")
def notify_test_command(
    *,
    route: str,
    verdict: str,
    policies: Path,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    dry_run: bool,
) -> int:
    """Send one sample, labelled TEST, through ROUTE, and say what became of it.

    \b
    recgate notify test slack-ml-prod --stack recgate --region eu-west-1
    recgate notify test sns-finops --verdict FAIL --dry-run

    ROUTE is one of routes.yaml, or one that the settings of --stack (or the RECGATE_*
    environment) describe: slack, sns, console. The sample is about a job that does not exist,
    nothing is recorded, and it is sent once, as the deployed function would send a verdict.
    Before that, a Slack bot's token is asked for its scopes, and an SNS topic for its
    subscriptions and their filter policies. It works with your credentials: what the function's
    role may do can differ.

    Exit codes: 0 delivered (with --dry-run: nothing stands in the way), 1 not delivered, or
    published to a topic where nobody gets it, 2 it could not be tried (no such route, a broken
    routes.yaml).
    """  # noqa: D301  click reads the \b as "keep these lines"
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        settings = deployment_of(aws, stack).settings if stack else settings_from(os.environ)
        chosen = _route(route, _routes(settings, policies))
        telling = Telling(sample_decision(verdict.upper(), utc_now()), label=LABEL)
        click.echo(f"Route {chosen.name}: {chosen.destination.words}")
        findings = [*_wish(chosen, telling), *diagnose(chosen, telling, settings, aws)]
        print_findings(findings)
        if dry_run:
            click.echo("Nothing was sent (--dry-run).")
            return NOT_DELIVERED if any(found.is_trouble for found in findings) else 0
        sys.stdout.flush()  # a console route writes there, too
        delivery = channel_maker(settings, aws)(chosen).deliver(telling)
        is_topic = isinstance(chosen.destination, SnsTopic)
        return sent(delivery, to_nobody=is_topic and any(found.is_trouble for found in findings))


def _routes(settings: Settings, policies: Path) -> Mapping[str, Route]:
    """Every route that the function would have. Raises PoliciesInvalid."""
    return policy_source(policies, built_in_routes(settings)).load().routes


def _route(name: str, routes: Mapping[str, Route]) -> Route:
    if name in routes:
        return routes[name]
    known = ", ".join(routes) or "none at all: write a routes.yaml, or name a --stack"
    near = get_close_matches(name, routes, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise NoSuchRoute(f"There is no route {name!r}.{meant} The routes are: {known}.")


class NoSuchRoute(RecgateError):
    """The route that was asked for is neither in routes.yaml nor in the settings."""


def _wish(route: Route, telling: Telling) -> list[Finding]:
    """Whether the route would hear a verdict like the sample's at all."""
    decision = telling.decision
    failed = decision.snapshot.status is JobStatus.FAILED
    if route.wants(decision.verdict, job_failed=failed):
        return []
    wanted = ", ".join(sorted(route.on or ())) or "nothing"
    return [
        Finding(
            f"A real {decision.verdict.value} is not told here: the route's `on` names {wanted}. "
            "The sample is sent all the same."
        )
    ]

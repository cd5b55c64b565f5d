"""`recgate iam`: the least-privilege policy for the configuration in force."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import click
from rich.text import Text

from recgate.adapters.aws_clients import Aws, AwsNotConfigured
from recgate.adapters.checkup.caller import caller, principal
from recgate.adapters.checkup.stack import stack as asked_stack
from recgate.cli.deployment import aws_options, stack_option
from recgate.cli.doctor.clients import Clients
from recgate.cli.doctor.in_force import in_force, stack_settings
from recgate.cli.exits import FINE
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.dialect.permissions.desk import desk_statements, reader_statements
from recgate.dialect.permissions.evidence import adopt_statements
from recgate.dialect.permissions.functions import function_statements
from recgate.dialect.permissions.in_force import PLACEHOLDERS, InForce, unfilled
from recgate.dialect.permissions.statement import Statement, policy_document
from recgate.domain.route import Route
from recgate.flows.checkup.facts import CannotLook, NotThere, Stack
from recgate.ports import RecgateError
from recgate.settings import Settings, settings_from
from recgate.wiring import built_in_routes, policy_source

WHOM: Mapping[str, Callable[[InForce], Sequence[Statement]]] = {
    "functions": function_statements,
    "desk": desk_statements,
    "reader": reader_statements,
    "adopter": adopt_statements,
}
IAM_CHARACTERS_MAX = 6144
"""What a managed policy may have, white space not counted; an inline one of a role has 10,240.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


@click.command("iam")
@stack_option(purpose="The deployed stack that it is for. Without it: the RECGATE_* environment.")
@click.option(
    "--for",
    "whom",
    type=click.Choice(list(WHOM)),
    default="desk",
    show_default=True,
    help="functions: the deployed functions; desk: every command here, doctor too; reader: "
    "reading jobs and decisions, and verifying; adopter: what audit adopt needs, once.",
)
@policies_option("The folder of policies, whose routes.yaml may name secrets and topics.")
@aws_options
@output_option()
def iam_command(
    *,
    stack: str | None,
    whom: str,
    policies: Path,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output: str,
) -> int:
    """Print the least that recgate must be allowed, as an IAM policy.

    \b
    recgate iam --for reader
    recgate iam --stack recgate --region eu-west-1
    recgate iam --stack recgate --for functions --output json > policy.json

    Each statement is one purpose; the text says why below. --output json is the policy alone, as
    IAM takes it: the one JSON of recgate without a "schema". Account, region and names are those
    of the stack or of your credentials; what is not known stands there as a word in capitals, and
    is named on standard error.

    Exit codes: 0 printed, 2 the stack or the routes could not be read.
    """  # noqa: D301  click reads the \b as "keep these lines"
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        config = _configuration(Clients(aws), stack, policies)
    statements = WHOM[whom](config)
    document = json.dumps(policy_document(statements), indent=2)
    if output == JSON:
        click.echo(document)
    else:
        click.echo(document)
        _print_reasons(statements)
    _complain(statements, document)
    return FINE


def _configuration(clients: Clients, stack_name: str | None, policies: Path) -> InForce:
    """Raises StackUnreadable, PoliciesInvalid, SettingsInvalid."""
    settings = settings_from(os.environ)
    partition, account, you = _who(clients)
    stack = None
    if stack_name:
        stack = _stack(clients, stack_name)
        settings = stack_settings(stack, settings)
        account = stack.account
    return in_force(
        settings,
        _routes(settings, policies),
        partition=partition,
        account=account,
        region=clients.region,
        stack=stack,
        you=you,
    )


def _routes(settings: Settings, folder: Path) -> Sequence[Route]:
    """The routes of a folder; those of the settings where there is no folder."""
    built_in = built_in_routes(settings)
    if not folder.exists():
        return list(built_in.values())
    return list(policy_source(folder, built_in).load().routes.values())


def _who(clients: Clients) -> tuple[str, str, str]:
    """The partition, the account and the user or role of these credentials; of none, what is
    usual and ''.
    """
    try:
        found = caller(clients.of_the_caller())
    except (AwsNotConfigured, CannotLook):
        return "aws", "", ""
    if found.problem is not None:
        return "aws", "", ""
    try:
        you = principal(clients("iam"), found.arn)
    except (AwsNotConfigured, CannotLook):
        you = ""
    return found.arn.split(":")[1], found.account, you


def _stack(clients: Clients, name: str) -> Stack:
    try:
        return asked_stack(clients("cloudformation"), name)
    except NotThere:
        raise StackUnreadable(
            f"There is no stack {name!r} in {clients.region}: check --stack, --region and "
            "--profile, or leave --stack out."
        ) from None
    except CannotLook as why:
        raise StackUnreadable(f"Stack {name!r}: {why}. What to do: {why.remedy}") from why


class StackUnreadable(RecgateError):
    """The stack that was named cannot be read, so nobody knows what it needs."""


def _print_reasons(statements: Sequence[Statement]) -> None:
    out = screen()
    out.print(Text("\nWhy", style="bold"))
    width = max(len(statement.sid) for statement in statements)
    for statement in statements:
        out.print(Text(f"  {statement.sid:<{width}}  {statement.why}"), soft_wrap=True)


def _complain(statements: Sequence[Statement], document: str) -> None:
    """What has to be done before IAM takes it."""
    left = sorted({word for each in statements for arn in each.resources for word in unfilled(arn)})
    for word in left:
        click.echo(f"recgate: put in for {word}: {PLACEHOLDERS[word]}", err=True)
    size = len("".join(document.split()))
    if size > IAM_CHARACTERS_MAX:
        click.echo(
            f"recgate: {size} characters: too many for a managed policy ({IAM_CHARACTERS_MAX}); "
            "attach it as an inline policy, or make two of it.",
            err=True,
        )

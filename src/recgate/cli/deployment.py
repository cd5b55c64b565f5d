"""The options of commands that work on a deployed stack, and what the stack tells about itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import click

from recgate.adapters.aws_clients import Aws
from recgate.adapters.deployed_stack import CHECK_FUNCTION, StackUnusable, deployed_function
from recgate.domain.place import Place
from recgate.settings import Settings, SettingsInvalid, settings_from

STACK = "recgate"
"""The stack's name in samconfig.toml."""

C = TypeVar("C", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack: where it is, and the settings that one of its functions works with.

    ``settings.policies`` is a path inside the function's package, which no desk can read.
    """

    stack: str
    home: Place
    settings: Settings


def aws_options(command: C) -> C:
    """Add --region, --profile and --endpoint-url: what `Aws` is made of."""
    for option in (
        click.option("--endpoint-url", help="Another address for AWS, such as a local emulator."),
        click.option("--profile", help="The AWS profile to use."),
        click.option("--region", help="The AWS region to work in."),
    ):
        command = option(command)
    return command


def stack_option(*, default: str | None = None, purpose: str) -> Callable[[C], C]:
    """Add --stack. ``purpose`` is its help text; a default is shown."""
    return click.option(
        "--stack", metavar="NAME", default=default, show_default=default is not None, help=purpose
    )


def deployment_of(aws: Aws, stack: str, *, function: str = CHECK_FUNCTION) -> Deployment:
    """The stack of that name in the region and account of ``aws``.

    ``function`` is the logical id of the function whose environment counts. The environment of
    the caller does not: what is deployed is worked on with what is deployed.
    Raises StackUnusable.
    """
    found = deployed_function(
        aws.client("cloudformation"), aws.client("lambda"), stack=stack, logical_id=function
    )
    try:
        settings = settings_from({"RECGATE_ACCOUNT": found.home.account} | dict(found.environment))
    except SettingsInvalid as problem:
        raise StackUnusable(
            f"Function {found.name} of stack {stack!r} has a setting that this recgate cannot "
            f"use: {problem} Use the version of recgate that is deployed."
        ) from problem
    return Deployment(stack, found.home, settings)

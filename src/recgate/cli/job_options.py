"""The options about policies and recorded jobs that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

C = TypeVar("C", bound=Callable[..., object])


def policies_option(help_text: str = "The folder of policies.") -> Callable[[C], C]:
    """Add --policies."""
    return click.option(
        "--policies",
        type=click.Path(path_type=Path),
        default=Path("policies"),
        show_default=True,
        envvar="RECGATE_POLICIES",
        help=help_text,
    )


def evidence_options(command: C) -> C:
    """Add --extra and --tag, what a recorded answer of Describe leaves out."""
    tags = click.option(
        "--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag of the job in --file."
    )
    extra = click.option(
        "--extra",
        type=click.Path(path_type=Path),
        metavar="F",
        help="Tags, steps and measured P99 for --file. Default: NAME.extra.json beside it.",
    )
    return extra(tags(command))

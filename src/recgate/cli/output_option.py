"""--output: the same option on every command that answers something."""

from collections.abc import Callable
from typing import TypeVar

import click

C = TypeVar("C", bound=Callable[..., object])

TEXT, JSON = "text", "json"


def output_option(*more: str) -> Callable[[C], C]:
    """Add --output text|json and the formats that this command has beside them."""
    return click.option(
        "--output",
        type=click.Choice([TEXT, JSON, *more]),
        default=TEXT,
        show_default=True,
        help="text is for people; json is the whole answer, on standard output alone.",
    )

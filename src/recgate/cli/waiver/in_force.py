"""What the commands about waivers share: the folder, the day, and what is in waivers.yaml."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import click

from recgate.cli.policy_folder import policy_folder
from recgate.domain.policy_set import PolicySet
from recgate.wiring import utc_now

C = TypeVar("C", bound=Callable[..., object])


def day_option(help_text: str) -> Callable[[C], C]:
    """Add --on, a day in UTC."""
    return click.option(
        "--on", "on", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help=help_text
    )


def day_of(on: datetime | None) -> date:
    """The day that was asked for; today in UTC when none was."""
    return on.date() if on else utc_now().date()


def policies_in(folder: Path) -> PolicySet:
    """The policies with their waivers; mistakes in waivers.yaml are told on standard error.

    Raises PoliciesInvalid.
    """
    loaded = policy_folder(folder).load()
    for problem in loaded.waiver_problems:
        click.echo(f"recgate: {problem} (this waiver does not count)", err=True)
    return loaded

"""`recgate waiver`: the commands about waivers.yaml."""

import click

from recgate.cli.lazy_group import LazyGroup

COMMANDS = {
    "list": ("recgate.cli.waiver.list:list_command", "Which waivers there are, and until when."),
    "check": ("recgate.cli.waiver.check:check_command", "Find mistakes and waivers nobody needs."),
    "add": ("recgate.cli.waiver.add:add_command", "Write a waiver into waivers.yaml."),
    "expire": ("recgate.cli.waiver.expire:expire_command", "End a waiver before its time."),
}


@click.group("waiver", cls=LazyGroup, commands_at=COMMANDS)
def waiver_group() -> None:
    """Exceptions that are granted, limited and end."""

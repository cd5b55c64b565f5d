"""`recgate policy`: the commands about policies themselves."""

import click

from recgate.cli.lazy_group import LazyGroup

COMMANDS = {
    "new": ("recgate.cli.policy.new:new_command", "Write a policy with its tests."),
    "validate": ("recgate.cli.policy.validate:validate_command", "Find every mistake."),
    "test": ("recgate.cli.policy.test:test_command", "Run the tests of policies."),
    "diff": ("recgate.cli.policy.diff:diff_command", "Say in words what changed for whom."),
    "schema": ("recgate.cli.policy.schema:schema_command", "Print the schema for editors."),
}


@click.group("policy", cls=LazyGroup, commands_at=COMMANDS)
def policy_group() -> None:
    """Check, test, write and compare policies."""

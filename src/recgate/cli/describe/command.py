"""`recgate describe`: a group whose first argument may also be a job."""

from typing import Any

import click

from recgate.cli.describe.job import job_command
from recgate.cli.describe.job_or_command import BESIDE
from recgate.cli.lazy_group import LazyGroup

COMMANDS = {
    name: (f"recgate.cli.describe.{name}:{name}_command", text) for name, text in BESIDE.items()
}


class DescribeGroup(LazyGroup):
    """`describe list` and `describe steps` are commands; anything else describes a job.

    A job that has the name of a command is reached with --job-name.
    """

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401  click's own
    ) -> click.Context:
        """The context of this group, or of the command that describes a job."""
        if args and args[0] in self.commands_at:
            return super().make_context(info_name, args, parent, **extra)
        return job_command.make_context(
            info_name, args, parent, **{**self.context_settings, **extra}
        )

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The options of describing a job. JOB is not: it has no place before a command."""
        params = job_command.get_params(ctx)
        return [each for each in params if not isinstance(each, click.Argument)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Nothing is this group's own once its first argument is a command."""
        ctx._protected_args, ctx.args = args[:1], args[1:]
        return ctx.args


describe_command = DescribeGroup(
    "describe", commands_at=COMMANDS, help=job_command.help, short_help=job_command.short_help
)

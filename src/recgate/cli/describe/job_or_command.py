"""The click command that describes a job and knows of the commands beside it."""

import click
from click.shell_completion import CompletionItem

BESIDE = {"list": "The jobs of an account.", "steps": "The benchmarks of a job."}
"""The commands, with what the help says of them."""


class JobOrCommand(click.Command):
    """A command that shows the commands that may stand in a job's place."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, and the commands after them."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(list(BESIDE.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As any command; but a command's name after an option is a slip, and no job."""
        given = super().parse_args(ctx, args)
        if not ctx.resilient_parsing and ctx.params.get("job") in BESIDE:
            name = ctx.params["job"]
            raise click.UsageError(
                f"{name} is a command and comes first: recgate describe {name} …; a job of that "
                f"name is described with --job-name {name}.",
                ctx,
            )
        return given


def complete_command(
    _ctx: click.Context, _argument: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What a shell offers in the place of a job: the commands. The jobs it does not know."""
    return [
        CompletionItem(name, help=text)
        for name, text in BESIDE.items()
        if name.startswith(incomplete)
    ]

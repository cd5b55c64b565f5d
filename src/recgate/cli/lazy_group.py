"""A group whose commands are imported when they are asked for: `recgate` starts fast."""

from collections.abc import Mapping
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from recgate.dialect.mistake import did_you_mean

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}


class LazyGroup(click.Group):
    """A group that knows of each command where it is and what it is for.

    ``commands_at`` is ``{name: ("module:attribute", "one line of help")}``; the help of the group
    and the completion of a shell are made from the table, and import nothing. Every command gets
    ``--debug``, unless it has its own.
    """

    def __init__(
        self,
        *args: object,
        commands_at: Mapping[str, tuple[str, str]] | None = None,
        **kwargs: object,
    ) -> None:
        kwargs.setdefault("context_settings", HELP_OPTIONS)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own arguments
        self.commands_at = dict(commands_at or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table: that in which a new user meets them."""
        return [*self.commands_at, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None if there is none of that name."""
        place = self.commands_at.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = place[0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command if isinstance(command, click.Group) else _debuggable(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place[1]) for name, place in self.commands_at.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What a shell offers after this group's name."""
        names = [
            CompletionItem(name, help=place[1])
            for name, place in self.commands_at.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first argument names. Raises click.UsageError with the nearest."""
        if args and args[0] not in self.commands_at and not args[0].startswith("-"):
            raise click.UsageError(
                f"No such command {args[0]!r}{did_you_mean(args[0], self.commands_at)}", ctx
            )
        return super().resolve_command(ctx, args)


def _debuggable(command: click.Command) -> click.Command:
    """The command with --debug, which `recgate.cli.main.run` looks for wherever it stands."""
    if not any("--debug" in option.opts for option in command.params):
        command.params.append(
            click.Option(
                ["--debug"], is_flag=True, expose_value=False, help="Show tracebacks of errors."
            )
        )
    return command

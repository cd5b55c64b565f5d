"""`recgate completion`: the lines that make a shell complete recgate's commands."""

import click
from click.shell_completion import get_completion_class

from recgate.cli.main import recgate
from recgate.ports import RecgateError


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(*, shell: str) -> None:
    """Print what makes SHELL complete recgate's commands and options.

    \b
    echo 'eval "$(recgate completion bash)"' >> ~/.bashrc
    echo 'eval "$(recgate completion zsh)"' >> ~/.zshrc
    recgate completion fish > ~/.config/fish/completions/recgate.fish
    """  # noqa: D301  click reads the \\b as "keep these lines"
    kind = get_completion_class(shell)
    if kind is None:  # click knows the three since 8.0
        raise RecgateError(f"click has no completion for {shell}: install click 8.1 or later.")
    click.echo(kind(recgate, {}, "recgate", "_RECGATE_COMPLETE").source())

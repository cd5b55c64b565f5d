"""The command line: `recgate`."""

import sys
import traceback

import click

from recgate import __version__
from recgate.cli.check import check_command
from recgate.cli.demo import demo_command
from recgate.cli.digest import digest_command
from recgate.cli.exits import COULD_NOT_JUDGE, INTERRUPTED
from recgate.cli.notify import notify_command
from recgate.cli.preview import preview_command
from recgate.cli.redrive import redrive_command
from recgate.cli.report_command import report_command
from recgate.cli.sweep import sweep_command
from recgate.cli.watch import watch_command
from recgate.ports import RecgateError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="recgate")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def recgate(*, debug: bool) -> None:
    """Judge SageMaker Inference Recommender jobs by YAML policies.

    Exit codes: 0 the gate is open, 1 the gate is closed, 2 nothing could be judged.
    """


recgate.add_command(check_command)
recgate.add_command(preview_command)
recgate.add_command(report_command)
recgate.add_command(notify_command)
recgate.add_command(digest_command)
recgate.add_command(watch_command)
recgate.add_command(sweep_command)
recgate.add_command(redrive_command)
recgate.add_command(demo_command)


def run(arguments: list[str] | None = None) -> None:
    """The entry point: one command, its exit code, and no traceback unless asked for."""
    asked = sys.argv[1:] if arguments is None else arguments
    try:
        code = recgate.main(args=asked, standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as usage:
        usage.show()
        sys.exit(COULD_NOT_JUDGE)
    except (RecgateError, OSError) as problem:
        if "--debug" in asked:
            traceback.print_exc()
        click.echo(f"recgate: {problem}", err=True)
        sys.exit(COULD_NOT_JUDGE)
    except Exception as fault:  # a fault of ours is told as one, and never as an answer
        if "--debug" in asked:
            traceback.print_exc()
        click.echo(
            f"recgate: a fault of recgate itself, please report it: {type(fault).__name__}: "
            f"{fault} (recgate --debug … shows where)",
            err=True,
        )
        sys.exit(COULD_NOT_JUDGE)
    sys.exit(code if isinstance(code, int) else 0)

"""The command line: `recgate`."""

import io
import os
import sys
import traceback

import click

from recgate import __version__
from recgate.cli.exits import COULD_NOT_TELL, INTERRUPTED, PIPE_CLOSED
from recgate.cli.lazy_group import LazyGroup
from recgate.ports import RecgateError

COMMANDS = {
    "demo": ("recgate.cli.demo:demo_command", "See the main job run on embedded parts."),
    "check": ("recgate.cli.check:check_command", "Judge one job by the policies."),
    "explain": ("recgate.cli.explain:explain_command", "Why a decision is what it is."),
    "policy": ("recgate.cli.policy.group:policy_group", "Check, test, write, compare policies."),
    "waiver": ("recgate.cli.waiver.group:waiver_group", "Exceptions that are limited and end."),
    "backtest": (
        "recgate.cli.backtest.command:backtest_command",
        "What other policies would have decided.",
    ),
    "describe": ("recgate.cli.describe.command:describe_command", "A job as SageMaker has it."),
    "watch": ("recgate.cli.watch:watch_command", "Follow a job until it ends, and judge it."),
    "preview": ("recgate.cli.preview:preview_command", "See the messages before anybody does."),
    "report": ("recgate.cli.report_command:report_command", "The page about a decision."),
    "audit": ("recgate.cli.audit.group:audit_group", "What was decided, and whether it stands."),
    "digest": ("recgate.cli.digest:digest_command", "What was decided in a day or a week."),
    "notify": ("recgate.cli.notify:notify_command", "Try the routes."),
    "doctor": ("recgate.cli.doctor.command:doctor_command", "What is in place, what is not."),
    "iam": ("recgate.cli.doctor.iam:iam_command", "The least that recgate must be allowed."),
    "sweep": ("recgate.cli.sweep:sweep_command", "Look for jobs that ended, now."),
    "redrive": ("recgate.cli.redrive:redrive_command", "Try again what was parked."),
    "completion": ("recgate.cli.completion:completion_command", "Complete commands in a shell."),
}


@click.group(cls=LazyGroup, commands_at=COMMANDS)
@click.version_option(__version__, prog_name="recgate")
@click.option("--debug", is_flag=True, help="Show tracebacks of errors.")
def recgate(*, debug: bool) -> None:
    """Judge SageMaker Inference Recommender jobs by YAML policies.

    Exit codes: 0 the answer is yes (the gate is open), 1 it is no (the gate is closed), 2 there
    is no answer (a wrong option, something that cannot be read, a fault of recgate).
    """


def run(arguments: list[str] | None = None) -> None:
    """The entry point: one command, its exit code, and no traceback unless asked for."""
    asked, out = sys.argv[1:] if arguments is None else arguments, sys.stdout
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no × shows a ?
    try:
        code = recgate.main(args=asked, prog_name="recgate", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as usage:
        usage.show()
        sys.exit(COULD_NOT_TELL)
    except SystemExit:
        if sys.stdout is not out:  # click puts another there when the pipe was closed
            sys.exit(PIPE_CLOSED)
        raise
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(PIPE_CLOSED)
    except (RecgateError, OSError) as problem:
        if "--debug" in asked:
            traceback.print_exc()
        click.echo(f"recgate: {problem}", err=True)
        sys.exit(COULD_NOT_TELL)
    except Exception as fault:  # a fault of ours is told as one, and never as an answer
        if "--debug" in asked:
            traceback.print_exc()
        click.echo(
            f"recgate: a fault of recgate itself, please report it: {type(fault).__name__}: "
            f"{fault} (recgate --debug … shows where)",
            err=True,
        )
        sys.exit(COULD_NOT_TELL)
    sys.exit(code if isinstance(code, int) else 0)

"""`recgate demo`: the deployed handler at work on sample jobs, with nothing but this machine."""

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from recgate.adapters.local_inbox import LocalInbox
from recgate.cli.screen import screen
from recgate.ports import RecgateError

FUNCTION_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:recgate-check"

_LINE = 100
"""How long a heading's line is at most: a pipe has no end."""


@dataclass(frozen=True, slots=True)
class Act:
    """One event of the demo and what it shows."""

    event: str
    shows: str


ACTS = (
    Act("status-change-completed.json", "A job within every limit: PASS"),
    Act("status-change-over-limit.json", "No configuration meets every limit: FAIL, nearest miss"),
    Act("status-change-without-p99.json", "P99 was not measured: UNKNOWN, the gate stays closed"),
    Act("status-change-failed.json", "SageMaker failed the job: its reason, and no verdict"),
    Act("status-change-serverless.json", "Real-time and serverless rows in one job"),
    Act("status-change-completed.json", "The first event once more: nothing new to say"),
    Act("cloudtrail-create-failed.json", "A call that made no job: parked, with the reason"),
)


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The part of Lambda's context that the handler reads."""

    invoked_function_arn: str = FUNCTION_ARN
    function_name: str = "recgate-check"
    memory_limit_in_mb: int = 512
    aws_request_id: str = "demo"


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where events/, examples/ and policies/ are. Default: here.",
)
def demo_command(*, folder: Path) -> int:
    """Replay sample events through the deployed handler, with embedded parts.

    \b
    recgate demo
    recgate demo --folder ~/src/recgate

    The jobs are recorded files, the ledger is in memory, the channel is this terminal; the
    handler, the policies and everything between them are what is deployed. No AWS account and
    no network is used.
    """  # noqa: D301  click reads the \b as "keep these lines"
    events = [f"events/{act.event}" for act in ACTS]
    for needed in ("events", "examples/jobs", "policies", *events):
        if not (folder / needed).exists():
            raise RecgateError(
                f"{folder / needed} is not there: run the demo in a checkout of recgate, or name "
                "one with --folder."
            )
    out = screen(file=sys.stdout)
    terminal = Heard(sys.stdout)
    with _embedded_parts(folder), redirect_stdout(terminal):
        _play(folder, out, terminal)
    return 0


class Heard(io.TextIOBase):
    """Standard output that knows how much the console channel has said."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self.characters = 0

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream underneath."""
        return self._stream.encoding

    def write(self, text: str) -> int:
        """Pass the text on."""
        self.characters += len(text)
        return self._stream.write(text)

    def flush(self) -> None:
        """Flush the stream underneath."""
        self._stream.flush()


def _play(folder: Path, screen: Console, terminal: Heard) -> None:
    from recgate.functions import check

    check.worker.cache_clear()  # another environment may have built one
    worker = check.worker()
    if not isinstance(worker.inbox, LocalInbox):
        raise RecgateError("The demo has to do with a local queue only.")
    try:
        _replay(folder, screen, terminal, worker.inbox)
    finally:
        check.worker.cache_clear()
        worker.close()


def _replay(folder: Path, screen: Console, terminal: Heard, inbox: LocalInbox) -> None:
    from recgate.functions import check

    for number, act in enumerate(ACTS, start=1):
        body = (folder / "events" / act.event).read_text("utf-8")
        heading = Rule(Text(f" {number}. {act.shows} ", style="bold"), align="left")
        screen.print(heading, width=min(screen.width, _LINE))
        screen.print(Text(f"events/{act.event}\n", style="dim"))
        parked, postponed, said = len(inbox.parked), len(inbox.postponed), terminal.characters
        response = check.handler(sqs_batch(body, number), LambdaContext())
        for _, reason in inbox.parked[parked:]:
            screen.print(Text(f"Parked in the dead-letter queue: {reason}"))
        for _, wait_s in inbox.postponed[postponed:]:
            screen.print(Text(f"Back to the queue for {wait_s:.0f} s"))
        if terminal.characters == said and len(inbox.parked) == parked:
            screen.print(Text("(no message: the decision is recorded and was told already)"))
        screen.print(Text(f"\nhandler answered {json.dumps(response)}\n", style="dim"))


def sqs_batch(body: str, number: int) -> dict[str, Any]:
    """The batch of one message that SQS would hand to the function for this event."""
    return {
        "Records": [
            {
                "messageId": f"00000000-0000-4000-8000-{number:012d}",
                "receiptHandle": f"receipt-{number}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:recgate",
                "awsRegion": "eu-west-1",
            }
        ]
    }


@contextmanager
def _embedded_parts(folder: Path) -> Iterator[None]:
    """The environment of a function that has only this machine, and the old one back after."""
    embedded = {
        "RECGATE_JOBS": str(folder / "examples" / "jobs"),
        "RECGATE_POLICIES": str(folder / "policies"),
        "RECGATE_LEDGER": "memory",
        "RECGATE_CONSOLE": "1",
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        "RECGATE_METRICS": "off",
    }
    settings = [name for name in os.environ if name.startswith("RECGATE_")]
    before = {name: os.environ.get(name) for name in (*settings, *embedded)}
    for name in before:
        os.environ.pop(name, None)
    os.environ.update(embedded)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

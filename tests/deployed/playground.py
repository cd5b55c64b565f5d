"""`make playground`: all of it, left running, with a page to play with.

The template on a local AWS, a local SageMaker, a local Slack. Everything is on this machine and
gone when it ends; Ctrl-C ends it.
"""

import contextlib
import os
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

from tests.deployed.deployment import Deployment, deployment
from tests.deployed.stack import STACK
from tests.playground.page import playground_page
from tests.servers.job_lives import Pace

PORT = 8470
_PACE = Pace(pending_s=5, running_s=30)


def main() -> None:
    """Deploy, show where the page is, and wait for Ctrl-C."""
    port = int(os.environ.get("PORT", PORT))
    if port and not _is_free(port):
        sys.exit(f"Port {port} is taken: say PORT=0 make playground for a free one.")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    print("Building and deploying template.yaml to a local AWS: about a minute …", flush=True)
    with (
        contextlib.suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="recgate-playground-") as folder,
        deployment(Path(folder), pace=_PACE, with_routes=True) as made,
        playground_page(made.world, port=port) as page,
    ):
        print(_welcome(page.url, made), flush=True)
        threading.Event().wait()
    print("The playground is gone.", flush=True)


def _end(number: int, frame: object) -> None:
    # Once is enough: what is being taken down must not be interrupted.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _welcome(url: str, made: Deployment) -> str:
    variables = "\n".join(
        f"  export {name}={value}"
        for name, value in sorted({**made.environment(), **made.policies()}.items())
    )
    return f"""
The playground is at {url}

Create a job there; a minute after it ended, its verdict is in Slack, in the mail and in the
ledger, as in AWS. recgate at a desk works on it, too. In another terminal:

{variables}
  {Path(sys.prefix, "bin", "recgate")} watch JOB
  {Path(sys.prefix, "bin", "recgate")} sweep --since 1h --stack {STACK}
  {Path(sys.prefix, "bin", "recgate")} check JOB --record --notify --stack {STACK}
  {Path(sys.prefix, "bin", "recgate")} redrive --stack {STACK}

Ctrl-C ends it, and everything in it is gone.
"""


if __name__ == "__main__":
    main()

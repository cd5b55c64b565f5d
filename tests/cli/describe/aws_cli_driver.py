"""Runs commands of the AWS CLI version 1 in one process: started by the Python of .venv-awscli.

Standard input is a JSON list of commands, standard output a JSON list of what each printed.
Starting a process for each would take the tests a minute longer.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver  # type: ignore[import-not-found]


def ran(command: list[str]) -> dict[str, object]:
    """The exit code of a command, and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = create_clidriver().main(command)
        except SystemExit as end:  # argparse's way out
            code = end.code
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


json.dump([ran(command) for command in json.load(sys.stdin)], sys.stdout)

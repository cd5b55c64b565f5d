"""Runs the ``console`` blocks of a page as a new user would, and says what they print now.

A block is a list of commands and what they print, as a terminal shows it::

    ```console
    $ recgate policy validate
    3 files, no mistakes
    $ recgate check --file examples/jobs/support-summarizer-v3.json
    ...
    (exit code 1)
    ```

The commands of a page run one after the other, through a shell, in one fresh folder that holds
copies of `examples/` and `policies/` and nothing else. Standard error follows standard output,
and an exit code other than 0 is a last line of its own. `RECGATE_UPDATE_GOLDEN=1` writes what is
printed into the page.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.cli.runner import ROOT

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SECONDS = 120
"""More than any command of a page takes."""


def fresh_folder(folder: Path) -> Path:
    """A folder as somebody has it who has just begun."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copytree(ROOT / "policies", folder / "policies")
    return folder


def environment(**more: str) -> dict[str, str]:
    """The environment of a new user: no account, no colours, a terminal of 100 columns."""
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {
        **kept,
        "PATH": tools,
        "HOME": "/nonexistent",
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
        **more,
    }


def refreshed(page: str, folder: Path, env: Mapping[str, str]) -> str:
    """The page with what its commands print now."""
    return BLOCK.sub(lambda found: f"```console\n{_ran(found[1], folder, env)}```", page)


def is_fresh(page: Path, folder: Path, env: Mapping[str, str]) -> tuple[str, str]:
    """The page as it is and as it should be; written anew first if that is asked for."""
    text = page.read_text("utf-8")
    wanted = refreshed(text, folder, env)
    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        page.write_text(wanted, "utf-8")
        text = wanted
    return text, wanted


def _ran(block: str, folder: Path, env: Mapping[str, str]) -> str:
    return "".join(
        f"$ {command}\n{_printed(command.replace(chr(10) + '> ', chr(10)), folder, env)}"
        for command in _commands(block)
    )


def _commands(block: str) -> list[str]:
    """The commands in a block; a line that begins with ``> `` goes on with the one above."""
    commands: list[str] = []
    goes_on = False
    for line in block.splitlines():
        if line.startswith("$ "):
            commands.append(line[2:])
        elif goes_on and line.startswith("> "):
            commands[-1] += f"\n{line}"
        goes_on = line.startswith("$ ") or (goes_on and line.startswith("> "))
    return commands


def _printed(command: str, folder: Path, env: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    said = (done.stdout + done.stderr).decode()
    lines = [line.rstrip() for line in said.splitlines()]
    if done.returncode:
        lines.append(f"(exit code {done.returncode})")
    return "".join(f"{line}\n" for line in lines)

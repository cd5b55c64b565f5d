"""The SAM command line, for the tests: quiet, without network of its own, without credentials."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_sam(*arguments: str, folder: Path, scratch: Path) -> subprocess.CompletedProcess[str]:
    """Run ``sam`` in a folder; ``scratch`` is a folder for SAM's own settings.

    The program is ``$RECGATE_SAM``, or what `make setup` installed. A test that cannot find it
    fails: a template that nobody validated is not a template that is valid.
    """
    program = Path(os.environ.get("RECGATE_SAM") or ROOT / ".venv-sam/bin/sam")
    if not program.exists():
        pytest.fail(
            f"There is no SAM command line at {program}. Run `make setup`, or set RECGATE_SAM."
        )
    # Once a week SAM asks the network for a newer version; as far as it knows, it just has.
    settings = {"telemetryEnabled": False, "lastVersionCheck": time.time()}
    (scratch / "metadata.json").write_text(json.dumps(settings))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(scratch),
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

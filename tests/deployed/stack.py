"""The template on the emulator: built, deployed by the SAM command line, asked for its parts."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deploy.template import load_template
from tests.deployed.emulator import ROOT, Emulator

STACK = "recgate"
_SAM = Path(os.environ.get("RECGATE_SAM") or ROOT / ".venv-sam/bin/sam")


@dataclass(frozen=True, slots=True)
class Stack:
    """The deployed stack: its outputs by name, its resources by logical id."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]


def deploy(local: Emulator, parameters: Mapping[str, str]) -> Stack:
    """Build the functions for this machine and deploy ``template.yaml`` with these parameters."""
    build = local.folder / "build"
    _sam("build", "--build-dir", str(build), local=local, cwd=ROOT)
    template = load_template(build / "template.yaml")
    built = build / "template.json"
    built.write_text(json.dumps(_for_the_emulator(template, parameters)), "utf-8")
    _sam(
        "deploy",
        *("--template-file", str(built), "--stack-name", STACK),
        *("--capabilities", "CAPABILITY_IAM", "--resolve-s3", "--no-confirm-changeset"),
        *("--no-progressbar", "--no-fail-on-empty-changeset", "--parameter-overrides"),
        *(f"{name}={value}" for name, value in parameters.items()),
        local=local,
        cwd=local.folder,
    )
    cloudformation = local.client("cloudformation")
    (made,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return Stack(
        {each["OutputKey"]: each["OutputValue"] for each in made.get("Outputs", ())},
        {
            each["LogicalResourceId"]: each.get("PhysicalResourceId", "")
            for page in pages
            for each in page["StackResourceSummaries"]
        },
    )


def _for_the_emulator(
    template: Mapping[str, Any], parameters: Mapping[str, str]
) -> Mapping[str, Any]:
    """The template with two things worked out that CloudFormation does and the emulator does not:
    Split inside conditions, and numbers that become the strings of environment variables.
    """
    defaults = {
        name: {**each, "Default": str(each["Default"])}
        for name, each in template["Parameters"].items()
    }
    conditions = _without_splits(template["Conditions"], parameters)
    return {**template, "Parameters": defaults, "Conditions": conditions}


def _without_splits(conditions: Any, parameters: Mapping[str, str]) -> Any:
    """The conditions with ``Select [n, Split [':', Ref P]]`` worked out."""
    match conditions:
        case {"Fn::Select": [int(index), {"Fn::Split": [str(mark), {"Ref": str(name)}]}]}:
            return parameters.get(name, "").split(mark)[index]
        case dict():
            return {key: _without_splits(each, parameters) for key, each in conditions.items()}
        case list():
            return [_without_splits(each, parameters) for each in conditions]
        case _:
            return conditions


def _sam(*arguments: str, local: Emulator, cwd: Path) -> None:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(local.folder / "home"),
        "LANG": "C.UTF-8",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(local.folder / "home"),
        **local.credentials,
        **_this_machine(local),
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
    }
    done = subprocess.run(
        [str(_SAM), *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, (
        f"sam {arguments[0]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}\n"
        f"the emulator said:\n{local.log[-2000:]}"
    )


def _this_machine(local: Emulator) -> dict[str, str]:
    """What src/Makefile builds for: the emulator runs functions on its own Python, here."""
    version = subprocess.run(
        [str(local.python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout.strip()
    machine = platform.machine()
    if sys.platform == "darwin":
        tag = f"macosx_11_0_{machine}"
        return {"LAMBDA_PYTHON": version, "LAMBDA_PLATFORM": tag}
    tags = (f"manylinux2014_{machine}", f"manylinux_2_17_{machine}", f"manylinux_2_28_{machine}")
    return {"LAMBDA_PYTHON": version, "LAMBDA_PLATFORM": " ".join(tags)}

"""The templates on the emulator: built, deployed by the SAM command line, asked for their parts."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deploy.template import MEMBER, load_template, with_values
from tests.deployed.emulator import REGION, ROOT, Emulator

STACK, MEMBER_STACK = "recgate", "recgate-member"
_SAM = Path(os.environ.get("RECGATE_SAM") or ROOT / ".venv-sam/bin/sam")


@dataclass(frozen=True, slots=True)
class Stack:
    """The deployed stack: its outputs by name, its resources by logical id."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]


def deploy(
    local: Emulator, parameters: Mapping[str, str], *, policies: Mapping[str, str] | None = None
) -> Stack:
    """Build the functions for this machine and deploy ``template.yaml`` with these parameters.

    ``policies`` are put beside the checkout's into what is deployed: texts by file names.
    """
    build = _build(local)
    _sam("build", "--build-dir", str(build), local=local, cwd=ROOT)
    for name, text in (policies or {}).items():
        (build / "CheckFunction" / "policies" / name).write_text(text, "utf-8")
    return deploy_again(local, parameters)


def deploy_again(local: Emulator, parameters: Mapping[str, str]) -> Stack:
    """Deploy what was built last, with other parameters: all that are not at their defaults."""
    build = _build(local)
    template = load_template(build / "template.yaml")
    built = build / "template.json"
    built.write_text(json.dumps(_for_the_emulator(template, parameters, REGION)), "utf-8")
    _sam(
        "deploy",
        *("--template-file", str(built), "--stack-name", STACK),
        *("--capabilities", "CAPABILITY_IAM", "--resolve-s3", "--no-confirm-changeset"),
        *("--no-progressbar", "--no-fail-on-empty-changeset", "--parameter-overrides"),
        *(f'{name}="{value}"' for name, value in parameters.items()),
        local=local,
        cwd=local.folder,
    )
    made = _made(local.client("cloudformation"), STACK)
    _lock_the_archive(local, made, template, parameters)
    _let_the_sealer_in(local, made)
    return made


def _lock_the_archive(
    local: Emulator, made: Stack, template: Mapping[str, Any], parameters: Mapping[str, str]
) -> None:
    """Give the archive the default lock of the template, which the emulator's CloudFormation
    leaves out.
    """
    written = template["Resources"]["EvidenceBucket"]["Properties"]["ObjectLockConfiguration"]
    values = {name: each.get("Default", "") for name, each in template["Parameters"].items()}
    rule = with_values(written["Rule"], {**values, **parameters})
    retention = rule["DefaultRetention"]
    local.client("s3").put_object_lock_configuration(
        Bucket=made.outputs["EvidenceBucketName"],
        ObjectLockConfiguration={
            "ObjectLockEnabled": written["ObjectLockEnabled"],
            "Rule": {"DefaultRetention": {**retention, "Days": int(retention["Days"])}},
        },
    )


def _let_the_sealer_in(local: Emulator, made: Stack) -> None:
    """Add the sessions of the sealer's role to those whom the key and the archive do not refuse.

    In AWS aws:PrincipalArn is the ARN of the role, whatever its session is called; the emulator
    has the session there.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    role = made.outputs["SealRoleArn"]
    sessions = f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/*"

    def let_in(policy: str) -> str:
        return policy.replace(json.dumps(role), json.dumps([role, sessions]))

    kms, s3 = local.client("kms"), local.client("s3")
    key, bucket = made.outputs["EvidenceKeyArn"], made.outputs["EvidenceBucketName"]
    of_key = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=let_in(of_key))
    of_bucket = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.put_bucket_policy(Bucket=bucket, Policy=let_in(of_bucket))
    assert sessions in let_in(of_key)
    assert sessions in let_in(of_bucket)


def deploy_member(
    local: Emulator, account: str, region: str, parameters: Mapping[str, str]
) -> Stack:
    """Deploy ``member.yaml`` in a region of another account, as a stack set does for each."""
    template = _for_the_emulator(load_template(MEMBER), parameters, region)
    cloudformation = local.client("cloudformation", account=account, region=region)
    cloudformation.create_stack(
        StackName=MEMBER_STACK,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    )
    made = cloudformation.get_waiter("stack_create_complete")
    made.wait(StackName=MEMBER_STACK, WaiterConfig={"Delay": 0.2, "MaxAttempts": 150})
    return _made(cloudformation, MEMBER_STACK)


def _build(local: Emulator) -> Path:
    return local.folder / "build"


def _made(cloudformation: Any, name: str) -> Stack:
    (made,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return Stack(
        {each["OutputKey"]: each["OutputValue"] for each in made.get("Outputs", ())},
        {
            each["LogicalResourceId"]: each.get("PhysicalResourceId", "")
            for page in pages
            for each in page["StackResourceSummaries"]
        },
    )


def _for_the_emulator(
    template: Mapping[str, Any], parameters: Mapping[str, str], region: str
) -> Mapping[str, Any]:
    """The template with three things worked out that CloudFormation does and the emulator does
    not: inside conditions, Split and the stack's region, which it takes for the text
    ``AWS::Region``; and numbers that become the strings of environment variables.
    """
    defaults = {
        name: each | ({"Default": str(each["Default"])} if "Default" in each else {})
        for name, each in template["Parameters"].items()
    }
    values = {name: each.get("Default", "") for name, each in defaults.items()}
    conditions = _worked_out(
        template["Conditions"], {**values, **parameters, "AWS::Region": region}
    )
    return {**template, "Parameters": defaults, "Conditions": conditions}


def _worked_out(conditions: Any, values: Mapping[str, str]) -> Any:
    """The conditions with ``Select [n, Split [':', Ref P]]`` and ``Ref AWS::Region`` worked out.

    ``values`` are those of the parameters and of ``AWS::Region``. Whatever else there is stays as
    it is, for the emulator to work out.
    """
    match conditions:
        case {"Fn::Select": [int(index), {"Fn::Split": [str(mark), {"Ref": str(name)}]}]}:
            return values[name].split(mark)[index]
        case {"Ref": "AWS::Region"}:
            return values["AWS::Region"]
        case dict():
            return {key: _worked_out(each, values) for key, each in conditions.items()}
        case list():
            return [_worked_out(each, values) for each in conditions]
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

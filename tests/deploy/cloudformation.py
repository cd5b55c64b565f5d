"""What CloudFormation makes of a part of the template, by moto's implementation of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.deploy.template import TEMPLATE, load_template

ACCOUNT, REGION = "123456789012", "eu-west-1"
"""moto's account and the region of the stack."""


def worked_out(
    values: Mapping[str, tuple[str | None, Any]],
    parameters: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    path: Path = TEMPLATE,
) -> dict[str, Any]:
    """The values of a stack with these parameters, by name, without those whose condition fails.

    A value comes with its condition, or None; it may refer to parameters and not to resources.
    """
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(variable, "testing")
    template = load_template(path)
    # moto takes an empty default for a string where CloudFormation takes it for a list with one
    # empty string, so lists are always given.
    lists = {
        name: parameter["Default"]
        for name, parameter in template["Parameters"].items()
        if parameter["Type"] == "CommaDelimitedList"
    }
    outputs: dict[str, Any] = {}
    for name, (condition, value) in values.items():
        outputs[name] = {"Value": {"Fn::ToJsonString": {"it": value}}}
        if condition is not None:
            outputs[name]["Condition"] = condition
    stack = {
        "Parameters": template["Parameters"],
        "Conditions": template["Conditions"],
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": outputs,
    }
    with mock_aws():
        cloudformation = boto3.client("cloudformation", region_name=REGION)
        cloudformation.create_stack(
            StackName="recgate",
            TemplateBody=json.dumps(stack),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in (lists | dict(parameters)).items()
            ],
        )
        (made,) = cloudformation.describe_stacks(StackName="recgate")["Stacks"]
    return {
        each["OutputKey"]: json.loads(each["OutputValue"]).get("it")
        for each in made.get("Outputs", [])
    }

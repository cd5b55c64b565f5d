"""What botocore's service model says about Describe: what goes in, and in what order it answers."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

_OPERATION = "DescribeInferenceRecommendationsJob"

TITLE = _OPERATION
"""What the AWS CLI writes above a table."""

_TAG = re.compile(r"<[^>]*>")

INPUT_MEMBERS = ("JobName",)
"""The members of the request (a test compares with the service model)."""


@cache
def _operation() -> Any:  # noqa: ANN401  botocore has no types
    import botocore.session

    return botocore.session.Session().get_service_model("sagemaker").operation_model(_OPERATION)


def input_skeleton() -> dict[str, Any]:
    """The request with every member empty."""
    from botocore.utils import ArgumentGenerator

    return dict(ArgumentGenerator().generate_skeleton(_operation().input_shape))


def input_skeleton_yaml() -> str:
    """The same as YAML, with what each member is in a comment."""
    shape, lines = _operation().input_shape, []
    for name, empty in input_skeleton().items():
        about = _TAG.sub("", shape.members[name].documentation).strip().split(". ")[0].rstrip(".")
        needed = "[REQUIRED] " if name in shape.required_members else ""
        lines.append(f"{name}: {empty!r}  # {needed}{about}.\n")
    return "".join(lines)


def output_skeleton() -> dict[str, Any]:
    """An answer with every member in it and its name for a value, times as text."""
    from botocore.utils import ArgumentGenerator

    sample = ArgumentGenerator(use_member_names=True).generate_skeleton(_operation().output_shape)
    return dict(_times_as_text(sample))


def as_modelled(answer: Mapping[str, Any], timestamp_format: str) -> dict[str, Any]:
    """A recorded answer as the AWS CLI would have printed it the moment it came.

    Members in the order of the service model, null ones left out, times as ``iso8601`` or as they
    are (``wire``). A member that the model does not know stays, after the others.
    """
    return dict(_modelled(_operation().output_shape, answer, timestamp_format))


def _modelled(shape: Any, value: Any, times: str) -> Any:  # noqa: ANN401
    kind = shape.type_name if shape is not None else None
    if kind == "structure" and isinstance(value, Mapping):
        known = [name for name in shape.members if name in value]
        ordered = [*known, *(name for name in value if name not in shape.members)]
        return {
            name: _modelled(shape.members.get(name), value[name], times)
            for name in ordered
            if value[name] is not None
        }
    if kind == "list" and isinstance(value, list):
        return [_modelled(shape.member, item, times) for item in value]
    if kind == "timestamp" and times == "iso8601":
        return _iso8601(value)
    return value


def _iso8601(value: Any) -> Any:  # noqa: ANN401
    """The time as botocore would give it; what is no time stays as it is."""
    from botocore.utils import parse_timestamp

    if isinstance(value, bool) or not isinstance(value, int | float):
        return value  # text is ISO 8601 already: the AWS CLI has written it
    try:
        return parse_timestamp(value).isoformat()  # type: ignore[arg-type]  # the stubs know text only
    except (ValueError, OverflowError, RuntimeError):
        return value


def _times_as_text(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _times_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_times_as_text(item) for item in value]
    return value

"""What a service refuses of a request before it looks at it: botocore's model, to the letter.

botocore's own validator knows members, types and lower bounds; patterns, words and upper bounds
are only in the model.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, Shape, StructureShape
from botocore.validate import ParamValidator

from tests.servers.aws_json import Refused
from tests.servers.shapes import service_model


def check_request(service: str, operation: str, request: Mapping[str, Any]) -> None:
    """Raise Refused (ValidationException) unless the request is of the operation's shape."""
    shape = service_model(service).operation_model(operation).input_shape
    assert shape, f"{operation} takes nothing"
    report = ParamValidator().validate(request, shape)
    # Described only when the types are right, so that the walk below meets what it expects.
    found = [report.generate_report()] if report.has_errors() else list(_beyond(shape, request))
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise Refused("ValidationException", f"{count}: {'; '.join(found)}")


def _beyond(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for member, inner in value.items():
            place = f"{path}.{member}" if path else member
            yield from _beyond(shape.members[member], inner, place[0].lower() + place[1:])
    elif isinstance(shape, ListShape):
        if len(value) > shape.metadata.get("max", len(value)):
            yield _failed(value, path, f"Member must have length at most {shape.metadata['max']}")
        for place, item in enumerate(value, start=1):
            yield from _beyond(shape.member, item, f"{path}.{place}.member")
    elif isinstance(value, str):
        yield from _beyond_text(shape, value, path)


def _beyond_text(shape: Shape, value: str, path: str) -> Iterator[str]:
    words, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern", "")
    if words and value not in words:
        yield _failed(value, path, f"Member must satisfy enum value set: [{', '.join(words)}]")
    if len(value) > shape.metadata.get("max", len(value)):
        yield _failed(value, path, f"Member must have length at most {shape.metadata['max']}")
    # Python's re has no \p{…} classes; those patterns (tags) only keep control characters out.
    if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, value):
        yield _failed(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _failed(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"

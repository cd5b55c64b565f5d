"""What botocore's service model says about an answer, checked; and walked."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

_NUMBERS = ("integer", "long", "float", "double")

Path = tuple[str | int, ...]


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service as botocore ships it."""
    return botocore.session.get_session().get_service_model(service)


def output_shape(service: str, operation: str) -> StructureShape:
    """The shape of what an operation answers."""
    shape = service_model(service).operation_model(operation).output_shape
    assert isinstance(shape, StructureShape)
    return shape


def mistakes(shape: Shape, value: Any, path: str = "answer") -> Iterator[str]:
    """Where an answer's JSON is not of its shape.

    A number may be a float where the model says integer, NaN, or the string "NaN", and any
    optional member null: all of these have been seen on the wire or must be expected there.
    """
    if isinstance(shape, StructureShape):
        if not isinstance(value, Mapping):
            yield f"{path} is no object"
            return
        for member in set(value) - set(shape.members):
            yield f"{path} has {member}, which the model does not know"
        for member in shape.required_members:
            if value.get(member) is None:
                yield f"{path} has no {member}"
        for member, inner in shape.members.items():
            if value.get(member) is not None:
                yield from mistakes(inner, value[member], f"{path}.{member}")
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for place, item in enumerate(value):
            yield from mistakes(shape.member, item, f"{path}[{place}]")
    elif not _fits(shape.type_name, value):
        yield f"{path} is no {shape.type_name}: {value!r}"
    elif (words := getattr(shape, "enum", None)) and value not in words:
        yield f"{path} is none of the model's words: {value!r}"


def _fits(type_name: str, value: Any) -> bool:
    if type_name in _NUMBERS:
        return value == "NaN" or (isinstance(value, int | float) and not isinstance(value, bool))
    if type_name == "timestamp":
        return isinstance(value, int | float) and value > 0
    if type_name == "boolean":
        return isinstance(value, bool)
    return isinstance(value, str)


def full_answer(shape: Shape) -> Any:
    """An answer of this shape with every member in it and another value in every leaf."""
    counter = iter(range(1, 100_000))

    def made(shape: Shape) -> Any:
        if isinstance(shape, StructureShape):
            return {member: made(inner) for member, inner in shape.members.items()}
        if isinstance(shape, ListShape):
            return [made(shape.member), made(shape.member)]
        number = next(counter)
        if shape.type_name in ("float", "double"):
            return number + 0.5
        if shape.type_name in _NUMBERS:
            return number
        if shape.type_name == "timestamp":
            return 1_700_000_000.125 + number
        words = getattr(shape, "enum", None)
        return words[number % len(words)] if words else f"{shape.name} {number}"

    return made(shape)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf of a JSON value with the way to it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path, value


def members_of_type(shape: Shape, type_name: str) -> Iterator[str]:
    """The names of all members of this type, however deep."""
    if isinstance(shape, StructureShape):
        for member, inner in shape.members.items():
            if inner.type_name == type_name:
                yield member
            yield from members_of_type(inner, type_name)
    elif isinstance(shape, ListShape):
        yield from members_of_type(shape.member, type_name)

"""JSON of which nothing is promised: what is not of the wanted shape reads as empty."""

from collections.abc import Mapping

from recgate.domain.canonical import Json


def mapping_in(value: Json) -> Mapping[str, Json]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings_in(value: Json) -> list[Mapping[str, Json]]:
    """The objects in the value if it is a list, else none."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []

"""A document against its JSON Schema, which is shipped in the package.

This module imports jsonschema: import it only where a document is to be checked.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Protocol, cast

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from recgate.adapters.policy_files.plain_words import Refusal, in_words
from recgate.dialect.mistake import Mistake, Path, quoted
from recgate.domain.canonical import Json

_Schema = Mapping[str, Json]


class _Validator(Protocol):
    def iter_errors(self, instance: Json) -> Iterator[ValidationError]: ...


def schema_mistakes(
    document: Json, schema_name: str, texts: Mapping[Path, str]
) -> Iterator[Mistake]:
    """What the document has that the schema does not take, in the order of the schema.

    ``texts`` holds the document's scalars as they were written.
    """
    homes = _homes(schema_name)
    for error in _validator(schema_name).iter_errors(document):
        path: Path = tuple(error.absolute_path)
        yield from in_words(
            Refusal(
                keyword=str(error.validator),
                path=path,
                found=cast("Json", error.instance),
                wanted=cast("Json", error.validator_value),
                schema=error.schema if isinstance(error.schema, Mapping) else {},
                message=error.message,
                written=texts.get(path),
                of_key="propertyNames" in error.schema_path,
                homes=homes,
            )
        )


def schema_text(schema_name: str) -> str:
    """A schema of the package as it is shipped."""
    return files("recgate").joinpath(schema_name).read_text("utf-8")


@cache
def _validator(schema_name: str) -> _Validator:
    extended = validators.extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {"pattern": _pattern, "required": _required, "uniqueItems": _unique_items},
    )
    validator: _Validator = extended(json.loads(schema_text(schema_name)))
    return validator


def _pattern(_: object, pattern: str, value: Json, __: object) -> Iterator[ValidationError]:
    """``pattern`` as JSON Schema means it: Python's ``$`` would let a last line break through."""
    if isinstance(value, str) and (value.endswith("\n") or not re.search(pattern, value)):
        yield ValidationError("has another form")


def _required(_: object, keys: Sequence[str], value: Json, __: object) -> Iterator[ValidationError]:
    """``required`` with each missing key on its own path."""
    if isinstance(value, Mapping):
        for key in keys:
            if key not in value:
                yield ValidationError("is missing", path=[key])


def _unique_items(_: object, wanted: object, value: Json, __: object) -> Iterator[ValidationError]:
    """``uniqueItems`` in linear time whatever the list holds, each repetition on its own path."""
    seen: set[str] = set()
    for index, item in enumerate(value if wanted and isinstance(value, list) else ()):
        key = json.dumps(item, sort_keys=True)
        if key in seen:
            yield ValidationError(f"{quoted(item)} is here twice", path=[index])
        seen.add(key)


@cache
def _homes(schema_name: str) -> Mapping[str, Path]:
    """Where each key belongs, for those that belong in one place only."""
    found: dict[str, list[Path]] = {}

    def walk(schema: _Schema, path: Path) -> None:
        properties = schema.get("properties")
        for key, inner in properties.items() if isinstance(properties, Mapping) else ():
            found.setdefault(key, []).append(path)
            if isinstance(inner, Mapping):
                walk(inner, (*path, key))

    walk(json.loads(schema_text(schema_name)), ())
    return {key: paths[0] for key, paths in found.items() if len(paths) == 1}

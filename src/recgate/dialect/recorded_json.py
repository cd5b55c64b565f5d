"""The JSON object in a file that a person recorded, read strictly.

Every error is JobUnusable and says which file, where in it, what is wrong and what to do.
"""

import json
import re
from dataclasses import dataclass

from recgate.ports import JobUnusable

MAX_BYTES = 4 * 1024 * 1024
"""A response with ten recommendations is some 20 KB."""

MAX_DEPTH = 50
"""The deepest member of the service model lies 8 levels down."""

WANTED = (
    "What is wanted is the output of: "
    "aws sagemaker describe-inference-recommendations-job --job-name NAME --output json"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The bytes of one file, and what to call it in errors."""

    data: bytes
    label: str


def read_object(recorded: Recorded) -> dict[str, object]:
    """The JSON object in a file; NaN and Infinity are read as Python writes them.

    Raises JobUnusable for anything else, a key that comes twice among it.
    """
    label = recorded.label
    text = _text(recorded)

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise JobUnusable(
                    f"{label}: the key {key[:80]!r} comes twice in one object, so one of its "
                    "values would be lost. Remove one."
                )
            found[key] = value
        return found

    try:
        document = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as problem:
        raise JobUnusable(_not_json(text, label, problem)) from problem
    except RecursionError as problem:
        raise JobUnusable(f"{label}: nested too deeply to be a job. {WANTED}") from problem
    except ValueError as problem:  # an integer of thousands of digits
        raise JobUnusable(f"{label}: holds a number that is too long. {WANTED}") from problem
    if not isinstance(document, dict):
        kind = "list" if isinstance(document, list) else type(document).__name__
        raise JobUnusable(f"{label}: holds a JSON {kind}, not one job's response. {WANTED}")
    if _deeper_than(document, MAX_DEPTH):
        raise JobUnusable(f"{label}: nested deeper than {MAX_DEPTH} levels, so not a job. {WANTED}")
    return document


def _text(recorded: Recorded) -> str:
    data, label = recorded.data, recorded.label
    if len(data) > MAX_BYTES:
        raise JobUnusable(
            f"{label}: larger than {MAX_BYTES // 1024 // 1024} MB, so not one job's response. "
            f"{WANTED}"
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise JobUnusable(
            f"{label}: is UTF-16, as PowerShell's > writes it. Write it again as UTF-8, "
            "for example with: … | Out-File -Encoding utf8 FILE"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise JobUnusable(f"{label}: is not UTF-8 (byte {problem.start + 1}). {WANTED}") from None
    if not text.strip():
        raise JobUnusable(f"{label}: is empty. {WANTED}")
    return text


def _not_json(text: str, label: str, problem: json.JSONDecodeError) -> str:
    place = f"{label}:{problem.lineno}:{problem.colno}"
    if re.match(r"\s*(---\s|[A-Za-z]\w*:\s)", text):
        return f"{place}: is not JSON but looks like YAML. Record the job with --output json"
    return f"{place}: is not JSON: {problem.msg}. {WANTED}"


def _deeper_than(document: object, limit: int) -> bool:
    """Whether containers are nested deeper; without recursion, whose limit is what is at stake."""
    level: list[object] = [document]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined]
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True

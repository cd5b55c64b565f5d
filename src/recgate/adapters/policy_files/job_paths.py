"""JMESPath for the rules on a job: compiled and checked once, read without ever raising."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recgate.domain.canonical import Json
    from recgate.domain.job_limit import JobReader


def compile_path(path: str) -> "JobReader":
    """A reader for a JMESPath: None where the job has nothing there.

    Lists and mappings that hold nothing count as nothing: a projection over a list gives an
    empty one when no element has the field. So does an expression that does not fit the data.
    Raises ValueError with the reason in words; unknown functions and wrong numbers of
    arguments, which JMESPath itself finds only when it runs, are among them.
    """
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        compiled = jmespath.compile(path)
        reasons = tuple(_faults(compiled.parsed))
    except JMESPathError as refusal:
        raise ValueError(_reason(refusal)) from refusal
    except RecursionError as refusal:
        raise ValueError("it is nested too deeply") from refusal
    if reasons:
        raise ValueError(reasons[0])

    def read(job: "Mapping[str, Json]") -> "Json":
        try:
            found: Json = compiled.search(job)
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
            # JMESPathTypeError is a ValueError; the others come from library functions that
            # meet a shape they were not written for. Either way there is no value to judge.
            return None
        return None if _is_hollow(found) else found

    return read


def _reason(refusal: Exception) -> str:
    """The parser's reason, without the picture of the expression that it draws below."""
    reason = getattr(refusal, "message", None) or getattr(refusal, "msg", None)
    if not reason or "jmespath expression" in reason.lower():
        reason = str(refusal).splitlines()[0]
    for noise in ("Bad jmespath expression: ", "Invalid jmespath expression: "):
        reason = reason.removeprefix(noise)
    position = getattr(refusal, "lex_position", None)
    reason = reason.rstrip(":.")
    reason = f"{reason[:1].lower()}{reason[1:]}"
    return reason if position is None else f"{reason}, at character {position + 1}"


def _faults(node: object) -> Iterator[str]:
    """Why the parsed expression would fail on whatever data it is given."""
    from jmespath.functions import Functions

    if not isinstance(node, dict):
        return
    children = node.get("children", [])
    if node.get("type") == "function_expression":
        known = Functions.FUNCTION_TABLE.get(node["value"])
        if known is None:
            yield f"there is no function {node['value']}()"
        else:
            signature = known["signature"]
            more = bool(signature and signature[-1].get("variadic"))
            if len(children) < len(signature) or (len(children) > len(signature) and not more):
                wanted = f"{'at least ' if more else ''}{len(signature)}"
                yield f"{node['value']}() given {len(children)} arguments, it takes {wanted}"
    if node.get("type") == "slice" and children and children[-1] == 0:
        yield "the step of a slice cannot be 0"
    for child in children:
        yield from _faults(child)


def _is_hollow(found: object) -> bool:
    """Whether there is nothing in it at all."""
    if isinstance(found, Mapping):
        return all(_is_hollow(each) for each in found.values())
    if isinstance(found, list | tuple):
        return all(_is_hollow(each) for each in found)
    return found is None

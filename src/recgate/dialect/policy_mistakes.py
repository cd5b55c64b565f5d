"""What the schema of policies cannot say: mistakes that lie between two values.

Every check takes documents of any shape: where a value is not what the schema asks for, the
schema's own message says so, and nothing is added here.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from recgate.dialect.mistake import Mistake, Path, did_you_mean, quoted
from recgate.dialect.policy_document import CompilePath
from recgate.domain.canonical import Json
from recgate.domain.catalogue import JOB_LIMITS, NUMERIC_LIMITS, SET_LIMITS, Direction, LimitSpec
from recgate.domain.loose_json import mapping_in

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_OF_THE_SETTINGS = {"slack": "RECGATE_SLACK_SECRET", "sns": "RECGATE_SNS_TOPIC_ARN"}
"""The routes that need no routes.yaml, each with the setting that makes it."""
_FUNCTION_CALL = re.compile(r"[A-Za-z_]\w*\s*\(")


def policy_mistakes(
    document: Json, file_stem: str, *, compile_path: CompilePath
) -> Iterator[Mistake]:
    """The mistakes in one policy; ``file_stem`` is its file's name without the ending."""
    policy = mapping_in(document)
    name = policy.get("policy")
    if isinstance(name, str) and name != file_stem:
        yield Mistake(
            ("policy",),
            f"is {quoted(name)}, but the file is named {file_stem}: use one name for both",
        )
    yield from _day_mistakes(policy)
    require = mapping_in(policy.get("require"))
    for limit, demand in require.items():
        path: Path = ("require", limit)
        if limit in NUMERIC_LIMITS:
            yield from _numeric_mistakes(demand, path, spec=NUMERIC_LIMITS[limit])
        elif limit in SET_LIMITS:
            yield from _set_mistakes(demand, path)
        elif limit == JOB_LIMITS:
            yield from _job_mistakes(_list(demand), path, compile_path=compile_path)


def unknown_routes(names: Json, path: Path, *, known: Collection[str]) -> Iterator[Mistake]:
    """The names in a list that are no route's."""
    for index, name in enumerate(_list(names)):
        if isinstance(name, str) and name not in known:
            yield Mistake((*path, index), no_such_route(name, known))


def no_such_route(name: str, known: Collection[str]) -> str:
    """The message for the name of a route that there is not."""
    if name in _OF_THE_SETTINGS:
        return (
            f"no route is named {quoted(name)}: it is there where {_OF_THE_SETTINGS[name]} is set, "
            "as it may be where this is deployed"
        )
    if not known:
        return f"no route is named {quoted(name)}: there are no routes, add a routes.yaml"
    return f"no route is named {quoted(name)}" + (
        did_you_mean(name, known) or f"; there are {', '.join(sorted(known)[:10])}"
    )


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()


def _number(value: Json) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _day_mistakes(policy: Mapping[str, Json]) -> Iterator[Mistake]:
    written = policy.get("enforce_from")
    if not isinstance(written, str) or not _ISO_DAY.fullmatch(written):
        return
    try:
        date.fromisoformat(written)
    except ValueError:
        yield Mistake(("enforce_from",), f"{written} is not a day of the calendar")


def _numeric_mistakes(demand: Json, path: Path, *, spec: LimitSpec) -> Iterator[Mistake]:
    if not isinstance(demand, Mapping):
        return
    if "warn" not in demand and "fail" not in demand:
        yield Mistake(path, "needs warn, fail or both")
    warn, fail = _number(demand.get("warn")), _number(demand.get("fail"))
    if warn is None or fail is None:
        return
    at_most = spec.direction is Direction.AT_MOST
    if warn > fail if at_most else warn < fail:
        side = "less" if at_most else "more"
        yield Mistake(
            (*path, "warn"),
            f"{warn:g} lies beyond fail: {fail:g}, so it would never warn: "
            f"warn must be {fail:g} or {side}",
        )


def _set_mistakes(demand: Json, path: Path) -> Iterator[Mistake]:
    if not isinstance(demand, Mapping):
        return
    if "allow" not in demand and "deny" not in demand:
        yield Mistake(path, "needs allow, deny or both")
    denied = {name for name in _list(demand.get("deny")) if isinstance(name, str)}
    for index, name in enumerate(_list(demand.get("allow"))):
        if isinstance(name, str) and name in denied:
            yield Mistake(
                (*path, "allow", index), f"{quoted(name)} is also denied: remove it from one list"
            )


def _job_mistakes(
    rules: Sequence[Json], path: Path, *, compile_path: CompilePath
) -> Iterator[Mistake]:
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        if not isinstance(rule, Mapping):
            continue
        place = (*path, index)
        asks = [key for key in ("present", "one_of") if key in rule]
        if len(asks) != 1:
            has = "has both" if asks else "has neither"
            yield Mistake(place, f"needs exactly one of present and one_of, and {has}")
        if asks == ["present"] and "on_missing" in rule:
            yield Mistake(
                (*place, "on_missing"),
                "has no effect beside present, which itself asks whether the field is there",
            )
        written = rule.get("path")
        if isinstance(written, str) and written:
            yield from _path_mistakes(written, place, asks=asks, compile_path=compile_path)
            if written in seen:
                yield Mistake((*place, "path"), "is the path of an earlier rule: keep one of them")
            seen.add(written)


def _path_mistakes(
    written: str, rule: Path, *, asks: Sequence[str], compile_path: CompilePath
) -> Iterator[Mistake]:
    try:
        compile_path(written)
    except ValueError as reason:
        yield Mistake((*rule, "path"), f"is not a JMESPath: {reason}")
        return
    if "present" in asks and _FUNCTION_CALL.search(written):
        # A function that cannot take what it finds gives nothing, and `present: false` would
        # take that for an answer.
        yield Mistake(
            (*rule, "path"), "present asks whether a field is there: write its path, no function"
        )

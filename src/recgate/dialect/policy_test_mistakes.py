"""What the schema of policy tests cannot say: mistakes that lie between two values.

Every check takes documents of any shape: where a value is not what the schema asks for, the
schema's own message says so, and nothing is added here.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from recgate.dialect.mistake import Mistake, Path, did_you_mean, quoted
from recgate.dialect.policy_test_job import RESERVED
from recgate.domain.canonical import Json
from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS
from recgate.domain.loose_json import mapping_in

LimitsByPolicy = Mapping[str, Collection[str]]
"""The limits of each policy in the folder, by its id; those of a job as ``job.PATH``."""

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MANY = 10


def policy_test_mistakes(document: Json, limits: LimitsByPolicy) -> Iterator[Mistake]:
    """The mistakes in one file of tests, its waivers apart."""
    file = mapping_in(document)
    yield from _day_mistakes(file, ())
    policy = file.get("policy")
    known: Collection[str] | None = None
    if isinstance(policy, str) and policy:
        known = limits.get(policy)
        if known is None:
            yield Mistake(("policy",), no_such_policy(policy, limits))
    first: dict[str, int] = {}
    for at, entry in enumerate(_list(file.get("tests"))):
        place: Path = ("tests", at)
        test = mapping_in(entry)
        name = test.get("name")
        if isinstance(name, str) and name:
            if name in first:
                yield Mistake(
                    (*place, "name"),
                    f"is already the name of tests[{first[name]}]: each has its own",
                )
            first.setdefault(name, at)
        if isinstance(entry, Mapping):
            yield from _test_mistakes(test, place)
            yield from _expect_mistakes(
                mapping_in(test.get("expect")), (*place, "expect"), policy, known
            )


def no_such_policy(policy: str, known: Collection[str]) -> str:
    """The message for the id of a policy that there is not."""
    listed = ", ".join(sorted(known)[:_MANY])
    return f"no policy is named {quoted(policy)}" + (
        did_you_mean(policy, known) or f"; there are {listed or 'none'}"
    )


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()


def _day_mistakes(owner: Mapping[str, Json], place: Path) -> Iterator[Mistake]:
    written = owner.get("today")
    if not isinstance(written, str) or not _ISO_DAY.fullmatch(written):
        return
    try:
        date.fromisoformat(written)
    except ValueError:
        yield Mistake((*place, "today"), f"{written} is not a day of the calendar")


def _test_mistakes(test: Mapping[str, Json], place: Path) -> Iterator[Mistake]:
    yield from _day_mistakes(test, place)
    ways = [key for key in ("given", "job") if key in test]
    if len(ways) != 1:
        has = "has both" if ways else "has neither"
        yield Mistake(place, f"needs exactly one of given and job, and {has}")
    given_job = mapping_in(test.get("given_job"))
    if ways == ["job"]:
        for key in given_job:
            if key != "tags":
                yield Mistake(
                    (*place, "given_job", key),
                    "is in the recorded job: beside job only tags are given",
                    at_key=True,
                )
    else:
        yield from _describe_mistakes(given_job, (*place, "given_job", "describe"))
    yield from _row_mistakes(_list(test.get("given")), (*place, "given"))


def _describe_mistakes(given_job: Mapping[str, Json], place: Path) -> Iterator[Mistake]:
    described = mapping_in(given_job.get("describe"))
    for key in described:
        if key in RESERVED:
            yield Mistake((*place, key), f"is said by {RESERVED[key]}", at_key=True)
    model = "ModelPackageVersionArn"
    if model in mapping_in(described.get("InputConfig")):
        yield Mistake((*place, "InputConfig", model), "is said by model_package_group", at_key=True)


def _row_mistakes(rows: Sequence[Json], place: Path) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for at, each in enumerate(rows):
        row = mapping_in(each)
        for key in ("instance", "instance_count"):
            if "serverless" in row and key in row:
                yield Mistake(
                    (*place, at, key), "does not go with serverless: a row is either", at_key=True
                )
        name = row.get("name")
        if isinstance(name, str) and name in first:
            yield Mistake((*place, at, "name"), f"is already the name of given[{first[name]}]")
        if isinstance(name, str):
            first.setdefault(name, at)
        if "latency_p99_samples" in row and "latency_p99_ms" not in row:
            yield Mistake(
                (*place, at, "latency_p99_samples"),
                "are the samples of latency_p99_ms, which is not given",
                at_key=True,
            )


def _expect_mistakes(
    expect: Mapping[str, Json], place: Path, policy: Json, known: Collection[str] | None
) -> Iterator[Mistake]:
    if expect.get("applies") is False:
        for key in expect:
            if key != "applies":
                yield Mistake(
                    (*place, key),
                    "is not evaluated beside applies: false, which stands alone",
                    at_key=True,
                )
    if known is None:
        return
    yield from _limit_mistakes(expect, place, policy, known)
    for name, each in mapping_in(expect.get("candidates")).items():
        yield from _limit_mistakes(mapping_in(each), (*place, "candidates", name), policy, known)


def _limit_mistakes(
    owner: Mapping[str, Json], place: Path, policy: Json, known: Collection[str]
) -> Iterator[Mistake]:
    for name in mapping_in(owner.get("limits")):
        if name in known:
            continue
        path = (*place, "limits", name)
        listed = ", ".join(known)
        if name in NUMERIC_LIMITS or name in SET_LIMITS:
            yield Mistake(path, f"{policy} has no such limit; it has {listed}", at_key=True)
        else:
            hint = did_you_mean(name, known)
            yield Mistake(path, f"unknown limit{hint or f'; {policy} has {listed}'}", at_key=True)

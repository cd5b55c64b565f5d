"""What the schema of waivers cannot say: mistakes that lie between two values.

Every check takes documents of any shape: where a value is not what the schema asks for, the
schema's own message says so, and nothing is added here.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from recgate.dialect.mistake import Mistake, Path, did_you_mean, quoted
from recgate.domain.canonical import Json
from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS, Direction

MAX_DAYS = 90
"""The longest life of a waiver where the file does not say ``max_days``."""

_BOUNDS = ("up_to", "down_to", "allow")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""Characters that nobody sees: two names that differ by them look the same."""
_ADDRESS = re.compile(r"""[^\s<>()\[\]{}|@:;,"']+@[^\s<>()\[\]{}|@:;,"']+[^\s<>()\[\]{}|@:;,."']""")
_MAY_BE_NEGATIVE = "_gain_over_existing_pct"
"""How the limits end whose floor may lie below 0."""
_ABOUT_WHOM = ("requested_by", "approved_by")

LimitsByPolicy = Mapping[str, Collection[str]]
"""The limits of each policy in the folder, by its id."""


def waiver_mistakes(document: Json, *, limits: LimitsByPolicy | None) -> Iterator[Mistake]:
    """The mistakes in waivers.yaml; those of an entry lie under ``("waivers", PLACE)``.

    ``limits`` None: the policies could not be read, so no name can be called unknown.
    """
    waivers = document.get("waivers") if isinstance(document, Mapping) else None
    longest = document.get("max_days", MAX_DAYS) if isinstance(document, Mapping) else MAX_DAYS
    first: dict[str, int] = {}
    for index, entry in enumerate(waivers if isinstance(waivers, list) else ()):
        if not isinstance(entry, Mapping):
            continue
        place: Path = ("waivers", index)
        yield from _id_mistakes(entry, place, first, index)
        yield from _bound_mistakes(entry, place)
        yield from _people_mistakes(entry, place)
        yield from _life_mistakes(entry, place, longest)
        if limits is not None:
            yield from _name_mistakes(entry, place, limits)


def _id_mistakes(
    entry: Mapping[str, Json], place: Path, first: dict[str, int], index: int
) -> Iterator[Mistake]:
    name = entry.get("id")
    if not isinstance(name, str):
        return
    if name in first:
        yield Mistake(
            (*place, "id"), f"is already the id of waivers[{first[name]}]: each has its own"
        )
    first.setdefault(name, index)


def _bound_mistakes(entry: Mapping[str, Json], place: Path) -> Iterator[Mistake]:
    limit = entry.get("limit")
    if not isinstance(limit, str) or not (limit in NUMERIC_LIMITS or limit in SET_LIMITS):
        return
    wanted = bound_of(limit)
    for key in _BOUNDS:
        if key in entry and key != wanted:
            yield Mistake((*place, key), f"says nothing about {limit}: write {wanted}", at_key=True)
    floor = entry.get("down_to")
    if (
        wanted == "down_to"
        and isinstance(floor, int | float)
        and floor <= 0
        and not limit.endswith(_MAY_BE_NEGATIVE)
    ):
        yield Mistake((*place, "down_to"), "is no floor: name one above 0")
    if wanted not in entry:
        meaning = {
            "up_to": "the new ceiling",
            "down_to": "the new floor",
            "allow": "the names that are taken all the same",
        }[wanted]
        yield Mistake((*place, wanted), f"is missing: {meaning} of {limit}")


def bound_of(limit: str) -> str:
    """The key that holds the bound of a waiver of this limit: up_to, down_to or allow."""
    if limit in SET_LIMITS:
        return "allow"
    return "up_to" if NUMERIC_LIMITS[limit].direction is Direction.AT_MOST else "down_to"


def _people_mistakes(entry: Mapping[str, Json], place: Path) -> Iterator[Mistake]:
    people = [entry.get(key) for key in _ABOUT_WHOM]
    names = [_name(person) if isinstance(person, str) else None for person in people]
    for key, name in zip(_ABOUT_WHOM, names, strict=True):
        if name == "":
            yield Mistake((*place, key), "names nobody")
    if names[0] and names[0] == names[1]:
        yield Mistake((*place, "approved_by"), "is who asked for it: somebody else must approve")


def _name(person: str) -> str:
    """A person's name as it is compared: case, blanks, the form of letters and what nobody sees do
    not matter; of ``Dana <dana@example.com>`` the address counts.
    """
    flat = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", person).casefold())
    seen = _UNSEEN.sub("", flat)
    address = _ADDRESS.search(seen)
    return address.group() if address else " ".join(seen.split())


def _life_mistakes(entry: Mapping[str, Json], place: Path, longest: Json) -> Iterator[Mistake]:
    days: dict[str, date] = {}
    for key in ("starts", "expires"):
        written = entry.get(key)
        if isinstance(written, str) and len(written) == len("2026-12-31"):
            try:
                days[key] = date.fromisoformat(written)
            except ValueError:
                yield Mistake((*place, key), f"{quoted(written)} is not a day of the calendar")
    if len(days) < 2:
        return
    life = (days["expires"] - days["starts"]).days + 1
    if life < 1:
        yield Mistake((*place, "expires"), f"{days['expires']} is before its first day")
    elif isinstance(longest, int | float) and not isinstance(longest, bool) and life > longest:
        yield Mistake(
            (*place, "expires"), f"makes a life of {life} days, and max_days is {longest:g}"
        )


def _name_mistakes(
    entry: Mapping[str, Json], place: Path, limits: LimitsByPolicy
) -> Iterator[Mistake]:
    policy, limit = entry.get("policy"), entry.get("limit")
    if not isinstance(policy, str) or not policy:
        return
    if policy not in limits:
        known = ", ".join(sorted(limits)[:10])
        yield Mistake(
            (*place, "policy"),
            f"no policy is named {quoted(policy)}"
            + (did_you_mean(policy, limits) or (f"; there are {known}" if known else "")),
        )
    elif isinstance(limit, str) and bound_known(limit) and limit not in limits[policy]:
        has = ", ".join(each for each in limits[policy] if bound_known(each)) or "none to waive"
        yield Mistake((*place, "limit"), f"{policy} has no limit {limit}; it has {has}")


def bound_known(limit: str) -> bool:
    """Whether this is a limit that can be waived."""
    return limit in NUMERIC_LIMITS or limit in SET_LIMITS

"""The policies folder: whether it can be used, and its waivers."""

from collections.abc import Mapping
from shlex import quote

from recgate.domain.checkup import CheckId, Health, Result
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Route
from recgate.flows.checkup.desk import Desk
from recgate.ports import PoliciesInvalid

_MOST_NAMED = 3


def policies_result(loaded: PolicySet, folder: str) -> Result:
    """The folder is valid: what is in it, and whether anybody would be told."""
    count = len(loaded.policies)
    words = f"{count} polic{'y' if count == 1 else 'ies'} in {folder}"
    if not loaded.routes:
        return Result(CheckId.POLICIES, Health.OK, f"{words}; no routes, so nobody is told")
    return Result(CheckId.POLICIES, Health.OK, f"{words}; routes: {', '.join(loaded.routes)}")


def invalid_result(problem: PoliciesInvalid, folder: str) -> Result:
    """The folder has mistakes: nothing is approved by it."""
    said = "; ".join(str(each) for each in problem.problems[:_MOST_NAMED])
    more = len(problem.problems) - _MOST_NAMED
    tail = f"; and {more} more" if more > 0 else ""
    remedy = f"recgate policy validate {quote(folder)}"
    return Result(CheckId.POLICIES, Health.FAILED, f"{said}{tail}", remedy)


def no_folder(folder: str) -> Result:
    """Nobody named a folder, and the usual one is not here: what is deployed has its own."""
    words = f"there is no folder {folder} here, so nothing can be judged at this desk"
    return Result(CheckId.POLICIES, Health.WARNING, words, "--policies DIR, or recgate policy new")


def waivers_result(loaded: PolicySet, desk: Desk) -> Result:
    """Whether every waiver counts as it was meant."""
    problems = loaded.waiver_problems
    if not problems:
        words = f"{len(loaded.waivers)} waivers, all well formed" if loaded.waivers else "none"
        return Result(CheckId.WAIVERS, Health.OK, words)
    said = "; ".join(problems[:_MOST_NAMED])
    more = len(problems) - _MOST_NAMED
    tail = f"; and {more} more" if more > 0 else ""
    words = f"what is malformed waives nothing: {said}{tail}"
    return Result(CheckId.WAIVERS, Health.FAILED, words, f"recgate waiver check{desk.folder}")


def routes_of(loaded: PolicySet | None, built_in: Mapping[str, Route]) -> Mapping[str, Route]:
    """The routes there are; without a valid folder those that the settings describe."""
    return built_in if loaded is None else loaded.routes

"""Takes every look on its own: one that crashes or hangs is "not known", and stops no other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from recgate.domain.checkup import CheckId, Health, Result
from recgate.flows.checkup.facts import CannotLook
from recgate.ports import RecgateError

MOST_AT_ONCE = 12
"""Looks that are taken at the same time: a few seconds in all, and no storm of requests."""


@dataclass(frozen=True, slots=True)
class Check:
    """One look. ``look`` gives its answers, at least one; it may raise anything."""

    id: CheckId
    look: Callable[[], Iterable[Result]]
    about: str = ""


def run_checks(checks: Sequence[Check], *, within_s: float) -> tuple[Result, ...]:
    """The answers of all checks, in their order; each is there when ``within_s`` is over.

    A look that has not ended by then is left alone (its thread ends with the program), and
    counts as not known.
    """
    waiting: SimpleQueue[int] = SimpleQueue()
    for place in range(len(checks)):
        waiting.put(place)
    done: dict[int, tuple[Result, ...]] = {}
    ends_at = monotonic() + within_s
    threads = [
        Thread(target=_work, args=(checks, waiting, done), daemon=True, name="recgate-doctor")
        for _ in range(min(MOST_AT_ONCE, len(checks)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends_at - monotonic()))
    late = f"there was no answer within {within_s:g} s"
    return tuple(
        result
        for place, check in enumerate(checks)
        for result in done.get(place) or (_not_known(check, late, "try again"),)
    )


def _work(
    checks: Sequence[Check], waiting: "SimpleQueue[int]", done: dict[int, tuple[Result, ...]]
) -> None:
    while True:
        try:
            place = waiting.get_nowait()
        except Empty:
            return
        done[place] = looked(checks[place])


def looked(check: Check) -> tuple[Result, ...]:
    """The answers of one check; whatever it raises is an answer, too: not known."""
    try:
        return tuple(check.look()) or (_not_known(check, "the look gave no answer"),)
    except CannotLook as why:
        return (_not_known(check, str(why), why.remedy),)
    except RecgateError as problem:
        return (_not_known(check, str(problem)),)
    except Exception as fault:  # its message may hold anything, so only its kind is told
        words = f"the look itself failed ({type(fault).__name__}): a fault of recgate"
        return (_not_known(check, words, "report it, with what `recgate --version` says"),)


def _not_known(check: Check, why: str, remedy: str = "") -> Result:
    return Result(check.id, Health.NOT_KNOWN, why, remedy, check.about)

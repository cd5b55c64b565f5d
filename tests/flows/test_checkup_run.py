"""Every look stands alone, and what could not be told is never fine."""

import threading
from collections.abc import Iterable

import pytest

from recgate.domain.checkup import CheckId, Health, Result, overall
from recgate.flows.checkup.facts import CannotLook
from recgate.flows.checkup.run import MOST_AT_ONCE, Check, run_checks
from recgate.ports import RecgateError

FINE = Result(CheckId.QUEUE, Health.OK, "0 events are waiting")


def fine() -> Iterable[Result]:
    return (FINE,)


def crashes() -> Iterable[Result]:
    raise ZeroDivisionError("xoxb-secret")


def may_not() -> Iterable[Result]:
    raise CannotLook("these credentials may not look", remedy="allow sqs:GetQueueAttributes")


def refused() -> Iterable[Result]:
    raise RecgateError("no such profile")


def half_way() -> Iterable[Result]:
    yield FINE
    raise KeyError("Attributes")


@pytest.mark.parametrize(
    ("look", "finding", "remedy"),
    [
        (
            crashes,
            "the look itself failed (ZeroDivisionError): a fault of recgate",
            "report it, with what `recgate --version` says",
        ),
        (may_not, "these credentials may not look", "allow sqs:GetQueueAttributes"),
        (refused, "no such profile", ""),
        (tuple, "the look gave no answer", ""),
        (
            half_way,
            "the look itself failed (KeyError): a fault of recgate",
            "report it, with what `recgate --version` says",
        ),
    ],
)
def test_a_look_that_fails_is_not_known_and_stops_no_other(
    look: object, finding: str, remedy: str
) -> None:
    """With its reason; the text of a crash may hold a secret, so only its kind is told."""
    checks = [
        Check(CheckId.QUEUE, fine),
        Check(CheckId.TOPIC, look, "sns"),  # type: ignore[arg-type]
        Check(CheckId.QUEUE, fine),
    ]

    found = run_checks(checks, within_s=5)

    lost = Result(CheckId.TOPIC, Health.NOT_KNOWN, finding, remedy, "sns")
    assert found == (FINE, lost, FINE)


def test_a_look_that_hangs_is_not_known_when_the_time_is_over() -> None:
    """The others have their answers; nobody waits for it any longer."""
    released = threading.Event()

    def hangs() -> Iterable[Result]:
        released.wait(10)
        return (FINE,)

    found = run_checks([Check(CheckId.TRAIL, hangs), Check(CheckId.QUEUE, fine)], within_s=0.1)
    released.set()

    late = Result(CheckId.TRAIL, Health.NOT_KNOWN, "there was no answer within 0.1 s", "try again")
    assert found == (late, FINE)


def test_looks_wait_for_their_turn_and_keep_their_order() -> None:
    """No storm of requests: so many at the same time, and no more."""
    lock, now, most = threading.Lock(), [0], [0]

    def look(place: int) -> Iterable[Result]:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        with lock:
            now[0] -= 1
        return (Result(CheckId.RULE, Health.OK, str(place)),)

    checks = [Check(CheckId.RULE, lambda place=place: look(place)) for place in range(40)]  # type: ignore[misc]

    found = run_checks(checks, within_s=5)

    assert [result.finding for result in found] == [str(place) for place in range(40)]
    assert most[0] <= MOST_AT_ONCE


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ((Health.OK, Health.WARNING, Health.NOT_CHECKED), Health.OK),
        ((Health.OK, Health.NOT_KNOWN), Health.NOT_KNOWN),
        ((Health.NOT_KNOWN, Health.FAILED, Health.OK), Health.FAILED),
        ((), Health.OK),
    ],
)
def test_what_failed_counts_most_then_what_is_not_known(
    states: tuple[Health, ...], whole: Health
) -> None:
    """A warning is no failure, and what was not asked is no answer."""
    results = [Result(CheckId.RULE, state, "") for state in states]

    assert overall(results) is whole

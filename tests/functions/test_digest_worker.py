"""A "Digest Due" in the queue has the same promises as a job's notice."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.delivery import TryAgain
from recgate.domain.digest import Rhythm
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route
from recgate.flows.parts import CheckParts
from recgate.ports import Ledger, PoliciesInvalid, PolicyProblem
from tests.flows.test_check import Desk
from tests.flows.test_digest import Channel
from tests.functions.test_queue_worker import Function

DIGEST = Route("slack", Console(), digest=Rhythm.WEEKLY)


class DigestDesk(Desk):
    """A desk with one route, which wants the week."""

    def __init__(self, ledger: SqliteLedger) -> None:
        super().__init__(ledger)
        self.index = ledger
        self.slack = Channel()
        self.policies.current = PolicySet((), {"slack": DIGEST})
        # A Monday.
        self.clock.now = datetime(2026, 11, 23, 8, tzinfo=UTC)

    def parts(self, *, worker: str = "one", ledger: Ledger | None = None) -> CheckParts:
        made = super().parts(worker=worker, ledger=ledger)
        return replace(made, index=self.index, channel_for=lambda _: self.slack)


@pytest.fixture
def desk() -> Iterator[DigestDesk]:
    with SqliteLedger(":memory:") as ledger:
        yield DigestDesk(ledger)


@pytest.fixture
def function(desk: DigestDesk) -> Function:
    return Function(desk)


def due(function: Function, *, days_ago: int = 0) -> str:
    at = function.desk.clock.now - timedelta(hours=1, days=days_ago)
    return json.dumps(
        {
            "id": "d32c5kddcf5bb8c3",
            "source": "recgate",
            "detail-type": "Digest Due",
            "time": at.isoformat(),
            "detail": {},
        }
    )


def test_a_digest_is_told_and_counted_as_a_delivery(
    function: Function, desk: DigestDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message is done with, and comes twice for nothing."""
    assert function.receive(due(function), due(function)) == []

    assert desk.slack.keys == ["digest:weekly:2026-11-16"]
    assert capsys.readouterr().out.count('"Deliveries"') > 0
    assert [line["digest"] for line in function.logged() if "digest" in line] == [
        "digest:weekly:2026-11-16"
    ] * 2


def test_a_digest_that_could_not_be_delivered_comes_again(
    function: Function, desk: DigestDesk
) -> None:
    """After the wait that the destination asked for."""
    desk.slack.answers = [TryAgain("429", after_s=90.0)]

    assert function.receive(due(function)) == [0]
    assert function.receive(due(function)) == []


def test_a_digest_without_readable_routes_is_parked_with_its_reason(function: Function) -> None:
    """Trying again would not mend a package."""
    problem = PolicyProblem("routes.yaml", 3, 1, "", "broken")
    function.desk.policies.current = PoliciesInvalid([problem])

    assert function.receive(due(function)) == []

    ((_, reason),) = function.inbox.parked
    assert "routes.yaml:3: broken" in reason


def test_a_digest_that_is_days_late_is_reported(function: Function, desk: DigestDesk) -> None:
    """It is not parked: nothing would be done with it there."""
    assert function.receive(due(function, days_ago=4)) == []

    assert "more than 3 days" in json.dumps(function.logged())
    assert desk.slack.told == []

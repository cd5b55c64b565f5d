"""The seal function: a checkpoint a day, everything sealed, and what is wrong told in metrics."""

import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger

from recgate.domain.chain import LOCAL, checkpoint_stream
from recgate.evidence_ports import (
    ArchiveRefused,
    ArchiveUnavailable,
    SignerRefused,
    SignerUnavailable,
)
from recgate.functions.seal_telemetry import SealTelemetry
from recgate.functions.seal_worker import SealFailed, SealWorker
from recgate.ports import LedgerRefused, LedgerUnavailable
from tests.flows.test_seal import SHOP, Desk, stream_of

Figures = dict[str, float]
QUIET = {"RecordsSealed": 0.0, "UnsealedAge": 0.0, "EvidenceBroken": 0.0, "SealsRefused": 0.0}


@dataclass
class Context:
    """The part of Lambda's context that the sealer reads."""

    left_ms: int = 300_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


class Function:
    """A seal function over a desk, with a view of what it prints."""

    def __init__(self, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.log = io.StringIO()
        self.seconds: Iterator[float] = itertools.repeat(0.0)
        logger = Logger(service=f"recgate {uuid4()}", stream=self.log)
        self.worker = SealWorker(
            desk.parts, SealTelemetry(logger=logger), monotonic=lambda: next(self.seconds)
        )

    def run(self, *, left_ms: int = 300_000) -> dict[str, Any]:
        return self.worker.handle(Context(left_ms))

    def figures(self) -> Figures:
        """The metrics printed since the last look."""
        lines = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        for line in lines:
            [metrics] = line["_aws"]["CloudWatchMetrics"]
            assert (metrics["Namespace"], metrics["Dimensions"]) == ("recgate", [["service"]])
            assert line["service"] == "recgate"
        return {
            metric["Name"]: line[metric["Name"]][0]
            for line in lines
            for metrics in line["_aws"]["CloudWatchMetrics"]
            for metric in metrics["Metrics"]
        }

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture
def desk() -> Desk:
    """A ledger in which three records of one chain wait."""
    made = Desk()
    made.record(3)
    return made


@pytest.fixture
def function(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Function:
    return Function(desk, capsys)


def test_a_run_makes_the_checkpoint_and_seals_it_with_the_rest(
    desk: Desk, function: Function
) -> None:
    """In its answer, in the log, and in metrics, zeros included."""
    summary = function.run()

    assert summary == {"sealed": 4, "left": 0, "broken": 0}
    assert function.figures() == {**QUIET, "RecordsSealed": 4}
    assert [(line["message"], line["chain"]) for line in function.logged()] == [
        ("Checkpoint recorded", SHOP),
        ("Sealed", SHOP),
    ]
    desk.assert_whole()


def test_an_idle_run_tells_zeros_and_says_nothing(desk: Desk, function: Function) -> None:
    """A figure that stays away rings an alarm; a log that nobody needs costs."""
    function.run()
    function.figures()
    lines = len(function.logged())

    assert function.run() == {"sealed": 0, "left": 0, "broken": 0}

    assert function.figures() == QUIET
    assert len(function.logged()) == lines


def test_a_warm_function_reads_the_checkpoints_once_a_day(desk: Desk, function: Function) -> None:
    """And makes one at the first run of the next day."""
    for _ in range(3):
        function.run()
    assert desk.plan.count("ledger.read") == 1

    desk.clock.advance(days=1)
    assert function.run()["sealed"] == 1

    assert [entry.key for entry in desk.ledger.read(checkpoint_stream(SHOP))] == [
        "2026-11-21",
        "2026-11-22",
    ]


@pytest.mark.parametrize(
    ("call", "error"),
    [("key", SignerUnavailable("KMS throttled")), ("archive", ArchiveUnavailable("S3 is down"))],
)
def test_what_is_out_of_reach_shows_as_age_and_raises_nothing(
    desk: Desk, function: Function, call: str, error: Exception
) -> None:
    """A run that failed would be one more alarm; the age rings when it grows."""
    desk.plan.outages[call] = error
    desk.clock.advance(minutes=12)

    assert function.run() == {"sealed": 0, "left": 4, "broken": 0}

    figures = function.figures()
    assert (figures["UnsealedAge"], figures["RecordsSealed"]) == (720, 0)
    [line] = [line for line in function.logged() if line["message"] == "Not sealed yet"]
    assert (line["level"], line["reason"], line["left"]) == ("WARNING", str(error), 4)
    # Whoever could not look ends no alarm about what was seen before.
    assert not {"EvidenceBroken", "SealsRefused"} & set(figures)


@pytest.mark.parametrize(
    ("call", "error"),
    [("key", SignerRefused("kms:Sign: denied")), ("archive", ArchiveRefused("s3:PutObject: no"))],
)
def test_what_is_refused_is_counted_until_it_is_mended(
    desk: Desk, function: Function, call: str, error: Exception
) -> None:
    """One for each chain that waits for it; nothing is raised, and a mended one ends it."""
    desk.plan.outages[call] = error

    function.run()
    refused = function.figures()
    desk.plan.revive()
    function.run()

    assert refused["SealsRefused"] == 1
    assert "EvidenceBroken" not in refused
    [line] = [line for line in function.logged() if line["message"] == "Sealing is refused"]
    assert (line["level"], line["reason"]) == ("ERROR", str(error))
    assert function.figures() == {**QUIET, "RecordsSealed": 4}


def test_broken_evidence_is_counted_every_run_and_named(desk: Desk, function: Function) -> None:
    """As long as it is, so that the alarm stays; with the record and what is wrong."""
    desk.record(1, LOCAL)
    desk.ledger.edit((stream_of(SHOP, "job-0"), 1), body=b"{}")

    first, second = function.run(), function.run()

    assert (first["broken"], second["broken"]) == (1, 1)
    figures = function.figures()
    assert (figures["EvidenceBroken"], figures["SealsRefused"]) == (1, 0)
    line = next(line for line in function.logged() if line["message"] == "The evidence is broken")
    assert (line["level"], line["chain"], line["sequence"]) == ("ERROR", SHOP, 2)
    assert (line["flaw"], line["where"]) == ("edited", "the ledger")
    assert "not the one that was chained" in line["reason"]
    assert "decision in job:" in line["record"]


def test_broken_evidence_rings_while_the_key_refuses(desk: Desk, function: Function) -> None:
    """Both are told: the one does not hide the other."""
    desk.ledger.edit_link(SHOP, 2, b"{}")
    desk.plan.outages["key"] = SignerRefused("denied")

    function.run()

    figures = function.figures()
    assert (figures["EvidenceBroken"], figures["SealsRefused"]) == (1, 1)


def test_a_ledger_out_of_reach_fails_the_run_and_tells_no_age(
    desk: Desk, function: Function
) -> None:
    """Nobody knows what is left: the missing age rings."""
    desk.plan.outages["ledger.chains"] = LedgerUnavailable("throttled")

    with pytest.raises(LedgerUnavailable):
        function.run()

    assert function.figures() == {}


def test_an_age_that_is_not_known_is_not_told(desk: Desk, function: Function) -> None:
    """The head of the chain cannot be read; a zero would end the alarm."""
    function.run()
    function.figures()
    desk.plan.outages["ledger.head"] = LedgerUnavailable("throttled")

    function.run()

    assert function.figures() == {"RecordsSealed": 0}


def test_a_fault_of_ours_fails_the_run_after_the_last_chain(desk: Desk, function: Function) -> None:
    """Its traceback is in the log."""
    desk.record(1, LOCAL)
    faults = [KeyError("a fault")]

    def once(name: str) -> None:
        if name == "key.sign" and faults:
            raise faults.pop()

    desk.plan.before = once

    with pytest.raises(SealFailed, match=SHOP):
        function.run()

    assert desk.archived(LOCAL) == [1, 2]
    [line] = [line for line in function.logged() if line["message"] == "A fault of recgate"]
    assert "KeyError" in line["exception"]
    assert "EvidenceBroken" not in function.figures()


def test_a_run_that_has_little_time_begins_nothing_and_tells_the_age(
    desk: Desk, function: Function
) -> None:
    """A run that Lambda cuts off tells nobody what it did."""
    desk.clock.advance(minutes=3)

    assert function.run(left_ms=10_000) == {"sealed": 0, "left": 3, "broken": 0}

    figures = function.figures()
    assert (figures["UnsealedAge"], figures["SealsRefused"]) == (180, 0)
    assert "EvidenceBroken" not in figures
    assert any("out of time" in line.get("reason", "") for line in function.logged())


def test_a_run_stops_before_its_time_is_over(desk: Desk, function: Function) -> None:
    """A record takes a minute here, and five are left with 45 seconds kept back."""
    desk.record(20)
    function.seconds = itertools.count(0.0, 60.0)

    summary = function.run()

    assert 0 < summary["sealed"] < 5
    assert summary["left"] + summary["sealed"] == 24
    assert function.run(left_ms=3_600_000)["left"] == 0


def test_a_missing_checkpoint_is_logged(desk: Desk, function: Function) -> None:
    """Everything else is sealed; the next run makes it."""
    desk.plan.outages["ledger.append"] = LedgerUnavailable("throttled")

    assert function.run()["sealed"] == 3

    [line] = [line for line in function.logged() if line["message"] == "No checkpoint yet"]
    assert (line["level"], line["reason"]) == ("WARNING", "throttled")
    desk.plan.revive()
    assert function.run()["sealed"] == 1


def test_a_refused_checkpoint_is_counted(desk: Desk, function: Function) -> None:
    """As what has to be mended, until it is."""
    desk.plan.outages["ledger.append"] = LedgerRefused("dynamodb:PutItem: denied")

    function.run()
    refused = function.figures()
    desk.plan.revive()
    function.run()

    assert refused == {**QUIET, "RecordsSealed": 3, "SealsRefused": 1}
    assert function.figures() == {**QUIET, "RecordsSealed": 1}


def test_a_clock_that_was_far_ahead_rings(desk: Desk, function: Function) -> None:
    """Every run, though the stream is not read again."""
    desk.clock.advance(days=400)
    function.run()
    desk.clock.advance(days=-400)
    function.figures()

    for _ in range(2):
        function.run()
        assert function.figures()["SealsRefused"] == 1
    assert desk.plan.count("ledger.read") == 1
    assert "which has not come" in function.logged()[-1]["reason"]


def test_a_chain_that_is_gone_is_broken(desk: Desk, function: Function) -> None:
    """Whoever takes it off the list of chains has its sealing stopped; a warm worker knows."""
    desk.record(1, LOCAL)
    function.run()
    function.figures()
    chain, head = desk.ledger.linked.pop(SHOP), desk.ledger.heads.pop(SHOP)

    assert function.run()["broken"] == 1
    assert function.run()["broken"] == 1

    assert function.figures() == {**QUIET, "EvidenceBroken": 1}
    line = function.logged()[-1]
    assert (line["message"], line["level"]) == ("The evidence is broken", "ERROR")
    assert (line["chain"], line["reason"]) == (SHOP, "the chain was here, and is not any more")
    desk.ledger.linked[SHOP], desk.ledger.heads[SHOP] = chain, head
    assert function.run()["broken"] == 0
    assert function.figures() == QUIET


def test_a_worker_that_finds_a_checkpoint_remembers_it_too(
    desk: Desk, function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was made by another one: its stream of years is read once all the same."""
    function.run()
    other = Function(desk, capsys)

    for _ in range(3):
        other.run()

    assert desk.plan.count("ledger.read") == 2


def test_a_worker_goes_on_with_the_chain_whose_turn_it_was(desk: Desk, function: Function) -> None:
    """Three chains, and in each run the time for one record."""
    chains = [SHOP, "444455556666/eu-west-1", LOCAL]
    for chain in chains:
        desk.record(1, chain)
    function.run()
    for chain in chains:
        desk.record(1, chain)
    sealed = []

    for _ in chains:
        # A second for each look at the clock: at the start, before a turn, before a record.
        function.seconds = itertools.count(0.0, 1.0)
        sealed.append(function.run(left_ms=47_500)["sealed"])

    assert sealed == [1, 1, 1]


def test_metrics_are_spared_where_nobody_reads_them(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """RECGATE_METRICS=off."""
    telemetry = SealTelemetry(metrics=False, logger=Logger(stream=io.StringIO()))

    SealWorker(desk.parts, telemetry).handle(None)

    assert capsys.readouterr().out == ""
    desk.assert_whole()

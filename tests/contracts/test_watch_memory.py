"""The promises of every memory of the watcher."""

import itertools
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recgate.adapters.dynamodb_watch_memory import DynamoDbWatchMemory
from recgate.adapters.local_watch_memory import LocalWatchMemory
from recgate.domain.place import Place
from recgate.domain.watch_memory import Awaited, Remembered, SeenJob
from recgate.watch_ports import MemoryRefused, MemorySuperseded, WatchMemory
from tests.builders import JOB_ARN, NOW
from tests.servers.aws import LocalAws, create_watch_table

HOME = Place("111122223333", "eu-west-1")
EMPTY = Remembered(started_at=NOW, watermark=NOW)

_numbers = itertools.count(1)
_Opened = Callable[[], WatchMemory]


@pytest.fixture(params=["local", "dynamodb"])
def opened(request: pytest.FixtureRequest) -> Any:
    """Opens one and the same memory, empty at first, as each sweep does anew."""
    if request.param == "local":
        kept = LocalWatchMemory()
        yield lambda: kept
        return
    client = request.getfixturevalue("aws").client("dynamodb")
    table = f"watch-{next(_numbers)}"
    create_watch_table(client, table)
    yield lambda: DynamoDbWatchMemory(client, table, HOME)
    client.delete_table(TableName=table)


def remembered(jobs: int, *, watermark: datetime = NOW) -> Remembered:
    """A memory of so many jobs, whose names do not compress."""
    name = random.Random(jobs).randbytes  # noqa: S311
    arns = [f"{JOB_ARN}-{name(16).hex()}" for _ in range(jobs)]
    return Remembered(
        started_at=NOW - timedelta(days=1),
        watermark=watermark,
        seen={arn: SeenJob("COMPLETED", NOW, NOW) for arn in arns},
        awaited={arn: Awaited(arn.rpartition("/")[2], NOW) for arn in arns},
    )


def test_nothing_saved_is_none_at_revision_0(opened: _Opened) -> None:
    """That is the first sweep of all."""
    assert opened().load() == (None, 0)


def test_what_was_saved_comes_back_equal(opened: _Opened) -> None:
    """To the microsecond, by whoever loads it."""
    saved = replace(remembered(3), watermark=NOW + timedelta(microseconds=7))

    revision = opened().save(saved, revision=0)

    assert opened().load() == (saved, revision)


def test_each_save_has_a_revision_of_its_own(opened: _Opened) -> None:
    """It is the ticket for the next save, of the same sweep or another."""
    memory = opened()
    first = memory.save(EMPTY, revision=0)
    second = memory.save(remembered(1), revision=first)
    third = opened().save(remembered(2), revision=second)

    assert len({0, first, second, third}) == 4
    assert opened().load() == (remembered(2), third)


def test_a_save_over_somebody_elses_is_refused_and_changes_nothing(opened: _Opened) -> None:
    """Two sweeps at once: the later would forget what the earlier had announced."""
    ours, theirs = opened(), opened()
    _, begun = ours.load()
    theirs.load()
    first = theirs.save(remembered(1), revision=begun)
    with pytest.raises(MemorySuperseded, match="another sweep has saved since this one loaded"):
        ours.save(remembered(2), revision=begun)

    second = theirs.save(remembered(3), revision=first)
    for stale in (begun, first, second + 1):
        with pytest.raises(MemorySuperseded):
            ours.save(remembered(2), revision=stale)

    assert opened().load() == (remembered(3), second)


def test_the_same_words_do_not_make_a_save_ours(opened: _Opened) -> None:
    """Two sweeps may well save equal memories; only one of them has the next revision."""
    opened().save(EMPTY, revision=0)

    with pytest.raises(MemorySuperseded):
        opened().save(EMPTY, revision=0)


def test_a_memory_may_grow_and_shrink(opened: _Opened) -> None:
    """Over one item of a table and back; nothing of a larger one is left in a smaller."""
    memory, revision = opened(), 0

    for jobs in (1, 20_000, 12_000, 0, 20_000, 1):
        revision = memory.save(remembered(jobs), revision=revision)

        assert opened().load() == (remembered(jobs), revision)


def test_a_memory_that_shrinks_in_another_sweep_is_whole(opened: _Opened) -> None:
    """Each sweep knows only what it loaded."""
    revision = opened().save(remembered(20_000), revision=0)

    for jobs in (1, 12_000, 2):
        sweep = opened()
        _, loaded = sweep.load()
        assert loaded == revision
        revision = sweep.save(remembered(jobs), revision=revision)

        assert opened().load() == (remembered(jobs), revision)


_text = st.text(st.characters(exclude_categories=()), max_size=15)  # lone surrogates too
_times = st.datetimes(timezones=st.just(UTC))
_any_memory = st.builds(
    Remembered,
    started_at=_times,
    watermark=_times,
    seen=st.dictionaries(_text, st.builds(SeenJob, _text, _times, _times), max_size=4),
    awaited=st.dictionaries(_text, st.builds(Awaited, _text, _times), max_size=4),
)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(saved=_any_memory)
def test_any_memory_comes_back_equal(opened: _Opened, saved: Remembered) -> None:
    """Whatever SageMaker's words are tomorrow."""
    memory = opened()
    _, revision = memory.load()

    memory.save(saved, revision=revision)

    assert opened().load()[0] == saved


def test_of_many_saves_for_one_revision_exactly_one_wins(opened: _Opened) -> None:
    """What two sweeps at once stand on."""
    workers = 6
    start = threading.Barrier(workers)
    memories = [opened() for _ in range(workers)]
    answers: list[str] = []

    def save(worker: int) -> None:
        start.wait(timeout=30)
        try:
            memories[worker].save(remembered(worker + 1), revision=0)
            answers.append(f"won {worker + 1}")
        except MemorySuperseded:
            answers.append("lost")

    threads = [threading.Thread(target=save, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    kept, _ = opened().load()
    assert kept is not None
    assert sorted(answers) == ["lost"] * (workers - 1) + [f"won {len(kept.seen)}"]


def test_a_local_memory_may_begin_with_something() -> None:
    """A desk that sweeps from a time on."""
    memory = LocalWatchMemory(remembered(1))

    loaded, revision = memory.load()

    assert loaded == remembered(1)
    assert revision > 0
    assert memory.save(EMPTY, revision=revision) == revision + 1


def test_a_memory_was_made_in_the_past_or_nobody_can_say(opened: _Opened) -> None:
    """An aware time: the watch of a new deployment begins then."""
    made_at = opened().made_at()

    assert made_at is None or timedelta(0) <= datetime.now(UTC) - made_at < timedelta(minutes=10)


def test_the_memory_in_a_table_is_as_old_as_the_table(aws: LocalAws) -> None:
    """One that is not there is said to be the trouble."""
    made = DynamoDbWatchMemory(aws.client("dynamodb"), "no-such-table", HOME)

    with pytest.raises(MemoryRefused, match="no-such-table"):
        made.made_at()

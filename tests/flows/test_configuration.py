"""What the rules were when a decision was made is in the ledger before the decision is."""

import json
import random
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect import ledger_entry
from recgate.domain.canonical import Json, canonical_json, digest
from recgate.domain.configuration_record import TOO_LARGE, configuration_key
from recgate.domain.rules import RuleKind, Rules, RuleSource
from recgate.flows.check import check
from recgate.flows.configuration import (
    BODY_BYTES_MAX,
    CONFIGURATION,
    PLAIN_BYTES_MAX,
    ConfigurationMemory,
    record_configuration,
)
from recgate.ports import CannotTellYet, Entry, Ledger, PositionTaken, job_stream
from tests.builders import JOB_ARN, NOW
from tests.flows.fakes import NOTICE, Crash, CrashingLedger
from tests.flows.test_check import Desk, job

GOOD = "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 2.50}\n"
BROKEN = "version: 1\npolicy: prod\nrequire: {max_cost_per_hour: 2.50}\n"
ROUTES = """\
version: 1
default: [desk]
routes: {desk: {console: {}}}
"""
DRAWN = random.Random(6)  # noqa: S311  not for keys
NOISE = [bytes(DRAWN.choices(b"0123456789abcdef", k=16)).decode() for _ in range(40_000)]


def rules(*files: tuple[str, str], **rest: Any) -> Rules:
    """Policies of these names and texts."""
    return Rules(
        tuple(
            RuleSource(name, RuleKind.POLICY, sha256(text.encode()).hexdigest(), text)
            for name, text in files
        ),
        **rest,
    )


ONE, OTHER = rules(("prod.yaml", GOOD)), rules(("prod.yaml", GOOD + "# changed\n"))


@dataclass
class Counting:
    """A ledger that counts, and does something else just before it is written to."""

    inner: Ledger
    reads: int = 0
    before: Callable[[], None] = lambda: None

    def read(self, stream: str) -> Sequence[Entry]:
        self.reads += stream == CONFIGURATION
        return self.inner.read(stream)

    def append(self, stream: str, position: int, entry: Entry) -> None:
        if stream == CONFIGURATION:
            self.before()
        self.inner.append(stream, position, entry)


def in_force(ledger: Ledger) -> list[Entry]:
    return list(ledger.read(CONFIGURATION))


def files_of(entry: Entry) -> dict[str, Any]:
    body: Any = entry.body
    return {each["file"]: each for each in body["files"]}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "prod.yaml").write_text(GOOD)
    return folder


@pytest.fixture(name="desk")
def _desk(folder: Path) -> Any:
    with SqliteLedger(":memory:") as ledger:
        made = Desk(ledger)
        made.policies = PolicyFiles(folder, revision="1f2e3d")  # type: ignore[assignment]
        yield made


# --- with the check ----------------------------------------------------------------------------


def test_the_first_decision_records_the_rules_that_it_is_made_by(desk: Desk, folder: Path) -> None:
    """Before it, in a stream of their own, with what the files say."""
    desk.check()

    (entry,) = in_force(desk.ledger)
    assert (entry.kind, entry.recorded_at) == (CONFIGURATION, desk.clock.now)
    assert entry.body == {
        "schema": 1,
        "files": [
            {
                "file": "prod.yaml",
                "kind": "policy",
                "digest": sha256((folder / "prod.yaml").read_bytes()).hexdigest(),
                "text": GOOD,
            }
        ],
        "revision": "1f2e3d",
        "engine": "1",
        "problems": [],
    }


def test_a_decision_names_the_rules_and_where_its_snapshot_lies(desk: Desk) -> None:
    """By their digests, which lead to the record with the texts; nothing of this machine."""
    desk.check()

    (made,), (snapshot,) = desk.entries("decision"), desk.entries("snapshot")
    body: Any = made.body
    named = files_of(in_force(desk.ledger)[0])["prod.yaml"]
    assert body["rules"] == {
        "files": [{name: named[name] for name in ("file", "kind", "digest")}],
        "revision": "1f2e3d",
        "engine": "1",
    }
    assert body["snapshot"] == {"stream": job_stream(JOB_ARN), "key": snapshot.key}
    assert digest(snapshot.body) == body["snapshot_digest"]
    assert str(Path.cwd()) not in json.dumps(body)


def test_the_key_of_a_decision_rests_on_none_of_it(desk: Desk, folder: Path) -> None:
    """A comment, another revision, a routes.yaml: nobody hears the same verdict twice."""
    desk.check()
    (folder / "prod.yaml").write_text(f"# a comment\n{GOOD}")
    (folder / "routes.yaml").write_text(ROUTES)
    desk.policies = PolicyFiles(folder, revision="4a5b6c")  # type: ignore[assignment]

    again = desk.check()

    assert not again.is_news
    assert len(desk.entries("decision")) == 1
    assert len(in_force(desk.ledger)) == 1


def test_the_same_rules_are_recorded_once_for_many_decisions(desk: Desk) -> None:
    """A change is what is worth a record."""
    for cost in (0.2, 0.3, 0.4):
        desk.jobs.snapshot = replace(job(cost=cost), modified_at=NOW + timedelta(seconds=cost))
        desk.check()

    assert len(desk.entries("decision")) == 3
    assert len(in_force(desk.ledger)) == 1


def test_rules_that_change_are_recorded_before_the_next_decision(desk: Desk, folder: Path) -> None:
    """And again when the old ones come back: the stream tells what was in force when."""
    for text in (GOOD, GOOD.replace("2.50", "0.10"), GOOD):
        (folder / "prod.yaml").write_text(text)
        desk.clock.advance(minutes=1)
        desk.check()

    recorded = in_force(desk.ledger)
    assert [files_of(entry)["prod.yaml"]["text"].split()[-1] for entry in recorded] == [
        "2.50}",
        "0.10}",
        "2.50}",
    ]
    assert recorded[0].key == recorded[2].key != recorded[1].key
    assert [each.recorded_at for each in recorded] == [
        each.recorded_at for each in desk.entries("decision")
    ]


def test_broken_policies_are_recorded_as_they_are(desk: Desk, folder: Path) -> None:
    """The files and what is wrong in them; an ERROR names them, too."""
    (folder / "prod.yaml").write_text(BROKEN)
    (folder / "half.yaml").write_bytes(b"\xff\xfe")

    desk.check()

    (entry,), (made,) = in_force(desk.ledger), desk.entries("decision")
    files = files_of(entry)
    body: Any = made.body
    assert body["verdict"] == "ERROR"
    assert entry.body["problems"] == [
        "half.yaml:1: is not UTF-8 but UTF-16: save it as UTF-8",
        "prod.yaml:3: require.max_cost_per_hour: unknown key, did you mean max_cost_per_hour_usd?",
    ]
    assert files["prod.yaml"]["text"] == BROKEN
    assert files["half.yaml"] == {
        "file": "half.yaml",
        "kind": "policy",
        "digest": sha256(b"\xff\xfe").hexdigest(),
        "left_out": "it is not UTF-8",
    }
    assert [each["file"] for each in body["rules"]["files"]] == ["half.yaml", "prod.yaml"]


def test_a_folder_that_is_not_there_is_recorded(desk: Desk, folder: Path) -> None:
    """That there were no rules is what the ERROR rests on."""
    (folder / "prod.yaml").unlink()
    folder.rmdir()

    desk.check()

    (entry,) = in_force(desk.ledger)
    assert entry.body["files"] == []
    assert [str(each)[:17] for each in _list(entry.body["problems"])] == [".: no such folder"]


def _list(value: Json) -> list[Json]:
    assert isinstance(value, list)
    return value


def test_policies_that_come_from_no_files_are_not_recorded() -> None:
    """There is nothing to name."""
    with SqliteLedger(":memory:") as ledger:
        desk = Desk(ledger)
        desk.check()

        assert in_force(ledger) == []
        assert "rules" not in desk.entries("decision")[0].body


def test_a_crash_between_the_rules_and_the_decision_loses_nothing(desk: Desk) -> None:
    """Whatever call the worker dies at: one record of the rules, no later than the decision."""
    for dies_at in range(1, 30):
        for after in (False, True):
            with SqliteLedger(":memory:") as ledger:
                mortal = CrashingLedger(ledger, dies_at, after)
                with suppress(Crash):
                    check(NOTICE, desk.parts(ledger=mortal))
                desk.clock.advance(minutes=10)
                check(NOTICE, desk.parts(ledger=ledger))

                (rules,) = ledger.read(CONFIGURATION)
                (made,) = [
                    entry for entry in ledger.read(job_stream(JOB_ARN)) if entry.kind == "decision"
                ]
                assert rules.recorded_at <= made.recorded_at


def test_one_decision_that_is_news_reads_the_rules_once(desk: Desk) -> None:
    """And one that is not, never."""
    counting = Counting(desk.ledger)

    check(NOTICE, desk.parts(ledger=counting))
    assert counting.reads == 1

    check(NOTICE, desk.parts(ledger=counting))
    assert counting.reads == 1


# --- by itself ---------------------------------------------------------------------------------


def test_a_process_that_knows_need_not_ask() -> None:
    """Until the rules change, or the ledger is another."""
    with SqliteLedger(":memory:") as ledger:
        counting, memory = Counting(ledger), ConfigurationMemory()

        made = [
            record_configuration(each, counting, NOW, memory)
            for each in (ONE, ONE, ONE, OTHER, OTHER, ONE)
        ]

        assert made == [True, False, False, True, False, True]
        assert counting.reads == 3
        with SqliteLedger(":memory:") as another:
            assert record_configuration(ONE, another, NOW, memory) is True


def test_who_loses_the_race_writes_nothing_twice() -> None:
    """Another worker recorded the same rules at this very moment."""
    with SqliteLedger(":memory:") as ledger:
        counting = Counting(ledger)

        def other() -> None:
            counting.before = lambda: None
            record_configuration(ONE, ledger, NOW)

        counting.before = other

        assert record_configuration(ONE, counting, NOW) is False
        assert len(in_force(ledger)) == 1


def test_who_loses_to_other_rules_records_its_own_behind_them() -> None:
    """A deployment is under way: both were in force."""
    with SqliteLedger(":memory:") as ledger:
        counting = Counting(ledger)

        def other() -> None:
            counting.before = lambda: None
            record_configuration(OTHER, ledger, NOW)

        counting.before = other

        assert record_configuration(ONE, counting, NOW) is True
        assert [each.key for each in in_force(ledger)] == [
            configuration_key(OTHER),
            configuration_key(ONE),
        ]


def test_who_always_loses_comes_again_later() -> None:
    """The queue has it back; no decision is recorded without its rules."""

    class Taken(Counting):
        def append(self, stream: str, position: int, entry: Entry) -> None:
            raise PositionTaken("somebody was faster")

    with SqliteLedger(":memory:") as ledger, pytest.raises(CannotTellYet, match="configuration"):
        record_configuration(ONE, Taken(ledger), NOW)


def test_many_workers_at_once_record_the_rules_once(tmp_path: Path) -> None:
    """Whoever is first."""
    with SqliteLedger(tmp_path / "l.db") as ledger, ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: record_configuration(ONE, ledger, NOW), range(32)))

        assert sum(made) == len(in_force(ledger)) == 1


def test_texts_that_no_ledger_could_take_are_left_out() -> None:
    """DynamoDB takes 400 KB for an item: a decision must not wait for a smaller folder."""
    large = rules(("prod.yaml", GOOD), ("large.yaml", "\n".join(NOISE)), problems=("a",))
    assert len(zlib.compress("".join(NOISE).encode())) > BODY_BYTES_MAX

    with SqliteLedger(":memory:") as ledger:
        record_configuration(large, ledger, NOW)
        record_configuration(large, ledger, NOW)

        (entry,) = in_force(ledger)
    assert files_of(entry) == {
        each.file: {
            "file": each.file,
            "kind": "policy",
            "digest": each.digest,
            "left_out": TOO_LARGE,
        }
        for each in large.files
    }
    assert entry.body["problems"] == ["a"]
    assert len(zlib.compress(canonical_json(entry.body))) < BODY_BYTES_MAX


def test_texts_that_fit_stay() -> None:
    """However long they are: it is the compressed record that counts."""
    long = rules(("prod.yaml", GOOD + "# again and again\n" * 100_000))

    with SqliteLedger(":memory:") as ledger:
        record_configuration(long, ledger, NOW)

        assert files_of(in_force(ledger)[0])["prod.yaml"]["text"] == long.files[0].text


@pytest.mark.parametrize(
    "other",
    [
        OTHER,
        replace(ONE, revision="4a5b6c"),
        replace(ONE, problems=("prod.yaml: something",)),
        rules(("test.yaml", GOOD)),
        replace(ONE, files=(replace(ONE.files[0], kind=RuleKind.WAIVERS),)),
        rules(("prod.yaml", GOOD), ("dev.yaml", GOOD)),
        Rules(),
    ],
)
def test_other_rules_have_another_key(other: Rules) -> None:
    """The files, the revision, what is wrong with them."""
    assert configuration_key(other) != configuration_key(ONE)


def test_a_text_that_is_left_out_makes_no_other_configuration() -> None:
    """The digest stands for it."""
    bare = replace(ONE, files=(replace(ONE.files[0], text=None, left_out="why"),))

    assert configuration_key(bare) == configuration_key(ONE)


def test_texts_that_compress_well_and_are_too_large_all_the_same_are_left_out() -> None:
    """No ledger takes so large a body, however small it is compressed."""
    large = rules(("prod.yaml", GOOD), ("large.yaml", "x" * PLAIN_BYTES_MAX))

    with SqliteLedger(":memory:") as ledger:
        record_configuration(large, ledger, NOW)

        (entry,) = in_force(ledger)
    assert [each["left_out"] for each in files_of(entry).values()] == [TOO_LARGE, TOO_LARGE]


def test_the_largest_configuration_is_one_that_a_ledger_takes() -> None:
    """Two limits that are one."""
    assert PLAIN_BYTES_MAX == ledger_entry.BODY_BYTES_MAX

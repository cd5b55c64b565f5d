"""The same in DynamoDB: items changed by somebody who may write to the table."""

import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.adapters.folder_archive import FolderArchive
from recgate.domain.link import sha256
from recgate.domain.verification import FlawKind, Verification
from recgate.flows.evidence.checkpoint import checkpoint
from recgate.flows.evidence.seal import SealParts, seal
from recgate.flows.evidence.verify import verify
from recgate.ports import Entry
from tests.builders import NOW
from tests.flows.evidence_fakes import FakeKey
from tests.servers.aws import LocalAws, create_ledger_table, local_aws

K = FlawKind
HOME, SHOP = "111122223333/eu-west-1", "444455556666/us-east-1"
JOB = "job:arn:aws:sagemaker:us-east-1:444455556666:inference-recommendations-job/ranker"
JOBS = 5
_numbers = itertools.count(1)

Item = dict[str, Any]


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


class Scene:
    """A table with two chains, sealed and archived."""

    def __init__(self, client: Any, table: str, folder: Path) -> None:
        self.client, self.table = client, table
        self.ledger = DynamoDbLedger(client, table, home=HOME)
        self.archive, self.key = FolderArchive(folder), FakeKey()
        for number in range(JOBS):
            at = NOW + timedelta(seconds=number)
            job = {"model_name": f"ranker-{number % 2}"}
            body: dict[str, Any] = {"n": number, "verdict": "FAIL", "job": job}
            self.ledger.append(JOB, number, Entry("decision", f"{number:064x}", at, body))
            effect = f"effect:{number}:slack"
            self.ledger.append(effect, 0, Entry("claimed", effect, at, {"n": number}))
        parts = SealParts(self.ledger, self.key, self.archive, lambda: NOW)
        checkpoint(parts, NOW)
        assert seal(parts).is_all

    def verify(self) -> Verification:
        return verify(
            self.ledger,
            where="the table",
            archive=self.archive,
            check=self.key.check,
            now=NOW + timedelta(hours=1),
            index=self.ledger,
        )

    def item(self, stream: str, position: int) -> Item:
        key = {"stream": {"S": stream}, "position": {"N": str(position)}}
        found: Item = self.client.get_item(TableName=self.table, Key=key)["Item"]
        return found

    def put(self, item: Item) -> None:
        self.client.put_item(TableName=self.table, Item=item)

    def change(self, stream: str, position: int, **attributes: Any) -> None:
        self.put(self.item(stream, position) | attributes)

    def take(self, stream: str, position: int, *attributes: str) -> None:
        item = self.item(stream, position)
        self.put({name: value for name, value in item.items() if name not in attributes})

    def delete(self, stream: str, position: int) -> None:
        key = {"stream": {"S": stream}, "position": {"N": str(position)}}
        self.client.delete_item(TableName=self.table, Key=key)


@pytest.fixture
def scene(aws: LocalAws, tmp_path: Path) -> Iterator[Scene]:
    client, table = aws.client("dynamodb"), f"tampering-{next(_numbers)}"
    create_ledger_table(client, table)
    yield Scene(client, table, tmp_path / "archive")
    client.delete_table(TableName=table)


def edit_body(scene: Scene) -> None:
    body = zlib.compress(b'{"n":2,"verdict":"PASS"}')
    scene.change(JOB, 2, body={"B": body})


def exchange(scene: Scene) -> None:
    one, other = scene.item(JOB, 1), scene.item(JOB, 3)
    content = ("kind", "key", "recorded_at", "body", "body_bytes")
    scene.put(one | {name: other[name] for name in content if name in other})
    scene.put(other | {name: one[name] for name in content if name in one})


def forge(scene: Scene) -> None:
    item = scene.item(JOB, 4)
    item |= {"position": {"N": str(JOBS)}, "body": {"B": zlib.compress(b'{"n":9}')}}
    scene.put({name: value for name, value in item.items() if name not in ("chain", "sequence")})


def forge_under_another_s_number(scene: Scene) -> None:
    """The item says that its link is #3, which tells of another entry."""
    item = scene.item(JOB, 4)
    item |= {"position": {"N": str(JOBS)}, "body": {"B": zlib.compress(b'{"n":9}')}}
    scene.put(item | {"sequence": {"N": "3"}})


def forge_of_no_chain(scene: Scene) -> None:
    item = scene.item(JOB, 4)
    item |= {"position": {"N": str(JOBS)}, "body": {"B": zlib.compress(b'{"n":9}')}}
    scene.put(item | {"chain": {"S": "999988887777/eu-west-1"}})


def cut(scene: Scene) -> None:
    """The end of the chain, with its entries, head and mark."""
    for number in (5, 6):
        stored = scene.item(f"chain:{SHOP}", number)
        scene.delete(f"chain:{SHOP}", number)
        assert stored
    scene.delete(JOB, 4)
    scene.delete(f"checkpoint:{SHOP}", 0)
    last = scene.item(f"chain:{SHOP}", 4)["link"]
    digest = sha256(last.get("B") or last["S"].encode())
    for stream in (f"chain-head:{SHOP}", f"chain-sealed:{SHOP}"):
        scene.change(stream, 0, sequence={"N": "4"}, digest={"S": digest})


def hide(scene: Scene) -> None:
    """The chain is there, and not listed any more."""
    scene.delete("chains", 0)


TAMPERED: Mapping[str, tuple[Callable[[Scene], object], FlawKind, str, int | None]] = {
    "a body": (edit_body, K.EDITED, SHOP, 3),
    "no body": (lambda s: s.change(JOB, 2, body={"S": "x"}), K.EDITED, SHOP, 3),
    "a time": (lambda s: s.change(JOB, 2, recorded_at={"S": "noon"}), K.EDITED, SHOP, 3),
    "a time of another type": (
        lambda s: s.change("effect:2:slack", 0, recorded_at={"N": "7"}),
        K.EDITED,
        HOME,
        3,
    ),
    "a time without a zone": (
        lambda s: s.change(JOB, 2, recorded_at={"S": NOW.isoformat()[:19]}),
        K.EDITED,
        SHOP,
        3,
    ),
    "an entry deleted": (lambda s: s.delete(JOB, 2), K.DELETED, SHOP, 3),
    "entries exchanged": (exchange, K.REORDERED, SHOP, 2),
    "what an entry says of its link": (
        lambda s: s.change(JOB, 2, sequence={"N": "5"}),
        K.REPLAYED,
        SHOP,
        3,
    ),
    "a link deleted": (lambda s: s.delete(f"chain:{SHOP}", 3), K.DELETED, SHOP, 3),
    "a link": (lambda s: s.change(f"chain:{SHOP}", 3, link={"B": b"{}"}), K.EDITED, SHOP, 3),
    "forged": (forge, K.FORGED, SHOP, None),
    "forged under a number": (forge_under_another_s_number, K.FORGED, SHOP, None),
    "forged of no chain": (forge_of_no_chain, K.FORGED, SHOP, None),
    "a seal": (
        lambda s: s.change(f"chain:{SHOP}", 3, seal_signature={"B": b"x" * 40}),
        K.FORGED,
        SHOP,
        3,
    ),
    "the end": (cut, K.TRUNCATED, SHOP, 5),
    "the head": (
        lambda s: s.change(f"chain-head:{SHOP}", 0, digest={"S": "1" * 64}),
        K.EDITED,
        SHOP,
        None,
    ),
    "no head": (lambda s: s.delete(f"chain-head:{SHOP}", 0), K.DELETED, SHOP, None),
    "the mark": (
        lambda s: s.change(f"chain-sealed:{SHOP}", 0, sequence={"N": "60"}),
        K.TRUNCATED,
        SHOP,
        7,
    ),
    "not by its day": (lambda s: s.take(JOB, 2, "decision_day"), K.HIDDEN, SHOP, 3),
    "not by its key": (lambda s: s.take(JOB, 2, "decision_id"), K.HIDDEN, SHOP, 3),
    "not by its model": (lambda s: s.take(JOB, 2, "decision_model"), K.HIDDEN, SHOP, 3),
    "in no index": (
        lambda s: s.take(JOB, 2, "decision_day", "decision_id", "decision_model"),
        K.HIDDEN,
        SHOP,
        3,
    ),
    "on another day": (
        lambda s: s.change(JOB, 2, decision_day={"S": "1999-12-31"}),
        K.HIDDEN,
        SHOP,
        3,
    ),
    "under another key": (
        lambda s: s.change(JOB, 2, decision_id={"S": "f" * 12}),
        K.HIDDEN,
        SHOP,
        3,
    ),
    "under another model": (
        lambda s: s.change(JOB, 2, decision_model={"S": "ranker-1"}),
        K.HIDDEN,
        SHOP,
        3,
    ),
    "the list of chains": (hide, K.EDITED, SHOP, None),
}


def test_what_nobody_touched_is_intact(scene: Scene) -> None:
    """In both chains."""
    found = scene.verify()

    assert found.flaws == ()
    assert [(state.chain, state.records) for state in found.chains] == [(HOME, 6), (SHOP, 6)]


@pytest.mark.parametrize("name", TAMPERED)
def test_a_change_of_the_table_is_named_once(scene: Scene, name: str) -> None:
    """Whatever stands there now, and whatever its type is."""
    act, kind, chain, sequence = TAMPERED[name]
    act(scene)

    [flaw] = scene.verify().flaws

    assert (flaw.kind, flaw.chain, flaw.sequence) == (kind, chain, sequence)


HIDING = [name for name, (_, kind, *_) in TAMPERED.items() if kind is K.HIDDEN]


@pytest.mark.parametrize("name", HIDING)
def test_a_hidden_decision_is_found_again_once_it_was_adopted(scene: Scene, name: str) -> None:
    """The index says nothing that the records do not, and can be put right by them."""
    act, *_ = TAMPERED[name]
    act(scene)

    assert scene.ledger.adopt(NOW + timedelta(hours=1)) == 0

    assert scene.verify().flaws == ()


def test_a_snapshot_among_the_decisions_is_told(scene: Scene) -> None:
    """Whoever lists the decisions of that day would read it as one."""
    made = Entry("snapshot", "s", NOW, {"job": {}})
    scene.ledger.append(JOB, JOBS, made)
    assert seal(SealParts(scene.ledger, scene.key, scene.archive, lambda: NOW)).is_all
    scene.change(JOB, JOBS, decision_day={"S": f"{NOW:%Y-%m-%d}"})

    [flaw] = scene.verify().flaws
    scene.ledger.adopt(NOW)

    assert (flaw.kind, flaw.sequence) == (K.HIDDEN, None)
    assert flaw.record == f"snapshot 's' of {JOB}"
    assert scene.verify().flaws == ()


def test_a_hidden_chain_is_found_without_the_archive_too(scene: Scene) -> None:
    """By its entries, which say whose they are; and it is read like the others."""
    hide(scene)
    edit_body(scene)

    found = verify(scene.ledger, where="the table", archive=None, check=scene.key.check, now=NOW)

    told = [(flaw.kind, flaw.chain, flaw.sequence) for flaw in found.flaws]
    assert (K.EDITED, SHOP, None) in told
    assert (K.EDITED, SHOP, 3) in told

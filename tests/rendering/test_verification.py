"""What an auditor reads about the evidence: exact, in order, and nothing of it obeyed."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from recgate.domain.verification import ChainState, Flaw, FlawKind, Verification
from recgate.rendering.evidence.verification import (
    FLAWS_MAX,
    Looked,
    verification_document,
    verification_lines,
)
from tests.rendering.test_untrusted_text import NASTY

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LOOKED = Looked("decisions.db", "evidence", 1, AT)
SHOP = ChainState(
    chain="111122223333/eu-west-1",
    records=1204,
    sealed=1203,
    archived=1203,
    head_digest="7a" * 32,
    first_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    last_at=AT,
    checkpoint_at=datetime(2026, 11, 22, 0, 0, 40, tzinfo=UTC),
    replayed=410,
    adopted=12,
)
LOCAL = ChainState("local", 0, 0, None, "", None, None, None)
EDITED = Flaw(
    FlawKind.EDITED,
    SHOP.chain,
    17,
    "decisions.db",
    'its entry was changed: gate is "open" and was "closed"',
    "01M7YG9X9R0000000000000002 (decision in job:arn:aws:sagemaker:eu-west-1:111122223333:x/y)",
)


def printed(found: Verification, looked: Looked = LOOKED) -> str:
    return "\n".join(line.text for line in verification_lines(found, looked))


def test_an_intact_chain_is_told_with_what_was_looked_at() -> None:
    """Records, since when, signatures, archive, checkpoint, the end."""
    assert (
        printed(Verification((SHOP, LOCAL), ()))
        == """\
INTACT: decisions.db: 1,204 records, all as recorded

111122223333/eu-west-1
  records       1,204, 2026-01-02 03:04 to 2026-11-22 09:30 UTC, 12 of them adopted later
  signed        1,203 of 1,204
  archived      1,203 of 1,204
  judged again  410 decisions
  checkpoint    2026-11-22 00:00 UTC
  head          7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a

local
  records       0
  signed        0 of 0
  checkpoint    none"""
    )


def test_a_flaw_is_told_with_its_record_below_its_chain() -> None:
    """What, which, where, why; the flaws of no chain come last."""
    elsewhere = Flaw(FlawKind.FORGED, "", None, "checkpoint 1 of 1", "it is not signed")
    behind = Flaw(FlawKind.TRUNCATED, SHOP.chain, 20, "decisions.db", "it was cut off", last=31)
    note = Flaw(FlawKind.CLOCK, SHOP.chain, 3, "decisions.db", "an hour")

    text = printed(Verification((replace(SHOP, adopted=0),), (note, EDITED, behind, elsewhere)))

    assert text.startswith("TAMPERED WITH: decisions.db: 3 flaws, named below\n")
    assert (
        text.split("  head ")[1].split("\n", 1)[1]
        == """\
  · clock went back #3 in decisions.db
      an hour
  ✗ edited #17 in decisions.db
      01M7YG9X9R0000000000000002 (decision in job:arn:aws:sagemaker:eu-west-1:111122223333:x/y)
      its entry was changed: gate is "open" and was "closed"
  ✗ truncated #20 to #31 in decisions.db
      it was cut off

  ✗ forged in checkpoint 1 of 1
      it is not signed

Keep the ledger and the archive as they are now, and compare them with a backup: what is named \
above is not what recgate recorded."""
    )


def test_without_a_key_it_is_said_how_to_get_one() -> None:
    """And signatures are counted as what they are: there, and not checked."""
    unchecked = Flaw(FlawKind.UNCHECKED, "", None, "decisions.db", "no public key was given")
    state = replace(SHOP, sealed=0, unchecked_seals=1203)

    text = printed(Verification((state,), (unchecked,)), replace(LOOKED, keys=0))

    assert text.startswith("NOT COMPLETE: decisions.db: nothing was found changed, and")
    assert "  signed        1,203 of 1,204, not checked\n" in text
    assert "recgate audit key --from-kms ARN" in text


def test_what_is_not_sealed_says_what_seals_it() -> None:
    """But not where somebody tampered: nothing should be signed then."""
    unsealed = Flaw(FlawKind.UNSEALED, SHOP.chain, 1204, "decisions.db", "not signed yet")

    assert "recgate audit seal" in printed(Verification((SHOP,), (unsealed,)))
    assert "recgate audit seal" not in printed(Verification((SHOP,), (unsealed, EDITED)))


def test_very_many_flaws_are_cut_in_text_and_whole_in_the_document() -> None:
    """Nobody reads a thousand; a program may."""
    flaws = tuple(replace(EDITED, sequence=number) for number in range(1, 1001))
    found = Verification((SHOP,), flaws)

    assert f"  and {1000 - FLAWS_MAX} more: --output json" in printed(found)
    assert len(verification_document(found, LOOKED)["flaws"]) == 1000  # type: ignore[arg-type]


def test_the_document_is_the_whole_answer() -> None:
    """Every member is always there; what is not known is null."""
    found = Verification((LOCAL,), (EDITED,))

    document = verification_document(found, LOOKED)

    assert next(iter(document)) == "schema"
    assert document == {
        "schema": "recgate-verification/1",
        "answer": "tampered",
        "ledger": "decisions.db",
        "archive": "evidence",
        "public_keys": 1,
        "verified_at": "2026-11-22T09:30:00+00:00",
        "chains": [
            {
                "chain": "local",
                "records": 0,
                "signed": 0,
                "signatures_not_checked": 0,
                "archived": None,
                "judged_again": None,
                "adopted": 0,
                "first_at": None,
                "last_at": None,
                "checkpoint_at": None,
                "head_digest": None,
            }
        ],
        "flaws": [
            {
                "kind": "edited",
                "tampering": True,
                "chain": SHOP.chain,
                "sequence": 17,
                "last": None,
                "record": EDITED.record,
                "where": "decisions.db",
                "what": EDITED.what,
            }
        ],
    }


@pytest.mark.parametrize(
    ("flaws", "answer"),
    [
        ((), "intact"),
        ((replace(EDITED, kind=FlawKind.CLOCK),), "intact"),
        ((replace(EDITED, kind=FlawKind.UNSEALED),), "incomplete"),
        ((replace(EDITED, kind=FlawKind.STALE), EDITED), "tampered"),
    ],
)
def test_the_answer_is_one_word(flaws: tuple[Flaw, ...], answer: str) -> None:
    """A note changes nothing."""
    assert verification_document(Verification((SHOP,), flaws), LOOKED)["answer"] == answer


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_nothing_that_a_record_says_breaks_the_page(nasty: str) -> None:
    """Whoever tampers with a record writes what is printed here."""
    flaw = Flaw(FlawKind.EDITED, nasty, 1, nasty, nasty, nasty)
    state = replace(SHOP, chain=nasty, head_digest=nasty)
    found = Verification((state,), (flaw,))

    lines = list(verification_lines(found, Looked(nasty, nasty, 1, AT)))
    document = json.dumps(verification_document(found, LOOKED), ensure_ascii=False)

    assert all(line.text.isprintable() for line in lines)
    assert all(len(line.text) < 700 for line in lines)
    assert not any(sign in document for sign in "\x1b\u202e\u200b\x00")

"""Links: what chains a record to the one before."""

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.link import (
    NOTHING_BEFORE,
    Link,
    LinkTooNew,
    LinkUnreadable,
    link_bytes,
    link_from,
    sha256,
)

LINK = Link(
    id="01ARYZ6S410000000000000000",
    chain="111122223333/eu-west-1",
    sequence=1,
    previous=NOTHING_BEFORE,
    stream="job:fraud-v14",
    position=0,
    kind="decision",
    key="k",
    recorded_at="2026-11-22T10:00:00.000007+00:00",
    body_digest=sha256(b"{}"),
)
_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_a_link_has_one_form() -> None:
    """The bytes that are digested, signed and documented: another form is another link."""
    assert link_bytes(LINK) == (
        b'{"body_digest":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",'
        b'"chain":"111122223333/eu-west-1","id":"01ARYZ6S410000000000000000","key":"k",'
        b'"kind":"decision","position":0,"previous":"' + b"0" * 64 + b'",'
        b'"recorded_at":"2026-11-22T10:00:00.000007+00:00","schema":1,"sequence":1,'
        b'"stream":"job:fraud-v14"}'
    )


def test_a_digest_is_sha_256() -> None:
    """What `sha256sum` says."""
    assert sha256(b"abc") == hashlib.sha256(b"abc").hexdigest()


@given(stream=_text, key=_text, kind=_text, position=st.integers(0), sequence=st.integers(1))
def test_a_link_comes_back_as_it_was(
    stream: str, key: str, kind: str, position: int, sequence: int
) -> None:
    """Whatever the names in it."""
    link = replace(LINK, stream=stream, key=key, kind=kind, position=position, sequence=sequence)

    assert link_from(link_bytes(link)) == link


def test_an_adopted_link_says_when() -> None:
    """And one that was chained at once has no such field at all."""
    adopted = replace(LINK, adopted_at="2026-11-22T11:00:00.000000+00:00")

    assert b"adopted_at" not in link_bytes(LINK)
    assert link_from(link_bytes(adopted)) == adopted


def _changed(**fields: object) -> bytes:
    document = json.loads(link_bytes(LINK)) | fields
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        link_bytes(LINK) + b"\n",
        b" " + link_bytes(LINK),
        link_bytes(LINK).replace(b'"position":0,', b'"position":0.0,'),
        link_bytes(LINK).replace(b'"kind":"decision",', b""),
        link_bytes(LINK).replace(b'"kind":', b'"kind":"x","kind":'),
        _changed(extra=1),
        _changed(recorded_at="yesterday"),
        _changed(recorded_at="2026-11-22T10:00:00"),
        _changed(recorded_at=5),
        _changed(schema="1"),
        _changed(schema=True),
        _changed(adopted_at=""),
    ],
)
def test_anything_else_is_no_link(stored: bytes) -> None:
    """Also what reads as one: the form is part of what is digested."""
    with pytest.raises(LinkUnreadable):
        link_from(stored)


def test_a_link_of_a_later_version_is_told_apart() -> None:
    """It is not called tampered with: this version cannot tell."""
    with pytest.raises(LinkTooNew, match="schema 2 and this recgate reads 1"):
        link_from(_changed(schema=2, unknown=[]))

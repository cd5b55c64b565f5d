"""What is signed about a record."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.canonical import canonical_json
from recgate.domain.link import LinkTooNew, link_bytes, sha256
from recgate.domain.statement import (
    Envelope,
    EnvelopeUnreadable,
    Signature,
    Statement,
    envelope_bytes,
    envelope_from,
    pae,
    statement_bytes,
    statement_from,
)
from tests.domain.test_link import LINK

BODY = b'{"cost":"0.23","name":"caf\xc3\xa9"}'
PAYLOAD = statement_bytes(link_bytes(LINK), BODY)
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_the_payload_is_an_in_toto_statement_about_the_link() -> None:
    """Its subject is the digest that the next record of the chain carries."""
    assert json.loads(PAYLOAD) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "111122223333/eu-west-1#1", "digest": {"sha256": sha256(link_bytes(LINK))}}
        ],
        "predicateType": "urn:recgate:record:v1",
        "predicate": {"link": json.loads(link_bytes(LINK)), "body": json.loads(BODY)},
    }


@given(body=st.dictionaries(st.text(), _json, max_size=4))
def test_the_payload_is_canonical_and_comes_back(body: dict[str, Any]) -> None:
    """Put together from stored bytes it is what writing the whole would give."""
    payload = statement_bytes(link_bytes(LINK), canonical_json(body))

    assert canonical_json(json.loads(payload.decode("utf-8", "surrogatepass"))) == payload
    assert statement_from(payload) == Statement(LINK, canonical_json(body))


def test_the_signed_bytes_hold_the_type_and_the_lengths() -> None:
    """DSSE's own test vector has this form, with the type that we use."""
    assert pae(b"hello world") == (b"DSSEv1 28 application/vnd.in-toto+json 11 hello world")


def _payload(**changes: Any) -> bytes:
    return canonical_json(json.loads(PAYLOAD) | changes)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b"[" * 100_000,
        PAYLOAD + b"\n",
        json.dumps(json.loads(PAYLOAD)).encode(),
        _payload(_type="https://in-toto.io/Statement/v0.1"),
        _payload(predicateType="urn:recgate:record:v2"),
        _payload(subject=[]),
        _payload(extra=1),
        PAYLOAD.replace(b'#1"', b'#2"'),
        PAYLOAD.replace(b'"0.23"', b"NaN"),
        PAYLOAD.replace(b'"0.23"', b"9" * 5_000),
        PAYLOAD.replace(link_bytes(LINK), b"{}"),
        PAYLOAD.replace(b'"sequence":1', b'"sequence":2'),
    ],
)
def test_anything_else_is_no_payload_of_ours(payload: bytes) -> None:
    """Another form, another type, a subject that is not the digest of the link."""
    with pytest.raises(EnvelopeUnreadable):
        statement_from(payload)


def test_a_payload_of_a_later_version_is_told_apart() -> None:
    """Nobody calls it forged."""
    with pytest.raises(LinkTooNew):
        statement_from(PAYLOAD.replace(b'"schema":1', b'"schema":2'))


@given(
    payload=st.binary(), value=st.binary(), key=st.text(st.characters(exclude_categories=["Cs"]))
)
def test_an_envelope_comes_back_as_it_was(payload: bytes, value: bytes, key: str) -> None:
    """Also what no record of ours is: the envelope does not look inside."""
    envelope = Envelope(payload, Signature(key, value))

    content = envelope_bytes(envelope)

    assert envelope_from(content) == envelope
    assert b"\n" not in content


_ENVELOPE = json.loads(envelope_bytes(Envelope(PAYLOAD, Signature("k", b"s"))))


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        _ENVELOPE | {"payload": "not base64!"},
        _ENVELOPE | {"payload": 5},
        _ENVELOPE | {"payloadType": "application/json"},
        _ENVELOPE | {"signatures": []},
        _ENVELOPE | {"signatures": _ENVELOPE["signatures"] * 2},
        _ENVELOPE | {"signatures": [{"sig": base64.b64encode(b"s").decode()}]},
    ],
)
def test_anything_else_is_no_envelope(document: Any) -> None:
    """Several signatures neither: recgate makes one, and a second could be anybody's."""
    with pytest.raises(EnvelopeUnreadable):
        envelope_from(json.dumps(document).encode())


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[" * 100_000])
def test_what_is_not_even_json_is_no_envelope(content: bytes) -> None:
    """A file that was cut off, or is another."""
    with pytest.raises(EnvelopeUnreadable):
        envelope_from(content)

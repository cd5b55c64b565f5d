"""What is signed about a record: an in-toto Statement, and the DSSE envelope around it.

The type of the payload is inside the signed bytes, and the payload travels as it was signed, so a
signature can be checked without knowing JSON.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from recgate.domain.canonical import Json, canonical_json
from recgate.domain.link import Link, LinkTooNew, link_from, sha256

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:recgate:record:v1"


class EnvelopeUnreadable(ValueError):
    """These bytes are no envelope about a record."""


@dataclass(frozen=True, slots=True)
class Signature:
    """``value`` is the DER form of an ECDSA signature (P-256, SHA-256) over the PAE.

    ``key_id`` names the key for people: a KMS key's ARN, or ``sha256:`` and the digest of the
    public key in DER. It is not signed and proves nothing.
    """

    key_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed statement."""

    payload: bytes
    signature: Signature


@dataclass(frozen=True, slots=True)
class Statement:
    """A record as it was signed: its link, and the canonical bytes of the entry's body."""

    link: Link
    body: bytes


def statement_bytes(link: bytes, body: bytes) -> bytes:
    """The payload for a record, of the stored bytes of its link and its entry's body.

    Both are canonical JSON already, so the whole is, and no byte of them is written anew.
    """
    named = link_from(link)
    subject: Json = [
        {"digest": {"sha256": sha256(link)}, "name": f"{named.chain}#{named.sequence}"}
    ]
    return b"".join(
        (
            b'{"_type":',
            canonical_json(STATEMENT_TYPE),
            b',"predicate":{"body":',
            body,
            b',"link":',
            link,
            b'},"predicateType":',
            canonical_json(PREDICATE_TYPE),
            b',"subject":',
            canonical_json(subject),
            b"}",
        )
    )


def statement_from(payload: bytes) -> Statement:
    """The record in a payload. Raises EnvelopeUnreadable for anything that is not exactly what
    `statement_bytes` makes, and LinkTooNew.
    """
    try:
        document: Any = json.loads(payload.decode("utf-8", "surrogatepass"))
        predicate = document["predicate"]
        link, body = canonical_json(predicate["link"]), canonical_json(predicate["body"])
        made = statement_bytes(link, body)
        statement = Statement(link_from(link), body)
    except (KeyError, TypeError, RecursionError) as error:
        raise EnvelopeUnreadable(f"its payload is no record ({error!r})") from error
    except UnicodeDecodeError as error:
        raise EnvelopeUnreadable("its payload is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise EnvelopeUnreadable(f"its payload is not JSON ({error})") from error
    except LinkTooNew:
        raise
    except ValueError as error:  # NaN, a number that is too long, a link that is none
        raise EnvelopeUnreadable(f"its payload is no record ({error})") from error
    if made != payload:
        raise EnvelopeUnreadable("its payload is not in the form in which recgate writes records")
    return statement


def pae(payload: bytes) -> bytes:
    """The bytes that are signed: DSSE's pre-authentication encoding of a payload of ours."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope_bytes(envelope: Envelope) -> bytes:
    """The envelope as one line of JSON, which is how it is archived."""
    signature = envelope.signature
    return canonical_json(
        {
            "payload": base64.b64encode(envelope.payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [
                {"keyid": signature.key_id, "sig": base64.b64encode(signature.value).decode()}
            ],
        }
    )


def envelope_from(content: bytes) -> Envelope:
    """The envelope that `envelope_bytes` wrote. Raises EnvelopeUnreadable."""
    try:
        document: Any = json.loads(content)
        (signature,) = document["signatures"]
        envelope = Envelope(
            base64.b64decode(document["payload"], validate=True),
            Signature(str(signature["keyid"]), base64.b64decode(signature["sig"], validate=True)),
        )
        kind = document["payloadType"]
    except (KeyError, TypeError, ValueError, RecursionError, binascii.Error) as error:
        raise EnvelopeUnreadable(f"it is no DSSE envelope ({error!r})") from error
    if kind != PAYLOAD_TYPE:
        raise EnvelopeUnreadable(f"its payload is of type {str(kind)[:80]!r}")
    return envelope

"""A digest as a document for programs: what the ``sqs`` and ``lambda`` subscribers of a topic
receive. Its schema is ``digest.v1.schema.json``.
"""

from datetime import UTC

from recgate.domain.canonical import Json
from recgate.domain.digest import Approved, Digest, Waiting
from recgate.domain.telling import DigestTelling
from recgate.rendering.digest.story import digest_story, why
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

SCHEMA = "recgate-digest/1"


def digest_document(digest: Digest, *, items: int = 1_000) -> dict[str, Json]:
    """The document; ``waiting`` has at most ``items`` entries, and ``waiting_left_out`` counts
    the others. Amounts are US dollars an hour; days and times are in UTC.
    """
    period = digest.period
    return {
        "schema": SCHEMA,
        "rhythm": period.rhythm.value,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "headline": digest_story(DigestTelling(digest)).headline,
        "jobs": digest.jobs,
        "counts": dict(sorted(digest.counts.items())),
        "waiting": [_waiting(each) for each in digest.waiting[:items]],
        "waiting_left_out": max(len(digest.waiting) - items, 0),
        "approved_since": digest.approved_since,
        "approved": _approved(digest.approved),
        "before": None if digest.before is None else _approved(digest.before),
        "waivers_ending": [
            {
                "id": clean(waiver.id, NAME_LIMIT),
                "policy": clean(waiver.policy, NAME_LIMIT),
                "limit": waiver.limit,
                "expires": waiver.expires.isoformat(),
            }
            for waiver in digest.ending[:items]
        ],
    }


def _waiting(waiting: Waiting) -> Json:
    return {
        "model": clean(waiting.model, NAME_LIMIT),
        "job": clean(waiting.job_name, NAME_LIMIT),
        "verdict": waiting.verdict,
        "why": why(waiting),
        "since": waiting.since.astimezone(UTC).isoformat(),
    }


def _approved(approved: Approved) -> Json:
    return {
        "models": approved.models,
        "cost_per_hour_usd": approved.cost_per_hour_usd,
        "unpriced": approved.unpriced,
    }

"""What the watcher and the digest's schedule put into the queue, for who does not want to wait."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from recgate.dialect.events import STATUS_CHANGE

_DIGEST_DUE = Path(__file__).parents[2] / "events" / "queue" / "digest-due.json"


def digest_due(at: datetime) -> str:
    """The schedule's message, as Scheduler fills it in."""
    sample = json.loads(_DIGEST_DUE.read_text("utf-8"))
    return json.dumps({**sample, "id": uuid4().hex[:16], "time": f"{at:%Y-%m-%dT%H:%M:%SZ}"})


def status_change(job: Mapping[str, Any], at: datetime) -> str:
    """The watcher's event about a job, as the rule hands it over."""
    detail = {name: job[name] for name in ("JobName", "JobArn", "Status")}
    return json.dumps(
        {
            "id": str(uuid4()),
            "source": "recgate",
            "detail-type": STATUS_CHANGE,
            "time": at.isoformat(),
            "detail": {"SchemaVersion": "1", **detail},
        }
    )

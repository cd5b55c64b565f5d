"""Who asked for a job or for its end: kept in the job's stream until somebody decides."""

from datetime import datetime

from recgate.domain.notice import Request, Trigger
from recgate.domain.request_record import request_from, request_key, request_record
from recgate.flows.job_stream import REQUEST, JobStream


def keep_request(trigger: Trigger, stream: JobStream, now: datetime) -> None:
    """Record the request that a notice tells of, if it does, once.

    Raises CannotTellYet, LedgerUnavailable, LedgerRefused.
    """
    request = trigger.request
    if request is not None:
        stream.record(REQUEST, request_key(request, trigger), request_record(request), now)


def kept_requests(stream: JobStream) -> tuple[Request, ...]:
    """The requests that are known of the job, in the order in which they came."""
    found = (request_from(entry.body) for entry in stream.every(REQUEST))
    return tuple(request for request in found if request is not None)

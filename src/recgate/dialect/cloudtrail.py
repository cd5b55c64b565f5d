"""Who made a call, from CloudTrail's ``userIdentity``.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

import re
from collections.abc import Mapping

from recgate.dialect.document import canonical_value, parse_time
from recgate.domain.canonical import Json
from recgate.domain.notice import Request, RequestedAction

CALLS = {
    "CreateInferenceRecommendationsJob": RequestedAction.CREATED,
    "StopInferenceRecommendationsJob": RequestedAction.STOPPED,
}
"""The calls that matter to a job."""

LONGEST = 2_048
"""Characters of an ARN that are kept: IAM has none longer."""

_ANONYMOUS = "ANONYMOUS_PRINCIPAL"
_PARTITION = re.compile(r"arn:([a-z-]+):")


def request_of(detail: Mapping[str, Json]) -> Request | None:
    """What somebody asked for, as the detail of a CloudTrail event tells it.

    None for a call that is none of `CALLS`. What the event does not tell is None.
    """
    call = detail.get("eventName")
    action = CALLS.get(call) if isinstance(call, str) else None
    if action is None:
        return None
    who = _object(detail.get("userIdentity"))
    return Request(
        action,
        by=_caller(who),
        at=parse_time(detail.get("eventTime")),
        person=_text(_object(who.get("sessionContext")).get("sourceIdentity")),
        through=_service(who),
        call_id=_text(detail.get("eventID")),
    )


def _caller(who: Mapping[str, Json]) -> str | None:
    """The ARN; for callers that have none the user, the account or the service.

    An account and a principal are written as ``444455556666:AIDAEXAMPLE``.
    """
    arn = _text(who.get("arn"))
    if arn:
        return arn
    behalf = _object(who.get("onBehalfOf"))
    user = _text(behalf.get("userId"))
    if user:
        return _identity_center_user(user, _text(behalf.get("identityStoreArn")))
    if who.get("type") == "AWSService":
        return _text(who.get("invokedBy"))
    account, principal = _text(who.get("accountId")), _text(who.get("principalId"))
    known = [each for each in (account, principal) if each and each != _ANONYMOUS]
    return ":".join(known) or _text(who.get("invokedBy"))


def _identity_center_user(user: str, store_arn: str | None) -> str:
    """The user's ARN, in the form that the identity store's own permissions use."""
    partition = _PARTITION.match(store_arn or "")
    return f"arn:{partition[1] if partition else 'aws'}:identitystore:::user/{user}"


def _service(who: Mapping[str, Json]) -> str | None:
    """The service that called, if it did so for somebody who is named beside it."""
    service = _text(who.get("invokedBy"))
    return service if service and service != _caller(who) else None


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Json) -> str | None:
    text = canonical_value(value[:LONGEST]) if isinstance(value, str) else None
    return text if isinstance(text, str) and text else None

"""Who asked for something, as a person says it. What was not told is said with no word."""

import re

from recgate.domain.decision import Decision
from recgate.domain.job import JobStatus
from recgate.domain.notice import Request
from recgate.rendering.safe_text import clean

CALLER_LIMIT = 120
"""Characters of a caller in a line; longer ones are cut."""

_NAME = 64
"""Characters of a role's, a session's or a user's name, which is as long as IAM lets them be."""

_LONGEST_ARN = 2_048

_ROLE = re.compile(r"arn:[^:]+:sts::\d*:assumed-role/(?P<role>[^/]+)(?:/(?P<session>.+))?")
_PERMISSION_SET = re.compile(r"AWSReservedSSO_(?P<name>.+)_[0-9a-f]{16}")
"""The role that Identity Center makes of a permission set.

https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
"""

_NAMED = (
    (re.compile(r"arn:[^:]+:iam::\d*:root"), "the account's root"),
    (re.compile(r"arn:[^:]+:iam::\d*:user/(?:.*/)?(?P<name>[^/]+)"), "user {}"),
    (re.compile(r"arn:[^:]+:iam::\d*:role/(?:.*/)?(?P<name>[^/]+)"), "role {}"),
    (re.compile(r"arn:[^:]+:sts::\d*:federated-user/(?P<name>.+)"), "federated user {}"),
    (re.compile(r"arn:[^:]+:identitystore:::user/(?P<name>.+)"), "Identity Center user {}"),
    (re.compile(r"(?P<name>\d{12})(?::.*)?"), "account {}"),
)
"""The other callers that have a word, by what `recgate.domain.notice.Request.by` may be.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
"""

_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?")


def caller(request: Request) -> str:
    """``dana (role ml-engineer)``, ``user dana``, the service; empty for what nobody told."""
    # Cleaned before it is taken apart: what cannot be seen must not decide what is said.
    words = _words(clean(request.by or "", _LONGEST_ARN), clean(request.person or "", _NAME))
    service = clean(request.through or "", _NAME)
    if words and _SERVICE.fullmatch(service):
        words += f" through {service}"
    return clean(words or service, CALLER_LIMIT)


def told_requests(decision: Decision) -> dict[str, Request]:
    """The requests whose callers are known, by what they did: ``started``, ``stopped``.

    That somebody tried to stop a job which ended in another way is nobody's news.
    """
    stopped = decision.stopped if decision.snapshot.status is JobStatus.STOPPED else None
    made = {"started": decision.created, "stopped": stopped}
    return {done: request for done, request in made.items() if request and caller(request)}


def requests_words(decision: Decision) -> list[str]:
    """``started by dana (role ml-engineer)`` for each of them; nothing for what is not known."""
    return [f"{done} by {caller(request)}" for done, request in told_requests(decision).items()]


def _words(by: str, person: str) -> str:
    role = _ROLE.fullmatch(by)
    if role:
        return _session(role["role"], person or role["session"] or "")
    if person and person != by:
        return f"{person} ({_named(by)})" if by else person
    return _named(by)


def _session(role: str, who: str) -> str:
    permission_set = _PERMISSION_SET.fullmatch(role)
    named = (
        f"permission set {clean(permission_set['name'], _NAME)}"
        if permission_set
        else f"role {clean(role, _NAME)}"
    )
    return f"{clean(who, _NAME)} ({named})" if who else named


def _named(by: str) -> str:
    for form, words in _NAMED:
        found = form.fullmatch(by)
        if found:
            return words.format(clean(found.groupdict().get("name", ""), _NAME))
    return by

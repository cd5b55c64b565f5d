"""Whether a queue's policy lets EventBridge's rules send to it."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

_EVENTS = "events.amazonaws.com"
_SEND = "sqs:sendmessage"


def lets_rules_send(policy: Any, queue_arn: str) -> bool:  # noqa: ANN401  a policy is any JSON
    """Whether some statement allows it and none without a condition denies it.

    Conditions of what allows are taken to hold. Rules have no role here: without the queue's
    policy nothing comes in.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    found = [each for each in _statements(policy) if _is_about(each, queue_arn)]
    denies = any(each.get("Effect") == "Deny" and not each.get("Condition") for each in found)
    return not denies and any(each.get("Effect") == "Allow" for each in found)


def _statements(policy: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401
    if isinstance(policy, Mapping):
        yield from (each for each in _listed(policy.get("Statement")) if isinstance(each, Mapping))


def _is_about(statement: Mapping[str, Any], queue_arn: str) -> bool:
    """Whether it is about sending, by EventBridge, to this queue. NotAction and its like are not
    read: they allow nothing here.
    """
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, Mapping) else principal
    anybody = isinstance(principal, Mapping) and "*" in _listed(principal.get("AWS"))
    return (
        (anybody or any(each in (_EVENTS, "*") for each in _listed(services)))
        and any(fnmatchcase(_SEND, str(each).lower()) for each in _listed(statement.get("Action")))
        and any(fnmatchcase(queue_arn, str(each)) for each in _listed(statement.get("Resource")))
    )


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    if value is None:
        return []
    return value if isinstance(value, list) else [value]

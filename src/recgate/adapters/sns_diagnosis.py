"""Who would get a message of an SNS topic, and who would not: asked of SNS before it is sent."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recgate.dialect.sns_filter_policy import Attributes, Filtered, Passage, filtered

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

MOST_SUBSCRIPTIONS = 100
"""How many subscriptions are looked at: one request each, 30 in a second at most."""

_PENDING = "PendingConfirmation"
_KEEPS_LETTERS = frozenset({"sqs", "lambda", "http", "https", "firehose"})
"""Protocols whose end may be away for hours, and whose letters a dead-letter queue would keep."""

_DENIED = frozenset(
    {"AuthorizationError", "AuthorizationErrorException", "AccessDenied", "AccessDeniedException"}
)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One subscription. ``endpoint`` shows no path and no query of a web address: they may hold
    a key. ``remarks`` are what else to know.
    """

    protocol: str
    endpoint: str
    filtered: Filtered
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicDiagnosis:
    """The topic's subscriptions, and what could not be found out.

    ``was_reached`` False: SNS could not even be asked, so nothing can be published either.
    """

    subscribers: tuple[Subscriber, ...]
    problems: tuple[str, ...] = ()
    was_reached: bool = True


def diagnose_topic(client: "SNSClient", topic_arn: str, attributes: Attributes) -> TopicDiagnosis:
    """What becomes of a message with these attributes. It raises nothing: nothing rests on it."""
    from botocore.exceptions import BotoCoreError, ClientError

    problems: list[str] = []
    found: list[Subscriber] = []
    try:
        pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
        listed = (each for page in pages for each in page["Subscriptions"])
        subscriptions = list(islice(listed, MOST_SUBSCRIPTIONS + 1))
    except ClientError as error:
        return TopicDiagnosis(
            (), (_refused(error, "list the topic's subscriptions", "sns:ListSubscriptionsByTopic"),)
        )
    except BotoCoreError as error:
        problem = f"the topic's subscriptions were not listed ({type(error).__name__})"
        return TopicDiagnosis((), (problem,), was_reached=False)
    if len(subscriptions) > MOST_SUBSCRIPTIONS:
        problems.append(f"only the first {MOST_SUBSCRIPTIONS} subscriptions were looked at")
    for each in subscriptions[:MOST_SUBSCRIPTIONS]:
        arn = each.get("SubscriptionArn", "")
        told: Mapping[str, str] | None = None
        if arn.startswith("arn:"):
            try:
                told = client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
            except ClientError as error:
                problem = _refused(error, "read a subscription", "sns:GetSubscriptionAttributes")
                problems += [] if problem in problems else [problem]
            except BotoCoreError as error:
                problems.append(f"a subscription was not read ({type(error).__name__})")
        found.append(_subscriber(each, told, attributes))
    return TopicDiagnosis(tuple(found), tuple(problems))


def _subscriber(
    listed: Mapping[str, Any], told: Mapping[str, str] | None, attributes: Attributes
) -> Subscriber:
    protocol = str(listed.get("Protocol", ""))
    endpoint = _endpoint(str(listed.get("Endpoint", "")))
    pending = listed.get("SubscriptionArn") == _PENDING
    if pending or (told and told.get("PendingConfirmation") == "true"):
        waits = Filtered(
            Passage.KEPT_OUT,
            "the subscription is not confirmed: its owner has to follow the link that SNS sent",
        )
        return Subscriber(protocol, endpoint, waits)
    if told is None:
        unknown = Filtered(Passage.CANNOT_TELL, "its attributes could not be read")
        return Subscriber(protocol, endpoint, unknown)
    return Subscriber(protocol, endpoint, _passage(told, attributes), _remarks(protocol, told))


def _passage(told: Mapping[str, str], attributes: Attributes) -> Filtered:
    written = told.get("FilterPolicy", "")
    if not written:
        return Filtered(Passage.THROUGH)
    if told.get("FilterPolicyScope", "MessageAttributes") != "MessageAttributes":
        return Filtered(
            Passage.CANNOT_TELL,
            "its filter policy reads the message's body (FilterPolicyScope MessageBody); recgate's "
            "attributes are made for filtering: set FilterPolicyScope to MessageAttributes",
        )
    policy: object = None
    with suppress(ValueError, RecursionError):
        policy = json.loads(written)
    return filtered(policy, attributes)


def _remarks(protocol: str, told: Mapping[str, str]) -> tuple[str, ...]:
    raw = told.get("RawMessageDelivery") == "true"
    remarks = []
    if protocol in _KEEPS_LETTERS and not told.get("RedrivePolicy"):
        remarks.append(
            "no dead-letter queue (RedrivePolicy): what SNS cannot hand over in time is lost"
        )
    if protocol in ("sqs", "firehose"):
        remarks.append(
            "raw delivery: the body is the decision's JSON, the attributes are the queue's own"
            if raw
            else "no raw delivery: the decision's JSON is a text inside of SNS's envelope"
        )
    if protocol in ("http", "https") and raw:
        remarks.append("raw delivery: the body is Amazon Q's schema, without SNS's envelope")
    return tuple(remarks)


def _endpoint(endpoint: str) -> str:
    """The endpoint without what may be a key: a pager's address often holds one."""
    if not endpoint.startswith(("http://", "https://")):
        return endpoint
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or "?"
    except ValueError:
        return "a web address"
    return f"{parts.scheme}://{host}/…"


def _refused(error: Any, what: str, action: str) -> str:  # noqa: ANN401  botocore has no types
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    if code in _DENIED:
        return f"these credentials may not {what}: allow {action} to learn who gets a message"
    return f"SNS did not {what}: {code}"

"""Whoever reads a fallback learns how to mend the route."""

import pytest

from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import CLASS_OF_CODE, AnswerClass
from recgate.dialect.slack_remedies import KINDS, remedy_for
from recgate.dialect.sns_answers import refusal_of
from recgate.domain.delivery import Refused
from recgate.domain.telling import StandIn
from recgate.rendering.stand_in import stand_in_words
from recgate.rendering.story import LINE_LIMIT

TOPIC = "arn:aws:sns:eu-west-1:111122223333:ml-verdicts"
OF_SLACK = {
    remedy_for(SlackAnswer(kind, code)) for code, kind in CLASS_OF_CODE.items() if kind in KINDS
}
OF_SNS = {
    refused.remedy
    for code in ("NotFound", "AuthorizationError", "KMSAccessDenied", "ExpiredToken", "odd")
    if isinstance(refused := refusal_of(code, 403, TOPIC), Refused)
}


@pytest.mark.parametrize("remedy", sorted(OF_SLACK | OF_SNS))
def test_every_cure_is_told_whole_however_long_the_rest_is(remedy: str) -> None:
    """The longest name that a route may have, and a reason without end."""
    words = stand_in_words(StandIn("r" * 64, "no " * 1_000, remedy))

    assert words.endswith(f"; cure: {remedy}")
    assert len(words) <= LINE_LIMIT


def test_an_ordinary_reason_is_told_whole() -> None:
    """With Slack's own word for it."""
    answer = SlackAnswer(AnswerClass.DESTINATION, "not_in_channel")

    words = stand_in_words(
        StandIn("slack-ml", f"Slack refused it: {answer.code}", remedy_for(answer))
    )

    assert words == (
        "route slack-ml refused this message: Slack refused it: not_in_channel; "
        "cure: invite the bot: /invite @recgate"
    )

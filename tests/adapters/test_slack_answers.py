"""Slack's words and what is made of them, without a network."""

from socket import gaierror
from ssl import SSLCertVerificationError
from urllib.error import URLError

import pytest

from recgate.dialect.slack_answers import bot_answer, no_answer, retry_after_s, webhook_answer
from recgate.dialect.slack_codes import CLASS_OF_BODY, CLASS_OF_CODE, CODES, AnswerClass
from recgate.dialect.slack_delivery import deliver_forms
from recgate.domain.delivery import Delivered, Refused, TryAgain

FORMS = ({"text": "a", "blocks": [1, 2]}, {"text": "a", "blocks": [1]}, {"text": "a"})


@pytest.mark.parametrize("code", sorted(CLASS_OF_CODE))
def test_every_word_of_the_web_api_ends_a_delivery(code: str) -> None:
    """Whatever Slack says, and however often, there is an end and an answer."""
    posted: list[str] = []

    def post(message: object) -> object:
        posted.append(str(message))
        return bot_answer(200, {"ok": False, "error": code}, {})

    delivery = deliver_forms(FORMS, post, to="channel C1")  # type: ignore[arg-type]

    assert isinstance(delivery, TryAgain | Refused)
    assert len(posted) <= 4
    if isinstance(delivery, Refused):
        assert code in delivery.reason
        assert delivery.remedy


@pytest.mark.parametrize(("status", "body"), sorted(CLASS_OF_BODY))
def test_every_word_of_a_webhook_ends_a_delivery(status: int, body: str) -> None:
    """The same for the plain-text answers."""
    posted: list[str] = []

    def post(message: object) -> object:
        posted.append(str(message))
        return webhook_answer(status, body, {})

    delivery = deliver_forms(FORMS, post, to="the webhook")  # type: ignore[arg-type]

    assert isinstance(delivery, TryAgain | Refused)
    assert len(posted) <= 3


def test_a_word_belongs_to_one_class_only() -> None:
    """A code in two classes would be decided by the order of a table."""
    words = [code for codes in CODES.values() for code in codes]

    assert len(words) == len(set(words)) == len(CLASS_OF_CODE)


@pytest.mark.parametrize("echo", ["xoxb-1-2-3", "https://hooks.slack.com/x", "A" * 500, "a\nb", 7])
def test_an_answer_that_is_no_word_is_never_repeated(echo: object) -> None:
    """It could be an echo of what was sent."""
    answer = bot_answer(400, {"ok": False, "error": echo}, {})

    assert str(echo) not in answer.code
    assert answer.kind is AnswerClass.UNKNOWN


def test_a_receipt_is_slacks_own_or_none_at_all() -> None:
    """A channel and a timestamp, not whatever somebody answers."""
    good = bot_answer(200, {"ok": True, "channel": "C1", "ts": "1.2"}, {})
    odd = bot_answer(200, {"ok": True, "channel": "xoxb-1", "ts": ["1.2"]}, {})

    assert good.receipt == "C1:1.2"
    assert odd.receipt == "slack"


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (URLError(ConnectionRefusedError()), AnswerClass.NOT_SENT),
        (URLError(gaierror()), AnswerClass.NOT_SENT),
        (URLError(SSLCertVerificationError()), AnswerClass.NOT_SENT),
        (URLError(ConnectionResetError()), AnswerClass.TRANSIENT_AMBIGUOUS),
        (TimeoutError(), AnswerClass.TRANSIENT_AMBIGUOUS),
        (ValueError("Invalid header value b'Bearer xoxb-1'"), AnswerClass.TRANSIENT_AMBIGUOUS),
    ],
)
def test_only_a_connection_that_was_never_made_is_certain(
    failure: Exception, kind: AnswerClass
) -> None:
    """Everything after that may have arrived; and the error's own words are not told."""
    answer = no_answer(failure)

    assert answer.kind is kind
    assert "xoxb" not in answer.code


def test_the_header_is_found_however_it_is_written() -> None:
    """HTTP/2 writes header names in small letters."""
    assert retry_after_s({"retry-after": "30"}) == 30.0
    assert retry_after_s({"RETRY-AFTER": " 2.5 "}) == 2.5
    assert retry_after_s({"X-Retry-After": "30"}) is None


def test_a_posted_message_without_detours_has_no_note() -> None:
    """Notes are for what was left out."""
    ok = bot_answer(200, {"ok": True, "channel": "C1", "ts": "1.2"}, {})

    assert deliver_forms(FORMS, lambda _: ok, to="C1") == Delivered("C1:1.2")

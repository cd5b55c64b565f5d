"""Slack's words and what is made of them, without a network."""

from collections.abc import Callable, Mapping
from socket import gaierror
from ssl import SSLCertVerificationError
from urllib.error import URLError

import pytest

from recgate.dialect.slack_answers import (
    SlackAnswer,
    bot_answer,
    file_answer,
    no_answer,
    retry_after_s,
    webhook_answer,
)
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


def test_a_moment_in_place_of_a_number_is_counted_from_the_answers_own_date() -> None:
    """Our clock may be another; an answer that is late is no negative wait."""
    asked = {"retry-after": "Sat, 21 Nov 2026 06:32:30 GMT"}

    assert retry_after_s({**asked, "Date": "Sat, 21 Nov 2026 06:32:00 GMT"}) == 30.0
    assert retry_after_s({**asked, "Date": "Sat, 21 Nov 2026 07:00:00 GMT"}) == 0.0
    assert retry_after_s(asked) is None
    assert retry_after_s({**asked, "Date": "today"}) is None


@pytest.mark.parametrize(
    ("message", "parent"),
    [
        ({"thread_ts": "1.1"}, "C1:1.1"),
        ({"thread_ts": "1.2"}, ""),
        ({}, ""),
        ({"thread_ts": 7}, ""),
        ({"thread_ts": "xoxb-1"}, ""),
        (None, None),
    ],
)
def test_slack_says_in_whose_thread_a_message_stands(message: object, parent: str | None) -> None:
    """A message that is its own thread, or none, stands in the channel."""
    answer = bot_answer(200, {"ok": True, "channel": "C1", "ts": "1.2", "message": message}, {})

    assert answer.receipt == "C1:1.2"
    assert answer.parent == parent


@pytest.mark.parametrize("needed", ["files:write", "channels:history,groups:history"])
def test_the_missing_scope_is_read(needed: str) -> None:
    """Slack names what the call needs."""
    answer = bot_answer(200, {"ok": False, "error": "missing_scope", "needed": needed}, {})

    assert answer.needed == needed


@pytest.mark.parametrize("needed", ["xoxb-1 2", "<script>", "A" * 500, 7, None, ""])
def test_a_scope_that_is_none_is_not_repeated(needed: object) -> None:
    """It could be an echo of what was sent."""
    answer = bot_answer(200, {"ok": False, "error": "missing_scope", "needed": needed}, {})

    assert answer.needed == ""


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, AnswerClass.POSTED),
        (204, AnswerClass.DEGRADE_DROP_FILE),
        (302, AnswerClass.DEGRADE_DROP_FILE),
        (403, AnswerClass.DEGRADE_DROP_FILE),
        (429, AnswerClass.TRANSIENT),
        (500, AnswerClass.TRANSIENT),
    ],
)
def test_a_file_is_taken_with_200_only(status: int, kind: AnswerClass) -> None:
    """What is busy may be asked later, everything else leaves the file out."""
    assert file_answer(status, {}).kind is kind


def well(sent: list[Mapping[str, object]]) -> Callable[[Mapping[str, object]], SlackAnswer]:
    def post(message: Mapping[str, object]) -> SlackAnswer:
        sent.append(message)
        return bot_answer(200, {"ok": True, "channel": "C1", "ts": "1.2"}, {})

    return post


@pytest.mark.parametrize(
    ("bad", "sent_blocks", "note"),
    [
        (0, [1, 2], ""),
        (1, [1], "sent without the table: too many"),
        (2, None, "sent without the table: too many, sent as text only: too many"),
        (3, None, "sent without the table: too many, sent as text only: too many"),
    ],
)
def test_the_first_form_that_keeps_the_limits_is_sent(
    bad: int, sent_blocks: list[int] | None, note: str
) -> None:
    """Our own check comes first; the last form is sent whatever it finds."""
    sent: list[Mapping[str, object]] = []
    wrong = FORMS[:bad]

    delivery = deliver_forms(
        FORMS, well(sent), to="x", check=lambda form: ["too many"] if form in wrong else []
    )

    (posted,) = sent
    assert posted.get("blocks") == sent_blocks
    assert delivery == Delivered("C1:1.2", note)


def test_a_simpler_form_is_checked_as_well() -> None:
    """The next after a refusal may be too long itself."""
    answers = [{"ok": False, "error": "invalid_blocks"}, {"ok": True, "channel": "C1", "ts": "1.2"}]
    sent: list[Mapping[str, object]] = []

    def post(message: Mapping[str, object]) -> SlackAnswer:
        sent.append(message)
        return bot_answer(200, answers[len(sent) - 1], {})

    delivery = deliver_forms(
        FORMS, post, to="x", check=lambda form: ["too long"] if form is FORMS[1] else []
    )

    assert [message.get("blocks") for message in sent] == [[1, 2], None]
    assert delivery == Delivered(
        "C1:1.2", "sent without the table: invalid_blocks, sent as text only: too long"
    )

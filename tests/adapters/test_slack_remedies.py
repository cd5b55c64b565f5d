"""Every refusal has a cure in words, and every word of Slack's a class."""

import json
from pathlib import Path

import pytest

from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import CLASS_OF_BODY, CLASS_OF_CODE, AnswerClass
from recgate.dialect.slack_remedies import KINDS, REMEDIES, REMEDY_OF_KIND, coded, remedy_for

CLASSIFICATION = (
    Path(__file__).parents[3] / "shared" / "design" / "messages" / "error-classification.json"
)
_OURS = {
    "transient_ambiguous": AnswerClass.TRANSIENT_AMBIGUOUS,
    "transient_long": AnswerClass.TRANSIENT_LONG,
    "degrade_drop_metadata": AnswerClass.DEGRADE_DROP_METADATA,
    "degrade_drop_file": AnswerClass.DEGRADE_DROP_FILE,
    "repost_top_level": AnswerClass.REPOST_TOP_LEVEL,
    "reply_in_thread": AnswerClass.REPLY_IN_THREAD,
    "interaction_expired": AnswerClass.INTERACTION_EXPIRED,
}

classified = pytest.mark.skipif(
    not CLASSIFICATION.exists(), reason="the classification lies beside this checkout"
)


def ours(name: str) -> AnswerClass:
    return _OURS.get(name) or AnswerClass[name.upper()]


@classified
def test_every_word_of_the_web_api_has_the_class_of_the_design() -> None:
    """Nothing was lost or changed on the way into the code."""
    designed = json.loads(CLASSIFICATION.read_text("utf-8"))["slack_web"]

    wrong = {
        code: CLASS_OF_CODE.get(code)
        for name, codes in designed.items()
        for code in codes
        if CLASS_OF_CODE.get(code) is not ours(name)
    }

    assert wrong == {}


@classified
def test_every_answer_of_a_webhook_has_the_class_of_the_design() -> None:
    """By status and body."""
    designed = json.loads(CLASSIFICATION.read_text("utf-8"))["slack_webhook"]

    wrong = [
        each
        for each in designed
        if CLASS_OF_BODY.get((each["status"], each["body"])) is not ours(each["class"])
    ]

    assert wrong == []


MENDABLE = sorted(
    {(code, kind) for code, kind in CLASS_OF_CODE.items() if kind in KINDS}
    | {(code, kind) for (_, code), kind in CLASS_OF_BODY.items() if kind in KINDS}
)


@pytest.mark.parametrize(("code", "kind"), MENDABLE)
def test_every_refusal_that_people_can_mend_names_its_own_cure(
    code: str, kind: AnswerClass
) -> None:
    """Not "check the settings", but what to do about this very word."""
    remedy = remedy_for(SlackAnswer(kind, code))

    assert remedy
    assert remedy not in REMEDY_OF_KIND.values()
    assert remedy[0].islower()
    assert not remedy.endswith(".")


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_no_remedy_is_for_a_word_that_means_something_else(code: str) -> None:
    """A remedy stands only where people can mend something."""
    kinds = {CLASS_OF_CODE.get(code)} | {
        kind for (_, body), kind in CLASS_OF_BODY.items() if body == code
    }

    assert kinds & KINDS.keys()


def test_the_scope_that_slack_names_is_the_one_to_give() -> None:
    """Slack says what is needed; ours is a guess."""
    named = SlackAnswer(AnswerClass.AUTH, "missing_scope", needed="channels:history,groups:history")
    unnamed = SlackAnswer(AnswerClass.AUTH, "missing_scope")

    assert remedy_for(named) == (
        "give the Slack app channels:history, groups:history and install it again"
    )
    assert remedy_for(unnamed) == "give the Slack app chat:write and install it again"


def test_the_bot_is_invited_in_the_words_to_type() -> None:
    """The most frequent refusal of all."""
    answer = SlackAnswer(AnswerClass.DESTINATION, "not_in_channel")

    assert remedy_for(answer) == "invite the bot: /invite @recgate"


def test_a_word_without_a_cure_stands_alone() -> None:
    """``edit_window_closed`` is nobody's to mend."""
    answer = SlackAnswer(AnswerClass.REPOST, "edit_window_closed")

    assert coded(answer, scopes="chat:write") == "edit_window_closed"

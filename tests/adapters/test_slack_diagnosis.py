"""What a bot token can do, asked of a local Slack."""

from collections.abc import Iterator
from typing import Any

import pytest

from recgate.adapters.slack_diagnosis import BotDiagnosis, diagnose_bot, lost_without
from recgate.dialect.secret import Secret
from recgate.dialect.slack_codes import AnswerClass
from tests.servers.slack import Answer, Fault, SlackServer, error, local_slack

TOKEN = Secret("xoxb-1111-2222-LocalTestToken")
ALL = frozenset({"chat:write", "channels:history", "groups:history", "files:write"})


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack() as running:
        yield running


def asked(slack: SlackServer) -> BotDiagnosis:
    return diagnose_bot(TOKEN, base_url=slack.base_url, timeout_s=0.3)


def known(scopes: str | None) -> Answer:
    who: dict[str, Any] = {"ok": True, "user": "recgate", "team": "Example"}
    return Answer(200, who, {} if scopes is None else {"X-OAuth-Scopes": scopes})


def test_a_token_with_every_scope_lacks_nothing(slack: SlackServer) -> None:
    """And is asked for once, with the token, without posting anything."""
    slack.answer_to("auth.test", known(", ".join(sorted(ALL | {"commands"}))))

    found = asked(slack)

    assert found.is_known
    assert (found.bot, found.workspace) == ("recgate", "Example")
    assert found.scopes == ALL | {"commands"}
    assert found.lost == ()
    assert [each.method for each in slack.asked] == ["auth.test"]
    assert slack.asked[0].headers["Authorization"] == f"Bearer {TOKEN.reveal()}"


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"chat:write"}, "chat:write: without it nothing can be posted"),
        ({"files:write"}, "files:write: without it the chart is left out of the thread"),
        ({"groups:history"}, "groups:history: without it that holds for private channels"),
        ({"channels:history"}, "channels:history: without it that holds for public channels"),
        (
            {"channels:history", "groups:history"},
            "channels:history or groups:history: without it a message that may have arrived is "
            "not looked for, and may be posted twice",
        ),
    ],
)
def test_a_missing_scope_is_named_with_what_is_lost(missing: set[str], words: str) -> None:
    """Nobody adds a scope without knowing what for."""
    (lost,) = lost_without(ALL - missing)

    assert lost.startswith(words)


def test_a_slack_that_names_no_scopes_is_not_guessed_at(slack: SlackServer) -> None:
    """Nothing is missing that was not said to be."""
    slack.answer_to("auth.test", known(None))

    found = asked(slack)

    assert found.scopes is None
    assert found.lost == ()


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (error("invalid_auth"), AnswerClass.AUTH, "invalid_auth"),
        (error("token_revoked"), AnswerClass.AUTH, "token_revoked"),
        (error("ratelimited", status=429), AnswerClass.TRANSIENT, "ratelimited"),
        (Answer(fault=Fault.DROP), AnswerClass.TRANSIENT_AMBIGUOUS, "no answer"),
        (Answer(200, "<html>hotel</html>"), AnswerClass.TRANSIENT_AMBIGUOUS, "HTTP 200"),
    ],
)
def test_a_token_that_slack_does_not_know_says_so(
    slack: SlackServer, answer: Answer, kind: AnswerClass, code: str
) -> None:
    """In Slack's own word, asked once."""
    slack.answer_to("auth.test", answer)

    found = asked(slack)

    assert not found.is_known
    assert found.answer.kind is kind
    assert found.answer.code.startswith(code)
    assert len(slack.asked) == 1


def test_the_token_is_never_shown(slack: SlackServer) -> None:
    """Not in what was found out, whatever Slack said."""
    slack.answer_to("auth.test", error("invalid_auth"))

    assert TOKEN.reveal() not in repr(asked(slack))


def test_the_token_is_not_sent_without_tls() -> None:
    """Nor to another machine by mistake."""
    found = diagnose_bot(TOKEN, base_url="http://slack.example/api/")

    assert found.answer.code == "the address of Slack's API is not https"

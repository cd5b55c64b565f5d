"""Slack's own check of the messages that are kept whole: its method ``blocks.validate``.

It posts nothing, and needs a token of any app and no scope:
https://docs.slack.dev/reference/methods/blocks.validate

    RECGATE_TEST_SLACK_TOKEN=xoxb-… python -m pytest tests/live

Without the token only the local Slack is asked, so that the code is tried.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from recgate.dialect.secret import silent_logger
from recgate.dialect.slack_answers import retry_after_s
from recgate.dialect.slack_codes import WEB_API
from tests.servers.slack import error, local_slack

TOKEN = "RECGATE_TEST_SLACK_TOKEN"
GOLDEN = Path(__file__).parents[1] / "rendering" / "golden"
FORMS = [
    pytest.param(form, id=f"{file.name.removesuffix('.slack.json')}-{name}")
    for file in sorted(GOLDEN.glob("*.slack.json"))
    for name, form in json.loads(file.read_text("utf-8")).items()
    if form.get("blocks")
]
LONGEST_WAIT_S = 60.0

Wait = Callable[[float], None]


def refusal(
    client: WebClient, message: Mapping[str, Any], *, wait: Wait = time.sleep, tries: int = 4
) -> str:
    """What Slack says is wrong with the message, empty for nothing. Told to wait, it waits."""
    for left in range(tries, 0, -1):
        try:
            client.api_call(
                "blocks.validate", json={"message": json.dumps({"blocks": message["blocks"]})}
            )
        except SlackApiError as problem:
            after_s = retry_after_s(problem.response.headers)
            if problem.response.status_code == 429 and left > 1:
                wait(min(after_s or 1.0, LONGEST_WAIT_S))
                continue
            return json.dumps(problem.response.data)
        return ""
    return "ratelimited"


def client_of(token: str, base_url: str) -> WebClient:
    return WebClient(token=token, base_url=base_url, retry_handlers=[], logger=silent_logger())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.skipif(TOKEN not in os.environ, reason=f"{TOKEN} is not set: Slack is not asked")
def test_slack_takes_every_message_that_is_kept_whole(form: Mapping[str, Any]) -> None:
    """Slack's word on what we send, where only Slack has it."""
    assert refusal(client_of(os.environ[TOKEN], WEB_API), form) == ""


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            patch.delenv(name, raising=False)
        with local_slack() as slack:
            yield slack


def test_the_local_slack_takes_every_message_by_the_same_way(local: Any) -> None:
    """One call for each, with the blocks whole."""
    client = client_of("xoxb-local", local.base_url)

    answers = [refusal(client, form.values[0]) for form in FORMS]  # type: ignore[arg-type]

    assert answers == [""] * len(FORMS)
    calls = local.calls("blocks.validate")
    assert [json.loads(call["message"])["blocks"] for call in calls] == [
        form.values[0]["blocks"]  # type: ignore[index]
        for form in FORMS
    ]


def test_a_message_that_is_refused_is_told_with_slacks_reasons(local: Any) -> None:
    """So the check can fail."""
    wrong = {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}

    said = refusal(client_of("xoxb-local", local.base_url), wrong)

    assert json.loads(said)["error"] == "invalid_blocks"


def test_a_limited_rate_is_waited_for(local: Any) -> None:
    """As long as Slack asks for, and not for ever."""
    waits: list[float] = []
    limited = error("ratelimited", status=429, Retry_After="1.5")
    form = {"blocks": [{"type": "divider"}]}
    client = client_of("xoxb-local", local.base_url)

    local.answer_to("blocks.validate", limited, limited)
    after_all = refusal(client, form, wait=waits.append)
    local.answer_to("blocks.validate", limited, limited)
    given_up = refusal(client, form, wait=waits.append, tries=2)

    assert after_all == ""
    assert waits == [1.5, 1.5, 1.5]
    assert "ratelimited" in given_up

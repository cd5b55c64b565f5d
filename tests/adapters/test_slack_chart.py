"""The chart in the thread of a verdict: no chart never means no verdict."""

import logging
from collections.abc import Iterator

import pytest

from recgate.dialect.slack_codes import CODES, AnswerClass
from recgate.dialect.slack_upload import takes_files
from recgate.domain.decision import Decision
from recgate.domain.delivery import Delivered
from recgate.domain.telling import Telling
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.servers.slack import Answer, Fault, SlackServer, error, local_slack
from tests.servers.slack_channel import CHANNEL, TOKEN, channel_into

PASSED = decision(
    snapshot(candidate(latency_p99_ms=84)), policy(at_most("max_latency_p99_ms", 120))
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
STEPS = ("files.getUploadURLExternal", "upload", "files.completeUploadExternal")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack(lambda: NOW) as running:
        yield running


def followed(slack: SlackServer, *, parent: str = "") -> list[str]:
    """Tell the verdict, then do what belongs beside it; gives what was left out."""
    channel = channel_into(slack, draw=lambda _: PNG)
    telling = Telling(PASSED, parent=parent)
    delivered = channel.deliver(telling)
    assert isinstance(delivered, Delivered)
    return list(channel.follow_up(telling, delivered))


def shared(slack: SlackServer) -> list[str]:
    """The threads that a chart was shared into."""
    return [file.thread_ts for file in slack.workspace.files.values() if file.thread_ts]


def test_the_chart_stands_in_the_thread_of_its_verdict(slack: SlackServer) -> None:
    """Its content as drawn, with a title, and words for who cannot see it."""
    left_out = followed(slack)

    (file,) = slack.workspace.files.values()
    assert left_out == []
    assert (file.channel, file.thread_ts) == (CHANNEL, "1795242720.000001")
    assert file.content == PNG
    assert file.name == f"recgate-{PASSED.key[:12]}.png"
    assert file.title.startswith("PASS fraud-ranker v14")
    assert file.title in file.alt_txt


def test_the_chart_of_a_reply_stands_beside_it(slack: SlackServer) -> None:
    """A thread is named by its first message, never by a reply."""
    parent = channel_into(slack).deliver(Telling(PASSED))
    assert isinstance(parent, Delivered)

    followed(slack, parent=parent.receipt)

    assert shared(slack) == ["1795242720.000001"]


def test_the_token_does_not_go_where_the_file_goes(slack: SlackServer) -> None:
    """The address is permission enough."""
    followed(slack)

    (upload,) = [asked for asked in slack.asked if asked.method == "upload"]
    assert "Authorization" not in upload.headers
    assert TOKEN not in str(upload)


def test_without_a_drawing_nothing_is_asked(slack: SlackServer) -> None:
    """Charts are an extra that may not be installed."""
    channel = channel_into(slack)
    delivered = channel.deliver(Telling(PASSED))
    assert isinstance(delivered, Delivered)

    left_out = channel.follow_up(Telling(PASSED), delivered)

    assert list(left_out) == []
    assert slack.workspace.files == {}


def test_a_drawing_that_crashes_is_left_out(slack: SlackServer) -> None:
    """A fault of ours in decoration; it says which, and the verdict stands."""

    def crash(_: Decision) -> bytes:
        raise ZeroDivisionError("no axis")

    channel = channel_into(slack, draw=crash)
    delivered = channel.deliver(Telling(PASSED))
    assert isinstance(delivered, Delivered)

    left_out = channel.follow_up(Telling(PASSED), delivered)

    assert list(left_out) == ["chart left out: recgate failed (ZeroDivisionError)"]


def test_a_missing_scope_is_named(slack: SlackServer) -> None:
    """The cure in the words of whoever installs the app."""
    slack.workspace.scopes.discard("files:write")

    left_out = followed(slack)

    cure = "give the Slack app files:write and install it again"
    assert left_out == [f"chart left out: missing_scope ({cure})"]
    assert len(slack.workspace.in_channel(CHANNEL)) == 1


@pytest.mark.parametrize("code", CODES[AnswerClass.DEGRADE_DROP_FILE])
@pytest.mark.parametrize("step", [STEPS[0], STEPS[2]])
def test_every_error_about_a_file_leaves_it_out(slack: SlackServer, step: str, code: str) -> None:
    """Once, with Slack's word; the verdict stands."""
    slack.answer_to(step, error(code))

    left_out = followed(slack)

    assert left_out == [f"chart left out: {code}"]
    assert len(slack.calls(step)) == 1
    assert shared(slack) == []
    assert len(slack.workspace.in_channel(CHANNEL)) == 1


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(fault=Fault.DROP), "no answer (RemoteDisconnected)"),
        (Answer(fault=Fault.HANG), "no answer (TimeoutError)"),
        (Answer(503, "<html>"), "HTTP 503"),
        (Answer(429, "", {"Retry-After": "9"}), "HTTP 429"),
        (Answer(403, "<html>"), "HTTP 403"),
    ],
)
def test_a_step_without_consent_ends_it(
    slack: SlackServer, step: str, answer: Answer, said: str
) -> None:
    """Nothing is tried twice, and no later step is made."""
    slack.answer_to(step, answer)

    left_out = followed(slack)

    made = [asked.method for asked in slack.asked if asked.method in STEPS]
    assert made == list(STEPS[: STEPS.index(step) + 1])
    assert len(left_out) == 1
    assert left_out[0].startswith(f"chart left out: {said}")


@pytest.mark.parametrize(
    "granted",
    [
        {"upload_url": "http://files.slack.com/upload/v1/x", "file_id": "F1"},
        {"upload_url": "https://files.slack.com.evil.example/x", "file_id": "F1"},
        {"upload_url": "https://evil.example/files.slack.com", "file_id": "F1"},
        {"upload_url": "https://files.slack.com@evil.example/x", "file_id": "F1"},
        {"upload_url": "https://xslack.com/x", "file_id": "F1"},
        {"upload_url": "http://127.0.0.1:1/x", "file_id": "F1"},
        {"upload_url": "file:///etc/passwd", "file_id": "F1"},
        {"upload_url": "https://[", "file_id": "F1"},
        {"upload_url": 7, "file_id": "F1"},
        {"file_id": "F1"},
        {},
    ],
)
def test_the_file_goes_to_slack_and_nowhere_else(slack: SlackServer, granted: object) -> None:
    """Whoever answers in Slack's place does not get the figures."""
    slack.answer_to(STEPS[0], Answer(200, {"ok": True, **granted}))  # type: ignore[dict-item]

    left_out = followed(slack)

    assert left_out == ["chart left out: an upload address that is not Slack's"]
    assert [asked.method for asked in slack.asked if asked.method in STEPS] == [STEPS[0]]


@pytest.mark.parametrize("file", [None, 7, "", "F1/../x", "f1"])
def test_a_file_without_a_name_of_slacks_is_not_sent(slack: SlackServer, file: object) -> None:
    """It could not be shared."""
    url = f"{slack.url}/upload/v1/F1"
    slack.answer_to(STEPS[0], Answer(200, {"ok": True, "upload_url": url, "file_id": file}))

    left_out = followed(slack)

    assert left_out == ["chart left out: a file without a name of Slack's"]


def test_a_redirect_of_the_upload_is_not_followed(slack: SlackServer) -> None:
    """It leads to an address that nobody has looked at."""
    elsewhere = Answer(302, "", {"Location": f"{slack.url}/upload/v1/elsewhere"})
    slack.answer_to("upload", elsewhere)

    left_out = followed(slack)

    assert left_out == ["chart left out: HTTP 302"]
    assert [asked.method for asked in slack.asked].count("upload") == 1


@pytest.mark.parametrize(
    ("url", "base_url", "taken"),
    [
        ("https://files.slack.com/upload/v1/x", "https://slack.com/api/", True),
        ("https://files.slack.com:443/upload/v1/x", "https://slack.com/api/", True),
        ("https://files.slack-gov.com/upload/v1/x", "https://slack-gov.com/api/", True),
        ("https://proxy.example/x", "https://proxy.example/api/", True),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/api/", True),
        ("http://127.0.0.1:8081/x", "http://127.0.0.1:8080/api/", False),
        ("https://files.slack.com:8443/x", "https://slack.com/api/", False),
        ("https://name@files.slack.com/x", "https://slack.com/api/", False),
        ("http://proxy.example/x", "http://proxy.example/api/", False),
        ("https://files.slack.com:x/", "https://slack.com/api/", False),
    ],
)
def test_where_a_file_may_go(url: str, base_url: str, taken: bool) -> None:
    """Slack's hosts over https, and the host that the API itself is at."""
    assert takes_files(url, base_url) is taken


@pytest.mark.parametrize("step", ["", *STEPS])
def test_nothing_beside_a_verdict_leaks_the_token(
    slack: SlackServer,
    step: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Not in what was left out, in nobody's log at any level, not on the terminal."""
    caplog.set_level(logging.DEBUG)
    if step:
        slack.answer_to(step, Answer(500, f"Bearer {TOKEN}"))

    left_out = followed(slack)

    printed = capfd.readouterr()
    told = f"{left_out} {caplog.text} {printed.out} {printed.err}"
    assert TOKEN not in told
    assert TOKEN.rsplit("-", 1)[1] not in told
    assert "/upload/v1/" not in told

"""The local Slack with moods: well, down, limiting the rate, or with a bot that is in no channel,
until somebody says otherwise.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tests.playground.world import SlackFile, SlackMessage, SlackMood
from tests.servers.slack import Answer, Posted, SlackServer, error

RETRY_AFTER_S = 30
"""What a Slack that limits the rate asks for."""

_POST = "chat.postMessage"
_DOWN = Answer(503, "upstream connect error")
_RATE_LIMITS = error("ratelimited", status=429, Retry_After=str(RETRY_AFTER_S))
_NOT_INVITED = error("not_in_channel")


class MoodySlack(SlackServer):
    """``heard`` is what stands in no channel of the workspace: messages that were refused, and
    those of the incoming webhook.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self.mood = SlackMood.WELL
        self.heard: list[SlackMessage] = []
        self._clock = clock

    def take(self, posted: Posted) -> Answer:
        """Record a request and say what to answer in this mood."""
        is_new = posted.method in ("", _POST)
        answer = self._moody(posted)
        if answer is None:
            answer = super().take(posted)
        elif is_new:
            self.posted.append(posted)
        refusal = _refusal(answer)
        if is_new and (refusal or not posted.method):
            channel = str(posted.message.get("channel") or "incoming webhook")
            self.heard.append(SlackMessage(self._clock(), channel, posted.message, refusal))
        return answer

    def said(self) -> list[SlackMessage]:
        """What stands in the channels now, threads and files with it, and what was refused;
        oldest first.
        """
        taken = [
            self._seen(channel, message)
            for channel in list(self.workspace.messages)
            for message in self.workspace.in_channel(channel)
        ]
        return sorted([*taken, *self.heard], key=lambda each: each.at)

    def _moody(self, posted: Posted) -> Answer | None:
        match self.mood:
            case SlackMood.DOWN:
                return _DOWN
            case SlackMood.RATE_LIMITS:
                return _RATE_LIMITS
            case SlackMood.NOT_INVITED if posted.method == _POST:
                return _NOT_INVITED
        return None

    def _seen(self, channel: str, message: Mapping[str, Any], *, root: bool = True) -> SlackMessage:
        ts = message["ts"]
        replies = self.workspace.in_thread(channel, ts) if root else []
        files = [
            SlackFile(file.id, file.title, file.alt_txt)
            for file in list(self.workspace.files.values())
            if (file.channel, file.thread_ts) == (channel, ts)
        ]
        return SlackMessage(
            at=datetime.fromtimestamp(float(ts), UTC),
            channel=channel,
            message=dict(message),  # as it stands now: an update changes it in place
            edited="edited" in message,
            replies=[self._seen(channel, reply, root=False) for reply in replies],
            files=files,
        )


@contextmanager
def moody_slack(
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[MoodySlack]:
    """Run it on a free port of 127.0.0.1 while the block lasts."""
    slack = MoodySlack(clock)
    slack.start()
    try:
        yield slack
    finally:
        slack.stop()


def _refusal(answer: Answer) -> str:
    """Why Slack did not take the message, empty when it did."""
    if answer.fault is not None:
        return f"no answer ({answer.fault})"
    if isinstance(answer.body, dict):
        return "" if answer.body.get("ok") else f"{answer.status} {answer.body.get('error')}"
    return "" if answer.status == 200 else f"{answer.status} {answer.body}"

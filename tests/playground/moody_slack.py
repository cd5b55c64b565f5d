"""The local Slack with moods: well, down, or limiting the rate until somebody says otherwise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.playground.world import SlackMessage, SlackMood
from tests.servers.slack import Answer, Posted, SlackServer, error

RETRY_AFTER_S = 30
"""What a Slack that limits the rate asks for."""

_ANSWERS = {
    SlackMood.DOWN: Answer(503, "upstream connect error"),
    SlackMood.RATE_LIMITS: error("ratelimited", status=429, Retry_After=str(RETRY_AFTER_S)),
}


class MoodySlack(SlackServer):
    """Remembers what it was sent, when, and how it answered, beside ``posted``."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.mood = SlackMood.WELL
        self.heard: list[SlackMessage] = []
        self._clock = clock

    def take(self, posted: Posted) -> Answer:
        """Record a request and say what to answer in this mood."""
        moody = _ANSWERS.get(self.mood)
        if moody is None:
            answer = super().take(posted)
        else:
            self.posted.append(posted)
            answer = moody
        channel = str(posted.message.get("channel") or "incoming webhook")
        self.heard.append(SlackMessage(self._clock(), channel, posted.message, _refusal(answer)))
        return answer


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

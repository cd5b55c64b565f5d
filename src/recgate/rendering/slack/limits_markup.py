"""What Slack would obey inside a text that it reads as ``mrkdwn``.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator

from recgate.rendering.slack.limits_figures import URL
from recgate.rendering.slack.limits_shapes import Check, every, matching, text

_ADDRESS = r"https://[!#-;=?-{}~]+"
"""Printable ASCII without what would end it: a space, quotation marks, angle brackets, ``|``."""

_OBEYED = re.compile(
    rf"<{_ADDRESS}(?:\|[^<>|\n]+)?>"
    r"|<!date\^[0-9]{1,12}\^[^<>|^\n]+\|[^<>|\n]+>"
    r"|<@[UW][A-Z0-9]{1,20}>|<!subteam\^S[A-Z0-9]{1,20}>"
    r"|&(?:amp|lt|gt);"
)
"""Links by https, dates, people, user groups, entities. Not ``<!channel>`` and its like, not
channels, not other schemes: nothing of ours has them.
"""

_CONTROL = re.compile(r"[<>&]")

address: Check = every(text(URL), matching(_ADDRESS, "an https address"))


def mrkdwn(limit: int) -> Check:
    """A text that Slack reads as markup, in which it finds only what we may write."""
    readable = text(limit)

    def check(value: object, where: str) -> Iterator[str]:
        yield from readable(value, where)
        if isinstance(value, str) and _CONTROL.search(_OBEYED.sub("", value)):
            yield f"{where} has markup that is not ours, or a <, > or & that is not escaped"

    return check

"""Text in which Slack's mrkdwn finds nothing to format: no bold, no emoji that was not ours."""

import re

_QUOTE = re.compile(r"^\s*>")
_LOOK_ALIKES = str.maketrans({"*": "∗", "~": "∼"})
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""One at the edge of a word, where it formats; ``prod_realtime`` keeps its own."""
_SHORTCODE = re.compile(r":(?=[\w+-]*(?::|$))")
"""A colon that begins ``:red_circle:``, or would with a colon that comes after the text."""


def literal(text: str) -> str:
    """The text with look-alikes in the place of what formats; mrkdwn knows no escape for those.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    plain = _UNDERSCORE.sub("ˍ", _QUOTE.sub("›", text).translate(_LOOK_ALIKES))
    return _SHORTCODE.sub("꞉", plain)


def literal_address(url: str) -> str:
    """The address with the same characters as percent escapes: it leads to the same place."""
    return _UNDERSCORE.sub("%5F", url.replace("*", "%2A").replace("~", "%7E"))

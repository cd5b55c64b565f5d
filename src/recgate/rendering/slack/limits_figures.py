"""Slack's limits in figures.

Where no other source is named, a figure is from the page of the block or element under
https://docs.slack.dev/reference/block-kit/.
"""

TEXT = 40_000
"""Characters of ``text``: https://docs.slack.dev/reference/methods/chat.postMessage."""
UPDATED_TEXT = 4_000
"""Characters of ``text`` when a message is changed, beyond which ``chat.update`` answers
``msg_too_long``: https://docs.slack.dev/reference/methods/chat.update.
"""
BLOCKS = 50
"""Blocks in a message."""
BLOCKS_JSON = 12_000
"""Characters of all blocks as JSON. Not documented: ``msg_blocks_too_long`` has been seen from
about 13,200 on (https://github.com/slackapi/bolt-js/issues/2509); this stays below.
"""
BLOCK_ID = 255
"""Characters of a block's id, which no other block of the message has."""
METADATA = 2_000
"""Characters of ``metadata`` as JSON. Slack names no figure (``metadata_too_large``): our own."""
EVENT_TYPE = 100
"""Characters of the metadata's ``event_type``, an alphanumeric string; the figure is our own."""

SECTION = 3_000
"""Characters of a section's text."""
FIELDS = 10
FIELD = 2_000
"""Fields of a section, and characters of each."""
HEADER = 150
"""Characters of a header."""
CONTEXT_ELEMENTS = 10
CONTEXT = 2_000
"""Elements of a context block, and characters of each. Slack has 3,000 for any text; nobody
reads so much in small grey letters: the figure is our own.
"""

ACTIONS = 25
"""Elements of an actions block."""
BUTTON = 75
"""Characters on a button, and of its accessibility label."""
ACTION_ID = 255
"""Characters of an action's id, which no other element of the block has."""
VALUE = 2_000
"""Characters of a button's value."""
URL = 3_000
"""Characters of an address."""
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
"""Characters of a confirmation dialog's title, text and buttons."""

TABLE_ROWS = 100
TABLE_COLUMNS = 20
TABLE_CHARACTERS = 10_000
"""Rows, cells in a row, and characters in all cells, of a table. A message has one at most."""
DATA_TABLE_ROWS = 201
DATA_TABLE_CHARACTERS = 20_000
PAGE_SIZE = 100
"""Rows of a data table, the header among them, characters in all cells, rows on a page.

Older copies of its page say 101 rows; we never come near.
"""

LIST_INDENT = 8
"""The deepest indentation of a list in rich text."""

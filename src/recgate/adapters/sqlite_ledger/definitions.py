"""How a ledger's file says that its tables are made: others could show readers something else."""

import re
from collections.abc import Sequence

from recgate.adapters.sqlite_ledger.file import LedgerFile
from recgate.dialect.ledger_tables import DEFINITIONS

# Without those that SQLite makes for a primary key by itself.
_DEFINED = """
    SELECT type, name, tbl_name, sql FROM sqlite_master
    WHERE type IN ('table', 'index', 'view') AND name NOT LIKE 'sqlite_autoindex_%' ORDER BY name
"""


def foreign_definitions(file: LedgerFile) -> Sequence[str]:
    """Tables that are not made as recgate makes them, and indexes that are not recgate's, in words.

    Raises LedgerUnavailable, LedgerRefused.
    """
    failure = f"cannot look at the tables of the ledger {file.path}"
    made = {name: _one_line(sql) for name, sql in DEFINITIONS.items()}
    return [
        f"its {kind} {name} is not one that recgate makes"
        for kind, name, table, sql in file.rows(_DEFINED, (), failure=failure)
        if (name in made or (kind == "index" and table in made))
        and _one_line(sql or "") != made.get(name)
    ]


def _one_line(sql: str) -> str:
    """A definition without its comments and line breaks."""
    return " ".join(re.sub(r"--[^\n]*", "", sql).split())

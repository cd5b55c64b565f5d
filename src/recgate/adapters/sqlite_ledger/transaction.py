"""A transaction of SQLite's: all of it, or nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(
    connection: sqlite3.Connection, *, begin: str = "BEGIN IMMEDIATE"
) -> Iterator[None]:
    """Everything in the block is written at its end, or nothing when it raises."""
    try:
        connection.execute(begin)  # which may begin and then be interrupted
        yield
        connection.execute("COMMIT")
    except BaseException:  # also when interrupted: half a transaction would block everybody
        if connection.in_transaction:  # SQLite has rolled back by itself after some errors
            connection.execute("ROLLBACK")
        raise

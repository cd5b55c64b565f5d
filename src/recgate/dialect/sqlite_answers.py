"""What SQLite's result codes mean: worth trying again, or somebody has to mend something."""

import re
import sqlite3

from recgate.ports import LedgerRefused, LedgerUnavailable, RecgateError

# Primary result codes, https://www.sqlite.org/rescode.html
_MAY_PASS = {
    sqlite3.SQLITE_BUSY: "another process is writing; try again",
    sqlite3.SQLITE_LOCKED: "another process is writing; try again",
    sqlite3.SQLITE_PROTOCOL: "several processes opened it at once; try again",
    sqlite3.SQLITE_INTERRUPT: "try again",
    sqlite3.SQLITE_NOMEM: "free memory and try again",
    sqlite3.SQLITE_FULL: "the disk is full: free space and try again",
    sqlite3.SQLITE_IOERR: "the disk did not do it: check the disk and its quota, then try again",
}
_WILL_NOT_PASS = {
    sqlite3.SQLITE_CANTOPEN: "check that the folder exists and that you may write to it",
    sqlite3.SQLITE_READONLY: "it may only be read: give write permission to the file and its "
    "folder, or name another file",
    sqlite3.SQLITE_PERM: "check the permissions of the file and its folder",
    sqlite3.SQLITE_NOTADB: "it is not a ledger: name another file",
    sqlite3.SQLITE_CORRUPT: "it is damaged: keep it, and restore a copy",
    sqlite3.SQLITE_CONSTRAINT: "it was changed by hand: keep the file, see what `recgate audit "
    "verify` says, and restore a copy",
    sqlite3.SQLITE_TOOBIG: "the entry is larger than SQLite takes",
}

# SQLITE_ERROR says nothing by itself; these are what a ledger whose tables recgate made never says.
_OTHER_TABLES = re.compile(
    r"no such (table|column|view|index)|malformed database schema|.* has no column named|"
    r"table .* has \d+ columns but|cannot modify .* because it is a view|no such rowid"
)


def port_error(error: sqlite3.Error, failure: str) -> RecgateError:
    """What an error means for the port; ``failure`` says what was being done."""
    code = primary_code(error)
    if code in _MAY_PASS:
        return LedgerUnavailable(f"{failure}: {error}; {_MAY_PASS[code]}")
    remedy = _WILL_NOT_PASS.get(code, "this is a fault of recgate or of the file")
    if code == sqlite3.SQLITE_ERROR and _OTHER_TABLES.match(str(error)):
        remedy = "it is damaged, or was changed by hand: keep the file, and restore a copy"
    return LedgerRefused(f"{failure}: {error}; {remedy}")


def primary_code(error: sqlite3.Error) -> int:
    """The result code without its extension; 0 for an error of Python's own module."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF

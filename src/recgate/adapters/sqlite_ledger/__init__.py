"""The ledger in one SQLite file: for a desk, a pipeline, a test (or in memory)."""

from recgate.adapters.sqlite_ledger.ledger import SqliteLedger

__all__ = ["SqliteLedger"]

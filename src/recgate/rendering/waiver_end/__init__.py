"""The reminder that a waiver ends, for every medium."""

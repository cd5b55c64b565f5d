"""`recgate policy`: Check, test, write and compare policies."""

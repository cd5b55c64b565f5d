"""`recgate doctor` and `recgate iam`: whether everything is in place, and what it may do."""

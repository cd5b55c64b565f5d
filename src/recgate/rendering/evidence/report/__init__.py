"""The page for an auditor."""

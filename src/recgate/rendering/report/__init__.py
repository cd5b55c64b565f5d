"""The page about a decision."""

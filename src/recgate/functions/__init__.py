"""Lambda entry points: envelope in, summary out."""

"""The chart of cost against latency."""

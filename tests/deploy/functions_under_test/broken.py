"""A module that Lambda cannot load: its import fails."""

raise RuntimeError("RECGATE_QUEUE_URL is not set")

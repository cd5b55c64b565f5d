"""What a failure most likely means, and what to do next."""

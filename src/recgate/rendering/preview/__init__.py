"""Every message of a decision in one page."""

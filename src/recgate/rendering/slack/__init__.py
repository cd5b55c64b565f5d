"""Messages as Slack takes them."""

"""From a decision to what a person reads. Pure."""

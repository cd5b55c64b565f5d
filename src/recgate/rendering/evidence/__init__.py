"""Evidence as people read it."""

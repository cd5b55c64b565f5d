"""The shapes in which the outside speaks, and their one way into the domain. Pure."""

"""The mistakes in policy files, for people and for the tools that show them beside the code."""

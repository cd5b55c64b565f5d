"""The folder of policies and routes: strict YAML, its schema, and every mistake with its place."""

from recgate.adapters.policy_files.folder import PolicyFiles

__all__ = ["PolicyFiles"]

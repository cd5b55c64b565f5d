"""Policies at a git revision: the same folder, as it was then."""

from recgate.adapters.policy_revisions.folder import NamedFolder, folder_of, named_folder_of
from recgate.adapters.policy_revisions.git_objects import RevisionUnreadable

__all__ = ["NamedFolder", "RevisionUnreadable", "folder_of", "named_folder_of"]

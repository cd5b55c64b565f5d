"""A folder of policy files, read and checked as a whole."""

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from types import MappingProxyType

from recgate.adapters.policy_files.folder_reading import FolderReading
from recgate.adapters.policy_files.rule_files import packaged_revision
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Route
from recgate.flows.configuration import RulesInvalid
from recgate.ports import PolicyProblem

_NO_ROUTES: Mapping[str, Route] = MappingProxyType({})


class PolicyFiles:
    """The policies, waivers and routes in a folder: a `recgate.ports.PolicySource`.

    ``built_in_routes`` exist without a routes.yaml, which may define one of the same name
    anew; ``default_routes`` hold when routes.yaml has no ``default``. ``revision`` is that of the
    repository that the folder is in; empty: the one that this package was built from, if it says
    so. Every call reads the folder again.
    """

    def __init__(
        self,
        folder: FilePath,
        *,
        built_in_routes: Mapping[str, Route] = _NO_ROUTES,
        default_routes: Sequence[str] = (),
        revision: str = "",
    ) -> None:
        self._folder = folder
        self._revision = revision
        self._built_in_routes = dict(built_in_routes)
        self._default_routes = tuple(default_routes)

    def load(self) -> PolicySet:
        """The policies, whole. Raises RulesInvalid with every mistake of every file.

        A mistake in waivers.yaml does not: what is malformed there counts as absent, and
        ``waiver_problems`` of the set tell of it.
        """
        reading = self._read()
        rules = reading.rules(self._revision or packaged_revision())
        if reading.problems:
            raise RulesInvalid(sorted(reading.problems), rules)
        return reading.policy_set(rules)

    def problems(self) -> tuple[PolicyProblem, ...]:
        """Every mistake of every file, waivers.yaml among them; empty when there is none."""
        reading = self._read()
        return tuple(sorted([*reading.problems, *reading.waiver_problems]))

    def files(self) -> tuple[str, ...]:
        """The names of the files that are read."""
        return tuple(FolderReading(self._folder, {}, ()).names())

    def _read(self) -> FolderReading:
        reading = FolderReading(self._folder, self._built_in_routes, self._default_routes)
        reading.read()
        return reading

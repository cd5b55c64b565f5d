"""The policies in force, with the routes they name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from recgate.domain.canonical import digest
from recgate.domain.policy import Policy
from recgate.domain.route import Route
from recgate.domain.rules import Rules, RuleSource
from recgate.domain.waiver import Waiver


@dataclass(frozen=True, slots=True)
class PolicySet:
    """One folder of policies, checked as a whole.

    ``digest`` covers every policy and no route: where a verdict is told does not change it; nor
    does it cover the waivers, of which a decision names those that counted.
    ``default_routes`` hear what no policy names a route for. ``waiver_problems`` are the mistakes
    in waivers.yaml, each with its place: what is malformed counts as absent, and is reported.
    ``rules`` are the files it was read from, None for a set that was not read from files; two
    sets that mean the same are equal, however their files say it.
    """

    policies: tuple[Policy, ...]
    routes: Mapping[str, Route] = field(default_factory=dict)
    default_routes: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    waiver_problems: tuple[str, ...] = ()
    rules: Rules | None = field(default=None, compare=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digests = {policy.name: policy.digest for policy in self.policies}
        object.__setattr__(self, "digest", digest(digests))

    @property
    def sources(self) -> tuple[RuleSource, ...]:
        """The files it was read from; empty when it was not read from files."""
        return self.rules.files if self.rules else ()

    @property
    def revision(self) -> str:
        """The revision of the repository that the files came from; empty when not known."""
        return self.rules.revision if self.rules else ""

"""The policies in force, with the routes they name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from recgate.domain.canonical import digest
from recgate.domain.policy import Policy
from recgate.domain.route import Route
from recgate.domain.waiver import Waiver


@dataclass(frozen=True, slots=True)
class PolicySet:
    """One folder of policies, checked as a whole.

    ``digest`` covers every policy and no route: where a verdict is told does not change it; nor
    does it cover the waivers, of which a decision names those that counted.
    ``default_routes`` hear what no policy names a route for. ``waiver_problems`` are the mistakes
    in waivers.yaml, each with its place: what is malformed counts as absent, and is reported.
    """

    policies: tuple[Policy, ...]
    routes: Mapping[str, Route] = field(default_factory=dict)
    default_routes: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    waiver_problems: tuple[str, ...] = ()
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digests = {policy.name: policy.digest for policy in self.policies}
        object.__setattr__(self, "digest", digest(digests))

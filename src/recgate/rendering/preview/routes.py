"""Which routes would hear of a decision, and why the others would not."""

from dataclasses import dataclass

from recgate.domain.decision import Decision
from recgate.domain.job import JobStatus
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Route
from recgate.domain.routing import routes_for


@dataclass(frozen=True, slots=True)
class Hearing:
    """One route: whether it hears the decision, where it leads, and why it does or does not."""

    route: str
    destination: str
    hears: bool
    why: str


def hearings(decision: Decision, policies: PolicySet) -> tuple[Hearing, ...]:
    """Every route of the policies, those that hear the decision first."""
    told = routes_for(
        decision.snapshot, decision.evaluation, policies.routes, policies.default_routes
    )
    found = [
        Hearing(
            name,
            route.destination.words,
            name in told,
            _why(route, decision, policies),
        )
        for name, route in policies.routes.items()
    ]
    found += [
        Hearing(name, "not in routes.yaml", hears=False, why="a policy names it, and it is nowhere")
        for name in _named(decision, policies)
        if name not in policies.routes
    ]
    return tuple(sorted(found, key=lambda hearing: not hearing.hears))


def _named(decision: Decision, policies: PolicySet) -> dict[str, str]:
    """The routes that the decision is for, each with who names it."""
    concerned = [judgement.policy for judgement in decision.evaluation.judgements]
    concerned += [entry.policy for entry in decision.evaluation.unmatched if entry.in_doubt]
    named: dict[str, str] = {}
    for policy in concerned:
        for route in policy.notify:
            named.setdefault(route, f"policy {policy.name} names it")
    if not concerned:
        named |= dict.fromkeys(policies.default_routes, "a default route: no policy applies")
    for policy in concerned:
        if not policy.notify:
            for route in policies.default_routes:
                named.setdefault(route, f"a default route: policy {policy.name} names none")
    return named


def _why(route: Route, decision: Decision, policies: PolicySet) -> str:
    named = _named(decision, policies).get(route.name)
    if named is None:
        return "no policy that judged the job names it"
    failed = decision.snapshot.status is JobStatus.FAILED
    if route.wants(decision.verdict, job_failed=failed):
        return named
    wanted = ", ".join(sorted(route.on or ())) or "nothing"
    return f"{named}, but its `on` names {wanted}, not {decision.verdict.value}"

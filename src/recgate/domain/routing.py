"""Who hears of a decision."""

from collections.abc import Iterable, Mapping, Sequence

from recgate.domain.evaluation import Evaluation
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.route import Route


def routes_for(
    snapshot: Snapshot,
    evaluation: Evaluation,
    routes: Mapping[str, Route],
    default_routes: Sequence[str],
) -> tuple[str, ...]:
    """The names of the routes that want this evaluation, each once, in a stable order.

    A policy that names no route, and a job that no policy covers, go to the default routes.
    A policy that may apply counts as one that does.
    """
    concerned = [judgement.policy for judgement in evaluation.judgements]
    concerned += [entry.policy for entry in evaluation.unmatched if entry.in_doubt]
    named: list[str] = []
    for policy in concerned:
        named.extend(policy.notify or default_routes)
    if not concerned:
        named.extend(default_routes)
    job_failed = snapshot.status is JobStatus.FAILED
    return tuple(
        name
        for name in _unique(named)
        if name in routes and routes[name].wants(evaluation.verdict, job_failed=job_failed)
    )


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))

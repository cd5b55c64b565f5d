"""From an evaluation to an answer: the verdicts, and the one configuration that is approved."""

from recgate.domain.backtest import Answer, Approval
from recgate.domain.candidate import Candidate, Metric
from recgate.domain.evaluation import Evaluation, Judgement
from recgate.domain.job import Snapshot
from recgate.domain.standings import order_of, verdict_of

_COST = Metric.COST_PER_HOUR_USD


def answer_of(evaluation: Evaluation) -> Answer:
    """The answer that an evaluation gives."""
    policies = {judged.policy.name: judged.verdict for judged in evaluation.judgements}
    if not evaluation.verdict.opens_gate:
        return Answer(evaluation.verdict, policies)
    found = approved(evaluation)
    if found is None:
        return Answer(evaluation.verdict, policies)
    judgement, place = found
    rows = judgement.snapshot.rows(judgement.policy.scope.endpoint_kind)
    name = judgement.candidates[place].recommendation_id
    return Answer(evaluation.verdict, policies, Approval(name, rows.columns[_COST][place]))


def approved(evaluation: Evaluation) -> tuple[Judgement, int] | None:
    """The best configuration that opens the gate under every policy that concerns it, as the
    place of a candidate in a judgement; None when the gate is closed.

    The same that messages name (`recgate.rendering.headline.compliant`).
    """
    if not evaluation.verdict.opens_gate:
        return None
    if len(evaluation.judgements) == 1:
        return _approved_by_one(evaluation.judgements[0])
    worst: dict[int, int] = {}
    first: dict[int, tuple[Judgement, int]] = {}
    for judgement in evaluation.judgements:
        standings = judgement.standings
        for place in order_of(standings):
            row = id(judgement.candidates[place])
            rank = verdict_of(standings[place], judgement.columns).rank
            worst[row] = max(worst.get(row, rank), rank)
            first.setdefault(row, (judgement, place))
    best = min(first, key=worst.__getitem__, default=None)
    return None if best is None else first[best]


def _approved_by_one(judgement: Judgement) -> tuple[Judgement, int] | None:
    if not judgement.candidates:
        return None
    if judgement.policy.candidates.at_least == 1 and judgement.deciding is not None:
        return judgement, judgement.deciding  # under `any` the best is the one that decides
    return judgement, order_of(judgement.standings)[0]


def family_of(snapshot: Snapshot, place: str) -> str:
    """What is the same for every version of a model, as `recgate.domain.recorded_verdict` has it.

    ``place`` stands for a job of which no model is known.
    """
    home = f"{snapshot.account or ''}/{snapshot.region or ''}"
    _, is_package, package = (snapshot.model_package_arn or "").partition(":model-package/")
    group, has_version, _ = package.partition("/")
    if is_package and group and has_version:
        return f"{home}/package/{group}"
    if snapshot.model_name:
        return f"{home}/model/{snapshot.model_name}"
    return place


def place_of(judgement: Judgement, recommendation_id: str) -> int | None:
    """Where a recommendation stands among a judgement's candidates; None when it does not."""
    names = (row.recommendation_id for row in judgement.candidates)
    return next((at for at, name in enumerate(names) if name == recommendation_id), None)


def configuration_of(snapshot: Snapshot, approval: Approval | None) -> str:
    """The approved configuration in a few words; empty when there is none."""
    if approval is None:
        return ""
    rows: tuple[Candidate, ...] = snapshot.candidates
    return next(
        (row.configuration for row in rows if row.recommendation_id == approval.recommendation_id),
        approval.recommendation_id,
    )

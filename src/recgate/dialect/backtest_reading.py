"""A recorded document read as far as a verdict needs it: a fraction of the work of a snapshot.

`recgate.dialect.describe.snapshot_from` makes evidence: a digest, and for every figure where it
comes from and why it is missing. A verdict needs the figures alone, and of them only those that
a policy asks about. What is read here goes into the very `recgate.domain.evaluation.evaluate`
that judges every job, so the two roads can differ in nothing but a figure; a property test holds
them together. Whatever is not plain (an id that comes twice, the figures of the 2021 preview, an
unusual ARN) is left to `snapshot_from`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple, cast

from recgate.dialect.backtest_figures import Figures, FiguresReader, latency_ms, p99s
from recgate.dialect.describe import text_of
from recgate.domain.candidate import Candidate, EndpointKind, Metric, instance_family
from recgate.domain.canonical import Json
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.rows import Rows

_ARN = re.compile(
    r"arn:[a-z-]+:sagemaker:([a-z]{2}(?:-[a-z]+)+-\d+):(\d{12}):inference-recommendations-job/.+"
)
_MODEL_PACKAGE = re.compile(r"arn:[a-z-]+:sagemaker:[^:]*:[^:]*:model-package/([^/]+)(/\d+)?")
_REALTIME, _SERVERLESS = EndpointKind.REALTIME, EndpointKind.SERVERLESS
_STATUSES = {status.value: status for status in JobStatus}
_COST = int(Metric.COST_PER_HOUR_USD)
_NOTHING: dict[str, Any] = {}
_NO_ROWS: tuple[tuple[float | None, ...], ...] = ((),) * len(Metric)


class QuickRow(NamedTuple):
    """A recommendation as far as a verdict needs it."""

    recommendation_id: str
    kind: EndpointKind


class QuickSnapshot:
    """What `evaluate` and `recgate.domain.backtest_approval` read of a snapshot."""

    __slots__ = (
        "_every",
        "account",
        "candidates",
        "describe",
        "job_arn",
        "job_name",
        "job_type",
        "model_known",
        "model_name",
        "model_package_arn",
        "model_package_group",
        "region",
        "status",
        "tags",
    )

    model = Snapshot.model

    def __init__(self, job: Mapping[str, Json], status: JobStatus, name: str) -> None:
        self.describe, self.status, self.job_name = job, status, name
        self.job_type = text_of(job.get("JobType"))
        config = job.get("InputConfig")
        self.model_known = isinstance(config, Mapping)
        owner: Mapping[str, Json] = config if isinstance(config, Mapping) else {}
        self.model_package_arn = text_of(owner.get("ModelPackageVersionArn"))
        self.model_name = text_of(owner.get("ModelName"))
        group = _MODEL_PACKAGE.fullmatch(self.model_package_arn or "")
        self.model_package_group = group[1] if group else None
        self.job_arn: str | None = None
        self.region: str | None = None
        self.account: str | None = None
        self.tags: Mapping[str, str] | None = None
        self.candidates: tuple[Candidate, ...] = ()
        self._every: Rows | None = None

    def hold(self, rows: Rows) -> None:
        """Take the recommendations, once they are read."""
        self._every, self.candidates = rows, rows.candidates

    def rows(self, kind: EndpointKind | None) -> Rows:
        """As `recgate.domain.job.Snapshot.rows`."""
        every = self._every
        if every is None:
            raise TypeError("the recommendations of this snapshot have not been read")
        if kind is None or not every.others[kind]:
            return every
        places = [place for place, row in enumerate(every.candidates) if row.kind is kind]
        return _only(every, places)


def quick_snapshot(document: Mapping[str, Json], reader: FiguresReader) -> Snapshot | None:
    """What the document says, for `evaluate` and `recgate.domain.backtest_approval` only.

    None: it is not plain, and has to be read by `snapshot_from`.
    """
    job = document.get("job")
    if type(job) is not dict:
        return None
    status, arn, name = job.get("Status"), job.get("JobArn"), job.get("JobName")
    if type(status) is not str or status not in _STATUSES or type(arn) is not str:
        return None
    place = _ARN.fullmatch(arn)
    if place is None or type(name) is not str or not name:
        return None
    is_plain, tags = _tags(document.get("tags"))
    existing = _objects(job.get("EndpointPerformances"))
    listed = _objects(job.get("InferenceRecommendations"))
    if not is_plain or listed is None or existing is None or (existing and reader.asks_for_gains):
        return None
    rows = _rows(listed, document.get("measured"), reader)
    if rows is None:
        return None
    made = QuickSnapshot(job, _STATUSES[status], name)
    made.job_arn, made.region, made.account, made.tags = arn, place[1], place[2], tags
    made.hold(rows)
    # A snapshot by shape, for those two readers alone.
    return cast("Snapshot", made)


def _objects(value: object) -> Sequence[dict[str, Any]] | None:
    """The list of objects; None when it is something else."""
    if value is None:
        return ()
    if type(value) is not list:
        return None
    for item in value:
        if type(item) is not dict:
            return None
    return value


def _tags(tags: object) -> tuple[bool, dict[str, str] | None]:
    """Whether the tags are plain, and the tags; None when they are not known."""
    if tags is None:
        return True, None
    listed = _objects(tags)
    if listed is None:
        return False, None
    found: dict[str, str] = {}
    for tag in listed:
        key, value = tag.get("Key"), tag.get("Value")
        if type(key) is not str or type(value) is not str:
            return False, None
        found[key] = value
    return True, found


def _rows(listed: Sequence[dict[str, Any]], measured: Json, reader: FiguresReader) -> Rows | None:
    ids: list[Any] = [row.get("RecommendationId") for row in listed]
    for name in ids:
        if type(name) is not str or not name:
            return None
    if len(set(ids)) < len(ids):
        return None
    figures: list[Figures] = []
    types: list[str | None] = []
    kinds: list[EndpointKind] = []
    for row in listed:
        reported, endpoint = _object(row.get("Metrics")), _object(row.get("EndpointConfiguration"))
        # The signs of the 2021 preview, whose latencies are in microseconds.
        if "MaximumInvocations" in reported or "Compiled" in _object(row.get("ModelConfiguration")):
            return None
        if endpoint.get("ServerlessConfig") is None:
            kinds.append(_REALTIME)
            named = endpoint.get("InstanceType")
            types.append(named if type(named) is str else None)
        else:
            kinds.append(_SERVERLESS)
            types.append(None)
        figures.append(reader.of_row(reported, endpoint))
    reader.add_p99(figures, ids, measured)
    order = _order(listed, figures, ids, measured)
    ordered = [kinds[place] for place in order]
    return Rows(
        # Rows by shape, as the snapshot that they are put in.
        candidates=cast(
            "tuple[Candidate, ...]", tuple([QuickRow(ids[place], kinds[place]) for place in order])
        ),
        columns=tuple(zip(*[figures[place] for place in order], strict=True)) or _NO_ROWS,
        families=tuple([_family(types[place]) for place in order]),
        instance_types=tuple([types[place] for place in order]),
        others={kind: _others(ordered, kind) for kind in EndpointKind},
    )


def _order(
    listed: Sequence[dict[str, Any]],
    figures: Sequence[Figures],
    ids: Sequence[str],
    measured: Json,
) -> list[int]:
    """The rows' places in the total order of rule 3; no two have the same id."""
    costs = [_last_if_missing(row[_COST]) for row in figures]
    if len(set(costs)) == len(costs):
        return sorted(range(len(costs)), key=costs.__getitem__)
    p99 = [_last_if_missing(value) for value in p99s(ids, measured)]
    latency = [_last_if_missing(latency_ms(_object(row.get("Metrics")))) for row in listed]
    return sorted(
        range(len(costs)),
        key=lambda place: (costs[place], p99[place], latency[place], ids[place]),
    )


def _last_if_missing(value: float | None) -> float:
    return inf if value is None else value


def _only(every: Rows, places: Sequence[int]) -> Rows:
    """These rows of them, which are all of one kind."""
    kind = every.candidates[places[0]].kind if places else None
    here = tuple(range(len(places)))
    return Rows(
        candidates=tuple([every.candidates[place] for place in places]),
        columns=tuple([tuple([column[place] for place in places]) for column in every.columns])
        if places
        else _NO_ROWS,
        families=tuple([every.families[place] for place in places]),
        instance_types=tuple([every.instance_types[place] for place in places]),
        others={each: () if each is kind else here for each in EndpointKind},
    )


def _others(kinds: Sequence[EndpointKind], kind: EndpointKind) -> tuple[int, ...]:
    if kinds.count(kind) == len(kinds):
        return ()
    return tuple([place for place, each in enumerate(kinds) if each is not kind])


@lru_cache(maxsize=4096)
def _family(instance_type: str | None) -> str | None:
    """The family, read once for each of the few hundred types that there are."""
    return instance_family(instance_type)


def _object(value: object) -> dict[str, Any]:
    return value if type(value) is dict else _NOTHING

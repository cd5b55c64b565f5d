"""Engines that judge whole columns: plain Python, NumPy, Polars and DuckDB.

Each is given the limits of `benchmarks.workload.POLICY` and answers for each job whether some row
meets all of them, which is what `candidates: any` asks; a figure that is missing meets no limit.
It is less than recgate answers: no outcome of each limit, no order of the rows, no choice.

Polars and DuckDB are held to one thread, as recgate has one. Where they judge alone, their
columns are ready, with the family of the instance parsed; somebody has to make them, and from
documents they have to do that themselves.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.backtest_workload import without_nan
from benchmarks.workload import ALLOWED_FAMILIES, DENIED_FAMILIES, FIGURES, POLICY, Job

FAMILIES = sorted(set(ALLOWED_FAMILIES) - set(DENIED_FAMILIES))
NUMERIC = [limit for limit in FIGURES if limit != "instance_families"]
FAMILY_PATTERN = rf"^ml\.({'|'.join(FAMILIES)})\."
Columns = dict[str, list[Any]]
"""A list for each limit, an entry for each row, None where the figure is missing; and ``job``."""


def columns_of(jobs: Sequence[Job], count: int) -> Columns:
    """The columns of so many jobs, these over and over."""
    rows = [[without_nan(row) for row in job.peer_rows()] for job in jobs]
    columns: Columns = {limit: [] for limit in FIGURES}
    columns["job"] = []
    for number in range(count):
        for row in rows[number % len(rows)]:
            columns["job"].append(number)
            for limit, (owner, member) in FIGURES.items():
                columns[limit].append(row[owner].get(member))
    families = columns["instance_families"]
    columns["instance_families"] = [kind and kind.split(".")[1] for kind in families]
    return columns


def python_columns(columns: Columns) -> Callable[[], int]:
    """One pass for each limit over all rows, in plain Python."""
    allowed = frozenset(FAMILIES)
    jobs = columns["job"]

    def work() -> int:
        fine = [family in allowed for family in columns["instance_families"]]
        for limit in NUMERIC:
            bound = POLICY["require"][limit]
            if limit.startswith("max_"):
                passes = [value is not None and value <= bound for value in columns[limit]]
            else:
                passes = [value is not None and value >= bound for value in columns[limit]]
            fine = [one and other for one, other in zip(fine, passes, strict=True)]
        return len({job for job, passed in zip(jobs, fine, strict=True) if passed})

    return work


def numpy_columns(columns: Columns) -> Callable[[], int]:
    """NumPy's comparisons and one reduction by job; names are numbers beforehand."""
    np: Any = import_module("numpy")

    allowed = np.array([family in set(FAMILIES) for family in columns["instance_families"]])
    arrays = {limit: np.array(columns[limit], dtype=float) for limit in NUMERIC}
    jobs = np.array(columns["job"])
    starts = np.flatnonzero(np.r_[True, jobs[1:] != jobs[:-1]])

    def work() -> int:
        fine = allowed.copy()
        for limit, array in arrays.items():
            bound = POLICY["require"][limit]
            fine &= array <= bound if limit.startswith("max_") else array >= bound
        return int(np.logical_or.reduceat(fine, starts).sum())

    return work


def polars_columns(columns: Columns) -> Callable[[], int]:
    """Polars on a frame of ready columns."""
    pl: Any = import_module("polars")

    frame = pl.DataFrame(columns, strict=False)

    def work() -> int:
        fine = pl.col("instance_families").is_in(FAMILIES)
        for limit in NUMERIC:
            bound = POLICY["require"][limit]
            column = pl.col(limit)
            fine = fine & (column <= bound if limit.startswith("max_") else column >= bound)
        return int(frame.filter(fine)["job"].n_unique())

    return work


def polars_documents(path: Path) -> int:
    """Polars from the file: read, unnest, judge."""
    pl: Any = import_module("polars")

    owners: dict[str, dict[str, Any]] = {}
    for owner, member in FIGURES.values():
        owners.setdefault(owner, {})[member] = pl.String if member == "InstanceType" else pl.Float64
    row = pl.Struct({owner: pl.Struct(members) for owner, members in owners.items()})
    frame = pl.read_ndjson(path, schema={"job": pl.Int64, "rows": pl.List(row)}).explode("rows")
    fine = pl.lit(value=True)
    for limit, (owner, member) in FIGURES.items():
        column = pl.col("rows").struct.field(owner).struct.field(member)
        fine = fine & _meets(column, limit)
    return int(frame.filter(fine)["job"].n_unique())


def _meets(column: Any, limit: str) -> Any:  # noqa: ANN401  Polars' expressions
    if limit == "instance_families":
        return column.str.contains(FAMILY_PATTERN)
    bound = POLICY["require"][limit]
    return column <= bound if limit.startswith("max_") else column >= bound


def duckdb_columns(columns: Columns) -> Callable[[], int]:
    """DuckDB on a table of ready columns."""
    duckdb: Any = import_module("duckdb")
    pl: Any = import_module("polars")

    connection = duckdb.connect(config={"threads": 1})
    frame = pl.DataFrame(columns, strict=False)
    connection.register("frame", frame.to_arrow())
    connection.execute("CREATE TABLE rows AS SELECT * FROM frame")
    families = ", ".join(f"'{family}'" for family in FAMILIES)
    where = " AND ".join([f"instance_families IN ({families})", *(map(_sql, NUMERIC))])

    def work() -> int:
        found: Any = connection.execute(
            f"SELECT count(DISTINCT job) FROM rows WHERE {where}"  # noqa: S608  our own limits
        ).fetchone()
        return int(found[0])

    return work


def _sql(limit: str) -> str:
    sign = "<=" if limit.startswith("max_") else ">="
    return f"{limit} {sign} {POLICY['require'][limit]}"


def duckdb_documents(path: Path) -> int:
    """DuckDB from the file: read, unnest, judge."""
    duckdb: Any = import_module("duckdb")

    owners: dict[str, list[str]] = {}
    for owner, member in FIGURES.values():
        kind = "VARCHAR" if member == "InstanceType" else "DOUBLE"
        owners.setdefault(owner, []).append(f"{member} {kind}")
    fields = ", ".join(f"{owner} STRUCT({', '.join(each)})" for owner, each in owners.items())
    conditions = []
    for limit, (owner, member) in FIGURES.items():
        place = f"r.{owner}.{member}"
        if limit == "instance_families":
            conditions.append(f"regexp_matches({place}, '{FAMILY_PATTERN}')")
        else:
            conditions.append(_sql(limit).replace(limit, place, 1))
    query = f"""
        SELECT count(DISTINCT job) FROM (
            SELECT job, unnest(rows) AS r FROM read_json('{path}', format = 'newline_delimited',
                columns = {{job: 'BIGINT', rows: 'STRUCT({fields})[]'}}))
        WHERE {" AND ".join(conditions)}
    """  # noqa: S608  our own limits and file
    found: Any = duckdb.connect(config={"threads": 1}).execute(query).fetchone()
    return int(found[0])

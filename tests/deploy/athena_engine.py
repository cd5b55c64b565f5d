"""The queries of examples/athena run on this machine: Athena's SQL on SQLite.

What differs is rewritten or made here: the functions of Athena's that SQLite has not, and
``CROSS JOIN UNNEST(CAST(x AS ARRAY(JSON))) AS t (c)``, which SQLite has as ``json_each(x) AS t``.
That Athena itself understands them as well is not shown by that.
"""

import base64
import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import Any

import sqlglot
from sqlglot import exp

DIALECT = "athena"


def parsed(query: str) -> exp.Expr:
    """The one statement of a query. Raises sqlglot.ParseError."""
    (statement,) = sqlglot.parse(query, dialect=DIALECT)
    assert statement is not None
    return statement


def answered(
    query: str, envelopes: Iterable[bytes], parameters: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """The rows of a query over archived envelopes."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.row_factory = sqlite3.Row
        for name, count, function in _FUNCTIONS:
            database.create_function(name, count, function, deterministic=True)
        database.execute("CREATE TABLE records (payload, payloadtype, signatures)")
        for envelope in envelopes:
            # As the table's reader of JSON takes it: names in lower case.
            row = {name.lower(): value for name, value in json.loads(envelope).items()}
            database.execute(
                "INSERT INTO records VALUES (:payload, :payloadtype, :signatures)",
                {**row, "signatures": json.dumps(row["signatures"])},
            )
        statement = _for_sqlite(parsed(query))
        return [dict(row) for row in database.execute(statement, parameters)]


def _for_sqlite(statement: exp.Expr) -> str:
    made = statement.copy()
    for join in made.find_all(exp.Join):
        unnest = join.this
        if isinstance(unnest, exp.Unnest):
            (array,) = unnest.expressions
            assert isinstance(array, exp.Cast)
            assert array.to.sql(DIALECT) == "ARRAY(JSON)"
            alias = unnest.args["alias"]
            (column,) = alias.columns
            for each in made.find_all(exp.Column):
                if each.table == alias.name:
                    assert each.name == column.name, each
                    each.this.set("this", "value")
            each_of = exp.Anonymous(this="json_each", expressions=[array.this])
            named = exp.TableAlias(this=exp.to_identifier(alias.name))
            unnest.replace(exp.Table(this=each_of, alias=named))
    return made.sql(DIALECT)


def _from_base64(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)


def _from_utf8(content: bytes | None) -> str | None:
    return None if content is None else content.decode()


def _at(document: str | None, path: str) -> Any:
    assert re.fullmatch(r"\$(\.\w+)+", path), path
    found: Any = None if document is None else json.loads(document)
    for name in path.split(".")[1:]:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _json_extract(document: str | None, path: str) -> str | None:
    """JSON's null is a value, and no array: unnested it gives no rows, as NULL does."""
    found = _at(document, path)
    return None if found is None else json.dumps(found)


def _json_extract_scalar(document: str | None, path: str) -> str | None:
    """Text; NULL for an object, an array and null."""
    found = _at(document, path)
    if found is None or isinstance(found, dict | list):
        return None
    return found if isinstance(found, str) else json.dumps(found)


def _regexp_extract(text: str | None, pattern: str, group: int) -> str | None:
    found = None if text is None else re.search(pattern, text)
    return found[group] if found else None


_FUNCTIONS: tuple[tuple[str, int, Any], ...] = (
    ("from_base64", 1, _from_base64),
    ("from_utf8", 1, _from_utf8),
    ("json_extract", 2, _json_extract),
    ("json_extract_scalar", 2, _json_extract_scalar),
    ("regexp_extract", 3, _regexp_extract),
)

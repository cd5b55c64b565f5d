"""The formats of the AWS CLI, on what it prints and on what it cannot."""

import json
import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recgate.cli.describe.yaml_text import yaml_text
from recgate.rendering.aws_output.json_text import json_text
from recgate.rendering.aws_output.table_text import columns_of, table_text
from recgate.rendering.aws_output.text_rows import text_rows
from recgate.rendering.aws_output.visible import is_unseen

KEPT = "\n\t"
TEXTS = st.text(st.characters(categories=["L", "N", "P", "S", "Z", "C"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=12,
)


def _no_json(word: str) -> Any:
    raise AssertionError(f"{word} is not JSON")


def _as_printed(value: Any) -> Any:
    """The value with what JSON has no number for as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _as_printed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_printed(inner) for inner in value]
    return value


def _unseen(text: str) -> set[str]:
    return {each for each in text if is_unseen(each) and each not in KEPT}


@given(VALUES.filter(lambda value: value != {}), st.booleans())
def test_json_is_valid_and_reads_back_as_it_was(value: Any, ascii_only: bool) -> None:
    """Whatever the answer holds: NaN, half a character, what moves a cursor."""
    written = json_text(value, ascii_only=ascii_only)

    assert json.loads(written, parse_constant=_no_json) == _as_printed(value)
    assert not _unseen(written)
    assert not ascii_only or written.isascii()


@example("\U0001f680", False)  # noqa: FBT003  hypothesis's own call
@example("\U0001f680", True)  # noqa: FBT003
@example(["\U0001f680"], True)  # noqa: FBT003
@example("\ud800", False)  # noqa: FBT003
@example(1e-05, False)  # noqa: FBT003
@example(float("nan"), False)  # noqa: FBT003
@settings(max_examples=500)
@given(VALUES.filter(lambda value: value != {}), st.booleans())
def test_yaml_reads_back_as_it_was(value: Any, ascii_only: bool) -> None:
    """NaN is YAML's own; half a character, which YAML cannot say, is the sign for a lost one."""
    written = yaml_text(value, ascii_only=ascii_only)

    read = yaml.safe_load(written)
    assert json_text(_as_printed(read)) == json_text(_as_printed(_whole(value)))
    assert not _unseen(written)
    assert not ascii_only or written.isascii()


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {_whole(key): _whole(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


@given(VALUES, st.integers(20, 200), st.booleans())
def test_every_answer_has_rows_and_a_table(value: Any, width: int, colours: bool) -> None:
    """Whatever a query finds; the AWS CLI ends with an error of Python on some of it."""
    rows = text_rows(value)
    table = table_text("Title", value, width=width, colours=False)

    assert not _unseen(rows)
    assert not _unseen(table.replace("\n", ""))
    assert len({columns_of(line) for line in table.splitlines()}) <= 1
    assert bool(table_text("Title", value, width=width, colours=colours)) is bool(table)


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ([1.5, {"Name": "a"}], "1.5\na\n"),
        ([[1, [2, 3]], "x"], "x\n1\n2\t3\n"),
        ([None, True], "None\tTrue\n"),
        ({"B": {"C": 1}, "A": []}, "B\t1\n"),
        (dict(zip("gcaebfd", range(7), strict=True)), "2\t4\t1\t6\t3\t5\t0\n"),
        ([{"A": 1}, {"B": 2}], "1\t\n\t2\n"),
        ([dict(zip("gcaebfd", range(7), strict=True))], "2\t4\t1\t6\t3\t5\t0\n"),
        ("a\nb\tc\x1b[2J", "a\nb\tc\\u001b[2J\n"),
    ],
)
def test_rows_of_text(value: Any, rows: str) -> None:
    """Rows have the same columns in a list; line breaks and tabs stay, what moves a cursor not."""
    assert text_rows(value) == rows


def test_a_table_of_what_the_aws_cli_cannot_draw() -> None:
    """Rows of several lengths and objects among values, each in a box of its own."""
    drawn = table_text("Found", [[1, 2], [3], {"Name": "a\nb"}], width=80, colours=False)

    assert drawn == (
        "------------------\n"
        "|      Found     |\n"
        "+-------+--------+\n"
        "|  1    |  2     |\n"
        "+-------+--------+\n"
        "+----------------+\n"
        "|  3             |\n"
        "+----------------+\n"
        "+-------+--------+\n"
        "|  Name |  a\\nb  |\n"
        "+-------+--------+\n"
    )


def test_what_rounding_leaves_over_goes_to_the_last_columns() -> None:
    """One each, from the last to the first, as the AWS CLI deals it out."""
    drawn = table_text("a title that is wide enough x", [["1"] * 7], width=80, colours=False)

    assert drawn == (
        "-------------------------------------\n"
        "|   a title that is wide enough x   |\n"
        "+---+----+----+----+----+-----+-----+\n"
        "|  1|  1 |  1 |  1 |  1 |  1  |  1  |\n"
        "+---+----+----+----+----+-----+-----+\n"
    )


def test_an_answer_without_members_prints_nothing() -> None:
    """As the AWS CLI does; null is printed, but not as a table."""
    assert [json_text({}), yaml_text({}), text_rows({})] == ["", "", ""]
    assert table_text("Title", {}, width=80, colours=False) == ""
    assert [json_text(None), yaml_text(None), text_rows(None)] == ["null\n", "null\n", "None\n"]
    assert table_text("Title", None, width=80, colours=False) == ""


def test_yaml_is_what_version_2_prints() -> None:
    """Members in the order of the alphabet, lists not indented, times in quotes, no anchors."""
    row = {"Type": "String", "Key": "K"}
    answer = {"Status": "FAILED", "CreationTime": "2026-11-21T06:32:00+00:00", "Rows": [row, row]}

    assert yaml_text(answer) == (
        "CreationTime: '2026-11-21T06:32:00+00:00'\n"
        "Rows:\n- Key: K\n  Type: String\n- Key: K\n  Type: String\n"
        "Status: FAILED\n"
    )
    assert yaml_text("FAILED") == '"FAILED"\n'

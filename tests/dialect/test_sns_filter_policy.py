"""What a filter policy lets through, as SNS's documentation says it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.sns.utils import FilterPolicyMatcher

from recgate.dialect.sns_filter_policy import Filtered, Passage, filtered

THROUGH, KEPT_OUT, CANNOT_TELL = Passage.THROUGH, Passage.KEPT_OUT, Passage.CANNOT_TELL


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def number(value: float) -> dict[str, str]:
    return {"DataType": "Number", "StringValue": str(value)}


def array(*values: object) -> dict[str, str]:
    return {"DataType": "String.Array", "StringValue": json.dumps(values)}


SENT = {
    "verdict": text("FAIL"),
    "model": text("fraud-ranker v14"),
    "severity": number(4),
    "tags": array("prod", "eu", 7, None),
    "blob": {"DataType": "Binary", "StringValue": "x"},
}

SURE: list[tuple[dict[str, Any], Passage]] = [
    ({}, THROUGH),
    ({"verdict": ["FAIL"]}, THROUGH),
    ({"verdict": ["fail"]}, KEPT_OUT),
    ({"verdict": ["PASS", "FAIL"]}, THROUGH),
    ({"verdict": []}, KEPT_OUT),
    ({"verdict": ["FAIL"], "severity": [1]}, KEPT_OUT),
    ({"verdict": ["FAIL"], "severity": [4]}, THROUGH),
    ({"nowhere": ["FAIL"]}, KEPT_OUT),
    ({"model": [{"prefix": "fraud-"}]}, THROUGH),
    ({"model": [{"prefix": "ranker"}]}, KEPT_OUT),
    ({"model": [{"suffix": "v14"}]}, THROUGH),
    ({"model": [{"suffix": "v1"}]}, KEPT_OUT),
    ({"verdict": [{"anything-but": ["PASS", "WARN"]}]}, THROUGH),
    ({"verdict": [{"anything-but": "FAIL"}]}, KEPT_OUT),
    ({"verdict": [{"anything-but": ["FAIL"]}]}, KEPT_OUT),
    ({"nowhere": [{"anything-but": ["FAIL"]}]}, KEPT_OUT),
    ({"model": [{"anything-but": {"prefix": "fraud"}}]}, KEPT_OUT),
    ({"model": [{"anything-but": {"prefix": "other"}}]}, THROUGH),
    ({"severity": [{"anything-but": [1, 2]}]}, THROUGH),
    ({"severity": [{"numeric": [">=", 3]}]}, THROUGH),
    ({"severity": [{"numeric": [">", 4]}]}, KEPT_OUT),
    ({"severity": [{"numeric": [">", 0, "<=", 4]}]}, THROUGH),
    ({"severity": [{"numeric": [">", 0, "<", 4]}]}, KEPT_OUT),
    ({"severity": [{"numeric": ["=", 4.0]}]}, THROUGH),
    ({"verdict": [{"numeric": [">=", 3]}]}, KEPT_OUT),
    ({"verdict": [{"exists": True}]}, THROUGH),
    ({"verdict": [{"exists": False}]}, KEPT_OUT),
    ({"nowhere": [{"exists": False}]}, THROUGH),
    ({"nowhere": [{"exists": True}]}, KEPT_OUT),
    ({"nowhere": [{"exists": False}, "x"]}, THROUGH),
    ({"tags": ["eu"]}, THROUGH),
    ({"tags": ["us"]}, KEPT_OUT),
    ({"$or": [{"verdict": ["PASS"]}, {"severity": [4]}]}, THROUGH),
    ({"$or": [{"verdict": ["PASS"]}, {"severity": [1]}]}, KEPT_OUT),
    ({"model": ["x"], "$or": [{"verdict": ["FAIL"]}, {"severity": [4]}]}, KEPT_OUT),
]
"""Where the documentation and moto's own evaluator agree."""


@pytest.mark.parametrize(("policy", "passage"), SURE, ids=lambda each: json.dumps(each))
def test_a_filter_policy_is_judged_as_sns_judges_it(
    policy: dict[str, Any], passage: Passage
) -> None:
    """Every name must match; of a name's conditions one is enough."""
    assert filtered(policy, SENT).passage is passage


@pytest.mark.parametrize("policy", [policy for policy, _ in SURE], ids=json.dumps)
def test_moto_judges_the_same(policy: dict[str, Any]) -> None:
    """Another reading of the same documentation."""
    plain = {
        name: {
            "Type": value["DataType"],
            "Value": float(value["StringValue"])
            if value["DataType"] == "Number"
            else value["StringValue"],
        }
        for name, value in SENT.items()
    }
    # moto reads a String.Array letter by letter in places where SNS does not.
    theirs = FilterPolicyMatcher(policy, None).matches(plain, "")

    assert (filtered(policy, SENT).passage is THROUGH) is theirs


@pytest.mark.parametrize(
    ("policy", "passage"),
    [
        ({"severity": ["4"]}, KEPT_OUT),
        ({"verdict": [True]}, KEPT_OUT),
        ({"severity": [True]}, KEPT_OUT),
        ({"tags": [7]}, THROUGH),
        ({"tags": [None]}, THROUGH),
        ({"tags": [{"anything-but": ["prod", "eu"]}]}, THROUGH),
        ({"model": [{"anything-but": {"suffix": "v14"}}]}, KEPT_OUT),
        ({"verdict": [{"equals-ignore-case": "fail"}]}, THROUGH),
        ({"blob": [{"exists": False}]}, THROUGH),
        ({"$or": [{"verdict": ["FAIL"]}]}, KEPT_OUT),
        ({"$or": [{"prefix": ["FAIL"]}, {"verdict": ["FAIL"]}]}, KEPT_OUT),
        ({"verdict": [{"wildcard": "F*"}]}, CANNOT_TELL),
        ({"verdict": ["FAIL", {"wildcard": "P*"}]}, THROUGH),
        ({"verdict": [{"wildcard": "F*"}], "severity": [1]}, KEPT_OUT),
        ({"verdict": [{"cidr": "10.0.0.0/8"}]}, CANNOT_TELL),
        ({"verdict": [{"numeric": ["~", 1]}]}, CANNOT_TELL),
        ({"verdict": [{"numeric": [">"]}]}, CANNOT_TELL),
        ({"verdict": [{"prefix": 4}]}, CANNOT_TELL),
        ({"verdict": [{"anything-but": {"wildcard": "*"}}]}, CANNOT_TELL),
        ({"verdict": [{"prefix": "F", "suffix": "L"}]}, CANNOT_TELL),
        ({"verdict": "FAIL"}, CANNOT_TELL),
        ({"verdict": {"nested": ["x"]}}, CANNOT_TELL),
        ([], CANNOT_TELL),
        (None, CANNOT_TELL),
        ("FAIL", CANNOT_TELL),
    ],
    ids=lambda each: json.dumps(each),
)
def test_what_is_not_known_is_not_guessed(policy: object, passage: Passage) -> None:
    """An operator that nobody taught this module keeps nothing out and lets nothing through."""
    assert filtered(policy, SENT).passage is passage


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (
            {"verdict": ["PASS", "WARN"]},
            'its filter policy wants verdict to be ["PASS", "WARN"]; this message has "FAIL"',
        ),
        (
            {"severity": ["4"]},
            'its filter policy wants severity to be ["4"]; this message has 4',
        ),
        (
            {"environment": ["prod"]},
            'its filter policy wants environment to be ["prod"]; this message has no environment',
        ),
        (
            {"$or": [{"verdict": ["PASS"]}, {"severity": [1]}]},
            'its filter policy wants verdict to be ["PASS"]; this message has "FAIL"; or '
            "its filter policy wants severity to be [1]; this message has 4",
        ),
    ],
    ids=lambda each: json.dumps(each)[:40],
)
def test_a_message_that_is_kept_out_says_why(policy: object, why: str) -> None:
    """The name, what is wanted, and what the message has."""
    assert filtered(policy, SENT) == Filtered(KEPT_OUT, why)


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["verdict", "$or", "numeric", "anything-but", "exists", "prefix", "x"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)


@given(policy=anything)
def test_any_filter_policy_has_an_answer(policy: object) -> None:
    """It was written by somebody else, and may be anything."""
    found = filtered(policy, SENT)

    assert found.passage is THROUGH or found.why

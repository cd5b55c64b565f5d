"""The results of policy tests: for people, for machines, for CI servers."""

import json
from dataclasses import replace
from xml.etree import ElementTree

from recgate.domain.limit_coverage import coverage_of
from recgate.domain.policy_set import PolicySet
from recgate.domain.policy_test import Expected, LimitWord, PolicyTest
from recgate.domain.policy_test_run import (
    FileMistake,
    PolicyTestFile,
    PolicyTestRun,
    run_policy_tests,
)
from recgate.domain.verdict import Verdict
from recgate.rendering.test_results.document import run_document
from recgate.rendering.test_results.junit import junit_xml
from recgate.rendering.test_results.text import coverage_summary, run_lines
from tests.builders import TODAY, at_most, candidate, policy, snapshot, waiver

PROD = policy(at_most("max_cost_per_hour_usd", 2.5), name="prod")
HOSTILE = "a\x00b\x1b[31m\u202e <&>\"' ]]> \ud800 \ufffe\nsecond line"


def case(name: str, expected: Expected, *, at: int = 0, cost: float = 7.09) -> PolicyTest:
    row = candidate("ml.g5.12xlarge", cost_per_hour_usd=cost)
    return PolicyTest(name, "prod", ("tests", at), TODAY, snapshot(row), expected)


def file_of(
    *tests: PolicyTest, name: str = "policies/tests/prod.yaml", **more: object
) -> PolicyTestFile:
    mistakes = more.get("mistakes", ())
    assert isinstance(mistakes, tuple)
    return PolicyTestFile(
        name,
        "prod",
        tests,
        mistakes,
        lambda place, message: FileMistake(name, len(place), 5, ".".join(map(str, place)), message),
    )


def run(*files: PolicyTestFile) -> PolicyTestRun:
    return run_policy_tests(files, PolicySet((PROD,)))


MET = case("met", Expected(verdict=Verdict.FAIL))
UNMET = case(
    "unmet",
    Expected(verdict=Verdict.PASS, limits={"max_cost_per_hour_usd": LimitWord.PASS}),
)
MISTAKEN = case("mistaken", Expected(deciding="ml.c7g.xlarge"))


def lines(ran: PolicyTestRun, *, every: bool = False) -> list[str]:
    return [line.text for line in run_lines(ran, every=every)]


def test_a_failed_test_is_told_with_what_was_expected_what_came_and_why() -> None:
    """In the product's words for limits and verdicts."""
    assert lines(run(file_of(MET, UNMET))) == [
        "FAILED policies/tests/prod.yaml:2:5 unmet",
        "  line 4: 0.expect.verdict: expected PASS, got FAIL: prod: FAIL, the only configuration "
        "does not comply",
        "  line 5: 0.expect.limits.max_cost_per_hour_usd: expected pass, got fail: cost/hour $7.09 "
        "> limit $2.50 (+184%)",
        "    ml.g5.12xlarge × 1 (deciding): cost/hour $7.09 > limit $2.50 (+184%)",
        "2 tests in 1 file: 1 passed, 1 failed",
    ]


def test_every_test_is_listed_when_that_is_asked_for() -> None:
    """With how it came out."""
    assert lines(run(file_of(MET)), every=True) == [
        "PASSED policies/tests/prod.yaml:2:5 met",
        "1 test in 1 file: all passed",
    ]


def test_no_test_counts_as_passed_in_a_file_with_a_mistake() -> None:
    """One expectation that nothing was compared with casts doubt on the file."""
    ran = run(file_of(MET, MISTAKEN))

    assert lines(ran, every=True) == [
        "NOT COUNTED policies/tests/prod.yaml:2:5 met",
        "ERROR policies/tests/prod.yaml:2:5 mistaken",
        "policies/tests/prod.yaml:4:5: tests.0.expect.deciding: is not evaluated: no candidate is "
        "'ml.c7g.xlarge'; there are: ml.g5.12xlarge × 1",
        "2 tests in 1 file: 0 passed, 1 mistaken, 1 not counted",
        "1 file has mistakes: no test in it counts as passed.",
    ]
    assert ran.coverage is not None
    assert ran.coverage[0].tests == 0


def test_a_waived_limit_is_told_with_its_waiver() -> None:
    """Whoever expected a failure learns what allows it."""
    allowed = waiver(policy="prod", limit="max_cost_per_hour_usd", up_to=8.0)
    test = replace(case("waived", Expected(verdict=Verdict.FAIL)), waivers=(allowed,))

    assert lines(run(file_of(test)))[1:3] == [
        "  line 4: 0.expect.verdict: expected FAIL, got WAIVED: prod: WAIVED, the only "
        "configuration complies",
        "    ml.g5.12xlarge × 1 (deciding): cost/hour $7.09 > limit $2.50 (+184%), waived by "
        f"{allowed.id}",
    ]


def test_two_amounts_that_differ_never_print_alike() -> None:
    """2.504 is more than 2.50, and the line says so."""
    close = case("close", Expected(verdict=Verdict.PASS), cost=2.504)

    assert "cost/hour $2.504 > limit $2.500" in "\n".join(lines(run(file_of(close))))


def test_the_sum_of_coverage_names_what_to_run() -> None:
    """A line is enough where nobody asked for more."""
    one = run(file_of(MET)).coverage
    both = run(file_of(MET, case("cheap", Expected(verdict=Verdict.PASS), cost=1))).coverage

    assert coverage_summary(one or ()).text == (
        "Coverage: 0 of 1 limit; recgate policy test --coverage says what is missing"
    )
    assert coverage_summary(both or ()).text == (
        "Coverage: 1 of 1 limit, each with a case that passes and one that fails"
    )


def test_junit_holds_a_suite_for_each_file_and_a_case_for_each_test() -> None:
    """Read back by another parser: names, counts, places, and the words of a failure."""
    broken = file_of(
        name="broken.yaml", mistakes=(FileMistake("broken.yaml", 3, 7, "tests", "is empty"),)
    )
    root = ElementTree.fromstring(junit_xml(run(file_of(MET, UNMET), broken)))  # noqa: S314  ours

    first, second = root.findall("testsuite")
    assert root.attrib == {
        "name": "recgate policy test", "tests": "3", "failures": "1", "errors": "1", "skipped": "0"
    }  # fmt: skip
    assert [each.attrib for each in first] == [
        {"classname": "prod", "name": name, "file": first.get("name"), "line": "2", "time": "0"}
        for name in ("met", "unmet")
    ]
    failure = first[1].find("failure")
    assert failure is not None
    assert failure.get("message", "").startswith("expected PASS, got FAIL")
    assert "cost/hour $7.09 > limit $2.50" in (failure.text or "")
    assert second.findtext("testcase/error") == "broken.yaml:3:7: tests: is empty"


def test_junit_does_not_count_as_passed_what_stands_beside_a_mistake() -> None:
    """A CI server sees an error for the mistake, and no green case in that file."""
    root = ElementTree.fromstring(junit_xml(run(file_of(MET, MISTAKEN))))  # noqa: S314  ours

    children = {each.get("name"): [child.tag for child in each] for each in root.iter("testcase")}

    assert children == {
        "mistakes in the file": ["error"], "met": ["skipped"], "mistaken": ["error"]
    }  # fmt: skip


def test_junit_is_xml_whatever_stands_in_names() -> None:
    """Control characters, lone surrogates and markup reach no CI server."""
    hostile = case(HOSTILE, Expected(verdict=Verdict.PASS, chosen=HOSTILE))
    mistakes = (FileMistake(HOSTILE, 1, 1, HOSTILE, HOSTILE),)

    written = junit_xml(run(file_of(hostile, name=HOSTILE), file_of(name="x", mistakes=mistakes)))

    root = ElementTree.fromstring(written.encode())  # noqa: S314  ours
    named = root.find("testsuite/testcase[@classname='prod'][@line]")
    assert named is not None
    assert named.get("name") == "ab[31m <&>\"' ]]> second line"
    assert all(letter.isprintable() or letter == "\n" for letter in written)


def test_the_document_is_json_and_tells_everything() -> None:
    """Its first key says what it is."""
    document = run_document(run(file_of(MET, UNMET)))

    assert next(iter(document.items())) == ("schema", "recgate-policy-test/1")
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert (document["tests"], document["passed"], document["failed"]) == (2, 1, 1)
    assert document["files"] == [
        {
            "file": "policies/tests/prod.yaml",
            "policy": "prod",
            "mistakes": [],
            "tests": [
                {
                    "name": "met",
                    "line": 2,
                    "result": "passed",
                    "applies": "yes",
                    "verdict": "FAIL",
                    "unmet": [],
                    "reasons": [WHY],
                },
                {
                    "name": "unmet",
                    "line": 2,
                    "result": "failed",
                    "applies": "yes",
                    "verdict": "FAIL",
                    "unmet": [
                        {
                            "line": 4,
                            "column": 5,
                            "path": "tests.0.expect.verdict",
                            "message": "expected PASS, got FAIL: prod: FAIL, the only "
                            "configuration does not comply",
                            "expected": "PASS",
                            "got": "FAIL",
                        },
                        {
                            "line": 5,
                            "column": 5,
                            "path": "tests.0.expect.limits.max_cost_per_hour_usd",
                            "message": "expected pass, got fail: cost/hour $7.09 > limit $2.50 "
                            "(+184%)",
                            "expected": "pass",
                            "got": "fail",
                        },
                    ],
                    "reasons": [WHY],
                },
            ],
        }
    ]
    assert document["coverage"] == {
        "complete": False,
        "policies": [
            {
                "policy": "prod",
                "tests": 2,
                "complete": False,
                "limits": [
                    {
                        "limit": "max_cost_per_hour_usd",
                        "breaks_as": "fail",
                        "passes_in": None,
                        "breaks_in": "met",
                    }
                ],
                "scope": {"limited": False, "applies_in": "met", "excluded_in": None},
            }
        ],
        "missing": None,
    }


WHY = "ml.g5.12xlarge × 1 (deciding): cost/hour $7.09 > limit $2.50 (+184%)"


def test_nothing_is_said_of_coverage_where_only_some_tests_ran() -> None:
    """What was left out may be what covers a limit."""
    ran = run_policy_tests([file_of(MET, UNMET)], PolicySet((PROD,)), containing="UNM")

    assert [each.test.name for each in ran.files[0].results] == ["unmet"]
    assert ran.coverage is None
    assert run_document(ran)["coverage"] is None
    assert coverage_of([PROD], ran.files[0].results)[0].tests == 1

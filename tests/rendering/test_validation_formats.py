"""SARIF and GitHub's annotations, held to what their readers expect."""

import json

from recgate.ports import PolicyProblem
from recgate.rendering.validation.formats import github_text, sarif_text
from recgate.rendering.validation.result import Validation
from recgate.rendering.validation.text import text_lines

PROBLEM = PolicyProblem("policies/prod.yaml", 6, 3, "require.max_cost", "unknown key")
HOSTILE = PolicyProblem("a,b:c d.yaml", 1, 1, "", "50% off\n::error::injected\r\x1b[31m")


def test_sarif_places_a_mistake_in_its_file() -> None:
    """What code scanning needs of SARIF 2.1.0: version, driver, rule, uri, region."""
    log = json.loads(sarif_text(Validation(("policies/prod.yaml",), (PROBLEM,))))

    (run,) = log["runs"]
    (result,) = run["results"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["name"] == "recgate"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result == {
        "ruleId": "policy-mistake",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "require.max_cost: unknown key"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "policies/prod.yaml"},
                    "region": {"startLine": 6, "startColumn": 3},
                }
            }
        ],
    }


def test_sarif_leaves_out_a_place_that_is_not_known() -> None:
    """Line 0 is no line: a reader would refuse the whole log. A uri has no blanks."""
    log = json.loads(
        sarif_text(Validation((), (PolicyProblem("my policies", 0, 0, "", "holds no policy"),)))
    )

    (result,) = log["runs"][0]["results"]
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "my%20policies"}}}
    ]


def test_an_annotation_is_one_command_whatever_it_says() -> None:
    """No line break or comma of a file's name or a message begins a command of its own."""
    text = github_text(Validation((), (HOSTILE,)))

    assert text == (
        "::error file=a%2Cb%3Ac d.yaml,line=1,col=1,title=recgate::"
        "50%25 off%0A::error::injected%0D\x1b[31m\n"
    )


def test_more_than_github_shows_go_to_the_log() -> None:
    """None is left out, and a line of the log is no command."""
    many = tuple(
        PolicyProblem("::p.yaml", line, 1, "", "wrong ##[add-mask]x") for line in range(1, 13)
    )

    lines = github_text(Validation((), many)).splitlines()

    assert [line.startswith("::error ") for line in lines] == [True] * 10 + [False] * 2
    assert lines[-1] == ": :p.yaml:12:1: wrong # #[add-mask]x"


def test_a_terminal_is_not_commanded() -> None:
    """No escape sequence of a file's name or a message reaches it."""
    lines = list(text_lines(Validation(("a",), (HOSTILE,))))

    assert lines[0] == "a,b:c d.yaml:1:1: 50% off ::error::injected [31m"
    assert lines[1] == "1 file, 1 mistake in 1 file"

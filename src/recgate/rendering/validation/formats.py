"""For machines: JSON, SARIF, and the annotations of GitHub Actions."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import quote

from recgate import __version__
from recgate.domain.canonical import Json
from recgate.ports import PolicyProblem
from recgate.rendering.validation.result import Validation, placed, told

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RULE = "policy-mistake"
_MOST_ANNOTATIONS = 10
"""Of one kind, GitHub shows ten a step; the rest is in the log.
(docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands)
"""


def json_text(validation: Validation) -> str:
    """Every mistake with its place; line and column count from 1, 0 for no place."""
    return _text(
        {
            "schema": "recgate-validation/1",
            "valid": not validation.problems,
            "files": list(validation.files),
            "mistakes": [
                {
                    "file": problem.file,
                    "line": problem.line,
                    "column": problem.column,
                    "path": problem.path,
                    "message": problem.message,
                }
                for problem in validation.problems
            ],
        }
    )


def sarif_text(validation: Validation) -> str:
    """A SARIF 2.1.0 log (OASIS), as code scanning takes it."""
    rule: Json = {
        "id": _RULE,
        "name": "PolicyMistake",
        "shortDescription": {"text": "A mistake in a policy file"},
        "fullDescription": {
            "text": "The folder of policies is refused whole while it holds a mistake; a waiver "
            "with a mistake counts as absent."
        },
        "defaultConfiguration": {"level": "error"},
    }
    driver: Json = {"name": "recgate", "semanticVersion": __version__, "rules": [rule]}
    return _text(
        {
            "$schema": _SARIF_SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": driver},
                    "columnKind": "unicodeCodePoints",
                    "results": [_sarif_result(problem) for problem in validation.problems],
                }
            ],
        }
    )


def github_text(validation: Validation) -> str:
    """Workflow commands: each mistake as an annotation at its line.

    The first ten are annotations, which is all that GitHub shows; the others are lines of the log.
    """
    lines = [_annotation(problem) for problem in validation.problems[:_MOST_ANNOTATIONS]]
    for problem in validation.problems[_MOST_ANNOTATIONS:]:
        lines.append(_one_line(f"{placed(problem)}: {told(problem)}"))
    return "".join(f"{line}\n" for line in lines)


FORMATS: Mapping[str, Callable[[Validation], str]] = {
    "json": json_text,
    "sarif": sarif_text,
    "github": github_text,
}


def _sarif_result(problem: PolicyProblem) -> Json:
    place: dict[str, Json] = {
        "artifactLocation": {"uri": quote(problem.file, safe="/", errors="surrogateescape")}
    }
    if problem.line:
        place["region"] = {"startLine": problem.line, "startColumn": problem.column}
    return {
        "ruleId": _RULE,
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": told(problem)},
        "locations": [{"physicalLocation": place}],
    }


def _annotation(problem: PolicyProblem) -> str:
    """`::error file=…,line=…,col=…::message`, escaped as the runner's own toolkit does it."""
    place = f",line={problem.line},col={problem.column}" if problem.line else ""
    file = _data(problem.file).replace(":", "%3A").replace(",", "%2C")
    return f"::error file={file}{place},title=recgate::{_data(told(problem))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _one_line(text: str) -> str:
    """A line of the log that is no command of its own.

    The runner looks for ``::`` behind any blanks, and for ``##[`` anywhere in a line
    (actions/runner, ActionCommand.cs).
    """
    flat = " ".join(text.split()).replace("##[", "# #[")
    return flat.replace("::", ": :", 1) if flat.startswith("::") else flat


def _text(document: Json) -> str:
    return f"{json.dumps(document, indent=2, ensure_ascii=False)}\n"

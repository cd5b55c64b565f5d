"""The results of policy tests as one JSON document, ``recgate-policy-test/1``."""

from collections.abc import Sequence

from recgate.domain.canonical import Json
from recgate.domain.limit_coverage import MissingCase, PolicyCoverage
from recgate.domain.policy_test_result import CaseResult
from recgate.domain.policy_test_run import (
    CaseStatus,
    FileMistake,
    PolicyTestFile,
    PolicyTestRun,
    RunFile,
)
from recgate.rendering.test_results.words import reasons, unmet_words

SCHEMA = "recgate-policy-test/1"


def run_document(
    run: PolicyTestRun, missing: Sequence[MissingCase] | None = None
) -> dict[str, Json]:
    """All that the run found; ``coverage`` is null where only some tests were run.

    ``missing`` are the cases that coverage lacks, where that was asked for.
    """
    return {
        "schema": SCHEMA,
        "tests": run.tests,
        "passed": run.count(CaseStatus.PASSED),
        "failed": run.count(CaseStatus.FAILED),
        "errors": run.count(CaseStatus.ERROR),
        "not_counted": run.count(CaseStatus.NOT_COUNTED),
        "mistakes": len(run.mistakes),
        "files": [_file(file) for file in run.files],
        "coverage": None
        if run.coverage is None
        else {
            "complete": run.is_covered,
            "policies": [_policy(covered) for covered in run.coverage],
            "missing": None if missing is None else [_missing(each) for each in missing],
        },
    }


def _file(file: RunFile) -> dict[str, Json]:
    return {
        "file": file.file.file,
        "policy": file.file.policy,
        "mistakes": [_mistake(mistake) for mistake in file.mistakes],
        "tests": [_test(file, result) for result in file.results],
    }


def _mistake(mistake: FileMistake) -> dict[str, Json]:
    return {
        "line": mistake.line,
        "column": mistake.column,
        "path": mistake.path,
        "message": mistake.message,
    }


def _test(file: RunFile, result: CaseResult) -> dict[str, Json]:
    return {
        "name": result.test.name,
        "line": file.file.at(result.test.place, "").line,
        "result": file.status(result).value,
        "applies": result.applies.value,
        "verdict": None if result.verdict is None else result.verdict.value,
        "unmet": [_unmet(file.file, result, at) for at in range(len(result.unmet))],
        "reasons": list(reasons(result)),
    }


def _unmet(file: PolicyTestFile, result: CaseResult, at: int) -> dict[str, Json]:
    unmet = result.unmet[at]
    told = file.at(unmet.place, unmet_words(unmet, result))
    return {**_mistake(told), "expected": unmet.expected, "got": unmet.got}


def _policy(covered: PolicyCoverage) -> dict[str, Json]:
    return {
        "policy": covered.policy.name,
        "tests": covered.tests,
        "complete": covered.is_complete,
        "limits": [
            {
                "limit": limit.limit.name,
                "breaks_as": limit.breaks_as.name.lower(),
                "passes_in": limit.passes_in,
                "breaks_in": limit.breaks_in,
            }
            for limit in covered.limits
        ],
        "scope": {
            "limited": covered.has_scope,
            "applies_in": covered.applies_in,
            "excluded_in": covered.excluded_in,
        },
    }


def _missing(missing: MissingCase) -> dict[str, Json]:
    return {
        "policy": missing.policy,
        "limit": missing.limit,
        "outcome": missing.outcome.name.lower(),
        "case": missing.case,
    }

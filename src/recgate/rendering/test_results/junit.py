"""The results of policy tests as JUnit XML, which CI servers show.

The form has no standard of its own; this is what Jenkins, GitLab and GitHub's reporters read:
https://github.com/testmoapp/junitxml
"""

from xml.etree import ElementTree

from recgate.domain.policy_test_result import CaseResult
from recgate.domain.policy_test_run import CaseStatus, PolicyTestRun, RunFile
from recgate.rendering.safe_text import clean, clean_lines
from recgate.rendering.test_results.words import reasons, unmet_words

_NAME = 400
_TEXT = 20_000
_SEVERAL = "mistakes in the file"


def junit_xml(run: PolicyTestRun) -> str:
    """One suite for each file, one case for each test; the mistakes of a file are an error."""
    root = ElementTree.Element("testsuites", {"name": "recgate policy test"})
    suites = [_suite(file) for file in run.files]
    root.extend(suites)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    ElementTree.indent(root)
    written = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'


def _suite(file: RunFile) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", {"name": clean(file.file.file, _NAME)})
    cases = [_case(file, result) for result in file.results]
    if file.mistakes:
        cases.insert(0, _broken(file))
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    for count, child in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(child) is not None for case in cases)))
    return suite


def _case(file: RunFile, result: CaseResult) -> ElementTree.Element:
    test = result.test
    where = file.file.at(test.place, "")
    case = ElementTree.Element(
        "testcase",
        {
            "classname": clean(test.policy, _NAME),
            "name": clean(test.name, _NAME),
            "file": clean(file.file.file, _NAME),
            "line": str(where.line),
            "time": "0",
        },
    )
    match file.status(result):
        case CaseStatus.FAILED:
            words = [
                f"{file.file.at(unmet.place, unmet_words(unmet, result))}" for unmet in result.unmet
            ]
            first = unmet_words(result.unmet[0], result)
            _told(case, "failure", first, [*words, *reasons(result)])
        case CaseStatus.ERROR:
            lines = [str(file.file.at(each.place, each.reason)) for each in result.unevaluated]
            _told(case, "error", lines[0], lines)
        case CaseStatus.NOT_COUNTED:
            ElementTree.SubElement(case, "skipped", {"message": f"not counted: {_SEVERAL}"})
        case CaseStatus.PASSED:
            pass
    return case


def _broken(file: RunFile) -> ElementTree.Element:
    name = clean(file.file.file, _NAME)
    case = ElementTree.Element(
        "testcase",
        {"classname": clean(file.file.policy, _NAME) or name, "name": _SEVERAL, "file": name},
    )
    case.set("time", "0")
    lines = [str(mistake) for mistake in file.mistakes]
    _told(case, "error", lines[0], lines)
    return case


def _told(case: ElementTree.Element, kind: str, message: str, lines: list[str]) -> None:
    told = ElementTree.SubElement(case, kind, {"message": clean(message, _NAME), "type": kind})
    told.text = clean_lines("\n".join(lines), _TEXT)

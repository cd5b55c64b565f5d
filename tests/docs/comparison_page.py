"""Makes docs/comparison.md: what recgate and Cloud Custodian print for comparable mistakes.

    .venv/bin/python -m tests.docs.comparison_page      (needs `make bench` once, for Custodian)

What Custodian printed is kept in custodian_validate.json beside this file, so that the page can be
checked without it; with `.venv-bench` there a test runs it again.
"""

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.cli.runner import ROOT
from tests.docs.console import environment

PAGE = ROOT / "docs" / "comparison.md"
KEPT = Path(__file__).parent / "custodian_validate.json"
CUSTODIAN = ROOT / ".venv-bench" / "bin" / "custodian"
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}: ", re.MULTILINE)
_KEPT_LINES = 9
"""Lines of a long answer that the page shows; how many more there were is said."""


@dataclass(frozen=True, slots=True)
class Case:
    """One mistake, written in both languages. ``found`` says what each makes of it."""

    title: str
    ours: str
    theirs: str
    told: str


def _ours(require: str, more: str = "") -> str:
    return f"version: 1\npolicy: prod\n{more}require:\n{require}"


def _theirs(*filters: str, more: str = "") -> str:
    rows = "".join(f"      - {each}\n" for each in filters)
    return (
        "policies:\n  - name: prod\n    resource: aws.sagemaker-endpoint-config\n"
        f"{more}    filters:\n{rows}"
    )


COST = "{type: value, key: CostPerHour, value: 2.5, op: le}"

CASES = (
    Case(
        "A misspelt key",
        _ours("  max_cost_per_hour: 2.50\n"),
        _theirs("{type: value, key: CostPerHour, value: 2.5, opp: le}"),
        "Both refuse it. recgate gives the line and the key that was meant.",
    ),
    Case(
        "A misspelt word of a choice",
        _ours("  max_cost_per_hour_usd: 2.50\n", "mode: observed\n"),
        _theirs("{type: value, key: CostPerHour, value: 2.5, op: lessthan}"),
        "Both refuse it and list the choices.",
    ),
    Case(
        "A misspelt name of the figure itself",
        _ours("  max_cost_per_hour_us: 2.50\n"),
        _theirs("{type: value, key: CostPerHuor, value: 2.5, op: le}"),
        "Custodian takes any key: the filter then compares with nothing, and `op: le` on nothing "
        "is false. recgate's limits are a closed list.",
    ),
    Case(
        "Text where a number belongs",
        _ours('  max_cost_per_hour_usd: "2.50 USD"\n'),
        _theirs('{type: value, key: CostPerHour, value: "2.50 USD", op: le}'),
        "Custodian takes any value.",
    ),
    Case(
        "A limit that is not a number",
        _ours("  max_cost_per_hour_usd: .nan\n"),
        _theirs("{type: value, key: CostPerHour, value: .nan, op: le}"),
        "NaN compares false with everything.",
    ),
    Case(
        "The same key twice",
        _ours("  max_cost_per_hour_usd: 2.50\n  max_cost_per_hour_usd: 25.0\n"),
        _theirs(COST) + "    filters: []\n",
        "Both refuse it; Custodian with a traceback.",
    ),
    Case(
        "A bracket that is not closed",
        _ours("  instance_families: {allow: [c7g, m7g}\n"),
        _theirs("{type: value, key: CostPerHour, value: 2.5, op: le"),
        "Both refuse it; recgate at the place where the bracket was opened.",
    ),
    Case(
        "Several mistakes in one file",
        _ours("  max_cost: 2.50\n  max_latency_p99_ms: fast\n", "mode: off\n"),
        _theirs(
            "{type: value, key: CostPerHour, value: 2.5, opp: le}",
            "{type: value, kee: ModelLatency, value: 120, op: le}",
            more="    mood: off\n",
        ),
        "recgate tells all of them at once, Custodian one of them.",
    ),
    Case(
        "Two policies of one name",
        _ours("  max_cost_per_hour_usd: 2.50\n"),
        _theirs(COST) + _theirs(COST).removeprefix("policies:\n"),
        "For recgate a policy is a file of its name, so the second one is a second file.",
    ),
    Case(
        "A warning that would never warn",
        _ours("  max_cost_per_hour_usd: {warn: 3.00, fail: 2.50}\n"),
        _theirs(
            "{type: value, key: CostPerHour, value: 3.0, op: gt}",
            "{type: value, key: CostPerHour, value: 2.5, op: le}",
        ),
        "Custodian has no warnings; two filters that no resource can meet are the nearest thing.",
    ),
    Case(
        "A route that is not there",
        _ours("  max_cost_per_hour_usd: 2.50\n", "notify: [slack-ml]\n"),
        _theirs(COST) + "    actions:\n"
        "      - {type: notify, to: [slack-ml], transport: {type: sqs, queue: q}}\n",
        "recgate knows its routes; Custodian's mailer is a deployment of its own.",
    ),
)


def recgate_printed(case: Case) -> str:
    """What `recgate policy validate` prints, with its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        policies = Path(folder) / "policies"
        policies.mkdir()
        (policies / "prod.yaml").write_text(case.ours)
        if case.title.startswith("Two policies"):
            (policies / "prod-2.yaml").write_text(case.ours)
        done = subprocess.run(
            ["recgate", "policy", "validate"],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    return f"{done.stdout}{done.stderr}(exit code {done.returncode})\n"


def custodian_printed(case: Case) -> str:
    """What `custodian validate` prints, with its exit code; without times and paths."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "prod.yml").write_text(case.theirs)
        done = subprocess.run(
            [str(CUSTODIAN), "validate", "prod.yml"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": folder, "AWS_DEFAULT_REGION": "eu-west-1"},
            capture_output=True,
            text=True,
            check=False,
        )
    said = _STAMP.sub("", f"{done.stdout}{done.stderr}")
    return f"{_without_paths(said)}(exit code {done.returncode})\n"


def custodian_version() -> str:
    """As it says itself."""
    done = subprocess.run([str(CUSTODIAN), "version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _without_paths(said: str) -> str:
    """A traceback shortened to its first line and what was raised: the rest names this machine."""
    lines = said.splitlines()
    if "Traceback (most recent call last):" not in lines:
        return "".join(f"{line.rstrip()}\n" for line in lines)
    start = lines.index("Traceback (most recent call last):")
    end = next(
        place
        for place in range(start + 1, len(lines))
        if lines[place] and not lines[place].startswith(" ")
    )
    kept = [*lines[: start + 1], f"  … {end - start - 1} lines …", *lines[end:]]
    return "".join(f"{line.rstrip()}\n" for line in kept)


def page(custodian: dict[str, str], version: str) -> str:
    """The whole page."""
    parts = [_HEAD.format(version=version)]
    for case in CASES:
        theirs = custodian[case.title]
        parts.append(
            f"### {case.title}\n\n{case.told}\n\n"
            f"```yaml\n{case.ours}```\n\n```text\n{recgate_printed(case)}```\n\n"
            f"Custodian:\n\n```yaml\n{case.theirs}```\n\n```text\n{_shortened(theirs)}```\n"
        )
    return "\n".join(parts)


def _shortened(said: str) -> str:
    lines = said.splitlines()
    if len(lines) <= _KEPT_LINES + 2:
        return said
    kept = [*lines[: _KEPT_LINES - 1], f"… {len(lines) - _KEPT_LINES} more lines …", lines[-1]]
    return "".join(f"{line}\n" for line in kept)


_HEAD = """\
# Beside Cloud Custodian

Cloud Custodian is the best known policy engine for AWS in Python. Its users have asked for the
line of a mistake ([#3777](https://github.com/cloud-custodian/cloud-custodian/issues/3777)) and told
of hours lost to a key that was nearly right
([#9153](https://github.com/cloud-custodian/cloud-custodian/issues/9153)). Here is what
`recgate policy validate` and `custodian validate` ({version}) print for comparable mistakes. The
languages differ: the nearest thing to a limit of recgate is a `value` filter. Custodian does many
things that recgate does not do; this page is about one of them.

This page is generated from runs of both (`tests/docs/comparison_page.py`), without the times in
Custodian's log; of a traceback only its beginning and its end stand here, of a long answer the
first lines.

| | recgate | Custodian |
|---|---|---|
| file, line and column of a mistake | always | of YAML errors only, in a traceback |
| the key that was meant | yes | no |
| every mistake at once | yes | the first of each policy |
| keys and values that cannot be meant | refused: limits are a closed list | taken |
| output for tools | JSON, SARIF, GitHub annotations | log lines |
| tests of policies as data | [`recgate policy test`](policy-tests.md) | no; in Python |
| time for 100 files | [performance.md](performance.md) has both | |
"""


def main() -> None:
    """Run both and write the page."""
    version = custodian_version()
    printed = {case.title: custodian_printed(case) for case in CASES}
    kept = json.dumps({"version": version, "printed": printed}, indent=1, ensure_ascii=False)
    KEPT.write_text(f"{kept}\n", "utf-8")
    PAGE.write_text(page(printed, version), "utf-8")


if __name__ == "__main__":
    main()

"""A desk with a ledger of decisions, and what an auditor asks of it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import JOBS, POLICIES, Answer, recgate

LEDGER = "ledger.db"
NASTY = "=cmd|'/c calc'!A1\x1b[31m\r\n\u202egnp\u200b;@x\x9b2J"
"""A formula, an escape, a line break, a right-to-left mark, a C1 control."""


def at_a_desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in that folder, with its ledger and without a setting of the machine's own."""
    for name in [each for each in os.environ if each.startswith(("AWS_", "RECGATE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RECGATE_POLICIES", str(POLICIES))
    monkeypatch.setenv("RECGATE_LEDGER", LEDGER)
    monkeypatch.chdir(folder)
    return folder


def record(*jobs: str | Path, policies: Path = POLICIES) -> None:
    """Judge recorded jobs and record the decisions; a bare name is one of the examples."""
    for job in jobs:
        file = JOBS / f"{job}.json" if isinstance(job, str) else job
        answer = recgate(
            "check", "--file", file, "--record", "--ledger", LEDGER, "--policies", policies
        )
        assert "Traceback" not in answer.err
        assert answer.out, answer.err


def nasty_job(folder: Path) -> Path:
    """A job whose names would like to be obeyed."""
    file = folder / "nasty.json"
    file.write_text(
        json.dumps(
            {
                "JobName": f"job {NASTY}",
                "Status": "COMPLETED",
                "InputConfig": {"ModelName": f"{NASTY}"},
                "InferenceRecommendations": [
                    {
                        "RecommendationId": NASTY,
                        "Metrics": {"CostPerHour": 0.5, "ModelLatency": 10, "MaxInvocations": 900},
                        "EndpointConfiguration": {
                            "InstanceType": "ml.c7g.large",
                            "InitialInstanceCount": 1,
                        },
                        "ModelConfiguration": {
                            "EnvironmentParameters": [
                                {"Key": "=A", "ValueType": "str", "Value": NASTY}
                            ]
                        },
                    }
                ],
            }
        ),
        "utf-8",
    )
    (folder / "policies").mkdir()
    (folder / "policies" / "any.yaml").write_text(
        "version: 1\npolicy: any\napplies_to: {}\nrequire:\n  max_cost_per_hour_usd: 1\n", "utf-8"
    )
    return file


def audit(*arguments: str | Path) -> Answer:
    """`recgate audit ARGUMENTS`, which never ends in a traceback."""
    answer = recgate("audit", *arguments)
    assert "Traceback" not in answer.err
    assert "a fault of recgate" not in answer.err
    return answer


def document(*arguments: str | Path, code: int = 0) -> Any:
    """The JSON that a command prints, alone on standard output."""
    answer = audit(*arguments, "--output", "json")
    assert (answer.code, answer.err) == (code, "")
    return json.loads(answer.out)


def assert_harmless(text: str) -> None:
    """No character that a terminal obeys or nobody sees."""
    assert [each for each in text if not each.isprintable() and each != "\n"] == []

"""What names a decision on the command line: a recorded one, or a job in a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from recgate.adapters.aws_clients import Aws
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.cli.decision_of import decision_of, decision_options, job_arns
from recgate.cli.deployment import Deployment
from recgate.cli.read_ledger import NoLedgerThere
from recgate.dialect.decision_reader import DecisionUnreadable
from recgate.domain.decision import Decision
from recgate.domain.place import Place
from recgate.flows.recorded_decisions import DecisionNotFound
from recgate.ports import Entry, PoliciesInvalid, RecgateError
from recgate.rendering.headline import headline
from recgate.settings import settings_from
from tests.builders import NOW
from tests.cli.runner import JOBS, POLICIES, recgate

FRAUD = JOBS / "fraud-ranker-v14.json"
Ask = Callable[..., Decision]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """What a command is given for these arguments; its mistakes are raised."""
    for name in ("RECGATE_LEDGER", "RECGATE_POLICIES"):
        monkeypatch.delenv(name, raising=False)

    def asked(*arguments: str | Path) -> Decision:
        given: list[Decision] = []

        @click.command()
        @decision_options
        def command(**options: Any) -> None:
            given.append(decision_of(**options))

        words = [str(each) for each in arguments]
        answer = CliRunner().invoke(command, words, standalone_mode=False)
        if answer.exception is not None:
            raise answer.exception
        return given[0]

    return asked


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A file in which a desk has recorded two decisions."""
    path = tmp_path / "ledger.db"
    for job in ("fraud-ranker-v14", "support-summarizer-v3"):
        file = JOBS / f"{job}.json"
        done = recgate(
            "check", "--file", file, "--policies", POLICIES, "--record", "--ledger", path
        )
        assert done.code in (0, 1), done.err
    return path


def test_a_job_in_a_file_is_judged_and_recorded_nowhere(ask: Ask, tmp_path: Path) -> None:
    """As `recgate check --file` does."""
    printed = recgate("check", "--file", FRAUD, "--policies", POLICIES, "--output", "json")

    made = ask("--file", FRAUD, "--policies", POLICIES)

    assert made.key == json.loads(printed.out)["key"]
    assert headline(made).startswith("PASS fraud-ranker v14: ")


def test_tags_and_companions_of_a_file_count(ask: Ask) -> None:
    """Here they choose the policy."""
    made = ask("--file", FRAUD, "--policies", POLICIES, "--tag", "env=nobodys")

    assert made.snapshot.tags == {"env": "nobodys"}


def test_a_recorded_decision_is_told_as_it_was_without_the_policies(
    ask: Ask, ledger: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By its key, its job's ARN or its name; from a folder that has no policies."""
    made = ask("--file", FRAUD, "--policies", POLICIES)
    monkeypatch.chdir(tmp_path)

    for named in (made.key, made.key[:12], str(made.snapshot.job_arn), "fraud-ranker-v14"):
        again = ask(named, "--ledger", ledger)

        assert headline(again) == headline(made)
        assert again.key == made.key


def test_the_ledger_of_the_environment_is_the_default(
    ask: Ask, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for `recgate check --record`."""
    monkeypatch.setenv("RECGATE_LEDGER", f"sqlite:{ledger}")

    assert ask("support-summarizer-v3").verdict.value == "FAIL"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "a recorded DECISION (its key, at least 12 digits of it; or its job's ARN or name"),
        (("abc", "--file", "f.json"), "or a recorded job with --file, and not both"),
        (("abc", "--tag", "env=prod"), "--extra and --tag go with --file"),
        (("abc", "--extra", "f.json"), "--extra and --tag go with --file"),
        (("--file", "f.json", "--ledger", "l.db"), "are about a DECISION, not a --file"),
        (("--file", "f.json", "--stack", "s"), "are about a DECISION, not a --file"),
        (("abc",), "--ledger FILE, --stack NAME or RECGATE_LEDGER"),
        (("--file", "f.json", "--tag", "env"), "KEY=VALUE is needed"),
    ],
)
def test_what_does_not_name_one_decision_is_a_mistake_of_usage(
    ask: Ask, arguments: tuple[str, ...], told: str
) -> None:
    """Both ways are named."""
    with pytest.raises(click.UsageError) as mistake:
        ask(*arguments)

    assert told in mistake.value.message


def test_a_ledger_that_is_not_there_is_not_made(ask: Ask, tmp_path: Path) -> None:
    """SQLite would: a typo must not look like an empty ledger."""
    path = tmp_path / "legder.db"

    with pytest.raises(NoLedgerThere, match=r"There is no ledger .*legder\.db: name the file"):
        ask("fraud-ranker-v14", "--ledger", path)

    assert not path.exists()


def test_a_decision_that_is_not_there_is_said(ask: Ask, ledger: Path) -> None:
    """With the ledger's name."""
    with pytest.raises(DecisionNotFound, match="no decision of a job named nobody in the ledger"):
        ask("nobody", "--ledger", ledger)


def test_mistakes_of_a_file_and_of_policies_are_told_as_ever(ask: Ask, tmp_path: Path) -> None:
    """Nothing is decided then."""
    running = tmp_path / "running.json"
    running.write_text('{"JobName": "j", "Status": "IN_PROGRESS"}')
    (tmp_path / "bad.yaml").write_text("policy: [\n")

    with pytest.raises(RecgateError, match="Job j is IN_PROGRESS: it has not ended"):
        ask("--file", running, "--policies", POLICIES)
    with pytest.raises(PoliciesInvalid):
        ask("--file", FRAUD, "--policies", tmp_path)


def test_a_record_of_tomorrow_is_refused(ask: Ask, ledger: Path) -> None:
    """By whoever opens the ledger with an older recgate."""
    made = ask("fraud-ranker-v14", "--ledger", ledger)
    stream = f"job:{made.snapshot.job_arn}"
    with SqliteLedger(ledger) as opened:
        entries = opened.read(stream)
        body = {**entries[-1].body, "schema": 2}
        opened.append(stream, len(entries), Entry("decision", "ab" * 32, NOW, body))

    with pytest.raises(DecisionUnreadable, match="has schema 2 and this recgate reads 1"):
        ask("ab" * 32, "--ledger", ledger)


@pytest.mark.parametrize(
    ("home", "region", "partition"),
    [("eu-west-1", "us-east-1", "aws"), ("cn-north-1", "cn-northwest-1", "aws-cn")],
)
def test_a_jobs_name_means_a_job_of_any_place_that_the_stack_serves(
    home: str, region: str, partition: str
) -> None:
    """Home first; what is no job's name has no ARN."""
    settings = settings_from(
        {
            "RECGATE_ACCOUNT": "111122223333",
            "RECGATE_REGIONS": region,
            "RECGATE_MEMBERS": "444455556666",
        }
    )
    deployed = Deployment("recgate", Place("111122223333", home), settings)
    aws = Aws(region=home)

    arns = job_arns("ranker", deployed, aws)
    none = job_arns("not/a/job", deployed, aws)
    aws.close()

    assert none == ()
    assert list(arns) == [
        f"arn:{partition}:sagemaker:{place}:{account}:inference-recommendations-job/ranker"
        for account in ("111122223333", "444455556666")
        for place in (home, region)
    ]

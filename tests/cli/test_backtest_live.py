"""`recgate backtest` against a SageMaker and a DynamoDB, played on this machine."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from recgate.flows import backtest_account
from tests.cli.runner import JOBS, POLICIES, recgate
from tests.servers.aws import create_ledger_table, local_aws
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker

NAMES = ("fraud-ranker-v14", "support-summarizer-v3")


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSageMaker]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr(backtest_account, "BETWEEN_JOBS_S", 0.0)
    with local_sagemaker() as server:
        for name in NAMES:
            job = json.loads((JOBS / f"{name}.json").read_text("utf-8"))
            server.put_job(job, tags={"env": "prod"}, checked=False)
        yield server


def test_the_jobs_of_an_account_are_judged_now(sagemaker: LocalSageMaker) -> None:
    """Listed, gathered and judged as `recgate check` does it, and compared with a folder."""
    answer = recgate(
        *("backtest", "--account", "--since", "2020-01-01", "--policies", POLICIES),
        *("--against", POLICIES, "--region", "eu-west-1", "--output", "json"),
        *("--endpoint-url", sagemaker.endpoint_url),
    )

    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["judged"] == len(NAMES)
    assert sagemaker.count("ListTags") == len(NAMES)


def test_too_many_jobs_are_refused_before_any_is_described(sagemaker: LocalSageMaker) -> None:
    """The account's own work comes first."""
    answer = recgate(
        *("backtest", "--account", "--since", "2020-01-01", "--policies", POLICIES),
        *("--at-most", "1", "--region", "eu-west-1", "--endpoint-url", sagemaker.endpoint_url),
    )

    assert answer.code == 2
    assert "More than 1 jobs were modified since 2020-01-01" in answer.err
    assert sagemaker.count("DescribeInferenceRecommendationsJob") == 0


def test_a_table_is_read_day_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """How far back has to be said, and what was decided then is found."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with local_aws() as aws:
        create_ledger_table(aws.client("dynamodb"), "decisions")
        place = (
            *("--ledger", "dynamodb:decisions", "--endpoint-url", aws.endpoint_url),
            *("--region", "eu-west-1"),
        )
        job = JOBS / f"{NAMES[0]}.json"
        recgate("check", "--file", job, "--policies", POLICIES, "--record", *place)
        asked = ("backtest", "--policies", POLICIES, *place)

        refused = recgate(*asked)
        since = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        answer = recgate(*asked, "--since", since)

    assert refused.code == 2
    assert "say with --since how far back" in refused.err
    assert answer.code == 0, answer.err
    assert answer.out.startswith("No answer changes (1 job judged again)\n")

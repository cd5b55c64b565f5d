"""`recgate audit list` and `export`, asked for a job of a stack by its name."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.ports import Entry, job_stream
from tests.adapters.test_deployed_stack import stack_template
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.cli.audit_desk import at_a_desk, audit, document
from tests.domain.test_recorded_decision import record_of
from tests.servers.aws import REGION, LocalAws, create_ledger_table, local_aws

ACCOUNT = "111122223333"
NAME = "ranker-1"
LONG_AGO = NOW - timedelta(days=900)
"""The ledger is asked for no more than 400 days one by one, and for 30 unless it is said."""


def arn_in(region: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:sagemaker:{region}:{account}:inference-recommendations-job/{NAME}"


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """A stack that serves two regions, and its ledger."""
    with local_aws() as running:
        running.reset()
        create_ledger_table(running.client("dynamodb"), "ledger")
        settings = {
            "RECGATE_LEDGER": "dynamodb:ledger",
            "RECGATE_ACCOUNT": ACCOUNT,
            "RECGATE_REGIONS": "us-east-1",
        }
        running.client("cloudformation").create_stack(
            StackName="recgate",
            TemplateBody=stack_template(settings),
            Capabilities=["CAPABILITY_IAM"],
        )
        ledger = DynamoDbLedger(running.client("dynamodb"), "ledger")
        for place, days in (
            (arn_in(REGION), 0),
            (arn_in("us-east-1"), 1),
            (arn_in("sa-east-1"), 2),
        ):
            body = record_of(
                decision(snapshot(candidate()), policy(at_most("max_model_latency_ms", 1)))
            )
            job = {"name": NAME, "arn": place, "status": "COMPLETED"}
            at = LONG_AGO + timedelta(days=days)
            ledger.append(
                job_stream(place), 0, Entry("decision", f"{days}" * 64, at, {**body, "job": job})
            )
        yield running


@pytest.fixture(autouse=True)
def desk(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, from which the stack can be reached."""
    at_a_desk(tmp_path, monkeypatch)
    for name, value in {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def test_a_jobs_name_is_found_in_each_place_of_the_stack_however_long_ago() -> None:
    """By its possible ARNs: no day is asked for, and a region that is not served is none of it."""
    found = document("list", "--stack", "recgate", "--job", NAME)

    assert found["looked"]["by"] == "job"
    assert [each["job"]["arn"] for each in found["decisions"]] == [
        arn_in("us-east-1"),
        arn_in(REGION),
    ]


def test_an_export_finds_the_same(desk: Path) -> None:
    """And says how it looked."""
    answer = audit(
        "export", "--stack", "recgate", "--job", NAME, "--output", "json", "--out", "x.json"
    )

    assert (answer.code, answer.err) == (0, "2 decisions of all times written to x.json\n")
    assert len(json.loads((desk / "x.json").read_text("utf-8"))["decisions"]) == 2


def test_a_time_that_is_too_long_for_days_is_not_for_a_job_that_is_known() -> None:
    """For the name of one that is not, it is."""
    since = f"{LONG_AGO - timedelta(days=1):%Y-%m-%d}"

    known = audit("list", "--stack", "recgate", "--job", NAME, "--since", since)
    unknown = audit("list", "--stack", "recgate", "--job", "nobody", "--since", since)

    assert (known.code, known.err) == (0, "")
    assert (unknown.code, "at most 400" in unknown.err) == (2, True)


def test_without_the_stack_the_name_says_no_place() -> None:
    """Then the last 30 days are looked through, as the answer says."""
    found = document("list", "--ledger", "dynamodb:ledger", "--job", NAME)

    assert (found["looked"]["by"], found["decisions"]) == ("day", [])

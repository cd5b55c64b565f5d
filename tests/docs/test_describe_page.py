"""What docs/describe.md shows is what `recgate describe` prints, against a local SageMaker."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from recgate.cli.describe.job import job_command
from tests.cli.describe.local_jobs import at_a_desk, desk
from tests.cli.runner import JOBS, ROOT
from tests.docs.console import environment, fresh_folder, is_fresh
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker

PAGE = ROOT / "docs" / "describe.md"


@pytest.fixture
def sagemaker() -> Iterator[LocalSageMaker]:
    """With the sample jobs, and what lies beside them in their places."""
    with local_sagemaker() as server:
        for path in sorted(JOBS.glob("*.extra.json")):
            put(server, path.name.removesuffix(".extra.json"))
        yield server


def put(server: LocalSageMaker, name: str) -> None:
    job = json.loads((JOBS / f"{name}.json").read_text("utf-8"))
    extra = json.loads((JOBS / f"{name}.extra.json").read_text("utf-8"))
    tags = {tag["Key"]: tag["Value"] for tag in extra.get("Tags", ())}
    server.put_job(job, tags=tags, steps=extra.get("Steps", ()), checked=False)
    rows = {row.get("RecommendationId"): row for row in job.get("InferenceRecommendations", ())}
    for measured in extra.get("MeasuredLatency", ()):
        row = rows[measured["RecommendationId"]]
        if "InvocationStartTime" in row:
            at = float(row["InvocationStartTime"]) + 60
            endpoint = row["EndpointConfiguration"]["EndpointName"]
            latencies = [(at, measured["P99Milliseconds"])] * measured["SampleCount"]
            server.put_latencies(endpoint, name, latencies[:500])


@pytest.mark.slow
def test_the_page_shows_what_a_new_user_sees(
    sagemaker: LocalSageMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a fresh folder, command after command; RECGATE_UPDATE_GOLDEN=1 writes the page anew."""
    (tmp_path / "aws").mkdir()
    at_a_desk(monkeypatch, tmp_path / "aws")
    told = {"AWS_ENDPOINT_URL": sagemaker.endpoint_url, "TZ": "UTC"}
    (tmp_path / "desk").mkdir()
    folder = fresh_folder(tmp_path / "desk")

    shown, printed = is_fresh(PAGE, folder, environment(**desk(tmp_path / "aws"), **told))

    assert shown == printed


def test_the_table_names_every_option() -> None:
    """And none that is not there."""
    section = PAGE.read_text("utf-8").split("## Every option")[1].split("\n\n", 2)[1]
    cells = [line.split("|")[1] for line in section.splitlines()]

    named = set(re.findall(r"`(--[a-z-]+)`", " ".join(cells)))

    options = {
        option
        for each in job_command.params
        if isinstance(each, click.Option)
        for option in each.opts
    }
    assert named == options

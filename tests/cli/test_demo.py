"""`recgate demo`: the handler on sample jobs."""

import os
from pathlib import Path

import pytest

from recgate.cli.demo import ACTS
from tests.cli.runner import ROOT, recgate


def test_the_demo_shows_what_it_promises() -> None:
    """A PASS, a FAIL with its nearest miss, an UNKNOWN, a FAILED job, and a duplicate."""
    answer = recgate("demo", "--folder", ROOT)

    acts = answer.out.split("handler answered")[:-1]
    assert answer.code == 0
    assert len(acts) == len(ACTS)
    assert "PASS fraud-ranker v14" in acts[0]
    assert "FAIL support-summarizer v3" in acts[1]
    assert "nearest: ml.g6.xlarge × 2" in acts[1]
    assert "UNKNOWN churn-xgb v8" in acts[2]
    assert "too few samples: 37 of at least 100" in acts[2]
    assert "FAILED image-tagger v2" in acts[3]
    assert "INVALID_INPUT : 1. Model (owned by the customer" in acts[3]
    assert "PASS thumbnailer v5" in acts[4]
    assert "(no message: the decision is recorded and was told already)" in acts[5]
    assert "fraud-ranker" not in acts[5]
    assert "Parked in the dead-letter queue" in acts[6]


def test_the_demo_leaves_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not use a queue or a ledger that happens to be set."""
    monkeypatch.setenv("RECGATE_QUEUE_URL", "https://example.com/queue")
    before = dict(os.environ)

    answer = recgate("demo", "--folder", ROOT)

    assert answer.code == 0
    assert dict(os.environ) == before


def test_elsewhere_the_demo_says_what_it_needs(tmp_path: Path) -> None:
    """Exit 2 and a next step."""
    answer = recgate("demo", "--folder", tmp_path)

    assert answer.code == 2
    assert "events is not there" in answer.err


def test_in_a_pipe_a_heading_has_an_end() -> None:
    """Nothing breaks lines in a pipe, so a line across the whole width would never end."""
    answer = recgate("demo", "--folder", ROOT)

    headings = [line for line in answer.out.splitlines() if "──" in line]
    assert len(headings) == len(ACTS)
    assert max(map(len, headings)) <= 100

"""Nothing happens at import: the seams that the cold start needs."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "boto3",
    "botocore",
    "slack_sdk",
    "yaml",
    "jsonschema",
    "jmespath",
    "click",
    "rich",
    "aws_lambda_powertools",
    "sqlite3",
    "resvg_py",
    "cryptography",
}


def _imported_by(statement: str) -> set[str]:
    script = f"{statement}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(answer.stdout.splitlines()[-1])}


def test_importing_the_handler_loads_nothing_heavy() -> None:
    """Clients, parsers and SDKs are imported by what uses them, when it uses them."""
    assert not _imported_by("import recgate.functions.check") & HEAVY
    assert not _imported_by("import recgate.functions.seal") & HEAVY


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import recgate.wiring", set()),
        ("import recgate.adapters.policy_files", set()),
        ("import recgate.adapters.sagemaker_jobs, recgate.adapters.dynamodb_ledger", set()),
        ("import recgate.adapters.slack_bot_channel, recgate.adapters.sns_channel", set()),
        ("import recgate.adapters.chart_png, recgate.adapters.s3_reports", set()),
        ("import recgate.adapters.kms_signer, recgate.adapters.local_key", set()),
        ("import recgate.adapters.s3_archive, recgate.adapters.folder_archive", set()),
        ("import recgate.adapters.signature_check", set()),
    ],
)
def test_an_adapter_is_cheap_until_it_is_used(statement: str, allowed: set[str]) -> None:
    """Importing one says nothing about what it needs to do its work."""
    assert not (_imported_by(statement) & HEAVY) - allowed


def test_the_built_in_routes_need_no_client_to_be_named() -> None:
    """Choosing parts makes none: no region, no credentials, no connection."""
    loaded = _imported_by(
        "import os\n"
        "from recgate.settings import settings_from\n"
        "from recgate.wiring import queue_parts\n"
        "settings = settings_from({'RECGATE_JOBS': '.', 'RECGATE_SLACK_SECRET': 's',"
        " 'RECGATE_SNS_TOPIC_ARN': 'arn:aws:sns:eu-west-1:111122223333:t'})\n"
        "parts = queue_parts(settings)\n"
        "assert set(parts.check.built_in_routes) == {'slack', 'sns'}"
    )

    assert not loaded & (HEAVY - {"sqlite3"})

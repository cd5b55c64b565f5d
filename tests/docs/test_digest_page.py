"""What docs/digest.md shows is what recgate says and takes."""

import json
import re
from pathlib import Path

import pytest

from recgate.adapters.policy_files import PolicyFiles
from recgate.domain.digest import Rhythm
from recgate.domain.telling import DigestTelling
from recgate.rendering.digest.text import digest_text
from recgate.rendering.sns.digest import digest_arguments
from tests.rendering.digests import WEEKLY

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "digest.md").read_text("utf-8")
FILTERS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def test_the_digest_on_the_page_is_one_that_is_told() -> None:
    """Word for word."""
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)

    assert shown == digest_text(DigestTelling(WEEKLY))


def test_the_routes_on_the_page_load(tmp_path: Path) -> None:
    """And want what the page says."""
    (routes,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "routes.yaml").write_text(routes, "utf-8")
    policy = "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 2.50}\n"
    (tmp_path / "prod.yaml").write_text(policy, "utf-8")

    loaded = PolicyFiles(tmp_path).load().routes

    assert {name: route.digest for name, route in loaded.items()} == {
        "slack-ml-prod": Rhythm.DAILY,
        "finops": Rhythm.WEEKLY,
    }
    assert loaded["finops"].on == frozenset()


@pytest.mark.parametrize(("place", "takes_digests"), [(0, True), (1, False)])
def test_the_filter_policies_of_the_page_part_digests_from_verdicts(
    place: int, *, takes_digests: bool
) -> None:
    """By the one attribute that both have."""
    (rule,) = FILTERS[place]["event"]
    event = digest_arguments(DigestTelling(WEEKLY))["MessageAttributes"]["event"]["StringValue"]

    def passes(value: str) -> bool:
        return value == rule if isinstance(rule, str) else value not in rule["anything-but"]

    assert passes(event) is takes_digests
    assert passes("verdict") is not takes_digests

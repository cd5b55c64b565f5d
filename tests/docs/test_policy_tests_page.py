"""The page about tests of policies shows tests that run, and leaves no key out."""

import json
import re
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

from tests.cli.runner import ROOT, recgate

PAGE = (ROOT / "docs" / "policy-tests.md").read_text("utf-8")
SCHEMA = json.loads(files("recgate").joinpath("policy-test.v1.schema.json").read_text("utf-8"))


def test_the_example_on_the_page_runs(tmp_path: Path) -> None:
    """Pasted into a file beside the shipped policies, every test of it passes."""
    for name in ("policies", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    path = tmp_path / "policies" / "tests" / "example.yaml"
    path.write_text(example, "utf-8")

    answer = recgate("policy", "test", path, "--policies", tmp_path / "policies")

    assert answer.out.startswith("3 tests in 1 file: all passed\n"), answer


def _keys(schema: Any) -> set[str]:
    if not isinstance(schema, dict):
        return set()
    inner = set().union(*(_keys(each) for each in schema.values()))
    return inner | set(schema.get("properties", {}))


def test_every_key_of_the_language_is_on_the_page() -> None:
    """But for the version, which nobody needs to write, and the limits, which are the policies'."""
    of_policies = set(SCHEMA["$defs"]["limits"]["properties"])

    missing = {key for key in _keys(SCHEMA) - of_policies if f"`{key}`" not in PAGE}

    assert missing == {"version"}

"""The template passes the checks of those who know CloudFormation."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.sam_cli import run_sam
from tests.deploy.template import MEMBER, ROOT, TEMPLATE


def test_sam_lints_the_template_without_a_complaint(tmp_path: Path) -> None:
    """`sam validate --lint`, as a person runs it before deploying."""
    done = run_sam("validate", "--lint", folder=ROOT, scratch=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is a valid SAM Template" in done.stdout


def test_sam_can_translate_the_template(tmp_path: Path) -> None:
    """Linting overlooks a misspelt property of an event source; translating does not. (An
    environment that samconfig.toml does not have leaves out its ``lint = true``.)
    """
    done = run_sam("validate", "--config-env", "translate-only", folder=ROOT, scratch=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is a valid SAM Template" in done.stdout


@pytest.mark.parametrize("template", [TEMPLATE, MEMBER], ids=lambda path: path.name)
def test_cfn_lint_has_nothing_to_say(template: Path) -> None:
    """Not an error, not a warning, not a hint."""
    lint = Path(sys.executable).parent / "cfn-lint"

    done = subprocess.run(
        [str(lint), "--include-checks", "I", "--template", str(template)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr

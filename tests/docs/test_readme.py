"""What the documentation shows is what the commands print."""

import os
import re
from pathlib import Path

import pytest

from tests.cli.runner import ROOT, recgate

README = ROOT / "README.md"
SHOWN = re.compile(r"<!-- recgate ([^\n]*) -->\n```text\n(.*?)```\n", re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def _pages() -> list[Path]:
    return [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")]


def test_the_output_in_the_readme_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """RECGATE_UPDATE_GOLDEN=1 writes it anew."""
    monkeypatch.chdir(ROOT)
    text = README.read_text("utf-8")
    shown = SHOWN.findall(text)

    printed = [recgate(*command.split()).out for command, _ in shown]

    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        for (command, old), new in zip(shown, printed, strict=True):
            marker = f"<!-- recgate {command} -->\n```text\n"
            text = text.replace(f"{marker}{old}```", f"{marker}{_trimmed(new)}```")
        README.write_text(text, "utf-8")
        shown = SHOWN.findall(text)
    assert shown
    assert [body for _, body in shown] == [_trimmed(each) for each in printed]


def _trimmed(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def test_the_policy_and_the_routes_in_the_readme_can_be_used(tmp_path: Path) -> None:
    """A new user copies it."""
    policy, routes = re.findall(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (tmp_path / "prod-realtime.yaml").write_text(policy)
    (tmp_path / "routes.yaml").write_text(routes)
    job = ROOT / "examples" / "jobs" / "fraud-ranker-v14.json"

    answer = recgate("check", "--file", job, "--policies", tmp_path)

    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Relative ones; the outside is not asked."""
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []

"""docs/deploying.md says what the template does."""

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.deploy.template import ROOT, listed, load_template, role_statements

PAGE = (ROOT / "docs/deploying.md").read_text("utf-8")


def rows(heading: str) -> Iterator[list[str]]:
    """The cells of the table whose first column has this heading."""
    lines = iter(PAGE.splitlines())
    for line in lines:
        if line.startswith(f"| {heading} |"):
            break
    next(lines)  # the rule under the head
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


def code(cell: str) -> list[str]:
    """What a cell has between back-ticks."""
    return re.findall(r"`([^`]+)`", cell)


def test_the_table_of_statements_is_the_role() -> None:
    """Every statement with its actions, no more and no fewer."""
    told = {code(sid)[0]: sorted(code(may)) for sid, may, *_ in rows("statement")}

    assert told == {
        sid: sorted(listed(statement["Action"])) for sid, statement in role_statements().items()
    }


def test_the_table_says_where_a_statement_is_for_everything() -> None:
    """A `*` in the template is a `*` on the page."""
    told = {code(sid)[0] for sid, _, on, *_ in rows("statement") if "*" in code(on)}

    assert told == {
        sid for sid, statement in role_statements().items() if "*" in listed(statement["Resource"])
    }


def test_the_table_of_parameters_is_the_templates() -> None:
    """Names and defaults."""
    told = {code(name)[0]: default for name, default, *_ in rows("parameter")}

    assert told == {
        name: str(parameter["Default"]) or "empty"
        for name, parameter in load_template()["Parameters"].items()
    }


def test_the_outputs_that_the_page_asks_for_exist() -> None:
    """A command that prints nothing is worse than none."""
    asked = set(re.findall(r"\$\(outputs (\w+)\)", PAGE))

    assert asked
    assert asked <= set(load_template()["Outputs"])


@pytest.mark.parametrize("sentence", ["12 tries", "14 days"])
def test_numbers_of_the_page_are_the_templates(sentence: str) -> None:
    """They are the reader's time to react."""
    queues = load_template()["Resources"]
    tries = queues["NoticeQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"]
    days = queues["DeadLetterQueue"]["Properties"]["MessageRetentionPeriod"] // 86400

    assert sentence in {f"{tries} tries", f"{days} days"}
    assert sentence in PAGE


def test_no_command_of_the_page_has_a_secret_in_its_arguments() -> None:
    """What is an argument is in the shell's history and in the list of processes."""
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))

    values = re.findall(r"--(?:secret-string|value)[ =](\S+)", PAGE)

    assert "create-secret" in shell
    assert values
    assert all(shlex.split(value)[0].startswith("file://") for value in values)
    assert "xoxb-" not in shell
    assert "hooks.slack.com" not in shell

"""docs/deploying.md says what the template does."""

import re
import shlex

import pytest

from tests.deploy.pages import code, granted, page, rows, section, shell, told_statements
from tests.deploy.template import load_template, role_statements

PAGE = page("deploying.md")


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("### The check function", "CheckRole"),
        ("### The watch function", "WatchRole"),
        ("### The seal function", "SealRole"),
    ],
)
def test_a_table_of_statements_is_the_role(heading: str, role: str) -> None:
    """Every statement with its actions, no more and no fewer; a `*` there is a `*` here."""
    told = told_statements(section(PAGE, heading))

    assert told == granted(role_statements(role))


def test_the_table_of_parameters_is_the_templates() -> None:
    """Names and defaults."""
    told = {code(name)[0]: default for name, default, *_ in rows(PAGE, "parameter")}

    assert told == {
        name: str(parameter["Default"]) or "empty"
        for name, parameter in load_template()["Parameters"].items()
    }


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
    commands = shell(PAGE)

    values = re.findall(r"--(?:secret-string|value)[ =](\S+)", PAGE)

    assert "create-secret" in commands
    assert values
    assert all(shlex.split(value)[0].startswith("file://") for value in values)
    assert "xoxb-" not in commands
    assert "hooks.slack.com" not in commands

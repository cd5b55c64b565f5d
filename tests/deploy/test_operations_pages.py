"""docs/operations.md and docs/accounts.md say what the templates do; their commands can be run."""

import re
import shlex
from pathlib import Path

import pytest

from recgate.adapters.policy_files import PolicyFiles
from recgate.domain.scope import Applies
from tests.builders import snapshot
from tests.deploy.emitted import logged
from tests.deploy.pages import (
    DOCS,
    anchors,
    code,
    granted,
    links,
    page,
    pages,
    rows,
    section,
    shell,
    told_statements,
)
from tests.deploy.template import (
    MEMBER,
    ROOT,
    TEMPLATE,
    load_template,
    properties,
    role_statements,
)

OPERATIONS, ACCOUNTS = page("operations.md"), page("accounts.md")
SOURCES = "\n".join(path.read_text("utf-8") for path in (ROOT / "src/recgate").rglob("*.py"))


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_every_output_that_a_page_asks_for_exists(path: Path) -> None:
    """A command that prints nothing is worse than none."""
    text = path.read_text("utf-8")
    asked = set(re.findall(r"\boutputs (\w+)", text))

    assert asked
    assert asked <= set(load_template()["Outputs"])


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    """To a file that is there and a heading that is in it."""
    for target, anchor in links(path.read_text("utf-8")):
        file = (path.parent / target).resolve() if target else path

        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text("utf-8")), (target, anchor)


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_every_command_of_a_page_is_whole(path: Path) -> None:
    """No quotation mark is missing, and the resources that it names are in the template."""
    commands = shell(path.read_text("utf-8"))

    named = set(re.findall(r"--logical-resource-id (\w+)", commands))

    assert shlex.split(commands, comments=True)
    assert named <= set(load_template()["Resources"])


def test_the_log_lines_that_the_page_filters_for_are_those_that_are_written() -> None:
    """A filter for words that nobody writes finds nothing, and looks like peace."""
    filters = re.findall(r"--filter-pattern '([^']+)'", OPERATIONS)
    messages = {each for found in filters for each in re.findall(r'\$\.message = "([^"]+)"', found)}
    fields = {each for found in filters for each in re.findall(r"\$\.(\w+)", found)}

    assert len(messages) > 4
    assert {message for message in messages if f'"{message}"' not in SOURCES} == set()
    assert fields <= set().union(*logged())


def test_numbers_of_operations_are_the_templates() -> None:
    """They are the reader's time to react."""
    queue, dead_letters = properties("NoticeQueue"), properties("DeadLetterQueue")
    tries = queue["RedrivePolicy"]["maxReceiveCount"]

    assert f"for up to {queue['MessageRetentionPeriod'] // 86400} days" in OPERATIONS
    assert f"for up to {dead_letters['MessageRetentionPeriod'] // 86400}" in OPERATIONS
    assert f"after {tries} tries" in OPERATIONS
    assert f"{tries} times in all" in OPERATIONS
    assert f"its {properties('CheckFunction')['Timeout']} seconds" in OPERATIONS
    assert f"its {properties('SealFunction')['Timeout']} seconds" in OPERATIONS


def test_the_table_of_what_the_hub_may_do_in_a_member_is_the_role() -> None:
    """Whoever owns the member account reads this before anything else."""
    told = told_statements(section(ACCOUNTS, "### What the hub may do in a member account"))

    assert told == granted(role_statements("MemberRole", MEMBER))


def test_the_parameters_that_accounts_names_exist() -> None:
    """In the template that they are given to."""
    hub, member = (set(load_template(path)["Parameters"]) for path in (TEMPLATE, MEMBER))
    commands = shell(ACCOUNTS)
    to_the_hub = set(re.findall(r"\b([A-Z]\w+)=[a-z0-9]", commands)) - {"ParameterValue"}
    to_members = set(re.findall(r"ParameterKey=(\w+)", commands))

    required = {
        name
        for name, parameter in load_template(MEMBER)["Parameters"].items()
        if "Default" not in parameter
    }

    assert to_the_hub - {"ParameterKey"} <= hub
    assert to_the_hub >= {"WatchRegions", "MemberAccounts"}
    assert required <= to_members <= member


@pytest.mark.parametrize(
    ("account", "region", "applies"),
    [
        ("222233334444", "eu-west-1", Applies.YES),
        ("333344445555", "eu-central-1", Applies.YES),
        ("222233334444", "us-east-1", Applies.NO),
        ("111122223333", "eu-west-1", Applies.NO),
    ],
)
def test_the_policy_of_the_page_judges_the_places_that_it_names(
    account: str, region: str, applies: Applies, tmp_path: Path
) -> None:
    """Loaded as it stands, under the name that it gives itself."""
    (text,) = re.findall(r"```yaml\n(.*?)```", ACCOUNTS, re.DOTALL)
    (name,) = re.findall(r"^policy: (\S+)$", text, re.MULTILINE)
    (tmp_path / f"{name}.yaml").write_text(text)

    (policy,) = PolicyFiles(tmp_path, built_in_routes={}, default_routes=()).load().policies

    match = policy.scope.match(snapshot(account=account, region=region))
    assert match.applies is applies


def test_there_is_a_place_for_what_it_costs() -> None:
    """Computed elsewhere from the calls counted, and put between these marks."""
    costs = section(OPERATIONS, "## What it costs")

    assert re.search(r"<!-- cost table -->\n.*<!-- /cost table -->", costs, re.DOTALL)


def test_the_list_of_alarms_is_complete_and_in_the_order_of_the_sections() -> None:
    """Whoever looks for an alarm finds it."""
    alarms = section(OPERATIONS, "## Alarms")
    listed_ones = re.findall(r"^\| \[([^\]]+)\]", alarms, re.MULTILINE)

    assert listed_ones == re.findall(r"^### (.+)$", alarms, re.MULTILINE)


def test_pages_that_are_linked_to_are_in_the_folder() -> None:
    """The helpers above must not be empty-handed."""
    assert all(path.parent == DOCS and path.exists() for path in pages())
    assert code("`a` and `b`") == ["a", "b"]
    assert list(rows("| x | y |\n|---|---|\n| 1 | 2 |\n", "x")) == [["1", "2"]]

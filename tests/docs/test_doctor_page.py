"""docs/doctor.md: its commands print what it shows, and its table is that of the code."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from recgate.domain.checkup import CheckId, Health
from recgate.rendering.checkup.kinds import KINDS
from tests.cli.doctor.whole_stack import deploy_whole
from tests.deploy.pages import page, rows
from tests.deploy.template import ROOT
from tests.docs.console import BLOCK, environment, fresh_folder, refreshed
from tests.servers.doctor_world import DoctorWorld, doctor_world
from tests.servers.recgate_stack import STACK
from tests.servers.slack import error

PAGE = ROOT / "docs" / "doctor.md"


@pytest.fixture(scope="module")
def world() -> Iterator[DoctorWorld]:
    with doctor_world() as running:
        yield running


def several_things_break(world: DoctorWorld) -> None:
    """What the second look at the stack shows."""
    world.aws.client("events").disable_rule(Name=f"{STACK}-StatusChangedRule")
    world.aws.client("cloudtrail").stop_logging(Name="everything")
    world.account.denied.add((f"{STACK}-CheckRole", "dynamodb:PutItem"))
    world.account.missing_keys["events:PutEvents"] = ("aws:SourceVpc",)
    letters = world.aws.client("sqs").get_queue_url(QueueName=f"{STACK}-DeadLetterQueue")
    world.aws.client("sqs").send_message(QueueUrl=letters["QueueUrl"], MessageBody="{}")
    for _ in range(2):  # the page looks twice
        world.slack.answer_to("conversations.history", error("not_in_channel"))


def printed(text: str, world: DoctorWorld, folder: Path) -> str:
    """The page with what its commands print: the first at a desk without an account, the second
    on a stack that is fine, the others on one where several things are broken.
    """
    deploy_whole(world)
    alone, with_stack = environment(), environment(**world.environment())
    blocks = iter(enumerate(BLOCK.findall(text)))

    def ran(found: "re.Match[str]") -> str:
        number, _ = next(blocks)
        if number == 2:
            several_things_break(world)
        return refreshed(found[0], folder, alone if number == 0 else with_stack)

    return BLOCK.sub(ran, text)


def test_what_the_page_shows_is_what_the_commands_print(world: DoctorWorld, tmp_path: Path) -> None:
    """On local servers; RECGATE_UPDATE_GOLDEN=1 writes the page anew."""
    text = PAGE.read_text("utf-8")

    wanted = printed(text, world, fresh_folder(tmp_path))

    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        PAGE.write_text(wanted, "utf-8")
        text = wanted
    assert text == wanted
    assert "127.0.0.1" not in text
    assert "xoxb-1111" not in text


def in_order(first_column: str) -> Sequence[Sequence[str]]:
    return list(rows(page("doctor.md"), first_column))


def test_the_table_of_checks_is_that_of_the_code() -> None:
    """Every id once, in the order in which they are told; RECGATE_UPDATE_GOLDEN=1 writes it."""
    wanted = [[f"`{check}`", KINDS[check].asks, KINDS[check].mends] for check in CheckId]
    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        head = "| id | asks | mends it |\n| --- | --- | --- |\n"
        table = "".join(f"| {' | '.join(row)} |\n" for row in wanted)
        text = PAGE.read_text("utf-8")
        before, _, after = text.partition(head)
        PAGE.write_text(before + head + table + re.sub(r"\A(\|.*\n)*", "", after), "utf-8")

    assert in_order("id") == wanted


def test_every_state_is_explained() -> None:
    """In the words that the command prints."""
    assert [state for state, _ in in_order("state")] == [health.value for health in Health]

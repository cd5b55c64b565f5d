"""`recgate policy diff`: in words what changed for whom between two folders of policies."""

import json
import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import click
from rich.text import Text

from recgate.adapters.policy_revisions import NamedFolder, RevisionUnreadable, named_folder_of
from recgate.cli.exits import COULD_NOT_TELL, FINE, NOT_FINE
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.domain.policy_changes import changes_between
from recgate.domain.policy_set import PolicySet
from recgate.ports import PoliciesInvalid
from recgate.rendering.policy_diff.diff import PolicyDiff
from recgate.rendering.policy_diff.document import diff_document
from recgate.rendering.policy_diff.markdown import markdown_lines
from recgate.rendering.policy_diff.text import text_lines
from recgate.settings import settings_from
from recgate.wiring import built_in_routes, policy_source, utc_now

_LAST_COMMIT = "HEAD"
_MARKDOWN = "markdown"
_STYLES = {"!": "bold yellow", "Looser": "bold", "Either": "bold", "Tighter": "bold"}


@click.command("diff")
@click.argument("old", metavar="[A]", required=False)
@click.argument("new", metavar="[B]", required=False)
@policies_option("The folder that B is when it is left out, and that a revision has.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 when something changed, too.")
@output_option(_MARKDOWN)
def diff_command(
    *, old: str | None, new: str | None, policies: Path, exit_zero: bool, output: str
) -> int:
    """Say in words what changed for whom between two versions of the policies.

    \b
    recgate policy diff                          # the last commit, and the folder as it is
    recgate policy diff main                     # main, and the folder as it is
    recgate policy diff v1.2 HEAD~3
    recgate policy diff main:ml/policies ml/policies
    recgate policy diff policies new-policies --output markdown

    A and B are folders, or git revisions: REV, with the folder of --policies in it, or REV:PATH,
    with the path from the top of the repository. A is HEAD when it is left out, and B the folder
    of --policies. A folder that is there wins over a revision of the same name.

    First comes what can open a gate that was closed (looser), marked with "!"; then what can
    close one (tighter); then what moves none. Comments, the order of keys and the way in which a
    number is written are no change.

    Exit codes: 0 nothing changed, 1 something did, 2 a side is invalid or cannot be read; every
    mistake of both sides is told.
    """  # noqa: D301  click reads the \b as "keep these lines"
    with ExitStack() as opened:
        diff = _compared(old or _LAST_COMMIT, new or str(policies), policies, opened)
    if diff is None:
        return COULD_NOT_TELL
    if output == JSON:
        click.echo(json.dumps(diff_document(diff), indent=2, ensure_ascii=False))
    elif output == _MARKDOWN:
        click.echo("\n".join(markdown_lines(diff)))
    else:
        _print(text_lines(diff))
    return NOT_FINE if diff.changes and not exit_zero else FINE


def _compared(old: str, new: str, policies: Path, opened: ExitStack) -> PolicyDiff | None:
    """The difference; None when a side cannot be read, and then all mistakes have been told."""
    sides: list[tuple[NamedFolder, PolicySet]] = []
    for side, spec in (("A", old), ("B", new)):
        try:
            folder = opened.enter_context(named_folder_of(spec, default_path=str(policies)))
            sides.append((folder, _loaded(folder)))
        except RevisionUnreadable as refused:
            _complain(side, [str(refused)])
        except PoliciesInvalid as refused:
            _complain(side, [folder.as_asked(str(each)) for each in refused.problems])
    if len(sides) < 2:
        return None
    (old_folder, before), (new_folder, after) = sides
    return PolicyDiff(
        old_folder.name,
        new_folder.name,
        changes_between(before, after, utc_now().date()),
        problems=tuple(
            folder.as_asked(problem) for folder, each in sides for problem in each.waiver_problems
        ),
    )


def _loaded(folder: NamedFolder) -> PolicySet:
    """The policies of a side. The routes of the environment are there on both sides alike."""
    return policy_source(folder.path, built_in_routes(settings_from(os.environ))).load()


def _complain(side: str, problems: Iterable[str]) -> None:
    """Every mistake of one side, and which side it is."""
    for problem in problems:
        click.echo(f"recgate: {side}: {problem}", err=True)


def _print(lines: Iterable[str]) -> None:
    console = screen()
    for line in lines:
        style = next((style for lead, style in _STYLES.items() if line.startswith(lead)), "")
        console.print(Text(line, style=style))

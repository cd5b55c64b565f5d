"""`recgate explain`: why a decision is what it is, and what would turn it."""

import json
import shlex
from typing import Any

import click
from rich.text import Text

from recgate.cli.decision_of import decision_of, decision_options
from recgate.cli.exits import FINE
from recgate.cli.explain_page import print_sections
from recgate.cli.explain_selection import check_selection
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.rendering.explanation.document import explanation_document
from recgate.rendering.explanation.page import explanation_sections
from recgate.rendering.explanation.parts import Origin, Shown
from recgate.rendering.headline import headline
from recgate.rendering.safe_text import clean

_ARGUMENT = 400


@click.command("explain")
@decision_options
@click.option("--policy", metavar="NAME", help="Only this policy.")
@click.option(
    "--candidate",
    metavar="TEXT",
    help="Only candidates with this in their configuration or RecommendationId, with every limit.",
)
@click.option(
    "--all",
    "every_limit",
    is_flag=True,
    help="Every limit of every candidate, also of those that decide nothing.",
)
@output_option()
def explain_command(
    *,
    policy: str | None,
    candidate: str | None,
    every_limit: bool,
    output: str,
    **options: Any,  # noqa: ANN401
) -> int:
    """Say why a decision is what it is, and what would turn it.

    \b
    recgate explain --file examples/jobs/support-summarizer-v3.json
    recgate explain fraud-ranker-v14 --ledger ledger.db
    recgate explain 0123456789ab --stack recgate --candidate g5
    recgate explain --file job.json --policy prod-realtime --output json

    Which policies applied and why the others did not; the order of the candidates and what
    decided it; each candidate against each limit, with the value as it was reported and as it was
    compared; the change of a limit, or of the configuration, that would turn the verdict; where
    the evidence is.

    DECISION is a decision's key, or the first 12 digits of it or more, or a job's name or ARN:
    its last decision. It is explained as it was decided then: today's policies have no say.

    Exit codes: 0 it could be explained, whatever the verdict is; 2 it could not.
    """  # noqa: D301  click reads the \b as "keep these lines"
    decision = decision_of(**options)
    shown = Shown(policy, candidate, every_limit)
    check_selection(decision, shown)
    origin = _origin(decision.key, options)
    if output == JSON:
        document = explanation_document(decision, shown, origin)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
        return FINE
    terminal = screen()
    terminal.print(Text(headline(decision), style="bold"))
    print_sections(terminal, explanation_sections(decision, shown, origin))
    return FINE


def _origin(key: str, options: dict[str, Any]) -> Origin:
    """Where the decision was found, and the command that writes its page from there."""
    file = options["file"] or ("-" if options["decision"] == "-" else None)
    if file == "-":
        return Origin(recorded=False)  # what came through a pipe cannot be asked for again
    words = ["recgate", "report"]
    words += ["--file", file] if file else [key[:16]]
    named = ("extra", "tags", "policies") if file else ("ledger", "stack")
    words += [word for name in (*named, "region", "profile") for word in _given(name, options)]
    return Origin(recorded=not file, page=clean(shlex.join(words), _ARGUMENT))


def _given(name: str, options: dict[str, Any]) -> list[str]:
    """An option as it was given; nothing for one that was left to its default."""
    value = options[name]
    context = click.get_current_context()
    given = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    if name == "tags":
        return [word for tag in value for word in ("--tag", tag)]
    return [f"--{name}", str(value)] if given and value is not None else []

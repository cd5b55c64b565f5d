"""What was just recorded in a file is sealed at once, where there is a key to do it."""

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.check_parts import Desk
from recgate.evidence_wiring import seal_parts
from recgate.flows.evidence.seal import seal
from recgate.ports import Ledger, RecgateError
from recgate.rendering.safe_text import clean

_TEXT = 600


def seal_recorded(desk: Desk, aws: Aws, opened: Ledger) -> None:
    """Seal a desk's ledger after it was written to, if RECGATE_SIGNING_KEY names a key.

    A table is sealed by the deployed function. What is not sealed is told on standard error and
    stays recorded: the answer of the command is another one's.
    """
    settings = desk.settings
    if not (desk.record and settings.signing_key) or desk.ledger.startswith("dynamodb:"):
        return
    try:
        sealed = seal(seal_parts(settings, aws, opened))
    except RecgateError as trouble:
        _complain(str(trouble))
        return
    for each in sealed.chains:
        if each.fault is not None:
            raise each.fault
        if each.why:
            _complain(f"{each.chain}: {each.why}")


def _complain(why: str) -> None:
    click.echo(
        f"recgate: recorded, and not sealed: {clean(why, _TEXT)} (recgate audit seal tries again)",
        err=True,
    )

"""`recgate audit`: the commands about the evidence of decisions."""

import click

from recgate.cli.lazy_group import LazyGroup

COMMANDS = {
    "list": ("recgate.cli.audit.list:list_command", "Which decisions there are."),
    "show": ("recgate.cli.audit.show:show_command", "One record, whole, with its place."),
    "approved": ("recgate.cli.audit.approved:approved_command", "What is approved, by model."),
    "export": ("recgate.cli.audit.export:export_command", "The decisions as CSV or JSON."),
    "report": ("recgate.cli.audit.report:report_command", "The page for an auditor."),
    "verify": ("recgate.cli.audit.verify:verify_command", "Whether anybody changed the records."),
    "seal": ("recgate.cli.audit.seal:seal_command", "Sign and archive what is not yet."),
    "key": ("recgate.cli.audit.key:key_command", "Make a key to sign with at a desk."),
    "adopt": ("recgate.cli.audit.adopt:adopt_command", "Chain what older versions recorded."),
}


@click.group("audit", cls=LazyGroup, commands_at=COMMANDS)
def audit_group() -> None:
    """The evidence of what was decided: read, sealed, checked."""

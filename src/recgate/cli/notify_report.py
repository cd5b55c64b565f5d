"""What `recgate notify test` says: what was found out before, and what became of the sample."""

from collections.abc import Iterable
from dataclasses import dataclass

import click

from recgate.domain.delivery import Delivered, Delivery, Refused, TryAgain
from recgate.rendering.safe_text import clean

DELIVERED, NOT_DELIVERED = 0, 1
"""Exit codes; 2 is that of every command that could not work."""

_LINE = 600


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a route. ``is_trouble``: messages will not arrive because of it."""

    words: str
    is_trouble: bool = False


def print_findings(findings: Iterable[Finding]) -> None:
    """One line each."""
    for found in findings:
        click.echo(f"  {'!' if found.is_trouble else '-'} {clean(found.words, _LINE)}")


def sent(delivery: Delivery, *, to_nobody: bool = False) -> int:
    """Say what became of the sample; gives the exit code. ``to_nobody``: a topic took it, and
    has nobody to hand it to.
    """
    match delivery:
        case Delivered(receipt=receipt, note=note):
            click.echo(f"Delivered: {clean(receipt, _LINE)}")
            if note:
                click.echo(f"Left out on the way: {clean(note, _LINE)}")
            if to_nobody:
                _complain("published, but nobody gets it: see above")
            return NOT_DELIVERED if to_nobody else DELIVERED
        case TryAgain(reason=reason, after_s=after_s, ambiguous=ambiguous):
            _complain(f"not delivered now: {reason}")
            if ambiguous:
                _complain("it may have arrived all the same: look before you try again")
            wait = f"in {after_s:.0f} s" if after_s is not None else "in a moment"
            _complain(f"what to do: try again {wait}; a real message would go back to the queue")
        case Refused(reason=reason, remedy=remedy):
            _complain(f"not delivered: {reason}")
            _complain(f"what to do: {remedy}")
    return NOT_DELIVERED


def _complain(words: str) -> None:
    click.echo(f"recgate: {clean(words, _LINE)}", err=True)

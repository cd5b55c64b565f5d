"""`recgate waiver expire`: the end of a waiver before its time."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from recgate.adapters.policy_files.waiver_text import with_expiry, without_entry
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import JSON, output_option
from recgate.cli.waiver.change import changed_meanwhile, checked, text_of, waivers_file, write
from recgate.cli.waiver.in_force import day_of, day_option, policies_in
from recgate.dialect.mistake import did_you_mean
from recgate.domain.canonical import Json
from recgate.domain.waiver import Waiver
from recgate.ports import RecgateError


class NoSuchWaiver(RecgateError):
    """No well formed waiver has that id."""


@click.command("expire")
@click.argument("waiver_id", metavar="ID")
@day_option("The last day on which it still holds (UTC). Default: yesterday, so it ends now.")
@click.option("--remove", is_flag=True, help="Take its entry out of the file.")
@click.option("--dry-run", is_flag=True, help="Check and say it; write nothing.")
@policies_option()
@output_option()
def expire_command(
    *,
    waiver_id: str,
    on: datetime | None,
    remove: bool,
    dry_run: bool,
    policies: Path,
    output: str,
) -> None:
    """End the waiver ID before its time.

    \b
    recgate waiver expire W-2026-014
    recgate waiver expire W-2026-014 --on 2026-11-30
    recgate waiver expire W-2026-014 --remove

    Its end is changed in waivers.yaml, and every other line stays as it is; it counts once the
    file is deployed with the policies. A waiver is never made longer here: grant a new one.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if remove and on is not None:
        raise click.UsageError("--remove takes the entry out; leave out --on.")
    today = day_of(None)
    file = waivers_file(policies)
    loaded = policies_in(policies)
    waiver = next((each for each in loaded.waivers if each.id == waiver_id), None)
    if waiver is None:
        known = [each.id for each in loaded.waivers]
        raise NoSuchWaiver(
            f"{file.as_posix()}: no waiver is named {waiver_id}{did_you_mean(waiver_id, known)}"
        )
    text = text_of(file)
    place = _place(text, waiver_id)
    if place is None:
        raise changed_meanwhile(file)
    last = on.date() if on else today - timedelta(days=1)
    if remove:
        changed, said = without_entry(text, place), f"{waiver_id} is no longer in {file.as_posix()}"
    else:
        _check_end(waiver, last)
        changed = with_expiry(text, place, last)
        said = f"{waiver_id} ends on {last.isoformat()} (it was {waiver.expires.isoformat()})"
    checked(
        policies,
        file,
        changed,
        over=text,
        expected=[
            (each.id, last if each.id == waiver_id else each.expires)
            for each in loaded.waivers
            if not (remove and each.id == waiver_id)
        ],
    )
    if not dry_run:
        write(file, changed, over=text)
    if output == JSON:
        document: dict[str, Json] = {
            "schema": "recgate-waiver-ended/1",
            "file": file.as_posix(),
            "written": not dry_run,
            "id": waiver_id,
            "removed": remove,
            "expires": None if remove else last.isoformat(),
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{said}{': not written (--dry-run)' if dry_run else ''}")


def _check_end(waiver: Waiver, last: date) -> None:
    """Raises click.UsageError for an end that is later than before, or before the beginning."""
    if last >= waiver.expires:
        raise click.UsageError(
            f"{waiver.id} already ends on {waiver.expires.isoformat()}: a waiver is not made "
            "longer here, grant a new one with recgate waiver add."
        )
    if last < waiver.starts:
        raise click.UsageError(
            f"{waiver.id} begins on {waiver.starts.isoformat()}, after {last.isoformat()}: take "
            "it out with --remove, or name a later last day with --on."
        )


def _place(text: str, waiver_id: str) -> int | None:
    """Where the entry stands in the list, malformed ones counted; None if it does not."""
    from recgate.adapters.policy_files.strict_yaml import read_yaml

    document = read_yaml(text).value
    waivers = document.get("waivers") if isinstance(document, dict) else None
    ids = [
        each.get("id") if isinstance(each, dict) else None
        for each in (waivers if isinstance(waivers, list) else ())
    ]
    return ids.index(waiver_id) if waiver_id in ids else None

"""`recgate waiver add`: one more waiver in waivers.yaml."""

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from recgate.adapters.policy_files.waiver_text import NEW_FILE, with_entry
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import JSON, output_option
from recgate.cli.policy_folder import policy_folder
from recgate.cli.waiver.change import checked, text_of, waivers_file, write
from recgate.cli.waiver.in_force import day_of
from recgate.domain.canonical import Json
from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS
from recgate.domain.waiver import Waiver
from recgate.rendering.waiver_words import bound_words, people_words, scope_words, until_words
from recgate.rendering.waivers.rows import waiver_document

_DAY = click.DateTime(["%Y-%m-%d"])
_NUMBERED = re.compile(r"W-(\d{4})-(\d{3,})")
_SCOPE_KEYS = ("job_names", "model_package_groups", "regions", "accounts", "job_types")
_DAYS = 30


@click.command("add")
@click.option("--policy", required=True, metavar="NAME", help="The policy whose limit is moved.")
@click.option(
    "--limit",
    required=True,
    type=click.Choice([*NUMERIC_LIMITS, *SET_LIMITS]),
    metavar="KEY",
    help="The limit, by its key under require.",
)
@click.option("--up-to", type=float, metavar="NUMBER", help="The new ceiling of a max_… limit.")
@click.option("--down-to", type=float, metavar="NUMBER", help="The new floor of a min_… limit.")
@click.option(
    "--allow",
    multiple=True,
    metavar="NAME",
    help="A family or type that is taken all the same (instance_families, instance_types).",
)
@click.option(
    "--only-for",
    multiple=True,
    required=True,
    metavar="KEY=PATTERN",
    help="For which jobs: job_names=checkout-*, tags.env=prod, model_package_groups=…; repeated: "
    "every key must match, several of one key mean one of them.",
)
@click.option("--reason", required=True, help="Why, with the ticket.")
@click.option("--requested-by", required=True, metavar="WHO", help="Who asked for it.")
@click.option("--approved-by", required=True, metavar="WHO", help="Who grants it: somebody else.")
@click.option("--starts", type=_DAY, metavar="YYYY-MM-DD", help="Its first day. Default: today.")
@click.option("--expires", type=_DAY, metavar="YYYY-MM-DD", help="Its last day, included.")
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    help=f"How many days it holds, instead of --expires. Default: {_DAYS}.",
)
@click.option("--id", "name", metavar="ID", help="Default: the next free W-YEAR-NUMBER.")
@click.option("--dry-run", is_flag=True, help="Check and print it; write nothing.")
@policies_option()
@output_option()
def add_command(
    *,
    policy: str,
    limit: str,
    up_to: float | None,
    down_to: float | None,
    allow: tuple[str, ...],
    only_for: tuple[str, ...],
    reason: str,
    requested_by: str,
    approved_by: str,
    starts: datetime | None,
    expires: datetime | None,
    days: int | None,
    name: str | None,
    dry_run: bool,
    policies: Path,
    output: str,
) -> None:
    """Write a waiver into waivers.yaml, if it is well formed.

    \b
    recgate waiver add --policy prod-realtime --limit max_cost_per_hour_usd --up-to 3.50 \\
        --only-for 'job_names=checkout-ranker-*' --days 30 --reason 'GPU shortage, CHG-4471' \\
        --requested-by dana@example.com --approved-by finops-lead@example.com

    It is in force when the file is deployed with the policies. Every other line of the file stays
    as it is. What would be malformed (approved by who asked for it, longer than max_days, a policy
    or limit that is not there) is refused, and nothing is written.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if expires is not None and days is not None:
        raise click.UsageError("Say when it ends with --expires or with --days, and not with both.")
    first = day_of(starts)
    try:
        last = expires.date() if expires else first + timedelta(days=(days or _DAYS) - 1)
    except OverflowError as refusal:
        raise click.UsageError(f"--starts {first}: it would end after the year 9999.") from refusal
    file = waivers_file(policies)
    there = text_of(file) if file.exists() or file.is_symlink() else None
    text = NEW_FILE if there is None else there
    bounds: dict[str, Json] = {"up_to": up_to, "down_to": down_to, "allow": list(allow) or None}
    entry: dict[str, Json] = {
        "id": name or _next_id(text, first),
        "policy": policy,
        "limit": limit,
        **{key: _number(bound) for key, bound in bounds.items() if bound is not None},
        "only_for": _scope(only_for),
        "reason": reason,
        "requested_by": requested_by,
        "approved_by": approved_by,
        "starts": first.isoformat(),
        "expires": last.isoformat(),
    }
    changed = with_entry(text, entry)
    now = [(each.id, each.expires) for each in policy_folder(policies).load().waivers]
    expected = [*now, (str(entry["id"]), last)]
    loaded = checked(policies, file, changed, over=there, expected=expected)
    added = next(waiver for waiver in loaded.waivers if waiver.id == entry["id"])
    if not dry_run:
        write(file, changed, over=there)
    if output == JSON:
        document: dict[str, Json] = {
            "schema": "recgate-waiver-added/1",
            "file": file.as_posix(),
            "written": not dry_run,
            "waiver": waiver_document(added, day_of(None)),
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _print(added, file, dry_run=dry_run)


def _print(added: Waiver, file: Path, *, dry_run: bool) -> None:
    click.echo(f"{added.id}: policy {added.policy} allows {bound_words(added)}")
    click.echo(f"  only for {scope_words(added)}")
    click.echo(f"  from {added.starts.isoformat()} {until_words(added, added.starts)}")
    click.echo(f"  {people_words(added)}")
    click.echo(
        f"Not written (--dry-run): {file.as_posix()}"
        if dry_run
        else f"Written to {file.as_posix()}: it counts once that is deployed with the policies"
    )


def _next_id(text: str, first: date) -> str:
    taken = [int(number) for year, number in _NUMBERED.findall(text) if int(year) == first.year]
    return f"W-{first.year}-{max(taken, default=0) + 1:03}"


def _number(bound: Json) -> Json:
    """3.0 as a person writes it: 3."""
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _scope(pairs: tuple[str, ...]) -> Json:
    """``only_for`` from KEY=PATTERN. Raises click.UsageError."""
    scope: dict[str, list[Json]] = {}
    tags: dict[str, list[Json]] = {}
    for pair in pairs:
        key, has_pattern, pattern = pair.partition("=")
        tag = key.removeprefix("tags.")
        if not has_pattern or not pattern or (key not in _SCOPE_KEYS and not (tag and tag != key)):
            raise click.UsageError(
                f"--only-for {pair}: expected KEY=PATTERN, where KEY is one of "
                f"{', '.join(_SCOPE_KEYS)} or tags.NAME."
            )
        (tags if tag != key else scope).setdefault(tag, []).append(pattern)
    found: dict[str, Json] = dict(scope)
    return found | ({"tags": dict(tags)} if tags else {})

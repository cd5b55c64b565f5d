"""`recgate describe list`: the jobs of an account and region."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Protocol

import click
from rich.text import Text

from recgate.adapters.aws_clients import Aws
from recgate.cli.deployment import aws_options
from recgate.cli.describe.layout import say, say_figures, say_lines, table_lines
from recgate.cli.describe.page import STATUS_STYLES
from recgate.cli.describe.patience import Patience
from recgate.cli.exits import FINE
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.cli.since import since_option
from recgate.domain.job import JobStatus
from recgate.domain.job_query import FoundJobs, JobQuery, SortBy
from recgate.rendering.job_page.documents import jobs_document
from recgate.rendering.job_page.listing import (
    filter_words,
    listed,
    narrowly_listed,
    order_words,
)
from recgate.wiring import utc_now

_MOST = 5_000
"""Jobs in one answer; that many take SageMaker a minute, and nobody reads them."""

CREATED, MODIFIED = "created", "modified"
_STATUSES = click.Choice([each.value for each in JobStatus], case_sensitive=False)


class Search(Protocol):
    """Where jobs are found."""

    def find(self, query: JobQuery, *, at_most: int) -> FoundJobs:
        """The first so many jobs. Raises JobSourceBusy, JobSourceRefused."""
        ...


@click.command("list")
@click.option(
    "--status",
    "statuses",
    type=_STATUSES,
    multiple=True,
    metavar="STATUS",
    help="Only jobs with this status, such as FAILED; may be said several times.",
)
@click.option("--name-contains", metavar="TEXT", help="Only jobs with TEXT in their name.")
@click.option(
    "--since",
    callback=since_option,
    metavar="WHEN",
    help="Only jobs since then: 90m, 36h, 7d, 2w, or a date (UTC).",
)
@click.option("--until", callback=since_option, metavar="WHEN", help="Only jobs until then.")
@click.option(
    "--by",
    type=click.Choice([CREATED, MODIFIED]),
    default=CREATED,
    show_default=True,
    help="Which time --since and --until are about.",
)
@click.option("--model-name-equals", metavar="NAME", help="Only jobs for this model.")
@click.option(
    "--model-package-version-arn-equals",
    metavar="ARN",
    help="Only jobs for this version of a model package.",
)
@click.option(
    "--sort-by",
    type=click.Choice([each.value for each in SortBy]),
    default=SortBy.CREATED.value,
    show_default=True,
    help="created: the newest first.",
)
@click.option("--reverse", is_flag=True, help="The other way round: the oldest, or the last name.")
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST),
    default=50,
    show_default=True,
    metavar="N",
    help=f"The most jobs to list, {_MOST:,} at most.",
)
@aws_options
@output_option()
def list_command(
    *,
    statuses: tuple[str, ...],
    name_contains: str | None,
    since: datetime | None,
    until: datetime | None,
    by: str,
    model_name_equals: str | None,
    model_package_version_arn_equals: str | None,
    sort_by: str,
    reverse: bool,
    limit: int,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output: str,
) -> int:
    """List the jobs of an account and region, as SageMaker knows them.

    \b
    recgate describe list --region eu-west-1
    recgate describe list --status FAILED --status STOPPED --since 7d
    recgate describe list --name-contains fraud --limit 5 --output json

    Conditions are joined: a job must meet all of them. SageMaker has no filter by job type.

    Exit codes: 0 there is an answer, an empty list too; 2 there is none.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if since is not None and until is not None and until <= since:
        raise click.UsageError("--until is not after --since: no job can be in between.")
    is_modified = by == MODIFIED
    order = SortBy(sort_by)
    query = JobQuery(
        statuses=tuple(dict.fromkeys(statuses)),
        name_contains=name_contains,
        created_after=None if is_modified else since,
        created_before=None if is_modified else until,
        modified_after=since if is_modified else None,
        modified_before=until if is_modified else None,
        model_name=model_name_equals,
        model_package_arn=model_package_version_arn_equals,
        sort_by=order,
        is_descending=(order is SortBy.CREATED) is not reverse,
    )
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        return list_jobs(
            query,
            lambda: _search(aws),
            region=aws.home_region,
            limit=limit,
            output=output,
            now=utc_now(),
        )


def list_jobs(
    query: JobQuery,
    search: Callable[[], Search],
    *,
    region: str,
    limit: int,
    output: str,
    now: datetime,
) -> int:
    """Print what the search finds, and give the exit code."""
    found = search().find(query, at_most=limit)
    if output == JSON:
        document = jobs_document(found, query, region=region, now=now)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _print(found, query, region=region, now=now)
    return FINE


def _print(found: FoundJobs, query: JobQuery, *, region: str, now: datetime) -> None:
    out = screen()
    filters = filter_words(query)
    asked = f"in {region}{f' {filters}' if filters else ''}"
    count = len(found.jobs)
    if not count:
        say_lines(out, f"No inference recommendations jobs {asked}.", first="")
        return
    table = listed(found.jobs, now)
    if table_lines(table, out.width) is None:
        table = narrowly_listed(found.jobs, now)
    say_figures(out, table, styles=STATUS_STYLES)
    say(out)
    lead = "1 job" if count == 1 else f"{count} jobs"
    if found.has_more:
        lead = "The first job" if count == 1 else f"The first {lead}"
    say_lines(out, f"{lead} {asked}, {order_words(query)}.", first="", style="dim")
    if found.has_more:
        say(out, Text("There are more: --limit N lists more of them.", style="dim"))


def _search(aws: Aws) -> Search:
    from recgate.adapters.sagemaker_job_search import SageMakerJobSearch

    return SageMakerJobSearch(aws.client("sagemaker"), Patience())

"""The options that answer a question about a new policy before it is asked."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import click

from recgate.cli.policy import new_answers
from recgate.cli.policy.new_job import read_share
from recgate.cli.policy.new_wishes import Wishes
from recgate.domain.candidate import EndpointKind
from recgate.domain.new_policy_bounds import LIMITS_OF_KIND, LIMITS_ON_DEMAND

C = TypeVar("C", bound=Callable[..., object])
T = TypeVar("T")

_FIGURES = {
    "max_cost_per_hour": "max_cost_per_hour_usd",
    "max_cost_per_million": "max_cost_per_million_inferences_usd",
    "max_p99": "max_latency_p99_ms",
    "max_model_latency": "max_model_latency_ms",
    "min_throughput": "min_invocations_per_minute",
}
"""Options that give a limit as a figure, and the limit."""

WITH_HEADROOM = tuple(
    dict.fromkeys(
        (*(name for names in LIMITS_OF_KIND.values() for name in names), *LIMITS_ON_DEMAND)
    )
)
"""The limits that a headroom can be asked for by name."""


def answer_options(command: C) -> C:
    """Add one option for each question."""
    for option in reversed(
        (
            click.option(
                "--recommendation",
                metavar="ID|TYPE",
                help="The recommendation of --from-job that must pass: its id, the end of it, or "
                "its instance type. Default: the cheapest of those with most measurements.",
            ),
            click.option(
                "--headroom",
                multiple=True,
                metavar="SHARE",
                help="The room to leave over it, 20% if nothing is said; LIMIT=10% for one limit.",
            ),
            click.option(
                "--kind",
                type=click.Choice([kind.value for kind in EndpointKind]),
                help="Which recommendations it judges. Default: realtime, or what the job's is.",
            ),
            click.option(
                "--tag",
                "tags",
                multiple=True,
                metavar="KEY=VALUE",
                help="A tag of the jobs that it concerns; twice for one key: either will do.",
            ),
            click.option(
                "--job-name",
                "job_names",
                multiple=True,
                metavar="GLOB",
                help="The names of the jobs that it concerns, such as checkout-*.",
            ),
            click.option(
                "--model-package-group",
                "groups",
                multiple=True,
                metavar="GLOB",
                help="The models whose jobs it concerns, by their group in the model registry.",
            ),
            click.option("--max-cost-per-hour", metavar="USD", help="USD an hour, for the fleet."),
            click.option("--max-cost-per-million", metavar="USD", help="USD a million inferences."),
            click.option("--max-p99", metavar="MS", help="The P99 that callers bear."),
            click.option(
                "--max-model-latency", metavar="MS", help="ModelLatency, of no stated percentile."
            ),
            click.option(
                "--min-throughput", metavar="N", help="Invocations a minute, for the fleet."
            ),
            click.option(
                "--families",
                metavar="A,B",
                help="The only instance families that are allowed, such as c7g,m7g.",
            ),
            click.option(
                "--enforce",
                metavar="WHEN",
                help="now (default), observe, or the day until which it only observes.",
            ),
            click.option("--owner", metavar="TEAM", help="Whom to ask about these limits."),
            click.option(
                "--notify",
                multiple=True,
                metavar="ROUTE",
                help="A route that hears of it. Default: the default routes.",
            ),
        )
    ):
        command = option(command)
    return command


def wishes_in(
    name: str | None,
    options: dict[str, Any],
    *,
    today: date,
    routes: Callable[[], Collection[str]],
) -> Wishes:
    """What the options say. ``routes`` gives the routes there are, asked for only if needed.

    Raises click.UsageError that names the option.
    """
    figures = {
        limit: _read(option, new_answers.figure, options[option])
        for option, limit in _FIGURES.items()
        if options[option] is not None
    }
    share, shares = _shares(options["headroom"])
    wishes = Wishes(
        name=None if name is None else _read("NAME", new_answers.name, name),
        kind=None if options["kind"] is None else EndpointKind(options["kind"]),
        recommendation=options["recommendation"],
        share=share,
        shares=shares,
        figures=figures,
        tags=_read("tag", new_answers.tags, options["tags"]) if options["tags"] else None,
        job_names=_globs("job_name", options["job_names"]),
        model_package_groups=_globs("model_package_group", options["groups"]),
    )
    if options["families"] is not None:
        families = _read("families", new_answers.families, options["families"])
        wishes = replace(wishes, families=families)
    if options["enforce"] is not None:
        when = _read("enforce", lambda text: new_answers.when(text, today), options["enforce"])
        wishes = replace(wishes, when=when)
    if options["owner"] is not None:
        wishes = replace(wishes, owner=_read("owner", new_answers.owner, options["owner"]))
    if options["notify"]:
        known = routes()
        heard = _read("notify", lambda names: new_answers.routes(names, known), options["notify"])
        wishes = replace(wishes, notify=heard)
    return wishes


def check_options(wishes: Wishes, *, from_job: bool) -> None:
    """Raises click.UsageError for options that need --from-job and do not have it."""
    alone = {
        "--recommendation": wishes.recommendation is not None,
        "--headroom": wishes.share is not None or bool(wishes.shares),
    }
    for option, is_said in alone.items():
        if is_said and not from_job:
            raise click.UsageError(f"{option} is about the job of --from-job: name its file.")


def _globs(option: str, words: tuple[str, ...]) -> tuple[str, ...] | None:
    return _read(option, new_answers.patterns, ",".join(words)) if words else None


def _shares(words: tuple[str, ...]) -> tuple[float | None, dict[str, float]]:
    share: float | None = None
    shares: dict[str, float] = {}
    for word in words:
        limit, written = read_share(word, WITH_HEADROOM)
        value = _read("headroom", new_answers.share, written)
        if limit:
            shares[limit] = value
        else:
            share = value
    return share, shares


def _read(option: str, read: Callable[[Any], T], words: object) -> T:
    """The answer in an option. Raises click.UsageError that names it."""
    try:
        return read(words)
    except ValueError as reason:
        named = option if option.isupper() else f"--{option.replace('_', '-')}"
        raise click.UsageError(f"{named}: {reason}.") from reason

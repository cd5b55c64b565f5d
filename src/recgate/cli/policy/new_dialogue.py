"""The questions about a new policy, at a terminal: each answer is checked at once.

Questions go to standard error, so that standard output holds the answer of the command alone.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import click

from recgate.cli.policy import new_answers
from recgate.cli.policy.new_asking import ask, ask_offering
from recgate.cli.policy.new_job import JobStart, picked
from recgate.cli.policy.new_wishes import REALTIME, SERVERLESS, Wishes
from recgate.domain.new_policy import scope_of
from recgate.domain.new_policy_bounds import DEFAULT_HEADROOM
from recgate.rendering.safe_text import clean

T = TypeVar("T")
Tags = new_answers.Tags

_LIMITS = {
    REALTIME: ("max_cost_per_hour_usd", "2.50", "USD an hour, for the whole fleet"),
    SERVERLESS: ("max_cost_per_million_inferences_usd", "12.00", "USD a million inferences"),
}
"""The limit on cost for each kind, what the shipped policies have there, and its unit."""

_P99_DEFAULTS = {REALTIME: "120", SERVERLESS: "1000"}


@dataclass(frozen=True, slots=True)
class Setting:
    """What the answers are checked against. ``name`` and ``owner`` are offered."""

    name: str
    owner: str
    routes: Collection[str]
    today: date
    check_name: Callable[[str], None]
    """Raises RecgateError for a name that is taken."""


def ask_wishes(said: Wishes, setting: Setting, start: JobStart | None) -> Wishes:
    """Ask for everything that was not said. Raises click.Abort when the answers end."""
    click.echo(
        "A new policy. Enter takes what stands in brackets, none means no such limit or "
        "condition, Ctrl-C writes nothing.",
        err=True,
    )
    wishes = replace(said, name=said.name or _name(setting))
    wishes = _what(wishes) if start is None else _around_what(wishes, start)
    wishes = _whom(wishes, start)
    if start is None:
        wishes = _limits(wishes)
    if wishes.families is None and wishes.kind is REALTIME:
        wishes = _families(wishes, start)
    return _how(wishes, setting)


def _name(setting: Setting) -> str:
    def free(text: str) -> str:
        name = new_answers.name(text)
        setting.check_name(name)
        return name

    return ask("Its id in messages, and the name of its file.", "Name", setting.name, free)


def _what(wishes: Wishes) -> Wishes:
    if wishes.kind is not None:
        return wishes
    asked = ask(
        "Which recommendations it judges: realtime or serverless.",
        "Kind",
        REALTIME.value,
        new_answers.kind,
    )
    return replace(wishes, kind=asked)


def _around_what(wishes: Wishes, start: JobStart) -> Wishes:
    """The recommendation, and the room to leave over it."""
    best = picked(start, wishes.recommendation, kind=wishes.kind, families=wishes.families or ())
    chosen = best
    if wishes.recommendation is None:
        chosen = ask_offering(
            "The recommendation that must pass, by its id or instance type.",
            "Recommendation",
            best.recommendation_id,
            lambda text: picked(start, text, kind=wishes.kind, families=()),
            best,
        )
    wishes = replace(wishes, recommendation=chosen.recommendation_id, kind=chosen.kind)
    if wishes.share is not None:
        return wishes
    share = ask(
        "How far the next job may be from it: the room that every limit leaves.",
        "Headroom",
        f"{100 * DEFAULT_HEADROOM:g}%",
        new_answers.share,
    )
    return replace(wishes, share=share)


def _whom(wishes: Wishes, start: JobStart | None) -> Wishes:
    """Which jobs it concerns."""
    scope = scope_of(start.snapshot) if start else None
    if wishes.tags is None:
        offered: Tags = {"env": ("prod", "production")} if scope is None else scope.tags
        tags = ask_offering(
            "The jobs that it concerns, by their tags: env=prod, env=production (either will do).",
            "Tags",
            ", ".join(f"{key}={value}" for key in offered for value in offered[key]) or "none",
            new_answers.told_tags,
            offered,
        )
        wishes = replace(wishes, tags=tags)
    if wishes.job_names is None:
        wishes = replace(
            wishes,
            job_names=ask(
                "And by their names: checkout-*, search-*.",
                "Job names",
                "none",
                new_answers.patterns,
            ),
        )
    if wishes.model_package_groups is None and scope is not None:
        groups = ask_offering(
            "And by the model: its group in the model registry.",
            "Model package groups",
            ", ".join(scope.model_package_groups) or "none",
            new_answers.patterns,
            scope.model_package_groups,
        )
        wishes = replace(wishes, model_package_groups=groups)
    return wishes


def _limits(wishes: Wishes) -> Wishes:
    kind = wishes.kind or REALTIME
    cost, offered, unit = _LIMITS[kind]
    figures = dict(wishes.figures)
    for limit, question, default, why in (
        (cost, "Most it may cost", offered, f"In {unit}; it warns a fifth before."),
        (
            "max_latency_p99_ms",
            "Most P99",
            _P99_DEFAULTS[kind],
            "What callers bear, in milliseconds.",
        ),
        (
            "min_invocations_per_minute",
            "Least throughput",
            "none",
            "Invocations a minute that it must take.",
        ),
    ):
        if limit not in figures:
            is_last = limit == "min_invocations_per_minute" and kind is SERVERLESS
            answer = ask(
                why, question, default, _needed(new_answers.told_figure, figures, is_last=is_last)
            )
            if answer is not None:
                figures[limit] = answer
    return replace(wishes, figures=figures)


def _needed(
    read: Callable[[str], T], said: Mapping[str, float], *, is_last: bool
) -> Callable[[str], T]:
    """As ``read``; the last chance to name a limit is not let pass."""

    def needed(text: str) -> T:
        answer = read(text)
        if is_last and not answer and not said:
            raise ValueError("a policy needs one limit at least")
        return answer

    return needed


def _families(wishes: Wishes, start: JobStart | None) -> Wishes:
    """The families; the recommendation that must pass is of one of them."""
    chosen = start and picked(start, wishes.recommendation, kind=wishes.kind, families=())

    def read(text: str) -> tuple[str, ...]:
        families = new_answers.families(text)
        if chosen and families and chosen.family not in families:
            raise ValueError(f"{clean(chosen.configuration, 80)} is none of these and must pass")
        return families

    families = ask(
        "The only instance families that are allowed: c7g, m7g, g5.",
        "Families",
        "any",
        _needed(read, wishes.figures, is_last=start is None),
    )
    return replace(wishes, families=families)


def _how(wishes: Wishes, setting: Setting) -> Wishes:
    if wishes.when is None:
        when = ask(
            "now: a failure closes the gate; observe: it is only told; a day: observe until then.",
            "Enforce",
            "now",
            lambda text: new_answers.when(text, setting.today),
        )
        wishes = replace(wishes, when=when)
    if wishes.owner is None:
        owner = ask_offering(
            "The team to ask about these limits.",
            "Owner",
            setting.owner or "none",
            new_answers.owner,
            setting.owner or None,
        )
        wishes = replace(wishes, owner=owner)
    if wishes.notify is None and setting.routes:
        notify = ask(
            f"Who hears of it: {', '.join(sorted(setting.routes))}; none is the default routes.",
            "Routes",
            "none",
            lambda text: new_answers.routes(new_answers.patterns(text), setting.routes),
        )
        wishes = replace(wishes, notify=notify)
    return wishes

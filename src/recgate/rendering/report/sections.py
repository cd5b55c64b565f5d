"""The parts of a report page that are read from the top: verdict, reasons, causes, next steps."""

from recgate.domain.decision import Decision
from recgate.domain.evaluation import Unmatched
from recgate.domain.job import JobStatus, Snapshot, Step
from recgate.domain.notice import Request
from recgate.domain.telling import Telling
from recgate.rendering.advice.likely_cause import likely_cause
from recgate.rendering.callers import caller, told_requests
from recgate.rendering.headline import summary
from recgate.rendering.headroom import Leading
from recgate.rendering.report.html import (
    SPACE,
    TEXT_LIMIT,
    Content,
    Markup,
    element,
    facts,
    items,
    lines,
    link,
    table,
    text,
    together,
)
from recgate.rendering.report.parts import POLICIES, not_shown, outcome_word, section, tone, word
from recgate.rendering.safe_text import clean, first
from recgate.rendering.story import REASON_LIMIT, Reasons, Story, revision, spoken_time
from recgate.rendering.words import NAME_LIMIT, spoken, verdict_word

TAGS, STEPS = 50, 100
"""The most of each that a page shows. SageMaker allows 50 tags."""


def verdict(telling: Telling, story: Story) -> Markup:
    """The verdict's word and number, and what would have to be known at a glance."""
    decision = telling.decision
    gate = "open" if decision.verdict.opens_gate else "closed"
    former = f" It was {spoken(telling.former)} before." if telling.former else ""
    said = verdict_word(decision)
    return element(
        "header",
        element("p", story.label, class_="label") if story.label else None,
        element("p", word(said), SPACE, f"The gate is {gate}.{former}", class_="verdict"),
        element("h1", clean(decision.snapshot.model, NAME_LIMIT)),
        element("p", summary(decision), class_="summary"),
        _job_facts(decision, story),
        class_=tone(said),
    )


def _job_facts(decision: Decision, story: Story) -> Markup:
    snapshot = decision.snapshot
    name = clean(snapshot.job_name, NAME_LIMIT)
    status = f"{snapshot.status}{f' ({snapshot.job_type})' if snapshot.job_type else ''}"
    made = told_requests(decision)
    asked = [
        (f"{done.title()} by", _asked(made[done]))
        for done in ("started", "stopped")
        if done in made
    ]
    return facts(
        [
            ("Job", link(story.job_url, name)),
            ("Logs", link(story.logs_url, "CloudWatch") if story.logs_url else None),
            ("Status", clean(status, NAME_LIMIT)),
            ("Started by", None if "started" in made else "not known"),
            *asked,
            ("Created", spoken_time(snapshot.created_at) if snapshot.created_at else "not known"),
            ("Ended", spoken_time(snapshot.ended_at) if snapshot.ended_at else "not known"),
            ("Took", story.ran),
            ("Region", clean(snapshot.region or "not known", NAME_LIMIT)),
            ("Account", clean(snapshot.account or "not known", NAME_LIMIT)),
            ("Tags", _tags(snapshot)),
            ("Policies", ", ".join(first(story.policies, POLICIES, thing="policies")) or "none"),
            ("Decided", spoken_time(decision.decided_at)),
        ]
    )


def _asked(request: Request) -> str:
    at = f", {spoken_time(request.at)}" if request.at else ""
    return f"{caller(request)}{at}"


def _tags(snapshot: Snapshot) -> Markup:
    if snapshot.tags is None:
        return text("not known")
    told = [clean(f"{key}={value}", 200) for key, value in sorted(snapshot.tags.items())]
    return text(", ".join(first(told, TAGS, thing="tags")) or "none", TAGS * 200)


def leading_configuration(leading: Leading | None) -> Markup | None:
    """The configuration to deploy, or the nearest, and its distance from each limit."""
    if leading is None:
        return None
    complies = leading.complies
    heading = "Configuration that complies" if complies else "Nearest configuration"
    rows: list[list[Content]] = [
        [
            figure.label,
            outcome_word(figure.outcome),
            figure.value or f"missing: {figure.missing}",
            figure.bound or "no limit",
            figure.distance or "not known",
        ]
        for figure in leading.figures
    ]
    limits = ["Limit", "Outcome", "Value", "Threshold", "Distance"]
    return section(
        "configuration",
        heading,
        element("p", leading.configuration, class_="configuration"),
        table(f"{leading.configuration} against each limit with a number", limits, rows)
        if rows
        else element("p", "No limit with a number applies to it."),
    )


def why(story: Story, decision: Decision) -> Markup | None:
    """What made the verdict, policy by policy."""
    listed = [_policy_reasons(reasons) for reasons in story.reasons[:POLICIES]]
    reason = clean(decision.evaluation.reason, TEXT_LIMIT)
    told = [*story.problems, *(reasons.heading for reasons in story.reasons)]
    is_news = not any(reason in line for line in told)
    return section(
        "why",
        "Why",
        element("p", reason) if is_news else None,
        items(story.problems),
        *listed,
        not_shown(len(story.reasons) - POLICIES, "policies"),
        items(story.unmatched),
    )


def _policy_reasons(reasons: Reasons) -> Markup:
    return together(
        [
            element("h3", reasons.heading),
            items(reasons.lines),
            element("p", reasons.nearest) if reasons.nearest else None,
        ]
    )


def sagemakers_reason(story: Story) -> Markup | None:
    """SageMaker's reason as it came, and what it most likely means."""
    if not story.failure_reason:
        return None
    return section(
        "reason",
        "Reason from SageMaker",
        element("blockquote", lines(story.failure_reason, REASON_LIMIT)),
        _cause(story),
    )


def _cause(story: Story) -> Markup | None:
    """The cause, with those of its steps that are not among the next steps anyway."""
    cause = story.cause
    if cause is None:
        return None
    steps = [step for step in cause.next_steps if step not in story.next_steps]
    return together(
        [
            element(
                "p", element("strong", "Likely cause:"), SPACE, text(cause.cause, REASON_LIMIT)
            ),
            items([text(step, REASON_LIMIT) for step in steps]),
        ]
    )


def next_steps_section(story: Story) -> Markup | None:
    """What to do now."""
    steps = [text(step, REASON_LIMIT) for step in story.next_steps]
    return section("next", "What to do next", items(steps))


def failed_steps(decision: Decision) -> Markup | None:
    """The benchmarks that SageMaker lists as failed, each with its reason."""
    failed = [step for step in decision.snapshot.steps if step.status == JobStatus.FAILED]
    if not failed:
        return None
    more = len(failed) - STEPS
    return section(
        "failed-benchmarks",
        "Failed benchmarks",
        table(
            f"{len(failed)} of {len(decision.snapshot.steps)} benchmarks failed",
            ["Instance type", "Endpoint", "Reason from SageMaker"],
            [_failed_step(step) for step in failed[:STEPS]],
            kind="texts",
        ),
        not_shown(more, "benchmarks"),
    )


def _failed_step(step: Step) -> list[Content]:
    reason = step.failure_reason or ""
    cause = likely_cause(reason)
    return [
        clean(step.instance_type or "not known", NAME_LIMIT),
        clean(step.endpoint_name or "not known", NAME_LIMIT),
        element(
            "td",
            lines(reason or "SageMaker gave no reason", REASON_LIMIT),
            element("small", text(f"Likely cause: {cause.cause}", REASON_LIMIT)) if cause else None,
        ),
    ]


def unmatched_policies(unmatched: tuple[Unmatched, ...]) -> Markup | None:
    """The policies that did not judge the job, and why not."""
    if not unmatched:
        return None
    rows: list[list[Content]] = [
        [
            revision(entry.policy),
            "may apply" if entry.in_doubt else "does not apply",
            entry.reason or "no reason given",
        ]
        for entry in unmatched[:POLICIES]
    ]
    more = len(unmatched) - POLICIES
    return section(
        "other-policies",
        "Policies that did not judge the job",
        table(
            "Policies and why they did not judge", ["Policy", "Applies", "Why"], rows, kind="texts"
        ),
        not_shown(more, "policies"),
    )


def notes(story: Story) -> Markup | None:
    """What else was noticed about the job's figures."""
    return section("notes", "Notes", items(story.notes))

"""The parts of the page: jobs, mails, dead letters, buttons. Every text is escaped."""

from collections.abc import Sequence
from html import escape

from tests.playground.markup import chip, pretty, time_html
from tests.playground.world import (
    DeadLetter,
    JobView,
    Mail,
    Nudge,
    Sample,
    SlackMood,
    Trouble,
)

MAILS_SHOWN = 60

_MOODS = {
    SlackMood.WELL: "Slack is well",
    SlackMood.DOWN: "Slack is down",
    SlackMood.RATE_LIMITS: "Slack limits the rate",
    SlackMood.NOT_INVITED: "recgate is in no channel",
}
_BUTTONS = {
    Trouble.SLACK_DOWN: "Slack is down",
    Trouble.SLACK_RATE_LIMITS: "Slack rate-limits",
    Trouble.SLACK_NOT_INVITED: "Remove recgate from the channel",
    Trouble.SLACK_BACK: "Slack is well",
    Trouble.POISON: "Put a poisoned message",
    Trouble.CLOUDTRAIL: "Send the CloudTrail Create event",
}
_NUDGES = {
    Nudge.PROGRESS: "Show progress now",
    Nudge.DIGEST: "Send a digest now",
}
_RUNNING = ("PENDING", "IN_PROGRESS")


def sample_choices(samples: Sequence[Sample]) -> str:
    """The ways for a job to end, the first one chosen."""
    return "".join(
        f'<label class="sample"><input type="radio" name="sample" value="{escape(sample.name)}"'
        f"{' checked' if place == 0 else ''}><span><b>{escape(sample.name)}</b>"
        f"<small>{escape(sample.shows)}</small></span></label>"
        for place, sample in enumerate(samples)
    )


def jobs_html(jobs: Sequence[JobView], token: str) -> str:
    """The jobs with their progress; those that run can be stopped."""
    if not jobs:
        return '<p class="empty">No job yet. Create one.</p>'
    return "".join(_job(job, token) for job in jobs)


def mails_html(mails: Sequence[Mail]) -> str:
    """The mails, newest first."""
    if not mails:
        return '<p class="empty">No mail yet.</p>'
    return "".join(
        f'<article class="mail"><header><b>{escape(mail.subject or "(no subject)")}</b>'
        f"{time_html(mail.at)}</header><p>from AWS Notifications, topic {escape(mail.topic)}</p>"
        f"<pre>{escape(mail.text)}</pre></article>"
        for mail in mails[:MAILS_SHOWN]
    )


def dead_letters_html(letters: Sequence[DeadLetter]) -> str:
    """The dead letters, with the reason that was given."""
    if not letters:
        return '<p class="empty">Nothing was given up on.</p>'
    hint = "They stay until somebody moves them back: <code>recgate redrive</code>."
    return f'<p class="hint">{hint}</p>' + "".join(
        f'<article class="letter"><header><b>{escape(letter.reason or "no reason given")}</b>'
        f"{time_html(letter.at)}</header><pre>{pretty(letter.body)}</pre></article>"
        for letter in letters
    )


def mood_html(mood: SlackMood) -> str:
    """How Slack is."""
    return f'<span class="mood {mood}">{_MOODS[mood]}</span>'


def trouble_buttons() -> str:
    """A button for each trouble."""
    return "".join(
        f'<button name="trouble" value="{trouble}">{said}</button>'
        for trouble, said in _BUTTONS.items()
    )


def nudge_buttons() -> str:
    """A button for everything that would come by itself, later."""
    return "".join(
        f'<button name="nudge" value="{nudge}">{said}</button>' for nudge, said in _NUDGES.items()
    )


def _job(job: JobView, token: str) -> str:
    name = escape(job.name)
    tags = "".join(
        f'<span class="tag">{escape(key)}={escape(value)}</span>'
        for key, value in (job.tags or {}).items()
        if not key.startswith("playground")
    )
    sample = f"<small>ends as {escape(job.sample)}</small>" if job.sample else ""
    reason = f'<p class="reason">{escape(job.failure_reason)}</p>' if job.failure_reason else ""
    return (
        f'<article class="job"><header><b>{name}</b>{time_html(job.modified_at)}'
        f"{chip(job.status)}</header>{_progress(job, token)}{reason}"
        f"<footer>{tags}{sample}</footer></article>"
    )


def _progress(job: JobView, token: str) -> str:
    if job.status not in _RUNNING:
        return ""
    name = escape(job.name)
    running = job.benchmarks_started - job.benchmarks_done
    done = f"benchmarks: {job.benchmarks_done} done, {running} running"
    return (
        f'<form method="post" action="/stop"><progress value="{job.share:.3f}" max="1"></progress>'
        f'<input type="hidden" name="token" value="{escape(token)}">'
        f'<input type="hidden" name="name" value="{name}">'
        f'<button class="small" data-key="stop {name}">Stop</button></form><p>{done}</p>'
    )

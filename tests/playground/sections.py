"""The parts of the page: jobs, Slack, mails, dead letters, trouble. Every text is escaped."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from tests.playground.markup import chip, pretty, time_html
from tests.playground.render import message_html
from tests.playground.world import (
    DeadLetter,
    JobView,
    Mail,
    Sample,
    SlackMessage,
    SlackMood,
    Trouble,
)

MESSAGES_SHOWN = 60

_MOODS = {
    SlackMood.WELL: "Slack is well",
    SlackMood.DOWN: "Slack is down",
    SlackMood.RATE_LIMITS: "Slack limits the rate",
}
_BUTTONS = {
    Trouble.SLACK_DOWN: "Slack is down",
    Trouble.SLACK_RATE_LIMITS: "Slack rate-limits",
    Trouble.SLACK_BACK: "Slack is back",
    Trouble.POISON: "Put a poisoned message",
    Trouble.CLOUDTRAIL: "Send the CloudTrail Create event",
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


def slack_html(messages: Sequence[SlackMessage]) -> str:
    """The messages of each channel as a person sees them, newest first."""
    if not messages:
        return '<p class="empty">Nobody has said anything yet.</p>'
    by_channel = sorted(messages[:MESSAGES_SHOWN], key=lambda each: each.channel)
    return "".join(
        f'<h2 class="channel"><i>#</i> {escape(channel)}</h2>{"".join(map(_message, said))}'
        for channel, said in groupby(by_channel, key=lambda each: each.channel)
    )


def mails_html(mails: Sequence[Mail]) -> str:
    """The mails, newest first."""
    if not mails:
        return '<p class="empty">No mail yet.</p>'
    return "".join(
        f'<article class="mail"><header><b>{escape(mail.subject or "(no subject)")}</b>'
        f"{time_html(mail.at)}</header><p>from AWS Notifications, topic {escape(mail.topic)}</p>"
        f"<pre>{escape(mail.text)}</pre></article>"
        for mail in mails[:MESSAGES_SHOWN]
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


def _message(said: SlackMessage) -> str:
    try:
        inside = message_html(said.message)
    # Anybody may post anything to the local Slack; the page shows the others all the same.
    except (ValueError, KeyError, TypeError, AttributeError) as strange:
        inside = f'<p class="broken">This message cannot be drawn: {escape(str(strange))}</p>'
    refused = f'<p class="refused">Slack refused it: {escape(said.refusal)}</p>'
    return (
        f'<div class="message{" lost" if said.refusal else ""}"><div class="icon">r</div>'
        f'<div class="said"><div class="who"><b>recgate</b><span class="app">APP</span> '
        f"{time_html(said.at)}</div>{refused if said.refusal else ''}{inside}</div></div>"
    )

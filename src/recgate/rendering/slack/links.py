"""Where a message leads: buttons to the report, the job and its logs, and the line of facts."""

from recgate.domain.decision import Decision
from recgate.domain.job import JobStatus
from recgate.rendering.callers import caller, told_requests
from recgate.rendering.slack.limits import CONTEXT
from recgate.rendering.slack.limits_markup import address
from recgate.rendering.slack.parts import (
    Block,
    Room,
    code,
    context,
    escaped,
    link_button,
    reader_time,
)
from recgate.rendering.story import Story
from recgate.rendering.words import NAME_LIMIT


def link_buttons(decision: Decision, story: Story, room: Room) -> list[Block]:
    """Buttons to the report, the job and its logs: those that have an address."""
    failed = decision.snapshot.status is JobStatus.FAILED
    links = [
        ("report", "Open Report", story.report_url, ""),
        ("console", "Open Job", story.job_url, ""),
        ("logs", "Open Logs", story.logs_url, "primary" if failed else ""),
    ]
    if failed:
        links = [links[2], *links[:2]]
    return [
        link_button(f"recgate_{action}", text, url, style=style)
        for action, text, url, style in links
        if is_link(url) and len(url) <= room.address
    ]


def is_link(url: str) -> bool:
    """Whether it is an address that Slack takes: that of a file at a desk is none."""
    return not list(address(url, "address"))


def job_words(name: str, url: str, room: Room) -> str:
    """The job's name in mrkdwn, with its address where there is one."""
    most = min(NAME_LIMIT, room.line)
    if not is_link(url) or len(url) > room.address:
        return f"job {code(name, most)}"
    return f"<{url}|{(escaped(name, most) or 'job without a name').replace('|', ' ')}>"


def facts(decision: Decision, story: Story, room: Room) -> Block:
    """Job, policies and their revisions, region, account, time, how long it ran, who asked."""
    snapshot = decision.snapshot
    job = job_words(snapshot.job_name, story.job_url, room)
    started = told_requests(decision).get("started")
    policies = [_policy(policy, room) for policy in story.policies[: room.policies]]
    more = len(story.policies) - len(policies)
    named = [*policies, *([f"{more} more"] if more > 0 else [])]
    parts = [
        job,
        f"{'policies' if len(story.policies) > 1 else 'policy'} {', '.join(named)}"
        if named
        else "no policy",
        escaped(snapshot.region or "", room.line),
        escaped(snapshot.account or "", room.line),
        reader_time(decision.decided_at),
        story.ran,
        f"started by {code(caller(started), room.line)}" if started else "",
    ]
    text = " · ".join(part for part in parts if part)
    return context("facts", text if len(text) <= CONTEXT else job)


def _policy(told: str, room: Room) -> str:
    """A policy's name as code, and its revision: "`prod-realtime` (3f9c2a1)"."""
    name, _, revision = told.rpartition(" (")
    return f"{code(name, room.line)} ({escaped(revision.rstrip(')'), room.line)})"

"""The parts that every Slack form of a message is made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recgate.domain.decision import Decision
from recgate.domain.verdict import Verdict
from recgate.rendering.callers import CALLER_LIMIT, requests_words
from recgate.rendering.headline import headline
from recgate.rendering.safe_text import clean, mrkdwn, plain
from recgate.rendering.slack_limits import CONTEXT, HEADER
from recgate.rendering.story import Reasons, Row, Story, spoken_time
from recgate.rendering.words import NAME_LIMIT, job_failed, verdict_word

Block = dict[str, Any]

_EMOJI = {
    Verdict.PASS: ":large_green_circle:",
    Verdict.WARN: ":large_yellow_circle:",
    Verdict.WAIVED: ":large_blue_circle:",
    Verdict.WOULD_FAIL: ":large_orange_circle:",
    Verdict.UNCOVERED: ":white_circle:",
    Verdict.NO_RESULT: ":black_square_for_stop:",
    Verdict.UNKNOWN: ":large_yellow_circle:",
    Verdict.FAIL: ":red_circle:",
    Verdict.ERROR: ":warning:",
}


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a story fits: lines of a list, policies, rows of the table, characters."""

    lines: int
    policies: int
    rows: int
    line: int
    reason: int


def header(decision: Decision) -> Block:
    """The headline."""
    text = plain(headline(decision), HEADER)
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def verdict(decision: Decision, mentioned: str) -> Block:
    """The verdict word with its emoji, and the people whom it concerns (may be empty)."""
    emoji = ":x:" if job_failed(decision) else _EMOJI[decision.verdict]
    said = f"{emoji} *{verdict_word(decision)}*"
    if not decision.verdict.opens_gate:
        said += ", no configuration is approved"
    return section(f"{said}\n{mentioned}" if mentioned else said)


def section(text: str) -> Block:
    """A section of mrkdwn; the text is escaped already."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Block:
    """A small grey line of mrkdwn; the text is escaped already."""
    element = {"type": "mrkdwn", "text": text, "verbatim": True}
    return {"type": "context", "elements": [element]}


def facts(decision: Decision, story: Story) -> Block:
    """Job, policies, who asked for it, region, account and time."""
    snapshot = decision.snapshot
    policies = [judgement.policy.name for judgement in decision.evaluation.judgements]
    job = mrkdwn(clean(snapshot.job_name, NAME_LIMIT), 4 * NAME_LIMIT) or "job without a name"
    parts = [
        f"<{story.job_url}|{job.replace('|', ' ')}>" if story.job_url else job,
        f"policy {mrkdwn(clean(', '.join(policies), NAME_LIMIT), 4 * NAME_LIMIT)}"
        if policies
        else "",
        *(mrkdwn(words, 4 * CALLER_LIMIT) for words in requests_words(decision)),
        mrkdwn(clean(snapshot.region or "", NAME_LIMIT), NAME_LIMIT),
        mrkdwn(clean(snapshot.account or "", NAME_LIMIT), NAME_LIMIT),
        _date(decision.decided_at),
    ]
    text = " · ".join(part for part in parts if part)
    return context(text if len(text) <= CONTEXT else job)


def _date(moment: datetime) -> str:
    """The moment in the reader's own time zone, with UTC for clients that cannot say it."""
    stamp = int(moment.timestamp())
    return f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|{spoken_time(moment)}>"


def told(reasons: Reasons) -> list[str]:
    """A policy's reasons and its nearest configuration."""
    return [*reasons.lines, *([reasons.nearest] if reasons.nearest else [])]


def lists(story: Story) -> list[tuple[str, tuple[str, ...]]]:
    """The lists that a story has, each with its heading."""
    lists = {
        "What went wrong": story.problems,
        "Other policies": story.unmatched,
        "Failed benchmarks": story.failed_steps,
        "Notes": story.notes,
    }
    return [(heading, lines) for heading, lines in lists.items() if lines]


def row_verdict(row: Row) -> str:
    """A recommendation's verdict and what it rests on."""
    return f"{row.verdict}: {row.why}" if row.why else row.verdict

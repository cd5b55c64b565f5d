"""What sets a decision apart from every other, so that it can be found and made again."""

from recgate.domain.decision import ENGINE, Decision
from recgate.domain.evaluation import Judgement
from recgate.rendering.report.html import Content, Markup, element, facts, table
from recgate.rendering.report.parts import POLICIES, not_shown, section, word
from recgate.rendering.safe_text import clean
from recgate.rendering.story import spoken_time
from recgate.rendering.words import NAME_LIMIT, spoken

_TEXT = 200


def record(decision: Decision) -> Markup | None:
    """The record's identity: keys, digests, versions, times, and the command for this page."""
    snapshot = decision.snapshot
    return section(
        "record",
        "Record",
        facts(
            [
                ("Decision", _code(decision.key)),
                ("Snapshot", _code(snapshot.digest)),
                ("Policies", _code(decision.policies_digest)),
                ("Engine", ENGINE),
                ("Judged on", decision.judged_on.isoformat()),
                ("Decided at", decision.decided_at.isoformat()),
                ("Trigger", _trigger(decision)),
                ("Job", _code(snapshot.job_arn or snapshot.job_name)),
                ("Model package", _code(snapshot.model_package_arn)),
                ("This page again", _code(f"recgate report {clean(decision.key, _TEXT)}")),
            ]
        ),
        element(
            "p",
            "The command needs the ledger that holds the decision: add --stack NAME or "
            "--ledger NAME. The same decision always gives the same page.",
            class_="more",
        ),
        _policies(decision),
    )


def _code(words: str | None) -> Markup | None:
    return element("code", clean(words, _TEXT)) if words else None


def _trigger(decision: Decision) -> str:
    trigger = decision.trigger
    words = [
        str(trigger.source),
        f"event {clean(trigger.event_id, _TEXT)}" if trigger.event_id else "",
        spoken_time(trigger.time) if trigger.time else "",
        f"again for event {clean(trigger.redrive_of, _TEXT)}" if trigger.redrive_of else "",
    ]
    return ", ".join(part for part in words if part)


def _policies(decision: Decision) -> Markup | None:
    """Every policy that judged, to the last digit."""
    judgements = decision.evaluation.judgements
    if not judgements:
        return None
    made = table(
        "Policies that judged",
        ["Policy", "Verdict", "Mode", "Owner", "File", "Digest"],
        [_policy(judgement) for judgement in judgements[:POLICIES]],
        kind="texts",
    )
    more = not_shown(len(judgements) - POLICIES, "policies")
    return element("div", made, more)


def _policy(judgement: Judgement) -> list[Content]:
    policy = judgement.policy
    return [
        clean(policy.name, NAME_LIMIT),
        word(spoken(judgement.verdict)),
        judgement.mode.value,
        clean(policy.owner, NAME_LIMIT),
        clean(policy.file, _TEXT),
        _code(policy.digest),
    ]

"""Decisions as CSV (RFC 4180): one row for each policy that judged, and fit for a spreadsheet.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break for a
formula, whoever wrote it; some take their full-width forms, and some split at ``;`` first
(https://owasp.org/www-community/attacks/CSV_Injection). Text that would be taken so gets an
apostrophe before it, which is how a spreadsheet itself says "this is text". What is a plain number
stays one. Cells have no line breaks and nothing that cannot be seen; texts are cut to
`TEXT_LIMIT`. JSON has everything exactly.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from recgate.domain.loose_json import mapping_in
from recgate.domain.recorded_configuration import Configuration, text_of
from recgate.domain.recorded_decision import PolicyResult, RecordedDecision
from recgate.domain.waiver import Waiver
from recgate.rendering.callers import caller
from recgate.rendering.evidence.decision_list import iso
from recgate.rendering.evidence.decision_words import decimal_text, gate_words
from recgate.rendering.safe_text import clean

TEXT_LIMIT = 2_048
"""Characters of a cell; a spreadsheet takes 32,767."""

_FIGURES = (
    *("cost_per_hour_usd", "cost_per_million_inferences_usd", "latency_p99_ms"),
    *("model_latency_ms", "invocations_per_minute", "cpu_utilization_pct"),
    *("memory_utilization_pct", "serverless_memory_mb", "serverless_concurrency"),
)

COLUMNS = (
    *("recorded_at", "decision", "verdict", "gate", "reason"),
    *("job", "job_arn", "job_status", "account", "region"),
    *("model", "model_version", "model_package_arn", "created_by", "trigger", "judged_on"),
    *("policy", "policy_revision", "policy_mode", "policy_verdict", "policy_reason"),
    *("limits_broken", "is_approved", "recommendation_id", "kind", "instance_type"),
    *("instance_count", "environment", *_FIGURES),
    *("waivers", "waiver_approvers", "waivers_expire"),
    *("snapshot_digest", "policies_digest", "engine"),
)
"""The columns in their order, which later versions keep: new ones come behind."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = re.compile(r"(^|;\s*)([=+\-@＝＋－＠])")


def table_head() -> str:
    """The first line, with the names of the columns."""
    return _line(COLUMNS)


def table_rows(made: RecordedDecision) -> Iterator[str]:
    """A line for each policy that judged; one without a policy for a decision that had none."""
    about = _about(made)
    for result in made.policies or (None,):
        told = made.configuration if result is None else result.configuration
        row = about | _configuration(told) | _policy(result) | _waivers(result)
        is_chosen = made.is_open and told is not None and told == made.configuration
        row["is_approved"] = "yes" if is_chosen else "no"
        yield _line([cell(row.get(name, "")) for name in COLUMNS])


def cell(text: str) -> str:
    """The text as a cell that no spreadsheet computes."""
    shown = clean(text, TEXT_LIMIT)
    return shown if _NUMBER.fullmatch(shown) else _FORMULA.sub(r"\1'\2", shown)


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _about(made: RecordedDecision) -> dict[str, str]:
    body, job = made.body, mapping_in(made.body.get("job"))
    return {
        "recorded_at": iso(made.recorded_at),
        "decision": made.key,
        "verdict": made.verdict.value,
        "gate": gate_words(made),
        "reason": made.reason,
        "job": made.job_name,
        "job_arn": made.job_arn or "",
        "job_status": text_of(job.get("status")),
        "account": made.account,
        "region": made.region,
        "model": made.model or "",
        "model_version": "" if made.version is None else str(made.version),
        "model_package_arn": made.package_arn or "",
        "created_by": caller(made.created) if made.created else "",
        "trigger": text_of(mapping_in(body.get("trigger")).get("source")),
        "judged_on": text_of(body.get("judged_on")),
        "snapshot_digest": text_of(body.get("snapshot_digest")),
        "policies_digest": text_of(body.get("policies_digest")),
        "engine": text_of(body.get("engine")),
    }


def _policy(result: PolicyResult | None) -> dict[str, str]:
    if result is None:
        return {}
    return {
        "policy": result.policy,
        "policy_revision": result.digest,
        "policy_mode": result.mode,
        "policy_verdict": result.verdict,
        "policy_reason": result.reason,
        "limits_broken": " ".join(result.broken),
    }


def _configuration(found: Configuration | None) -> dict[str, str]:
    if found is None:
        return {}
    count, figures = found.instance_count, found.figures
    return {
        "recommendation_id": found.recommendation_id,
        "kind": found.kind,
        "instance_type": found.instance_type or "",
        "instance_count": "" if count is None else str(count),
        "environment": " ".join(f"{name}={value}" for name, value in found.environment),
        **{name: decimal_text(figures[name]) for name in _FIGURES if name in figures},
    }


def _waivers(result: PolicyResult | None) -> dict[str, str]:
    used: tuple[Waiver, ...] = () if result is None else result.waivers
    return {
        "waivers": ", ".join(waiver.id for waiver in used),
        "waiver_approvers": ", ".join(waiver.approved_by for waiver in used),
        "waivers_expire": ", ".join(waiver.expires.isoformat() for waiver in used),
    }

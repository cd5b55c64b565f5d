"""The file of a new policy, with comments in the hand of the policies that are shipped."""

import math
from collections.abc import Iterator

from recgate.domain.candidate import EndpointKind
from recgate.domain.new_policy import NewPolicy
from recgate.domain.new_policy_bounds import Bound
from recgate.domain.policy import Mode
from recgate.rendering.new_policy.yaml_text import (
    Line,
    aligned,
    comment,
    figure,
    mapping,
    names,
)
from recgate.rendering.yaml_flow import scalar

AIMS = {
    EndpointKind.REALTIME: "What real-time recommendations must meet before they are deployed.",
    EndpointKind.SERVERLESS: "What serverless recommendations must meet before they are deployed.",
}

MEASURES = {
    "max_cost_per_hour_usd": "USD an hour, for the whole fleet",
    "max_cost_per_million_inferences_usd": "USD a million inferences",
    "max_latency_p99_ms": "ms, measured in CloudWatch",
    "max_model_latency_ms": "ms, of no stated percentile",
    "min_invocations_per_minute": "a minute, for the whole fleet",
    "max_cpu_utilization_pct": "%, summed over the cores",
    "max_memory_utilization_pct": "%",
    "max_instance_count": "instances",
    "max_serverless_memory_mb": "MB",
    "max_serverless_concurrency": "invocations at once",
}
"""What the figure of a limit counts."""

_DOUBLE = 1e-6
"""More than a double takes from, or adds to, a percentage that is a round figure."""

_OTHER_KIND = {
    EndpointKind.REALTIME: "serverless rows of the same job are not judged here",
    EndpointKind.SERVERLESS: "real-time rows of the same job are not judged here",
}


def policy_text(new: NewPolicy, *, schema: str) -> str:
    """The whole file. ``schema`` is where an editor finds the schema, from the file's folder."""
    parts = (
        [f"# yaml-language-server: $schema={schema}", *_head(new)],
        aligned(_identity(new)),
        aligned(_scope(new)),
        aligned(_judging(new)),
        aligned(_limits(new)),
        list(_telling(new)),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(new: NewPolicy) -> Iterator[str]:
    yield "#"
    yield comment(AIMS[new.kind])
    if new.origin:
        chosen = new.origin.chosen
        yield comment(f"Made from the job {new.origin.job_name},")
        yield comment(f"around its recommendation {chosen.configuration}.")
    yield "#"
    yield "# Change first:"
    what = " and ".join(bound.name for bound in new.bounds[:2]) or "instance_families"
    yield "#   1. applies_to    which jobs it concerns"
    yield f"#   2. {what}    what you can pay, what your callers bear"
    yield "#"
    yield f"# Its tests are in tests/{new.name}.yaml: run them with recgate policy test."
    yield "# The whole language, with every key: docs/policy-language.md of recgate."


def _identity(new: NewPolicy) -> Iterator[Line]:
    yield "version: 1", "of the policy language"
    yield f"policy: {scalar(new.name)}", "the id in messages and records: always the file's name"
    if new.owner:
        yield f"owner: {scalar(new.owner)}", "whom to ask about these limits"
    else:
        yield "# owner: ml-platform", "whom to ask about these limits"
    yield f"description: {scalar(AIMS[new.kind])}", ""


def _scope(new: NewPolicy) -> Iterator[Line]:
    yield "applies_to:", 'every key must match; a list means "one of"; globs such as prod-* work'
    if new.tags:
        yield f"  tags: {mapping({key: names(new.tags[key]) for key in new.tags})}", ""
    else:
        yield "  # tags: {env: [prod, production]}", "left out: whatever the tags are"
    if new.job_names:
        yield f"  job_names: {names(new.job_names)}", ""
    if new.model_package_groups:
        yield f"  model_package_groups: {names(new.model_package_groups)}", ""
    if not new.job_names and not new.model_package_groups:
        yield '  # job_names: ["checkout-*"]', "left out: whatever the job is called"
    yield f"  endpoint_kind: {new.kind}", _OTHER_KIND[new.kind]


def _judging(new: NewPolicy) -> Iterator[Line]:
    yield "candidates: any", "one recommendation must meet every limit (or: all, {at_least: 2})"
    yield "on_missing: fail", "what was not measured keeps the gate closed, as UNKNOWN"
    yield f"mode: {new.mode}", _mode_words(new)
    if new.enforce_from:
        yield f"enforce_from: {new.enforce_from.isoformat()}", "only observe before this day (UTC)"


def _mode_words(new: NewPolicy) -> str:
    if new.mode is Mode.OBSERVE:
        return "failures are told as WOULD_FAIL; enforce, once they are few"
    return "observe: failures are told as WOULD_FAIL"


def _limits(new: NewPolicy) -> Iterator[Line]:
    yield "require:", "a bare number fails beyond it; {warn, fail} warns first"
    for bound in new.bounds:
        yield f"  {bound.name}: {_demand(bound)}", _bound_words(bound)
    if new.families:
        yield "  instance_families:", ""
        yield f"    allow: {names(new.families)}", "only these; deny: [p4d, p5] would beat it"
    for gap in new.left_out:
        yield f"  # {gap.name}:", f"left out: {gap.reason}"
    if not new.families and new.kind is EndpointKind.REALTIME:
        had = new.origin.families if new.origin else ()
        said = f"; those of the job: {', '.join(had)}" if had else ""
        yield "  # instance_families: {deny: [p4d, p5]}", f"left out: every family{said}"


def _demand(bound: Bound) -> str:
    fail = figure(bound.fail, bound.spec.unit)
    if bound.warn is None:
        return fail
    return f"{{warn: {figure(bound.warn, bound.spec.unit)}, fail: {fail}}}"


def _bound_words(bound: Bound) -> str:
    """What the job had, and what headroom the limit leaves: ``the job: 0.736 USD; leaves 22%``."""
    if bound.had is None:
        return MEASURES[bound.name]
    written = figure(bound.had, bound.spec.unit)
    unit, _, more = MEASURES[bound.name].partition(", ")
    said = f"the job: {written} {unit}; leaves {leaves_words(bound)}"
    return f"{said} ({more})" if more else said


def leaves_words(bound: Bound) -> str:
    """The headroom that a bound leaves, in percent, never more than there is."""
    percent = 100 * (bound.leaves or 0.0)
    asked = 100 * (bound.asked or 0.0)
    told = 0.0
    for decimals in (0, 1, 2):
        scale = 10**decimals
        told = math.floor(percent * scale + _DOUBLE) / scale
        if told + _DOUBLE >= asked and (told or not percent):
            break
    return f"{told:g}%"


def _telling(new: NewPolicy) -> Iterator[str]:
    yield "# Who hears of it: names in routes.yaml. Left out, the default routes do."
    if new.notify:
        yield f"notify: {names(new.notify)}"
    else:
        yield "# notify: [slack-ml-prod, sns-finops]"
    yield ""
    yield "# What follows in the model registry: nothing, unless you ask for it."
    yield "# on_pass: {registry: approve}"
    yield "# on_fail: {registry: reject}"

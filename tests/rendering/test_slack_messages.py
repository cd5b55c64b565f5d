"""What Slack's messages of verdicts promise, beside what the golden files show."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from recgate.domain.decision import Decision
from recgate.domain.job import ExistingEndpoint, JobStatus, Step
from recgate.domain.limits import OnMissing
from recgate.domain.reading import Reading
from recgate.domain.telling import StandIn, Telling
from recgate.domain.verdict import Verdict
from recgate.rendering.headline import HEADLINE_LIMIT
from recgate.rendering.slack.blocks import EVENT_TYPE, forms
from recgate.rendering.slack.limits import violations
from recgate.rendering.slack.parts import fitted
from recgate.rendering.sns.message import publish_arguments
from recgate.rendering.words import Span, Style
from tests.builders import at_most, candidate, decision, families, policy, snapshot
from tests.rendering.decisions import (
    PARENT,
    PROD,
    REALTIME_LIMITS,
    REPORT,
    decisions,
    seven,
    tellings,
    waived,
)

MENTIONS = ("<@U0123ABCD>", "<!subteam^S0123ABCD>")
P99 = policy(at_most("max_latency_p99_ms", 120))
FAST = candidate("ml.c7g.xlarge", latency_p99_ms=84, cost_per_hour_usd=0.17)
SLOW = candidate("ml.g5.xlarge", latency_p99_ms=200, cost_per_hour_usd=1.41)


def rich(made: Decision | Telling, **changes: Any) -> dict[str, Any]:
    """The richest form of a decision."""
    telling = made if isinstance(made, Telling) else Telling(made, **changes)
    return forms(telling, mentions=MENTIONS)[0]


def block(message: dict[str, Any], part: str) -> dict[str, Any]:
    """The block whose id has this part."""
    found: list[dict[str, Any]] = [
        each for each in message["blocks"] if f"_{part}_" in each["block_id"]
    ]
    assert len(found) == 1, [each["block_id"] for each in message["blocks"]]
    return found[0]


def parts(message: dict[str, Any]) -> list[str]:
    """The blocks in their order, by the part of their ids that is stable."""
    return [each["block_id"].split("_", 1)[1].rsplit("_", 1)[0] for each in message["blocks"]]


def said(part: Any) -> str:
    """Every text in a block, one after the other."""
    return "".join(texts(part))


def texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)


def items(rich_text: dict[str, Any]) -> list[str]:
    """The lines of a list in rich text."""
    lists = [each for each in rich_text["elements"] if each["type"] == "rich_text_list"]
    return [said(item) for each in lists for item in each["elements"]]


def styled(part: Any, style: str) -> list[str]:
    """The texts of rich text that stand in a style."""
    if isinstance(part, dict):
        found = [part["text"]] if part.get("style", {}) == {style: True} else []
        return found + [text for value in part.values() for text in styled(value, style)]
    if isinstance(part, list):
        return [text for value in part for text in styled(value, style)]
    return []


# --- every message -------------------------------------------------------------------------


@pytest.mark.parametrize("name", tellings())
def test_every_form_keeps_slacks_limits(name: str) -> None:
    """The table, the sections and the text: whichever gets out."""
    made = forms(tellings()[name], mentions=MENTIONS)

    assert [violations(message) for message in made] == [[], [], []]
    assert ["blocks" in message for message in made] == [True, True, False]
    assert all(message["unfurl_links"] is message["unfurl_media"] is False for message in made)


@pytest.mark.parametrize("name", tellings())
def test_the_header_begins_with_the_verdict_and_is_short_enough(name: str) -> None:
    """Verdict word first, then the number; or what comes before both of them."""
    header = block(rich(tellings()[name]), "head")["text"]

    word = header["text"].split(" fraud-ranker")[0]
    assert word in {
        *("PASS", "WARN", "WAIVED", "WOULD FAIL", "UNCOVERED", "NO RESULT", "UNKNOWN", "FAIL"),
        *("ERROR", "FAILED", "STOPPED", "PASS → FAIL", "TEST: FAIL"),
    }
    assert len(header["text"]) <= HEADLINE_LIMIT
    assert header["emoji"] is False


@pytest.mark.parametrize("name", tellings())
def test_an_emoji_stands_in_the_verdict_line_and_at_a_broken_limit_only(name: str) -> None:
    """Words carry the meaning: none in headers, buttons, lists and tables."""
    for message in forms(tellings()[name])[:2]:
        for each in message["blocks"]:
            shortcodes = said(each).count(":large_") + said(each).count(":red_circle:")
            if "_verdict_" in each["block_id"]:
                assert said(each).count(":") >= 2
            else:
                assert shortcodes == 0
            if each["type"] == "actions":
                assert all(button["text"]["emoji"] is False for button in each["elements"])


@pytest.mark.parametrize("name", tellings())
def test_block_ids_are_unique_and_have_a_stable_part(name: str) -> None:
    """A later update or a click can name them; another decision gives other ids."""
    telling = tellings()[name]

    for message in forms(telling)[:2]:
        ids = [each["block_id"] for each in message["blocks"]]
        assert len(set(ids)) == len(ids)
        assert ids[0] == f"recgate_head_{telling.decision.key[:8]}"
        assert parts(message)[:2] == ["head", "verdict"]
        assert parts(message)[-1] == "facts"


def test_the_metadata_names_the_job_the_verdict_the_policies_and_the_key() -> None:
    """By the key a message is found again after a crash: it must never change."""
    made = decisions()["pass-two-policies"]

    metadata = rich(made)["metadata"]

    digests = [each.policy.digest[:7] for each in made.evaluation.judgements]
    assert metadata["event_type"] == EVENT_TYPE
    assert metadata["event_payload"] == {
        "job_arn": made.snapshot.job_arn,
        "verdict": "PASS",
        "policies": f"prod-realtime ({digests[0]}), dev ({digests[1]})",
        "decision": made.key,
        "dedupe_key": f"{made.key}:verdict",
        "schema": 1,
    }


@pytest.mark.parametrize("name", tellings())
def test_people_are_mentioned_in_a_first_fail_and_failed_only(name: str) -> None:
    """And in every form of it, so that the simplest one calls them too."""
    telling = tellings()[name]
    called = name.startswith("fail") or name in ("told-for-another-route", "told-change")

    for message in forms(telling, mentions=MENTIONS):
        assert ("<@U0123ABCD>" in str(message)) is called
        assert ("<!subteam^S0123ABCD>" in str(message)) is called


@pytest.mark.parametrize(
    ("former", "turns_gate", "calls"),
    [
        (Verdict.FAIL, False, False),
        (Verdict.FAIL, True, True),
        (Verdict.UNKNOWN, False, True),
        (Verdict.UNCOVERED, False, True),
        (Verdict.PASS, True, True),
    ],
)
def test_a_reply_calls_those_who_were_not_called_about_this_failure(
    former: Verdict, *, turns_gate: bool, calls: bool
) -> None:
    """Nobody is called twice about one failure, and nobody misses the first."""
    reply = Telling(decisions()["fail"], parent="C1:1.0", former=former, turns_gate=turns_gate)

    for form in forms(reply, mentions=MENTIONS):
        assert (MENTIONS[0] in str(form)) is calls


def test_two_routes_into_one_channel_have_a_message_each() -> None:
    """A look-up must not take the message of one for that of the other."""
    keys = {
        forms(Telling(decisions()["fail"], route=route))[0]["metadata"]["event_payload"][
            "dedupe_key"
        ]
        for route in ("on-call", "everybody")
    }

    assert len(keys) == 2


@pytest.mark.parametrize("mention", ["<!channel>", "<!here>", "<!everyone>", "@dana", "<@u1>", ""])
def test_a_mention_that_calls_everybody_is_never_used(mention: str) -> None:
    """Only people and groups by their ids."""
    made = decisions()["fail"]

    assert forms(Telling(made), mentions=(mention,)) == forms(Telling(made))


def test_the_facts_say_where_when_how_long_and_who() -> None:
    """Under every verdict: job, policy and revision, place, time, load tests, the caller."""
    made = decisions()["pass-of-seven"]

    facts = said(block(rich(made), "facts"))

    digest = made.evaluation.judgements[0].policy.digest[:7]
    assert facts.split(" · ") == [
        "<https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1"
        "#/inference-recommender-jobs/fraud-ranker-v14|fraud-ranker-v14>",
        f"policy `prod-realtime` ({digest})",
        "eu-west-1",
        "111122223333",
        f"<!date^{int(made.decided_at.timestamp())}^{{date_short_pretty}} at {{time}}"
        "|21 Nov 2026, 06:32 UTC>",
        "1 h 52 min, 7 load tests",
        "started by `dana (role ml-engineer)`",
    ]


# --- links ---------------------------------------------------------------------------------


def buttons(made: Decision, **changes: Any) -> list[tuple[str, str, str]]:
    message = rich(made, **changes)
    if "actions" not in parts(message):
        return []
    return [
        (button["action_id"], button["text"]["text"], button.get("style", ""))
        for button in block(message, "actions")["elements"]
    ]


def test_buttons_lead_to_the_report_the_job_and_its_logs() -> None:
    """Each with an id, since Slack tells the app of the click."""
    made = decisions()["pass"]

    assert buttons(made, report_url=REPORT) == [
        ("recgate_report", "Open Report", ""),
        ("recgate_console", "Open Job", ""),
        ("recgate_logs", "Open Logs", ""),
    ]


def test_a_failed_job_leads_to_its_logs_first() -> None:
    """They say why the container did not answer."""
    assert buttons(decisions()["failed"], report_url=REPORT)[0] == (
        "recgate_logs",
        "Open Logs",
        "primary",
    )


@pytest.mark.parametrize(
    "report", ["", "file:///tmp/report.html", "http://x.example/", "see there"]
)
def test_what_has_no_address_has_no_button(report: str) -> None:
    """A desk has no report that Slack could open, an unknown region no console."""
    nowhere = replace(snapshot(FAST), region=None)

    assert [name for _, name, _ in buttons(decisions()["pass"], report_url=report)] == [
        "Open Job",
        "Open Logs",
    ]
    assert buttons(decision(nowhere, P99), report_url=report) == []


def test_the_simplest_form_has_the_numbers_and_the_addresses() -> None:
    """Where Slack takes no blocks, everything that matters is still there."""
    text = forms(tellings()["fail-another-way"], mentions=MENTIONS)[2]["text"]

    assert text.splitlines() == [
        "FAIL fraud-ranker v14: latency P99 129 ms &gt; limit 120 ms (+8%). Nearest: "
        "ml.g6.2xlarge × 1, latency P99 129 ms, 9 ms over; passes at a limit of 129 ms "
        "<@U0123ABCD> <!subteam^S0123ABCD>",
        "Job: https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1"
        "#/inference-recommender-jobs/fraud-ranker-v14",
        f"Report: {REPORT.replace('&', '&amp;')}",
    ]


# --- the verdicts --------------------------------------------------------------------------


def verdict_line(made: Decision | Telling, **changes: Any) -> list[str]:
    return said(block(rich(made, **changes), "verdict")).splitlines()


def test_a_pass_leads_with_the_cheapest_compliant_configuration() -> None:
    """Its cost, what a million inferences cost, and how fast it was measured to be."""
    message = rich(decisions()["pass-of-seven"])

    assert message["text"] == (
        "PASS fraud-ranker v14: cheapest compliant is ml.c7g.xlarge × 1 at $0.17/h, $0.40 per 1M, "
        "84 ms P99"
    )
    assert said(block(message, "head")) == message["text"]
    assert said(block(message, "verdict")).splitlines() == [
        ":large_green_circle: *PASS*, 5 of 7 configurations meet `prod-realtime`",
        "*Cheapest compliant:* `ml.c7g.xlarge × 1` at *$0.17/h*, $0.40 per 1M, 84 ms P99",
    ]


def test_a_pass_says_how_far_each_limit_is() -> None:
    """Value, limit and distance, in fields."""
    message = rich(decisions()["pass-of-seven"])

    assert [each["text"] for each in block(message, "limits")["fields"]] == [
        "*Cost/hour*\n$0.17 (limit $1.50, *-88%*)",
        "*Cost per 1M inferences*\n$0.40 (limit $2.00, *-80%*)",
        "*Latency P99*\n84 ms (limit 120 ms, *-30%*)",
        "*Max invocations*\n7,260/min (minimum 6,000/min, *+21%*)",
    ]


def test_a_limit_whose_value_is_missing_says_so() -> None:
    """An empty place would look like a pass."""
    limits = (
        at_most("max_latency_p99_ms", 120),
        at_most("max_cpu_utilization_pct", 80, on_missing=OnMissing.IGNORE),
        at_most("max_memory_utilization_pct", 90, on_missing=OnMissing.WARN),
    )
    unmeasured = Reading(None, missing="too few samples: 12 of at least 100")
    row = candidate(latency_p99_ms=unmeasured)

    message = rich(decision(snapshot(row), policy(*limits)))

    assert [each["text"].split("\n")[1] for each in block(message, "limits")["fields"]] == [
        ":small_red_triangle: not known: too few samples: 12 of at least 100 (limit 120 ms)",
        "not reported, which the policy ignores (limit 80%)",
        "not reported, a warning only (limit 90%)",
    ]


def test_fields_are_at_most_ten_and_what_is_broken_is_among_them() -> None:
    """Slack takes no more."""
    names = (
        *("max_cost_per_million_inferences_usd", "max_latency_p99_ms", "max_model_latency_ms"),
        *("max_cpu_utilization_pct", "max_memory_utilization_pct", "max_serverless_memory_mb"),
        *("max_serverless_concurrency", "max_cost_per_hour_usd"),
        "min_latency_gain_over_existing_pct",
        "min_throughput_gain_over_existing_pct",
    )
    limits = [at_most(name, 1e6, on_missing=OnMissing.IGNORE) for name in names]
    broken = at_most("min_invocations_per_minute", 1e6)
    row = candidate(None, serverless_memory_mb=1, invocations_per_minute=5)

    message = rich(decision(snapshot(row), policy(*limits, broken)))

    found = [each["text"] for each in block(message, "limits")["fields"]]
    assert len(found) == 10
    assert "short of minimum" in found[0]
    assert found[-1] == "*2 more limits*\nare not shown here"


def test_a_limit_without_a_number_that_is_met_is_told() -> None:
    """Under the table: it has no headroom."""
    made = decision(snapshot(FAST), policy(families(allow=("c7g",))))

    assert "Also met: instance family c7g is one of c7g." in said(block(rich(made), "beneath"))


def test_a_fail_tells_each_broken_limit_where_and_why_there() -> None:
    """The nearest, and why the cheapest way round it is closed, too."""
    why = block(rich(decisions()["fail-another-way"]), "why_1")

    assert items(why) == [
        "latency P99 129 ms > limit 120 ms (+8%) on ml.g6.2xlarge × 1, the nearest to compliant",
        "cost/hour $25.25 > limit $1.50 (+1,583%) on ml.p4d.24xlarge × 1, the cheapest that meets "
        "latency P99",
    ]
    assert styled(why, "code")[:3] == ["129 ms", "120 ms", "ml.g6.2xlarge × 1"]
    assert [each.strip() for each in styled(why, "bold")] == ["(+8%)", "(+1,583%)"]


def test_a_minimum_that_is_missed_is_below_it() -> None:
    """``>`` for a limit, ``<`` for a minimum."""
    row = candidate(invocations_per_minute=300)
    made = decision(snapshot(row), policy(at_most("min_invocations_per_minute", 400)))

    assert items(block(rich(made), "why_1")) == [
        "max invocations 300/min < minimum 400/min (-25%) on ml.c7g.xlarge × 1, the only one"
    ]


def test_a_fail_says_what_is_asked_of_whom() -> None:
    """A mention without a question is noise."""
    line = verdict_line(decisions()["fail"])

    asked = "please decide: change the model, the configurations it is tested on, or the policy"
    assert line == [
        ":red_circle: *FAIL*, none of 3 configurations meets `prod-realtime`",
        f"<@U0123ABCD> <!subteam^S0123ABCD> {asked}",
    ]


def test_a_fail_names_the_nearest_and_what_would_make_it_pass() -> None:
    """And its limits, the broken one marked in words and by a sign."""
    message = rich(decisions()["fail-another-way"])

    assert said(block(message, "nearest")) == (
        "Nearest to compliant: ml.g6.2xlarge × 1, latency P99 129 ms, 9 ms over"
        "It passes at a limit of 129 ms"
    )
    assert [each["text"] for each in block(message, "limits")["fields"]] == [
        "*Cost/hour*\n$1.22 (limit $1.50, -19%)",
        "*Latency P99*\n:small_red_triangle: 129 ms (over limit 120 ms, *+8%*)",
    ]


@pytest.mark.parametrize(
    ("name", "said_first", "because"),
    [
        (
            "fail-all-must",
            "5 of 7 configurations meet `prod-realtime`, and all must",
            "the furthest from compliant, and all must comply",
        ),
        (
            "fail-too-few",
            "the only configuration meets `prod-realtime`, and at least 2 must",
            None,
        ),
        (
            "fail-no-joint-witness",
            "each policy is met, but no one configuration meets `prod-realtime` and `gpu` at once",
            None,
        ),
    ],
)
def test_a_fail_of_several_says_how_many_were_needed(
    name: str, said_first: str, because: str | None
) -> None:
    """That 5 of 7 meet it would look like a pass."""
    message = rich(decisions()[name])

    assert said(block(message, "verdict")).splitlines()[0] == f":red_circle: *FAIL*, {said_first}"
    if because:
        assert items(block(message, "why_1"))[0].endswith(because)


def test_an_unknown_says_what_is_missing_where_and_how_to_get_it() -> None:
    """And that nothing is approved until then."""
    unmeasured = Reading(None, missing="too few samples: 12 of at least 100")
    rows = [candidate(f"ml.c{size}.large", latency_p99_ms=unmeasured) for size in (5, 6, 7)]

    message = rich(decision(snapshot(*rows), P99))

    assert said(block(message, "verdict")).splitlines() == [
        ":large_yellow_circle: *UNKNOWN*, `prod-realtime` cannot be decided from this job",
        "Treated as *not approved* until it can be",
    ]
    assert items(block(message, "why_1")) == [
        "latency P99 ≤ 120 ms cannot be decided: too few samples: 12 of at least 100 on 3 of 3 "
        "configurations"
    ]
    assert said(block(message, "next")).startswith("How to get a verdict")


def test_an_unknown_names_one_or_two_configurations() -> None:
    """Of those that could comply: a row that fails anyway is not what is waited for."""
    far = candidate("ml.p4d.24xlarge", cost_per_hour_usd=25)
    near = candidate("ml.c5.large", cost_per_hour_usd=0.1)
    limits = at_most("max_cost_per_hour_usd", 1.5), at_most("max_latency_p99_ms", 120)

    why = block(rich(decision(snapshot(far, near), policy(*limits))), "why_1")

    assert items(why) == ["latency P99 ≤ 120 ms cannot be decided: not reported on ml.c5.large × 1"]


def test_a_scope_in_doubt_is_an_unknown_that_names_the_policy() -> None:
    """Whether it applies is what is missing."""
    message = rich(decisions()["unknown-scope"])

    assert "it cannot be told whether `tagged` applies to this job" in said(
        block(message, "verdict")
    )
    assert said(block(message, "policies")).startswith("Policies that may applytagged may apply")


def test_a_warning_is_told_on_the_configuration_to_deploy() -> None:
    """It opens the gate, and says what to look at."""
    made = decision(snapshot(SLOW, FAST), policy(at_most("max_cost_per_hour_usd", 5, warn=0.1)))

    message = rich(made)

    assert said(block(message, "verdict")).splitlines() == [
        ":large_yellow_circle: *WARN*, 2 of 2 configurations meet `prod-realtime`, with warnings",
        f"*Cheapest with the fewest warnings:* `{SLOW.configuration}` at *$1.41/h*, 200 ms P99",
    ]
    assert items(block(message, "why_1")) == [
        "cost/hour $1.41 > warning limit $0.10 (+1,310%) on ml.g5.xlarge × 1, the one to deploy"
    ]


def test_a_waiver_is_never_dressed_as_a_pass() -> None:
    """No form calls it one; it says what is waived."""
    made = waived()

    for message in forms(Telling(made), mentions=MENTIONS):
        assert "PASS" not in str(message)
        assert "large_green_circle" not in str(message)
    line = verdict_line(made)
    assert line[0] == (
        ":large_blue_circle: *WAIVED*, which is not a pass: no configuration meets "
        "`prod-realtime` without the waiver"
    )
    assert line[1] == (
        "*Waiver:* `W-2026-014` until 31 Dec 2026, approved by finops-lead@example.com, "
        "asked for by dana@example.com"
    )
    assert items(block(rich(made), "why_1"))[0] == (
        "latency P99 129 ms > limit 120 ms (+8%), waived by W-2026-014 on ml.g6.2xlarge × 1"
    )


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("would-fail", "Observed only: this does not count as FAIL. It approves nothing"),
        (
            "would-fail-until",
            "Observed only: this counts as FAIL from *1 Dec 2026* on. It approves nothing",
        ),
    ],
)
def test_an_observed_failure_says_when_it_will_count(name: str, counts: str) -> None:
    """So that nobody is surprised on the day."""
    line = verdict_line(decisions()[name])

    assert line[0].startswith(":large_orange_circle: *WOULD FAIL*, ")
    assert line[1:] == [counts]


def test_an_uncovered_job_tells_why_each_policy_does_not_apply() -> None:
    """There are policies, and this is why none of them spoke."""
    message = rich(decisions()["uncovered"])

    assert said(block(message, "verdict")).splitlines() == [
        ":white_circle: *UNCOVERED*, the only policy does not apply",
        "Treated as *not approved* until one does",
    ]
    assert items(block(message, "policies")) == [
        "tagged does not apply: tags.env: dev is none of prod, production"
    ]
    assert parts(message).index("next") > parts(message).index("policies")


def test_an_error_approves_nothing_and_says_what_went_wrong() -> None:
    """Every problem, as a policy file's line."""
    message = rich(decisions()["error"])

    assert said(block(message, "verdict")).splitlines() == [
        ":warning: *ERROR*, the policies could not be applied",
        "Nothing is approved, and nothing was judged",
    ]
    assert items(block(message, "problems")) == [
        "policies/prod.yaml:6: require.max_cost: unknown key",
        "policies/dev.yaml: empty",
    ]


def test_a_job_without_any_result_says_so() -> None:
    """COMPLETED without a recommendation, and a job that is gone: no evidence."""
    assert verdict_line(decisions()["empty"]) == [
        ":black_square_for_stop: *NO RESULT*, the job returned no recommendation",
        "Treated as *not approved*: there is no evidence",
    ]
    assert "the job no longer exists" in verdict_line(decisions()["gone"])[0]


def test_a_failed_job_carries_the_reason_as_it_came_and_the_cause() -> None:
    """In preformatted text, which Slack does not parse."""
    reason = "did not pass the ping health check.\n<!channel> *urgent* `see` <https://e.example|x>"
    made = decision(snapshot(status=JobStatus.FAILED, failure_reason=reason), PROD)

    message = rich(made)

    pre = block(message, "reason")["elements"][1]
    assert pre == {
        "type": "rich_text_preformatted",
        "elements": [{"type": "text", "text": reason}],
    }
    assert said(block(message, "cause")).startswith("Likely cause")
    assert said(block(message, "next")).startswith("Next steps")
    assert parts(message).index("cause") < parts(message).index("reason")


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ((), ", the job ended without a result, so there is no verdict"),
        (("FAILED",), ", no benchmark finished, so there is no verdict"),
        (("FAILED", "COMPLETED"), " after 1 of 2 load tests, so there is no verdict"),
    ],
)
def test_a_failed_job_says_how_far_it_came(steps: tuple[str, ...], line: str) -> None:
    """And asks somebody to look."""
    found = tuple(Step(status) for status in steps)
    made = decision(snapshot(status=JobStatus.FAILED, steps=found), PROD)

    lines = verdict_line(made)

    assert lines[0] == f":x: *FAILED*{line}"
    assert lines[-1].endswith("please look: the job has to be mended and started again")


def test_a_stopped_job_says_who_when_and_how_far() -> None:
    """And that what was measured until then is not used."""
    message = rich(decisions()["stopped-by-somebody"])

    assert said(block(message, "verdict")).splitlines() == [
        ":black_square_for_stop: *STOPPED* after 3 of 8 load tests, no verdict",
        "Partial results are not used for policy decisions",
    ]
    assert said(block(message, "stopped")) == (
        "Stopped by bo@example.com (permission set FinOps), 21 Nov 2026, 06:31 UTC"
    )
    assert "table" not in parts(message)


# --- the table -----------------------------------------------------------------------------


def table(message: dict[str, Any]) -> list[list[dict[str, Any]]]:
    rows: list[list[dict[str, Any]]] = block(message, "table")["rows"]
    return rows


@pytest.mark.parametrize("name", ["fail", "pass-of-seven", "pass-beside-an-endpoint"])
def test_the_table_has_six_columns_and_the_verdict_second(name: str) -> None:
    """It has to survive the width of a phone."""
    message = rich(decisions()[name])

    headings = [cell["text"] for cell in table(message)[0]]
    assert headings[:3] == ["Configuration", "Verdict", "$/h"]
    assert len(headings) == 6
    assert {len(row) for row in table(message)} == {6}
    settings = block(message, "table")["column_settings"]
    assert [each.get("is_wrapped") for each in settings[:2]] == [False, True]


def test_the_table_holds_every_recommendation_as_numbers_with_units_in_the_header() -> None:
    """All rows: nobody has to open a thread to see the rest."""
    rows = table(rich(decisions()["pass-of-seven"]))

    assert [cell["text"] for cell in rows[0][2:]] == [
        "$/h",
        "$/1M inf.",
        "P99 (ms)",
        "Max inv./min",
    ]
    assert len(rows) == 8
    assert {cell["type"] for row in rows[1:] for cell in row[2:]} == {"raw_number"}
    assert rows[1][2] == {"type": "raw_number", "value": 0.174, "text": "$0.17"}
    assert rows[-1][1]["text"] == "FAIL: latency P99 +9%, max invocations -49%"


def test_two_different_amounts_never_print_alike() -> None:
    """$1.504 is more than $1.500 in the header, the reasons, the fields and the table."""
    rows = (
        candidate("ml.g5.xlarge", cost_per_hour_usd=1.504),
        candidate("ml.g5.2xlarge", cost_per_hour_usd=1.5042),
    )

    message = rich(decision(snapshot(*rows), policy(at_most("max_cost_per_hour_usd", 1.5))))

    assert [row[2]["text"] for row in table(message)[1:]] == ["$1.5040", "$1.5042"]
    for part in ("head", "why_1", "limits"):
        assert "$1.50)" not in said(block(message, part))
        assert "$1.504" in said(block(message, part))


def test_an_existing_endpoint_is_a_row_of_its_own_beside_what_is_gained() -> None:
    """The baseline: it was not judged, and each recommendation says how much better it is."""
    message = rich(decisions()["pass-beside-an-endpoint"])

    rows = table(message)
    assert rows[0][-1]["text"] == "Gain over endpoint"
    assert [cell["text"] for cell in rows[-1]] == [
        "fraud-prod",
        "existing endpoint",
        "n/a",
        "60",
        "5,000",
        "n/a",
    ]
    assert rows[1][-1]["text"] == "latency 31.7% lower, invocations 45.2% higher"
    assert rows[2][-1]["text"] == "latency 46.7% higher"
    assert "*Over the existing endpoint:* latency 31.7% lower" in said(block(message, "verdict"))


def test_an_existing_endpoint_stays_when_rows_are_cut() -> None:
    """What everything is compared with."""
    rows = [candidate(f"ml.m{n}.large", latency_p99_ms=200 + n) for n in range(60)]
    endpoint = ExistingEndpoint("fraud-prod", Reading(60.0, 60), Reading(5000.0, 5000))
    made = decision(replace(snapshot(*rows), existing_endpoints=(endpoint,)), P99)

    assert table(rich(made))[-1][0]["text"] == "fraud-prod"


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("pass-of-seven", "Compliant first, then cheapest."),
        ("fail", "Fewest broken rules first, then smallest excess."),
        ("unknown", "Fewest rules broken or missing first, then smallest excess."),
        (
            "pass-beside-an-endpoint",
            "Compliant first, then cheapest. The existing endpoint comes last.",
        ),
    ],
)
def test_the_order_of_the_rows_is_told(name: str, order: str) -> None:
    """Under the table."""
    assert said(block(rich(decisions()[name]), "beneath")).startswith(order)


def test_the_row_that_leads_is_the_one_in_the_headline() -> None:
    """One message, one answer."""
    message = rich(decision(seven(), policy(*REALTIME_LIMITS)))

    assert table(message)[1][0]["text"] in message["text"]


# --- what changes how it is told -----------------------------------------------------------


def test_a_later_change_says_from_what_to_what_and_calls_about_a_first_failure() -> None:
    """In the thread of the first verdict."""
    telling = Telling(decisions()["fail"], parent=PARENT, former=Verdict.PASS)

    made = forms(telling, mentions=MENTIONS)

    for message in made:
        assert message["text"].startswith("PASS → FAIL fraud-ranker v14: cost/hour $1.504")
        assert "<@U0123ABCD>" in str(message)
    assert said(block(made[0], "head")).startswith("PASS → FAIL fraud-ranker v14: ")
    assert "It was *PASS* before" in said(block(made[0], "verdict"))


@pytest.mark.parametrize(("parent", "former"), [("", Verdict.PASS), (PARENT, None)])
def test_a_first_message_says_no_change(parent: str, former: Verdict | None) -> None:
    """Verdict word first."""
    message = rich(Telling(decisions()["fail"], parent=parent, former=former))

    assert message["text"].startswith("FAIL fraud-ranker v14")


def test_a_sample_says_everywhere_that_it_is_no_verdict() -> None:
    """Nobody acts on it, nobody is called, no machine counts it."""
    made = forms(Telling(decisions()["fail"], label="TEST"), mentions=MENTIONS)

    for message in made:
        assert message["text"].startswith("TEST: FAIL fraud-ranker v14: ")
        assert "this is not a verdict" in message["text"]
        assert message["metadata"]["event_type"] == "recgate_sample"
        assert "dedupe_key" not in message["metadata"]["event_payload"]
        assert "<@U0123ABCD>" not in str(message)
    for message in made[:2]:
        assert said(block(message, "head")).startswith("TEST: FAIL")
        assert said(block(message, "head")).endswith(", this is not a verdict")
        line = said(block(message, "verdict"))
        assert line.startswith("*TEST: this is not a verdict.* :red_circle: *FAIL*")


def test_a_message_for_another_route_says_which_one_refused_it_and_the_cure() -> None:
    """High up: whoever reads it can mend that."""
    refused = StandIn("slack-ml", "not_in_channel", "invite the bot: /invite @recgate")

    made = forms(Telling(decisions()["pass"], stands_in_for=(refused,)))

    for message in made[:2]:
        assert parts(message)[2] == "stood_in"
        line = said(block(message, "stood_in"))
        assert "Sent here instead" in line
        assert "slack-ml refused this message: not_in_channel" in line
        assert "cure: invite the bot: /invite @recgate" in line


# --- room ----------------------------------------------------------------------------------


def test_more_rows_than_fit_are_counted() -> None:
    """A recorded file may hold more than SageMaker's ten."""
    rows = [candidate(f"ml.m{n}.large", latency_p99_ms=200 + n) for n in range(60)]

    made, simple, _ = forms(Telling(decision(snapshot(*rows), P99)))

    left = 60 - (len(table(made)) - 1)
    assert left > 0
    assert f"Left out here: {left} more configurations." in said(block(made, "beneath"))
    assert "more configurations" in said(block(simple, "beneath"))
    assert violations(made) == violations(simple) == []


def crowded(*, notes: int, policies: int, rows: int, words: int) -> Decision:
    """A decision with so much to say of everything."""
    found = [
        candidate(f"ml.m{n}.large", cost_per_hour_usd=9 + n, latency_p99_ms=200 + n)
        for n in range(rows)
    ]
    judged = replace(snapshot(*found), warnings=tuple(f"{n} {'w' * words}" for n in range(notes)))
    made = [
        policy(at_most("max_latency_p99_ms", 120), name=f"policy-{n}-{'p' * 60}")
        for n in range(policies)
    ]
    return decision(judged, *made)


def test_notes_go_first_when_room_is_short() -> None:
    """They are said to be left out; the policies and the rows stay."""
    made = rich(crowded(notes=6, policies=3, rows=10, words=390))

    assert "notes" not in parts(made)
    assert "6 notes" in said(block(made, "beneath"))
    assert {"why_1", "why_2", "why_3"} <= set(parts(made))
    assert len(table(made)) == 11


def test_the_policies_that_do_not_decide_go_before_rows() -> None:
    """The one that decides keeps its reasons."""
    made = rich(crowded(notes=0, policies=9, rows=19, words=0))

    assert "why_1" in parts(made)
    assert "why_2" not in parts(made)
    assert "8 more policies" in said(block(made, "beneath"))
    assert len(table(made)) == 20


def test_the_verdict_its_reasons_and_the_links_are_never_dropped() -> None:
    """However much there is to say."""
    judged = crowded(notes=30, policies=30, rows=200, words=400)
    steps = (Step("FAILED", "🔥" * 300, "🔥" * 300, "🔥" * 300),) * 40
    made = replace(judged, snapshot=replace(judged.snapshot, steps=steps))

    for message in forms(Telling(made, report_url=REPORT))[:2]:
        assert violations(message) == []
        assert "latency P99" in said(block(message, "why_1"))
        assert len(block(message, "actions")["elements"]) == 3
        assert len(said(block(message, "facts"))) > 100


@pytest.mark.parametrize("limit", range(1, 20))
def test_half_an_amount_is_never_told(limit: int) -> None:
    """A line is cut before an amount that does not fit, never in it."""
    line = (Span("cost "), Span("$1,000.00", Style.AMOUNT), Span(" > limit"))

    kept = fitted(line, limit)

    assert all(span.text == "$1,000.00" for span in kept if span.style is Style.AMOUNT)
    assert ("$1,000.00" in "".join(span.text for span in kept)) is (limit >= 14)
    assert "$" not in "".join(span.text for span in kept).replace("$1,000.00", "")


def test_foreign_text_is_not_formatted_outside_of_code_either() -> None:
    """Slack knows no escape for ``*``, ``_``, ``~`` and ``:``; a look-alike stands there."""
    made = decision(replace(snapshot(FAST), account="*a* _b_ ~c~ :red_circle: d_e"), P99)

    for message in forms(Telling(made))[:2]:
        assert " · ∗a∗ ˍbˍ ∼c∼ ꞉red_circle: d_e · " in said(block(message, "facts"))


def test_an_amount_is_never_cut() -> None:
    """Half of $1,000 is another amount."""
    label = "x" * 50
    judged = snapshot(candidate(label * 10, latency_p99_ms=123_456_000))
    fire = Step("FAILED", "🔥" * 300, "🔥" * 300, "🔥" * 300)
    made = decision(replace(judged, steps=(fire,) * 40), P99)

    for message in forms(Telling(made))[:2]:
        assert "123,456,000 ms" in said(block(message, "why_1"))


# --- SNS -----------------------------------------------------------------------------------


def test_what_is_not_known_is_left_out_of_the_attributes() -> None:
    """SNS refuses an empty value."""
    bare = snapshot(status=JobStatus.STOPPED, region=None, account=None)

    attributes = publish_arguments(Telling(decision(bare)))["MessageAttributes"]

    assert set(attributes) == {"event", "verdict", "severity", "model", "schema"}
    assert attributes["event"]["StringValue"] == "job_stopped"


def test_the_environment_is_that_of_the_tag() -> None:
    """For filter policies of subscriptions."""
    tagged = snapshot(candidate(latency_p99_ms=84), tags={"env": "prod"})

    attributes = publish_arguments(Telling(decision(tagged, P99)))["MessageAttributes"]

    assert attributes["environment"] == {"DataType": "String", "StringValue": "prod"}
    assert attributes["severity"] == {"DataType": "Number", "StringValue": "1"}

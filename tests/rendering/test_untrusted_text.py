"""What others wrote never breaks a message, never speaks to anybody, never grows too long."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recgate.domain.decision import Decision
from recgate.domain.evaluation import Evaluation, Unmatched, evaluate, failed_evaluation
from recgate.domain.job import JobStatus, Step
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.notice import Request, RequestedAction
from recgate.domain.reading import Reading
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from recgate.rendering.headline import HEADLINE_LIMIT, headline
from recgate.rendering.plain_text import plain_text
from recgate.rendering.safe_text import ascii_only, clean, clean_lines, cut, first, mrkdwn
from recgate.rendering.slack.blocks import forms
from recgate.rendering.slack.limits import violations
from recgate.rendering.sns.envelope import BYTES
from recgate.rendering.sns.message import publish_arguments
from tests.builders import TODAY, at_most, candidate, decision, families, policy, snapshot

NASTY = [
    "<!channel>",
    "<!here|x> <@U0123ABCD> <#C1> <https://evil.example/login|the runbook>",
    "*bold* _it_ ~no~ `code` ```block```",
    "&lt;!channel&gt; &amp;amp;",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200b\ufeff\u00ad",
    "a\x00b\x07c\x1b[31mred\x1b[0m\x7f\x85",
    "line one\r\nline two\u2028line three\vfour",
    "🔥" * 3_000,
    "x" * 10_000,
    '\\"' * 5_000,
    "<" * 10_000,
    "&" * 10_000,
    "\ud800 lone",
    "\ufffe\uffff",
    " \t\n ",
    "",
    "مرحبا שלום 你好",
    "|>",
    "C:\\path\\n",
]

hostile = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=200),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=4).map("".join),
)

identities = st.one_of(
    st.none(),
    hostile,
    hostile.map(lambda text: f"arn:aws:sts::111122223333:assumed-role/{text}/{text}"),
    hostile.map(lambda text: f"arn:aws:iam::111122223333:user/{text}"),
)


@st.composite
def hostile_decisions(draw: st.DrawFn) -> Decision:
    """Decisions of every kind with foreign text in every field that others write."""
    missing = draw(hostile)
    rows = tuple(
        candidate(
            draw(hostile),
            recommendation_id=draw(hostile),
            cost_per_hour_usd=draw(st.one_of(st.none(), st.floats(0, 1e300))),
            latency_p99_ms=Reading(None, missing=missing),
            invocations_per_minute=draw(st.floats(1e-300, 1e18)),
        )
        for _ in range(draw(st.integers(0, 10)))
    )
    judged = replace(
        snapshot(*rows, status=draw(st.sampled_from([JobStatus.COMPLETED, *JobStatus]))),
        job_name=draw(hostile),
        job_arn=draw(st.one_of(st.none(), hostile)),
        account=draw(st.one_of(st.none(), hostile)),
        region=draw(st.sampled_from(["eu-west-1", None, "<!channel>", "x" * 10_000])),
        failure_reason=draw(st.one_of(st.none(), hostile)),
        model_package_arn=draw(hostile),
        model_package_group=draw(hostile),
        model_name=draw(hostile),
        tags={"env": draw(hostile)},
        steps=tuple(
            Step("FAILED", draw(hostile), draw(hostile), draw(hostile))
            for _ in range(draw(st.integers(0, 40)))
        ),
        warnings=tuple(draw(st.lists(hostile, max_size=40))),
    )
    found = draw(hostile)
    limits = (
        at_most("max_cost_per_hour_usd", 1.5),
        at_most("max_latency_p99_ms", 120, on_missing=draw(st.sampled_from(OnMissing))),
        families(allow=(draw(hostile), draw(hostile))),
        JobLimit(draw(hostile), draw(hostile), OnMissing.FAIL, lambda _: found, one_of=("x",)),
    )
    policies = [
        policy(*limits[: draw(st.integers(1, 4))], name=draw(hostile))
        for _ in range(draw(st.integers(0, 8)))
    ]
    requests = tuple(
        Request(action, by=draw(identities), person=draw(hostile), through=draw(hostile))
        for action in RequestedAction
    )
    evaluation = evaluate(judged, policies, TODAY)
    match draw(st.integers(0, 3)):
        case 0:
            evaluation = failed_evaluation(draw(st.lists(hostile, max_size=40)))
        case 1:
            doubts = [Unmatched(each, draw(hostile), in_doubt=True) for each in policies]
            evaluation = Evaluation(
                Verdict.UNKNOWN, evaluation.judgements, tuple(doubts), draw(hostile)
            )
    return decision(judged, evaluation=evaluation, requests=requests)


checked = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,  # the same examples in every run; raise max_examples to look further
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

OURS = re.compile(
    r"<https://eu-west-1\.console\.aws\.amazon\.com/sagemaker/home\?region=eu-west-1"
    r"#/inference-recommender-jobs/[A-Za-z0-9%._~-]+\|[^<>]*>"
    r"|<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>]*>"
    r"|<!subteam\^S0123ABCD>"
)
ENTITY = re.compile(r"&(?:amp|lt|gt);")
CODE = re.compile(r"```[^`]+```|`[^`\n]+`")


def parsed_texts(part: Any) -> Iterator[str]:
    """Every text that Slack reads as markup."""
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for value in part.values():
            yield from parsed_texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from parsed_texts(value)


def invisible(text: str) -> list[str]:
    """Characters that no message may hold."""
    return [
        character
        for character in text
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") and character != "\n"
    ]


@checked
@given(hostile_decisions())
def test_slack_never_obeys_and_never_refuses_foreign_text(made: Decision) -> None:
    """Limits are kept by every form; no mention and no link but our own."""
    rich, simple, text = forms(Telling(made), mentions=("<!subteam^S0123ABCD>", "<!channel>"))

    for message in (rich, simple, text):
        assert violations(message) == []
        for markup in (message["text"], *parsed_texts(message.get("blocks", []))):
            rest = CODE.sub("", ENTITY.sub("", OURS.sub("", markup)))
            assert not set(rest) & {"<", ">", "&", "`"}
        assert invisible(json.dumps(message, ensure_ascii=False)) == []
    assert "blocks" in rich
    assert "blocks" in simple
    assert not {"<", ">"} & set(rich["blocks"][0]["text"]["text"])


def filled_with(text: str, status: JobStatus, verdict: Verdict | None) -> Decision:
    """A decision as large as it gets, with the same text wherever others may write."""
    row = candidate(text, recommendation_id=text, latency_p99_ms=Reading(None, missing=text))
    judged = replace(
        snapshot(*[replace(row) for _ in range(10)], status=status),
        job_name=text,
        job_arn=text,
        account=text,
        failure_reason=text,
        model_package_group=text,
        steps=(Step("FAILED", text, text, text),) * 40,
        warnings=(text,) * 40,
    )
    limits: tuple[Limit, ...] = (
        *(at_most(name, 1.0) for name in ("max_latency_p99_ms", "max_cost_per_hour_usd")),
        JobLimit(text, text, OnMissing.FAIL, lambda _: text, one_of=(text,)),
    )
    policies = [policy(*limits, name=text)] * 8
    evaluation = evaluate(judged, policies, TODAY)
    doubts = tuple(Unmatched(each, text, in_doubt=True) for each in policies)
    evaluation = evaluation._replace(
        verdict=verdict or evaluation.verdict,
        unmatched=doubts,
        problems=(text,) * 40,
        reason=text,
    )
    return decision(judged, evaluation=evaluation)


@pytest.mark.parametrize("text", [text for text in NASTY if len(text) > 1_000])
@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (JobStatus.COMPLETED, None),
        (JobStatus.COMPLETED, Verdict.UNKNOWN),
        (JobStatus.FAILED, None),
        (JobStatus.COMPLETED, Verdict.ERROR),
    ],
)
def test_the_largest_message_fits_with_blocks(
    text: str, status: JobStatus, verdict: Verdict | None
) -> None:
    """However much there is to say, the table and the lists say the beginning of it."""
    made = filled_with(text, status, verdict)

    rich, simple, plain = forms(Telling(made), mentions=("<!subteam^S0123ABCD>",) * 100)

    assert [violations(message) for message in (rich, simple, plain)] == [[], [], []]
    assert len(rich["blocks"]) > 2
    assert len(simple["blocks"]) > 2
    arguments = publish_arguments(Telling(made))
    attributes = json.dumps(arguments["MessageAttributes"], ensure_ascii=False)
    assert len((arguments["Message"] + attributes).encode()) <= BYTES


@checked
@given(hostile_decisions())
def test_sns_takes_every_message(made: Decision) -> None:
    """Subject, SMS, attributes and size, whatever the job holds."""
    arguments = publish_arguments(Telling(made))

    assert re.fullmatch(r"\[[A-Z ]+\] [ -~]*", arguments["Subject"])
    assert len(arguments["Subject"]) <= 99
    message = json.loads(arguments["Message"])
    assert len(message["sms"]) <= 140
    assert "\n" not in message["default"]
    for key in ("sqs", "lambda"):
        assert json.loads(message[key])["verdict"] == made.verdict.value
    attributes = arguments["MessageAttributes"]
    assert all(attribute["StringValue"] for attribute in attributes.values())
    sizes = [
        len(part.encode())
        for name, attribute in attributes.items()
        for part in (name, *attribute.values())
    ]
    assert len(arguments["Message"].encode()) + sum(sizes) <= BYTES
    assert invisible(arguments["Message"] + message["email"]) == []


@checked
@given(hostile_decisions())
def test_plain_text_shows_what_it_holds(made: Decision) -> None:
    """No escape sequence reaches a terminal, nothing is turned round, one line is one line."""
    text = plain_text(Telling(made))

    assert invisible(text) == []
    assert len(headline(made)) <= HEADLINE_LIMIT
    assert "\n" not in headline(made)
    assert max(map(len, text.splitlines())) <= 1_500


@given(st.text(), st.integers(1, 50))
def test_a_cut_keeps_the_limit(text: str, limit: int) -> None:
    """Escaping makes text longer: the limit is that of the escaped text."""
    assert len(cut(text, limit)) <= limit
    assert len(mrkdwn(text, limit)) <= limit
    assert len(clean(text, limit)) <= limit
    assert len(clean_lines(text, limit)) <= limit
    assert len(ascii_only(text, max(limit, 4))) <= max(limit, 4)


def test_an_entity_is_not_torn_apart() -> None:
    """Half of ``&amp;`` would be printed, or worse."""
    assert mrkdwn("a&b", 5) == "a…"
    assert mrkdwn("<!channel> `x`", 100) == "&lt;!channel&gt; 'x'"


def test_a_list_says_how_much_is_left_out() -> None:
    """Nothing disappears silently."""
    assert first(["a", "b", "c"], 2, thing="steps") == ["a", "… 2 more steps"]
    assert first(["a", "b"], 2) == ["a", "b"]


def test_a_reason_keeps_its_lines_and_loses_what_nobody_can_see() -> None:
    """As it came, but for what would fool a reader."""
    assert clean_lines("one\x00\r\n\u202etwo\u200b\n\n three", 100) == "one\ntwo\nthree"
    assert clean("one\x00\r\n\u202etwo", 100) == "one two"

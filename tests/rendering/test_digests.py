"""What a digest looks like, and that no digest breaks a medium's limits."""

import json
import os
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.domain.digest import Approved, Digest, Period, Rhythm, Waiting, period_ending
from recgate.domain.telling import DigestTelling, StandIn
from recgate.rendering.digest.document import digest_document
from recgate.rendering.digest.story import digest_story, spoken_period
from recgate.rendering.digest.text import digest_text
from recgate.rendering.slack.digest import digest_forms
from recgate.rendering.slack.limits import violations
from recgate.rendering.sns.digest import digest_arguments
from recgate.rendering.sns.envelope import BYTES, SMS, SUBJECT
from tests.rendering.digests import (
    DAY,
    MIXED,
    NOTHING,
    QUIET,
    STOOD_IN,
    UGLY,
    WEEK,
    WEEKLY,
    at,
    digests,
    many,
)
from tests.rendering.rendered import rendered_files

FOLDER = Path(__file__).parent / "golden-digests"
SCHEMA = json.loads(files("recgate").joinpath("digest.v1.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
WORDS = SCHEMA["$defs"]["word"]["enum"]


def rendered(name: str) -> dict[str, str]:
    """Every message of a digest, by the name of the file that holds it."""
    return rendered_files(name, digests()[name])


@pytest.mark.parametrize("name", digests())
def test_every_digest_reads_as_it_was_approved(name: str) -> None:
    """RECGATE_UPDATE_GOLDEN=1 writes them anew, for somebody to look at."""
    for file, message in rendered(name).items():
        path = FOLDER / file
        if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
            path.write_text(message, encoding="utf-8")

        assert path.read_text(encoding="utf-8") == message


def test_no_golden_digest_is_left_over() -> None:
    """Every file belongs to a digest."""
    expected = {file for name in digests() for file in rendered(name)}

    assert {path.name for path in FOLDER.iterdir()} == expected


# --- words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-11-20", "2026-11-20", "20 Nov 2026"),
        ("2026-11-16", "2026-11-22", "16 to 22 Nov 2026"),
        ("2026-11-30", "2026-12-06", "30 Nov to 6 Dec 2026"),
        ("2026-12-28", "2027-01-03", "28 Dec 2026 to 3 Jan 2027"),
    ],
)
def test_a_period_is_said_without_saying_anything_twice(first: str, last: str, words: str) -> None:
    """Month and year stand once, where they are the same."""
    period = Period(Rhythm.WEEKLY, date.fromisoformat(first), date.fromisoformat(last))

    assert spoken_period(period) == words


def cost(approved: Approved, before: Approved | None) -> str:
    return str(digest_story(DigestTelling(Digest(WEEK, {"PASS": 1}, (), approved, before))).cost)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (Approved(9, 41.2), Approved(8, 44.3), "$41.20/h, $3.10/h less than the week before"),
        (Approved(9, 1.504), Approved(8, 1.5), "$1.504/h, $0.0040/h more than the week before"),
        (Approved(9, 0.3), Approved(8, 0.1 + 0.2), "$0.30/h, as much as the week before"),
        (Approved(9, 2.5), None, "9 approved configurations cost $2.50/h"),
        (Approved(9, 2.5), NOTHING, "9 approved configurations cost $2.50/h"),
    ],
)
def test_the_change_of_the_cost_is_told_in_digits_that_are_true(
    now: Approved, before: Approved | None, words: str
) -> None:
    """Two different amounts never print alike."""
    assert cost(now, before).endswith(words)


def test_a_sum_that_leaves_something_out_is_never_compared() -> None:
    """What has no price would look like something saved."""
    whole, part = Approved(4, 2.0), Approved(4, 1.0, unpriced=1)

    assert "before" in cost(whole, whole)
    assert "before" not in cost(part, whole)
    assert "before" not in cost(whole, part)


def test_every_word_of_a_record_is_counted_in_words() -> None:
    """A verdict that has no words would be left out of the sum."""
    counts = dict.fromkeys(WORDS, 3)

    story = digest_story(DigestTelling(Digest(WEEK, counts, (), NOTHING)))

    assert len(story.counts) == len(WORDS)
    assert all(count.startswith("3 ") for count in story.counts)


def test_two_jobs_about_one_model_are_told_apart() -> None:
    """Only then the job's name is worth its place."""
    names = [row.name for row in digest_story(DigestTelling(MIXED)).rows]

    assert names[:3] == [
        "support-summarizer v3 (support-summarizer-v3)",
        "support-summarizer v3 (again-summarizer)",
        "ocr v2",
    ]


# --- limits --------------------------------------------------------------------------------

TEXTS = st.text(max_size=400)
WAITING = st.builds(
    Waiting,
    model=TEXTS,
    job_name=TEXTS,
    verdict=st.sampled_from(WORDS),
    since=st.just(at(18)),
    reason=TEXTS,
)
TELLINGS = st.builds(
    DigestTelling,
    st.builds(
        Digest,
        period=st.sampled_from([WEEK, DAY]),
        counts=st.dictionaries(st.sampled_from(WORDS), st.integers(1, 10**6), min_size=1),
        waiting=st.lists(WAITING, max_size=8).map(tuple),
        approved=st.builds(Approved, st.integers(0, 9), st.floats(0, 1e9), st.just(0)),
        before=st.none() | st.builds(Approved, st.integers(0, 9), st.floats(0, 1e9), st.just(0)),
    ),
    stands_in_for=st.lists(st.builds(StandIn, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
)
HOSTILE_PIECES = [
    "<!channel>",
    "<@U0123ABCD>",
    "<https://evil.example|click>",
    "`x`",
    "*b*",
    "\u202e",
]


@settings(max_examples=150, deadline=None)
@given(TELLINGS)
def test_any_digest_keeps_every_limit(telling: DigestTelling) -> None:
    """Whatever the names are, each medium takes the message."""
    slack, sns = digest_forms(telling), digest_arguments(telling)

    assert [violations(form) for form in slack] == [[], [], []]
    assert all(form["text"].strip() for form in slack)
    assert "blocks" in slack[0]
    assert "blocks" in slack[1]
    assert_published(sns)
    assert digest_text(telling).endswith("\n")


def assert_published(sns: dict[str, Any]) -> None:
    message = json.loads(sns["Message"])
    attributes = json.dumps(sns["MessageAttributes"])
    assert len(sns["Message"].encode()) + len(attributes) <= BYTES
    assert 0 < len(sns["Subject"]) <= SUBJECT
    assert sns["Subject"].isascii()
    assert sns["Subject"].isprintable()
    assert 0 < len(message["sms"]) <= SMS
    assert "\n" not in message["default"]
    assert message["sqs"] == message["lambda"]
    VALIDATOR.validate(json.loads(message["sqs"]))
    shown = json.loads(message["https"])
    assert (shown["version"], shown["source"]) == ("1.0", "custom")
    assert 0 < len(shown["content"]["title"]) <= 250
    assert 0 < len(shown["content"]["description"]) <= 8_000


@pytest.mark.parametrize("jobs", [1, 60, 100, 500, 5_000])
def test_however_many_wait_the_digest_gets_out_and_counts_them_all(jobs: int) -> None:
    """What has no room is a number."""
    telling = DigestTelling(many(jobs))

    rich, simple, text = digest_forms(telling)

    assert violations(rich) == violations(simple) == violations(text) == []
    (table,) = [block for block in rich["blocks"] if block["type"] == "table"]
    shown = len(table["rows"]) - 1
    assert (f"{jobs - shown} more need a decision" in str(rich["blocks"])) is (shown < jobs)
    assert shown >= min(jobs, 15)
    sns = digest_arguments(telling)
    assert_published(sns)
    document = json.loads(json.loads(sns["Message"])["sqs"])
    assert len(document["waiting"]) + document["waiting_left_out"] == jobs


def test_hostile_names_neither_ping_nor_link() -> None:
    """They stand in cells and code spans, or are escaped."""
    telling = DigestTelling(UGLY, stands_in_for=(StandIn(*HOSTILE_PIECES[:3]),))

    rich, simple, text = digest_forms(telling)

    for form in (rich, simple, text):
        parsed = [form["text"], *_mrkdwn(form.get("blocks", []))]
        assert not any("<!" in each or "<@" in each or "<http" in each for each in parsed)
    shown = json.loads(json.loads(digest_arguments(telling)["Message"])["https"])
    assert not set("<>`*") & set(shown["content"]["description"])
    assert "@U0123ABCD" not in shown["content"]["description"]


def _mrkdwn(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["text"]] if part.get("type") == "mrkdwn" else []
        return own + [text for value in part.values() for text in _mrkdwn(value)]
    return [text for value in part for text in _mrkdwn(value)] if isinstance(part, list) else []


def test_the_simplest_form_still_names_who_waits() -> None:
    """When Slack takes no block, the text is all there is."""
    _, _, text = digest_forms(DigestTelling(WEEKLY, stands_in_for=STOOD_IN))

    assert "blocks" not in text
    assert "support-summarizer v3 (FAIL: cost/hour +61% and 1 more)" in text["text"]
    assert "invite the bot" in text["text"]


def test_the_same_digest_has_the_same_dedupe_key_and_another_has_another() -> None:
    """By it a message is found that may have arrived."""
    keys = {
        telling.digest.period.key: digest_forms(telling)[0]["metadata"]["event_payload"][
            "dedupe_key"
        ]
        for telling in (DigestTelling(WEEKLY), DigestTelling(MIXED), digests()["daily"])
    }

    assert keys == {key: key for key in ("digest:weekly:2026-11-16", "digest:daily:2026-11-20")}


# --- for programs --------------------------------------------------------------------------


def test_filter_policies_can_tell_a_digest_from_a_verdict() -> None:
    """And one that lists closed gates from one that does not."""
    attributes = digest_arguments(DigestTelling(WEEKLY))["MessageAttributes"]

    assert {name: each["StringValue"] for name, each in attributes.items()} == {
        "event": "digest",
        "rhythm": "weekly",
        "severity": "2",
        "schema": "recgate-digest/1",
    }
    calm = digest_arguments(DigestTelling(QUIET))["MessageAttributes"]["severity"]
    assert calm == {"DataType": "Number", "StringValue": "1"}


@pytest.mark.parametrize("name", digests())
def test_the_document_is_what_its_schema_says(name: str) -> None:
    """The schema is public: programs are written against it."""
    VALIDATOR.validate(digest_document(digests()[name].digest))


@pytest.mark.parametrize(
    "change",
    [
        {"rhythm": "hourly"},
        {"counts": {"PASSED": 1}},
        {"counts": {"PASS": 0}},
        {"first": "yesterday"},
        {"waiting": [{"model": "x"}]},
        {"approved": None},
    ],
)
def test_the_schema_refuses_what_is_no_digest(change: dict[str, Any]) -> None:
    """Else the test before would show nothing."""
    document = digest_document(WEEKLY) | change

    assert not VALIDATOR.is_valid(document)


def test_a_digest_of_nothing_is_one_line() -> None:
    """So that silence is not mistaken for a schedule that is broken."""
    telling = DigestTelling(
        Digest(period_ending(date(2026, 11, 22), Rhythm.WEEKLY), {}, (), NOTHING)
    )

    rich, _, _ = digest_forms(telling)

    assert digest_text(telling).count("\n") == 1
    assert len(rich["blocks"]) == 1
    assert "no decision" in rich["text"]

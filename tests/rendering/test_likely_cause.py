"""A failure reason leads to its likely cause. A case is a file in ``failure-reasons``, called
after the entry of the table that explains it (``unknown``: none does), a dot and what you like.
"""

import re
import unicodedata
from pathlib import Path

import pytest

from recgate.rendering.advice.failure_reason import KnownReason
from recgate.rendering.advice.likely_cause import KNOWN_REASONS, known_reason, likely_cause

CASES = sorted((Path(__file__).parent / "failure-reasons").glob("*.txt"))
ENTRIES = [pytest.param(known, id=known.id) for known in KNOWN_REASONS]


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_a_reason_is_explained_by_its_entry(case: Path) -> None:
    """Reasons that AWS documents or that were seen in public, and some that nobody knows."""
    known = known_reason(case.read_text(encoding="utf-8"))

    assert (known.id if known else "unknown") == case.name.partition(".")[0]


def test_every_entry_has_a_case() -> None:
    """An entry that no reason leads to is not tested, and may be wrong."""
    tested = {case.name.partition(".")[0] for case in CASES}

    assert tested == {known.id for known in KNOWN_REASONS} | {"unknown"}


@pytest.mark.parametrize("known", ENTRIES)
def test_the_example_of_an_entry_is_explained_by_no_earlier_one(known: KnownReason) -> None:
    """The order is from the most specific to the most general."""
    assert known_reason(known.example) is known


@pytest.mark.parametrize("known", ENTRIES)
def test_an_entry_fits_into_a_message(known: KnownReason) -> None:
    """Whoever shows it need not cut it, and can say where it comes from."""
    texts = (known.cause, *known.next_steps)

    assert len(known.title) <= 60
    assert len(known.cause) <= 300
    assert 1 <= len(known.next_steps) <= 3
    assert all(len(step) <= 200 for step in known.next_steps)
    assert all(text and text == " ".join(text.split()) for text in texts)
    assert not {"Cc", "Cf"} & {unicodedata.category(letter) for text in texts for letter in text}
    assert not set("<>&`*_~") & set("".join(texts)), "nothing that Slack would format"
    assert re.fullmatch(r"https://(?:docs\.aws\.amazon\.com|repost\.aws)/\S+", known.source)


@pytest.mark.parametrize("known", ENTRIES)
def test_no_pattern_repeats_without_a_bound(known: KnownReason) -> None:
    """A reason may be long and hostile: the time for it grows with its length and no faster."""
    unescaped = re.sub(r"\\.|\[[^]]*\]", "", known.pattern)

    assert not re.search(r"[*+]|\{[0-9]*,\}", unescaped)


def test_the_ids_are_names_of_one_entry_each() -> None:
    """Cases are called after them."""
    ids = [known.id for known in KNOWN_REASONS]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(?:-[a-z]+)*", name) for name in ids)


def test_a_cause_says_what_to_do() -> None:
    """What a message shows below SageMaker's own words."""
    found = likely_cause("ResourceLimitExceeded when calling the CreateEndpoint operation")

    assert found is not None
    assert "quota" in found.cause
    assert found.next_steps[0].startswith("Ask for more in Service Quotas")


@pytest.mark.parametrize("reason", ["", " ", "\x00", "\u200b" * 10, "?"])
def test_a_reason_that_says_nothing_has_no_cause(reason: str) -> None:
    """A guess would send people the wrong way."""
    assert likely_cause(reason) is None


@pytest.mark.parametrize(
    "reason",
    [
        "Resource\u200bLimit\u00adExceeded when calling CreateEndpoint",
        "RESOURCELIMITEXCEEDED",
        "benchmark 3:\r\n\tResourceLimitExceeded\u2028when calling CreateEndpoint",
        "<!channel> `ResourceLimitExceeded` &lt;!here&gt;",
        "\ud800 ResourceLimitExceeded",
    ],
)
def test_what_cannot_be_seen_and_case_do_not_hide_a_cause(reason: str) -> None:
    """The text is cleaned before it is read."""
    known = known_reason(reason)

    assert known is not None
    assert known.id == "quota"


@pytest.mark.parametrize(
    "part",
    ["a", "image ", "role ", "s3 denied ", "subnet ", "payload tar ", "not a ", "timed out ", "("],
)
def test_a_reason_of_100_000_characters_is_read_like_any_other(part: str) -> None:
    """Only its beginning counts, and no answer is invented for what stands behind it."""
    long = part * (100_000 // len(part))

    assert known_reason(long + "PayloadError") is known_reason(long)

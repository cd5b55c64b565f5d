"""Twenty thousand hostile strings go through every Slack message, and not one is obeyed."""

import json
import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from recgate.domain.telling import Telling
from recgate.rendering.slack.forms import forms_of
from recgate.rendering.slack.limits import violations
from recgate.rendering.slack.progress import closed_progress_form, progress_form
from recgate.rendering.slack.thread import details_form
from recgate.rendering.sns.publish import publish_arguments_of
from recgate.rendering.words import verdict_word
from tests.rendering.hostile_tellings import (
    KINDS,
    REPORT,
    Source,
    hostile_digest,
    hostile_note,
    hostile_telling,
    hostile_waiver_end,
)
from tests.rendering.slack_reading import Seen, parsed, seen, unparsed

Message = dict[str, Any]

STRINGS = 20_000
MENTION = "<!subteam^S0123ABCD>"

ATOMS = (
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U123>",
    "<@W0123ABCD|boss>",
    "<#C0123|general>",
    "<!subteam^S999>",
    "<https://evil.example/login|the runbook>",
    "<http://evil.example>",
    "<mailto:a@evil.example|x>",
    "<!date^1^{date}|x>",
    "<!date^1^{date}^https://evil.example|x>",
    "&lt;!here&gt;",
    "&amp;lt;!channel&amp;gt;",
    "&#60;!channel&#62;",
    "&",
    "<",
    ">",
    "|",
    "`",
    "```",
    "`code`",
    "*",
    "_",
    "~",
    "*bold*",
    "*_~all~_*",
    "_it_",
    "~no~",
    " * ",
    "*_~",
    ":red_circle:",
    ":large_green_circle:",
    ":skull:",
    ":100:",
    ":",
    "::",
    "> quoted",
    "\n> quoted",
    "\n*bold*",
    "\n\n",
    "\r\n",
    "\x00",
    "\x07\x1b[31m",
    "\x7f\x85",
    "\u2028",
    "\u2029",
    "\u200b",
    "\u200d",
    "\u2060\ufeff",
    "\u00ad",
    "\u202egnp.exe\u202c",
    "\u2066x\u2069",
    "\u061c",
    "\ud800",
    "\udfff",
    "\ufffe",
    "\ue000",
    "\U000e0041",
    "e\u0301\u0302\u0303\u0304",
    "Z\u0351\u036b\u0343",
    "مرحبا",
    "שלום",
    "🔥👩\u200d💻",
    "PASS",
    "FAIL fraud-ranker v14:",
    '{"type": "divider"}',
    '"}]}',
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "https://evil.example/",
    "www.evil.example",
    "@channel",
    "@here",
    "#general",
    "arn:aws:iam::111122223333:user/x",
    "../../etc/passwd",
    "%s%n{0}{}",
    "{date}",
    "\\",
    "\\n",
    '"',
    "'",
    "\t",
    "\u00a0",
    "\u3000",
    "name",
    "ml.g5.xlarge",
    "1.50",
    "-",
    "•",
    "",
)

TWIN = str.maketrans({"*": "+", "_": "-", "~": "-", ":": ";", "`": "'"})
"""The same strings without what formats: a message made of them has only our own formatting."""

OUR_CONTROLS = re.compile(
    r"https://[a-z0-9-]+\.console\.aws\.amazon\.com/[!-;=?-{}~]*\|[^<>|\n]+"
    rf"|{re.escape(REPORT)}(?:\|[^<>|\n]+)?"
    r"|!date\^[0-9]+\^\{date_short_pretty\} at \{time\}\|[0-9A-Za-z ,:]+"
    rf"|{re.escape(MENTION[1:-1])}"
)
OUR_EMOJI = {
    "large_green_circle",
    "large_yellow_circle",
    "large_blue_circle",
    "large_orange_circle",
    "white_circle",
    "black_square_for_stop",
    "red_circle",
    "small_red_triangle",
    "warning",
    "x",
    "hourglass_flowing_sand",
}
NEVER = {"italic", "strike", "quote", "stray", "tick"}
"""Nothing of ours has them."""

INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class Rendered(NamedTuple):
    """The messages that are made of one batch of strings, each with the word it begins with."""

    messages: tuple[tuple[str, Message, bool], ...]
    """What it is, the message, and whether it is one that changes another."""
    word: str
    text_only: Sequence[Message]
    subject: str
    telling: Telling


def hostile(dice: random.Random) -> str:
    """One string of a few atoms, sometimes with a very long word in it."""
    atoms = dice.choices(ATOMS, k=dice.choice((1, 1, 2, 3, 4, 6)))
    if dice.random() < 0.02:
        atoms.insert(dice.randrange(len(atoms) + 1), dice.choice("x<&*_`🔥\u0301") * 10_000)
    return dice.choice(("", "", " ", ", ", "x", "\n")).join(atoms)


def source(strings: Sequence[str]) -> Source:
    """The strings one after the other, from the beginning when they are used up."""
    place = -1

    def following() -> str:
        nonlocal place
        place += 1
        return strings[place % len(strings)]

    return following


def rendered(strings: Sequence[str], turn: int) -> Rendered:
    """Every Slack message that can be made of the strings."""
    kind, size = KINDS[turn % len(KINDS)], (1, 2, 3, 5, 8, 13)[turn // len(KINDS) % 6]
    text = source(strings)
    telling = hostile_telling(kind, text, size=size, turn=turn)
    digest, note = hostile_digest(text, size=size), hostile_note(text, size=size)
    verdicts = forms_of(telling, mentions=(MENTION, "<!channel>"))
    digests, ends = forms_of(digest), forms_of(hostile_waiver_end(text))
    made: list[tuple[str, Message, bool]] = [
        *((f"{kind} {place}", form, False) for place, form in enumerate(verdicts)),
        *((f"digest {place}", form, False) for place, form in enumerate(digests)),
        *((f"waiver end {place}", form, False) for place, form in enumerate(ends)),
        ("progress", progress_form(note), False),
        ("progress, again", progress_form(note), True),
        ("closed progress", closed_progress_form(telling), True),
    ]
    details = details_form(telling)
    if details is not None:
        made.append((f"{kind} details", details, False))
    return Rendered(
        tuple(made),
        verdict_word(telling.decision),
        (verdicts[-1], digests[-1], ends[-1]),
        publish_arguments_of(telling)["Subject"],
        telling,
    )


def batches() -> Iterator[tuple[int, list[str]]]:
    """All strings, in batches that fill one telling, one note and one digest each."""
    dice, used, turn = random.Random(20261122), 0, 0  # noqa: S311  the same in every run
    while used < STRINGS:
        strings = [
            hostile(dice) for _ in range((40, 60, 80, 120, 200, 320)[turn // len(KINDS) % 6])
        ]
        yield turn, strings
        used, turn = used + len(strings), turn + 1


def unseen(text: str) -> list[str]:
    """Characters that nobody can see, or that turn the text round; a line break is none."""
    return [
        letter for letter in text if letter != "\n" and unicodedata.category(letter) in INVISIBLE
    ]


def not_ours(found: Sequence[Seen]) -> list[Seen]:
    """What Slack would obey and none of our messages has."""
    return [
        each
        for each in found
        if each.kind in NEVER
        or (each.kind == "control" and not OUR_CONTROLS.fullmatch(each.content))
        or (each.kind == "emoji" and each.content not in OUR_EMOJI)
    ]


def shape_of(message: Message) -> list[tuple[str, int]]:
    """The parsed texts of a message, each by its place and number of lines."""
    return [(where, text.count("\n")) for where, text in parsed(message)]


def wrong_with(name: str, message: Message, *, update: bool) -> Iterator[str]:
    """Every promise that a message breaks."""
    yield from (f"{name}: {each}" for each in violations(message, update=update))
    for where, text in parsed(message):
        for each in not_ours(seen(text)):
            yield f"{name}, {where}: {each.kind} {each.content[:60]!r} in {text[:300]!r}"
    # Rich text and table cells are never parsed, but the layout of all of it counts.
    hidden = unseen(json.dumps(message, ensure_ascii=False))
    if hidden:
        yield f"{name}: holds {sorted(set(map(ascii, hidden)))}"
    for text in unparsed(message):
        if set(text) & set("<>&\n") - {"&"} or not text.strip():
            yield f"{name}: plain text {text[:100]!r}"


def differently_formatted(name: str, message: Message, twin: Message) -> Iterator[str]:
    """Formatting that is there, or not, only because of the strings.

    Where the two messages have other parts (one has longer escapes, and so less room) they
    cannot be compared.
    """
    if shape_of(message) != shape_of(twin):
        return
    for (where, text), (_, harmless) in zip(parsed(message), parsed(twin), strict=True):
        kinds = [each.kind for each in seen(text) if each.kind != "control"]
        ours = [each.kind for each in seen(harmless) if each.kind != "control"]
        if kinds != ours:
            yield f"{name}, {where}: {kinds} for {ours} in {text[:300]!r}"


def says_verdict_first(made: Rendered) -> Iterator[str]:
    """The verdict word stands where a push message, a header and a subject begin."""
    telling = made.telling
    begins = not telling.label.strip() and not telling.parent
    for name, message, _ in made.messages[:3]:
        header = next((text for text in unparsed(message)), message["text"])
        for text in (message["text"], header):
            if not (text.startswith(f"{made.word} ") if begins else made.word in text[:150]):
                yield f"{name}: {made.word} is not at the beginning of {text[:150]!r}"
    bracketed = f"[{made.word}]"
    if not (made.subject.startswith(bracketed) if begins else bracketed in made.subject):
        yield f"subject: {made.subject}"


def without_blocks(made: Rendered) -> Iterator[str]:
    """A message that had to be cut down to its text: that always fits, and says too little."""
    for name, message, _ in made.messages:
        if not message.get("blocks") and not any(message is form for form in made.text_only):
            yield f"{name}: no blocks"


def test_no_hostile_string_is_obeyed_or_breaks_a_message() -> None:
    """In any field, in any form of any message: no violation of a limit, no mention, no link, no
    formatting but ours, nothing that cannot be seen; the verdict first, and a form of text only.
    """
    used: set[int] = set()
    wrong: list[str] = []
    count, compared = 0, 0
    for turn, strings in batches():
        made = rendered(strings, turn)
        twin = rendered([each.translate(TWIN) for each in strings], turn)
        count += len(strings)
        used.add(turn % len(KINDS))
        for (name, message, update), (_, harmless, _) in zip(
            made.messages, twin.messages, strict=False
        ):
            wrong += wrong_with(f"{turn} {name}", message, update=update)
            wrong += differently_formatted(f"{turn} {name}", message, harmless)
            compared += shape_of(message) == shape_of(harmless)
        wrong += [f"{turn} {each}" for each in says_verdict_first(made)]
        wrong += [f"{turn}: no text" for form in made.text_only if "blocks" in form]
        wrong += [f"{turn} {each}" for each in without_blocks(made)]

    assert wrong[:20] == []
    assert count >= STRINGS
    assert compared > count // 20
    assert used == set(range(len(KINDS)))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("<!channel>", ["control"]),
        ("`<!channel>`", ["code", "control"]),
        ("a *b* c", ["bold"]),
        ("*a b*, c", ["bold"]),
        ("(_a_)", ["italic"]),
        ("~a~", ["strike"]),
        ("a*b*c", []),
        ("a * b * c", []),
        ("snake_case_name", []),
        ("`*a*`", ["code"]),
        ("*`a`*", ["code", "bold"]),
        ("*a\nb*", []),
        (":red_circle: x", ["emoji"]),
        ("arn:aws:iam", ["emoji"]),
        ("06:32 UTC", []),
        ("&gt; x", ["quote"]),
        ("a &gt; b", []),
        ("a < b", ["stray"]),
        ("a & b", ["stray"]),
        ("&amp;lt;", []),
        ("a ` b", ["tick"]),
        ("```a\nb```", ["code"]),
    ],
)
def test_the_oracle_reads_like_slack(text: str, kinds: list[str]) -> None:
    """Else the promise above would be worth nothing."""
    assert [each.kind for each in seen(text)] == kinds


def test_every_string_has_something_hostile_in_it() -> None:
    """Or is empty, or a name: those break layouts, too."""
    dice = random.Random(1)  # noqa: S311

    strings = [hostile(dice) for _ in range(2_000)]

    assert sum(bool(set("<>&`*_~:") & set(each)) or bool(unseen(each)) for each in strings) > 1_200
    assert max(map(len, strings)) >= 10_000

"""waivers.yaml changed by lines: only what was asked for changes, however the file is laid out."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.adapters.policy_files.source_text import INVISIBLE, decoded
from recgate.adapters.policy_files.strict_yaml import read_yaml
from recgate.adapters.policy_files.waiver_text import (
    NEW_FILE,
    WaiversUnchanged,
    with_entry,
    with_expiry,
    without_entry,
)
from recgate.domain.canonical import Json
from recgate.rendering.yaml_flow import flow

ENTRY: dict[str, Json] = {
    "id": "W-new",
    "policy": "prod",
    "limit": "max_cost_per_hour_usd",
    "up_to": 3.5,
    "only_for": {"job_names": ["checkout-*"], "tags": {"env": ["prod"]}},
    "reason": "CHG-1: a “quoted” # word",
    "requested_by": "dana@example.com",
    "approved_by": "lead",
    "starts": "2026-11-22",
    "expires": "2026-12-01",
}
KEYS = [
    *("policy: prod", "limit: max_cost_per_hour_usd", "up_to: 8", "reason: 'it''s # short'"),
    *("only_for:\n{i}  job_names:\n{i}  - a-*\n{i}  - b-*", "only_for: {tags: {env: prod}}"),
    *("requested_by: dana", 'approved_by: "lead"  # of finops', "starts: 2026-11-01"),
    *("reason: |\n{i}  two\n{i}  lines", "reason: >-\n{i}  folded\n\n{i}  text"),
]
LAST = date(2026, 12, 24)


class Made(NamedTuple):
    """A generated file, and how many waivers are in it."""

    text: str
    waivers: int


def waivers_in(text: str) -> Any:
    """The list as it is read."""
    document: Any = read_yaml(decoded(text.encode())).value
    return document["waivers"]


@st.composite
def between(draw: st.DrawFn, indent: int) -> list[str]:
    """Comments and blank lines, at the margin or with the list."""
    pad = " " * indent
    lines = ["", "# at the margin", f"{pad}# - id: with the list", "  ", "#"]
    return draw(st.lists(st.sampled_from(lines), max_size=3))


@st.composite
def files(draw: st.DrawFn) -> Made:
    """waivers.yaml as people write it."""
    indent = draw(st.sampled_from([0, 2, 4]))
    pad = " " * indent
    key = draw(st.sampled_from(["waivers:", '"waivers":', "'waivers' :", "waivers:  # granted"]))
    above = draw(st.lists(st.sampled_from(["max_days: 90", "# owned by finops", ""]), max_size=2))
    lines = [*draw(st.sampled_from([[], ["---"], ["# top", "---"]])), "version: 1"]
    lines += [line for at, line in enumerate(above) if line not in above[:at]] + [key]
    count = draw(st.integers(1, 6))
    for number in range(count):
        lines += draw(between(indent))
        keys = draw(st.lists(st.sampled_from(KEYS), max_size=5, unique_by=lambda it: it[:5]))
        quote = draw(st.sampled_from(["", "'", '"']))
        end = f"expires: {quote}2026-12-31{quote}{draw(st.sampled_from(['', '  # 2026-12-31']))}"
        keys.insert(draw(st.integers(0, len(keys))), end)
        first, *rest = [f"id: W-{number}", *keys]
        written = [f"{pad}- {first}", *(f"{pad}  {each}" for each in rest)]
        lines += "\n".join(written).replace("{i}", f"{pad}  ").split("\n")
    lines += draw(between(indent))
    if "max_days: 90" not in above:
        lines += draw(st.sampled_from([[], ["# about the next key", "max_days: 90  # no longer"]]))
    lines += draw(st.sampled_from([[], ["# the end"], ["...", ""]]))
    line_break = draw(st.sampled_from(["\n", "\r\n"]))
    return Made("".join(f"{line}{line_break}" for line in lines), count)


@settings(max_examples=120, deadline=None)
@given(files())
def test_what_is_added_and_taken_out_again_leaves_the_same_bytes(made: Made) -> None:
    """Comments, blank lines, line breaks, markers, keys below the list: all as before."""
    before = waivers_in(made.text)

    added = with_entry(made.text, ENTRY)

    assert waivers_in(added) == [*before, ENTRY]
    assert added.count("\n") == made.text.count("\n") + len(ENTRY)
    assert ("\r\n" in added) is ("\r\n" in made.text)
    assert not re.search(r"[^\r]\n" if "\r\n" in made.text else r"\r", added)
    assert without_entry(added, made.waivers) == made.text


@settings(max_examples=120, deadline=None)
@given(files(), st.data())
def test_another_end_changes_one_line(made: Made, data: st.DataObject) -> None:
    """That of the waiver at the place, and only its day."""
    place = data.draw(st.integers(0, made.waivers - 1))

    changed = with_expiry(made.text, place, LAST)

    old, new = made.text.splitlines(keepends=True), changed.splitlines(keepends=True)
    differing = [(was, now) for was, now in zip(old, new, strict=True) if was != now]
    ((was, now),) = differing
    assert now == was.replace("2026-12-31", "2026-12-24", 1)
    expected = waivers_in(made.text)
    expected[place]["expires"] = "2026-12-24"
    assert waivers_in(changed) == expected


@settings(max_examples=120, deadline=None)
@given(files(), st.data())
def test_taking_out_takes_the_one_entry_and_no_line_of_another(
    made: Made, data: st.DataObject
) -> None:
    """Every comment stays, but those within the entry."""
    place = data.draw(st.integers(0, made.waivers - 1))

    left = without_entry(made.text, place)

    expected = waivers_in(made.text)
    del expected[place]
    assert (waivers_in(left) or []) == expected
    kept = [line for line in made.text.splitlines() if line.lstrip().startswith(("#", "max_days"))]
    assert [line for line in left.splitlines() if line.lstrip().startswith(("#", "max_days"))] == (
        kept
    )


@settings(deadline=None)
@given(
    st.recursive(
        st.text().filter(lambda text: not INVISIBLE.search(text) and "\r" not in text)
        | st.integers(-(10**14), 10**14)
        | st.booleans()
        | st.none(),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=6,
    )
)
def test_a_value_is_written_so_that_it_is_read_as_itself(value: Any) -> None:
    """Whatever a reason or a name holds: text stays text, and nothing breaks out of its line."""
    written = flow(value)

    assert "\n" not in written
    assert read_yaml(f"a: {written}\n").value == {"a": value}
    assert read_yaml(f"a: [{written}]\n").value == {"a": [value]}


@pytest.mark.parametrize("word", ["null", "Null", "true", "FALSE", "~", "-", "2026", "1e3", "a: b"])
def test_text_that_reads_like_something_else_is_quoted(word: str) -> None:
    """Also where this recgate would take it for text: another reader may not."""
    assert flow(word) == f'"{word}"'


@pytest.mark.parametrize(
    ("text", "added"),
    [
        (NEW_FILE, NEW_FILE.replace(" []", "")),
        ("waivers: [ ]  # none\nversion: 1\n", None),
        ('version: 1\n"waivers": []\n', 'version: 1\n"waivers":\n'),
        ("version: 1\nwaivers:\n", "version: 1\nwaivers:\n"),
        ("version: 1\nwaivers:", "version: 1\nwaivers:\n"),
        ("version: 1\nwaivers:\n# the end\n", None),
    ],
)
def test_the_first_entry_opens_the_list(text: str, added: str | None) -> None:
    """However an empty list is written."""
    changed = with_entry(text, ENTRY)

    assert waivers_in(changed) == [ENTRY]
    written = "".join(line for line in changed.splitlines(keepends=True) if line[:4] not in ENTRIES)
    assert added is None or written == added


ENTRIES = ("  - ", "    ")
"""How the lines of an entry begin."""


def test_a_file_without_a_last_line_break_gets_one_only_where_a_line_follows() -> None:
    """A new end is the change of a day."""
    text = "version: 1\nwaivers:\n- id: W-1\n  expires: 2026-12-31"

    added = with_entry(text, ENTRY)

    assert with_expiry(text, 0, LAST) == text.replace("2026-12-31", "2026-12-24")
    assert added.startswith(f"{text}\n- id: W-new\n  policy: prod\n")
    assert without_entry(added, 1) == f"{text}\n"
    assert without_entry(text, 0) == "version: 1\nwaivers: []\n"
    assert with_entry("waivers:\n- id: a\nversion: 1", ENTRY).endswith("\nversion: 1")


@pytest.mark.parametrize(
    "lines",
    [
        ["waivers: [{id: a, expires: 2026-12-31}, {id: b, expires: 2026-12-31}]"],
        ["waivers:", "  [{id: a, expires: 2026-12-31}, {id: b, expires: 2026-12-31}]"],
        ["waivers:", "  [", "  {id: a, expires: 2026-12-31},", "  {id: b}]"],
        ["waivers:", "- ", "  id: a", "  expires: 2026-12-31", "-", "  id: b"],
    ],
)
def test_another_layout_is_left_to_a_person(lines: Sequence[str]) -> None:
    """One that cannot be changed by whole lines; an end is still one day in one line."""
    text = "".join(f"{line}\n" for line in ["version: 1", *lines])

    with pytest.raises(WaiversUnchanged, match=r"nothing was written.*must be edited by hand"):
        with_entry(text, ENTRY)
    for place in (0, 1):
        with pytest.raises(WaiversUnchanged, match=r"nothing was written.*be edited by hand"):
            without_entry(text, place)
    assert with_expiry(text, 0, LAST) == text.replace("2026-12-31", "2026-12-24", 1)


def test_an_end_that_is_not_written_as_a_day_is_not_changed() -> None:
    """And none where there is no end."""
    text = "version: 1\nwaivers:\n- id: a\n  expires: >-\n    2026-12-31\n- id: b\n- null\n"

    with pytest.raises(WaiversUnchanged, match=r"waivers\[0\]\.expires is not written as a day"):
        with_expiry(text, 0, LAST)
    for place in (1, 2, 3):
        with pytest.raises(WaiversUnchanged, match=rf"waivers\[{place}\] has no `expires`"):
            with_expiry(text, place, LAST)


def test_entries_of_other_shapes_keep_their_places() -> None:
    """A place counts every entry: null, text and empty ones."""
    text = "version: 1\nwaivers:\n  - null\n  - text\n  -\n  - id: a\n    expires: 2026-12-31\n"

    assert waivers_in(with_expiry(text, 3, LAST))[3]["expires"] == "2026-12-24"
    assert waivers_in(without_entry(text, 3)) == [None, "text", None]
    assert waivers_in(without_entry(text, 0))[0] == "text"
    assert waivers_in(with_entry(text, ENTRY))[4] == ENTRY


@pytest.mark.parametrize(
    "text", ["", "version: 1\n", "version: 1\nwaivers: [\n", "\ufeffversion: 1\nwaivers: []\n", "-"]
)
def test_a_text_without_a_list_is_refused(text: str) -> None:
    """In words, and whatever it is."""
    with pytest.raises(WaiversUnchanged, match=r"waivers\.yaml"):
        with_entry(text, ENTRY)

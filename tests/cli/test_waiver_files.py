"""`recgate waiver add` and `expire` on the files that people have: nothing is lost or half done."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.policy_files.folder import PolicyFiles
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.cli.waiver.change import WaiverRefused, checked, write
from tests.cli.runner import JOBS, Answer, recgate

POLICY = """\
version: 1
policy: prod
require:
  max_cost_per_hour_usd: 2.50
  min_invocations_per_minute: 400
"""
W_1 = """\
  - id: W-1
    policy: prod
    limit: max_cost_per_hour_usd
    up_to: 8
    only_for: {job_names: ["support-*"]}
    reason: GPU shortage
    requested_by: dana
    approved_by: lead
    starts: 2026-11-01
    expires: 2026-12-31
"""
FILE = f"version: 1\nwaivers:\n{W_1}"
ADDED = """\
  - id: W-2026-001
    policy: prod
    limit: max_cost_per_hour_usd
    up_to: 3.5
    only_for: {job_names: ["checkout-*"]}
    reason: CHG-1
    requested_by: dana
    approved_by: lead
    starts: 2026-11-22
    expires: 2026-12-01
"""
ADD = (
    *("waiver", "add", "--policy", "prod", "--limit", "max_cost_per_hour_usd", "--up-to", "3.5"),
    *("--only-for", "job_names=checkout-*", "--reason", "CHG-1", "--requested-by", "dana"),
    *("--approved-by", "lead", "--starts", "2026-11-22", "--expires", "2026-12-01"),
)
EXPIRE = ("waiver", "expire", "W-1", "--on", "2026-11-30")
REMOVE = ("waiver", "expire", "W-1", "--remove")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `policies` without waivers, and the shell beside it."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "policies"
    made.mkdir()
    (made / "prod.yaml").write_text(POLICY)
    return made


def put(folder: Path, text: str) -> Path:
    file = folder / "waivers.yaml"
    file.write_bytes(text.encode())
    return file


def ids(folder: Path) -> list[str]:
    """The waivers that count."""
    return [waiver.id for waiver in PolicyFiles(folder).load().waivers]


def indented(text: str, by: int) -> str:
    """The entries with their dashes so far to the right."""
    return "".join(f"{' ' * by}{line[2:]}" for line in text.splitlines(keepends=True))


# --- what stays as it is ---------------------------------------------------------------------


LAYOUTS = {
    "plain": ("version: 1\nwaivers:\n", W_1, ""),
    "list at the margin": ("version: 1\nwaivers:\n", indented(W_1, 0), ""),
    "list far to the right": ("version: 1\nwaivers:\n", indented(W_1, 6), ""),
    "comments everywhere": (
        "# owner: finops\nversion: 1  # of the language\nwaivers:  # granted\n\n  # the first\n",
        W_1.replace("    up_to", "    # dear\n    up_to").replace(
            "shortage", "shortage  # till May"
        ),
        "\n# not longer than a quarter\nmax_days: 90  # days\n# the end\n",
    ),
    "markers": ("---\nversion: 1\nwaivers:\n", W_1, "...\n"),
    "quoted keys": ('"version": 1\n"waivers":\n', W_1.replace("expires:", "'expires':"), ""),
    "list first": ("waivers:\n", W_1, "version: 1\n"),
}


@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_other_byte_stays(folder: Path, layout: str, line_break: str) -> None:
    """Added below the last, ended in its line, taken out with its lines: by bytes."""
    head, entry, tail = (part.replace("\n", line_break) for part in LAYOUTS[layout])
    text, file = head + entry + tail, put(folder, "")
    file.write_bytes(text.encode())
    column = LAYOUTS[layout][1].index("-")
    added = indented(ADDED, column).replace("\n", line_break)

    adding = recgate(*ADD)
    after_add = file.read_bytes().decode()
    removing = recgate("waiver", "expire", "W-2026-001", "--remove")
    after_removal = file.read_bytes().decode()
    ending = recgate(*EXPIRE)

    assert (adding.code, removing.code, ending.code) == (0, 0, 0), adding.err + removing.err
    assert after_add == head + entry + added + tail
    assert after_removal == text
    assert file.read_bytes().decode() == text.replace("2026-12-31", "2026-11-30")


def test_a_file_without_a_last_line_break_is_continued_on_a_line_of_its_own(folder: Path) -> None:
    """And its end is changed without adding one."""
    file = put(folder, FILE.rstrip("\n"))

    ending = recgate(*EXPIRE)
    ended = file.read_text()
    adding = recgate(*ADD)

    assert (ending.code, adding.code) == (0, 0)
    assert ended == FILE.rstrip("\n").replace("2026-12-31", "2026-11-30")
    assert file.read_text() == f"{ended}\n{ADDED}"


@pytest.mark.parametrize("above", ["  # for the next one\n", "# at the margin\n\n"])
def test_the_comment_over_the_next_entry_stays_with_it(folder: Path, above: str) -> None:
    """Taking one out does not take the words about another."""
    second = W_1.replace("W-1", "W-2")
    file = put(folder, f"{FILE}{above}{second}")

    answer = recgate(*REMOVE)

    assert answer.code == 0, answer.err
    assert file.read_text() == f"version: 1\nwaivers:\n{above}{second}"


def test_a_link_stays_a_link_and_its_target_is_changed(folder: Path, tmp_path: Path) -> None:
    """Several folders of policies may share one file of waivers."""
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "all.yaml").write_text(FILE)
    link = folder / "waivers.yaml"
    link.symlink_to(Path("..") / "shared" / "all.yaml")

    answer = recgate(*ADD)

    assert answer.code == 0, answer.err
    assert link.is_symlink()
    assert (shared / "all.yaml").read_text() == FILE + ADDED
    assert [path.name for path in shared.iterdir()] == ["all.yaml"]
    assert sorted(path.name for path in folder.iterdir()) == ["prod.yaml", "waivers.yaml"]


@pytest.mark.parametrize("mode", [0o444, 0o640, 0o600])
def test_the_mode_of_the_file_is_kept(folder: Path, mode: int) -> None:
    """A file that nobody may write is replaced, as an editor would, and is read-only again."""
    file = put(folder, FILE)
    file.chmod(mode)

    answer = recgate(*EXPIRE)

    assert answer.code == 0, answer.err
    assert file.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("name", ["Waivers.YML", "WAIVERS.yaml", "waivers.yml"])
def test_the_file_is_found_by_its_name_in_any_case(folder: Path, name: str) -> None:
    """A second file beside it would be a mistake."""
    (folder / name).write_text(FILE)

    answer = recgate(*ADD)

    assert answer.out.splitlines()[-1].startswith(f"Written to policies/{name}: ")
    assert (folder / name).read_text() == FILE + ADDED
    assert len(list(folder.iterdir())) == 2


def test_the_folder_may_be_the_one_of_the_shell(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--policies .`"""
    file = put(folder, FILE)
    monkeypatch.chdir(folder)

    adding, ending = recgate(*ADD, "--policies", "."), recgate(*EXPIRE, "--policies", ".")

    assert (adding.code, ending.code) == (0, 0), adding.err + ending.err
    assert file.read_text() == FILE.replace("2026-12-31", "2026-11-30") + ADDED


# --- malformed neighbours --------------------------------------------------------------------


BROKEN = {
    "null": "  - null\n",
    "nothing": "  -\n",
    "text": "  - just text\n",
    "a list": "  - [1, 2]\n",
    "another key": W_1.replace("W-1", "W-0").replace("up_to", "upto"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_malformed_entry_before_it_does_not_shift_the_change(folder: Path, broken: str) -> None:
    """The one that was named is ended, never its neighbour."""
    after = W_1.replace("W-1", "W-2")
    head = f"version: 1\nwaivers:\n{BROKEN[broken]}"
    file = put(folder, head + W_1 + after)

    ending = recgate(*EXPIRE)
    ended = file.read_text()
    removing = recgate(*REMOVE)

    assert (ending.code, removing.code) == (0, 0), ending.err + removing.err
    assert ended == head + W_1.replace("2026-12-31", "2026-11-30") + after
    assert file.read_text() == head + after


def test_an_old_mistake_does_not_stop_a_good_change(folder: Path) -> None:
    """It is told by every command; the change brings no new one. One of the same kind is new."""
    old = W_1.replace("W-1", "W-0").replace("up_to", "upto")
    file = put(folder, FILE + old)

    good = recgate(*ADD)
    text = file.read_text()
    bad = recgate(*ADD, "--id", "W-9", "--limit", "min_invocations_per_minute")

    assert good.code == 0, good.err
    assert text == FILE + old + ADDED
    assert bad.code == 2
    assert "waivers[3].up_to: says nothing about min_invocations_per_minute" in bad.err
    assert file.read_text() == text


def test_an_old_mistake_that_moves_up_in_the_list_is_no_new_one(folder: Path) -> None:
    """What stood before it is taken out: its place is another, and it is the same mistake."""
    old = W_1.replace("W-1", "W-0").replace("up_to", "upto")
    file = put(folder, FILE + old)

    answer = recgate(*REMOVE)

    assert answer.code == 0, answer.err
    assert file.read_text() == f"version: 1\nwaivers:\n{old}"


def test_a_second_mistake_of_the_same_words_is_new(folder: Path) -> None:
    """Two entries without a bound are two mistakes."""
    old = W_1.replace("W-1", "W-0").replace("2026-12-31", "2027-12-31")
    file = put(folder, f"max_days: 90\n{FILE}{old}")
    text = file.read_text()

    answer = recgate(*ADD, "--starts", "2026-11-01", "--expires", "2027-12-31")

    assert answer.code == 2
    assert answer.err.splitlines()[0].endswith(
        "nothing was written; the file would have a mistake:"
    )
    assert "waivers[2].expires: makes a life of 426 days, and max_days is 90" in answer.err
    assert file.read_text() == text


@pytest.mark.parametrize(
    "mistake", ["max_day: 5\n", "max_days: forever\n", "version: 2\n", "owner: finops\n"]
)
def test_a_mistake_at_the_top_is_told_and_nothing_is_written(folder: Path, mistake: str) -> None:
    """While it is there no waiver counts, so nobody can tell what a change would do."""
    text = FILE.replace(
        "version: 1\n", mistake if "version" in mistake else f"version: 1\n{mistake}"
    )
    file = put(folder, text)

    adding, ending = recgate(*ADD), recgate(*EXPIRE)

    assert (adding.code, ending.code) == (2, 2)
    key = mistake.partition(":")[0]
    assert f"{key}: " in adding.err
    assert "nothing was written" in adding.err
    assert "no waiver is named W-1" in ending.err
    assert f"{key}: " in ending.err
    assert file.read_text() == text


@pytest.mark.parametrize("command", [ADD, ("waiver", "expire", "W-2", "--remove"), REMOVE])
def test_a_list_in_brackets_on_the_next_line_must_be_edited_by_hand(
    folder: Path, command: Sequence[str]
) -> None:
    """Whole lines would take both entries out, or leave no list."""
    entry = (
        "{id: W-1, policy: prod, limit: max_cost_per_hour_usd, up_to: 8, only_for: {job_names: "
        "[a]}, reason: r, requested_by: a, approved_by: b, starts: 2026-11-01, expires: 2026-12-31}"
    )
    text = f"version: 1\nwaivers:\n  [{entry}, {entry.replace('W-1', 'W-2')}]\n"
    file = put(folder, text)

    answer = recgate(*command)

    assert answer.code == 2
    assert "nothing was written" in answer.err
    assert "edited by hand" in answer.err
    assert file.read_text() == text


def test_one_of_two_in_brackets_is_ended_in_its_place(folder: Path) -> None:
    """A day is changed where it stands, the second of the line too."""
    entry = (
        "{id: W-1, policy: prod, limit: max_cost_per_hour_usd, up_to: 8, only_for: {job_names: "
        "[a]}, reason: r, requested_by: a, approved_by: b, starts: 2026-11-01, expires: 2026-12-31}"
    )
    first = entry.replace("W-1", "W-0")
    file = put(folder, f"version: 1\nwaivers:\n  [{first}, {entry}]\n")

    answer = recgate(*EXPIRE)

    assert answer.code == 0, answer.err
    assert file.read_text() == (
        f"version: 1\nwaivers:\n  [{first}, {entry.replace('2026-12-31', '2026-11-30')}]\n"
    )


# --- what is no file of waivers --------------------------------------------------------------


def refused(folder: Path, *told: str) -> None:
    """Both commands say why, with exit code 2, and the folder is as it was."""
    before = sorted(path.name for path in folder.iterdir())
    for command in (ADD, EXPIRE, REMOVE):
        answer = recgate(*command)
        assert (answer.code, answer.out) == (2, "")
        assert all(word in answer.err for word in told), answer.err
        assert "Errno" not in answer.err
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_pipe_is_refused_at_once(folder: Path) -> None:
    """Nobody waits for a writer."""
    os.mkfifo(folder / "waivers.yaml")

    processes = [started(*command) for command in (ADD, EXPIRE, REMOVE)]
    answers = [ended(process) for process in processes]

    for answer in answers:
        assert (answer.code, answer.out) == (2, "")
        assert "policies/waivers.yaml: is not a file" in answer.err
    assert sorted(path.name for path in folder.iterdir()) == ["prod.yaml", "waivers.yaml"]


def test_a_folder_is_refused(folder: Path) -> None:
    """It is not replaced by a file."""
    (folder / "waivers.yaml").mkdir()

    refused(folder, "policies/waivers.yaml: ", "is not a file")


def test_a_link_that_leads_nowhere_is_refused(folder: Path) -> None:
    """Its target is not made: the share that it is on may just be away."""
    (folder / "waivers.yaml").symlink_to("away.yaml")

    refused(folder, "policies/waivers.yaml: ")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (FILE.encode() + b"# \xff\n", "is not UTF-8"),
        (FILE.encode("utf-16"), "is not UTF-8"),
        (b"\xef\xbb\xbf" + FILE.encode(), "begins with a byte order mark"),
        (FILE.replace("GPU", "G\u2028PU").encode(), "holds the invisible character U+2028"),
        (FILE.replace("GPU", "G\x0bPU").encode(), "holds the invisible character U+000B"),
        (b"", "is empty"),
    ],
)
def test_bytes_that_are_no_plain_text_are_refused(folder: Path, data: bytes, told: str) -> None:
    """They are told, and stay as they are."""
    file = put(folder, "")
    file.write_bytes(data)

    refused(folder, told)

    assert file.read_bytes() == data


# --- two at once -----------------------------------------------------------------------------


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from recgate.cli.main import run; run()", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Answer:
    with process:
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()  # one that waits for ever; no more than a word to one that has ended
    return Answer(process.returncode, out, err)


def test_commands_at_once_lose_nothing(folder: Path) -> None:
    """Each waiver is in the file, or its command was refused in words and can be said again."""
    file = put(folder, FILE)
    names = [f"W-at-once-{number}" for number in range(4)]

    processes = [started(*ADD, "--id", name) for name in names]
    answers = dict(zip(names, map(ended, processes), strict=True))

    written = [name for name, answer in answers.items() if answer.code == 0]
    assert written
    assert sorted(ids(folder)) == sorted(["W-1", *written])
    assert file.read_text().startswith(FILE)
    for name in set(names) - set(written):
        assert answers[name].code == 2
        assert "nothing was written" in answers[name].err
        assert "say it again" in answers[name].err
    assert sorted(path.name for path in folder.iterdir()) == ["prod.yaml", "waivers.yaml"]


@pytest.mark.parametrize("over", [None, FILE + ADDED])
def test_a_file_that_was_changed_meanwhile_is_not_overwritten(
    folder: Path, over: str | None
) -> None:
    """What was made from another text would undo what somebody else wrote."""
    file = put(folder, FILE)

    with pytest.raises(WaiverRefused, match=r"waivers\.yaml was changed meanwhile: say it again"):
        write(file, "version: 1\n", over=over)

    assert file.read_text() == FILE
    assert sorted(path.name for path in folder.iterdir()) == ["prod.yaml", "waivers.yaml"]


@pytest.mark.parametrize("text", [FILE, FILE.replace("up_to", "upto")])
def test_a_change_that_does_not_fit_because_another_came_first_says_so(
    folder: Path, text: str
) -> None:
    """It is said again, and nobody edits the file by hand for it."""
    file = put(folder, FILE + ADDED)

    with pytest.raises(WaiverRefused, match="was changed meanwhile: say it again"):
        checked(folder, file, text, over=FILE, expected=[])
    with pytest.raises(WaiverRefused, match=r"edited by hand|would have a mistake"):
        checked(folder, file, text, over=FILE + ADDED, expected=[])


def test_a_write_that_breaks_off_leaves_the_old_file_alone(folder: Path) -> None:
    """Whole or not at all: no half file, no lock, nothing beside it."""
    file = put(folder, FILE)

    with pytest.raises(UnicodeEncodeError):
        write(file, f"{FILE}# \ud800", over=FILE)

    assert file.read_text() == FILE
    assert sorted(path.name for path in folder.iterdir()) == ["prod.yaml", "waivers.yaml"]


def test_a_lock_that_was_left_is_told_with_its_path(folder: Path) -> None:
    """Nothing is written, and the lock, which may be somebody's, stays."""
    put(folder, FILE)
    lock = folder / ".waivers.yaml.lock"
    lock.touch()

    for command in (ADD, EXPIRE, REMOVE):
        answer = recgate(*command)
        assert (answer.code, answer.out) == (2, "")
        assert f"a command was killed: remove {lock.resolve().as_posix()}" in answer.err
    assert lock.exists()
    assert (folder / "waivers.yaml").read_text() == FILE
    lock.unlink()
    assert recgate(*ADD).code == 0


def test_a_dry_run_needs_no_lock_and_leaves_nothing(folder: Path) -> None:
    """It changes nothing, so it disturbs nobody."""
    put(folder, FILE)
    (folder / ".waivers.yaml.lock").touch()

    answers = [recgate(*command, "--dry-run") for command in (ADD, EXPIRE, REMOVE)]

    assert [answer.code for answer in answers] == [0, 0, 0]
    assert (folder / "waivers.yaml").read_text() == FILE
    assert len(list(folder.iterdir())) == 3


# --- what is written -------------------------------------------------------------------------


def test_the_next_id_is_that_of_the_year_in_which_it_begins(folder: Path) -> None:
    """Ids of another year, of another kind, and gaps do not count."""
    taken = ("W-2025-041", "W-2026-007", "W-2026-003", "W-2026-12", "X-2026-099")
    put(folder, f"version: 1\nwaivers:\n{''.join(W_1.replace('W-1', name) for name in taken)}")

    this_year = recgate(*ADD)
    next_year = recgate(*ADD, "--starts", "2027-01-01", "--expires", "2027-01-31")

    assert this_year.out.startswith("W-2026-008: ")
    assert next_year.out.startswith("W-2027-001: ")


def test_days_count_the_first_and_the_last(folder: Path) -> None:
    """`--days 1` is one day, and 90 are as many as a life may have."""
    without_end = ADD[:-2]

    one = recgate(*without_end, "--days", "1", "--id", "one", "--output", "json")
    most = recgate(*without_end, "--days", "90", "--id", "most")
    more = recgate(*without_end, "--days", "91", "--id", "more")
    usual = recgate(*without_end, "--id", "usual")

    assert (one.code, most.code, more.code, usual.code) == (0, 0, 2, 0)
    last = {waiver.id: waiver.expires.isoformat() for waiver in PolicyFiles(folder).load().waivers}
    assert last == {"one": "2026-11-22", "most": "2027-02-19", "usual": "2026-12-21"}
    assert "makes a life of 91 days, and max_days is 90" in more.err


def test_an_end_and_a_number_of_days_are_one_too_many(folder: Path) -> None:
    """And a day after the calendar's last is refused in words."""
    both = recgate(*ADD, "--days", "3")
    late = recgate(*ADD[:-4], "--starts", "9999-12-20", "--days", "30")

    assert (both.code, late.code) == (2, 2)
    assert "with --expires or with --days, and not with both" in both.err
    assert "it would end after the year 9999" in late.err
    assert not (folder / "waivers.yaml").exists()


def test_every_key_of_a_scope_is_written(folder: Path) -> None:
    """Several of one key are a list; tags stand under tags."""
    answer = recgate(
        *ADD,
        *("--only-for", "job_names=ads-*", "--only-for", "tags.env=prod", "--only-for"),
        *("tags.env=p=q", "--only-for", "tags.a.b=c", "--only-for", "regions=eu-*"),
    )

    assert answer.code == 0, answer.err
    (added,) = PolicyFiles(folder).load().waivers
    assert {each.key: each.patterns for each in added.scope.conditions} == {
        "job_names": ("checkout-*", "ads-*"),
        "regions": ("eu-*",),
        "tags.env": ("prod", "p=q"),
        "tags.a.b": ("c",),
    }


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--limit", "min_invocations_per_minute", "--down-to", "300.5"), "    down_to: 300.5\n"),
        (("--limit", "min_invocations_per_minute", "--down-to", "300"), "    down_to: 300\n"),
        (("--limit", "instance_families", "--allow", "p5", "--allow", "g6"), "allow: [p5, g6]\n"),
    ],
)
def test_every_kind_of_bound_is_written(folder: Path, options: Sequence[str], line: str) -> None:
    """A whole number as a person writes it."""
    (folder / "prod.yaml").write_text(f"{POLICY}  instance_families: {{deny: [p5, g6]}}\n")
    without_bound = (*ADD[:4], *ADD[8:])

    answer = recgate(*without_bound, *options)

    assert answer.code == 0, answer.err
    assert line in (folder / "waivers.yaml").read_text()


@pytest.mark.parametrize("floor", ["0", "-1", "-0.5"])
def test_a_floor_that_everything_passes_is_refused(folder: Path, floor: str) -> None:
    """A waiver moves a limit, and never takes it away."""
    options = ("--limit", "min_invocations_per_minute", f"--down-to={floor}")

    answer = recgate(*ADD[:4], *ADD[8:], *options)

    assert answer.code == 2
    assert "waivers[0].down_to: is no floor: name one above 0" in answer.err
    assert not (folder / "waivers.yaml").exists()


def test_an_end_is_yesterday_unless_a_day_is_named(folder: Path) -> None:
    """So that the waiver holds no more from now on; it may end on its very first day."""
    before = datetime.now(UTC).date()
    begun = W_1.replace("2026-11-01", (before - timedelta(days=9)).isoformat())
    put(folder, begun.replace("2026-12-31", (before + timedelta(days=9)).isoformat()))
    put(folder, f"version: 1\nwaivers:\n{(folder / 'waivers.yaml').read_text()}")

    now = recgate("waiver", "expire", "W-1", "--output", "json")
    after = datetime.now(UTC).date()
    put(folder, FILE)
    first = recgate("waiver", "expire", "W-1", "--on", "2026-11-01")

    assert json.loads(now.out)["expires"] in {
        (day - timedelta(days=1)).isoformat() for day in (before, after)
    }
    assert first.out == "W-1 ends on 2026-11-01 (it was 2026-12-31)\n"


# --- check -----------------------------------------------------------------------------------


def test_an_end_that_is_near_is_no_failure_even_when_strict(folder: Path) -> None:
    """It is told; only what nobody needs makes --strict fail."""
    put(folder, FILE)

    soon = recgate("waiver", "check", "--on", "2026-12-18", "--strict")
    sooner = recgate("waiver", "check", "--on", "2026-12-18", "--soon", "13", "--strict")

    assert (soon.code, sooner.code) == (0, 0)
    assert soon.out.startswith("W-1 ends soon: cost/hour up to $8.00 until 31 Dec 2026 (14 days")
    assert "nothing to do about them" in sooner.out


def test_a_malformed_waiver_is_a_failure_also_when_not_strict(folder: Path) -> None:
    """It does not count, and somebody believes that it does."""
    put(folder, FILE.replace("up_to", "upto"))

    answer = recgate("waiver", "check", "--on", "2026-11-22")

    assert answer.code == 1
    assert "(this waiver does not count)" in answer.out


# --- before, during and after ----------------------------------------------------------------


def check(*options: str) -> Answer:
    """Judge an example job and record the decision."""
    job = JOBS / "support-summarizer-v3.json"
    return recgate("check", "--file", job, "--record", "--ledger", "decisions.db", *options)


def document(*arguments: str) -> Any:
    """The JSON that a command answers of the ledger."""
    answer = recgate(*arguments, "--ledger", "decisions.db", "--output", "json")
    assert answer.err == ""
    return json.loads(answer.out)


def test_what_failed_before_a_waiver_fails_again_after_its_end(folder: Path) -> None:
    """FAIL, WAIVED, FAIL are three decisions, and the last is the one that everybody reads: the
    report, the explanation, the digest; the check of waivers still knows the day of its use.
    """
    today = datetime.now(UTC).date()
    (folder / "prod.yaml").write_text(
        "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 0.01}\n"
    )
    text = FILE.replace("up_to: 8", "up_to: 90")
    text = text.replace("2026-11-01", (today - timedelta(days=9)).isoformat())
    in_force = text.replace("2026-12-31", (today + timedelta(days=9)).isoformat())
    over = text.replace("2026-12-31", (today - timedelta(days=1)).isoformat())

    codes = []
    for waivers in (None, in_force, in_force, over, over):
        if waivers is not None:
            put(folder, waivers)
        codes.append(check().code)
    explained = document("explain", "support-summarizer-v3")
    recgate(*("report", "support-summarizer-v3", "--ledger", "decisions.db", "--out", "page.html"))
    page = Path("page.html").read_text("utf-8")
    used = document("waiver", "check")["waivers"][0]["use"]
    day = used["last_used"]
    digest = document("digest", "--daily", "--ending", day)

    assert codes == [1, 0, 0, 1, 1]
    with SqliteLedger("decisions.db") as ledger:
        made = [found.entry for found in ledger.decided_on(date.fromisoformat(day))]
    assert [entry.body["verdict"] for entry in made] == ["FAIL", "WAIVED", "FAIL"]
    assert len({entry.key for entry in made}) == 3
    assert made[0].body["judgements"] != made[1].body["judgements"]
    assert explained["verdict"] == "FAIL"
    assert made[2].key in json.dumps(explained["evidence"])
    assert made[2].key[:12] in page
    assert "<title>FAIL support-summarizer" in page
    assert digest["counts"] == {"FAIL": 1}
    assert {name: used[name] for name in ("decisions", "used", "needed_by_jobs")} == {
        "decisions": 1,
        "used": 1,
        "needed_by_jobs": 1,
    }

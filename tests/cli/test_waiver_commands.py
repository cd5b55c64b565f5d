"""`recgate waiver`: list, check, add, expire."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from recgate.adapters.policy_files.folder import PolicyFiles
from tests.cli.runner import JOBS, Answer, recgate

POLICY = """\
version: 1
policy: prod
require:
  max_cost_per_hour_usd: 2.50
  max_latency_p99_ms: {warn: 100}
  min_invocations_per_minute: 400
  instance_families: {allow: [c7g, g5, g6], deny: [p5]}
"""
FILE = """\
# owned by finops
version: 1
waivers:
  # the big one
  - id: W-1
    policy: prod
    limit: max_cost_per_hour_usd
    up_to: 8
    only_for: {job_names: ["support-*"]}
    reason: GPU shortage  # until the new ones come
    requested_by: dana
    approved_by: lead
    starts: 2026-11-01
    expires: 2026-12-31

  - id: W-2
    policy: prod
    limit: instance_families
    allow: [p5]
    only_for: {tags: {env: prod}}
    reason: trial
    requested_by: dana
    approved_by: lead
    starts: 2026-09-01
    expires: 2026-10-31
max_days: 90  # not longer
"""
ADD = (
    *("waiver", "add", "--policy", "prod", "--limit", "max_cost_per_hour_usd", "--up-to", "3.5"),
    *("--only-for", "job_names=checkout-*", "--reason", "CHG-1", "--requested-by", "dana"),
    *("--approved-by", "lead"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `policies` with waivers, and the shell beside it."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "policies"
    made.mkdir()
    (made / "prod.yaml").write_text(POLICY)
    (made / "waivers.yaml").write_text(FILE)
    return made


def add(*changes: str) -> Answer:
    """`recgate waiver add` with some more, or other, options."""
    return recgate(*ADD, "--starts", "2026-11-22", "--expires", "2026-12-01", *changes)


# --- list -----------------------------------------------------------------------------------


def test_the_list_says_what_is_allowed_for_whom_and_until_when(folder: Path) -> None:
    """Those that have ended only on demand."""
    shown = recgate("waiver", "list", "--on", "2026-12-25")
    everything = recgate("waiver", "list", "--on", "2026-12-25", "--all")

    heading, first, _, about = shown.out.splitlines()
    assert shown.code == 0
    assert heading.split() == ["Waiver", "Policy", "Allows", "Only", "for", "State"]
    assert " ".join(first.split()) == (
        "W-1 prod cost/hour up to $8.00 job_names support-* until 31 Dec 2026 (7 days left)"
    )
    assert about == "W-1: approved by lead, asked for by dana: GPU shortage"
    assert "instance family p5" in everything.out
    assert "ended on 31 Oct 2026" in everything.out


def test_an_empty_list_says_so(folder: Path) -> None:
    """And that there were others."""
    answer = recgate("waiver", "list", "--on", "2027-03-01")

    assert answer.out == ("No waiver is in force on 1 Mar 2027 or to come (2 ended: --all).\n")


def test_the_list_as_json_is_whole(folder: Path) -> None:
    """Exact figures, days and state."""
    answer = recgate("waiver", "list", "--on", "2026-11-22", "--output", "json")

    document = json.loads(answer.out)
    assert document["schema"] == "recgate-waivers/1"
    assert document["waivers"] == [
        {
            "id": "W-1",
            "policy": "prod",
            "limit": "max_cost_per_hour_usd",
            "up_to": "8.0",
            "down_to": None,
            "allow": [],
            "only_for": {"job_names": ["support-*"]},
            "reason": "GPU shortage",
            "requested_by": "dana",
            "approved_by": "lead",
            "starts": "2026-11-01",
            "expires": "2026-12-31",
            "state": "in force",
            "days_left": 40,
        }
    ]


def test_a_malformed_waiver_is_told_and_not_listed(folder: Path) -> None:
    """On standard error, and the exit code says that something is wrong."""
    (folder / "waivers.yaml").write_text(FILE.replace("up_to", "upto"))

    answer = recgate("waiver", "list", "--on", "2026-11-22")

    assert answer.code == 1
    assert "W-1" not in answer.out
    assert "policies/waivers.yaml:8: waivers[0].upto: unknown key" in answer.err


# --- check ----------------------------------------------------------------------------------


def test_without_a_ledger_nothing_is_said_of_use(folder: Path) -> None:
    """Only what the files tell."""
    answer = recgate("waiver", "check", "--on", "2026-11-22")

    assert answer.code == 0
    assert answer.out.splitlines() == [
        "W-2 ended on 31 Oct 2026: remove it when nobody looks for it here any more: "
        "recgate waiver expire W-2 --remove",
        "2 waivers well formed, 1 to look at",
        "Whether they were used is not known: name --ledger or --stack.",
    ]


def test_a_waiver_that_the_policy_has_caught_up_with_is_told(folder: Path) -> None:
    """The limit itself allows as much by now; with --strict that is exit code 1."""
    (folder / "prod.yaml").write_text(POLICY.replace("2.50", "8.00"))

    lax = recgate("waiver", "check", "--on", "2026-11-22")
    strict = recgate("waiver", "check", "--on", "2026-11-22", "--strict")

    assert (lax.code, strict.code) == (0, 1)
    assert lax.out.splitlines()[0] == (
        "W-1 changes nothing: policy prod itself allows cost/hour up to $8.00. "
        "Remove it: recgate waiver expire W-1 --remove"
    )


def recorded(folder: Path, job: str) -> None:
    """The decision on an example job, recorded today in decisions.db."""
    file = JOBS / f"{job}.json"
    done = recgate("check", "--file", file, "--record", "--ledger", "decisions.db")
    assert done.err == "", done.err


def in_force_now(text: str) -> str:
    """W-1 in force since yesterday, whatever the day of the test is."""
    today = date.today()  # noqa: DTZ011  a test at midnight is still in force
    return text.replace("2026-11-01", (today - timedelta(days=1)).isoformat()).replace(
        "2026-12-31", (today + timedelta(days=60)).isoformat()
    )


def test_a_waiver_that_no_decision_needed_was_never_used(folder: Path) -> None:
    """It counted, and the job failed or passed without it."""
    (folder / "waivers.yaml").write_text(in_force_now(FILE.replace("up_to: 8", "up_to: 2.6")))
    recorded(folder, "support-summarizer-v3")

    answer = recgate("waiver", "check", "--ledger", "decisions.db", "--strict")

    assert answer.code == 1
    assert "W-1 was never used since" in answer.out
    assert "none of 1 decisions needed it. End it: recgate waiver expire W-1" in answer.out


def test_a_waiver_is_used_and_later_no_longer_needed(folder: Path) -> None:
    """What counts is the last decision of each job."""
    policy = POLICY.replace("2.50", "0.01").replace("  min_inv", "  # min_inv")
    (folder / "prod.yaml").write_text(policy)
    (folder / "waivers.yaml").write_text(
        in_force_now(FILE.replace("up_to: 8", "up_to: 90").replace("support-*", "*"))
    )
    recorded(folder, "support-summarizer-v3")
    needed = json.loads(
        recgate("waiver", "check", "--ledger", "decisions.db", "--output", "json").out
    )
    (folder / "prod.yaml").write_text(policy.replace("0.01", "80"))
    recorded(folder, "support-summarizer-v3")

    later = recgate("waiver", "check", "--ledger", "decisions.db")

    assert needed["waivers"][0]["use"] == {
        "decisions": 1,
        "used": 1,
        "last_used": needed["waivers"][0]["use"]["last_used"],
        "jobs": 1,
        "needed_by_jobs": 1,
    }
    assert needed["waivers"][0]["advice"] is None
    assert "W-1 is no longer needed: the job that it counted for did without it" in later.out


def test_a_ledger_that_is_not_there_is_no_ledger_of_unused_waivers(folder: Path) -> None:
    """Exit code 2, and no advice."""
    answer = recgate("waiver", "check", "--ledger", "none.db")

    assert (answer.code, answer.out) == (2, "")
    assert "There is no ledger none.db" in answer.err


# --- add ------------------------------------------------------------------------------------


def test_a_waiver_is_added_and_every_other_line_stays(folder: Path) -> None:
    """Comments, blank lines and the keys below the list."""
    answer = add()

    text = (folder / "waivers.yaml").read_text()
    assert answer.code == 0
    assert answer.out.splitlines()[0].endswith(": policy prod allows cost/hour up to $3.50")
    head, added, tail = text.partition(
        """\
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
    )
    assert added
    assert head + tail == FILE
    assert tail == "max_days: 90  # not longer\n"


def test_the_first_waiver_makes_the_file(folder: Path) -> None:
    """With a word about what it is."""
    (folder / "waivers.yaml").unlink()

    answers = [add().code, add("--id", "second").code]

    assert answers == [0, 0]
    assert [each.id for each in PolicyFiles(folder).load().waivers] == ["W-2026-001", "second"]
    assert (folder / "waivers.yaml").read_text().startswith("# Exceptions to single limits")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (("--approved-by", "Dana "), "is who asked for it: somebody else must approve"),
        (("--expires", "2027-03-01"), "makes a life of 100 days, and max_days is 90"),
        (("--policy", "prd"), 'no policy is named "prd", did you mean prod?'),
        (("--down-to", "1"), "down_to: says nothing about max_cost_per_hour_usd: write up_to"),
        (("--limit", "max_latency_p99_ms", "--id", "W-1"), "id: is already the id of waivers[0]"),
        (("--limit", "max_model_latency_ms"), "prod has no limit max_model_latency_ms; it has"),
        (("--reason", ""), "reason: is empty"),
        (("--reason", "a\u202eb"), "holds the invisible character U+202E"),
        (("--up-to", "nan"), "up_to"),
    ],
)
def test_what_would_be_malformed_is_refused_and_nothing_is_written(
    folder: Path, changes: tuple[str, ...], told: str
) -> None:
    """The whole file is checked before it is written."""
    answer = add(*changes)

    assert answer.code == 2
    assert told in answer.err
    assert (folder / "waivers.yaml").read_text() == FILE
    assert [path.name for path in sorted(folder.iterdir())] == ["prod.yaml", "waivers.yaml"]


def test_text_that_looks_like_yaml_stays_text(folder: Path) -> None:
    """Whatever a reason holds, it is the reason and nothing else."""
    reason = 'yes: [no] # "quoted" & *starred* \\ {x: 1} – ünï'

    answer = add("--reason", reason, "--id", "2026", "--requested-by", "true")

    assert answer.code == 0, answer.err
    added = PolicyFiles(folder).load().waivers[-1]
    assert (added.id, added.reason, added.requested_by) == ("2026", reason, "true")


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    """And says what it would have written."""
    answer = add("--dry-run", "--output", "json")

    document = json.loads(answer.out)
    assert (document["schema"], document["written"]) == ("recgate-waiver-added/1", False)
    assert (folder / "waivers.yaml").read_text() == FILE


def test_broken_policies_are_told_first(folder: Path) -> None:
    """Nobody can tell what a waiver of a broken policy means."""
    (folder / "prod.yaml").write_text(POLICY.replace("policy: prod", "policy: other"))

    answer = add()

    assert answer.code == 2
    assert "policies/prod.yaml:2: policy" in answer.err
    assert (folder / "waivers.yaml").read_text() == FILE


def test_a_list_in_brackets_is_left_to_a_person(folder: Path) -> None:
    """It cannot be changed by lines alone."""
    text = "version: 1\nwaivers: [{id: W-1}]\n"
    (folder / "waivers.yaml").write_text(text)

    answer = add()

    assert answer.code == 2
    assert "has its list on one line, in brackets" in answer.err
    assert (folder / "waivers.yaml").read_text() == text


@pytest.mark.parametrize("pair", ["everybody", "job_names=", "names=x", "tags.=x", "=x"])
def test_a_scope_is_a_key_and_a_pattern(folder: Path, pair: str) -> None:
    """A misspelt key must not make a waiver for everybody."""
    answer = add("--only-for", pair)

    assert answer.code == 2
    assert f"--only-for {pair}: expected KEY=PATTERN" in answer.err


# --- expire ---------------------------------------------------------------------------------


def test_only_the_end_is_changed(folder: Path) -> None:
    """One line of the file."""
    answer = recgate("waiver", "expire", "W-1", "--on", "2026-11-30")

    assert answer.out == "W-1 ends on 2026-11-30 (it was 2026-12-31)\n"
    assert (folder / "waivers.yaml").read_text() == FILE.replace("2026-12-31", "2026-11-30")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (("--on", "2027-01-01"), "a waiver is not made longer here"),
        (("--on", "2026-12-31"), "W-1 already ends on 2026-12-31"),
        (("--on", "2026-10-31"), "W-1 begins on 2026-11-01, after 2026-10-31"),
        (("--on", "2026-11-30", "--remove"), "--remove takes the entry out; leave out --on"),
    ],
)
def test_an_end_is_only_ever_earlier(folder: Path, changes: tuple[str, ...], told: str) -> None:
    """Longer is a new waiver, approved anew."""
    answer = recgate("waiver", "expire", "W-1", *changes)

    assert answer.code == 2
    assert told in answer.err
    assert (folder / "waivers.yaml").read_text() == FILE


def test_an_entry_is_taken_out_with_its_lines_alone(folder: Path) -> None:
    """First the one, then the last: an empty list is left."""
    first = recgate("waiver", "expire", "W-2", "--remove").code
    after_one = (folder / "waivers.yaml").read_text()
    second = recgate("waiver", "expire", "W-1", "--remove").code

    assert (first, second) == (0, 0)
    assert after_one == FILE[: FILE.index("  - id: W-2")] + "max_days: 90  # not longer\n"
    loaded = PolicyFiles(folder).load()
    assert (loaded.waivers, loaded.waiver_problems) == ((), ())
    assert "# owned by finops\n" in (folder / "waivers.yaml").read_text()


def test_an_unknown_waiver_is_not_ended(folder: Path) -> None:
    """Did you mean?"""
    answer = recgate("waiver", "expire", "W-11")

    assert answer.code == 2
    assert "no waiver is named W-11, did you mean W-1?" in answer.err


# --- in force -------------------------------------------------------------------------------


def test_a_granted_waiver_takes_effect_in_the_next_judgement(folder: Path) -> None:
    """WAIVED opens the gate, says by what, and is no PASS."""
    (folder / "prod.yaml").write_text(
        "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 0.01}\n"
    )
    (folder / "waivers.yaml").write_text(in_force_now(FILE.replace("up_to: 8", "up_to: 90")))
    job = JOBS / "support-summarizer-v3.json"

    allowed = recgate("check", "--file", job)
    (folder / "waivers.yaml").write_text(FILE.replace("up_to: 8", "up_to: -1"))
    refused = recgate("check", "--file", job)

    assert allowed.code == 0
    assert "WAIVED" in allowed.out
    assert "waived by W-1" in allowed.out
    assert refused.code == 1
    assert "A waiver that is malformed did not count: policies/waivers.yaml:8" in refused.out

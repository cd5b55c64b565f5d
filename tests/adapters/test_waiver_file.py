"""waivers.yaml in a folder of policies: what counts, and what is told of the rest."""

import os
from datetime import date
from pathlib import Path

import pytest

from recgate.adapters.policy_files.folder import PolicyFiles
from recgate.domain.scope import Condition, Scope
from recgate.domain.waiver import Waiver
from recgate.ports import PoliciesInvalid

BAD_WAIVERS = sorted(path for path in (Path(__file__).parent / "bad-waivers").iterdir())

POLICY = "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 2.50}\n"
GOOD = """\
version: 1
max_days: 90
waivers:
  - id: W-2026-014
    policy: prod
    limit: max_cost_per_hour_usd
    up_to: 3.50
    only_for: {job_names: ["checkout-ranker-*"], tags: {env: prod}}
    reason: GPU shortage in eu-west-1, CHG-4471
    requested_by: dana@example.com
    approved_by: finops-lead@example.com
    starts: 2026-11-01
    expires: 2026-12-31
"""


def folder(path: Path, waivers: str, *, name: str = "waivers.yaml", policy: str = POLICY) -> Path:
    (path / "prod.yaml").write_text(policy)
    (path / name).write_text(waivers)
    return path


@pytest.mark.parametrize("case", BAD_WAIVERS, ids=lambda case: case.name)
def test_what_is_malformed_is_told_at_its_place_and_counts_as_absent(case: Path) -> None:
    """Adding a case is adding a folder; expected.txt holds what counts, then what is told."""
    loaded = PolicyFiles(case).load()

    here = f"{case.as_posix()}/"
    told = [problem.replace(here, "") for problem in loaded.waiver_problems]
    counts = f"counts: {', '.join(waiver.id for waiver in loaded.waivers) or 'none'}"
    printed = "".join(f"{line}\n" for line in (counts, *told))
    expected = case / "expected.txt"
    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        expected.write_text(printed, "utf-8")
    assert told
    assert printed == expected.read_text("utf-8")


def test_a_waiver_is_read_whole(tmp_path: Path) -> None:
    """Every key has its meaning."""
    (read,) = PolicyFiles(folder(tmp_path, GOOD)).load().waivers

    assert read == Waiver(
        id="W-2026-014",
        policy="prod",
        limit="max_cost_per_hour_usd",
        scope=Scope(
            (Condition("job_names", ("checkout-ranker-*",)), Condition("tags.env", ("prod",)))
        ),
        reason="GPU shortage in eu-west-1, CHG-4471",
        requested_by="dana@example.com",
        approved_by="finops-lead@example.com",
        starts=date(2026, 11, 1),
        expires=date(2026, 12, 31),
        digest=read.digest,
        up_to=3.5,
    )


def test_a_malformed_waiver_never_stops_the_policies(tmp_path: Path) -> None:
    """`load` gives them; `problems` tells of it, as of any mistake."""
    files = PolicyFiles(folder(tmp_path, GOOD.replace("up_to", "upto")))

    loaded = files.load()

    assert [policy.name for policy in loaded.policies] == ["prod"]
    assert loaded.waivers == ()
    assert len(loaded.waiver_problems) == len(files.problems()) == 2


def test_without_a_file_or_with_an_empty_list_there_are_none(tmp_path: Path) -> None:
    """Neither is a mistake."""
    empty = PolicyFiles(folder(tmp_path, "version: 1\nwaivers: []\n"))

    assert (empty.load().waivers, empty.problems()) == ((), ())


def test_two_files_of_waivers_are_refused(tmp_path: Path) -> None:
    """Which of them counts would depend on the system's order."""
    folder(tmp_path, GOOD, name="waivers.yml")

    with pytest.raises(PoliciesInvalid, match=r"waivers are already in waivers.yaml"):
        PolicyFiles(folder(tmp_path, GOOD)).load()


def test_beside_broken_policies_the_mistakes_of_waivers_are_told_too(tmp_path: Path) -> None:
    """All at once; but no name is called unknown while the policies cannot be read."""
    files = PolicyFiles(
        folder(
            tmp_path,
            GOOD.replace("policy: prod", "policy: nope").replace("3.50", "x"),
            policy="version: 1\npolicy: prod\nrequire: {max_cost_per_hour: 1}\n",
        )
    )

    told = [str(problem).rpartition("/")[2] for problem in files.problems()]

    assert told == [
        "prod.yaml:3: require.max_cost_per_hour: unknown key, did you mean max_cost_per_hour_usd?",
        'waivers.yaml:7: waivers[0].up_to: expected a number, found text "x"',
    ]


def test_the_digest_of_the_policies_is_not_that_of_the_waivers(tmp_path: Path) -> None:
    """A waiver for other jobs must not make every decision a new one."""
    with_it = PolicyFiles(folder(tmp_path, GOOD)).load().digest
    (tmp_path / "waivers.yaml").unlink()

    assert PolicyFiles(tmp_path).load().digest == with_it

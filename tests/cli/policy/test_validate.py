"""`recgate policy validate`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runner import POLICIES, ROOT, recgate

BAD = ROOT / "tests" / "adapters" / "bad-policies"
GOOD = "version: 1\npolicy: {name}\nrequire: {{max_cost_per_hour_usd: 2.50}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `policies` with a good file and two bad ones, and the shell beside it."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "policies"
    made.mkdir()
    (made / "good.yaml").write_text(GOOD.format(name="good"))
    (made / "bad.yaml").write_text(GOOD.format(name="bad") + "  max_latency: 1\nmode: strict\n")
    (made / "worse.yaml").write_text("version: 1\npolicy: [prod\n")
    return made


def test_the_shipped_policies_have_no_mistake() -> None:
    """What a new user copies is valid."""
    answer = recgate("policy", "validate", POLICIES)

    assert (answer.code, answer.out, answer.err) == (0, "6 files, no mistake\n", "")


def test_all_mistakes_of_all_files_are_told_at_file_line_and_column(folder: Path) -> None:
    """One line each, a count at the end, and exit code 1."""
    (folder / "bad.yaml").write_text(
        "version: 1\npolicy: bad\nmode: strict\nrequire:\n  max_latency: 1\n"
    )

    answer = recgate("policy", "validate")

    assert answer.code == 1
    assert answer.err == ""
    assert answer.out.splitlines() == [
        'policies/bad.yaml:3:7: mode: "strict" is not one of enforce, observe',
        "policies/bad.yaml:5:3: require.max_latency: unknown key, did you mean max_latency_p99_ms?",
        "policies/worse.yaml:2:9: not valid YAML: a list that is not closed with ], "
        "or lacks a comma",
        "3 files, 3 mistakes in 2 files",
    ]


def test_a_single_file_is_judged_within_its_folder(folder: Path) -> None:
    """Only its own mistakes are told; those between files are its own, too."""
    (folder / "twin.yaml").write_text(GOOD.format(name="good"))

    good = recgate("policy", "validate", "policies/good.yaml")
    twin = recgate("policy", "validate", "policies/twin.yaml", "policies/good.yaml")

    assert (good.code, good.out) == (0, "1 file, no mistake\n")
    assert twin.code == 1
    assert twin.out.splitlines() == [
        'policies/twin.yaml:2:9: policy: is "good", but the file is named twin: '
        "use one name for both",
        "policies/twin.yaml:2:9: policy: is already the id of good.yaml: every policy has its own",
        "2 files, 2 mistakes in 1 file",
    ]


def test_several_folders_are_validated_at_once(folder: Path, tmp_path: Path) -> None:
    """A repository with a folder for each team."""
    other = tmp_path / "team-b"
    other.mkdir()
    (other / "good.yaml").write_text(GOOD.format(name="good"))

    answer = recgate("policy", "validate", "policies", "team-b")

    assert answer.out.splitlines()[-1] == "4 files, 2 mistakes in 2 files"


def test_a_malformed_waiver_is_a_mistake_here(folder: Path) -> None:
    """In force it counts as absent; whoever writes it is told."""
    for name in ("bad", "worse"):
        (folder / f"{name}.yaml").unlink()
    (folder / "waivers.yaml").write_text("version: 1\nwaivers: [{id: W-1}]\n")

    answer = recgate("policy", "validate")

    assert answer.code == 1
    assert "policies/waivers.yaml:2:11: waivers[0].policy: is missing" in answer.out


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("nowhere", "nowhere: no such file or folder: name the folder that holds the policies."),
        (
            "policies/notes.txt",
            "policies/notes.txt: is not a policy file: those end in .yaml or .yml and do not "
            "begin with a dot.",
        ),
    ],
)
def test_a_path_that_leads_nowhere_is_no_success(folder: Path, path: str, told: str) -> None:
    """Exit code 2: nothing was validated."""
    (folder / "notes.txt").write_text("not yaml")

    answer = recgate("policy", "validate", path)

    assert (answer.code, answer.out, answer.err) == (2, "", f"recgate: {told}\n")


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    """A misspelt folder must not look like a valid one."""
    answer = recgate("policy", "validate", tmp_path)

    assert answer.code == 1
    assert "holds no policy" in answer.out


def test_json_has_every_mistake_with_its_place(folder: Path) -> None:
    """One document on standard output."""
    answer = recgate("policy", "validate", "--output", "json")

    document = json.loads(answer.out)
    assert answer.code == 1
    assert document["schema"] == "recgate-validation/1"
    assert document["valid"] is False
    assert document["files"] == [f"policies/{n}.yaml" for n in ("bad", "good", "worse")]
    assert document["mistakes"][-1] == {
        "file": "policies/worse.yaml",
        "line": 2,
        "column": 9,
        "path": "",
        "message": "not valid YAML: a list that is not closed with ], or lacks a comma",
    }


@pytest.mark.parametrize("output", ["json", "sarif", "github"])
def test_without_a_mistake_every_format_says_so(output: str) -> None:
    """An empty list of results, an empty log."""
    answer = recgate("policy", "validate", POLICIES, "--output", output)

    assert answer.code == 0
    if output == "github":
        assert answer.out == ""
    else:
        document = json.loads(answer.out)
        assert (document.get("mistakes") or document.get("runs", [{}])[0].get("results")) in (
            [],
            None,
        )


@pytest.mark.parametrize("case", sorted(BAD.iterdir()), ids=lambda case: case.name)
def test_every_kind_of_mistake_passes_through_every_format(case: Path) -> None:
    """As many results as the text has lines, whatever is in the files."""
    text = recgate("policy", "validate", case)
    told = len(text.out.splitlines()) - 1

    found = json.loads(recgate("policy", "validate", case, "--output", "json").out)
    sarif = json.loads(recgate("policy", "validate", case, "--output", "sarif").out)
    github = recgate("policy", "validate", case, "--output", "github")

    assert text.code == github.code == 1
    assert told == len(found["mistakes"]) == len(sarif["runs"][0]["results"])
    assert len(github.out.splitlines()) == told >= 1


def test_the_tests_of_policies_are_validated_too(folder: Path) -> None:
    """As files of the folder, or named one by one; only while the policies are valid."""
    for name in ("bad", "worse"):
        (folder / f"{name}.yaml").unlink()
    tests = folder / "tests"
    tests.mkdir()
    (tests / "good.yaml").write_text("policy: goood\ntoday: 2026-12-10\ntests: []\n")

    whole = recgate("policy", "validate")
    named = recgate("policy", "validate", "policies/tests/good.yaml")
    (folder / "bad.yaml").write_text("policy: [")
    broken = recgate("policy", "validate")

    assert (whole.code, named.code, broken.code) == (1, 1, 1)
    assert "policies/tests/good.yaml:1:9: policy: " in whole.out
    assert "did you mean good?" in named.out
    assert "tests/good.yaml" not in broken.out


WAIVERS = """\
version: 1
waivers:
  - id: W-1
    policy: good
    limit: max_cost_per_hour_usd
    up_to: 8
    only_for: {job_names: ["a-*"]}
    reason: GPU
    requested_by: dana
    approved_by: lead
    starts: 2026-11-01
    expires: 2026-12-31
"""


@pytest.mark.parametrize("name", ["waivers.yaml", "Waivers.YML", "tests/good.yaml"])
def test_what_rests_on_a_broken_policy_is_not_called_valid(folder: Path, name: str) -> None:
    """Tests and waivers cannot be checked while a policy of their folder has a mistake: it is told
    with them, and the exit code is 1.
    """
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        WAIVERS if "aivers" in name else "policy: goood\ntoday: 2026-12-10\ntests: []\n"
    )

    answer = recgate("policy", "validate", f"policies/{name}")

    assert answer.code == 1
    assert "policies/bad.yaml:4:3: not valid YAML" in answer.out
    assert answer.out.splitlines()[-1] == "1 file, 2 mistakes in 2 files"


def test_a_policy_beside_a_broken_one_is_judged_by_itself(folder: Path) -> None:
    """It rests on no other; a waiver that is malformed is not its mistake either."""
    (folder / "waivers.yaml").write_text(WAIVERS.replace("up_to", "upto"))

    answer = recgate("policy", "validate", "policies/good.yaml")

    assert (answer.code, answer.out) == (0, "1 file, no mistake\n")


@pytest.mark.parametrize("name", ["waivers.yaml", "routes.yaml"])
def test_a_file_in_a_folder_without_a_policy_is_not_called_valid(tmp_path: Path, name: str) -> None:
    """What is wrong with the folder itself is told with each file that is named in it."""
    (tmp_path / name).write_text("version: 1\nwaivers: []\n" if "w" in name else "version: 1\n")

    answer = recgate("policy", "validate", tmp_path / name)

    assert answer.code == 1
    assert f"{tmp_path}: holds no policy: put a .yaml file there" in answer.out


def test_a_folder_that_is_named_twice_tells_each_mistake_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same name, with a file of it, or by another name for the same folder."""
    once = recgate("policy", "validate", "policies")

    for again in (
        ("policies", "policies"),
        ("policies", "policies/", "./policies"),
        ("policies", "policies/bad.yaml"),
        ("policies/bad.yaml", "policies", "policies/good.yaml"),
    ):
        assert recgate("policy", "validate", *again) == once
    monkeypatch.chdir(folder)
    assert (
        recgate("policy", "validate", ".", ".").out.splitlines()[-1] == (once.out.splitlines()[-1])
    )


def test_a_file_that_is_named_twice_tells_its_mistakes_once(folder: Path) -> None:
    """Two files of one folder read it once, too."""
    once = recgate("policy", "validate", "policies/bad.yaml", "policies/worse.yaml")

    again = recgate("policy", "validate", *["policies/bad.yaml", "policies/worse.yaml"] * 2)

    assert again == once
    assert once.out.splitlines()[-1] == "2 files, 2 mistakes in 2 files"


def test_many_named_files_read_their_folder_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook may name all that a commit changes: that must not read the folder for each."""
    names = [f"many-{number:03}" for number in range(150)]
    for name in names:
        (folder / f"{name}.yaml").write_text(GOOD.format(name=name))
    read: list[Path] = []
    actual = Path.iterdir

    def counted(path: Path) -> Iterator[Path]:
        read.append(path)
        return actual(path)

    monkeypatch.setattr(Path, "iterdir", counted)

    one = recgate("policy", "validate", "policies/many-000.yaml")
    for_one = len(read)
    read.clear()
    many = recgate("policy", "validate", *(f"policies/{name}.yaml" for name in names))

    assert (one.code, one.out) == (0, "1 file, no mistake\n")
    assert (many.code, many.out) == (0, "150 files, no mistake\n")
    assert len(read) == for_one <= 4


@pytest.mark.parametrize("output", ["text", "json", "sarif", "github"])
def test_a_name_that_is_not_utf_8_is_told_in_every_format(folder: Path, output: str) -> None:
    """On a real standard output, which takes UTF-8 only; in SARIF the bytes are kept."""
    try:
        (folder / os.fsdecode(b"caf\xe9.yaml")).write_text("version: 1\npolicy: 5\n")
    except OSError:
        pytest.skip("this file system has no such names")

    answer = subprocess.run(
        [
            *(sys.executable, "-c", "from recgate.cli.main import run; run()"),
            *("policy", "validate", "policies", "--output", output),
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (answer.returncode, answer.stderr) == (1, b"")
    told = answer.stdout.decode("utf-8")
    assert "caf" in told
    if output == "sarif":
        results = json.loads(told)["runs"][0]["results"]
        places = [each["locations"][0]["physicalLocation"] for each in results]
        assert "policies/caf%E9.yaml" in [each["artifactLocation"]["uri"] for each in places]


def test_lines_of_the_log_past_the_tenth_are_no_commands(folder: Path) -> None:
    """Whatever a key or a name of a file holds: the runner sees ten annotations, and text."""
    (folder / "worse.yaml").unlink()
    hostile = ["'##[error]x'", "'  ::add-mask::x'", "'a ##[group]b ##[endgroup]'", "'::stop::'"]
    keys = [f"k{number}" for number in range(10)] + hostile
    (folder / "bad.yaml").write_text(
        "version: 1\npolicy: bad\nrequire: {max_cost_per_hour_usd: 1}\n"
        + "".join(f"{key}: 1\n" for key in keys)
    )
    odd = folder / "zz\n  ::error file=x::.yaml"
    odd.write_text("version: 1\n")

    answer = recgate("policy", "validate", "--output", "github")
    from_folder = recgate("policy", "validate", odd, "policies/bad.yaml", "--output", "github")

    for lines in (answer.out.splitlines(), from_folder.out.splitlines()):
        assert len(lines) > 10
        assert all(line.startswith("::error file=") for line in lines[:10])
        for line in lines[10:]:
            assert not line.lstrip().startswith("::")
            assert "##[" not in line

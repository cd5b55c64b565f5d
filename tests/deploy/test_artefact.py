"""What `sam build` makes is whole: it runs in Lambda with nothing beside it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from botocore.session import Session
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.sam_cli import run_sam
from tests.deploy.template import FUNCTIONS, ROOT, properties, variables

pytestmark = pytest.mark.slow

# Lambda's python3.13 on arm64, in the words of environment markers (PEP 508).
LAMBDA = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}
EM_AARCH64 = 183  # the machine field of an ELF header
ONLY_THE_ARTEFACT = """
import importlib, json, sys
artefact, handler = sys.argv[1:]
sys.path.append(artefact)
module, _, function = handler.rpartition(".")
assert callable(getattr(importlib.import_module(module), function))
print(json.dumps(sorted(
    loaded.__file__ for loaded in list(sys.modules.values()) if getattr(loaded, "__file__", None)
)))
"""


@pytest.fixture(name="build", scope="module")
def _build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`sam build` in the repository root, into a folder of the test's own."""
    scratch = tmp_path_factory.mktemp("sam")
    build = scratch / "build"
    done = run_sam("build", "--build-dir", str(build), folder=ROOT, scratch=scratch)
    assert done.returncode == 0, done.stdout + done.stderr
    return build


@pytest.fixture(name="artefact", scope="module")
def _artefact(build: Path) -> Path:
    """The package of the check; the others' are held to be the same."""
    return build / "CheckFunction"


def pinned() -> Iterator[Requirement]:
    """Every pin of src/requirements.txt."""
    for line in (ROOT / "src/requirements.txt").read_text("utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            yield Requirement(line.rstrip("\\"))


def installed(artefact: Path) -> dict[str, Distribution]:
    """The distributions in the artefact by their canonical names."""
    found = distributions(path=[str(artefact)])
    return {canonicalize_name(each.metadata["Name"]): each for each in found}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_artefact_is_judged_by_what_the_template_deploys(name: str) -> None:
    """These tests and the build name Python and the machine, too; the linters take any name."""
    function = properties(name)
    offered = Session().get_service_model("lambda").shape_for("Runtime")
    makefile = (ROOT / "src/Makefile").read_text("utf-8")

    assert function["Runtime"] == f"python{LAMBDA['python_version']}"
    assert function["Runtime"] in offered.enum  # type: ignore[attr-defined]
    assert function["Architectures"] == ["arm64"]
    assert f"LAMBDA_PYTHON ?= {LAMBDA['python_version']}\n" in makefile


def test_every_pinned_distribution_is_in_the_artefact(artefact: Path) -> None:
    """By name and version, and no other: a build without requirements succeeds, too."""
    there = {name: each.version for name, each in installed(artefact).items()}
    wanted = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pinned()}

    assert len(wanted) > 5
    assert there == wanted


def test_nothing_that_a_distribution_needs_in_lambda_is_missing(artefact: Path) -> None:
    """The lock is made for many machines; this asks for Lambda's."""
    there = installed(artefact)
    missing = [
        f"{name} needs {requirement}"
        for name, distribution in there.items()
        for requirement in map(Requirement, distribution.requires or [])
        if requirement.marker is None or requirement.marker.evaluate({**LAMBDA, "extra": ""})
        if canonicalize_name(requirement.name) not in there
        or there[canonicalize_name(requirement.name)].version not in requirement.specifier
    ]

    assert missing == []


def test_every_file_of_the_distributions_is_there(artefact: Path) -> None:
    """As their RECORDs say, but for the scripts, which start with this machine's Python."""
    gone = [
        str(file)
        for distribution in installed(artefact).values()
        for file in distribution.files or []
        if ".." not in file.parts and not (artefact / file).exists()
    ]

    assert [file for file in gone if not file.startswith("bin/")] == []
    assert not (artefact / "bin").exists()


def test_compiled_modules_are_for_lambda(artefact: Path) -> None:
    """The build machine's own would fail at import, in production only."""
    compiled = sorted(artefact.rglob("*.so"))
    machines = {path: int.from_bytes(path.read_bytes()[18:20], "little") for path in compiled}

    assert any(path.name.startswith("rpds.") for path in compiled)
    assert set(machines.values()) == {EM_AARCH64}
    assert [path.name for path in compiled if not _fits_python_313(path.name)] == []


def test_our_code_and_every_policy_are_in_the_artefact(artefact: Path) -> None:
    """Where RECGATE_POLICIES says, file by file and byte by byte; their tests stay at the desk.

    Beside the code lies the revision that was built.
    """
    policies = variables("CheckFunction")["RECGATE_POLICIES"]
    ours = contents(ROOT / "policies")
    deployed = {name: data for name, data in ours.items() if not name.startswith("tests/")}

    assert len(ours) > len(deployed) > 0
    assert contents(artefact / policies) == deployed
    code = contents(artefact / "recgate")
    assert re.fullmatch(rb"([0-9a-f]{40}(-dirty)?)?\n", code.pop("revision.txt"))
    assert code == contents(ROOT / "src/recgate")
    assert any(name.endswith(".yaml") for name in contents(artefact / policies))


def test_no_byte_code_of_this_machines_python_is_in_the_artefact(artefact: Path) -> None:
    """It would be dead weight: Lambda's Python is another."""
    assert list(artefact.rglob("*.py[co]")) == []


def test_every_function_is_the_same_package(build: Path) -> None:
    """What is held of one is held of the others; `sam deploy` uploads it once."""
    check, *others = (contents(build / name) for name in FUNCTIONS)

    assert len(others) == len(FUNCTIONS) - 1 > 1
    assert all(other == check for other in others)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_handler_is_importable_from_the_artefact_alone(name: str, build: Path) -> None:
    """No site-packages, no environment, no checkout: the standard library and the artefact.

    It runs on this machine's Python, so it also shows that importing the handler needs none of
    the modules compiled for Lambda: what is heavy is imported where it is used.
    """
    artefact, handler = build / name, properties(name)["Handler"]

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", ONLY_THE_ARTEFACT, str(artefact), handler],
        cwd=artefact.parent,
        env={},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    files = [Path(file) for file in json.loads(done.stdout)]
    module = Path(*handler.split(".")[:-1]).with_suffix(".py")
    assert artefact / module in files
    assert [file for file in files if "site-packages" in file.parts] == []
    assert [file for file in files if file.is_relative_to(ROOT)] == []


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, but for byte code."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _fits_python_313(name: str) -> bool:
    return ".cpython-313-aarch64-linux-gnu." in name or ".abi3." in name

"""`recgate policy validate`: every mistake of every file, at its place."""

from pathlib import Path

import click

from recgate.adapters.policy_files.test_files import TESTS, paths_of_tests, read_policy_tests
from recgate.cli.exits import FINE, NOT_FINE
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import TEXT
from recgate.cli.policy.job_of_test import job_of_test
from recgate.cli.policy_folder import policy_folder
from recgate.ports import PoliciesInvalid, PolicyProblem, RecgateError
from recgate.rendering.validation.formats import FORMATS
from recgate.rendering.validation.result import Validation
from recgate.rendering.validation.text import text_lines


class NothingToValidate(RecgateError):
    """A path that was named does not lead to a policy."""


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@policies_option("The folder that is checked when PATHS are left out.")
@click.option(
    "--output",
    type=click.Choice([TEXT, *FORMATS]),
    default=TEXT,
    show_default=True,
    help="text is for people; sarif for code scanning; github makes annotations in an Action.",
)
def validate_command(*, paths: tuple[Path, ...], policies: Path, output: str) -> int:
    """Find every mistake in policies, their tests, routes and waivers.

    \b
    recgate policy validate
    recgate policy validate policies team-b/policies
    recgate policy validate policies/prod-realtime.yaml
    recgate policy validate --output sarif > policies.sarif

    PATHS are folders of policies or single files in them; default: --policies. A file is
    judged within its folder: whether its routes exist and whether its id is its own. All mistakes
    of all files are told at once, each as FILE:LINE:COLUMN.

    Exit codes: 0 no mistake, 1 mistakes, 2 a path that cannot be read.
    """  # noqa: D301  click reads the \b as "keep these lines"
    validation = validated(paths or (policies,))
    if output == TEXT:
        for line in text_lines(validation):
            click.echo(line)
    else:
        click.echo(FORMATS[output](validation), nl=False)
    return NOT_FINE if validation.problems else FINE


def validated(paths: tuple[Path, ...]) -> Validation:
    """The mistakes in folders and files. Raises NothingToValidate."""
    wanted: dict[Path, set[Path] | None] = {}
    names = _Names()
    for path in paths:
        if path.is_dir() and path.name == TESTS and policy_folder(path.parent).files():
            named = wanted.setdefault(path.parent, set())
            if named is not None:
                named.update(paths_of_tests([path]))
        elif path.is_dir():
            wanted[path] = None
        elif not path.exists():
            raise NothingToValidate(
                f"{path}: no such file or folder: name the folder that holds the policies."
            )
        else:
            named = wanted.setdefault(_folder_of(path, names[path.parent]), set())
            if named is not None:
                named.add(path)
    files: list[Path] = []
    problems: set[PolicyProblem] = set()
    for folder, only in wanted.items():
        read, found = _checked(folder)
        files += [path for path in read if only is None or path in only]
        problems.update(
            problem
            for problem in found
            if only is None
            or Path(problem.file) in only
            or Path(problem.file) == folder
            or (_rests_on_policies(only) and Path(problem.file).parent == folder)
        )
    return Validation(tuple(path.as_posix() for path in files), tuple(sorted(problems)))


def _rests_on_policies(only: set[Path]) -> bool:
    """Whether a file is among them that cannot be checked while a policy has a mistake."""
    return any(path.parent.name == TESTS or path.stem.lower() == "waivers" for path in only)


class _Names(dict[Path, frozenset[str]]):
    """The files of policies in each folder; it is read once, however many of them are named."""

    def __missing__(self, folder: Path) -> frozenset[str]:
        self[folder] = frozenset(policy_folder(folder).files())
        return self[folder]


def _folder_of(path: Path, beside: frozenset[str]) -> Path:
    """The folder of policies that a file belongs to. Raises NothingToValidate for another file."""
    if path.name in beside:
        return path.parent.parent if path.parent.name == TESTS else path.parent
    raise NothingToValidate(
        f"{path}: is not a policy file: those end in .yaml or .yml and do not begin with a dot."
    )


def _checked(folder: Path) -> tuple[list[Path], list[PolicyProblem]]:
    """All files of a folder of policies, its tests among them, and every mistake in them.

    While a policy has a mistake its tests cannot be checked, and none is told of them.
    """
    policies = policy_folder(folder)
    read = [folder / name for name in policies.files()]
    problems = list(policies.problems())
    tests = folder / TESTS
    if tests.is_dir():
        read += (paths := paths_of_tests([tests]))
        try:
            loaded = policies.load()
        except PoliciesInvalid:
            return read, problems
        for path in paths:
            file = read_policy_tests(path, loaded, job_of_test)
            problems += [
                PolicyProblem(each.file, each.line, each.column, each.path, each.message)
                for each in file.mistakes
            ]
    return read, problems

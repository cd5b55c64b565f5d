"""What was validated, and what is wrong with it."""

from dataclasses import dataclass

from recgate.ports import PolicyProblem


@dataclass(frozen=True, slots=True)
class Validation:
    """``files`` are all that were read, by their names as they were asked for."""

    files: tuple[str, ...]
    problems: tuple[PolicyProblem, ...]

    @property
    def broken_files(self) -> int:
        """In how many files (or folders) there are mistakes."""
        return len({problem.file for problem in self.problems})


def placed(problem: PolicyProblem) -> str:
    """``policies/prod.yaml:6:3``, as far as the place is known."""
    place = f":{problem.line}:{problem.column}" if problem.line else ""
    return f"{problem.file}{place}"


def told(problem: PolicyProblem) -> str:
    """The path inside the file and what is wrong there."""
    return f"{problem.path}: {problem.message}" if problem.path else problem.message


def counted(number: int, thing: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"

"""The tampering campaign: many random edits of the evidence, each of which must be found.

    python -m tests.tampering.campaign --edits 1200 --seed 1

Every edit is made in a copy of its own. It ends with 1 when an edit was not found, or when the
record that was changed is not the one that is named.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recgate.domain.verification import Verification
from tests.tampering import entry_edits, index_edits, link_edits, seal_edits, wild_edits
from tests.tampering.edits import EDITS, Done, Edit, Owed
from tests.tampering.world import Pristine, make_pristine, scene

PARTS = (entry_edits, link_edits, seal_edits, index_edits, wild_edits)
"""Where the edits are: importing them puts them into `EDITS`."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One edit, and what was said of it. ``told`` are the flaws, for whoever looks into a miss."""

    edit: Edit
    seed: str
    done: Done
    is_found: bool
    is_named: bool
    told: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        return self.is_found and self.is_named


def try_edit(edit: Edit, seed: str, pristine: Pristine, folder: Path) -> Trial:
    """Make the edit in a copy, and verify that."""
    with scene(pristine, folder, seed) as copy:
        done = edit.act(copy)
        found = copy.verify()
    told = tuple(f"{flaw.kind} #{flaw.sequence}-{flaw.last} {flaw.what}" for flaw in found.flaws)
    return Trial(edit, seed, done, _is_found(edit, found), _is_named(edit, done, found), told)


def _is_found(edit: Edit, found: Verification) -> bool:
    match edit.owed:
        case Owed.TAMPERED:
            return found.is_tampered
        case Owed.NOT_INTACT:
            return not found.is_intact
        case Owed.INTACT:
            return found.is_intact


def _is_named(edit: Edit, done: Done, found: Verification) -> bool:
    """Whether the first record that is named is one that was changed."""
    if edit.owed is Owed.INTACT or not done.records:
        return True
    named = [
        flaw.sequence
        for flaw in found.flaws
        if done.chain in ("*", flaw.chain) and flaw.sequence is not None and not flaw.kind.is_note
    ]
    return bool(named) and min(named) in done.records


def run(edits: int, seed: int, folder: Path, which: Sequence[Edit] = ()) -> Sequence[Trial]:
    """So many trials, every kind of edit as often as the others."""
    pristine = make_pristine(folder / "pristine")
    kinds = which or EDITS
    return [
        try_edit(kinds[number % len(kinds)], f"{seed}/{number}", pristine, folder / "copy")
        for number in range(edits)
    ]


def table(trials: Iterable[Trial]) -> str:
    """What was changed, how often, how often it was found and named rightly."""
    tried, found, named = Counter[Edit](), Counter[Edit](), Counter[Edit]()
    for trial in trials:
        tried[trial.edit] += 1
        found[trial.edit] += trial.is_found
        named[trial.edit] += trial.is_named
    lines = [f"{'part':<12}{'what was done':<44}{'owed':<12}{'tried':>6}{'found':>7}{'named':>7}"]
    for edit in tried:
        right = f"{tried[edit]:>6}{found[edit]:>7}{named[edit]:>7}"
        owed = edit.owed.name.lower().replace("_", " ")
        lines.append(f"{edit.part:<12}{edit.name:<44}{owed:<12}{right}")
    total = f"{tried.total():>6}{found.total():>7}{named.total():>7}"
    lines.append(f"{'all':<68}{total}")
    return "\n".join(lines)


def main() -> int:
    """Run it, and print the table and what was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trials = run(arguments.edits, arguments.seed, Path(folder))
    missed = [trial for trial in trials if not trial.is_right]
    lines = [table(trials)]
    for trial in missed:
        edit = f"{trial.edit.part}: {trial.edit.name} (seed {trial.seed})"
        lines.append(f"\nMISSED {edit}: {trial.done}")
        lines += [f"  {line}" for line in trial.told or ("nothing was told",)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

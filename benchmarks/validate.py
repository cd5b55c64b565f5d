"""`recgate policy validate` on 100 files, beside `custodian validate` and a bare interpreter.

    .venv/bin/python benchmarks/validate.py [--files 100] [--rounds 9]

Whole processes, as a pre-commit hook starts them, in turn within each round. The time is that of
the processor (user and system, by wait4), which other work on the machine changes little; the
wall clock stands beside it. Custodian validates as many policies with a filter for each of our
limits; it knows no P99, so the filters are on fields of Describe.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / ".venv-bench" / "bin"
POLICY = (ROOT / "policies" / "prod-realtime.yaml").read_text("utf-8")

CUSTODIAN = """\
policies:
  - name: {name}
    resource: aws.sagemaker-job
    description: Real-time models that serve production traffic.
    filters:
      - {{type: value, key: CostPerHour, value: 2.5, op: le}}
      - {{type: value, key: ModelLatency, value: 200, op: le}}
      - {{type: value, key: MaxInvocations, value: 400, op: ge}}
      - {{type: value, key: InstanceType, value: [ml.c7g.large, ml.g5.xlarge], op: in}}
      - {{type: value, key: InstanceType, value: [ml.p4d.24xlarge], op: ni}}
"""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of one process."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Contender:
    """A command that validates ``files`` files."""

    name: str
    command: Sequence[str]


def contenders(folder: Path, files: int, *, alone: bool = False) -> list[Contender]:
    """The commands, with the files that they validate made in ``folder``."""
    ours, theirs = folder / "policies", folder / "custodian"
    ours.mkdir()
    theirs.mkdir()
    for number in range(files):
        name = f"p{number:03}"
        text = POLICY.replace("policy: prod-realtime", f"policy: {name}")
        (ours / f"{name}.yaml").write_text(text)
        (theirs / f"{name}.yml").write_text(CUSTODIAN.format(name=name))
    python = Path(sys.executable)
    found = [
        Contender("python -c pass", [str(python), "-c", "pass"]),
        Contender(
            "recgate policy validate",
            [str(python.parent / "recgate"), "policy", "validate", str(ours)],
        ),
    ]
    if (BENCH / "custodian").exists() and not alone:
        names = [str(path) for path in sorted(theirs.iterdir())]
        found.append(
            Contender("custodian validate", [str(BENCH / "custodian"), "validate", *names])
        )
    return found


def run(contender: Contender, home: Path) -> Took:
    """One run. Raises SystemExit when the command does not find the files valid."""
    began = time.perf_counter()
    process = subprocess.Popen(
        contender.command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-1", "HOME": str(home)},
    )
    said = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stderr:
        process.stderr.close()
    if process.returncode:
        raise SystemExit(f"{contender.name} failed: {said.decode()[-500:]}")
    return Took(wall, used.ru_utime + used.ru_stime)


def measure(found: Sequence[Contender], rounds: int, home: Path) -> dict[str, list[Took]]:
    """Every contender in every round; one round before them fills the caches."""
    took: dict[str, list[Took]] = {each.name: [] for each in found}
    for number in range(rounds + 1):
        for each in found:
            spent = run(each, home)
            if number:
                took[each.name].append(spent)
    return took


def report(took: dict[str, list[Took]], files: int) -> str:
    """A Markdown table: medians, and the ratio to ours within each round."""
    ours = took["recgate policy validate"]

    def middle(values: Sequence[Took], of: Callable[[Took], float]) -> float:
        return median(of(each) for each in values)

    lines = [
        f"| {files} files | processor, s | wall, s | processor ÷ ours |",
        "|---|---|---|---|",
    ]
    for name, values in took.items():
        ratio = median(each.cpu_s / own.cpu_s for each, own in zip(values, ours, strict=True))
        cpu = middle(values, lambda each: each.cpu_s)
        wall = middle(values, lambda each: each.wall_s)
        lines.append(f"| `{name}` | {cpu:.2f} | {wall:.2f} | {ratio:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--alone", action="store_true", help="without Custodian")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = contenders(Path(folder), asked.files, alone=asked.alone)
        print(report(measure(found, asked.rounds, Path(folder)), asked.files))


if __name__ == "__main__":
    main()

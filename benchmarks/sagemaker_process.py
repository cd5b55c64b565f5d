"""Local SageMakers of several sizes and a local AWS, in a process of their own.

Their time and their memory are then not the watcher's. The process reads one command a line
from its standard input, as JSON, and answers each with a line; it ends when the input does.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLACE = "111122223333", "eu-west-1"

_RUNS_S = 7_200.0
_APART_S = 600.0
"""A job every ten minutes: a hundred thousand of them are two years' worth."""


@dataclass(slots=True)
class SageMakerProcess:
    """The process, from outside. ``addresses`` are those of its SageMakers, in their order."""

    process: subprocess.Popen[str]
    addresses: list[str]
    aws_address: str

    def end_jobs(self, sagemaker: int, *, first: int, count: int, at: float) -> None:
        """Let so many running jobs of one SageMaker end at a time (epoch seconds).

        They are counted from the newest.
        """
        which = {"sagemaker": sagemaker, "first": first, "count": count, "at": at}
        self.ask({"do": "end", **which})

    def create_table(self, name: str) -> None:
        """Make a table for a watcher's memory."""
        self.ask({"do": "table", "name": name})

    def ask(self, command: dict[str, Any]) -> dict[str, Any]:
        """Give it a command and wait for its answer."""
        return ask(self.process, command)


def ask(process: "subprocess.Popen[str]", command: dict[str, Any]) -> dict[str, Any]:
    """Write a command as a line and read the answer's line.

    Raises RuntimeError when the process has ended instead; it has said why on standard error.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(command) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"A process of the benchmark ended at the command {command}.")
    answer: dict[str, Any] = json.loads(line)
    return answer


@contextmanager
def sagemaker_process(sizes: Sequence[int], *, now: float) -> Iterator[SageMakerProcess]:
    """Run it while the block lasts: a SageMaker for each size, with so many jobs.

    All jobs were created, and last modified, before ``now``; all are in progress.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sagemaker_process", repr(now), *map(str, sizes)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            told = ask(process, {"do": "tell"})
            yield SageMakerProcess(process, told["sagemakers"], told["aws"])
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def main(arguments: Sequence[str]) -> int:
    """The process itself."""
    from tests.servers.aws import create_watch_table, local_aws
    from tests.servers.sagemaker import local_sagemaker

    now, sizes = float(arguments[0]), [int(size) for size in arguments[1:]]
    with ExitStack() as stack:
        aws = stack.enter_context(local_aws())
        sagemakers = [stack.enter_context(local_sagemaker()) for _ in sizes]
        for size, sagemaker in zip(sizes, sagemakers, strict=True):
            for number in range(size):
                sagemaker.put_job(job(number, size=size, now=now), checked=False)
        for line in sys.stdin:
            command = json.loads(line)
            answer: dict[str, Any] = {}
            match command["do"]:
                case "tell":
                    urls = [played.endpoint_url for played in sagemakers]
                    answer = {"sagemakers": urls, "aws": aws.endpoint_url}
                case "table":
                    create_watch_table(aws.client("dynamodb"), command["name"])
                case "end":
                    size = sizes[command["sagemaker"]]
                    last = size - command["first"]
                    for number in range(last - command["count"], last):
                        ended = job(number, size=size, now=now, ended_at=command["at"])
                        sagemakers[command["sagemaker"]].put_job(ended, checked=False)
            print(json.dumps(answer), flush=True)
    return 0


def job(number: int, *, size: int, now: float, ended_at: float | None = None) -> dict[str, Any]:
    """A job as Describe tells of it; without an end it is in progress.

    Times are epoch seconds. The job with the highest number is the newest.
    """
    account, region = PLACE
    name = f"ranker-refresh-{number:06}"
    package = f"arn:aws:sagemaker:{region}:{account}:model-package/ranker/{number}"
    modified = now - 2 * _RUNS_S - (size - number) * _APART_S
    return {
        "JobName": name,
        "JobArn": f"arn:aws:sagemaker:{region}:{account}:inference-recommendations-job/{name}",
        "JobType": "Default",
        "RoleArn": f"arn:aws:iam::{account}:role/recommender",
        "Status": "IN_PROGRESS" if ended_at is None else "COMPLETED",
        "CreationTime": modified - _RUNS_S,
        "LastModifiedTime": modified if ended_at is None else ended_at,
        "InputConfig": {"ModelPackageVersionArn": package},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

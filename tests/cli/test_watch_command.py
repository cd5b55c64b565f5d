"""`recgate watch JOB` against a SageMaker, played on this machine."""

import fcntl
import io
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.sagemaker_jobs import SageMakerJobs
from recgate.adapters.sagemaker_progress import SageMakerProgress
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.cli.progress_view import LineView, panel
from recgate.cli.watch import watch
from recgate.dialect.describe import snapshot_from
from recgate.domain.progress import Progress
from recgate.domain.route import Route
from recgate.flows.follow import FollowParts
from recgate.flows.parts import SETTLING_TIME, CheckParts
from recgate.ports import RecgateError
from recgate.telling_ports import Channel
from tests.cli.runner import JOBS, POLICIES, ROOT, Answer, recgate
from tests.flows.fakes import Clock
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import step

JOB = "fraud-ranker-v14"
PAGE = ROOT / "docs" / "watching.md"
SHOWN = re.compile(r"<!-- the screen of recgate watch -->\n```text\n(.*?)```\n", re.DOTALL)

SAMPLE: Mapping[str, Any] = json.loads((JOBS / f"{JOB}.json").read_text("utf-8"))
EXTRA: Mapping[str, Any] = json.loads((JOBS / f"{JOB}.extra.json").read_text("utf-8"))
CREATED = datetime.fromtimestamp(SAMPLE["CreationTime"], UTC)
RAN = SAMPLE["LastModifiedTime"] - SAMPLE["CreationTime"]
"""Seconds that the sample ran: 43 minutes."""

MODEL_ERROR = "ModelError when calling InvokeEndpoint"


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSageMaker]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with local_sagemaker(now=CREATED) as server:
        yield server


def put_running(
    server: LocalSageMaker, status: str = "IN_PROGRESS", benchmarks: Sequence[str] = ()
) -> None:
    """The sample job while it runs."""
    running = {key: value for key, value in SAMPLE.items() if key != "InferenceRecommendations"}
    _put(server, {**running, "Status": status}, benchmarks)


def put_ended(server: LocalSageMaker, benchmarks: Sequence[str] = (), **changes: Any) -> None:
    """The sample job as it ended."""
    _put(server, {**SAMPLE, **changes}, benchmarks)


def _put(server: LocalSageMaker, job: Mapping[str, Any], benchmarks: Sequence[str]) -> None:
    types = ("ml.c7g.xlarge", "ml.m5.large", "ml.g5.xlarge", "ml.c6i.xlarge")
    steps = []
    for instance, status in zip(types, benchmarks, strict=False):
        made = step(JOB, status, reason=MODEL_ERROR if status == "FAILED" else None)
        made["InferenceBenchmark"]["EndpointConfiguration"]["InstanceType"] = instance
        steps.append(made)
    server.put_job(job, tags={"env": "prod"}, steps=steps, checked=False)


def put_latencies(server: LocalSageMaker) -> None:
    """Its samples in CloudWatch."""
    measured = {row["RecommendationId"]: row for row in EXTRA["MeasuredLatency"]}
    for row in SAMPLE["InferenceRecommendations"]:
        latency = measured[row["RecommendationId"]]["P99Milliseconds"]
        at = float(row["InvocationStartTime"]) + 60
        server.put_latencies(
            row["EndpointConfiguration"]["EndpointName"], JOB, [(at, latency)] * 200
        )


def put_past(server: LocalSageMaker, count: int) -> None:
    """Completed jobs of the type, one a day, of 30, 31, 32… minutes."""
    for number in range(count):
        created = SAMPLE["CreationTime"] - (number + 1) * 86_400
        ended = created + (30 + number) * 60
        past = {**SAMPLE, "JobName": f"past-{number}", "JobArn": f"{SAMPLE['JobArn']}-{number}"}
        server.put_job({**past, "CreationTime": created, "LastModifiedTime": ended}, checked=False)


class Play:
    """A job's life by a clock that only waiting moves: what happens after how many seconds."""

    def __init__(self, server: LocalSageMaker) -> None:
        self.server = server
        self.clock = Clock(CREATED)
        three, four = (
            ("COMPLETED", "FAILED", "IN_PROGRESS"),
            ("COMPLETED", "FAILED", "COMPLETED", "COMPLETED"),
        )
        self.acts: list[tuple[float, Callable[[], None]]] = [
            (0, lambda: put_running(server, "PENDING")),
            (60, lambda: put_running(server)),
            (120, lambda: put_running(server, benchmarks=["IN_PROGRESS"])),
            (900, lambda: put_running(server, benchmarks=three)),
            (1800, lambda: put_running(server, benchmarks=[*three, "IN_PROGRESS"])),
            (RAN, lambda: put_ended(server, benchmarks=four)),
            (RAN + 400, lambda: put_latencies(server)),
        ]
        self.wait(0)

    def wait(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        self.clock.advance(seconds=seconds)
        while self.acts and CREATED + timedelta(seconds=self.acts[0][0]) <= self.clock():
            self.acts.pop(0)[1]()


@contextmanager
def parts(play: Play, *, settling: timedelta = SETTLING_TIME) -> Iterator[FollowParts]:
    """What the command is made of, with the play's time."""
    server, ledger = play.server, SqliteLedger(":memory:")
    check = CheckParts(
        jobs=SageMakerJobs(
            server.client("sagemaker"), lambda: server.client("cloudwatch"), clock=play.clock
        ),
        policies=PolicyFiles(POLICIES),
        ledger=ledger,
        read_snapshot=snapshot_from,
        channel_for=_no_channel,
        clock=play.clock,
        worker="test",
        settling=settling,
    )
    try:
        yield FollowParts(check, SageMakerProgress(server.client("sagemaker")), play.wait)
    finally:
        ledger.close()


def _no_channel(route: Route) -> Channel:
    raise RecgateError("nobody is to be told")


class Shown(LineView):
    """A log that keeps everything it was shown, each with its time."""

    def __init__(self, stream: io.StringIO, clock: Clock) -> None:
        super().__init__(stream, clock)
        self.now = clock
        self.seen: list[tuple[datetime, Progress]] = []

    def show(self, seen: Progress) -> None:
        self.seen.append((self.now(), seen))
        super().show(seen)


def played(play: Play, *, output: str = "text") -> tuple[Answer, Shown]:
    """Watch the play to its end; the progress goes where the command would write it."""
    out, err = io.StringIO(), io.StringIO()
    view = Shown(err if output == "json" else out, play.clock)
    with parts(play) as made, redirect_stdout(out), redirect_stderr(err):
        code = watch(JOB, made, view, output=output)
    return Answer(code, out.getvalue(), err.getvalue()), view


def command(server: LocalSageMaker, *options: str | Path, job: str = JOB) -> list[str | Path]:
    return [
        "watch", job, "--policies", POLICIES, "--region", "eu-west-1",
        "--endpoint-url", server.endpoint_url, *options,
    ]  # fmt: skip


def test_a_job_may_be_named_by_its_arn(sagemaker: LocalSageMaker) -> None:
    """As `check` takes it; the ARN says the region where nobody else does."""
    put_ended(sagemaker)
    put_latencies(sagemaker)
    arn = f"arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/{JOB}"
    without_region = [
        part for part in command(sagemaker, job=arn) if part not in ("--region", "eu-west-1")
    ]

    by_arn, by_name = recgate(*without_region), recgate(*command(sagemaker))

    assert by_arn.code == 0, by_arn.err
    assert by_arn.out.partition("PASS")[1:] == by_name.out.partition("PASS")[1:]


def test_a_whole_run_in_a_log(sagemaker: LocalSageMaker) -> None:
    """A line for each change and every ten minutes; then the verdict."""
    put_past(sagemaker, 12)

    answer, _ = played(Play(sagemaker))

    progress, verdict = answer.out.split("PASS ", 1)
    lead = "fraud-ranker-v14: IN_PROGRESS (Default); benchmarks:"
    usual = "usual 35 min (median of the last 12 Default jobs)"
    ended = (
        "fraud-ranker-v14: COMPLETED (Default); benchmarks: 4 of 4 done, 1 failed; 43 min in all"
    )
    assert progress.splitlines() == [
        "2025-06-13T07:00:00Z fraud-ranker-v14: PENDING (Default); "
        f"benchmarks: none started so far; 0 s so far; {usual}",
        f"2025-06-13T07:01:00Z {lead} none started so far; 1 min so far; {usual}",
        f"2025-06-13T07:02:00Z {lead} 0 of 1 started so far are done; 2 min so far; {usual}",
        f"2025-06-13T07:12:00Z {lead} 0 of 1 started so far are done; 12 min so far; {usual}",
        f"2025-06-13T07:15:00Z {lead} 2 of 3 started so far are done, 1 failed; 15 min so far; "
        f"{usual}",
        f"  failed: ml.m5.large: {MODEL_ERROR}",
        f"2025-06-13T07:25:00Z {lead} 2 of 3 started so far are done, 1 failed; 25 min so far; "
        f"{usual}",
        f"2025-06-13T07:30:00Z {lead} 2 of 4 started so far are done, 1 failed; 30 min so far; "
        f"{usual}",
        f"2025-06-13T07:40:00Z {lead} 2 of 4 started so far are done, 1 failed; 40 min so far, "
        f"over the usual by 4 min; {usual}",
        f"2025-06-13T07:43:15Z {ended}",
        f"2025-06-13T07:43:15Z {ended}; waiting for CloudWatch's samples, 15 min left at most",
        f"2025-06-13T07:49:30Z {ended}; waiting for CloudWatch's samples, 9 min left at most",
    ]
    assert verdict.startswith("fraud-ranker v14\ncheapest compliant is ml.c7g.xlarge × 1")
    assert (answer.code, answer.err) == (0, "")
    assert sagemaker.count("ListInferenceRecommendationsJobs") == 1


def test_the_screen_in_the_docs_is_what_is_drawn(sagemaker: LocalSageMaker) -> None:
    """RECGATE_UPDATE_GOLDEN=1 writes it anew."""
    put_past(sagemaker, 12)
    _, view = played(Play(sagemaker))
    text = PAGE.read_text("utf-8")
    shown = SHOWN.search(text)
    assert shown is not None

    now, seen = next(
        (now + timedelta(seconds=6), seen)
        for now, seen in view.seen
        if now >= CREATED + timedelta(minutes=24) and seen.pause_s
    )
    drawn = io.StringIO()
    Console(file=drawn, width=77, color_system=None).print(panel(seen, now, width=77))

    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        marker = "<!-- the screen of recgate watch -->\n```text\n"
        PAGE.write_text(text.replace(shown[0], f"{marker}{drawn.getvalue()}```\n"), "utf-8")
        shown = SHOWN.search(PAGE.read_text("utf-8"))
        assert shown is not None
    assert shown[1] == drawn.getvalue()


def test_the_record_alone_is_on_standard_output(sagemaker: LocalSageMaker) -> None:
    """``--output json``: the progress is on standard error."""
    answer, _ = played(Play(sagemaker), output="json")

    record = json.loads(answer.out)
    assert (answer.code, record["verdict"], record["job"]["name"]) == (0, "PASS", JOB)
    assert answer.err.count("IN_PROGRESS") == 7


def test_a_job_that_has_ended_is_judged_as_check_judges_it(sagemaker: LocalSageMaker) -> None:
    """The same words in the end, and the same exit code."""
    put_ended(sagemaker)
    put_latencies(sagemaker)

    watched = recgate(*command(sagemaker))
    checked = recgate("check", *command(sagemaker)[1:])

    assert checked.out.startswith("PASS")
    assert watched.out.endswith(checked.out)
    assert watched.out.startswith("20")
    assert watched.out.count("fraud-ranker-v14: COMPLETED (Default)") == 1
    assert (watched.code, watched.err) == (checked.code, checked.err) == (0, "")


def test_json_is_what_check_prints(sagemaker: LocalSageMaker) -> None:
    """But for the time of the decision."""
    put_ended(sagemaker)
    put_latencies(sagemaker)

    documents = [
        json.loads(recgate(name, *command(sagemaker)[1:], "--output", "json").out)
        for name in ("watch", "check")
    ]

    for document in documents:
        document.pop("decided_at")
    assert documents[0] == documents[1]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"Status": "FAILED"}, 1), ({"Status": "STOPPED"}, 1), ({"InferenceRecommendations": []}, 1)],
)
def test_a_closed_gate_is_exit_1(
    sagemaker: LocalSageMaker, changes: dict[str, Any], code: int
) -> None:
    """As check has it."""
    put_ended(sagemaker, **changes)

    assert recgate(*command(sagemaker)).code == code


def test_no_settle_judges_without_the_samples(sagemaker: LocalSageMaker) -> None:
    """UNKNOWN now, where waiting could have said more."""
    put_ended(sagemaker, LastModifiedTime=time.time() - SETTLING_TIME.total_seconds() + 10)

    answer = recgate(*command(sagemaker, "--no-settle"))

    assert answer.code == 1
    assert "\nUNKNOWN fraud-ranker v14" in answer.out
    assert "waiting for" not in answer.out


def test_a_broken_policy_is_told_before_anything_is_watched(
    sagemaker: LocalSageMaker, tmp_path: Path
) -> None:
    """Exit 2, and SageMaker was not asked."""
    (tmp_path / "a.yaml").write_text("version: 1\npolicy: a\nrequire: {max_cost_per_hour: 1}\n")
    put_ended(sagemaker)

    answer = recgate(*command(sagemaker, "--policies", tmp_path))

    assert (answer.code, answer.out) == (2, "")
    assert "a.yaml:3" in answer.err
    assert sagemaker.calls == []


@pytest.mark.parametrize(
    ("operation", "code", "said"),
    [
        ("DescribeInferenceRecommendationsJob", "AccessDeniedException", "refused to describe job"),
        ("ListInferenceRecommendationsJobSteps", "AccessDeniedException", "list the benchmarks"),
        ("ListTags", "AccessDeniedException", "sagemaker:ListTags"),
    ],
)
def test_a_permission_that_is_missing_is_exit_2(
    sagemaker: LocalSageMaker, operation: str, code: str, said: str
) -> None:
    """The usual message, and no traceback."""
    put_ended(sagemaker)
    sagemaker.fail(operation, code, message="not authorized")

    answer = recgate(*command(sagemaker))

    assert answer.code == 2
    assert answer.err.startswith("recgate: SageMaker")
    assert said in answer.err


def test_a_job_that_is_not_there_is_exit_2(sagemaker: LocalSageMaker) -> None:
    """A person has misspelt it."""
    answer = recgate(*command(sagemaker, job="fraud-ranker-v41"))

    assert (answer.code, answer.out) == (2, "")
    assert "there is no such job" in answer.err


@pytest.mark.parametrize(
    "options", [("--every", "4.9"), ("--every", "601"), ("--every", "soon"), ("--output", "xml")]
)
def test_wrong_usage_is_exit_2(sagemaker: LocalSageMaker, options: tuple[str, ...]) -> None:
    """SageMaker is spared who asks too often."""
    answer = recgate(*command(sagemaker, *options))

    assert (answer.code, answer.out) == (2, "")
    assert sagemaker.calls == []


COLUMNS = 90
STARTED = """
import fcntl, signal, sys, termios
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job would ignore it
if sys.stdin.isatty():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from recgate.cli.main import run
run()
"""


def test_ctrl_c_in_a_script_is_exit_130(sagemaker: LocalSageMaker) -> None:
    """One line on standard error, and nothing but lines on standard output."""
    put_running(sagemaker, benchmarks=["FAILED", "IN_PROGRESS"])
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, *map(str, command(sagemaker))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "FORCE_COLOR": "1"},
    )
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert "IN_PROGRESS (Default)" in lines[0]
    assert lines[1] == f"  failed: ml.c7g.xlarge: {MODEL_ERROR}\n"
    assert (process.returncode, out, err) == (130, "", "Stopped watching; the job goes on.\n")


def test_ctrl_c_on_a_terminal_leaves_it_clean(sagemaker: LocalSageMaker) -> None:
    """The key itself, on a real terminal: the panel is erased, the cursor is back, exit 130."""
    put_running(sagemaker)

    code, before, after = _interrupted(command(sagemaker), key=b"\x03", once=b"next in")

    drawn = re.sub(r"\x1b\[\??[\d;]*[A-Za-z]", "", before)
    assert code == 130
    assert before.startswith("\x1b[?25l")
    assert "│ Status      IN_PROGRESS (Default)" in drawn
    # There is room for the ^C that the terminal prints itself: else it would begin a new line.
    assert max(map(len, drawn.splitlines())) <= COLUMNS - len("^C")
    assert "Traceback" not in before + after
    # What comes after the cursor is shown again erases the panel line by line.
    erased, said = after.split("\x1b[?25h")[1].rsplit("\x1b[2K", 1)
    assert erased.count("\x1b[1A") == 9
    assert said == "Stopped watching; the job goes on.\r\n"


def test_ctrl_c_while_samples_are_awaited_says_how_to_get_the_verdict(
    sagemaker: LocalSageMaker,
) -> None:
    """The job does not go on: it has ended."""
    put_ended(sagemaker, LastModifiedTime=time.time())

    code, before, after = _interrupted(command(sagemaker), key=b"\x03", once=b"left at most")

    assert code == 130
    assert "waiting for CloudWatch's samples, 15 min left at most" in before
    assert after.endswith(
        "Stopped watching; the job has ended: recgate check fraud-ranker-v14 judges it.\r\n"
    )


def _interrupted(
    arguments: Sequence[str | Path], *, key: bytes, once: bytes
) -> tuple[int, str, str]:
    """Press a key on the command's terminal once it shows some words.

    Gives the exit code, and what was written before and after the key.
    """
    own, other = pty.openpty()
    fcntl.ioctl(own, termios.TIOCSWINSZ, struct.pack("HHHH", 30, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, *map(str, arguments)],
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
    )
    os.close(other)
    try:
        before = _read(own, until=once)
        os.write(own, key)
        after = _read(own)
        return process.wait(timeout=20), before, after
    finally:
        process.kill()
        process.wait()
        os.close(own)


def _read(terminal: int, *, until: bytes | None = None) -> str:
    """What is written on the terminal until some words come, or until its program ends."""
    written = b""
    while until is None or until not in written:
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, f"the terminal shows only {written!r}"
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # EIO: nobody has it open any more
            break
        if not piece:
            break
        written += piece
    return written.decode()

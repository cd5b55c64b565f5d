"""From what was counted to what a month costs: quantities times prices, and nothing else.

A month is 30 days. What is not counted but assumed is a named constant here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRICES = Path(__file__).parent / "prices.json"

Counts = Mapping[str, Any]
"""What `benchmarks.counted_lives.count` gives."""

DAYS = 30
HOURS = DAYS * 24
MINUTES = HOURS * 60
"""In each of them a sweep, and a run of the seal function (template.yaml)."""

POLLS = 5 * 3 * MINUTES
"""Lambda's empty receives: five connections, each asking for 20 seconds, all the time. It goes
down to two where no maximum concurrency is set, and one is.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

FIVE_MINUTES = HOURS * 12
"""For so long DynamoDB and SNS keep a key that they have asked KMS for, whoever uses it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

MEMORY_GB = 0.5
"""Of each function (template.yaml: 512 MB)."""

VCPU = 512 / 1769
"""The part of a processor core that comes with it.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

CALL_S, SLACK_S, START_S = 0.05, 0.5, 3.0
"""Assumed: how long AWS takes to answer a call, Slack to answer one, and a function to start."""

COLD_AFTER_MIN = 5
"""Assumed: a function that has not run for so long starts anew; AWS does not say."""

VERDICTS, OUTCOMES = 4, 2
"""Assumed: how many kinds of verdicts and of deliveries occur. Each is a metric of its own."""

ALARMS, DASHBOARDS = 14, 1

CHAINS = 1
"""Assumed: one account and region, so one chain, with one checkpoint a day."""

LOG_MONTHS = 3
"""How long logs are kept (template.yaml: 90 days)."""

LEDGER_MONTHS = 12
"""Nothing goes out of the ledger and the archive: what they keep after a year."""

PAGE_MONTHS = 13
"""How long the page of a decision is kept (template.yaml: 400 days)."""

GB = 1024**3


@dataclass(frozen=True, slots=True)
class Price:
    """``usd`` for each ``per`` units; ``free`` of them are free in every month."""

    unit: str
    usd: float
    per: int
    free: float
    source: str
    seen: str


@dataclass(frozen=True, slots=True)
class Load:
    """How many jobs there are in a month. In a crowd, several of them change in a minute."""

    jobs: int
    is_crowd: bool = False


LOADS = (Load(10), Load(1_000), Load(100_000, is_crowd=True))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill: so many units in any month, in each minute and for each job."""

    what: str
    price: Price
    month: float
    minute: float
    job: float
    jobs: int

    @property
    def quantity(self) -> float:
        """All of it."""
        return self.month + self.minute * MINUTES + self.job * self.jobs

    @property
    def usd(self) -> float:
        """By the list price."""
        return self.quantity / self.price.per * self.price.usd

    @property
    def usd_after_free(self) -> float:
        """With what is always free taken off."""
        charged = max(self.quantity - self.price.free, 0.0)
        return charged / self.price.per * self.price.usd


def read_prices(path: Path = PRICES) -> dict[str, Price]:
    """The prices by name."""
    found = json.loads(path.read_text("utf-8"))["prices"]
    return {name: Price(**price) for name, price in found.items()}


def bill(counts: Counts, load: Load, prices: Mapping[str, Price]) -> list[Line]:
    """The lines of a month's bill, in the order of the data's way."""
    idle, day = (counts["idle sweep"], counts["idle seal"]), counts["sealer, a day's checkpoint"]
    place = "in a crowd" if load.is_crowd else "alone"
    check, seal = counts["check function, a job"], counts[f"sealer, a job {place}"]
    watch = counts[f"watcher, a job {place}"]
    runs = check["amounts"]["runs"]

    def line(
        what: str, price: str, *, month: float = 0.0, minute: float = 0.0, job: float = 0.0
    ) -> Line:
        return Line(what, prices[price], month, minute, job, load.jobs)

    def of(kind: str, *names: str, times: float = 1.0) -> dict[str, float]:
        """As counted, of all three functions; ``kind`` is calls or amounts."""

        def in_(*parts: Counts) -> float:
            found = sum(part[kind].get(name, 0) for part in parts for name in names)
            return float(times * found)

        return {
            "month": DAYS * CHAINS * in_(day),
            "minute": in_(*idle),
            "job": in_(watch, check, seal),
        }

    def amount(*names: str, times: float = 1.0) -> dict[str, float]:
        return of("amounts", *names, times=times)

    # The storage of the watcher's memory is a few kilobytes, whatever happens.
    ledger_gb = amount("stored_bytes ledger", times=LEDGER_MONTHS / GB)
    starts_s = runs * _start_s(load, runs)
    return [
        line("Scheduler", "scheduler", minute=len(idle)),
        line("Lambda, runs", "lambda requests", **amount("runs")),
        line(
            "Lambda, duration",
            "lambda duration",
            month=MEMORY_GB * DAYS * CHAINS * _seconds(day),
            minute=MEMORY_GB * sum(map(_seconds, idle)),
            job=MEMORY_GB * (sum(map(_seconds, (watch, check, seal))) + starts_s),
        ),
        line("EventBridge, own events", "events", **amount("events")),
        line("SQS, requests", "sqs", month=POLLS, job=_queue_requests(check)),
        line(
            "DynamoDB, writes",
            "dynamodb writes",
            **amount("write_units ledger", "write_units watch"),
        ),
        line(
            "DynamoDB, reads", "dynamodb reads", **amount("read_units ledger", "read_units watch")
        ),
        line("DynamoDB, storage after a year", "dynamodb storage", **ledger_gb),
        line("DynamoDB, point-in-time recovery", "dynamodb recovery", **ledger_gb),
        line("CloudWatch, custom metrics", "custom metrics", month=_metric_months(counts, load)),
        line("CloudWatch, alarms", "alarms", month=ALARMS),
        line("CloudWatch, dashboard", "dashboards", month=DASHBOARDS),
        line("CloudWatch, P99 asked for", "metrics asked for", **amount("metrics_asked")),
        line("CloudWatch, logs written", "logs", **amount("log_bytes", times=1 / GB)),
        line("CloudWatch, logs kept", "logs kept", **amount("log_bytes", times=LOG_MONTHS / GB)),
        line("X-Ray, traces", "traces", **amount("runs")),
        line("S3, pages written", "s3 writes", job=check["calls"]["s3.PutObject"]),
        line(
            "S3, pages kept",
            "s3 storage",
            job=check["amounts"]["page_bytes"] / GB * PAGE_MONTHS,
        ),
        line("S3, records archived", "s3 writes", **of("calls", "s3.PutObject archive")),
        line(
            "S3, archive after a year",
            "s3 storage",
            **amount("envelope_bytes", times=LEDGER_MONTHS / GB),
        ),
        line("SNS, publishes", "publishes", job=check["calls"]["sns.Publish"]),
        line("SNS, e-mails to one address", "mails", job=check["calls"]["sns.Publish"]),
        line("KMS, the topic's key", "keys", month=1),
        line("KMS, the key that signs", "keys", month=1),
        line("KMS, signatures", "signatures", **of("calls", "kms.Sign")),
        line("KMS, requests", "key requests", month=_key_requests(check, load)),
        line("Secrets Manager, the secret", "secrets", month=1),
        line(
            "Secrets Manager, requests",
            "secret requests",
            job=check["calls"]["secretsmanager.GetSecretValue"],
        ),
    ]


@dataclass(frozen=True, slots=True)
class Listing:
    """How a watcher's listing goes in a month, with so many jobs in existence."""

    calls: float
    seconds_each: float
    gb_seconds: float
    usd: float


def listing(counts: Counts, jobs: int, prices: Mapping[str, Price]) -> tuple[Listing, Listing]:
    """Of recgate, and of a watcher that lists all jobs each time, in a crowd of so many.

    Calls of List have no price: what is charged is the function that waits for them.
    """
    idle, crowd = counts["idle sweep"], counts["watcher, a job in a crowd"]
    list_call = "sagemaker.ListInferenceRecommendationsJobs"
    ours = idle["calls"][list_call] * MINUTES + crowd["calls"].get(list_call, 0.0) * jobs
    our_s = _seconds(idle) + _seconds(crowd) * jobs / MINUTES
    all_jobs = counts["list of all jobs"]
    share = jobs / all_jobs["jobs"]
    calls, cpu_s = all_jobs["calls"][list_call] * share, all_jobs["cpu_s"] * share
    their_s = calls * CALL_S + cpu_s / VCPU

    def made(calls: float, seconds: float) -> Listing:
        gb_seconds, price = MEMORY_GB * seconds * MINUTES, prices["lambda duration"]
        return Listing(calls, seconds, gb_seconds, gb_seconds / price.per * price.usd)

    return made(ours, our_s), made(calls * MINUTES, their_s)


def _seconds(part: Counts) -> float:
    """How long a run takes in Lambda: its work on a part of a core, and the waits for answers."""
    waits = sum(part["calls"].values()) * CALL_S
    return float(part["cpu_s"] / VCPU + waits + part["amounts"].get("slack_calls", 0.0) * SLACK_S)


def _start_s(load: Load, runs: float) -> float:
    """What starting adds to a run of the check function, which is warm when it runs often."""
    minutes_between = MINUTES / (load.jobs * runs)
    return START_S if minutes_between > COLD_AFTER_MIN else 0.0


def _queue_requests(check: Counts) -> float:
    """The rules send, Lambda receives and deletes, the function postpones."""
    amounts = check["amounts"]
    handled = sum(amounts[name] for name in ("queue_sends", "queue_receives", "queue_deletes"))
    return float(handled + check["calls"].get("sqs.ChangeMessageVisibility", 0.0))


def _metric_months(counts: Counts, load: Load) -> float:
    """A metric is charged for the hours in which it is sent; a job has one hour, at most."""
    always = len(counts["idle sweep"]["metrics"]) + len(counts["idle seal"]["metrics"])
    with_jobs = VERDICTS + OUTCOMES + 1  # and TimeToVerdict
    return always + with_jobs * min(load.jobs, HOURS) / HOURS


def _key_requests(check: Counts, load: Load) -> float:
    """At most one in five minutes for each user of a table, and two for the topic's."""
    looks, runs = load.jobs, check["amounts"]["runs"] * load.jobs
    publishes = check["calls"]["sns.Publish"] * load.jobs
    watch_table, sealer = FIVE_MINUTES, FIVE_MINUTES
    ledger = sealer + min(looks, FIVE_MINUTES) + min(runs, FIVE_MINUTES)
    return float(watch_table + ledger + 2 * min(publishes, FIVE_MINUTES))

"""What a record costs to write, to keep and to verify, and what stands there without any.

Quantities times prices, as in `benchmarks.bill`, and no figure that depends on how fast the machine
is on which was counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.bill import (
    CALL_S,
    CHAINS,
    DAYS,
    FIVE_MINUTES,
    GB,
    LOG_MONTHS,
    MEMORY_GB,
    MINUTES,
    Counts,
    Load,
    Price,
)
from benchmarks.counted_records import SIZES

Prices = Mapping[str, Price]

EVIDENCE_ALARMS = ("UnsealedAge", "EvidenceBroken", "SealsRefused", "SealFails")
"""The alarms that are there for evidence alone (template.yaml: each with "Alarm" behind it)."""

_TABLE, _ARCHIVE = SIZES[:3], SIZES[3]


@dataclass(frozen=True, slots=True)
class Cost:
    """So much of something for one record, and what that comes to, in USD.

    ``quantity`` is in the units of the price.
    """

    what: str
    price: Price
    quantity: float

    @property
    def usd(self) -> float:
        """For one record."""
        return self.quantity / self.price.per * self.price.usd


def records_of_a_job(counts: Counts) -> float:
    """How many there are."""
    return float(sum(each["a_job"] for each in counts["records"].values()))


def mean(counts: Counts, name: str) -> float:
    """Of the records of a job."""
    kinds = counts["records"].values()
    return float(sum(each["a_job"] * each[name] for each in kinds)) / records_of_a_job(counts)


def bytes_in_the_table(record: Counts) -> float:
    """Entry, link with seal, and copies in the indexes."""
    return float(sum(record[name] for name in _TABLE))


def writing(counts: Counts, prices: Prices, load: Load) -> list[Cost]:
    """What one record costs once: written, read again by the sealer, signed, archived."""
    seal = counts[f"sealer, a job {'in a crowd' if load.is_crowd else 'alone'}"]
    amounts, calls, records = seal["amounts"], seal["calls"], records_of_a_job(counts)
    written = mean(counts, "write_units") + amounts["write_units ledger"] / records
    return [
        Cost("DynamoDB, writes", prices["dynamodb writes"], written),
        Cost(
            "DynamoDB, reads of the sealer",
            prices["dynamodb reads"],
            amounts["read_units ledger"] / records,
        ),
        Cost("KMS, signatures", prices["signatures"], calls["kms.Sign"] / records),
        Cost("S3, envelopes put", prices["s3 writes"], calls["s3.PutObject archive"] / records),
    ]


def keeping(counts: Counts, prices: Prices) -> list[Cost]:
    """What one record costs in every month that it is kept."""
    table = sum(mean(counts, name) for name in _TABLE) / GB
    return [
        Cost("DynamoDB, storage", prices["dynamodb storage"], table),
        Cost("DynamoDB, point-in-time recovery", prices["dynamodb recovery"], table),
        Cost("S3, storage", prices["s3 storage"], mean(counts, _ARCHIVE) / GB),
    ]


def verifying(counts: Counts, prices: Prices) -> list[Cost]:
    """What `recgate audit verify` costs for one record.

    Beside what was counted it asks S3 how each object is locked, which moto does not tell.
    """
    verify = counts["verify, a record"]
    asked = verify["calls"]["s3.GetObject"]
    return [
        Cost("DynamoDB", prices["dynamodb reads"], verify["amounts"]["read_units ledger"]),
        Cost("S3, envelopes and locks", prices["s3 reads"], asked + asked),
        Cost("S3, lists", prices["s3 writes"], verify["calls"]["s3.ListObjectVersions"]),
    ]


def standing(counts: Counts, prices: Prices) -> dict[str, float]:
    """What a month costs in which nothing is recorded but checkpoints, by what it is for.

    A run takes as long as it waits for answers; the processor's share is left out.
    """
    idle, day = counts["idle seal"], counts["sealer, a day's checkpoint"]

    def charged(price: str, quantity: float) -> float:
        return quantity / prices[price].per * prices[price].usd

    waits_s = sum(idle["calls"].values()) * CALL_S * MINUTES
    logged_gb = idle["amounts"]["log_bytes"] * MINUTES / GB
    days = DAYS * CHAINS
    return {
        "the key": charged("keys", 1),
        "four metrics": charged("custom metrics", len(idle["metrics"])),
        "four alarms": charged("alarms", len(EVIDENCE_ALARMS)),
        "a run every minute": charged("scheduler", MINUTES)
        + charged("lambda requests", MINUTES)
        + charged("lambda duration", waits_s * MEMORY_GB)
        + charged("traces", MINUTES)
        + charged("logs", logged_gb)
        + charged("logs kept", logged_gb * LOG_MONTHS),
        "what it reads": charged("dynamodb reads", idle["amounts"]["read_units ledger"] * MINUTES)
        + charged("key requests", FIVE_MINUTES),
        "a checkpoint a day": charged("signatures", day["calls"]["kms.Sign"] * days)
        + charged("s3 writes", day["calls"]["s3.PutObject archive"] * days)
        + charged("dynamodb writes", day["amounts"]["write_units ledger"] * days)
        + charged("dynamodb reads", day["amounts"]["read_units ledger"] * days),
    }


@dataclass(frozen=True, slots=True)
class Month:
    """What the evidence of a month's jobs costs: ``stands`` whatever happens, ``written`` in that
    month, and ``kept`` in that month and in every one that follows.
    """

    records: float
    gb: float
    stands: float
    written: float
    kept: float

    def kept_after(self, years: int) -> float:
        """What is paid for keeping in the last of so many years' months, all of them like this."""
        return self.kept * 12 * years

    def altogether(self, years: int) -> float:
        """Everything that is paid in so many years; a month's storage is that of its end."""
        months = 12 * years
        return months * (self.stands + self.written) + self.kept * months * (months + 1) / 2


def month(counts: Counts, prices: Prices, load: Load) -> Month:
    """A month of so many jobs."""
    records = load.jobs * records_of_a_job(counts)
    checkpoints = DAYS * CHAINS
    daily = counts["records"]["checkpoint"]
    table_gb = checkpoints * bytes_in_the_table(daily) / GB
    archive_gb = checkpoints * daily[_ARCHIVE] / GB
    table_usd = sum(prices[name].usd for name in ("dynamodb storage", "dynamodb recovery"))
    kept, once = keeping(counts, prices), writing(counts, prices, load)
    return Month(
        records=records + checkpoints,
        gb=records * (kept[0].quantity + kept[-1].quantity) + table_gb + archive_gb,
        stands=sum(standing(counts, prices).values()),
        written=records * sum(cost.usd for cost in once),
        kept=records * sum(cost.usd for cost in kept)
        + table_gb * table_usd
        + archive_gb * prices["s3 storage"].usd,
    )

"""What a record costs as the section of docs/retention.md that says so."""

from collections.abc import Iterator, Mapping

from benchmarks.bill import GB, LOADS, Counts, Price
from benchmarks.bill_table import number, price_of, units, usd
from benchmarks.counted_records import SIZES
from benchmarks.evidence_cost import (
    Prices,
    keeping,
    mean,
    month,
    records_of_a_job,
    standing,
    verifying,
    writing,
)

YEARS = (1, 3, 7)
"""After how long it is told what keeping costs; the last is what many rules ask for."""


def evidence_section(counts: Counts, prices: Prices, *, looked_up: str) -> list[str]:
    """Markdown, line by line."""
    return [
        *_opening(counts, prices, looked_up),
        "",
        *_sizes_table(counts),
        "",
        *_price_table(counts, prices),
        "",
        *_standing_lines(counts, prices),
        "",
        *_month_table(counts, prices),
        "",
        *_reading(counts, prices),
    ]


def _opening(counts: Counts, prices: Prices, looked_up: str) -> Iterator[str]:
    records = records_of_a_job(counts)
    once = 1_000 * sum(cost.usd for cost in writing(counts, prices, LOADS[0]))
    yearly = 12_000 * sum(cost.usd for cost in keeping(counts, prices))
    last = YEARS[-1]
    yield (
        f"**1,000 records cost {_cents(once)} US dollars to write, sign and archive, and "
        f"{_cents(yearly)} a year to keep. A job makes {number(records)} records**, so 1,000 jobs "
        f"cost {usd(once * records)} and {usd(yearly * records)} a year, which is "
        f"{usd((once + last * yearly) * records)} with {last} years of keeping. By the list "
        f"prices of us-east-1, looked up on {looked_up} "
        "([prices.json](../benchmarks/prices.json)), without what AWS gives free; quantities were "
        "counted while the functions ran against local servers "
        "([operations.md](operations.md#what-it-costs) says with which jobs)."
    )


def _sizes_table(counts: Counts) -> Iterator[str]:
    often = {"checkpoint": "one a day", "configuration": "one a change"}
    yield (
        "| record | a job | write units | entry, bytes | link and seal | in indexes | "
        "envelope in the archive |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|"
    kinds = counts["records"]
    for kind, each in sorted(kinds.items(), key=lambda item: item[0] in often):
        yield _row(kind, often.get(kind) or number(each["a_job"]), each)
    means = {name: mean(counts, name) for name in ("write_units", *SIZES)}
    records = records_of_a_job(counts)
    yield _row("**mean of a job's**", "", means)
    whole = {name: size * records for name, size in means.items()}
    yield _row("**all of a job's**", number(records), whole)


def _row(what: str, often: str, record: Mapping[str, float]) -> str:
    sizes = " | ".join(f"{record[name]:,.0f}" for name in SIZES)
    return f"| {what} | {often} | {number(record['write_units'])} | {sizes} |"


def _price_table(counts: Counts, prices: Prices) -> Iterator[str]:
    many, records = 1_000, records_of_a_job(counts)
    once, kept = writing(counts, prices, LOADS[0]), keeping(counts, prices)
    yield "| | a record | price, USD | 1,000 records | 1,000 jobs |"
    yield "|---|---:|---|---:|---:|"
    for cost in once:
        yield _priced(cost.what, number(cost.quantity), cost.price, many * cost.usd, records)
    total = many * sum(cost.usd for cost in once)
    yield f"| **once** | | | **{_cents(total)}** | **{_cents(total * records)}** |"
    for cost in kept:
        quantity = f"{cost.quantity * GB:,.0f} bytes"
        what = f"{cost.what}, a year"
        yield _priced(what, quantity, cost.price, 12 * many * cost.usd, records)
    total = 12 * many * sum(cost.usd for cost in kept)
    yield f"| **every year** | | | **{_cents(total)}** | **{_cents(total * records)}** |"


def _priced(what: str, quantity: str, price: Price, total: float, records: float) -> str:
    told = f"{price_of(price)} / {units(price)}"
    return f"| {what} | {quantity} | {told} | {_cents(total)} | {_cents(total * records)} |"


def _standing_lines(counts: Counts, prices: Prices) -> Iterator[str]:
    parts = standing(counts, prices)
    listed = ", ".join(f"{what} {usd(each)}" for what, each in parts.items())
    yield (
        f"**A month in which nothing is recorded costs {usd(sum(parts.values()))}**: {listed}. "
        "Metrics and alarms may be inside what is free in every account."
    )


def _month_table(counts: Counts, prices: Prices) -> Iterator[str]:
    months = [month(counts, prices, load) for load in LOADS]
    yield f"| jobs a month | {' | '.join(f'{load.jobs:,}' for load in LOADS)} |"
    yield "|---|" + "---:|" * len(LOADS)
    rows = {
        "records a month, with checkpoints": [f"{each.records:,.0f}" for each in months],
        "what stands there, USD a month": [usd(each.stands) for each in months],
        "writing, USD a month": [usd(each.written) for each in months],
    }
    for years in YEARS:
        after = "a year" if years == 1 else f"{years} years"
        rows[f"keeping, USD a month, after {after}"] = [
            usd(each.kept_after(years)) for each in months
        ]
    last = YEARS[-1]
    rows[f"kept by then ({last} years), GB"] = [number(12 * last * each.gb) for each in months]
    rows[f"**{last} years altogether, USD**"] = [
        f"**{usd(each.altogether(last))}**" for each in months
    ]
    for what, cells in rows.items():
        yield f"| {what} | {' | '.join(cells)} |"


def _reading(counts: Counts, prices: Prices) -> Iterator[str]:
    verified = sum(cost.usd for cost in verifying(counts, prices))
    calls = counts["sealer, a job alone"]["calls"]
    records = records_of_a_job(counts)
    runs = calls["dynamodb.Query ledger"]
    yield (
        "**The calls for a record** are four: one TransactWriteItems (entry, link, head, and a "
        "look at the entry before), one Sign, one PutObject, one UpdateItem that keeps the seal. "
        "The write units of the first table are the transaction's; the seal takes one more. "
        f"A run of the sealer that finds records adds a Query, a BatchGetItem and an UpdateItem of "
        f"its mark; the {number(records)} records of a job alone come in {number(runs)} runs. "
        "Sizes are as DynamoDB counts them, 100 bytes for each item and each copy in an index "
        "included; a body is compressed in the table and is plain in the envelope. What the check "
        "function reads, its own time, and that of the sealer's processor are in "
        "[operations.md](operations.md#what-it-costs). No price list that was read has a charge "
        f"for Object Lock. **To verify** a million records costs {usd(1e6 * verified)}. "
        "`python benchmarks/monthly_cost.py --write` writes this section."
    )


def _cents(value: float) -> str:
    """To a tenth of a cent, where that says something."""
    if value >= 1:
        return usd(value)
    return f"{value:.3f}" if value >= 0.0005 else "<0.001"

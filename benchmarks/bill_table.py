"""The bill as the section of docs/operations.md that says what a month costs."""

import math
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.bill import (
    ALARMS,
    CALL_S,
    COLD_AFTER_MIN,
    LEDGER_MONTHS,
    LOADS,
    MINUTES,
    OUTCOMES,
    PAGE_MONTHS,
    POLLS,
    SLACK_S,
    START_S,
    VCPU,
    VERDICTS,
    Counts,
    Line,
    Price,
    bill,
    listing,
)

_PARTS = {
    "idle sweep": "a sweep",
    "idle seal": "an idle run of the sealer",
    "watcher, a job alone": "watcher, a job alone",
    "watcher, a job in a crowd": "watcher, a job of 100,000",
    "check function, a job": "check, a job",
    "sealer, a job alone": "sealer, a job alone",
    "sealer, a job in a crowd": "sealer, a job of 100,000",
    "sealer, a day's checkpoint": "a day's checkpoint",
    "sealer, a start": "a start of the sealer",
}


def cost_section(counts: Counts, prices: Mapping[str, Price], *, looked_up: str) -> list[str]:
    """Markdown, line by line."""
    bills = [bill(counts, load, prices) for load in LOADS]
    return [
        *_opening(bills, looked_up),
        "",
        *_bill_table(bills),
        "",
        *_reading(counts, bills),
        "",
        *_calls_table(counts),
        "",
        *_listing_lines(counts, prices),
        "",
        *_assumptions(counts),
    ]


def _opening(bills: Sequence[Sequence[Line]], looked_up: str) -> Iterator[str]:
    totals = [usd(sum(line.usd for line in lines)) for lines in bills]
    after = [usd(sum(line.usd_after_free for line in lines)) for lines in bills]
    yield (
        f"In US dollars a month at 10, 1,000 and 100,000 jobs a month: **{totals[0]}, {totals[1]} "
        f"and {totals[2]}** by list price, and {after[0]}, {after[1]} and {after[2]} where nothing "
        "else in the account uses what AWS gives free in every month. Quantities come from calls "
        "that were counted while the functions ran against local servers; prices are those of "
        f"us-east-1, looked up on {looked_up} in stored copies of public pages, some of them "
        "older ([prices.json](../benchmarks/prices.json) says which, and is the file to put your "
        "own prices in)."
    )


def _bill_table(bills: Sequence[Sequence[Line]]) -> Iterator[str]:
    heads = [f"{load.jobs:,}" for load in LOADS]
    yield f"| | price, USD | a month | a minute | a job | {' | '.join(heads)} |"
    yield "|---|---|---|---|---|" + "---:|" * len(heads)
    for lines in zip(*bills, strict=True):
        first, last = lines[0], lines[-1]
        month = _both(lines[0].month, last.month)
        price = f"{price_of(first.price)} / {units(first.price)}"
        counted = f"{month} | {number(first.minute)} | {_both(first.job, last.job)}"
        cells = " | ".join(usd(line.usd) for line in lines)
        yield f"| {first.what} | {price} | {counted} | {cells} |"
    totals = [sum(line.usd for line in lines) for lines in bills]
    after = [sum(line.usd_after_free for line in lines) for lines in bills]
    yield f"| **list price** | | | | | {' | '.join(f'**{usd(total)}**' for total in totals)} |"
    saved = [usd(less - total) for less, total in zip(after, totals, strict=True)]
    yield f"| always free | | | | | {' | '.join(saved)} |"
    yield f"| **after that** | | | | | {' | '.join(f'**{usd(total)}**' for total in after)} |"


def _reading(counts: Counts, bills: Sequence[Sequence[Line]]) -> Iterator[str]:
    metrics = ", ".join(f"`{name}`" for name in counts["check function, a job"]["metrics"])
    yield (
        f"A column is *a month* + {MINUTES:,} × *a minute* + jobs × *a job*. Where two figures "
        "stand, the first is for 10 jobs and the second for 100,000: several jobs then share a "
        "save of the watcher's memory, a call to the bus and a look of the sealer, the memory is "
        "larger, and the check function is warm. Always free means the allowances that do not end "
        "after a year; offers for new accounts are left out."
    )
    yield ""
    yield (
        "What a little use costs is what stands there unused: the dashboard and the alarms (most "
        "of them free where the account has no others), two keys, the secret, and the metrics that "
        "the watcher and the sealer tell every minute. What much use costs is CloudWatch's answer "
        "about the P99, then the evidence (signatures, DynamoDB's writes and storage, the archive; "
        "[retention.md](retention.md#what-a-record-costs) has it by itself), the mails, the traces "
        f"and the logs. The metrics of the check function that the counted jobs made: {metrics}."
    )


def _calls_table(counts: Counts) -> Iterator[str]:
    yield "The calls that were counted:"
    yield ""
    yield f"| | {' | '.join(_PARTS.values())} |"
    yield "|---|" + "---:|" * len(_PARTS)
    parts = [counts[name]["calls"] for name in _PARTS]
    for call in sorted({call for part in parts for call in part}):
        cells = " | ".join(number(part.get(call, 0.0)) for part in parts)
        yield f"| {call} | {cells} |"


def _listing_lines(counts: Counts, prices: Mapping[str, Price]) -> Iterator[str]:
    load = LOADS[-1]
    ours, theirs = listing(counts, load.jobs, prices)
    yield (
        f"**A watcher that lists all jobs every time**, with {load.jobs:,} jobs in existence, "
        "which is after one such month, since jobs cannot be deleted: "
        f"{theirs.calls:,.0f} calls of List a month instead of {ours.calls:,.0f}. A call has no "
        f"price; what waits for it has: a sweep would take {theirs.seconds_each:.0f} seconds of "
        f"Lambda instead of {ours.seconds_each:.1f}, {theirs.gb_seconds:,.0f} GB-seconds a month "
        f"instead of {ours.gb_seconds:,.0f}, {usd(theirs.usd)} instead of {usd(ours.usd)} by "
        "list price, more with every month, and not every minute any more. That is without "
        "keeping what it saw. [performance.md](performance.md#a-sweep-of-the-watcher) measures "
        "the two."
    )


def _assumptions(counts: Counts) -> Iterator[str]:
    lives = counts["lives"]
    samples = ", ".join(lives["samples"])
    yield "What this rests on:"
    yield ""
    yield from (
        f"- **The jobs that were counted**: {samples} of `examples/jobs`, one of each, so a "
        "third pass, a third fail a policy and a third fail in SageMaker; two routes (Slack and "
        f"SNS); {lives['running_s'] / 60:.0f} minutes each; a trail that tells of each Create; "
        f"CloudWatch {lives['metrics_late_s'] / 60:.0f} minutes behind. The local SageMaker moves "
        "a job's LastModifiedTime at the beginning and the end of each benchmark, which costs the "
        "watcher a save; AWS does not say whether it does. A P99 costs four metrics for each "
        "recommendation.",
        "- **How long a run takes** is not measured in AWS: the processor time where it was "
        f"counted, on {VCPU:.2f} of a core; {CALL_S * 1000:.0f} ms for each call, {SLACK_S:g} s "
        f"for each call to Slack, {START_S:g} s for a start, and a start for every run that "
        f"comes more than {COLD_AFTER_MIN} minutes after the last. Starts of the watcher and of "
        "the sealer are left out.",
        f"- **Lambda's empty receives**: {POLLS:,} requests to the queue a month, which is the "
        "whole use of SQS at few jobs, and inside what is free.",
        f"- **Metrics that occur**: the watcher's three and the sealer's four always; {VERDICTS} "
        f"kinds of verdicts, {OUTCOMES} of deliveries and `TimeToVerdict`, each in as many hours "
        f"as there are jobs, at most. {ALARMS} alarms.",
        f"- **The ledger and the archive keep everything**: their storage is that of "
        f"{LEDGER_MONTHS} months, and grows by the same each month. DynamoDB charges a check in a "
        "transaction as a write, [measured elsewhere]"
        "(https://martinhicks.dev/articles/what-a-conditional-dynamodb-transaction-costs) for a "
        "small item; here, by the size of the item that is looked at, which is the most it can be.",
        "- **One writer at a time**: where several workers append to one chain at once, a "
        "transaction may be refused and tried again, and is charged each time, at most as if it "
        "had been taken. None of the counted runs met that; a checkpoint that follows the records "
        "of others does, once a day.",
        "- **One account and region**, so one chain. Each further one adds two calls and four "
        "read units to every run of the sealer, and a checkpoint a day.",
        f"- **Pages are kept** for {PAGE_MONTHS} months: their storage is what it is by then.",
        "- **The key of the topic** rotates once a year: a dollar a month more after the first "
        "rotation, and one more after the second. SNS and DynamoDB ask for a key once in five "
        "minutes, at most.",
        "- **Not in it**: the trail itself, data transfer (messages to Slack, within the 100 GB "
        "that are free), what people look at (Logs Insights, X-Ray, API calls from a desk), "
        "alarms that ring, retries, member accounts and further regions: each place adds its "
        "calls to every sweep, in the same run.",
    )
    yield ""
    yield (
        "`python benchmarks/monthly_cost.py` prints this section from "
        "[what was counted](../benchmarks/monthly_cost_counts.json) and the prices; `--count` "
        "counts again, `--write` puts it here."
    )


def units(price: Price) -> str:
    """What a price is for."""
    many = f"{price.per:,} {price.unit}"
    return many if price.per != 1 else price.unit.removesuffix("s")


def price_of(price: Price) -> str:
    """To the cent, or as far as it says something."""
    digits = f"{price.usd:.10f}".rstrip("0")
    return f"{price.usd:.2f}" if len(digits.partition(".")[2]) < 3 else digits


def _both(first: float, last: float) -> str:
    """The figure, or the two where they differ."""
    one, other = number(first), number(last)
    return one if one == other else f"{one} / {other}"


def number(value: float) -> str:
    """Three digits that say something; nothing for nothing."""
    if abs(value) < 1e-12:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 0.01:
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:.{1 - math.floor(math.log10(abs(value)))}f}"


def usd(value: float) -> str:
    """To the cent."""
    if 0 < abs(value) < 0.005:
        return "<0.01" if value > 0 else "-<0.01"
    return f"{value:,.2f}"

"""What a month costs: counted, priced, and told in docs/operations.md, all three of one mind."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from benchmarks.bill import LOADS, Line, Load, Price, bill, listing, read_prices
from benchmarks.call_counts import Call
from benchmarks.counted_lives import Lives, count
from benchmarks.local_deployment import BATCH_SIZE
from benchmarks.monthly_cost import COUNTS, main
from benchmarks.request_units import STORED_OVERHEAD, Meter, Used, item_bytes

from benchmarks import bill as assumed
from tests.deploy.template import properties, resources

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "idle sweep",
    "watcher, a job alone",
    "watcher, a job in a crowd",
    "check function, a job",
)
COMMITTED: Mapping[str, Any] = json.loads(COUNTS.read_text("utf-8"))
PRICES = read_prices()
METER_KEYS = {"ledger": ("stream", "position")}


def lines(load: Load) -> dict[str, Line]:
    return {line.what: line for line in bill(COMMITTED, load, PRICES)}


def item(size: int, position: int = 0) -> dict[str, dict[str, Any]]:
    """An item of exactly so many bytes."""
    key = {"stream": {"S": "job:a"}, "position": {"N": str(position)}}
    return {**key, "body": {"B": b"x" * (size - item_bytes(key) - len("body"))}}


def put(size: int, position: int = 0) -> Call:
    request = {"TableName": "ledger", "Item": item(size, position)}
    return Call("dynamodb", "PutItem", request, {}, 1)


def query(*sizes: int) -> Call:
    answer = {"Items": [item(size, position) for position, size in enumerate(sizes)]}
    return Call("dynamodb", "Query", {"TableName": "ledger"}, answer, 1)


# --- the page ----------------------------------------------------------------------------------


def test_the_page_tells_what_the_script_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """A stale page is worse than none; `--write` puts the new section there."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")

    assert main([]) == 0

    told = page.partition("<!-- cost table -->\n")[2].partition("<!-- /cost table -->")[0]
    assert told == capsys.readouterr().out
    assert told.count("\n") > 40


@pytest.mark.slow
def test_counting_again_gives_the_same_calls() -> None:
    """The committed counts are those of the code as it is; `--count` makes them anew."""
    again = json.loads(json.dumps(count(Lives())))

    assert again["lives"] == COMMITTED["lives"]
    for part in PARTS:
        now, then = again[part], COMMITTED[part]
        assert now["calls"] == then["calls"], part
        assert now["metrics"] == then["metrics"], part
        # Message ids are others each time, and so are the sizes of what they are compressed into.
        assert now["amounts"] == pytest.approx(then["amounts"], rel=0.03, abs=0.5), part
    assert again["list of all jobs"]["calls"] == COMMITTED["list of all jobs"]["calls"]


# --- the bill ----------------------------------------------------------------------------------


@pytest.mark.parametrize("load", LOADS, ids=lambda load: f"{load.jobs} jobs")
def test_every_line_is_month_and_sweeps_and_jobs(load: Load) -> None:
    """The columns follow from the three, by arithmetic and nothing else."""
    for line in lines(load).values():
        quantity = line.month + 43_200 * line.sweep + load.jobs * line.job

        assert line.quantity == pytest.approx(quantity)
        assert line.usd == pytest.approx(quantity / line.price.per * line.price.usd)
        assert 0 <= line.usd_after_free <= line.usd


def test_what_is_free_is_taken_off_the_quantity_and_never_below_nothing() -> None:
    """Ten are free: of twelve, two are charged; of eight, none."""
    price = Price("things", usd=3.0, per=1, free=10, source="", seen="")

    assert Line("twelve", price, 12, 0, 0, 0).usd_after_free == 6.0
    assert Line("eight", price, 8, 0, 0, 0).usd_after_free == 0.0


def test_every_price_is_used_and_says_where_it_comes_from() -> None:
    """By AWS's page, and by the copy that was read, with its date or that it has none."""
    used = {line.price for line in bill(COMMITTED, LOADS[0], PRICES)}

    assert used == set(PRICES.values())
    for price in PRICES.values():
        assert price.source.startswith("https://aws.amazon.com/")
        assert "https://" in price.seen
        assert "20" in price.seen or "undated" in price.seen


def test_the_queue_costs_lambdas_empty_receives_at_least() -> None:
    """Five connections ask three times a minute, whether anything comes or not."""
    assert lines(Load(1))["SQS, requests"].quantity == pytest.approx(5 * 3 * 43_200, rel=0.001)


def test_calls_and_runs_of_the_bill_are_those_that_were_counted() -> None:
    """From the counts file into the lines, and nowhere else."""
    check, idle = COMMITTED["check function, a job"], COMMITTED["idle sweep"]
    found = lines(LOADS[0])

    assert found["Lambda, runs"].job == check["amounts"]["runs"]
    assert found["Lambda, runs"].sweep == idle["amounts"]["runs"] == 1
    assert found["SNS, publishes"].job == check["calls"]["sns.Publish"]
    assert found["CloudWatch, P99 asked for"].job == check["amounts"]["metrics_asked"]
    assert found["EventBridge, own events"].job == 3  # PENDING, IN_PROGRESS and the end


def test_a_crowd_shares_saves_and_a_job_alone_does_not() -> None:
    """The column of 100,000 jobs is computed from a run with as many."""
    saves = "dynamodb.PutItem watch"
    alone, crowd = (COMMITTED[part]["calls"][saves] for part in PARTS[1:3])

    writes = [lines(load)["DynamoDB, writes"].job for load in LOADS]

    assert crowd < alone
    assert writes[0] == writes[1] > writes[2]


def test_a_function_that_seldom_runs_starts_anew_each_time() -> None:
    """Three seconds at half a gigabyte, for each of a job's runs."""
    seldom, often = (lines(Load(jobs))["Lambda, duration"].job for jobs in (10, 100_000))
    runs = COMMITTED["check function, a job"]["amounts"]["runs"]

    assert seldom - often == pytest.approx(runs * 3.0 * 0.5)


def test_a_metric_is_charged_for_the_hours_in_which_it_is_sent() -> None:
    """The watcher's three always; seven more for ten hours, or for all of the month."""
    metrics = [lines(load)["CloudWatch, custom metrics"].quantity for load in LOADS]

    assert metrics == pytest.approx([3 + 7 * 10 / 720, 10, 10])


def test_a_key_is_asked_for_once_in_five_minutes_at_most() -> None:
    """However many jobs there are: one user of one table, two of the other, and the topic."""
    requests = lines(Load(1_000_000, is_crowd=True))["KMS, requests"].quantity

    assert requests == 5 * 8_640


def test_listing_everything_is_a_page_for_every_hundred_jobs_each_minute() -> None:
    """And recgate lists once, or twice in a crowd."""
    ours, theirs = listing(COMMITTED, 100_000, PRICES)

    assert theirs.calls == 1_000 * 43_200
    assert ours.calls == pytest.approx(2 * 43_200)
    assert theirs.usd > 10 * ours.usd


# --- the template ------------------------------------------------------------------------------


def test_what_the_bill_assumes_of_the_template_is_so() -> None:
    """Whoever changes the template changes the bill."""
    for function in ("CheckFunction", "WatchFunction"):
        assert properties(function)["MemorySize"] == assumed.MEMORY_GB * 1024
        assert properties(function)["Architectures"] == ["arm64"]
        assert properties(function)["Tracing"] == "Active"
    assert properties("WatchSchedule")["ScheduleExpression"] == "rate(1 minute)"
    assert len(resources("AWS::CloudWatch::Alarm")) == assumed.ALARMS
    assert len(resources("AWS::CloudWatch::Dashboard")) == assumed.DASHBOARDS
    assert len(resources("AWS::KMS::Key")) == 1
    mapping = properties("CheckFunction")["Events"]["Notices"]["Properties"]
    assert mapping["BatchSize"] == BATCH_SIZE
    # With it, Lambda never asks with fewer than five connections.
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == 5


def test_the_dashboard_has_no_more_metrics_than_a_free_one() -> None:
    """Three dashboards of up to 50 metrics are free."""
    body = properties("Dashboard")["DashboardBody"]["Fn::Sub"]

    metrics = [
        metric
        for widget in json.loads(body)["widgets"]
        for metric in widget["properties"].get("metrics", [])
    ]

    assert 20 < len(metrics) <= 50


# --- request units -----------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "units"), [(100, 1), (1024, 1), (1025, 2), (10_240, 10)])
def test_a_write_is_a_unit_for_every_kilobyte(size: int, units: int) -> None:
    """Begun kilobytes count."""
    used = Meter(METER_KEYS).used(put(size))

    assert used == Used(write_units=units, stored_bytes=size + STORED_OVERHEAD)


def test_a_replaced_item_is_charged_by_the_larger_of_the_two() -> None:
    """And only its growth is stored, here less than nothing."""
    meter = Meter(METER_KEYS)
    meter.used(put(5_000))

    used = meter.used(put(100))

    assert used == Used(write_units=5, stored_bytes=-4_900)


def test_a_transaction_doubles_and_its_check_costs_what_it_looks_at() -> None:
    """As the ledger appends: the entry before must be there, the new one not."""
    meter = Meter(METER_KEYS)
    meter.used(put(3_000))
    key = {"stream": {"S": "job:a"}, "position": {"N": "0"}}
    parts = [
        {"ConditionCheck": {"TableName": "ledger", "Key": key}},
        {"Put": {"TableName": "ledger", "Item": item(1_500, position=1)}},
    ]

    used = meter.used(Call("dynamodb", "TransactWriteItems", {"TransactItems": parts}, {}, 1))

    assert used.write_units == 2 * 3 + 2 * 2


@pytest.mark.parametrize(
    ("sizes", "units"), [((), 1), ((4_096,), 1), ((4_097,), 2), ((3_000, 3_000), 2)]
)
def test_a_query_is_a_unit_for_every_four_kilobytes_of_all_that_it_finds(
    sizes: tuple[int, ...], units: int
) -> None:
    """Consistent reads; a query that finds nothing is charged, too."""
    assert Meter(METER_KEYS).used(query(*sizes)) == Used(read_units=units)


def test_a_decision_costs_a_write_unit_more_for_each_index_that_holds_it() -> None:
    """Whatever its size: an index holds its keys alone. Within a transaction, too."""
    found_by = {
        "decision_day": {"S": "2026-11-21"},
        "decision_id": {"S": "0123456789ab"},
        "recorded_at": {"S": "2026-11-21T06:32:00.000000+00:00"},
    }
    decision = {**item(3_000), **found_by}
    parts = [{"Put": {"TableName": "ledger", "Item": {**item(3_000, position=1), **found_by}}}]
    meter = Meter(METER_KEYS)

    alone = meter.used(
        Call("dynamodb", "PutItem", {"TableName": "ledger", "Item": decision}, {}, 1)
    )
    doubled = meter.used(Call("dynamodb", "TransactWriteItems", {"TransactItems": parts}, {}, 1))

    assert alone.write_units == 4 + 1 + 1
    assert doubled.write_units == 2 * 4 + 1 + 1
    assert alone.stored_bytes > item_bytes(decision) + 3 * STORED_OVERHEAD


def test_items_read_in_a_batch_are_charged_one_by_one() -> None:
    """Two of a kilobyte are two units, not one; a key that finds nothing is one."""
    keys: dict[str, Any] = {"ledger": {"Keys": [{}, {}, {}]}}
    found = {"Responses": {"ledger": [item(1_000), item(5_000)]}}

    used = Meter(METER_KEYS).used(
        Call("dynamodb", "BatchGetItem", {"RequestItems": keys}, found, 1)
    )

    assert used == Used(read_units=1 + 2 + 1)


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    """By the rules of DynamoDB's guide; numbers are about half a byte a digit, and one."""
    assert item_bytes({"ab": {"S": "größe"}}) == 2 + 7
    assert item_bytes({"n": {"N": "12345"}}) == 1 + 4
    assert item_bytes({"n": {"N": "0"}}) == 1 + 2
    assert item_bytes({"b": {"B": b"\x00" * 300}}) == 1 + 300


def test_a_call_whose_price_is_not_known_here_is_refused() -> None:
    """A new kind of call must not be free by mistake."""
    scan = Call("dynamodb", "Scan", {"TableName": "ledger"}, {}, 1)

    with pytest.raises(ValueError, match=r"not known what dynamodb\.Scan costs"):
        Meter(METER_KEYS).used(scan)

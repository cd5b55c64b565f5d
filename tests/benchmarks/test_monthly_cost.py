"""What a month and a record cost: counted, priced, and told in the docs, all three of one mind."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from benchmarks.bill import LOADS, Line, Load, Price, bill, listing, read_prices
from benchmarks.call_counts import Call
from benchmarks.counted_lives import Lives, count
from benchmarks.evidence_cost import (
    EVIDENCE_ALARMS,
    Month,
    bytes_in_the_table,
    keeping,
    month,
    records_of_a_job,
    standing,
    verifying,
    writing,
)
from benchmarks.local_deployment import BATCH_SIZE
from benchmarks.local_deployment_sealer import LOCK_DAYS
from benchmarks.monthly_cost import COUNTS, EVIDENCE, MONTH, main
from benchmarks.request_units import INDEXED, STORED_OVERHEAD, Meter, Used, item_bytes

from benchmarks import bill as assumed
from tests.deploy.template import FUNCTIONS, load_template, properties, resources

WATCHED = ("watcher, a job alone", "watcher, a job in a crowd")
SEALED = ("sealer, a job alone", "sealer, a job in a crowd")
PARTS = (
    "idle sweep",
    "idle seal",
    *WATCHED,
    "check function, a job",
    *SEALED,
    "sealer, a day's checkpoint",
    "sealer, a start",
    "verify, a record",
)
COMMITTED: Mapping[str, Any] = json.loads(COUNTS.read_text("utf-8"))
PRICES = read_prices()
CHECK, RECORDS = COMMITTED["check function, a job"], COMMITTED["records"]
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


@pytest.mark.parametrize(("page", "name"), [MONTH, EVIDENCE], ids=["month", "record"])
def test_the_page_tells_what_the_script_prints(
    page: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stale page is worse than none; `--write` puts the new section there."""
    assert main([]) == 0

    told = page.read_text("utf-8").partition(f"<!-- {name} -->\n")[2]
    told = told.partition(f"<!-- /{name} -->")[0]
    assert told in capsys.readouterr().out
    assert told.count("\n") > 30


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
    for kind, then in RECORDS.items():
        assert again["records"][kind] == pytest.approx(then, rel=0.03, abs=5.0), kind
    assert again["records"].keys() == RECORDS.keys()
    assert again["list of all jobs"]["calls"] == COMMITTED["list of all jobs"]["calls"]


# --- the bill ----------------------------------------------------------------------------------


@pytest.mark.parametrize("load", LOADS, ids=lambda load: f"{load.jobs} jobs")
def test_every_line_is_month_and_minutes_and_jobs(load: Load) -> None:
    """The columns follow from the three, by arithmetic and nothing else."""
    for line in lines(load).values():
        quantity = line.month + 43_200 * line.minute + load.jobs * line.job

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
    evidence = [*writing(COMMITTED, PRICES, LOADS[0]), *keeping(COMMITTED, PRICES)]
    evidence += verifying(COMMITTED, PRICES)
    used = {line.price for line in bill(COMMITTED, LOADS[0], PRICES)}
    used |= {cost.price for cost in evidence}

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
    seal, day = (COMMITTED[part] for part in (SEALED[0], "sealer, a day's checkpoint"))
    found = lines(LOADS[0])

    assert found["Lambda, runs"].job == CHECK["amounts"]["runs"]
    assert found["Lambda, runs"].minute == 2  # a sweep, and a run of the sealer
    assert found["SNS, publishes"].job == CHECK["calls"]["sns.Publish"]
    assert found["CloudWatch, P99 asked for"].job == CHECK["amounts"]["metrics_asked"]
    assert found["KMS, signatures"].job == seal["calls"]["kms.Sign"]
    assert found["KMS, signatures"].month == 30 * day["calls"]["kms.Sign"] == 30
    assert found["S3, records archived"].job == seal["calls"]["s3.PutObject archive"]
    assert found["S3, pages written"].job == CHECK["calls"]["s3.PutObject"] == 1
    assert found["EventBridge, own events"].job == 3  # PENDING, IN_PROGRESS and the end


def test_a_crowd_shares_saves_and_a_job_alone_does_not() -> None:
    """The column of 100,000 jobs is computed from a run with as many."""
    writes = [lines(load)["DynamoDB, writes"].job for load in LOADS]

    for shared, parts in {
        "dynamodb.PutItem watch": WATCHED,
        "dynamodb.UpdateItem ledger": SEALED,
        "dynamodb.Query ledger": SEALED,
    }.items():
        alone, crowd = (COMMITTED[part]["calls"][shared] for part in parts)
        assert crowd < alone
    assert writes[0] == writes[1] > writes[2]


def test_a_function_that_seldom_runs_starts_anew_each_time() -> None:
    """Three seconds at half a gigabyte, for each of a job's runs."""
    seldom, often = (lines(Load(jobs))["Lambda, duration"].job for jobs in (10, 100_000))

    assert seldom - often == pytest.approx(CHECK["amounts"]["runs"] * 3.0 * 0.5)


def test_a_metric_is_charged_for_the_hours_in_which_it_is_sent() -> None:
    """The watcher's three and the sealer's four always; seven more for ten hours, or for all."""
    metrics = [lines(load)["CloudWatch, custom metrics"].quantity for load in LOADS]

    assert metrics == pytest.approx([7 + 7 * 10 / 720, 14, 14])


def test_a_key_is_asked_for_once_in_five_minutes_at_most() -> None:
    """However many jobs there are: one user of one table, three of the other, and the topic."""
    requests = lines(Load(1_000_000, is_crowd=True))["KMS, requests"].quantity

    assert requests == 6 * 8_640


def test_listing_everything_is_a_page_for_every_hundred_jobs_each_minute() -> None:
    """And recgate lists once, or twice in a crowd."""
    ours, theirs = listing(COMMITTED, 100_000, PRICES)

    assert theirs.calls == 1_000 * 43_200
    assert ours.calls == pytest.approx(2 * 43_200)
    assert theirs.usd > 10 * ours.usd


# --- the template ------------------------------------------------------------------------------


def test_what_the_bill_assumes_of_the_template_is_so() -> None:
    """Whoever changes the template changes the bill."""
    for function in FUNCTIONS:
        assert properties(function)["MemorySize"] == assumed.MEMORY_GB * 1024
        assert properties(function)["Architectures"] == ["arm64"]
        assert properties(function)["Tracing"] == "Active"
    for schedule in ("WatchSchedule", "SealSchedule"):
        assert properties(schedule)["ScheduleExpression"] == "rate(1 minute)"
    alarms = resources("AWS::CloudWatch::Alarm")
    assert len(alarms) == assumed.ALARMS
    assert {f"{name}Alarm" for name in EVIDENCE_ALARMS} <= alarms.keys()
    assert len(resources("AWS::CloudWatch::Dashboard")) == assumed.DASHBOARDS
    assert resources("AWS::KMS::Key").keys() == {"NoticeKey", "EvidenceKey"}
    assert properties("EvidenceKey")["KeySpec"] == "ECC_NIST_P256"
    indexes = properties("LedgerTable")["GlobalSecondaryIndexes"]
    assert [index["KeySchema"][0]["AttributeName"] for index in indexes] == [*INDEXED]
    assert load_template()["Parameters"]["ArchiveDays"]["Default"] == LOCK_DAYS
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


def test_what_the_page_says_of_deletion_is_so_in_the_template() -> None:
    """Evidence outlives the stack, expires by no rule, and nobody but its owner can delete it."""
    evidence = ("LedgerTable", "EvidenceBucket", "EvidenceKey")
    for name in (*evidence, "ReportsBucket"):
        resource = load_template()["Resources"][name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain",) * 2
    table, archive = properties("LedgerTable"), properties("EvidenceBucket")
    statements = properties("EvidenceBucketPolicy")["PolicyDocument"]["Statement"]
    denied = {
        action
        for statement in statements
        if statement["Effect"] == "Deny" and "Condition" not in statement
        for action in statement["Action"]
    }

    assert table["DeletionProtectionEnabled"] is True
    # DynamoDB's 35 days, since no other number is given.
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert "TimeToLiveSpecification" not in table
    rules = archive["LifecycleConfiguration"]["Rules"]
    assert [set(rule) - {"Id", "Status"} for rule in rules] == [{"AbortIncompleteMultipartUpload"}]
    assert archive["ObjectLockConfiguration"]["Rule"]["DefaultRetention"].keys() == {"Mode", "Days"}
    assert denied >= {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention"}
    assert "s3:PutLifecycleConfiguration" not in denied  # the page says so
    assert properties("EvidenceKey")["PendingWindowInDays"] == 30


def test_no_role_of_recgate_deletes_from_the_ledger() -> None:
    """Nor from the archive; the watcher deletes from its own memory."""
    deleting = {
        (name, str(statement["Resource"]))
        for name in resources("AWS::IAM::Role")
        for policy in properties(name)["Policies"]
        for statement in policy.get("PolicyDocument", {}).get("Statement", [])
        for action in [statement["Action"]]
        if "Delete" in str(action) and "sqs:DeleteMessage" not in str(action)
    }

    assert len(deleting) == 1
    assert "WatchTable" in next(iter(deleting))[1]


# --- what a record costs -----------------------------------------------------------------------


@pytest.mark.parametrize("part", SEALED)
def test_every_record_of_a_job_is_signed_archived_and_marked_once(part: str) -> None:
    """As many of each call as there are records; the rest of the updates move the mark."""
    calls, records = COMMITTED[part]["calls"], records_of_a_job(COMMITTED)

    assert CHECK["calls"]["dynamodb.TransactWriteItems ledger"] == records == 7
    assert calls["kms.Sign"] == calls["s3.PutObject archive"] == records
    runs = calls["dynamodb.Query ledger"]
    assert calls["dynamodb.UpdateItem ledger"] == pytest.approx(records + runs, abs=0.001)


def test_the_kinds_of_records_add_up_to_what_the_functions_used() -> None:
    """Bytes in the table and in the archive, and write units: measured twice, in two ways."""
    seal = COMMITTED[SEALED[0]]["amounts"]
    kinds = [(kind["a_job"], kind) for kind in RECORDS.values()]
    stored = sum(often * bytes_in_the_table(kind) for often, kind in kinds)
    archived = sum(often * kind["envelope_bytes"] for often, kind in kinds)
    written = sum(often * kind["write_units"] for often, kind in kinds)

    both = CHECK["amounts"]["stored_bytes ledger"] + seal["stored_bytes ledger"]
    assert stored == pytest.approx(both, rel=0.001)
    assert archived == pytest.approx(seal["envelope_bytes"], rel=0.001)
    assert written == pytest.approx(CHECK["amounts"]["write_units ledger"], rel=0.001)


@pytest.mark.parametrize("load", LOADS, ids=lambda load: f"{load.jobs} jobs")
def test_the_evidence_of_a_month_is_what_the_bill_says_of_it(load: Load) -> None:
    """Two tables on two pages tell of one deployment."""
    found, month_usd = lines(load), month(COMMITTED, PRICES, load)
    of_jobs = (
        found["KMS, signatures"].usd
        + found["S3, records archived"].usd
        - 30 * (PRICES["signatures"].usd / 10_000 + PRICES["s3 writes"].usd / 1_000)
    )
    kept = sum(
        found[what].usd
        for what in (
            "DynamoDB, storage after a year",
            "DynamoDB, point-in-time recovery",
            "S3, archive after a year",
        )
    )

    signed = [cost.usd for cost in writing(COMMITTED, PRICES, load) if "DynamoDB" not in cost.what]
    assert 7 * load.jobs * sum(signed) == pytest.approx(of_jobs, abs=1e-9)
    # The entry of a checkpoint's own kind is a few bytes larger or smaller from day to day.
    assert month_usd.kept_after(1) == pytest.approx(kept, rel=0.01)


def test_what_stands_there_is_what_a_place_without_jobs_pays_more() -> None:
    """The lines of the bill for no jobs, as far as they are the evidence's."""
    parts = standing(COMMITTED, PRICES)
    idle = Line("reads", PRICES["dynamodb reads"], 0, 6, 0, 0).usd

    assert parts["the key"] == 1.0
    assert parts["four metrics"] == pytest.approx(1.2)
    assert parts["four alarms"] == pytest.approx(0.4)
    assert COMMITTED["idle seal"]["amounts"]["read_units ledger"] == 6
    assert parts["what it reads"] == pytest.approx(idle + 8_640 * 0.03 / 10_000)
    assert 0.04 + 43_200 * 5e-6 < parts["a run every minute"] < 0.5  # schedule, traces, the rest
    assert 0 < parts["a checkpoint a day"] < 0.005


def test_years_are_paid_for_month_by_month() -> None:
    """Each month writes its own records and keeps those of all before."""
    a_month = Month(records=1, gb=1, stands=3.0, written=2.0, kept=0.5)

    paid = sum(3.0 + 2.0 + number * 0.5 for number in range(1, 7 * 12 + 1))

    assert a_month.altogether(7) == pytest.approx(paid)
    assert a_month.kept_after(7) == 0.5 * 84


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
        "decision_model": {"S": "fraud-ranker/14"},
        "recorded_at": {"S": "2026-11-21T06:32:00.000000+00:00"},
    }
    decision = {**item(3_000), **found_by}
    parts = [{"Put": {"TableName": "ledger", "Item": {**item(3_000, position=1), **found_by}}}]
    meter = Meter(METER_KEYS)

    alone = meter.used(
        Call("dynamodb", "PutItem", {"TableName": "ledger", "Item": decision}, {}, 1)
    )
    doubled = meter.used(Call("dynamodb", "TransactWriteItems", {"TransactItems": parts}, {}, 1))

    assert alone.write_units == 4 + 1 + 1 + 1
    assert doubled.write_units == 2 * 4 + 1 + 1 + 1
    assert alone.stored_bytes > item_bytes(decision) + 4 * STORED_OVERHEAD


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


UPDATE: dict[str, Any] = {
    "TableName": "ledger",
    "Key": {"stream": {"S": "job:a"}, "position": {"N": "0"}},
    "UpdateExpression": "SET #seal = :seal",
    "ExpressionAttributeNames": {"#seal": "seal"},
    "ExpressionAttributeValues": {":seal": {"B": b"s" * 96}},
}


def test_an_update_is_charged_by_the_whole_item_and_grows_it() -> None:
    """As a seal beside a link: the second one changes nothing of its size."""
    meter = Meter(METER_KEYS)
    meter.used(put(1_000))

    first, again = (meter.used(Call("dynamodb", "UpdateItem", UPDATE, {}, 1)) for _ in range(2))

    assert first == Used(write_units=2, stored_bytes=100)
    assert again == Used(write_units=2)


def test_an_update_in_a_transaction_makes_an_item_that_is_not_there() -> None:
    """As the head of a chain, and the set of the chains' names."""
    meter = Meter(METER_KEYS)
    add = UPDATE | {
        "UpdateExpression": "ADD #names :names",
        "ExpressionAttributeNames": {"#names": "names"},
    }
    call = [
        Call(
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Update": add | {"ExpressionAttributeValues": {":names": names}}}]},
            {},
            1,
        )
        for names in ({"SS": ["here"]}, {"SS": ["there"]}, {"SS": ["here"]})
    ]

    first, second, third = map(meter.used, call)

    key = item_bytes(add["Key"])
    assert first == Used(write_units=2, stored_bytes=key + len("nameshere") + STORED_OVERHEAD)
    assert (second.stored_bytes, third.stored_bytes) == (len("there"), 0)


def test_a_refused_transaction_is_charged_and_changes_nothing() -> None:
    """Who lost the race for the end of a chain pays, too."""
    meter, refused = Meter(METER_KEYS), {"Error": {"Code": "TransactionCanceledException"}}
    parts = {"TransactItems": [{"Put": {"TableName": "ledger", "Item": item(1_500)}}]}

    lost = meter.used(Call("dynamodb", "TransactWriteItems", parts, refused, 1))

    assert lost == Used(write_units=4)
    assert meter.used(put(1_000)) == Used(write_units=1, stored_bytes=1_000 + STORED_OVERHEAD)


@pytest.mark.parametrize("expression", ["REMOVE #seal", "SET #seal = if_not_exists(#seal, :seal)"])
def test_an_update_that_is_not_understood_is_refused(expression: str) -> None:
    """What it makes of the item is not known, so neither is its price."""
    update = UPDATE | {"UpdateExpression": expression}

    with pytest.raises(ValueError, match="it is not known what"):
        Meter(METER_KEYS).used(Call("dynamodb", "UpdateItem", update, {}, 1))


@pytest.mark.parametrize("attribute", INDEXED)
def test_an_update_of_what_an_index_has_is_refused(attribute: str) -> None:
    """It writes the index, too, which nothing counted here does."""
    update = UPDATE | {"ExpressionAttributeNames": {"#seal": attribute}}

    with pytest.raises(ValueError, match="it is not known what"):
        Meter(METER_KEYS).used(Call("dynamodb", "UpdateItem", update, {}, 1))


def test_a_call_whose_price_is_not_known_here_is_refused() -> None:
    """A new kind of call must not be free by mistake."""
    restore = Call("dynamodb", "RestoreTableToPointInTime", {"TableName": "ledger"}, {}, 1)

    with pytest.raises(ValueError, match=r"not known what dynamodb\.RestoreTable"):
        Meter(METER_KEYS).used(restore)

"""The table over the archive reads what is archived, and the queries say what was decided."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.chain import chain_of
from recgate.domain.decision import Decision
from recgate.domain.decision_record import decision_record
from recgate.domain.link import link_from
from recgate.domain.policy import Policy
from recgate.domain.seal import archive_name
from recgate.domain.statement import Envelope, Signature, envelope_bytes, statement_bytes
from recgate.domain.waiver import Waiver
from recgate.ports import Entry, job_stream
from tests.builders import NOW, at_most, candidate, decision, snapshot, waiver
from tests.builders import policy as built_policy
from tests.deploy.athena_engine import DIALECT, answered, parsed
from tests.deploy.pages import code, page, rows, shell
from tests.deploy.template import ROOT, load_template, properties

QUERIES = sorted((ROOT / "examples/athena").glob("*.sql"))
SMALL = candidate("ml.c7g.xlarge", cost_per_hour_usd=0.174, latency_p99_ms=84.0)
DEAR = candidate("ml.p4d.24xlarge", cost_per_hour_usd=25.251, latency_p99_ms=31.0)
PROD = built_policy(at_most("max_cost_per_hour_usd", 1.5))
FINOPS = built_policy(at_most("max_cost_per_hour_usd", 30.0), name="finops")
ALLOWED = waiver(up_to=26.0)


def query(name: str) -> str:
    return (ROOT / f"examples/athena/{name}.sql").read_text("utf-8")


def made(
    name: str, *policies: Policy, model: str = "fraud-ranker", **changes: Any
) -> tuple[str, Decision]:
    """A decision on a job of that name about a model, with the job's stream."""
    account = "eu-west-1:111122223333"
    arn = f"arn:aws:sagemaker:{account}:inference-recommendations-job/{name}"
    package = f"arn:aws:sagemaker:{account}:model-package/{model}/14"
    rows = changes.pop("rows", (SMALL,))
    judged = snapshot(*rows, job_name=name, job_arn=arn, model_package_arn=package)
    return job_stream(arn), decision(judged, *(policies or (PROD,)), **changes)


def archived(*decisions: tuple[str, Decision, datetime]) -> list[bytes]:
    """What the archive holds of a ledger in which these decisions were recorded, and beside each
    of them a snapshot, in the streams of their jobs.
    """
    ledger = SqliteLedger(":memory:")
    positions: dict[str, int] = {}

    def append(stream: str, entry: Entry) -> None:
        ledger.append(stream, positions.get(stream, 0), entry)
        positions[stream] = positions.get(stream, 0) + 1

    try:
        for stream, each, at in decisions:
            append(stream, Entry("snapshot", each.snapshot.digest, at, {"schema": 1}))
            body = decision_record(each, effects=())
            append(stream, Entry("decision", f"{each.key[:40]}{at:%Y%m%d%H%M}", at, body))
        return [
            _envelope(ledger, link.document)
            for chain in ledger.chains()
            for link in ledger.links(chain)
        ]
    finally:
        ledger.close()


def _envelope(ledger: SqliteLedger, document: bytes) -> bytes:
    link = link_from(document)
    place = (link.stream, link.position)
    payload = statement_bytes(document, ledger.entries([place])[place].body)
    return envelope_bytes(Envelope(payload, Signature("a key", b"a signature")))


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00:00+00:00").astimezone(UTC)


# --- the table ---------------------------------------------------------------------------------


def columns() -> dict[str, str]:
    """The columns of the table by their names."""
    storage = properties("EvidenceTable")["TableInput"]["StorageDescriptor"]
    return {each["Name"]: each["Type"] for each in storage["Columns"]}


def test_the_columns_are_the_members_of_an_envelope() -> None:
    """Athena's names are in lower case, and its reader takes the envelope's so."""
    stream, one = made("a")
    (envelope, *_) = archived((stream, one, NOW))
    members = json.loads(envelope)

    assert list(columns()) == [name.lower() for name in members]
    assert envelope.count(b"\n") == 0  # one object, one line, one row
    assert columns()["signatures"] == "array<struct<keyid:string,sig:string>>"
    assert set(members["signatures"][0]) == {"keyid", "sig"}


def test_the_table_is_over_all_that_is_archived_and_nothing_else() -> None:
    """The folder in which the names of records begin."""
    storage = properties("EvidenceTable")["TableInput"]["StorageDescriptor"]
    name = archive_name(chain_of(job_stream("x"), "local"), 1)

    location = storage["Location"]["Fn::Sub"]

    assert location == "s3://${EvidenceBucket}/records/"
    assert name.startswith(location.removeprefix("s3://${EvidenceBucket}/"))


def test_results_are_not_locked_and_a_query_has_a_limit() -> None:
    """What lands in the archive is there for years; an open end is an open bill."""
    group = properties("EvidenceWorkGroup")["WorkGroupConfiguration"]
    output = group["ResultConfiguration"]["OutputLocation"]["Fn::Sub"]
    rules = properties("ReportsBucket")["LifecycleConfiguration"]["Rules"]
    prefix = output.removeprefix("s3://${ReportsBucket}/")

    assert output.startswith("s3://${ReportsBucket}/")
    assert [rule["ExpirationInDays"] for rule in rules if rule["Prefix"] == prefix] == [7]
    assert group["EnforceWorkGroupConfiguration"] is True
    assert group["BytesScannedCutoffPerQuery"] == 10 * 1024**3


def test_without_the_option_nothing_of_it_is_made() -> None:
    """Off unless somebody asks."""
    resources = load_template()["Resources"]
    conditional = {name for name, each in resources.items() if each.get("Condition") == "HasAthena"}

    assert conditional == {"EvidenceDatabase", "EvidenceTable", "EvidenceWorkGroup"}
    assert load_template()["Parameters"]["AthenaTable"]["Default"] == "DISABLED"


# --- the queries -------------------------------------------------------------------------------


def test_there_are_three_queries() -> None:
    """The tests below must have something to look at."""
    assert [path.stem for path in QUERIES] == ["approved", "decisions", "waivers"]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_query_is_one_that_athena_can_parse(path: Path) -> None:
    """One statement that reads; written in Athena's own words."""
    statement = parsed(path.read_text("utf-8"))

    assert isinstance(statement, exp.Select)
    assert not list(statement.find_all(exp.Insert, exp.Create, exp.Drop, exp.Delete))
    assert parsed(statement.sql(DIALECT)) == statement


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_query_names_tables_and_columns_that_there_are(path: Path) -> None:
    """Those of the template, and those that it makes itself: a name that is not there fails only
    when somebody pays for the query.
    """
    told = {properties("EvidenceTable")["TableInput"]["Name"]: set(columns())}

    for scope in traverse_scope(parsed(path.read_text("utf-8"))):
        known = {name: set(_names_of(source, told)) for name, source in scope.sources.items()}
        for column in scope.columns:
            of = known[column.table] if column.table else set().union(*known.values())
            assert column.name in of | _aliases(scope.expression), column.sql(DIALECT)


def _names_of(source: Any, tables: dict[str, set[str]]) -> Iterator[str]:
    if isinstance(source, exp.Table):
        yield from tables[source.name]
        return
    if isinstance(source.expression, exp.Unnest):
        yield from (each.name for each in source.expression.args["alias"].columns)
        return
    for name in source.expression.named_selects:
        if name != "*":
            yield name
    for star in source.expression.find_all(exp.Column):
        if isinstance(star.this, exp.Star):
            yield from _names_of(source.sources[star.table], tables)


def _aliases(select: Any) -> set[str]:
    """ORDER BY may say a name of the answer."""
    return set(select.named_selects)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_an_empty_archive_answers_nothing(path: Path) -> None:
    """And fails nothing."""
    asked = path.read_text("utf-8")

    assert answered(asked, [], ("m", "2027-01-01", "2026-01-01")[: asked.count("?")]) == []


def approved_in(envelopes: list[bytes], since: str, until: str, model: str = "fraud-ranker") -> Any:
    found = answered(query("approved"), envelopes, (model, until, since))
    return [(row["job"], row["policy"], row["instance_type"], row["usd_per_hour"]) for row in found]


def test_what_was_approved_is_told_with_its_configuration_and_price() -> None:
    """By each policy that judged it; of that model, in that time."""
    envelopes = archived(
        (*made("before"), on("2026-01-31")),
        (*made("a", PROD, FINOPS), on("2026-02-01")),
        (*made("dear", rows=(DEAR,)), on("2026-02-02")),
        (*made("another", model="tagger"), on("2026-02-03")),
        (*made("b"), on("2026-02-28")),
        (*made("after"), on("2026-03-01")),
    )

    found = approved_in(envelopes, "2026-02-01", "2026-03-01")

    assert found == [
        ("a", "finops", "ml.c7g.xlarge", "0.174"),
        ("a", "prod-realtime", "ml.c7g.xlarge", "0.174"),
        ("b", "prod-realtime", "ml.c7g.xlarge", "0.174"),
    ]


def test_what_was_closed_again_is_not_approved() -> None:
    """Unless that came only after the time that was asked for."""
    stream, opened = made("a")
    _, closed = made("a", rows=(DEAR,))
    envelopes = archived((stream, opened, on("2026-02-01")), (stream, closed, on("2026-02-20")))

    assert approved_in(envelopes, "2026-02-01", "2026-03-01") == []
    assert len(approved_in(envelopes, "2026-02-01", "2026-02-10")) == 1


def test_the_last_decision_of_a_job_is_the_last_of_its_stream() -> None:
    """Also where a clock went back."""
    stream, opened = made("a")
    _, closed = made("a", rows=(DEAR,))
    envelopes = archived((stream, opened, on("2026-02-20")), (stream, closed, on("2026-02-19")))

    assert approved_in(envelopes, "2026-02-01", "2026-03-01") == []


def test_jobs_are_counted_by_month_policy_and_verdict_with_what_they_cost() -> None:
    """A job that was judged again is one job, in the month of its last decision."""
    stream, first = made("again", rows=(DEAR,))
    _, last = made("again")
    envelopes = archived(
        (stream, first, on("2026-01-30")),
        (*made("a", PROD, FINOPS), on("2026-01-31")),
        (stream, last, on("2026-02-01")),
        (*made("b"), on("2026-02-02")),
        (*made("dear", rows=(DEAR,)), on("2026-02-03")),
    )

    found = [tuple(row.values()) for row in answered(query("decisions"), envelopes)]

    assert found == [
        ("2026-01", "finops", "PASS", 1, 0.174),
        ("2026-01", "prod-realtime", "PASS", 1, 0.174),
        ("2026-02", "prod-realtime", "FAIL", 1, None),
        ("2026-02", "prod-realtime", "PASS", 2, 0.348),
    ]


def waived(name: str, allowed: Waiver, **changes: Any) -> tuple[str, Decision]:
    return made(name, rows=(DEAR,), waivers=[allowed], **changes)


def test_every_use_of_a_waiver_is_told_with_who_approved_it_and_until_when() -> None:
    """One that was there and changed nothing is no use; one that was judged again is told."""
    stream, first = waived("fraud-ranker-a", ALLOWED)
    _, last = made("fraud-ranker-a")
    unused = made("fraud-ranker-b", waivers=[ALLOWED])
    asked = waived("fraud-ranker-c", replace(ALLOWED, id="W-2", expires=date(2027, 1, 31)))
    envelopes = archived(
        (stream, first, on("2026-02-01")),
        (*unused, on("2026-02-02")),
        (stream, last, on("2026-02-03")),
        (*asked, on("2026-02-04")),
    )

    found = answered(query("waivers"), envelopes)

    assert [(row["job"], row["waiver"], row["superseded"]) for row in found] == [
        ("fraud-ranker-a", "W-2026-014", 1),
        ("fraud-ranker-c", "W-2", 0),
    ]
    told = found[1]
    assert told["approved_by"] == "finops-lead@example.com"
    assert told["requested_by"] == "dana@example.com"
    assert told["expires"] == "2027-01-31"
    assert told["up_to"] == "26.0"
    assert (told["verdict"], told["without_waivers"]) == ("WAIVED", "FAIL")
    assert told["gate"] == "open"


def test_foreign_bytes_in_the_archive_do_not_stop_the_others() -> None:
    """An envelope about something else is no decision."""
    stranger = envelope_bytes(Envelope(b"[]", Signature("", b"")))
    envelopes = [stranger, *archived((*made("a"), on("2026-02-01")))]

    assert len(approved_in(envelopes, "2026-02-01", "2026-02-01T23")) == 1
    assert len(answered(query("decisions"), envelopes)) == 1


def test_a_day_later_is_a_day_later() -> None:
    """Times are texts of one form, in UTC, so that they can be compared as texts."""
    at = on("2026-02-01")
    envelopes = archived((*made("a"), at))
    (row,) = answered(query("approved"), envelopes, ("fraud-ranker", "2027", "2026"))

    assert row["recorded_at"] == at.isoformat(timespec="microseconds")
    assert row["recorded_at"] < (at + timedelta(days=1)).date().isoformat()


# --- the page ----------------------------------------------------------------------------------


def test_the_page_names_every_query_and_every_column() -> None:
    """docs/athena.md."""
    text = page("athena.md")

    for path in QUERIES:
        assert f"examples/athena/{path.name}" in text
    assert [code(name)[0] for name, _ in rows(text, "column")] == list(columns())


def test_the_parameters_on_the_page_are_as_many_as_the_query_has() -> None:
    """Athena refuses a query with too few or too many."""
    commands = shell(page("athena.md")).replace("\\\n", " ")
    asked = {
        found[1]: re.findall(r"""'\\?'[^']+'\\?'|"'[^']+'\"""", found[2])
        for found in re.finditer(r"file://examples/athena/(\w+)\.sql(.*)", commands)
    }

    assert set(asked) == {path.stem for path in QUERIES}
    for name, parameters in asked.items():
        assert len(parameters) == query(name).count("?"), name

"""The page for an auditor says what was approved, by whom, on which numbers, and if it stands."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.audit_report import AuditReport
from recgate.domain.canonical import canonical_json
from recgate.domain.decision import Decision
from recgate.domain.decision_record import decision_record
from recgate.domain.model_wanted import model_wanted
from recgate.domain.verdict import Verdict
from recgate.domain.verification import ChainState, Flaw, FlawKind, Verification
from recgate.flows.evidence.report import audit_report
from recgate.flows.evidence.whole_record import Records
from recgate.ports import Entry, job_stream
from recgate.rendering.evidence.report.page import audit_page
from recgate.rendering.report.document import CONTENT_SECURITY_POLICY
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.rendering.decisions import HOSTILE, decisions
from tests.rendering.page_check import PageCheck
from tests.rendering.parsed_page import Page

SCRIPT = "<script>alert(1)</script>"
LATER = NOW + timedelta(hours=2)
GROUPS = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/"
CHAIN = "111122223333/eu-west-1"
INTACT = Verification(
    (ChainState(CHAIN, 42, 42, 42, "ab" * 32, NOW, LATER, NOW, replayed=7, adopted=3),), ()
)
EDITED = Flaw(FlawKind.EDITED, CHAIN, 17, "the ledger x.db", "another body", "decision 3535 of job")
UNSEALED = Flaw(FlawKind.UNSEALED, CHAIN, 42, "the ledger x.db", "not signed since 10:00")
CLOCK = Flaw(FlawKind.CLOCK, CHAIN, 5, "the ledger x.db", "five minutes earlier than #4")


def spoiled(body: Any) -> Any:
    """The record with something hostile in the place of every text that people write."""
    if isinstance(body, dict):
        people = {"reason", "approved_by", "requested_by", "owner", "file", "missing", "rule"}
        return {
            name: HOSTILE + SCRIPT if name in people else spoiled(value)
            for name, value in body.items()
        }
    return [spoiled(each) for each in body] if isinstance(body, list) else body


def report_of(
    made: dict[str, Decision],
    verification: Verification = INTACT,
    spoil: Callable[[Any], Any] = lambda body: body,
) -> AuditReport:
    """A report about these decisions, one job for each."""
    with SqliteLedger(":memory:") as ledger:
        for name, decision in made.items():
            body = spoil(decision_record(decision, effects=("slack",)))
            entry = Entry("decision", decision.key, decision.decided_at, body)
            ledger.append(job_stream(f"{decision.snapshot.job_arn}-{name}"), 0, entry)
        return audit_report(
            Records("x.db", ledger, ledger, ledger),
            model=None,
            about="All models",
            command="recgate audit report --ledger x.db",
            since=NOW - timedelta(days=3),
            until=None,
            verification=verification,
            now=LATER,
        )


def spoken(text: str) -> str:
    """A text as it is read: white space is one space."""
    return " ".join(text.split())


@pytest.fixture(scope="module")
def everything() -> AuditReport:
    """A report about every kind of decision."""
    return report_of(decisions())


def test_the_page_is_sound_and_asks_nobody_for_anything(everything: AuditReport) -> None:
    """Tags are balanced, ids are unique, headings go down one step at a time, tables are named;
    no script, no address to fetch.
    """
    html = audit_page(everything)

    page, check = Page(html), PageCheck()
    check.feed(html)
    assert check.unbalanced == []
    assert check.asks == []
    assert "script" not in check.tags
    assert CONTENT_SECURITY_POLICY in html.replace("&#x27;", "'")
    ids = [tag.attributes["id"] for tag in page.tags if "id" in tag.attributes]
    assert len(ids) == len(set(ids))
    levels = [int(tag.name[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag.name)]
    assert levels[0] == 1
    assert all(1 < after <= before + 1 for before, after in pairwise(levels))
    assert all(table.caption for table in page.tables)
    assert all(len(row) == len(table.headings) for table in page.tables for row in table.rows)


def test_every_decision_of_the_time_is_listed(everything: AuditReport) -> None:
    """Whatever the verdict, by its key."""
    listed = spoken(Page(audit_page(everything)).texts["decisions"])

    made = decisions().values()
    assert len(everything.decisions) == len(made)
    assert all(each.key[:12] in listed for each in made)


def test_an_approval_tells_everything_that_it_rests_on() -> None:
    """Configuration, numbers, policy and revision, people, waivers, record and digests."""
    made = decisions()["waived"]

    report = report_of({"waived": made})

    (approval,) = report.in_force
    said = spoken(Page(audit_page(report)).texts[f"decision-{made.key[:12]}"])
    (judgement,) = made.evaluation.judgements
    (waiver,) = judgement.used_waivers
    record = report.record_of(approval.decision)
    assert record is not None
    assert record.chained is not None
    chosen = approval.decision.configuration
    assert chosen is not None
    for each in (
        chosen.words,
        chosen.recommendation_id,
        str(made.snapshot.model_package_arn),
        f"revision {judgement.policy.digest}",
        "max_cost_per_hour_usd",
        "WAIVED",
        waiver.id,
        waiver.approved_by,
        waiver.reason,
        made.key,
        made.snapshot.digest,
        record.chained.id,
        record.chained.body_digest,
        f"{record.chained.chain}#{record.chained.sequence}",
        "not signed yet",
    ):
        assert spoken(each) in said


def test_the_measured_numbers_stand_beside_what_was_demanded() -> None:
    """With their source, and the figure as it was reported."""
    made = decisions()["warn"]

    said = Page(audit_page(report_of({"warn": made})))

    (limits,) = (each for each in said.tables if each.caption.startswith("Policy prod-realtime"))
    (row,) = limits.rows
    assert row[:4] == [
        "max_cost_per_hour_usd",
        "$1.222",
        "≤ $1.50, ≤ $1.00 (warning)",
        "WARN",
    ]
    assert "SageMaker" in row[4]


def test_what_is_decided_on_and_not_approved_is_named() -> None:
    """A model whose last word is no is not left out, and the reason is said."""
    made = decisions()["fail"]

    report = report_of({"fail": made})

    said = spoken(Page(audit_page(report)).texts["approved"])
    assert report.in_force == ()
    assert "Nothing is approved." in said
    assert "nothing is approved: fraud-ranker v14: FAIL at" in said
    assert "(prod-realtime: max_cost_per_hour_usd)" in said


@pytest.mark.parametrize(
    ("verification", "said", "colour"),
    [
        (INTACT, "INTACT", "good"),
        (replace(INTACT, flaws=(CLOCK,)), "INTACT", "good"),
        (replace(INTACT, flaws=(UNSEALED,)), "NOT COMPLETE", "warn"),
        (replace(INTACT, flaws=(UNSEALED, EDITED)), "TAMPERED WITH", "bad"),
    ],
)
def test_the_state_of_the_chain_stands_at_the_top(
    verification: Verification, said: str, colour: str
) -> None:
    """In a word, with every flaw by name below."""
    page = Page(audit_page(report_of({"pass": decisions()["pass"]}, verification)))

    (header,) = (tag for tag in page.tags if tag.name == "header")
    evidence = spoken(page.texts["evidence"])
    assert header.attributes["class"] == colour
    assert said in spoken(page.texts[""])
    assert evidence.startswith(f"State of the evidence {said}")
    for flaw in verification.flaws:
        assert f"{CHAIN}#{flaw.sequence} {flaw.kind.value}" in evidence
        assert flaw.what in evidence
    assert "3 adopted later" in evidence
    assert "ab" * 32 in evidence


def test_no_more_is_shown_than_a_page_can_hold() -> None:
    """And what is left out is counted."""
    flaws = tuple(replace(EDITED, sequence=n) for n in range(250))

    html = audit_page(report_of({}, replace(INTACT, flaws=flaws)))

    assert "50 more flaws are not on this page." in html


def test_an_empty_ledger_makes_a_page_too() -> None:
    """Nothing was decided: that is an answer."""
    page = Page(audit_page(report_of({}, Verification((), ()))))

    assert "The ledger has no records." in page.texts["evidence"]
    assert "Nothing is approved." in page.texts["approved"]


def test_hostile_words_are_text() -> None:
    """Of a job, a caller, a waiver, a flaw: nothing of theirs is markup."""
    made = decisions()["waived"]
    nasty = replace(made, snapshot=replace(made.snapshot, job_name="<img src=x onerror=alert(1)>"))
    flaw = replace(EDITED, what="<b onclick=x>", record='"><script>', chain="<i>")

    html = audit_page(report_of({"x": nasty}, replace(INTACT, flaws=(flaw,)), spoil=spoiled))

    check = PageCheck()
    check.feed(html)
    assert check.asks == []
    assert check.unbalanced == []
    assert {"script", "img", "b", "i"}.isdisjoint(check.tags)
    assert SCRIPT in check.text


def test_former_approvals_say_how_they_ended() -> None:
    """A later decision about the same job that closes the gate takes the approval away."""
    first, second = decisions()["pass"], decisions()["fail"]
    with SqliteLedger(":memory:") as ledger:
        for position, made in enumerate((first, second)):
            at = NOW + timedelta(minutes=position)
            entry = Entry("decision", made.key, at, decision_record(made, effects=()))
            ledger.append(job_stream("arn:job"), position, entry)
        report = audit_report(
            Records("x.db", ledger, ledger, ledger),
            model=None,
            about="All models",
            command="",
            since=datetime(2026, 1, 1, tzinfo=UTC),
            until=None,
            verification=INTACT,
            now=NOW + timedelta(hours=1),
        )

    said = spoken(Page(audit_page(report)).texts["former"])

    assert report.in_force == ()
    assert f"taken away, decision {second.key[:12]}: {Verdict.FAIL}" in said
    assert first.key[:12] in said


def report_on(ledger: SqliteLedger, **changes: Any) -> AuditReport:
    """A report on what a ledger holds, up to two hours from now."""
    asked: dict[str, Any] = {"model": None, "since": NOW - timedelta(days=3), "until": None}
    return audit_report(
        Records("x.db", ledger, ledger, ledger),
        about="",
        command="",
        verification=INTACT,
        now=LATER,
        **asked | changes,
    )


def bodies(made: Decision, count: int) -> Iterator[dict[str, Any]]:
    """The record of that decision about so many models."""
    text = canonical_json(decision_record(made, effects=("slack",))).decode()
    for number in range(count):
        body = json.loads(text)
        body["job"]["model_package_arn"] = f"{GROUPS}m{number:04}/1"
        yield body


def test_what_a_page_does_not_list_is_still_counted_and_every_approval_read() -> None:
    """Beyond 500 decisions: verdicts, waivers, policies and the records of what is in force."""
    waived, passed = decisions()["waived"], decisions()["pass"]
    with SqliteLedger(":memory:") as ledger:
        made = (*bodies(waived, 1), *islice(bodies(passed, 510), 1, None))
        for number, body in enumerate(made):
            at = NOW + timedelta(seconds=number)
            entry = Entry("decision", f"{number:064x}", at, body)
            ledger.append(job_stream(f"arn:{number}"), 0, entry)
        report = report_on(ledger)

    page = Page(audit_page(report))
    assert (len(report.decisions), report.left_out) == (500, 10)
    assert len(report.in_force) == 510
    assert all(report.record_of(each.decision) is not None for each in report.in_force)
    assert "510 decisions: 509 PASS, 1 WAIVED" in spoken(page.texts[""])
    (waiver,) = waived.evaluation.judgements[0].used_waivers
    assert waiver.id in page.texts["waivers"]
    assert "in no chain" not in spoken(page.texts["approved"])
    assert sum(each.decisions for each in report.tally.policies.values()) == 510


def test_what_was_not_read_is_said_and_nothing_is_claimed_of_it() -> None:
    """Not that it is in no chain, not that it is not signed, not that nobody was told."""
    made = decisions()["pass"]
    report = replace(report_of({"pass": made}), records={})

    page = Page(audit_page(report))

    told = spoken(page.texts[f"decision-{made.key[:12]}"])
    for claimed in ("in no chain", "not signed yet", "nobody"):
        assert claimed not in told + page.texts["approved"]
    assert told.count(f"not read here: recgate audit show {made.key[:12]}") == 3
    assert f"not read here: recgate audit show {made.key[:12]}" in page.texts["approved"]


class CountingLedger(SqliteLedger):
    """A ledger that counts how often a stream is read."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.reads: Counter[str] = Counter()

    def read(self, stream: str) -> Sequence[Entry]:
        self.reads[stream] += 1
        return super().read(stream)


def test_a_job_that_was_judged_many_times_is_read_once_for_its_records() -> None:
    """And who was told is asked for the approval in force alone."""
    (body,) = bodies(decisions()["pass"], 1)
    stream = job_stream("arn:job")
    with CountingLedger() as ledger:
        for number in range(20):
            at = NOW + timedelta(seconds=number)
            ledger.append(stream, number, Entry("decision", f"{number:064x}", at, body))
        ledger.reads.clear()
        report = report_on(ledger)

    assert len(report.records) == 20
    assert ledger.reads[stream] == 2  # once for what is approved, once for the records
    assert len(ledger.reads) == 2  # the other is that of the one delivery
    assert report.records[stream, f"{19:064x}"].later == ()


def test_a_waiver_is_held_to_the_day_that_the_page_is_about() -> None:
    """One that has ended since had not ended then."""
    made = decisions()["waived"]
    (waiver,) = made.evaluation.judgements[0].used_waivers
    report = report_of({"waived": made})
    after = datetime.combine(waiver.expires + timedelta(days=9), datetime.min.time(), UTC)

    then = replace(report, made_at=after, until=LATER)
    now = replace(report, made_at=after, until=after)

    assert "on a waiver that has ended" not in audit_page(then)
    assert "on a waiver that has ended" in audit_page(now)


def test_a_version_that_was_not_asked_for_is_not_shown_as_approved() -> None:
    """The one in force is named beside it."""
    report = report_of({"pass": decisions()["pass"]})

    other = replace(report, wanted=model_wanted("fraud-ranker/13"))
    same = replace(report, wanted=model_wanted("fraud-ranker/14"))

    assert (len(other.in_force), len(other.in_force_instead)) == (0, 1)
    assert (len(same.in_force), len(same.in_force_instead)) == (1, 0)
    assert "In force instead" not in audit_page(same)


def test_a_month_costs_the_same_wherever_it_stands() -> None:
    """In the table and in what the approval rests on."""
    rows = snapshot(candidate(cost_per_hour_usd=98.321412))
    held = policy(at_most("max_cost_per_hour_usd", 1_000.0))

    html = audit_page(report_of({"dear": decision(rows, held)}))

    assert set(re.findall(r"\$7[0-9,.]+", html)) == {"$71,774.62"}


@pytest.mark.parametrize("value", ["NaN", "inf", "-inf", "1e999", [], {"a": 1}, True])
def test_an_amount_that_is_no_number_ends_nothing(value: Any) -> None:
    """It is shown as it is recorded."""
    made = decisions()["warn"]

    def bent(body: Any) -> Any:
        body = json.loads(canonical_json(body))
        for judgement in body["judgements"]:
            for row in judgement["candidates"]:
                row["findings"] = [{**each, "value": value} for each in row["findings"]]
        return body

    assert "max_cost_per_hour_usd" in audit_page(report_of({"warn": made}, spoil=bent))

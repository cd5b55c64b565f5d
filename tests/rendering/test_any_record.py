"""Whatever stands in a record, everything that tells of it tells something."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from recgate.domain.approval import approvals
from recgate.domain.audit_report import AuditReport
from recgate.domain.canonical import canonical_json
from recgate.domain.decision_record import decision_record
from recgate.domain.decision_tally import DecisionTally
from recgate.domain.recorded_decision import recorded_decision
from recgate.domain.verification import Verification
from recgate.domain.whole_record import WholeRecord
from recgate.rendering.evidence.approved import approval_section, approved_document
from recgate.rendering.evidence.decision_export import export_lines
from recgate.rendering.evidence.decision_list import decision_cells, decisions_document
from recgate.rendering.evidence.decision_table import table_rows
from recgate.rendering.evidence.exact_json import exact_json
from recgate.rendering.evidence.record_document import record_document
from recgate.rendering.evidence.record_page import record_sections, record_title
from recgate.rendering.evidence.report.page import audit_page
from tests.builders import NOW
from tests.rendering.decisions import decisions

BODIES = [
    canonical_json(decision_record(each, effects=("slack",))) for each in decisions().values()
]
ODD: list[Any] = [
    *(None, True, 0, -1, 2**70, 1.5, "", "x", "1e308", "-1e308", "NaN", "inf", "9" * 5_000),
    *("\ud800", "\x1b[31m", "<script>", "=1+1", [], [[]], {}, {"a": 1}, ["x", 1, None, {}]),
    *("PASS", "WAIVED", "FAIL", "open", "all", "2026-11-22", "9999-12-31", "0001-01-01"),
    "arn:aws:sagemaker:eu-west-1:111122223333:model-package/a/" + "9" * 5_000,
]


def places(inside: Any) -> list[tuple[Any, Any]]:
    """Every place in a document: what holds it, and its key there."""
    keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
    found = [(inside, key) for key in keys]
    for key in keys:
        if isinstance(inside[key], dict | list):
            found += places(inside[key])
    return found


@settings(deadline=None, max_examples=150)
@given(
    body=st.sampled_from(BODIES),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(ODD)), max_size=6),
)
@example(body=b'{"n":NaN}', changes=[])
def test_no_record_is_so_odd_that_nothing_can_be_told_of_it(
    body: bytes, changes: list[tuple[int, Any]]
) -> None:
    """List, CSV, JSON, the record itself, what is approved, and the page for an auditor."""
    document = json.loads(body)
    for place, value in changes:
        every = places(document)
        if every:
            holder, key = every[place % len(every)]
            holder[key] = json.loads(json.dumps(value))
    # As it comes back from a ledger: what Python calls JSON.
    stored = json.dumps(document).encode()
    made = recorded_decision("job:x/y", "k" * 64, NOW, json.loads(stored))
    record = WholeRecord("job:x/y", 0, "decision", "k" * 64, NOW.isoformat(), stored, decision=made)
    found, today, tally = approvals([made]), NOW.date(), DecisionTally()
    tally.count(made)

    told = [
        *decision_cells(made),
        exact_json(decisions_document([made], looked={}, is_cut=False, today=today)),
        *table_rows(made),
        *export_lines([made], looked={}),
        record_title(record),
        exact_json(record_document(record)),
        exact_json(approved_document(found, today=today, wanted=None, looked={}, history=True)),
    ]
    shown = [
        *record_sections(record),
        *(approval_section(each, today, history=True) for each in found),
    ]
    about = ("x.db", "All models", "", NOW, None, NOW)
    read = {(record.stream, record.key): record}
    page = AuditReport(*about, found, (made,), tally, read, Verification((), ()))

    assert shown
    assert all(each.encode() is not None for each in (*told, audit_page(page)))

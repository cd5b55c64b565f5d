"""One record whole, in words: who it is, where it stands, what it says, what came of it."""

from collections.abc import Iterable, Iterator, Mapping

from recgate.domain.canonical import Json
from recgate.domain.link import sha256
from recgate.domain.loose_json import mapping_in, mappings_in
from recgate.domain.recorded_configuration import text_of
from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.whole_record import RecordedDelivery, WholeRecord
from recgate.rendering.evidence.decision_words import (
    ARN_LIMIT,
    joined,
    key_words,
    started_by,
    verdict_words,
    when,
)
from recgate.rendering.evidence.exact_json import exact_json
from recgate.rendering.evidence.record_result import result_sections
from recgate.rendering.explanation.parts import Grid, Line, Section
from recgate.rendering.safe_text import clean, clean_lines, cut
from recgate.rendering.words import NAME_LIMIT

_GRID = "record"
_LINES, _WIDE = 400, 400
"""So many lines of a body that is no decision's are shown, and so many characters of each."""

_SEAL_IT = "not yet: recgate audit seal (in AWS a function does it every minute)"

Row = tuple[str, str]


def record_title(record: WholeRecord) -> str:
    """What the record is, in a line."""
    made = record.decision
    if made is None:
        return f"{clean(record.kind, NAME_LIMIT)} {clean(record.key, NAME_LIMIT)}"
    return f"{verdict_words(made)} {clean(made.title, NAME_LIMIT)}"


def record_sections(record: WholeRecord) -> tuple[Section, ...]:
    """Everything that the record says, and what the ledger says of it."""
    made = record.decision
    return (
        *_troubles(record),
        _section("Identity", _identity(record)),
        _section("Seal", _seal(record)),
        *(_story(record, made) if made is not None else _body(record)),
    )


def _section(heading: str, rows: Iterable[Row]) -> Section:
    told = tuple((name, text) for name, text in rows if text)
    return Section(heading, (Grid(_GRID, told or (("–", "nothing"),)),))


def _troubles(record: WholeRecord) -> tuple[Section, ...]:
    lines = tuple(Line(clean(each, ARN_LIMIT), "FAIL", indent=1) for each in record.troubles)
    return (Section("This is not what was recorded", lines),) if lines else ()


def _identity(record: WholeRecord) -> Iterator[Row]:
    link = record.chained
    yield "kind", clean(record.kind, NAME_LIMIT)
    yield "key", clean(record.key, ARN_LIMIT)
    if link is not None:
        yield "record", clean(link.id, NAME_LIMIT)
        yield "place", f"{clean(link.chain, NAME_LIMIT)}#{link.sequence}"
    else:
        yield "place", f"in no chain: {clean(record.unchained_because, ARN_LIMIT)}"
    yield "recorded at", clean(record.recorded_at, NAME_LIMIT)
    if link is not None and link.adopted_at:
        yield "chained at", f"{clean(link.adopted_at, NAME_LIMIT)}; nothing vouches for it before"
    yield "ledger", f"entry {record.position} of {clean(record.stream, ARN_LIMIT)}"
    yield "body", f"sha256 {sha256(record.body)}"
    if record.link is not None:
        yield "link", f"sha256 {sha256(record.link)}"
    if link is not None:
        yield "previous", f"sha256 {clean(link.previous, NAME_LIMIT)}"


def _seal(record: WholeRecord) -> Iterator[Row]:
    seal = record.seal
    if seal is None:
        yield "signed", _SEAL_IT if record.chained else "no: what is in no chain is not signed"
        return
    yield "signed by", clean(seal.signature.key_id, ARN_LIMIT)
    at = clean(seal.sealed_at, NAME_LIMIT)
    yield "signed at", f"{at} (by the ledger's word: the signature does not cover it)" if at else ""
    yield "archived as", clean(seal.archived_as, ARN_LIMIT) or "nowhere: there was no archive"
    yield "version", clean(seal.version, ARN_LIMIT)


def _body(record: WholeRecord) -> Iterator[Section]:
    document = record.document
    if document is None:
        yield Section("Body", (Line("It is not JSON, and no version of recgate wrote it."),))
        return
    lines = exact_json(document).splitlines()
    more = f"… {len(lines) - _LINES:,} more lines (--output json)"
    yield Section(
        "Body",
        (
            *(Line(cut(line, _WIDE)) for line in lines[:_LINES]),
            *((Line(more, quiet=True),) if len(lines) > _LINES else ()),
        ),
    )


def _story(record: WholeRecord, made: RecordedDecision) -> Iterator[Section]:
    yield _section("What it is about", _subject(made))
    yield _section("Why it was judged", _trigger(made))
    yield _section("By which rules", _rules(made))
    yield from result_sections(made)
    yield _section("Who was told", _told(record))
    yield _section("Decided later about the same job", _later(record))


def _subject(made: RecordedDecision) -> Iterator[Row]:
    job, place = mapping_in(made.body.get("job")), mapping_in(made.body.get("snapshot"))
    yield "job", clean(made.job_arn or made.job_name, ARN_LIMIT)
    yield "status", joined(_texts(job, "status", "type"))
    yield "model", clean(made.package_arn or text_of(job.get("model_name")), ARN_LIMIT)
    yield "account", clean(made.account, NAME_LIMIT)
    yield "region", clean(made.region, NAME_LIMIT)
    yield "created at", clean(text_of(job.get("created_at")), NAME_LIMIT)
    yield "ended at", clean(text_of(job.get("ended_at")), NAME_LIMIT)
    tags = (f"{name}={value}" for name, value in sorted(made.tags.items()))
    yield "tags", clean(joined(tags), ARN_LIMIT)
    yield "failed because", clean_lines(text_of(job.get("failure_reason")), ARN_LIMIT)
    yield "snapshot", clean(text_of(made.body.get("snapshot_digest")), NAME_LIMIT)
    yield "snapshot at", joined(_texts(place, "stream", "key"))


def _trigger(made: RecordedDecision) -> Iterator[Row]:
    trigger = mapping_in(made.body.get("trigger"))
    yield "source", clean(text_of(trigger.get("source")), NAME_LIMIT)
    yield "event", joined(_texts(trigger, "event_id", "time"))
    yield "redrive of", clean(text_of(trigger.get("redrive_of")), NAME_LIMIT)
    yield "started by", started_by(made) or "not known"
    yield (
        "stopped by",
        clean(text_of(mapping_in(made.body.get("job")).get("stopped_by")), ARN_LIMIT),
    )


def _rules(made: RecordedDecision) -> Iterator[Row]:
    body, rules = made.body, mapping_in(made.body.get("rules"))
    for each in made.policies:
        file = f" of {clean(each.file, NAME_LIMIT)}" if each.file else ""
        digest = clean(each.digest, NAME_LIMIT)
        yield "policy", f"{clean(each.policy, NAME_LIMIT)}{file}, sha256 {digest}"
    for source in mappings_in(rules.get("files")):
        yield "file", joined(_texts(source, "file", "kind", "digest"))
    yield "revision", clean(_said(rules.get("revision")), ARN_LIMIT)
    yield "policies", clean(text_of(body.get("policies_digest")), NAME_LIMIT)
    yield "engine", clean(text_of(body.get("engine")), NAME_LIMIT)
    yield "judged on", clean(text_of(body.get("judged_on")), NAME_LIMIT)


def _told(record: WholeRecord) -> Iterator[Row]:
    for each in record.deliveries:
        yield clean(each.route, NAME_LIMIT), _delivery(each)
    if not record.deliveries and record.decision is not None:
        silent = text_of(record.decision.body.get("silent_because"))
        yield "nobody", clean(silent, ARN_LIMIT) or "nothing was sent, or not yet"


def _delivery(each: RecordedDelivery) -> str:
    tries = "1 attempt" if each.attempts == 1 else f"{each.attempts} attempts"
    words = (
        f"{each.state} {when(each.at)} UTC",
        f"receipt {each.receipt}" if each.receipt else "",
        tries,
        each.note,
        each.reason,
        f"record {each.place}" if each.place else "",
    )
    return joined(clean(word, ARN_LIMIT) for word in words)


def _later(record: WholeRecord) -> Iterator[Row]:
    for each in record.later:
        yield key_words(each), f"{verdict_words(each)}, {when(each.recorded_at)} UTC"
    if not record.later:
        yield "nothing", "this is the last one"


def _texts(owner: Mapping[str, Json], *names: str) -> Iterator[str]:
    return (clean(text_of(owner.get(name)), ARN_LIMIT) for name in names)


def _said(value: Json) -> str:
    """A value of which the kind is not promised."""
    return (
        "" if value is None else value if isinstance(value, str) else exact_json(value, indent=None)
    )

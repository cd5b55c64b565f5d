"""A waiver read back from the record of a decision."""

from datetime import date

from recgate.dialect.record_values import Record, figure_in, objects_in, text_in, texts_in
from recgate.domain.scope import Condition, Scope
from recgate.domain.waiver import Waiver


def waiver_in(record: Record) -> Waiver:
    """The waiver that `recgate.domain.waiver_record` wrote.

    Raises LookupError, TypeError or ValueError for what it cannot have written.
    """
    return Waiver(
        id=text_in(record["id"]),
        policy=text_in(record["policy"]),
        limit=text_in(record["limit"]),
        scope=Scope(
            tuple(
                Condition(text_in(each["key"]), texts_in(each, "patterns"))
                for each in objects_in(record, "only_for")
            )
        ),
        reason=text_in(record["reason"]),
        requested_by=text_in(record["requested_by"]),
        approved_by=text_in(record["approved_by"]),
        starts=date.fromisoformat(text_in(record["starts"])),
        expires=date.fromisoformat(text_in(record["expires"])),
        digest=text_in(record["digest"]),
        up_to=figure_in(record.get("up_to")),
        down_to=figure_in(record.get("down_to")),
        allow=frozenset(texts_in(record, "allow") if "allow" in record else ()),
    )

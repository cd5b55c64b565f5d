"""What a decision's record says of the rules and of its snapshot's place, read back."""

from recgate.dialect.record_values import Record, objects_in, text_in
from recgate.domain.decision import SnapshotPlace
from recgate.domain.rules import RuleKind, Rules, RuleSource


def rules_in(record: Record) -> Rules | None:
    """The rules that `recgate.domain.configuration_record.rules_record` named, without what they
    say; None in a record of a version that named none.

    Raises LookupError, TypeError or ValueError for what it cannot have written.
    """
    if "rules" not in record:
        return None
    (rules,) = objects_in({"rules": [record["rules"]]}, "rules")
    return Rules(
        tuple(
            RuleSource(
                text_in(each["file"]),
                RuleKind(text_in(each["kind"])),
                text_in(each.get("digest", "")),
            )
            for each in objects_in(rules, "files")
        ),
        text_in(rules["revision"]),
    )


def snapshot_place_in(record: Record) -> SnapshotPlace | None:
    """Where the record says that the snapshot lies; None if it does not say. Raises as above."""
    if "snapshot" not in record:
        return None
    (place,) = objects_in({"snapshot": [record["snapshot"]]}, "snapshot")
    return SnapshotPlace(text_in(place["stream"]), text_in(place["key"]))

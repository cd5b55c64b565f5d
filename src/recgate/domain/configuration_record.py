"""The rules in force as the ledger keeps them: beside each decision, and whole when they change."""

from collections.abc import Iterable
from dataclasses import replace

from recgate.domain.canonical import Json, digest
from recgate.domain.decision import ENGINE
from recgate.domain.rules import Rules, RuleSource

RECORD_SCHEMA = 1
"""Of the record of a configuration. A reader refuses what is newer."""

TOO_LARGE = "the texts of all files are too large for one record"
"""Why a record of a configuration holds no text."""


def rules_record(rules: Rules) -> dict[str, Json]:
    """The rules as a decision's record names them: each file by its digest.

    ``recgate.dialect.recorded_rules`` reads it back.
    """
    return {
        "files": [_named(source) for source in rules.files],
        "revision": rules.revision,
        "engine": ENGINE,
    }


def configuration_record(rules: Rules) -> dict[str, Json]:
    """The body of the ledger entry of a configuration: what the files say, as far as it is kept."""
    return {
        "schema": RECORD_SCHEMA,
        "files": [_kept(source) for source in rules.files],
        "revision": rules.revision,
        "engine": ENGINE,
        "problems": list(rules.problems),
    }


def without_texts(rules: Rules) -> Rules:
    """The rules without what the files say; each file that had a text says why it has none."""
    return replace(
        rules,
        files=tuple(
            replace(source, text=None, left_out=TOO_LARGE) if source.text is not None else source
            for source in rules.files
        ),
    )


def configuration_key(rules: Rules) -> str:
    """What makes it the same configuration: the files, the revision, the engine, the mistakes.

    A text that is left out makes no other configuration: the file's digest stands for it.
    """
    problems: Iterable[Json] = rules.problems
    return digest({**rules_record(rules), "problems": list(problems)})


def _named(source: RuleSource) -> dict[str, Json]:
    named: dict[str, Json] = {"file": source.file, "kind": source.kind.value}
    return named | ({"digest": source.digest} if source.digest else {})


def _kept(source: RuleSource) -> dict[str, Json]:
    said = _named(source)
    if source.text is not None:
        said["text"] = source.text
    if source.left_out:
        said["left_out"] = source.left_out
    return said

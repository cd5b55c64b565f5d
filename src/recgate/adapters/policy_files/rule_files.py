"""What a record keeps of the files that were read: their digests, and what may be kept of them."""

import re
from pathlib import Path as FilePath
from pathlib import PurePath

from recgate.adapters.policy_files.source_text import MAX_BYTES
from recgate.dialect.mistake import without_secrets
from recgate.domain.link import sha256
from recgate.domain.rules import RuleKind, RuleSource
from recgate.ports import PolicyProblem

REVISION = FilePath(__file__).parents[2] / "revision.txt"
"""Written into the package by src/Makefile when it is built; in a checkout it is not there."""

_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@]+:[^/\s@]+@"
)
"""What no policy has a use for: an AWS access key, a private key, a password in a URL."""

_NO_REVISION = re.compile(r"[^\w.+/-]")


def rule_source(file: str, kind: RuleKind, content: bytes | None) -> RuleSource:
    """The file of that name with these bytes, None for one that was not read.

    Its text is kept if it is one of people for people: never that of routes, and none in which
    something has the shape of a secret.
    """
    if content is None or len(content) > MAX_BYTES:
        return RuleSource(file, kind, "", left_out="it was not read whole")
    digest = sha256(content)
    if kind is RuleKind.ROUTES:
        return RuleSource(file, kind, digest, left_out="the destinations of routes are not kept")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return RuleSource(file, kind, digest, left_out="it is not UTF-8")
    if _SECRET.search(text) or without_secrets(text) != text:
        return RuleSource(file, kind, digest, left_out="something in it looks like a secret")
    return RuleSource(file, kind, digest, text)


def inside(folder: FilePath, problem: PolicyProblem) -> str:
    """A problem in words, its file named as it is inside the folder: a record says nothing of the
    machine that it was made on.
    """
    is_folder = problem.file == folder.as_posix()
    return str(
        PolicyProblem(
            "." if is_folder else PurePath(problem.file).name,
            problem.line,
            problem.column,
            problem.path,
            problem.message,
        )
    )


def packaged_revision(path: FilePath = REVISION) -> str:
    """The revision that the package was built from; empty where nobody wrote it down."""
    try:
        written = path.read_text("ascii", "replace").strip()
    except OSError:  # a checkout, or a package that was built otherwise
        return ""
    return _NO_REVISION.sub("", written)[:100]

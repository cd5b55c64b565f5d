"""What a YAML parser complains of, in words that a policy owner understands. Pure."""

_SYNTAX = (
    ("mapping values are not allowed", "a second colon on one line, or a wrong indentation"),
    ("could not find expected ':'", "a key without its colon"),
    ("cannot start any token", "a character that cannot begin a value: quote the value"),
    ("did not find expected key", "an indentation that fits nothing above"),
    ("did not find expected '-'", "an indentation that fits nothing above"),
    ("expected <block end>", "an indentation that fits nothing above"),
    ("node content", "a value is missing, or a bracket is not closed"),
    ("unknown escape character", "a backslash in double quotes: use single quotes"),
)
"""The parsers' words (libyaml's, and PyYAML's own) and ours."""

_NOT_CLOSED = (
    ("unexpected end of stream", "a quote that is not closed"),
    ("',' or ']'", "a list that is not closed with ], or lacks a comma"),
    ("',' or '}'", "a mapping that is not closed with }, or lacks a comma"),
)
"""What is best told where it was opened: the parser's context."""


def syntax_words(problem: str) -> tuple[str, bool]:
    """The problem in our words, or its own; and whether it is best told where it was opened."""
    for theirs, ours in _NOT_CLOSED:
        if theirs in problem:
            return ours, True
    return next((ours for theirs, ours in _SYNTAX if theirs in problem), problem), False

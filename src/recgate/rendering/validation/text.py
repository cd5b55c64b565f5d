"""For a terminal: one mistake a line, which an editor can jump to."""

from collections.abc import Iterator

from recgate.rendering.safe_text import clean
from recgate.rendering.validation.result import Validation, counted, placed, told

_LINE = 1000


def text_lines(validation: Validation) -> Iterator[str]:
    """The lines, a summary last."""
    for problem in validation.problems:
        yield f"{clean(placed(problem), _LINE)}: {clean(told(problem), _LINE)}"
    files = counted(len(validation.files), "file")
    if not validation.problems:
        yield f"{files}, no mistake"
        return
    mistakes = counted(len(validation.problems), "mistake")
    yield f"{files}, {mistakes} in {counted(validation.broken_files, 'file')}"

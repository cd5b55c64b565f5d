"""The pages about decisions in a folder."""

from pathlib import Path

from recgate.domain.decision import Decision
from recgate.domain.telling import Telling
from recgate.rendering.report.names import report_file_name
from recgate.rendering.report.page import report_page
from recgate.telling_ports import ReportUnavailable
from recgate.written_whole import written_whole


class FolderReports:
    """Implements `recgate.telling_ports.Reports` with one file for each decision.

    The folder is made when the first page is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, decision: Decision) -> str:
        """Write the page, over the one that is there if need be. Raises ReportUnavailable."""
        path = self._folder / report_file_name(decision)
        write_page(path, report_page(Telling(decision)))
        return path.resolve().as_uri()


def write_page(path: Path, page: str) -> None:
    """Write a page whole or not at all; a reader never sees half of it.

    Raises ReportUnavailable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as file:
            file.write(page.encode())
    except OSError as problem:
        raise ReportUnavailable(
            f"The page was not written to {path}: {problem.strerror or type(problem).__name__}. "
            "Name a folder that there is room in and that may be written to."
        ) from problem

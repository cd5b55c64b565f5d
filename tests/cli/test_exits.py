"""Exit codes."""

import pytest

from recgate.cli.exits import exit_code
from recgate.domain.verdict import Verdict


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_its_exit_code(verdict: Verdict) -> None:
    """0 opens, 2 could not judge, and everything else, words to come included, keeps closed."""
    opens = {Verdict.PASS, Verdict.WARN, Verdict.WAIVED}

    assert exit_code(verdict) == (0 if verdict in opens else 2 if verdict is Verdict.ERROR else 1)

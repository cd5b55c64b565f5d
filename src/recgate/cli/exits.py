"""Exit codes, the same for every command."""

from recgate.domain.verdict import Verdict

GATE_OPEN = 0
GATE_CLOSED = 1
COULD_NOT_JUDGE = 2
INTERRUPTED = 130
"""What a shell gives a command that Ctrl-C ended."""


def exit_code(verdict: Verdict) -> int:
    """0 when the gate is open, 1 when it is closed, 2 when nothing could be judged."""
    if verdict is Verdict.ERROR:
        return COULD_NOT_JUDGE
    return GATE_OPEN if verdict.opens_gate else GATE_CLOSED

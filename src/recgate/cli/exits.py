"""Exit codes, the same for every command: yes, no, or no answer."""

from recgate.domain.verdict import Verdict

FINE = 0
"""The answer is yes: policies are valid, tests pass, nothing is missing, the gate is open."""
NOT_FINE = 1
"""The answer is no: there are mistakes, a test fails, something is missing, the gate is closed."""
COULD_NOT_TELL = 2
"""There is no answer: a wrong option, a file or service that cannot be read, a fault of ours."""

GATE_OPEN = FINE
GATE_CLOSED = NOT_FINE
COULD_NOT_JUDGE = COULD_NOT_TELL
INTERRUPTED = 130
"""What a shell gives a command that Ctrl-C ended."""
PIPE_CLOSED = 141
"""What a shell gives a command whose reader had enough: it is neither yes nor no."""


def exit_code(verdict: Verdict) -> int:
    """0 when the gate is open, 1 when it is closed, 2 when nothing could be judged."""
    if verdict is Verdict.ERROR:
        return COULD_NOT_JUDGE
    return GATE_OPEN if verdict.opens_gate else GATE_CLOSED

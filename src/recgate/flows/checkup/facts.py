"""What the adapters find out for the checkup, as it is: no opinion on it yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from recgate.ports import RecgateError


class CannotLook(RecgateError):
    """Nobody could say how a thing is; ``remedy`` is what would let it be told."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class NotThere(RecgateError):
    """The service says that there is no such thing."""


class CallerProblem(StrEnum):
    """Why nobody knows who is asking."""

    NONE = "none"
    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as STS says. ``problem`` is why it does not, ``said`` the service's word."""

    arn: str = ""
    account: str = ""
    problem: CallerProblem | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack: its resources by logical id, its parameters and outputs by name."""

    name: str
    region: str
    account: str
    status: str
    resources: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function. ``environment`` None: Lambda did not tell it; ``why`` is its word for a state."""

    name: str
    arn: str
    role_arn: str
    state: str
    last_update: str
    environment: Mapping[str, str] | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Poller:
    """An event source mapping: what hands a queue's messages to a function."""

    id: str
    state: str
    queue_arn: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule sends events, and where those go that are not taken.

    ``is_rewritten``: another text than the event itself is sent.
    """

    arn: str
    dead_letter_arn: str = ""
    is_rewritten: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """An event rule."""

    name: str
    bus: str
    state: str
    pattern: Any
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule of EventBridge Scheduler. ``target`` is as its API has it."""

    name: str
    state: str
    expression: str
    target: Mapping[str, Any]
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Sweeps:
    """What CloudWatch counted of the last ``minutes``: runs, failed runs, and the last age of the
    watermark (seconds; None: no sweep told one) with its time.
    """

    minutes: int
    runs: int
    errors: int
    age_s: float | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue. ``dead_letter_arn`` is where what is given up goes, '' where nothing is.

    ``visibility_s`` are the seconds in which nobody else gets a message that somebody took,
    ``policy`` the document that says who may send, None where there is none.
    """

    name: str
    waiting: int
    dead_letter_arn: str = ""
    url: str = ""
    visibility_s: int = 0
    policy: Any = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its indexes, each with its status."""

    name: str
    status: str
    indexes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A KMS key: what it is for, of which kind, and its state in KMS's words."""

    arn: str
    spec: str
    usage: str
    state: str


@dataclass(frozen=True, slots=True)
class Archive:
    """A bucket of signed records. ``mode`` is that of its default lock, '' where there is none."""

    bucket: str
    mode: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class SealedChain:
    """One chain of the ledger: how many links there are and how many of them, in order, are
    sealed; when the first of the others was recorded, and the day of the newest checkpoint.
    """

    chain: str
    records: int
    sealed: int
    waiting_since: datetime | None = None
    checkpoint: date | None = None


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail. ``is_logging`` and ``logs_writes`` (of management events) are None where the
    question was refused.
    """

    name: str
    arn: str
    region: str
    is_multi_region: bool
    is_logging: bool | None = None
    logs_writes: bool | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm. ``actions`` are what it does when it rings."""

    name: str
    state: str
    description: str = ""
    rings: bool = True
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Simulated:
    """What IAM makes of one action on one resource.

    ``missing_keys`` are condition keys that a policy asks for and the simulation was not told:
    with them, the answer may be another one.
    """

    action: str
    resource: str
    is_allowed: bool
    missing_keys: tuple[str, ...] = ()

"""What a change of the policies is: of what, of which key, and what it can do to a gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from recgate.domain.policy_change_detail import Detail


class Bearing(StrEnum):
    """What a change, taken alone, can do to the gate of some job."""

    LOOSER = "looser"
    """It can open a gate that was closed, and closes none."""
    EITHER = "either"
    """It can open one and close another."""
    TIGHTER = "tighter"
    """It can close a gate that was open, and opens none."""
    NONE = "none"

    @property
    def can_open(self) -> bool:
        """Whether a gate that was closed may open."""
        return self in (Bearing.LOOSER, Bearing.EITHER)

    @property
    def can_close(self) -> bool:
        """Whether a gate that was open may close."""
        return self in (Bearing.TIGHTER, Bearing.EITHER)


def bearing_of(*, opens: bool, closes: bool) -> Bearing:
    """The bearing of what can open gates, close gates, both or neither."""
    if opens:
        return Bearing.EITHER if closes else Bearing.LOOSER
    return Bearing.TIGHTER if closes else Bearing.NONE


class Touches(StrEnum):
    """What a change reaches, the gravest first."""

    GATE = "gate"
    VERDICT = "verdict"
    """The word of the verdict (PASS or WARN, FAIL or WOULD_FAIL), and no gate."""
    REGISTRY = "registry"
    TELLING = "telling"
    DESCRIPTION = "description"
    NOTHING = "nothing"
    """It is written, and no verdict, message or record can tell."""


class Of(StrEnum):
    """What is changed."""

    POLICY = "policy"
    WAIVER = "waiver"
    ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was.

    ``name`` is that of the policy, waiver or route (empty: the default routes); ``key`` the place
    in it, ``require.max_cost_per_hour_usd.fail``, empty for the whole.
    """

    of: Of
    name: str
    key: str
    detail: Detail
    bearing: Bearing
    touches: Touches


def gate_change(
    of: Of,
    name: str,
    key: str,
    detail: Detail,
    bearing: Bearing,
    *,
    else_touches: Touches = Touches.NOTHING,
) -> Change:
    """A change that reaches the gate, or, where its bearing is none, ``else_touches``."""
    touches = else_touches if bearing is Bearing.NONE else Touches.GATE
    return Change(of, name, key, detail, bearing, touches)


def other_change(of: Of, name: str, key: str, detail: Detail, touches: Touches) -> Change:
    """A change that moves no gate."""
    return Change(of, name, key, detail, Bearing.NONE, touches)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """What can open a gate first, then what can close one, then the rest, the gravest first."""
    bearings, touches, kinds = list(Bearing), list(Touches), list(Of)
    return tuple(
        sorted(
            changes,
            key=lambda change: (
                bearings.index(change.bearing),
                touches.index(change.touches),
                kinds.index(change.of),
                change.name,
            ),
        )
    )

"""How far the leading configuration is from each limit, as fields in two columns."""

from recgate.domain.verdict import Outcome
from recgate.rendering.headroom import Figure, Leading
from recgate.rendering.slack.parts import Block, Room, escaped, fields

FIELDS = 10
"""Fields in a section: https://docs.slack.dev/reference/block-kit/blocks/section-block."""

_NOT_REPORTED = "not reported"
_BROKEN = ":small_red_triangle: "
_BEYOND = (Outcome.FAIL, Outcome.WARN, Outcome.WAIVED)
_ENDS = {
    Outcome.WAIVED: ", waived",
    Outcome.WARN_MISSING: ", a warning only",
    Outcome.IGNORED: ", which the policy ignores",
}


def limit_fields(leading: Leading | None, room: Room) -> list[Block]:
    """The section of fields; nothing where no configuration leads or no limit has a number.

    Where there are more limits than fields, those that are broken or missing come first.
    """
    if leading is None or not leading.figures:
        return []
    figures, left = list(leading.figures), 0
    if len(figures) > FIELDS:
        figures.sort(key=lambda figure: -figure.outcome)
        left = len(figures) - FIELDS + 1
    texts = [
        _field(figure, room, bold=leading.complies or figure.is_miss)
        for figure in figures[: len(figures) - left]
    ]
    if left:
        texts.append(f"*{left} more limits*\nare not shown here")
    return [fields("limits", texts)]


def _field(figure: Figure, room: Room, *, bold: bool) -> str:
    label = escaped(figure.label, room.line).replace("*", "")
    return f"*{label}*\n{_said(figure, room, bold=bold)}"


def _said(figure: Figure, room: Room, *, bold: bool) -> str:
    """``$0.17 (limit $1.50, *-88%*)``; what is broken says so in words, too."""
    mark, end = (_BROKEN if figure.is_miss else ""), _ENDS.get(figure.outcome, "")
    bound, why = escaped(figure.bound, room.line), escaped(figure.missing, room.line)
    if not figure.value:
        known = why if figure.missing == _NOT_REPORTED else f"not known: {why}"
        wanted = f" ({bound})" if bound else ""
        return f"{mark}{known}{end}{wanted}"
    value = escaped(figure.value, room.line)
    if not bound:
        return f"{mark}{value}{end}"
    side = ""
    if figure.outcome in _BEYOND:
        side = "short of " if "minimum" in figure.bound else "over "
    far = f"*{figure.distance}*" if bold else figure.distance
    distance = f", {far}" if figure.distance else ""
    return f"{mark}{value} ({side}{bound}{distance}{end})"

"""What somebody answers about a new policy, read: from an option or at the terminal alike.

Every function raises ValueError with the reason in words, which is told with the option's name
or under the question.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal

from recgate.dialect.mistake import did_you_mean, quoted
from recgate.domain.candidate import EndpointKind
from recgate.domain.policy import Mode
from recgate.domain.reading import comparable
from recgate.rendering.new_policy.yaml_text import representable

NONE = ("none", "any", "-")
"""What stands for "no such condition" or "no such limit"."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_NAME_LIMIT = 64
_RESERVED = ("routes", "waivers")
"""Files of these names in the folder are something else."""

_FIGURE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_SHARE = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?) ?%")
_FAMILY = re.compile(r"[a-z][a-z0-9-]*[0-9][a-z0-9-]*")
_KEY_LIMIT, _TEXT_LIMIT, _OWNER_LIMIT = 128, 256, 200

Tags = Mapping[str, tuple[str, ...]]
When = tuple[Mode, date | None]


def name(text: str) -> str:
    """The id of a policy, by the rule of its schema."""
    if not _NAME.fullmatch(text) or len(text) > _NAME_LIMIT:
        raise ValueError(
            f"{quoted(text)} is no id: lower-case letters, digits, - and _, at most {_NAME_LIMIT}, "
            "such as prod-realtime"
        )
    if text in _RESERVED:
        raise ValueError(f"{text}.yaml is not a policy: choose another name")
    return text


def kind(text: str) -> EndpointKind:
    """Which recommendations: realtime or serverless."""
    if text not in [each.value for each in EndpointKind]:
        raise ValueError(f"{quoted(text)} is neither realtime nor serverless")
    return EndpointKind(text)


def tags(words: Iterable[str]) -> Tags:
    """``env=prod`` and ``env=production`` are two values of one tag, either of which will do."""
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        key, sign, value = word.strip().partition("=")
        if not sign or not key:
            raise ValueError(f"{quoted(word)} is no tag: KEY=VALUE is needed, such as env=prod")
        _check_text(key, _KEY_LIMIT)
        _check_text(value, _TEXT_LIMIT)
        found[key] = tuple(dict.fromkeys((*found.get(key, ()), value)))
    return found


def told_tags(text: str) -> Tags:
    """The tags in an answer: ``env=prod, env=production, team=ml``; empty for any."""
    return {} if text in NONE else tags(listed(text))


def patterns(text: str) -> tuple[str, ...]:
    """Names or globs in an answer, between commas; empty for any."""
    found = () if text in NONE else tuple(dict.fromkeys(listed(text)))
    for each in found:
        _check_text(each, _TEXT_LIMIT)
    return found


def families(text: str) -> tuple[str, ...]:
    """Instance families in an answer, between commas; empty for any."""
    found = patterns(text)
    for each in found:
        if not _FAMILY.fullmatch(each):
            said = "" if "." not in each else ", without the ml. and the size"
            raise ValueError(f"{quoted(each)} is no family: write it as c7g{said}")
    return found


def figure(text: str) -> float:
    """A figure of more than 0; six digits of it count."""
    if not _FIGURE.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no number: write it as 2.50, without a unit")
    value = comparable(float(text))
    if not value:
        raise ValueError("0 would let nothing pass, or everything: a limit is more than 0")
    return value


def told_figure(text: str) -> float | None:
    """A figure in an answer; None: no such limit."""
    return None if text in NONE else figure(text)


def share(text: str) -> float:
    """A headroom, as a share: 0.2 for ``20%``."""
    found = _SHARE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{quoted(text)} is no headroom: write it as 20%")
    return float(Decimal(found[1]) / 100)


def when(text: str, today: date) -> When:
    """``now``, ``observe``, or the day until which it only observes."""
    if text == "now":
        return Mode.ENFORCE, None
    if text == "observe":
        return Mode.OBSERVE, None
    try:
        day = date.fromisoformat(text)
    except ValueError as refusal:
        raise ValueError(
            f"{quoted(text)} is neither now, observe nor a day such as 2027-01-31"
        ) from refusal
    if day <= today:
        raise ValueError(f"{day.isoformat()} is not to come: say now, or a later day")
    return Mode.ENFORCE, day


def owner(text: str) -> str:
    """Whom to ask; empty for nobody."""
    if text in NONE:
        return ""
    _check_text(text, _OWNER_LIMIT)
    return text


def routes(names: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """Names of routes, each of them one of those that are known."""
    found = tuple(dict.fromkeys(names))
    for each in found:
        if each not in known:
            there_are = f"there are {', '.join(sorted(known))}" if known else "there are none"
            guess = did_you_mean(each, known) or f": {there_are}"
            raise ValueError(f"no route is named {quoted(each)}{guess}")
    return found


def listed(text: str) -> list[str]:
    """What stands between commas."""
    return [part for part in (each.strip() for each in text.split(",")) if part]


def _check_text(text: str, limit: int) -> None:
    if not representable(text):
        raise ValueError(f"{quoted(text)} holds a character that nobody can see")
    if len(text) > limit:
        raise ValueError(f"{quoted(text)} is longer than {limit} characters")

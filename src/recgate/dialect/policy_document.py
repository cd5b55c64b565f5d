"""A policy from its checked document: the language's meaning in the domain's types.

The document is plain data, as YAML or JSON give it, with days as ISO strings. It has passed
the schema and `recgate.dialect.policy_mistakes`; nothing here needs yaml or jsonschema, so a
folder that was checked when it was built can be read from JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from recgate.domain.candidate import EndpointKind
from recgate.domain.canonical import Json, digest
from recgate.domain.catalogue import JOB_LIMITS, NUMERIC_LIMITS, SET_LIMITS
from recgate.domain.job_limit import JobLimit, JobReader
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import ALL, Mode, Policy, Quantifier, RegistryAction
from recgate.domain.scope import Condition, Scope
from recgate.domain.set_limit import SetLimit

CompilePath = Callable[[str], JobReader]
"""Turns a JMESPath into a reader. Raises ValueError with the reason in words."""

SCOPE_LISTS = ("job_names", "model_package_groups", "regions", "accounts", "job_types")
"""The keys of ``applies_to`` that hold a list of patterns."""

Document = Mapping[str, Any]


def policy_from(document: Mapping[str, Json], file: str, compile_path: CompilePath) -> Policy:
    """The policy in a checked document; ``file`` is where it was read, for messages.

    Raises ValueError or KeyError for a document that was not checked and would make a gate
    that stands open.
    """
    read: Document = document
    on_missing = OnMissing(read.get("on_missing", OnMissing.FAIL))
    enforce_from = read.get("enforce_from")
    return Policy(
        name=read["policy"],
        limits=tuple(_limits(read["require"], on_missing, compile_path)),
        digest=digest(document),
        scope=scope_from(read.get("applies_to", {})),
        owner=read.get("owner", ""),
        description=read.get("description", ""),
        docs=read.get("docs", ""),
        candidates=_quantifier(read.get("candidates", "any")),
        on_missing=on_missing,
        mode=Mode(read.get("mode", Mode.ENFORCE)),
        enforce_from=None if enforce_from is None else date.fromisoformat(enforce_from),
        notify=tuple(read.get("notify", ())),
        on_pass=_registry_action(read.get("on_pass", {})),
        on_fail=_registry_action(read.get("on_fail", {})),
        file=file,
    )


def _quantifier(candidates: str | Document) -> Quantifier:
    if isinstance(candidates, str):
        return ALL if candidates == "all" else Quantifier(1)
    return Quantifier(int(candidates["at_least"]))


def _registry_action(effects: Document) -> RegistryAction:
    return RegistryAction(effects.get("registry", RegistryAction.NONE))


def scope_from(applies_to: Document) -> Scope:
    """The scope in ``applies_to``, or in the ``only_for`` of a waiver."""
    conditions: list[Condition] = []
    kind = applies_to.get("endpoint_kind", "any")
    for key, wanted in applies_to.items():
        if key == "tags":
            conditions += [
                Condition(f"tags.{name}", _patterns(values)) for name, values in wanted.items()
            ]
        elif key in SCOPE_LISTS:
            conditions.append(Condition(key, _patterns(wanted)))
    return Scope(tuple(conditions), None if kind == "any" else EndpointKind(kind))


def _patterns(wanted: str | Sequence[str]) -> tuple[str, ...]:
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


def _limits(require: Document, default: OnMissing, compile_path: CompilePath) -> list[Limit]:
    """The limits in the order in which they are written."""
    limits: list[Limit] = []
    for name, demand in require.items():
        if name in NUMERIC_LIMITS:
            limits.append(_numeric(name, demand, default))
        elif name in SET_LIMITS:
            limits.append(_set(name, demand, default))
        elif name == JOB_LIMITS:
            limits += [_job(rule, default, compile_path) for rule in demand]
        else:  # a limit that nobody judges would be a gate that stands open
            raise ValueError(f"require.{name}: no such limit")
    return limits


def _on_missing(demand: Document, default: OnMissing) -> OnMissing:
    return OnMissing(demand.get("on_missing", default))


def _numeric(name: str, demand: float | Document, default: OnMissing) -> NumericLimit:
    spec = NUMERIC_LIMITS[name]
    if not isinstance(demand, Mapping):
        return NumericLimit(spec, warn=None, fail=float(demand), on_missing=default)
    warn, fail = demand.get("warn"), demand.get("fail")
    if warn is None and fail is None:
        raise ValueError(f"require.{name}: needs warn, fail or both")
    return NumericLimit(
        spec,
        warn=None if warn is None else float(warn),
        fail=None if fail is None else float(fail),
        on_missing=_on_missing(demand, default),
    )


def _set(name: str, demand: Document, default: OnMissing) -> SetLimit:
    allow, deny = demand.get("allow"), demand.get("deny")
    if allow is None and deny is None:
        raise ValueError(f"require.{name}: needs allow, deny or both")
    return SetLimit(
        name,
        allow=None if allow is None else frozenset(allow),
        deny=frozenset(deny or ()),
        on_missing=_on_missing(demand, default),
    )


def _job(rule: Document, default: OnMissing, compile_path: CompilePath) -> JobLimit:
    path = rule["path"]
    return JobLimit(
        path=path,
        reason=rule.get("reason", ""),
        on_missing=_on_missing(rule, default),
        read=compile_path(path),
        present=rule.get("present"),
        one_of=tuple(rule.get("one_of", ())),
    )

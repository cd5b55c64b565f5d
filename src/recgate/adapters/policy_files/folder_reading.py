"""One pass over a folder of policies: its documents on one side, what is wrong on the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from recgate.adapters.policy_files.checked_file import CheckedFile, place_of
from recgate.adapters.policy_files.job_paths import compile_path
from recgate.adapters.policy_files.rule_files import inside, rule_source
from recgate.adapters.policy_files.waiver_file import read_waivers
from recgate.dialect.mistake import Mistake, Path
from recgate.dialect.policy_document import policy_from
from recgate.dialect.policy_mistakes import no_such_route, policy_mistakes, unknown_routes
from recgate.dialect.route_document import (
    default_routes_from,
    route_mistakes,
    route_names,
    routes_from,
)
from recgate.dialect.waiver_mistakes import LimitsByPolicy
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Route
from recgate.domain.rules import RuleKind, Rules
from recgate.domain.waiver import Waiver
from recgate.ports import PolicyProblem

if TYPE_CHECKING:
    from recgate.adapters.policy_files.strict_yaml import Source

POLICY_SCHEMA = "policy.v1.schema.json"
ROUTES_SCHEMA = "routes.v1.schema.json"

_ENDINGS = (".yaml", ".yml")


@dataclass(slots=True)
class FolderReading:
    """One pass over the folder: documents on one side, problems on the other."""

    folder: FilePath
    built_in_routes: Mapping[str, Route]
    default_routes: tuple[str, ...]
    problems: list[PolicyProblem] = field(default_factory=list)
    waiver_problems: list[PolicyProblem] = field(default_factory=list)
    policies: dict[str, CheckedFile] = field(default_factory=dict)
    routes: "Source | None" = None
    routes_known: bool = True
    """False when routes.yaml could not be read, so that no name can be called unknown."""
    waivers: tuple[Waiver, ...] = ()
    kinds: dict[str, RuleKind] = field(default_factory=dict)
    """Every file of the folder that counts, by its name, whether it was read or not."""
    contents: dict[str, bytes | None] = field(default_factory=dict)

    def read(self) -> None:
        """Read every file there is, and note every mistake in them."""
        files = self.names()
        if self.problems:
            return
        named: dict[RuleKind, list[str]] = {kind: [] for kind in RuleKind}
        for name in files:
            self.kinds[name] = kind = _kind(name)
            named[kind].append(name)
        for name in named[RuleKind.ROUTES][1:]:
            self._problem(name, f"routes are already in {named[RuleKind.ROUTES][0]}: keep one file")
        for name in named[RuleKind.WAIVERS][1:]:
            self._problem(
                name, f"waivers are already in {named[RuleKind.WAIVERS][0]}: keep one file"
            )
        for name in named[RuleKind.ROUTES][:1]:
            self._read_routes(name)
        for name in named[RuleKind.POLICY]:
            self._read_policy(name)
        if not named[RuleKind.POLICY]:
            self._problem("", "holds no policy: put a .yaml file there")
        self._check_names_across_files()
        self._check_default_routes()
        for name in named[RuleKind.WAIVERS][:1]:
            self._read_waivers(name)

    def rules(self, revision: str) -> Rules:
        """The files as they were read."""
        problems = sorted([*self.problems, *self.waiver_problems])
        return Rules(
            tuple(
                rule_source(name, kind, self.contents.get(name))
                for name, kind in self.kinds.items()
            ),
            revision,
            tuple(inside(self.folder, problem) for problem in problems),
        )

    def policy_set(self, rules: Rules) -> PolicySet:
        """The policies, for a folder in which nothing but waivers has a mistake."""
        routes = dict(self.built_in_routes)
        defaults: tuple[str, ...] | None = None
        if self.routes is not None:
            written: Any = self.routes.value
            routes |= routes_from(written)
            defaults = default_routes_from(written)
        documents: dict[str, Any] = {
            name: file.source.value for name, file in self.policies.items() if file.source
        }
        return PolicySet(
            tuple(policy_from(each, name, compile_path) for name, each in documents.items()),
            routes,
            self.default_routes if defaults is None else defaults,
            self.waivers,
            tuple(str(problem) for problem in sorted(self.waiver_problems)),
            rules,
        )

    def names(self) -> list[str]:
        """The files to read; a folder that cannot be read is a problem."""
        try:
            names = sorted(each.name for each in self.folder.iterdir())
        except FileNotFoundError:
            self._problem(
                "", "no such folder; name the folder of policies (--policies, RECGATE_POLICIES)"
            )
        except NotADirectoryError:
            self._problem("", "is a file: name the folder that holds the policies")
        except OSError as refusal:
            self._problem("", f"cannot be read: {refusal.strerror}")
        else:
            return [
                name
                for name in names
                if not name.startswith(".") and FilePath(name).suffix.lower() in _ENDINGS
            ]
        return []

    def _read_policy(self, name: str) -> None:
        file = self._file(name).read()
        self.contents[name], source = file.content, file.source
        if source is not None:
            self.policies[name] = file
            file.check(self._policy_mistakes(name, source))
        self.problems += file.problems

    def _policy_mistakes(self, name: str, source: "Source") -> Iterator[Mistake]:
        document = source.value
        yield from _schema_mistakes(source, POLICY_SCHEMA)
        yield from policy_mistakes(document, FilePath(name).stem, compile_path=compile_path)
        if self.routes_known and isinstance(document, Mapping):
            yield from unknown_routes(
                document.get("notify"), ("notify",), known=self._known_routes()
            )

    def _read_routes(self, name: str) -> None:
        file = self._file(name).read()
        self.contents[name] = file.content
        self.routes = source = file.source
        self.routes_known = source is not None
        if source is not None:
            file.check(self._route_mistakes(source))
        self.problems += file.problems

    def _route_mistakes(self, source: "Source") -> Iterator[Mistake]:
        yield from _schema_mistakes(source, ROUTES_SCHEMA)
        yield from route_mistakes(source.value, built_in=self.built_in_routes)

    def _read_waivers(self, name: str) -> None:
        file = self._file(name)
        self.waivers = read_waivers(file, limits=None if self.problems else self._limits())
        self.contents[name] = file.content
        self.waiver_problems += file.problems

    def _limits(self) -> LimitsByPolicy:
        """The limits of each policy; asked for where no policy has a mistake."""
        documents: list[Any] = [file.source.value for file in self.policies.values() if file.source]
        return {document["policy"]: tuple(document["require"]) for document in documents}

    def _check_names_across_files(self) -> None:
        first: dict[str, str] = {}
        for name, file in self.policies.items():
            source = file.source
            written = source.value if source else None
            policy = written.get("policy") if isinstance(written, Mapping) else None
            if source is None or not isinstance(policy, str) or not policy:
                continue
            if policy in first:
                self._problem(
                    name,
                    f"is already the id of {first[policy]}: every policy has its own",
                    place=place_of(source, Mistake(("policy",), "")),
                    path=("policy",),
                )
            first.setdefault(policy, name)

    def _check_default_routes(self) -> None:
        document = self.routes.value if self.routes else None
        if not self.routes_known or (isinstance(document, Mapping) and "default" in document):
            return
        known = self._known_routes()
        for route in self.default_routes:
            if route not in known:
                self._problem("", f"default routes of the settings: {no_such_route(route, known)}")

    def _known_routes(self) -> frozenset[str]:
        written = route_names(self.routes.value) if self.routes else ()
        return frozenset({*written, *self.built_in_routes})

    def _file(self, name: str) -> CheckedFile:
        path = self.folder / name
        return CheckedFile(path, path.as_posix())

    def _problem(
        self, name: str, message: str, *, place: tuple[int, int] = (0, 0), path: Path = ()
    ) -> None:
        file = self._file(name)
        file.problem(message, place=place, path=path)
        self.problems += file.problems


def _kind(name: str) -> RuleKind:
    """What a file holds, by its name."""
    stem = FilePath(name).stem.lower()
    return {"routes": RuleKind.ROUTES, "waivers": RuleKind.WAIVERS}.get(stem, RuleKind.POLICY)


def _schema_mistakes(source: "Source", schema: str) -> Iterator[Mistake]:
    from recgate.adapters.policy_files.schema_check import schema_mistakes

    return schema_mistakes(source.value, schema, source.texts)

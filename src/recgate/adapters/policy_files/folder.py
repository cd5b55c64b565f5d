"""A folder of policy files, read and checked as a whole."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from recgate.adapters.policy_files.job_paths import compile_path
from recgate.adapters.policy_files.source_text import MAX_BYTES, Unreadable, decoded
from recgate.dialect.mistake import Mistake, Path, dotted, without_secrets
from recgate.dialect.policy_document import policy_from
from recgate.dialect.policy_mistakes import no_such_route, policy_mistakes, unknown_routes
from recgate.dialect.route_document import (
    default_routes_from,
    route_mistakes,
    route_names,
    routes_from,
)
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Route
from recgate.ports import PoliciesInvalid, PolicyProblem

if TYPE_CHECKING:
    from recgate.adapters.policy_files.strict_yaml import Source

MAX_PROBLEMS_PER_FILE = 200
"""After so many, a file is something else than a policy."""

POLICY_SCHEMA = "policy.v1.schema.json"
ROUTES_SCHEMA = "routes.v1.schema.json"

_ENDINGS = (".yaml", ".yml")
_NO_ROUTES: Mapping[str, Route] = MappingProxyType({})


class PolicyFiles:
    """The policies and routes in a folder: a `recgate.ports.PolicySource`.

    ``built_in_routes`` exist without a routes.yaml, which may define one of the same name
    anew; ``default_routes`` hold when routes.yaml has no ``default``. Every call of `load`
    reads the folder again.
    """

    def __init__(
        self,
        folder: FilePath,
        *,
        built_in_routes: Mapping[str, Route] = _NO_ROUTES,
        default_routes: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._built_in_routes = dict(built_in_routes)
        self._default_routes = tuple(default_routes)

    def load(self) -> PolicySet:
        """The policies, whole. Raises PoliciesInvalid with every mistake of every file."""
        reading = _Reading(self._folder, self._built_in_routes, self._default_routes)
        reading.read()
        if reading.problems:
            raise PoliciesInvalid(sorted(reading.problems))
        return reading.policy_set()


@dataclass(slots=True)
class _Reading:
    """One pass over the folder: documents on one side, problems on the other."""

    folder: FilePath
    built_in_routes: Mapping[str, Route]
    default_routes: tuple[str, ...]
    problems: list[PolicyProblem] = field(default_factory=list)
    policies: dict[str, "Source"] = field(default_factory=dict)
    routes: "Source | None" = None
    routes_known: bool = True
    """False when routes.yaml could not be read, so that no name can be called unknown."""

    def read(self) -> None:
        files = self._files()
        if self.problems:
            return
        named: dict[str, list[str]] = {"routes": [], "waivers": [], "": []}
        for name in files:
            stem = FilePath(name).stem.lower()
            named[stem if stem in named else ""].append(name)
        for name in named["waivers"]:
            self._problem(name, "waivers are not supported by this version: remove the file")
        for name in named["routes"][1:]:
            self._problem(name, f"routes are already in {named['routes'][0]}: keep one file")
        for name in named["routes"][:1]:
            self._read_routes(name)
        for name in named[""]:
            self._read_policy(name)
        if not named[""]:
            self._problem("", "holds no policy: put a .yaml file there")
        self._check_names_across_files()
        self._check_default_routes()

    def policy_set(self) -> PolicySet:
        routes = dict(self.built_in_routes)
        defaults: tuple[str, ...] | None = None
        if self.routes is not None:
            written: Any = self.routes.value
            routes |= routes_from(written)
            defaults = default_routes_from(written)
        documents: dict[str, Any] = {name: each.value for name, each in self.policies.items()}
        return PolicySet(
            tuple(policy_from(each, name, compile_path) for name, each in documents.items()),
            routes,
            self.default_routes if defaults is None else defaults,
        )

    def _files(self) -> list[str]:
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
        source = self._source(name)
        if source is None:
            return
        self.policies[name] = source

        def mistakes() -> Iterator[Mistake]:
            document = source.value
            yield from _schema_mistakes(source, POLICY_SCHEMA)
            stem = FilePath(name).stem
            yield from policy_mistakes(document, stem, compile_path=compile_path)
            if self.routes_known and isinstance(document, Mapping):
                yield from unknown_routes(
                    document.get("notify"), ("notify",), known=self._known_routes()
                )

        self._check(name, source, mistakes)

    def _read_routes(self, name: str) -> None:
        self.routes = source = self._source(name)
        self.routes_known = source is not None
        if source is None:
            return

        def mistakes() -> Iterator[Mistake]:
            yield from _schema_mistakes(source, ROUTES_SCHEMA)
            yield from route_mistakes(source.value, built_in=self.built_in_routes)

        self._check(name, source, mistakes)

    def _source(self, name: str) -> "Source | None":
        """The document in a file, None when it cannot be read; its flaws become problems."""
        from recgate.adapters.policy_files.strict_yaml import read_yaml

        path = self.folder / name
        try:
            source = read_yaml(decoded(_bytes(path)))
        except OSError as refusal:
            self._problem(name, f"cannot be read: {refusal.strerror}")
        except Unreadable as refusal:
            self._problem(name, refusal.message, place=(refusal.line, refusal.column))
        else:
            for flaw in source.flaws[:MAX_PROBLEMS_PER_FILE]:
                self._problem(name, flaw.message, place=flaw.place, path=flaw.path)
            return source
        return None

    def _check(
        self, name: str, source: "Source", mistakes: Callable[[], Iterator[Mistake]]
    ) -> None:
        fresh = (each for each in mistakes() if not source.is_broken(each.path))
        for mistake in islice(fresh, MAX_PROBLEMS_PER_FILE):
            place = _place(source, mistake)
            self._problem(name, mistake.message, place=place, path=mistake.path)
        if next(fresh, None) is not None:
            self._problem(name, f"has more than these {MAX_PROBLEMS_PER_FILE} mistakes")

    def _check_names_across_files(self) -> None:
        first: dict[str, str] = {}
        for name, source in self.policies.items():
            policy = source.value.get("policy") if isinstance(source.value, Mapping) else None
            if not isinstance(policy, str) or not policy:
                continue
            if policy in first:
                self._problem(
                    name,
                    f"is already the id of {first[policy]}: every policy has its own",
                    place=_place(source, Mistake(("policy",), "")),
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

    def _problem(
        self, name: str, message: str, *, place: tuple[int, int] = (0, 0), path: Path = ()
    ) -> None:
        file = (self.folder / name).as_posix()
        line, column = place
        self.problems.append(
            PolicyProblem(file, line, column, dotted(path), without_secrets(message))
        )


def _bytes(path: FilePath) -> bytes:
    """The bytes of a regular file, as far as they matter. Raises OSError, Unreadable."""
    if not path.is_file():  # to open a pipe would wait for a writer
        raise Unreadable("is not a file" if path.exists() else "leads nowhere")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _schema_mistakes(source: "Source", schema: str) -> Iterator[Mistake]:
    from recgate.adapters.policy_files.schema_check import schema_mistakes

    return schema_mistakes(source.value, schema, source.texts)


def _place(source: "Source", mistake: Mistake) -> tuple[int, int]:
    """Where the mistake is: at its value or key, or at what should have held it."""
    path = mistake.path
    if mistake.at_key and path in source.key_places:
        return source.key_places[path]
    while path and path not in source.places:
        path = path[:-1]
    return source.places.get(path, (0, 0))

"""docs/policy-reference.md, whole."""

from collections.abc import Iterator, Mapping

from recgate.rendering.policy_reference.entries import Schema, entries
from recgate.rendering.policy_reference.entry_words import entry_lines

FILES: Mapping[str, tuple[str, str]] = {
    "policy": ("Policies", "policies/NAME.yaml"),
    "routes": ("Routes", "policies/routes.yaml"),
    "waivers": ("Waivers", "policies/waivers.yaml"),
    "policy-test": ("Tests of policies", "policies/tests/NAME.yaml"),
}
"""The schemas of files that people write: name → heading and where such a file is."""

_HEAD = """\
# Reference of the files

<!-- Made from the schemas: recgate policy schema --output markdown > docs/policy-reference.md -->

Every key of every file that people write, from the schemas that editors use: what it is, its type
and unit, what happens when it is left out, what a missing value does, and an example. What it all
means together: [policy-language.md](policy-language.md).

A path such as `require.job[].path` is a key of each entry of a list; in `routes.NAME.on` the name
is yours; `LIMIT` stands for each limit on a figure.
"""

_EDITOR = """\
## In an editor

An editor that knows the schema completes keys, explains them where the pointer rests, and
underlines mistakes while you write. `recgate policy validate` finds all mistakes, those too that no
schema can see.

**The first line of a file** names its schema, by a path as seen from the file. VS Code with Red
Hat's YAML extension reads it, and so does every editor that has yaml-language-server:

```yaml
# yaml-language-server: $schema=../src/recgate/policy.v1.schema.json
```

**recgate installed from a package** has the schemas inside it. Print them beside your policies
once, and again after an update:

```sh
mkdir -p .recgate
recgate policy schema > .recgate/policy.v1.schema.json
recgate policy schema routes > .recgate/routes.v1.schema.json
recgate policy schema waivers > .recgate/waivers.v1.schema.json
recgate policy schema policy-test > .recgate/policy-test.v1.schema.json
```

The first line of a policy in `policies/` is then

```yaml
# yaml-language-server: $schema=../.recgate/policy.v1.schema.json
```

and that of a file in `policies/tests/`

```yaml
# yaml-language-server: $schema=../../.recgate/policy-test.v1.schema.json
```

**JetBrains** (PyCharm, IntelliJ IDEA): Settings, Languages & Frameworks, Schemas and DTDs, JSON
Schema Mappings. Add a mapping for each schema: its file, the newest version of JSON Schema that is
offered, and the files that it is for, such as `policies/routes.yaml`.
"""


def reference_page(schemas: Mapping[str, Schema]) -> str:
    """The page about these schemas, by the names in `FILES`; those that it does not know are left
    out.
    """
    return "\n".join(_lines(schemas))


def _lines(schemas: Mapping[str, Schema]) -> Iterator[str]:
    shown = [name for name in FILES if name in schemas]
    yield _HEAD
    for name in shown:
        heading, where = FILES[name]
        yield f"- [{heading}](#{_anchor(heading)}): `{where}`"
    yield "- [In an editor](#in-an-editor)"
    yield ""
    for name in shown:
        heading, where = FILES[name]
        yield f"## {heading}"
        yield ""
        yield f"`{where}`. {schemas[name]['description']}"
        yield ""
        for entry in entries(schemas[name]):
            yield from entry_lines(entry)
    yield _EDITOR


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")

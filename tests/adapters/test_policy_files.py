"""A folder of policies is loaded whole, or refused with every mistake in its place."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.policy_files.job_paths import compile_path
from recgate.adapters.policy_files.source_text import MAX_BYTES, decoded
from recgate.adapters.policy_files.strict_yaml import read_yaml
from recgate.domain.catalogue import JOB_LIMITS, NUMERIC_LIMITS, SET_LIMITS
from recgate.domain.policy import Policy
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route, SlackBot, SlackWebhook, SnsTopic
from recgate.ports import PoliciesInvalid, PolicyProblem

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "policies").glob("*.yaml"))
BAD_POLICIES = sorted(path for path in (Path(__file__).parent / "bad-policies").iterdir())
SCHEMAS = ("policy.v1.schema.json", "routes.v1.schema.json")

GOOD = "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 2.50}\n"


def folder_with(folder: Path, **contents: str | bytes) -> Path:
    """A folder of policies; ``prod=…`` becomes prod.yaml."""
    folder.mkdir(exist_ok=True)
    for stem, content in contents.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{stem}.yaml").write_bytes(data)
    return folder


def load(folder: Path, **options: Any) -> PolicySet:
    return PolicyFiles(folder, **options).load()


def problems_of(folder: Path, **options: Any) -> tuple[PolicyProblem, ...]:
    with pytest.raises(PoliciesInvalid) as refused:
        load(folder, **options)
    return refused.value.problems


def messages_of(folder: Path, **options: Any) -> list[str]:
    """The problems as lines, without the folder's own name."""
    here = folder.as_posix()
    lines = [str(problem) for problem in problems_of(folder, **options)]
    return [line.replace(f"{here}/", "").replace(here, ".") for line in lines]


# --- what is wrong, and where --------------------------------------------------------------


@pytest.mark.parametrize("case", BAD_POLICIES, ids=lambda case: case.name)
def test_every_mistake_is_told_at_its_place(case: Path) -> None:
    """Adding a case is adding a folder with an expected.txt."""
    expected = (case / "expected.txt").read_text("utf-8").splitlines()

    assert messages_of(case) == expected


def test_the_example_of_the_issue_is_told_word_for_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File, line, path and the nearest known key, as a terminal shows them."""
    folder_with(
        tmp_path / "policies",
        prod="version: 1\npolicy: prod\nowner: ml\n\nrequire:\n  max_cost_per_hour: 2.5\n",
    )
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PoliciesInvalid) as refused:
        load(Path("policies"))

    assert str(refused.value) == (
        "policies/prod.yaml:6: require.max_cost_per_hour: unknown key, "
        "did you mean max_cost_per_hour_usd?"
    )


def test_a_problem_has_its_column() -> None:
    """Editors jump to the character."""
    case = Path(__file__).parent / "bad-policies" / "warn-beyond-fail"

    first = problems_of(case)[0]

    assert (first.line, first.column, first.path) == (4, 33, "require.max_cost_per_hour_usd.warn")


def test_errors_of_all_files_come_together_in_order(tmp_path: Path) -> None:
    """One run tells everything, by file and line."""
    folder = folder_with(
        tmp_path / "p",
        b="version: 1\npolicy: b\nrequire: {max_cost: 1, max_instance_count: no}\n",
        a="version: 1\npolicy: a\nmode: watch\nrequire: {max_instance_count: 1}\n",
        routes="version: 1\ndefault: [nobody]\n",
    )

    problems = problems_of(folder)

    assert [Path(each.file).name for each in problems] == [
        "a.yaml", "b.yaml", "b.yaml", "routes.yaml"
    ]  # fmt: skip
    assert list(problems) == sorted(problems)


def test_half_a_folder_is_never_loaded(tmp_path: Path) -> None:
    """One broken file keeps every good one out."""
    folder = folder_with(tmp_path / "p", prod=GOOD)
    assert load(folder).policies

    folder_with(folder, broken="version: [")

    assert len(problems_of(folder)) == 1


@pytest.mark.parametrize("kind", ["missing", "file", "empty", "only-tests"])
def test_a_folder_without_policies_is_an_error(tmp_path: Path, kind: str) -> None:
    """Nothing to judge by is not "nothing to object to"."""
    folder = tmp_path / "p"
    if kind == "file":
        folder.write_text(GOOD)
    elif kind != "missing":
        folder.mkdir()
    if kind == "only-tests":
        folder_with(folder / "tests", prod=GOOD)

    told = messages_of(folder)

    assert (
        told
        == {
            "missing": [
                ".: no such folder; name the folder of policies (--policies, RECGATE_POLICIES)"
            ],
            "file": [".: is a file: name the folder that holds the policies"],
            "empty": [".: holds no policy: put a .yaml file there"],
            "only-tests": [".: holds no policy: put a .yaml file there"],
        }[kind]
    )


def test_what_is_not_a_readable_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    """A folder, a pipe and a link to nowhere named like policies."""
    folder = folder_with(tmp_path / "p", prod=GOOD)
    (folder / "folder.yaml").mkdir()
    os.mkfifo(folder / "pipe.yaml")
    (folder / "link.yaml").symlink_to(folder / "gone")

    assert messages_of(folder) == [
        "folder.yaml: is not a file",
        "link.yaml: leads nowhere",
        "pipe.yaml: is not a file",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("#" * (MAX_BYTES + 1), "is larger than 512 KB"),
        ("a: [" + "1, " * 21_000 + "1]", "holds more than 20,000 values"),
        ("[" * 5000, "is nested more than 12 deep"),
        ("a: " * 5000, "not valid YAML: a second colon on one line, or a wrong indentation"),
        ("", "is empty: it begins with version: 1"),
        ("a: \u2028b\n", "holds the invisible character U+2028: remove it"),
        ("a: \x07b\n", "holds the invisible character U+0007: remove it"),
    ],
    ids=["size", "values", "depth", "colons", "empty", "separator", "bell"],
)
def test_a_file_that_is_no_policy_is_one_problem(tmp_path: Path, content: str, told: str) -> None:
    """However large, deep or odd, it is told in one line."""
    (problem,) = problems_of(folder_with(tmp_path / "p", prod=content))

    assert problem.message == told


def test_a_flood_of_mistakes_is_cut_and_says_so(tmp_path: Path) -> None:
    """Nobody reads a thousand lines about one file."""
    keys = "".join(f"key-{number}: 1\n" for number in range(1000))

    told = messages_of(folder_with(tmp_path / "p", prod=GOOD + keys))

    assert len(told) == 201
    assert "prod.yaml: has more than these 200 mistakes" in told


def test_secrets_are_never_repeated() -> None:
    """Whoever reads the log of a failed load learns no token."""
    case = Path(__file__).parent / "bad-policies" / "routes-secret-values"

    told = "\n".join(messages_of(case))

    assert told
    assert "not-a-real" not in told
    assert "notareal" not in told


# --- what loads ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_policy_names_its_schema_in_the_first_line(path: Path) -> None:
    """Editors complete keys from the first minute, and the schema is where the line says."""
    first = path.read_text("utf-8").splitlines()[0]

    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)

    assert named is not None
    assert (path.parent / named.group(1)).resolve() == Path(str(files("recgate"))) / SCHEMAS[0]


def test_the_shipped_policies_load() -> None:
    """They are what a new user starts from."""
    loaded = load(ROOT / "policies")

    assert [policy.name for policy in loaded.policies] == [
        "dev",
        "prod-realtime",
        "serverless",
    ]
    assert [policy.file for policy in loaded.policies] == [path.name for path in SHIPPED]
    assert all(policy.limits and not policy.notify for policy in loaded.policies)


def test_the_example_of_the_docs_loads(tmp_path: Path) -> None:
    """The page shows every key of the language, and all of it is true."""
    page = (ROOT / "docs" / "policy-language.md").read_text("utf-8")
    policy, routes = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    folder = folder_with(tmp_path / "p", **{"prod-realtime": policy, "routes": routes})

    loaded = load(folder)

    names = {limit.name.split(".")[0] for limit in loaded.policies[0].limits}
    assert names == {*NUMERIC_LIMITS, *SET_LIMITS, JOB_LIMITS}
    assert loaded.policies[0].enforce_from == date(2026, 12, 1)
    assert loaded.default_routes == ("slack-ml-prod",)
    assert {name: type(route.destination) for name, route in loaded.routes.items()} == {
        "slack-ml-prod": SlackBot,
        "slack-quick-start": SlackWebhook,
        "sns-finops": SnsTopic,
        "desk": Console,
    }


def test_the_docs_name_every_key() -> None:
    """A key that the page does not have is a key that nobody finds."""
    page = (ROOT / "docs" / "policy-language.md").read_text("utf-8")

    missing = [key for name in SCHEMAS for key in keys_of(schema(name)) if key not in page]

    assert not missing


def test_days_may_be_quoted_or_not(tmp_path: Path) -> None:
    """Either is the same policy, with the same digest."""
    bare = folder_with(tmp_path / "a", prod=f"{GOOD}enforce_from: 2026-12-01\n")
    quoted = folder_with(tmp_path / "b", prod=f'{GOOD}enforce_from: "2026-12-01"\n')

    assert load(bare) == load(quoted)


def test_both_endings_count_and_hidden_files_and_folders_do_not(tmp_path: Path) -> None:
    """*.yaml and *.yml of the folder itself, whatever the case."""
    folder = folder_with(tmp_path / "p", prod=GOOD)
    (folder / "two.yml").write_text(GOOD.replace("prod", "two"))
    (folder / "three.YAML").write_text(GOOD.replace("prod", "three"))
    (folder / ".swap.yaml").write_text("[")
    (folder / "notes.md").write_text("[")
    folder_with(folder / "tests", prod="[")

    assert [policy.name for policy in load(folder).policies] == ["prod", "three", "two"]


def test_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    """Nor do they move the lines of problems."""
    unix = load(folder_with(tmp_path / "a", prod=GOOD))
    windows = load(folder_with(tmp_path / "b", prod=GOOD.replace("\n", "\r\n")))

    assert unix == windows
    folder_with(tmp_path / "b", prod=GOOD.replace("\n", "\r\n") + "mode: off\r\n")
    assert problems_of(tmp_path / "b")[0].line == 4


def test_routes_of_the_file_add_to_the_built_in_ones(tmp_path: Path) -> None:
    """The same name in the file wins; its defaults win too."""
    built_in = {"env": Route("env", Console()), "both": Route("both", SnsTopic("arn:env"))}
    folder = folder_with(tmp_path / "p", prod=f"{GOOD}notify: [env, both]\n")
    alone = load(folder, built_in_routes=built_in, default_routes=("env",))
    folder_with(folder, routes="version: 1\ndefault: [both]\nroutes: {both: {console: {}}}\n")

    together = load(folder, built_in_routes=built_in, default_routes=("env",))

    assert (alone.routes, alone.default_routes) == (built_in, ("env",))
    assert together.routes == {"env": built_in["env"], "both": Route("both", Console())}
    assert together.default_routes == ("both",)


def test_default_routes_of_the_settings_must_exist(tmp_path: Path) -> None:
    """A message to a route that there is not would go nowhere."""
    folder = folder_with(tmp_path / "p", prod=GOOD)
    built_in = {"console": Route("console", Console())}

    assert messages_of(folder, built_in_routes=built_in, default_routes=("consol",)) == [
        '.: default routes of the settings: no route is named "consol", did you mean console?'
    ]


def test_importing_the_adapter_imports_no_parser() -> None:
    """The cold start pays for yaml and jsonschema only where raw policies are read."""
    code = (
        "import sys, recgate.adapters.policy_files;"
        "print({'yaml', 'jsonschema', 'jmespath'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )

    assert ran.stdout.strip() == "set()"


# --- paths into the job --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("JobType", "Default"),
        ("InputConfig.VpcConfig.Subnets[0]", "s-1"),
        ("InputConfig.Nothing.At.All", None),
        ("JobType.Deeper", None),
        ("Rows[*].Missing", None),
        ("InputConfig.Empty", None),
        ("[Nothing, Nowhere]", None),
        ("{a: Nothing}", None),
        ("length(Nothing)", None),
        ("length(Rows)", 2),
        ("Zero", 0),
        ("No", False),
    ],
)
def test_what_is_not_there_is_none_and_nothing_raises(path: str, found: object) -> None:
    """An empty projection has nothing in it; 0 and false are values."""
    job: Any = {
        "JobType": "Default",
        "InputConfig": {"VpcConfig": {"Subnets": ["s-1"]}, "Empty": []},
        "Rows": [{"a": 1}, {"a": 2}],
        "Zero": 0,
        "No": False,
    }

    assert compile_path(path)(job) == found


@pytest.mark.parametrize("path", ["(" * 5000, "a" + "[0" * 900, "a.b.", "foo()", "sum(@, @)"])
def test_a_path_that_cannot_work_is_refused_when_it_is_loaded(path: str) -> None:
    """Not when the first job comes."""
    with pytest.raises(ValueError, match=r"\w"):
        compile_path(path)


# --- the schemas ---------------------------------------------------------------------------


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files("recgate").joinpath(name).read_text("utf-8"))
    return loaded


def subschemas(node: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every property in a schema, with its name."""
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from properties.items() if isinstance(properties, dict) else ()
        for each in node.values():
            yield from subschemas(each)
    elif isinstance(node, list):
        for each in node:
            yield from subschemas(each)


def keys_of(node: Mapping[str, Any]) -> set[str]:
    return {key for key, _ in subschemas(node)}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_never_branches(name: str) -> None:
    """An error under anyOf or oneOf would leave its own path."""
    text = json.dumps(schema(name))

    assert "anyOf" not in text
    assert "oneOf" not in text


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_explains_itself_in_an_editor(name: str) -> None:
    """Title and description, there or where the key refers to."""
    whole = schema(name)

    for key, about in subschemas(whole):
        target = whole["$defs"][about["$ref"].rsplit("/", 1)[-1]] if "$ref" in about else {}
        assert {"title", "description"} <= {*about, *target}, key


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_pattern_has_words(name: str) -> None:
    """Nobody should have to read a regular expression."""
    text = json.dumps(schema(name))

    assert text.count('"pattern":') == text.count('"patternErrorMessage":')


def test_the_schema_has_every_limit_of_the_catalogue() -> None:
    """A limit that can be judged can be written, and the reverse."""
    limits = schema(SCHEMAS[0])["properties"]["require"]["properties"]

    assert set(limits) == {*NUMERIC_LIMITS, *SET_LIMITS, JOB_LIMITS}


def test_the_examples_in_the_schema_are_policies(tmp_path: Path) -> None:
    """What the editor shows as an example loads."""
    properties = schema(SCHEMAS[0])["properties"]
    require = properties.pop("require")["properties"]
    del properties["version"], properties["policy"], properties["notify"], properties["on_missing"]
    folder = tmp_path / "p"
    cases = [{key: example} for key in properties for example in properties[key]["examples"]]
    scope = properties["applies_to"] = properties["applies_to"]["properties"]
    cases += [{"applies_to": {key: scope[key]["examples"][0]}} for key in scope]
    cases += [{"require": {key: each}} for key in require for each in require[key]["examples"]]

    for number, case in enumerate(cases):
        document = {"version": 1, "policy": f"p{number}", "require": {"max_instance_count": 1}}
        folder_with(folder, **{f"p{number}": yaml.safe_dump({**document, **case})})

    assert len(load(folder).policies) == len(cases) > 30


# --- whatever comes ------------------------------------------------------------------------

LIMITED = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def load_text(folder: Path, content: bytes) -> tuple[Policy, ...]:
    """The policies, or none when they are refused. Everything else is the test's failure."""
    folder_with(folder, prod=content, routes=b"version: 1\n")
    try:
        return load(folder).policies
    except PoliciesInvalid:
        return ()


@LIMITED
@given(content=st.binary(max_size=200) | st.text(max_size=300).map(lambda text: text.encode()))
def test_any_bytes_are_a_policy_or_a_list_of_problems(tmp_path: Path, content: bytes) -> None:
    """Nothing but PoliciesInvalid ever comes out."""
    assert not load_text(tmp_path / "p", content)


@LIMITED
@given(data=st.data(), source=st.sampled_from(SHIPPED))
def test_a_damaged_policy_is_a_policy_or_a_list_of_problems(
    tmp_path: Path, data: st.DataObject, source: Path
) -> None:
    """Cut, repeated, overwritten: it never breaks the loader, and never loses its limits."""
    text = source.read_text("utf-8").replace(source.stem, "prod")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    junk = st.sampled_from(
        [*"{}[]:,-&*!|>'\"%@`#?\t\n 019.~", "<<: ", ".nan", "null", "- ", "---\n"]
    )
    inserted = "".join(data.draw(st.lists(junk, max_size=6)))

    policies = load_text(tmp_path / "p", (text[:start] + inserted + text[end:]).encode())

    assert all(policy.limits for policy in policies)


yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["any", "fail", "c7g", "2026-12-01", "InputConfig"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["warn", "fail", "allow", "deny", "path", "present", "one_of", "x"]),
        inner,
        max_size=3,
    ),
    max_leaves=6,
)  # fmt: skip


@LIMITED
@given(
    key=st.sampled_from([*keys_of(schema(SCHEMAS[0]))]),
    value=yaml_values,
    under=st.sampled_from(["", "require", "applies_to"]),
)
def test_any_value_under_any_key_is_a_policy_or_a_list_of_problems(
    tmp_path: Path, key: str, value: object, under: str
) -> None:
    """No shape of a value gets past the schema into the domain."""
    document: dict[str, Any] = yaml.safe_load(GOOD)
    if under:
        document[under] = {key: value}
    else:
        document[key] = value

    policies = load_text(tmp_path / "p", yaml.safe_dump(document, allow_unicode=True).encode())

    assert all(policy.limits for policy in policies)


@LIMITED
@given(text=st.text(alphabet="ab:-[]{},'\"\n #&*!?|>0.", max_size=60))
def test_the_parser_in_c_and_the_one_in_python_agree_on_values(text: str) -> None:
    """A machine without libyaml reads the same policy."""
    answers: list[object] = []
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        try:
            answers.append(read_yaml(decoded(text.encode()), loader=loader).value)
        except Exception as refusal:
            answers.append(type(refusal).__name__)

    assert answers[0] == answers[1] or "Unreadable" in answers

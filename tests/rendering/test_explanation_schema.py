"""The contract of an explanation itself."""

from jsonschema import Draft202012Validator

from recgate.domain.ranking import Criterion
from recgate.domain.reading import Source
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.explanation.document import SCHEMA as NAME
from tests.rendering.explanation_contract import SCHEMA


def test_the_schema_is_one_and_says_of_every_member_what_it_is() -> None:
    """A program's author reads nothing else."""
    Draft202012Validator.check_schema(SCHEMA)

    members = [
        (name, member)
        for part in (SCHEMA, *SCHEMA["$defs"].values())
        for name, member in part["properties"].items()
        if "properties" not in member
    ]
    assert [name for name, member in members if not member.get("description")] == []


def test_every_member_is_always_there() -> None:
    """What is not known is null or empty: a program need not ask whether a member exists."""
    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        assert part["required"] == list(part["properties"])


def test_its_words_are_those_of_the_domain() -> None:
    """A new verdict, outcome, source or criterion is a change of the contract."""
    defined = SCHEMA["$defs"]

    assert SCHEMA["properties"]["schema"]["const"] == NAME
    assert set(SCHEMA["properties"]["verdict"]["enum"]) == {each.value for each in Verdict}
    assert set(defined["limit"]["properties"]["outcome"]["enum"]) == set(Outcome.__members__)
    assert set(defined["limit"]["properties"]["source"]["enum"]) == {
        None,
        *(each.value for each in Source),
    }
    assert set(defined["behind"]["properties"]["criterion"]["enum"]) == {
        each.value for each in Criterion
    }

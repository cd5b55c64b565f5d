"""A checked document of routes becomes the routes that it says."""

import json
from importlib.resources import files

from recgate.dialect.route_document import DESTINATIONS, route_mistakes, routes_from
from recgate.domain.canonical import Json
from recgate.domain.digest import Rhythm
from recgate.domain.route import Console, Route, SlackBot

BOT: dict[str, Json] = {"channel": "C0123456789", "token_secret": "recgate/token"}


def test_what_is_left_out_is_every_verdict_no_digest_and_no_progress() -> None:
    """As it was before there was anything else."""
    routes = routes_from({"routes": {"bot": {"slack": BOT}, "desk": {"console": {}}}})

    assert routes == {
        "bot": Route("bot", SlackBot("C0123456789", "recgate/token")),
        "desk": Route("desk", Console()),
    }
    assert routes["desk"].on is None


def test_digest_progress_and_an_empty_list_are_kept() -> None:
    """A route that hears digests and sees progress, and no single verdict."""
    document: dict[str, Json] = {
        "routes": {
            "bot": {"slack": {**BOT, "progress": True}, "on": [], "digest": "weekly"},
            "desk": {"console": {}, "on": ["FAIL"], "digest": "daily"},
        }
    }

    routes = routes_from(document)

    bot = SlackBot("C0123456789", "recgate/token", progress=True)
    assert routes["bot"] == Route("bot", bot, on=frozenset(), digest=Rhythm.WEEKLY)
    assert routes["desk"] == Route("desk", Console(), on=frozenset({"FAIL"}), digest=Rhythm.DAILY)
    assert list(route_mistakes(document, built_in={})) == []


def test_an_empty_list_with_progress_alone_is_no_mistake() -> None:
    """Nor with a digest alone; `bad-policies/routes-digest` has those that are."""
    document: Json = {
        "routes": {
            "watching": {"slack": {**BOT, "progress": True}, "on": []},
            "reading": {"console": {}, "on": [], "digest": "daily"},
        }
    }

    assert list(route_mistakes(document, built_in={})) == []


def test_every_destination_of_the_schema_can_be_read_and_no_other() -> None:
    """A key that only one of the two knows would be refused, or break when it is read."""
    schema = json.loads((files("recgate") / "routes.v1.schema.json").read_text("utf-8"))
    of_a_route = schema["properties"]["routes"]["additionalProperties"]["properties"]

    assert [key for key in of_a_route if of_a_route[key]["type"] == "object"] == list(DESTINATIONS)

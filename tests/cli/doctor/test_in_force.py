"""The configuration in force: what a stack and the routes name, each once."""

from pathlib import Path

from recgate.cli.doctor.in_force import in_force, stack_settings
from recgate.domain.route import Route, SlackBot, SlackWebhook, SnsTopic
from recgate.flows.checkup.facts import Stack
from recgate.settings import Settings

HERE = "eu-west-1:111122223333"
CHAT = f"arn:aws:secretsmanager:{HERE}:secret:recgate/chat-AbC123"
FINOPS = f"arn:aws:sns:{HERE}:finops"
STACK = Stack(
    "recgate",
    "eu-west-1",
    "111122223333",
    "CREATE_COMPLETE",
    {"NoticeTopic": f"arn:aws:sns:{HERE}:own", "LedgerTable": "ledger"},
    {
        "SlackSecretName": "recgate/slack",
        "RouteSecretArns": CHAT,
        "RouteTopicArns": FINOPS,
        "WatchRegions": "us-east-1, us-west-2",
    },
)


def of(*routes: Route) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The secrets and topics that are needed beside the stack's own."""
    settings = stack_settings(STACK, Settings(policies=Path("policies")))
    config = in_force(settings, routes, stack=STACK, account=STACK.account, region="eu-west-1")
    return config.secrets, config.topics


def test_what_the_parameters_cover_is_not_asked_for_again() -> None:
    """A secret by its name is the one whose ARN has six characters more."""
    found = of(
        Route("own", SnsTopic(f"arn:aws:sns:{HERE}:own")),
        Route("slack", SlackBot("C1", "recgate/slack")),
        Route("chat", SlackBot("C1", "recgate/chat")),
        Route("arn", SlackWebhook(CHAT)),
        Route("finops", SnsTopic(FINOPS)),
    )

    assert found == ((CHAT,), (FINOPS,))


def test_what_they_do_not_cover_is_needed_all_the_same() -> None:
    """So that the role is found not to have it."""
    other = f"arn:aws:sns:{HERE}:other"

    found = of(Route("cha", SlackBot("C1", "recgate/cha")), Route("other", SnsTopic(other)))

    assert found == ((CHAT, "recgate/cha"), (FINOPS, other))


def test_lists_of_parameters_are_lists() -> None:
    """However they are spaced."""
    settings = stack_settings(STACK, Settings(policies=Path("policies")))

    assert settings.regions == ("us-east-1", "us-west-2")
    assert settings.members == ()
    assert settings.ledger == "dynamodb:ledger"

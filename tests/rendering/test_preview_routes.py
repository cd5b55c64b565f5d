"""A preview says of every route whether it hears a decision, and why."""

from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route, SlackBot, SlackWebhook, SnsTopic
from recgate.rendering.preview.routes import Hearing, hearings
from tests.builders import at_most, candidate, decision, policy, snapshot

TOPIC = "arn:aws:sns:eu-west-1:111122223333:ml-verdicts"
ROUTES = {
    "bot": Route("bot", SlackBot("C0123456789", "recgate/token")),
    "hook": Route("hook", SlackWebhook("recgate/hook"), frozenset({"FAIL", "WAIVED"})),
    "topic": Route("topic", SnsTopic(TOPIC)),
    "quiet": Route("quiet", Console(), frozenset()),
}


def heard(*notify: str, default: tuple[str, ...] = (), covered: bool = True) -> dict[str, Hearing]:
    limits = policy(at_most("max_latency_p99_ms", 120), notify=notify)
    judged = decision(snapshot(candidate(latency_p99_ms=84)), *([limits] if covered else []))
    return {each.route: each for each in hearings(judged, PolicySet((), ROUTES, default))}


def test_a_route_that_the_policy_names_hears_the_decision() -> None:
    """And stands first, with its destination in words."""
    found = heard("topic", "bot")

    assert list(found) == ["bot", "topic", "hook", "quiet"]
    assert found["topic"] == Hearing(
        "topic", f"SNS topic {TOPIC}", hears=True, why="policy prod-realtime names it"
    )
    assert found["bot"].destination == "Slack channel C0123456789, with a bot token"
    assert found["hook"].destination == "Slack, by the webhook in the secret recgate/hook"


def test_a_route_that_nobody_names_does_not() -> None:
    """It stands there all the same."""
    assert heard("bot")["topic"] == Hearing(
        "topic", f"SNS topic {TOPIC}", hears=False, why="no policy that judged the job names it"
    )


def test_a_route_that_wants_other_verdicts_says_which() -> None:
    """So that a missing message is no riddle."""
    found = heard("hook", "quiet")

    assert not found["hook"].hears
    assert found["hook"].why == (
        "policy prod-realtime names it, but its `on` names FAIL, WAIVED, not PASS"
    )
    assert found["quiet"].why.endswith("but its `on` names nothing, not PASS")


def test_default_routes_say_why_they_are_asked() -> None:
    """A policy without routes, or no policy at all."""
    assert heard(default=("bot",))["bot"].why == (
        "a default route: policy prod-realtime names none"
    )
    uncovered = heard(default=("bot",), covered=False)["bot"]
    assert uncovered.hears
    assert uncovered.why == "a default route: no policy applies"


def test_a_route_that_is_nowhere_is_told() -> None:
    """A recorded decision may name a route that is gone."""
    assert heard("gone")["gone"] == Hearing(
        "gone", "not in routes.yaml", hears=False, why="a policy names it, and it is nowhere"
    )

"""What a route wants to hear."""

import pytest

from recgate.domain.digest import Rhythm
from recgate.domain.route import Console, Route, SlackBot, SlackWebhook
from recgate.domain.routing import routes_for
from recgate.domain.verdict import Verdict
from tests.builders import at_most, candidate, decision, policy, snapshot


@pytest.mark.parametrize("verdict", Verdict)
def test_on_left_out_is_every_verdict_and_empty_is_none(verdict: Verdict) -> None:
    """The difference between "everything" and "only the digest"."""
    for job_failed in (False, True):
        assert Route("all", Console()).wants(verdict, job_failed=job_failed)
        assert not Route("none", Console(), on=frozenset()).wants(verdict, job_failed=job_failed)


def test_a_failed_job_is_wanted_by_its_own_word() -> None:
    """Its verdict is NO_RESULT, as that of a job without recommendations."""
    failed, no_result = frozenset({"FAILED"}), frozenset({"NO_RESULT"})

    assert Route("r", Console(), on=failed).wants(Verdict.NO_RESULT, job_failed=True)
    assert not Route("r", Console(), on=failed).wants(Verdict.NO_RESULT, job_failed=False)
    assert Route("r", Console(), on=no_result).wants(Verdict.NO_RESULT, job_failed=True)


def test_a_route_for_digests_only_hears_no_single_verdict() -> None:
    """Not even as a default route of a job that nobody covers."""
    routes = {
        "digest": Route("digest", Console(), on=frozenset(), digest=Rhythm.WEEKLY),
        "all": Route("all", Console()),
    }
    covered = decision(
        snapshot(candidate(cost_per_hour_usd=9)), policy(at_most("max_cost_per_hour_usd", 1))
    )
    uncovered = decision(snapshot(candidate()))

    for made in (covered, uncovered):
        told = routes_for(made.snapshot, made.evaluation, routes, ("digest", "all"))

        assert told == ("all",)


def test_only_a_bot_can_show_progress() -> None:
    """A webhook cannot change what it has said."""
    bot = SlackBot("C0123456789", "recgate/token", progress=True)

    assert Route("bot", bot).wants_progress
    assert not Route("hook", SlackWebhook("recgate/hook")).wants_progress

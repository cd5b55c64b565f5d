"""Several regions and a member account, both templates as they are, on a local AWS.

Where AWS does between accounts what the emulator does not, `tests.deployed.hub` says so and does
it. Not tried, because the emulator has no part in it: the policies of the bus and of the queue.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from recgate.domain.place import Place
from tests.deployed.deployment import HOME, USUAL_PARAMETERS
from tests.deployed.hub import MEMBER_ROLE, MINUTE, Hub, hub_of, job_arn
from tests.deployed.stack import deploy_again
from tests.servers.trail import envelope

pytestmark = pytest.mark.deployed

EAST, ELSEWHERE = "us-east-1", "ap-south-1"
MEMBER, NEW_MEMBER, STRANGER = "444455556666", "777788889999", "999900001111"
HOME_EAST = Place(HOME.account, EAST)
MEMBERS_HOME, MEMBERS_EAST = Place(MEMBER, HOME.region), Place(MEMBER, EAST)
PLACES = (HOME, HOME_EAST, MEMBERS_HOME, MEMBERS_EAST)
NEW_PLACES = (Place(NEW_MEMBER, HOME.region), Place(NEW_MEMBER, EAST))

SAME_NAME = "ranker-refresh"
OLD, AS_OLD = "years-old", "years-old-as-well"

POLICIES = {
    "in-the-us.yaml": """
version: 1
policy: in-the-us
owner: ml-platform
applies_to: {regions: [us-*]}
require: {max_cost_per_hour_usd: {warn: 0.01}}
""",
    "member-account.yaml": f"""
version: 1
policy: member-account
owner: ml-platform
applies_to: {{accounts: ["{MEMBER}"]}}
require: {{max_cost_per_hour_usd: 0.01}}
""",
}
JUDGED = {
    HOME: ("PASS", {"prod-realtime"}),
    HOME_EAST: ("WARN", {"prod-realtime", "in-the-us"}),
    MEMBERS_HOME: ("FAIL", {"prod-realtime", "member-account"}),
    MEMBERS_EAST: ("FAIL", {"prod-realtime", "member-account", "in-the-us"}),
}

Decisions = Mapping[Place, Mapping[str, Any]]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One deployment for all tests. Jobs that ended long ago are there before."""
    folder = tmp_path_factory.mktemp("places")
    with hub_of(folder, region=EAST, member=MEMBER, more=(NEW_MEMBER,), policies=POLICIES) as made:
        for place in PLACES:
            made.put_old_job(OLD, place)
            made.put_old_job(AS_OLD, place)
        made.here.until(
            lambda: "announced" in made.here.sweep(), within_s=MINUTE, what="the first sweep"
        )
        yield made


@pytest.fixture(scope="module")
def judged(hub: Hub) -> Decisions:
    """The decisions about four jobs of one name, after everything was told and swept again."""
    for place in PLACES:
        hub.create(SAME_NAME, place)
    for place in PLACES:
        hub.ended(SAME_NAME, place)
    hub.here.sweep()
    decisions = {place: hub.decision(SAME_NAME, place) for place in PLACES}
    hub.here.until(
        lambda: all(all(hub.told(SAME_NAME, place)) for place in PLACES),
        within_s=MINUTE,
        what="the messages",
    )
    hub.here.until(
        lambda: hub.here.sweep()["announced"] == 0, within_s=MINUTE, what="a sweep without news"
    )
    return decisions


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_jobs_of_one_name_in_four_places_are_four_jobs_each_told_once(
    hub: Hub, judged: Decisions, place: Place
) -> None:
    """Swept, judged and recorded under its own ARN, and told with its account and region."""
    told = hub.told(SAME_NAME, place)

    assert judged[place]["job"]["arn"] == job_arn(SAME_NAME, place)
    assert told == (1, 1)
    (message,) = hub.here.slack_about(job_arn(SAME_NAME, place))
    shown = json.dumps(message["blocks"])
    assert place.region in shown
    assert place.account in shown


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_policies_see_the_account_and_the_region_of_the_job(
    judged: Decisions, place: Place
) -> None:
    """Not the hub's: a policy for the member account judges there, and nowhere else."""
    verdict, policies = JUDGED[place]

    decision = judged[place]

    assert (decision["job"]["account"], decision["job"]["region"]) == (place.account, place.region)
    assert {each["policy"] for each in decision["judgements"]} == policies
    assert decision["verdict"] == verdict


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize("place", [MEMBERS_HOME, MEMBERS_EAST], ids=str)
def test_a_member_account_is_listed_and_read_through_its_own_role(hub: Hub, place: Place) -> None:
    """The router sends a call to the account that its access key belongs to, and nobody but the
    role there gave the functions one of that account.
    """
    asked = {call.operation for call in hub.router.calls if call.place == place}

    assert asked == {
        "ListInferenceRecommendationsJobs",
        "DescribeInferenceRecommendationsJob",
        "ListTags",
        "ListInferenceRecommendationsJobSteps",
        "GetMetricData",
    }


@pytest.mark.usefixtures("judged")
def test_the_roles_allow_every_call_that_the_functions_made(hub: Hub) -> None:
    """Both roles of the hub and the member's, in both regions."""
    calls = set(hub.router.calls)

    refused = [call for call in calls if not hub.may_call(call)]

    assert refused == []
    assert {call.place for call in calls} >= set(PLACES)


@pytest.mark.parametrize(
    ("region", "watched"), [(HOME.region, True), (EAST, True), (ELSEWHERE, False)]
)
def test_the_hub_reads_its_own_account_in_the_watched_regions_alone(
    hub: Hub, region: str, *, watched: bool
) -> None:
    """And no other account with its own roles."""
    listing = "sagemaker:ListInferenceRecommendationsJobs"
    describing = "sagemaker:DescribeInferenceRecommendationsJob"
    watcher, checker = hub.role_arn("WatchRoleArn"), hub.role_arn("CheckRoleArn")
    own, members = (job_arn("any", Place(each, region)) for each in (HOME.account, MEMBER))

    assert hub.may(watcher, listing, region) is watched
    assert hub.may(checker, describing, region, own) is watched
    assert not hub.may(checker, describing, region, members)


@pytest.mark.parametrize("function", ["WatchRoleArn", "CheckRoleArn"])
def test_the_hubs_functions_assume_the_member_role_and_no_other(hub: Hub, function: str) -> None:
    """Neither another role of a member, nor one of that name in an account that is no member,
    however much those trust the hub.
    """
    hub.make_role(MEMBER, "another")
    hub.make_role(STRANGER, MEMBER_ROLE)
    role = hub.role_arn(function)

    assert hub.assumes(MEMBER, MEMBER_ROLE, who=role)
    assert not hub.assumes(MEMBER, "another", who=role)
    assert not hub.assumes(STRANGER, MEMBER_ROLE, who=role)


def test_the_member_role_lets_in_nobody_else_of_the_hub(hub: Hub) -> None:
    """Not its root, and not a role that may assume whatever trusts it."""
    hub.make_role(HOME.account, "somebody", may="sts:AssumeRole")
    hub.make_role(STRANGER, MEMBER_ROLE)
    somebody = f"arn:aws:iam::{HOME.account}:role/somebody"

    assert hub.assumes(STRANGER, MEMBER_ROLE, who=somebody)
    assert not hub.assumes(MEMBER, MEMBER_ROLE, who=somebody)
    assert not hub.assumes(MEMBER, MEMBER_ROLE)


def test_every_place_has_a_memory_of_its_own(hub: Hub) -> None:
    """From its first sweep on."""
    assert hub.remembered() >= {str(place) for place in PLACES}


def test_an_event_from_a_member_leads_to_a_check(hub: Hub) -> None:
    """About a job that no sweep announces, so that it was the event."""
    came, event_id = hub.put_from(MEMBER, event_about(OLD))

    for body in came:
        hub.here.enqueue(body)

    decision = hub.decision(OLD, MEMBERS_HOME)
    assert decision["job"]["arn"] == job_arn(OLD, MEMBERS_HOME)
    assert decision["trigger"]["event_id"] == event_id


def test_an_event_from_an_account_that_is_no_member_does_not(hub: Hub) -> None:
    """By the rule; in AWS the policy of the bus refuses a stranger before. The hub's own account,
    which that policy does not concern, puts on the deployed bus itself.
    """
    events = hub.here.aws.client("events")
    bus = hub.here.stack.outputs["MemberBusArn"]

    came, _ = hub.put_from(STRANGER, event_about(OLD))
    events.put_events(Entries=[{**event_about(OLD), "EventBusName": bus}])
    events.put_events(Entries=[event_about(AS_OLD)])  # the default bus, and behind it in the queue

    assert came == []
    assert hub.decision(AS_OLD, HOME)
    assert hub.here.entries(OLD, "decision", place=HOME) == []


@pytest.mark.parametrize("region", [HOME.region, EAST])
def test_a_members_rules_forward_to_the_hubs_bus_by_a_role_that_may_do_that_alone(
    hub: Hub, region: str
) -> None:
    """From each region to the one bus in the hub's home region."""
    bus = hub.here.stack.outputs["MemberBusArn"]
    events = hub.here.aws.client("events", account=MEMBER, region=region)

    targets = [
        target
        for rule in events.list_rules()["Rules"]
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    ]

    assert [target["Arn"] for target in targets] == [bus, bus]
    (role,) = {target["RoleArn"] for target in targets}
    assert hub.may(role, "events:PutEvents", region, bus)
    assert not hub.may(role, "events:PutEvents", region, bus.replace("/recgate-", "/other-"))


def test_who_started_a_job_in_a_member_account_is_told(hub: Hub) -> None:
    """CloudTrail's event is one that the member's rule forwards and the hub's rule takes."""
    events = hub.here.aws.client("events", account=MEMBER, region=EAST)
    hub.create("somebodys", MEMBERS_EAST, runs_s=8)
    trail = hub.sagemakers[MEMBERS_EAST].trail
    (call,) = [each for each in trail if each.request.get("JobName") == "somebodys"]
    event = envelope(call)

    forwarding = [
        rule["Name"]
        for rule in events.list_rules()["Rules"]
        if hub.matches(rule["EventPattern"], event)
    ]
    taken = hub.matches(hub.member_events_pattern(), event)
    hub.here.enqueue(json.dumps(event))

    assert [name.split("-")[2] for name in forwarding] == ["JobRequestedRule"]
    assert taken
    hub.here.until(
        lambda: hub.here.entries("somebodys", "request", place=MEMBERS_EAST),
        within_s=MINUTE,
        what="the request",
    )
    hub.ended("somebodys", MEMBERS_EAST)
    hub.here.sweep()
    decision = hub.decision("somebodys", MEMBERS_EAST)
    assert decision["job"]["created_by"] == f"arn:aws:sts::{MEMBER}:assumed-role/ml-engineer/dana"


def test_a_member_without_its_role_fails_loudly_and_stops_nobody_else(hub: Hub) -> None:
    """As between the steps of docs/accounts.md: the hub knows of the account, whose stack is not
    there yet. The places after it are swept; what ends there meanwhile is judged in the end.
    """
    accounts = f"{NEW_MEMBER},{MEMBER}"
    parameters = {**USUAL_PARAMETERS, "WatchRegions": EAST, "MemberAccounts": accounts}
    hub.here.stack = deploy_again(hub.here.aws, parameters)
    hub.create("meanwhile", MEMBERS_EAST)
    hub.create("meanwhile", NEW_PLACES[1])
    hub.ended("meanwhile", MEMBERS_EAST)
    hub.ended("meanwhile", NEW_PLACES[1])

    failed = hub.here.aws.client("lambda").invoke(
        FunctionName=hub.here.stack.outputs["WatchFunctionName"], Payload=b"{}"
    )

    answer = json.loads(failed["Payload"].read())
    assert failed.get("FunctionError") == "Unhandled", answer
    said = answer["errorMessage"]
    assert said.startswith("2 of 6 not swept. ")
    assert f"arn:aws:iam::{NEW_MEMBER}:role/{MEMBER_ROLE} cannot be assumed" in said
    assert f"deploy member.yaml in account {NEW_MEMBER}" in said
    assert all(str(place) in said for place in NEW_PLACES)
    assert MEMBER not in said
    assert hub.here.logs("WatchFunctionName").count("A place could not be swept") >= len(NEW_PLACES)
    assert hub.decision("meanwhile", MEMBERS_EAST)["verdict"] == "FAIL"

    hub.join(NEW_MEMBER)
    hub.here.sweep()

    assert hub.decision("meanwhile", NEW_PLACES[1])["verdict"] == "WARN"
    assert hub.remembered() == {str(place) for place in (*PLACES, *NEW_PLACES)}


def event_about(job: str) -> dict[str, str]:
    """The entry of a status change as anybody may put it, about a job of that name."""
    return {
        "Source": "recgate",
        "DetailType": "Inference Recommendations Job Status Change",
        "Detail": json.dumps({"SchemaVersion": "1", "JobName": job}),
    }

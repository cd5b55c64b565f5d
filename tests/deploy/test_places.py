"""More regions and accounts: the functions are told of them, and let into them, and no others."""

from typing import Any

import pytest

from recgate.settings import settings_from
from tests.deploy.cloudformation import ACCOUNT, REGION, worked_out
from tests.deploy.template import (
    MEMBER,
    conditional_statements,
    listed,
    load_template,
    properties,
    role_statements,
    variables,
)

REGIONS, MEMBERS = "us-east-1,eu-central-1", "222233334444,333344445555"
NOWHERE_ELSE: dict[str, str] = {}
EVERYWHERE = {"WatchRegions": REGIONS, "MemberAccounts": MEMBERS, "MemberRoleName": "reader"}

FUNCTIONS_AND_ROLES = [("CheckFunction", "CheckRole"), ("WatchFunction", "WatchRole")]
ASSUMING = {"CheckRole": "ReadJobsOfMembers", "WatchRole": "ListJobsOfMembers"}


def reach(role: str, parameters: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The statements of a role that depend on the regions and members, worked out."""
    own = "ReadJobs" if role == "CheckRole" else "ListJobs"
    values: dict[str, tuple[str | None, Any]] = {own: (None, role_statements(role)[own])}
    for condition, statement in conditional_statements(role):
        if statement["Sid"] == ASSUMING[role]:
            values[statement["Sid"]] = (condition, statement)
    return worked_out(values, parameters, monkeypatch)


@pytest.mark.parametrize(("function", "role"), FUNCTIONS_AND_ROLES)
def test_a_stack_of_its_own_region_and_account_reaches_no_other(
    function: str, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty list is a list with one empty string, and must not be taken for a region."""
    reached = reach(role, NOWHERE_ELSE, monkeypatch)
    told = worked_out(told_places(function), NOWHERE_ELSE, monkeypatch)

    (only,) = reached.values()
    assert only["Condition"] == {"StringEquals": {"aws:RequestedRegion": REGION}}
    assert told["REGIONS"] is told["MEMBERS"] is None


def test_in_its_own_region_the_check_reads_jobs_by_arn(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wildcard where none is needed."""
    reached = reach("CheckRole", NOWHERE_ELSE, monkeypatch)

    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:inference-recommendations-job/*"
    assert reached["ReadJobs"]["Resource"] == job


@pytest.mark.parametrize(("function", "role"), FUNCTIONS_AND_ROLES)
def test_the_watched_regions_are_reached_and_no_others(
    function: str, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home is one of them; the function is told the same ones."""
    reached = reach(role, EVERYWHERE, monkeypatch)
    told = worked_out(told_places(function), EVERYWHERE, monkeypatch)

    own = next(iter(reached.values()))
    regions = [REGION, *REGIONS.split(",")]
    assert own["Condition"] == {"StringEquals": {"aws:RequestedRegion": regions}}
    assert f":{ACCOUNT}:" in own["Resource"] or own["Resource"] == "*"
    assert told["REGIONS"] == REGIONS


@pytest.mark.parametrize(("function", "role"), FUNCTIONS_AND_ROLES)
def test_one_role_is_assumed_in_the_member_accounts_and_in_no_others(
    function: str, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudFormation's Fn::Join takes no function for its delimiter, so a list of ARNs that have a
    parameter in them cannot be made: the accounts are a condition.
    """
    reached = reach(role, EVERYWHERE, monkeypatch)
    told = worked_out(told_places(function), EVERYWHERE, monkeypatch)

    assuming = reached[ASSUMING[role]]
    assert assuming["Action"] == "sts:AssumeRole"
    assert assuming["Resource"] == "arn:aws:iam::*:role/reader"
    assert assuming["Condition"] == {"StringEquals": {"aws:ResourceAccount": MEMBERS.split(",")}}
    assert (told["MEMBERS"], told["MEMBER_ROLE"]) == (MEMBERS, "reader")


@pytest.mark.parametrize("function", ["CheckFunction", "WatchFunction"])
def test_the_settings_understand_what_the_template_tells(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both functions serve the same places: what one announces the other can describe."""
    told = worked_out(told_places(function), EVERYWHERE, monkeypatch)

    settings = settings_from({f"RECGATE_{name}": value for name, value in told.items()})

    places = [str(place) for place in settings.places(REGION)]
    assert places == [
        f"{account}/{region}"
        for account in (ACCOUNT, *MEMBERS.split(","))
        for region in (REGION, *REGIONS.split(","))
    ]
    assert settings.member_role == "reader"


def test_the_role_has_the_same_name_on_both_sides() -> None:
    """Neither template can look at the other."""
    hub, member = load_template()["Parameters"], load_template(MEMBER)["Parameters"]

    assert hub["MemberRoleName"]["Default"] == member["RoleName"]["Default"]
    assert settings_from({}).member_role == member["RoleName"]["Default"]
    assert properties("MemberRole", MEMBER)["RoleName"] == {"Ref": "RoleName"}


def test_the_member_role_may_do_what_the_hubs_functions_do_at_home() -> None:
    """A call that works at home and not in a member would be found out in production only."""
    at_home = {
        action
        for role, sids in {
            "CheckRole": ("ReadJobs", "ReadBenchmarkSteps", "ReadMeasuredLatency"),
            "WatchRole": ("ListJobs",),
        }.items()
        for sid in sids
        for action in listed(role_statements(role)[sid]["Action"])
    }
    in_a_member = {
        action
        for statement in role_statements("MemberRole", MEMBER).values()
        for action in listed(statement["Action"])
    }

    assert in_a_member == at_home
    assert len(in_a_member) == 5


@pytest.mark.parametrize("at_a_desk", [[], ["role/MLPlatform", "user/dana"]])
def test_a_member_lets_in_the_hubs_functions_and_whom_it_names_beside_them(
    at_a_desk: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trusting the account alone would trust everybody in it who may assume roles."""
    (trust,) = properties("MemberRole", MEMBER)["AssumeRolePolicyDocument"]["Statement"]
    in_the_hub = "arn:aws:iam::111122223333"
    functions = [f"{in_the_hub}:role/recgate-{role}-1AB2" for role in ("CheckRole", "WatchRole")]
    people = [f"{in_the_hub}:{person}" for person in at_a_desk]

    made = worked_out(
        {"trust": (None, trust)},
        {
            "HubAccount": "111122223333",
            "HubBusArn": f"arn:aws:events:{REGION}:111122223333:event-bus/recgate-members",
            "CheckRoleArn": functions[0],
            "WatchRoleArn": functions[1],
            "RoleRegion": REGION,
            "DeskPrincipalArns": ",".join(people),
        },
        monkeypatch,
        path=MEMBER,
    )

    assert made["trust"]["Principal"] == {"AWS": f"{in_the_hub}:root"}
    assert made["trust"]["Condition"] == {"ArnLike": {"aws:PrincipalArn": functions + people}}


def test_the_member_role_is_made_once_in_an_account() -> None:
    """Roles have no region: a second stack would fail on the name."""
    member = load_template(MEMBER)

    assert member["Resources"]["MemberRole"]["Condition"] == "MakesTheRole"
    assert member["Conditions"]["MakesTheRole"] == {
        "Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "RoleRegion"}]
    }


def test_a_member_may_put_events_on_the_hubs_bus_for_members_only() -> None:
    """The default bus of the hub is closed to other accounts, and theirs to the hub."""
    bus = properties("MemberBus")
    (statement,) = bus["Policy"]["Statement"]
    (forward,) = role_statements("ForwardRole", MEMBER).values()

    assert (statement["Effect"], statement["Action"]) == ("Allow", "events:PutEvents")
    assert statement["Principal"] == {"AWS": {"Ref": "MemberAccounts"}}
    # The bus by its name: it cannot refer to itself.
    assert statement["Resource"]["Fn::Sub"].endswith(f":event-bus/{bus['Name']['Fn::Sub']}")
    assert forward["Action"] == "events:PutEvents"
    assert forward["Resource"] == {"Ref": "HubBusArn"}


def test_without_members_nothing_is_made_for_them() -> None:
    """A bus that other accounts may use is there only when there are other accounts."""
    made_for_members = {
        name
        for name, resource in load_template()["Resources"].items()
        if resource.get("Condition") == "HasMembers"
    }

    assert made_for_members == {"MemberBus", "MemberEventsRule"}


def told_places(function: str) -> dict[str, tuple[str | None, Any]]:
    """The variables that tell a function which places it serves, by the settings' names."""
    names = ("ACCOUNT", "REGIONS", "MEMBERS", "MEMBER_ROLE")
    return {name: (None, variables(function)[f"RECGATE_{name}"]) for name in names}

"""The watcher runs every minute, and nothing about it has to be kept when a run fails."""

import pytest

from tests.deploy.template import load_template, properties, resources, variables


def test_the_watcher_is_started_every_minute_on_the_minute() -> None:
    """EventBridge Scheduler's finest rate; a flexible window would make it seldomer."""
    schedule = properties("WatchSchedule")

    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": ["WatchFunction", "Arn"]}
    assert schedule["Target"]["RoleArn"] == {"Fn::GetAtt": ["WatchScheduleRole", "Arn"]}
    assert "State" not in schedule  # enabled


def test_a_sweep_that_failed_is_not_tried_again() -> None:
    """The next minute comes; tries of the last one would only get in its way."""
    from_scheduler = properties("WatchSchedule")["Target"]["RetryPolicy"]
    from_lambda = properties("WatchFunction")["EventInvokeConfig"]

    assert from_scheduler["MaximumRetryAttempts"] == 0
    assert from_lambda == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}


@pytest.mark.parametrize("name", resources("AWS::Serverless::Function"))
def test_no_concurrency_is_reserved(name: str) -> None:
    """A new account has ten in all, and Lambda refuses to leave fewer than that unreserved."""
    assert "ReservedConcurrentExecutions" not in properties(name)


def test_the_memory_is_keyed_by_place_and_part() -> None:
    """As `recgate.adapters.dynamodb_watch_memory` has it."""
    table = properties("WatchTable")
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}

    key = {each["KeyType"]: each["AttributeName"] for each in table["KeySchema"]}

    assert key == {"HASH": "place", "RANGE": "part"}
    assert types == {"place": "S", "part": "N"}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}


def test_the_memory_goes_with_the_stack() -> None:
    """A new stack makes a table of its own: one that was kept would never be read again."""
    table = load_template()["Resources"]["WatchTable"]

    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_the_watcher_looks_for_decisions_where_the_check_records_them() -> None:
    """Elsewhere every job would be without a verdict for ever."""
    assert (
        variables("WatchFunction")["RECGATE_LEDGER"]
        == (variables("CheckFunction")["RECGATE_LEDGER"])
    )
    assert (
        variables("WatchFunction")["RECGATE_SETTLING_MINUTES"]
        == (variables("CheckFunction")["RECGATE_SETTLING_MINUTES"])
    )


def test_the_watcher_puts_events_where_the_rule_listens() -> None:
    """The rule for recgate's own event is on the default bus."""
    assert variables("WatchFunction")["RECGATE_BUS"] == "default"
    assert "EventBusName" not in properties("StatusChangedRule")
    assert load_template()["Outputs"]["BusName"]["Value"] == "default"

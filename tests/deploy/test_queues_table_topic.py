"""What holds events and evidence loses neither."""

from typing import Any

import pytest

from recgate.dialect.ledger_item import BY_DAY, BY_ID
from recgate.flows.checkup.keeping import LEDGER_INDEXES
from recgate.flows.parts import LEASE
from tests.deploy.template import load_template, properties, resources, variables


def test_a_message_stays_hidden_while_the_function_works_on_it() -> None:
    """Lambda asks for at least six times the function's timeout, else a message is judged twice
    at once. docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    timeout_s = properties("CheckFunction")["Timeout"]

    assert properties("NoticeQueue")["VisibilityTimeout"] >= 6 * timeout_s


def test_a_claim_outlives_the_worker_that_made_it() -> None:
    """Else a message could be sent by two workers at once; and it is over when the queue hands
    the event to the next.
    """
    timeout_s = properties("CheckFunction")["Timeout"]

    assert timeout_s < LEASE.total_seconds() < properties("NoticeQueue")["VisibilityTimeout"]


def test_what_fails_goes_back_alone_and_ends_among_the_dead_letters() -> None:
    """One bad message of a batch must not take the others with it, nor come back for ever."""
    notices = properties("CheckFunction")["Events"]["Notices"]["Properties"]
    queue, dead_letters = properties("NoticeQueue"), properties("DeadLetterQueue")

    assert notices["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {
        "Fn::GetAtt": ["DeadLetterQueue", "Arn"]
    }
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    # A message keeps its age when it moves: the dead letters must be kept longer.
    assert dead_letters["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"] >= 4 * 86400


@pytest.mark.parametrize("queue", sorted(resources("AWS::SQS::Queue")))
def test_queues_are_encrypted_at_rest_and_on_the_way(queue: str) -> None:
    """An event names jobs and callers."""
    statements = properties("QueuesPolicy")["PolicyDocument"]["Statement"]
    (refusal,) = (each for each in statements if each["Effect"] == "Deny")

    assert properties(queue)["SqsManagedSseEnabled"] is True
    assert {"Ref": queue} in properties("QueuesPolicy")["Queues"]
    assert {"Fn::GetAtt": [queue, "Arn"]} in refusal["Resource"]
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_function_knows_how_often_the_queue_hands_a_message_over() -> None:
    """In its last try it says what it gives up; counted wrongly, it would say so too early or
    never.
    """
    receives = properties("NoticeQueue")["RedrivePolicy"]["maxReceiveCount"]

    assert variables("CheckFunction")["RECGATE_MOST_RECEIVES"] == str(receives)


def test_the_ledger_outlives_the_stack_and_mistakes() -> None:
    """Deleting the stack, replacing the table or a bad write must not cost evidence."""
    ledger = load_template()["Resources"]["LedgerTable"]
    settings = ledger["Properties"]

    assert (ledger["DeletionPolicy"], ledger["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert settings["DeletionProtectionEnabled"] is True
    assert settings["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert settings["SSESpecification"] == {"SSEEnabled": True}
    assert settings["BillingMode"] == "PAY_PER_REQUEST"
    assert "TimeToLiveSpecification" not in settings


def test_the_ledgers_key_is_stream_and_position() -> None:
    """As `recgate.ports.Ledger` has it."""
    settings = properties("LedgerTable")
    types = {
        each["AttributeName"]: each["AttributeType"] for each in settings["AttributeDefinitions"]
    }

    key = {each["KeyType"]: each["AttributeName"] for each in settings["KeySchema"]}

    assert key == {"HASH": "stream", "RANGE": "position"}
    assert (types["stream"], types["position"]) == ("S", "N")


def test_the_ledgers_indexes_find_decisions_and_copy_nothing_else() -> None:
    """As `recgate.dialect.ledger_item` asks them: each by its attribute, in the order of time.

    A body in an index would be paid for and kept twice.
    """
    settings = properties("LedgerTable")
    types = {
        each["AttributeName"]: each["AttributeType"] for each in settings["AttributeDefinitions"]
    }

    found = {
        index["IndexName"]: {each["KeyType"]: each["AttributeName"] for each in index["KeySchema"]}
        for index in settings["GlobalSecondaryIndexes"]
    }

    assert found == {
        BY_DAY: {"HASH": "decision_day", "RANGE": "recorded_at"},
        BY_ID: {"HASH": "decision_id", "RANGE": "recorded_at"},
        "decisions-by-model": {"HASH": "decision_model", "RANGE": "recorded_at"},
    }
    assert set(found) == set(LEDGER_INDEXES)  # what `recgate doctor` looks for
    assert {types[name] for keys in found.values() for name in keys.values()} == {"S"}
    for index in settings["GlobalSecondaryIndexes"]:
        assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_alarms_reach_the_encrypted_topic() -> None:
    """CloudWatch may use the topic and its key; under alias/aws/sns the alarm would be lost.
    repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
    """
    key_statements = properties("NoticeKey")["KeyPolicy"]["Statement"]
    topic_statements = properties("NoticeTopicPolicy")["PolicyDocument"]["Statement"]

    assert properties("NoticeTopic")["KmsMasterKeyId"] == {"Ref": "NoticeKey"}
    assert _allowed_to_cloudwatch(key_statements) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert _allowed_to_cloudwatch(topic_statements) == {"sns:Publish"}
    for alarm in resources("AWS::CloudWatch::Alarm"):
        assert properties(alarm)["AlarmActions"] == [{"Ref": "NoticeTopic"}]


def _allowed_to_cloudwatch(statements: list[dict[str, Any]]) -> set[str]:
    actions: set[str] = set()
    for statement in statements:
        if statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}:
            assert statement["Condition"] == {
                "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
            }
            granted = statement["Action"]
            actions |= set(granted) if isinstance(granted, list) else {granted}
    return actions


def test_a_function_that_reminds_itself_is_not_taken_for_a_loop() -> None:
    """Lambda stops what goes through one queue more than 16 times, 80 minutes of reminders.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    assert properties("CheckFunction")["RecursiveLoop"] == "Allow"
    assert "RecursiveLoop" not in properties("WatchFunction")

"""The DynamoDB table that the watcher's memory is kept in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def create_watch_table(client: "DynamoDBClient", name: str) -> None:
    """Make the table that `DynamoDbWatchMemory` works on."""
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "place", "KeyType": "HASH"},
            {"AttributeName": "part", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "place", "AttributeType": "S"},
            {"AttributeName": "part", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )

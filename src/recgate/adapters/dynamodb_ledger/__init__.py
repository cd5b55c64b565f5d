"""The ledger in one DynamoDB table, and the chains that it makes of what is appended."""

from recgate.adapters.dynamodb_ledger.ledger import DynamoDbLedger

__all__ = ["DynamoDbLedger"]

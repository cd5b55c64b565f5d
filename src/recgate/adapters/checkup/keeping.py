"""Tables and buckets."""

from recgate.adapters.checkup.asking import Client, asked
from recgate.flows.checkup.facts import Table


def table(dynamodb: Client, name: str) -> Table:
    """The table of that name. Raises NotThere, CannotLook."""
    meta = dynamodb.meta
    resource = f"arn:{meta.partition}:dynamodb:{meta.region_name}:*:table/{name}"
    with asked(f"describe the table {name}", "dynamodb:DescribeTable", resource):
        found = dynamodb.describe_table(TableName=name)["Table"]
    indexes = found.get("GlobalSecondaryIndexes", ())
    return Table(
        name,
        str(found.get("TableStatus", "")),
        {str(each["IndexName"]): str(each.get("IndexStatus", "ACTIVE")) for each in indexes},
    )


def bucket_is_there(s3: Client, name: str) -> None:
    """Nothing, if the bucket is there. Raises NotThere, CannotLook."""
    with asked(
        f"look at the bucket {name}", "s3:ListBucket", f"arn:{s3.meta.partition}:s3:::{name}"
    ):
        s3.head_bucket(Bucket=name)

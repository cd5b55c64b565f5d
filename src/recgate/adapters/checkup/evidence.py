"""The key that signs records, and the bucket that they are archived in."""

from recgate.adapters.checkup.asking import Client, asked
from recgate.flows.checkup.facts import Archive, SigningKey

_DAYS_OF_A_YEAR = 365
_NO_LOCK = "ObjectLockConfigurationNotFoundError"


def signing_key(kms: Client, arn: str) -> SigningKey:
    """The key with that ARN, whatever its state. Raises NotThere, CannotLook."""
    with asked("describe the key that signs", "kms:DescribeKey", arn):
        found = kms.describe_key(KeyId=arn)["KeyMetadata"]
    return SigningKey(
        arn,
        # CustomerMasterKeySpec is the earlier name of KeySpec; KMS itself gives both.
        str(found.get("KeySpec") or found.get("CustomerMasterKeySpec", "")),
        str(found.get("KeyUsage", "")),
        str(found.get("KeyState", "")),
    )


def archive(s3: Client, bucket: str) -> Archive:
    """How the bucket locks what is put there. Raises NotThere, CannotLook."""
    from botocore.exceptions import ClientError

    resource = f"arn:{s3.meta.partition}:s3:::{bucket}"
    action = "s3:GetBucketObjectLockConfiguration"
    with asked(f"tell how the bucket {bucket} locks", action, resource):
        try:
            found = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _NO_LOCK:
                raise
            return Archive(bucket)
    default = found.get("Rule", {}).get("DefaultRetention", {})
    days = default.get("Days") or _DAYS_OF_A_YEAR * default.get("Years", 0)
    return Archive(bucket, str(default.get("Mode", "")), int(days))

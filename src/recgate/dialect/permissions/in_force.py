"""What permissions are about: the parts of one configuration, by their names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ACCOUNT, REGION = "ACCOUNT", "REGION"

PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        ACCOUNT: "the account, 12 digits",
        REGION: "the region, such as eu-west-1",
        "LEDGER_TABLE": "the table of decisions (output LedgerTableName)",
        "WATCH_TABLE": "the watcher's table (output WatchTableName)",
        "NOTICE_QUEUE": "the queue of events (output NoticeQueueUrl, its last part)",
        "DEAD_LETTER_QUEUE": "the dead-letter queue (output DeadLetterQueueUrl, its last part)",
        "NOTICE_TOPIC": "the topic of verdicts (output NoticeTopicArn, its last part)",
        "NOTICE_KEY": "the topic's KMS key (resource NoticeKey)",
        "REPORTS_BUCKET": "the bucket of pages (output ReportsBucketName)",
        "EVIDENCE_BUCKET": "the archive of signed records (output EvidenceBucketName)",
        "EVIDENCE_KEY": "the key that signs records (output EvidenceKeyArn, its last part)",
        "CHECK_LOG_GROUP": "the check function's log group (output CheckLogGroupName)",
        "WATCH_LOG_GROUP": "the watch function's log group (output WatchLogGroupName)",
        "SEAL_LOG_GROUP": "the seal function's log group (output SealLogGroupName)",
    }
)
"""The words that stand in an ARN for what is not known, and what to put in their places."""


_PARTS = re.compile(r"[:/]")


def unfilled(resource: str) -> tuple[str, ...]:
    """The placeholders that stand in an ARN."""
    return tuple(part for part in _PARTS.split(resource) if part in PLACEHOLDERS)


@dataclass(frozen=True, slots=True)
class InForce:
    """One configuration. '' is what it does not have; what is only unknown has its placeholder.

    ``regions`` are watched beside ``region``; ``topics`` are ARNs beside ``topic``; ``secrets``
    are where secrets are kept, as `recgate.domain.route` names them: a name, an ARN, ``ssm:/path``.
    ``secret_key`` is the KMS key of the secrets, ``topic_key`` that of the topic; ``archive`` is
    the bucket of signed records, ``signing_key`` the ARN of the key that signs them.
    """

    partition: str = "aws"
    account: str = ACCOUNT
    region: str = REGION
    regions: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    member_role: str = ""
    ledger_table: str = ""
    watch_table: str = ""
    bus: str = "default"
    queue: str = ""
    dead_letters: str = ""
    topic: str = ""
    topic_key: str = ""
    topics: tuple[str, ...] = ()
    bucket: str = ""
    archive: str = ""
    signing_key: str = ""
    slack_secret: str = ""
    secrets: tuple[str, ...] = ()
    secret_key: str = ""
    check_log_group: str = ""
    watch_log_group: str = ""
    seal_log_group: str = ""
    stack: str = ""
    functions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    you: str = ""

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """The ARN of something in this account; ``region`` is another one than the home region."""
        where = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{where}:{self.account}:{resource}"

    @property
    def url_suffix(self) -> str:
        """What AWS::URLSuffix is in this partition."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    @property
    def watched(self) -> str | tuple[str, ...]:
        """Every region whose jobs count, home first."""
        return (self.region, *self.regions) if self.regions else self.region

    def secret_arn(self, secret: str) -> str:
        """The ARN of a secret, wherever it is kept.

        The ARN of one in Secrets Manager ends in six characters that its name does not tell.
        """
        if secret.startswith("ssm:"):
            return self.arn("ssm", f"parameter{secret.removeprefix('ssm:')}")
        if secret.startswith("arn:"):
            return secret
        return self.arn("secretsmanager", f"secret:{secret}-??????")

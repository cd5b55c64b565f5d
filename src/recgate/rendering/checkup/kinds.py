"""Each check of `recgate doctor` in words; a test holds the table of docs/doctor.md to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from recgate.domain.checkup import CheckId


@dataclass(frozen=True, slots=True)
class Kind:
    """A check: its title, what it asks, and what mends it."""

    title: str
    asks: str
    mends: str


KINDS: Mapping[CheckId, Kind] = MappingProxyType(
    {
        CheckId.SETTINGS: Kind(
            "Settings",
            "Can every `RECGATE_*` variable be used?",
            "correct the variable that is named",
        ),
        CheckId.POLICIES: Kind(
            "Policies folder",
            "Is every file of the folder valid, and every route that a policy names there?",
            "`recgate policy validate`",
        ),
        CheckId.WAIVERS: Kind(
            "Waivers", "Is every entry of waivers.yaml well formed?", "`recgate waiver check`"
        ),
        CheckId.CREDENTIALS: Kind(
            "AWS credentials",
            "Who is asking (STS), and is it the account that the settings name?",
            "`aws sso login`, `aws configure sso`, `--profile`",
        ),
        CheckId.REGION: Kind("AWS region", "Is a region set?", "`--region`, `AWS_DEFAULT_REGION`"),
        CheckId.SAGEMAKER: Kind(
            "SageMaker",
            "Does SageMaker list Inference Recommender jobs in every region that is watched?",
            "another region, or `sagemaker:ListInferenceRecommendationsJobs`",
        ),
        CheckId.STACK: Kind(
            "Deployed stack",
            "Is the stack there, is it recgate's, and did its last deployment succeed?",
            "`sam deploy`",
        ),
        CheckId.VERSION: Kind(
            "Deployed version", "Is the deployed version the one at this desk?", "`sam deploy`"
        ),
        CheckId.FUNCTION: Kind(
            "Function",
            "Can Lambda run the functions, as the roles of the stack and on its ledger, queue, "
            "table, bus, archive and key?",
            "`sam deploy`, `aws lambda update-function-configuration`",
        ),
        CheckId.PERMISSIONS: Kind(
            "Permissions",
            "May you, and may the roles of the functions, do all that this configuration needs "
            "(IAM's simulator)?",
            "`recgate iam`; `RouteSecretArns`, `RouteTopicArns`",
        ),
        CheckId.TRAIL: Kind(
            "CloudTrail",
            "Does a trail log management events in this region? Without one recgate does not know "
            "who started a job.",
            "`aws cloudtrail start-logging`",
        ),
        CheckId.RULE: Kind(
            "Event rule",
            "Is each rule enabled, with the template's pattern, and does it send whole events to "
            "the queue?",
            "`aws events enable-rule`, `sam deploy`",
        ),
        CheckId.SCHEDULE: Kind(
            "Schedule",
            "Are the sweep and the seal (every minute) and the digest scheduled?",
            "`aws scheduler update-schedule`",
        ),
        CheckId.SWEEP: Kind(
            "Last sweep",
            "Did the watcher run lately, and how far behind is its watermark?",
            "its log; `recgate sweep`",
        ),
        CheckId.QUEUE: Kind(
            "Queue",
            "Does the queue let EventBridge send, give up to the dead-letter queue, and hide a "
            "message long enough?",
            "`sam deploy`, `aws sqs set-queue-attributes`",
        ),
        CheckId.POLLING: Kind(
            "Polling",
            "Does Lambda hand the queue's events to the check function?",
            "`aws lambda update-event-source-mapping`",
        ),
        CheckId.DEAD_LETTERS: Kind(
            "Dead letters", "Does an event wait that nobody could handle?", "`recgate redrive`"
        ),
        CheckId.LEDGER: Kind(
            "Ledger", "Can the ledger be used, and its indexes?", "`sam deploy`, `RECGATE_LEDGER`"
        ),
        CheckId.WATCH_MEMORY: Kind(
            "Watcher's memory", "Is the watcher's table active?", "`sam deploy`"
        ),
        CheckId.PAGES: Kind(
            "Pages", "Is the bucket of pages about decisions there?", "`sam deploy`"
        ),
        CheckId.SIGNING_KEY: Kind(
            "Signing key",
            "Is the key that signs records there, enabled, and of the right kind?",
            "`aws kms enable-key`, `SigningKeyArn`",
        ),
        CheckId.ARCHIVE: Kind(
            "Archive",
            "Does the bucket of signed records lock what is put there, in the mode and for the "
            "days of the stack's parameters?",
            "`sam deploy`, `aws s3api put-object-lock-configuration`",
        ),
        CheckId.SEALING: Kind(
            "Sealing",
            "Is every record signed and archived, or has one waited for 15 minutes?",
            "the seal function's log",
        ),
        CheckId.CHECKPOINT: Kind(
            "Checkpoint",
            "Has every chain a checkpoint of today or yesterday?",
            "the seal function's log",
        ),
        CheckId.SECRET: Kind(
            "Secret of a route",
            "Is it there, readable, and of the right form? It is never shown.",
            "`aws secretsmanager create-secret`, `put-secret-value`",
        ),
        CheckId.SLACK_TOKEN: Kind(
            "Slack token",
            "Does Slack know the token, and has it the scopes?",
            "install the Slack app again with the scope that is named",
        ),
        CheckId.SLACK_CHANNEL: Kind(
            "Slack channel", "Is the bot a member of the channel?", "`/invite @recgate`"
        ),
        CheckId.TOPIC: Kind(
            "SNS topic",
            "Is it there, and who confirmed a subscription?",
            "`aws sns subscribe`, the link in the mail",
        ),
        CheckId.ALARM: Kind(
            "Alarms",
            "Does an alarm of the stack ring?",
            "its section of [operations.md](operations.md)",
        ),
        CheckId.ALARMS_HEARD: Kind(
            "Who hears alarms",
            "Would anybody hear an alarm?",
            "`aws sns subscribe`, `aws cloudwatch enable-alarm-actions`",
        ),
    }
)

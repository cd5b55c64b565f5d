"""Everything that `recgate doctor` asks, on this machine: a deployed stack in moto, and the local
CloudFormation, IAM, SageMaker and Slack beside it.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.servers.aws import REGION, LocalAws, local_aws
from tests.servers.described_account import ACCOUNT, DescribedAccount, described_account
from tests.servers.recgate_stack import (
    STACK,
    deploy_stack,
    make_trail,
    subscribe,
    sweeps_are_counted,
)
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.slack import SlackServer, local_slack
from tests.servers.slack_workspace import ALL_SCOPES

TOKEN = "xoxb-1111-2222-LocalTestToken"
CHANNEL = "C0123456789"
SECRET = "recgate/slack"


@dataclass
class DoctorWorld:
    """The servers, and how a desk reaches them."""

    aws: LocalAws
    account: DescribedAccount
    sagemaker: LocalSageMaker
    slack: SlackServer
    key: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """What a desk needs, once something is deployed; the key is that of the user dana."""
        return {
            "AWS_ACCESS_KEY_ID": self.key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.key["SecretAccessKey"],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.aws.endpoint_url,
            "AWS_ENDPOINT_URL_IAM": self.account.url,
            "AWS_ENDPOINT_URL_CLOUDFORMATION": self.account.url,
            "AWS_ENDPOINT_URL_SAGEMAKER": self.sagemaker.endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "RECGATE_SLACK_API": self.slack.base_url,
        }

    def deploy(self) -> None:
        """A stack that is fine in all its parts, with a bot in its channel, somebody who hears
        its topic, and a trail.
        """
        self.aws.reset()
        iam = self.aws.client("iam")
        iam.create_user(UserName="dana")
        self.key = iam.create_access_key(UserName="dana")["AccessKey"]
        parameters = {"SlackSecretName": SECRET, "SlackChannel": CHANNEL}
        self.account.stacks = {STACK: deploy_stack(self.aws, parameters)}
        self.aws.client("secretsmanager").create_secret(Name=SECRET, SecretString=TOKEN)
        sweeps_are_counted(self.aws)
        subscribe(self.aws)
        make_trail(self.aws)
        self.slack.workspace.scopes = set(ALL_SCOPES)


def queue_url(world: DoctorWorld, name: str) -> str:
    """The address of a queue of the stack."""
    return str(world.aws.client("sqs").get_queue_url(QueueName=f"{STACK}-{name}")["QueueUrl"])


@contextmanager
def doctor_world() -> Iterator[DoctorWorld]:
    """All of it while the block lasts; nothing is deployed yet."""

    def now() -> datetime:
        return datetime.now(UTC)

    with ExitStack() as stack:
        sagemaker = stack.enter_context(
            local_sagemaker(now=now(), clock=now, account=ACCOUNT, region=REGION)
        )
        yield DoctorWorld(
            stack.enter_context(local_aws()),
            stack.enter_context(described_account()),
            sagemaker,
            stack.enter_context(local_slack()),
        )

"""A hub with a member account on a local AWS, both templates as they are, and how to ask about it.

What AWS does between accounts and the emulator does not is done here:

- A role's trust sees a function by its session's ARN there, where in AWS it is the role's: the
  member role is made to trust the same two roles in both spellings.
- No event crosses to another account: a bus and the hub's own rule in that account say what would
  have come through, for a test to put on the queue. The policy of a bus is not kept, and that of a
  queue not asked when an event comes.
- There is no SageMaker: each place has a local one, behind a router that reads signatures. What
  the roles allow there is asked of the emulator's policy simulator.
- The names of resources that a template leaves open come out the same in two regions, so the two
  ForwardRoles of an account are one.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from recgate.domain.place import Place
from tests.deployed.deployment import HOME, Deployment, deployment
from tests.deployed.place_router import AccountOf, PlaceRouter, RoutedCall, place_router
from tests.deployed.stack import deploy_member
from tests.playground.world import JobOrder
from tests.servers.job_lives import Pace
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import job as sample_job

MINUTE = 60.0
MEMBER_ROLE = "recgate-member"


@dataclass
class Hub:
    """The deployment, the SageMaker of every place, and the router before them.

    ``regions`` are those that members deploy their stacks in, home first.
    """

    here: Deployment
    sagemakers: Mapping[Place, LocalSageMaker]
    router: PlaceRouter
    regions: tuple[str, ...]

    def join(self, account: str) -> None:
        """Deploy member.yaml in every region of an account, with the hub's outputs."""
        outputs = self.here.stack.outputs
        parameters = {
            "HubAccount": HOME.account,
            "HubBusArn": outputs["MemberBusArn"],
            "CheckRoleArn": outputs["CheckRoleArn"],
            "WatchRoleArn": outputs["WatchRoleArn"],
            "RoleRegion": HOME.region,
        }
        for region in self.regions:
            made = deploy_member(self.here.aws, account, region, parameters)
            assert ("MemberRole" in made.resources) == (region == HOME.region), made
        self._trust_their_sessions(account)

    def _trust_their_sessions(self, account: str) -> None:
        """In AWS aws:PrincipalArn is the ARN of the role, whatever its session is called.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        iam = self.here.aws.client("iam", account=account)
        trust = iam.get_role(RoleName=MEMBER_ROLE)["Role"]["AssumeRolePolicyDocument"]
        (statement,) = trust["Statement"]
        trusted = statement["Condition"]["ArnLike"]["aws:PrincipalArn"]
        assert trusted == [self.role_arn("CheckRoleArn"), self.role_arn("WatchRoleArn")]
        sessions = f"arn:aws:sts::{HOME.account}:assumed-role"
        trusted += [f"{sessions}/{role.rsplit('/', 1)[-1]}/*" for role in trusted]
        iam.update_assume_role_policy(RoleName=MEMBER_ROLE, PolicyDocument=json.dumps(trust))

    # --- Jobs ------------------------------------------------------------------------------------

    def put_old_job(self, name: str, place: Place) -> None:
        """A job that ended an hour ago: no sweep announces it."""
        old = sample_job(name, JobArn=job_arn(name, place), LastModifiedTime=time.time() - 3600)
        self.sagemakers[place].put_job(old)

    def create(self, name: str, place: Place, *, runs_s: float = 2) -> None:
        """Create a job as somebody there would."""
        world = replace(self.here.world, sagemaker=self.sagemakers[place])
        world.create_job(JobOrder(name, "fraud-ranker-v14", runs_s, {"env": "prod"}))

    def ended(self, name: str, place: Place) -> None:
        """Wait until a job has ended at its SageMaker's."""

        def has_ended() -> bool:
            newest = (each.job for each in self.sagemakers[place].newest(50))
            return any(job["JobName"] == name and job["Status"] == "COMPLETED" for job in newest)

        self.here.until(has_ended, within_s=MINUTE, what=f"the end of {name} in {place}")

    def decision(self, name: str, place: Place) -> Mapping[str, Any]:
        """The one decision about a job, as soon as it is there."""
        (only,) = self.here.until(
            lambda: self.here.entries(name, "decision", place=place),
            within_s=MINUTE,
            what=f"a decision about {name} in {place}",
        )
        return only.body

    def told(self, name: str, place: Place) -> tuple[int, int]:
        """How often Slack and the topic were told of a job."""
        job = job_arn(name, place)
        return len(self.here.slack_about(job)), len(self.here.topic_about(job))

    def remembered(self) -> set[str]:
        """The places that the watch table holds a memory of."""
        table = self.here.stack.outputs["WatchTableName"]
        items = self.here.aws.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
        return {item["place"]["S"] for item in items if "body" in item}

    # --- Who may do what -------------------------------------------------------------------------

    def role_arn(self, output: str) -> str:
        """The ARN of one of the hub's roles, by the name of the output."""
        return self.here.stack.outputs[output]

    def may(self, role_arn: str, action: str, region: str, resource: str = "*") -> bool:
        """Whether a role's own policies allow an action in a region."""
        iam = self.here.aws.client("iam", account=role_arn.split(":")[4], region=region)
        (result,) = iam.simulate_principal_policy(
            PolicySourceArn=role_arn, ActionNames=[action], ResourceArns=[resource]
        )["EvaluationResults"]
        return bool(result["EvalDecision"] == "allowed")

    def may_call(self, call: RoutedCall) -> bool:
        """Whether the role that made a call may: only the watcher lists, only the check reads."""
        if call.place.account != HOME.account:
            role = f"arn:aws:iam::{call.place.account}:role/{MEMBER_ROLE}"
        elif call.operation == "ListInferenceRecommendationsJobs":
            role = self.role_arn("WatchRoleArn")
        else:
            role = self.role_arn("CheckRoleArn")
        service = "cloudwatch" if call.operation == "GetMetricData" else "sagemaker"
        return self.may(role, f"{service}:{call.operation}", call.place.region, call.resource)

    def make_role(self, account: str, name: str, *, may: str = "") -> None:
        """A role that trusts the hub's whole account, unless it is there already."""
        iam = self.here.aws.client("iam", account=account)
        hub = {"AWS": f"arn:aws:iam::{HOME.account}:root"}
        trust = _allowing({"Principal": hub, "Action": "sts:AssumeRole"})
        try:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        except iam.exceptions.EntityAlreadyExistsException:
            return
        if may:
            document = _allowing({"Action": may, "Resource": "*"})
            iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document)

    def assumes(self, account: str, role: str, *, who: str | None = None) -> bool:
        """Whether a role of the hub may assume one of an account; None asks for the hub's root."""
        sts = self.here.aws.client("sts") if who is None else self._sts_of(who)
        wanted = f"arn:aws:iam::{account}:role/{role}"
        try:
            sts.assume_role(RoleArn=wanted, RoleSessionName="test")
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "AccessDenied":
                raise
            return False
        finally:
            if who is not None:
                sts.close()
        return True

    def _sts_of(self, role_arn: str) -> Any:
        """STS for a role. The emulator takes a root for every service of AWS, and so lets it
        assume what trusts Lambda.
        """
        sts = self.here.aws.client("sts")
        granted = sts.assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
        return self.here.aws.client_with(granted, "sts")

    # --- Events ----------------------------------------------------------------------------------

    def put_from(self, account: str, entry: Mapping[str, str]) -> tuple[list[str], str]:
        """What comes through the hub's rule of an event that an account puts on the hub's bus, and
        the event's id.
        """
        bus = self.here.stack.outputs["MemberBusArn"]
        events = self.here.aws.client("events", account=account)
        sqs = self.here.aws.client("sqs", account=account)
        (refused,) = events.put_events(Entries=[{**entry, "EventBusName": bus}])["Entries"]
        assert refused["ErrorCode"] == "ResourceNotFoundException", "events cross accounts now"
        name = bus.rsplit("/", 1)[-1]
        events.create_event_bus(Name=name)
        url = sqs.create_queue(QueueName="border")["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        target = {"Id": "border", "Arn": queue["QueueArn"]}
        events.put_rule(Name="border", EventBusName=name, EventPattern=self.member_events_pattern())
        events.put_targets(Rule="border", EventBusName=name, Targets=[target])
        (put,) = events.put_events(Entries=[{**entry, "EventBusName": name}])["Entries"]
        came = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [message["Body"] for message in came], put["EventId"]

    def member_events_pattern(self) -> str:
        """The pattern of the hub's MemberEventsRule as it is deployed."""
        bus = self.here.stack.outputs["MemberBusArn"].rsplit("/", 1)[-1]
        (rule,) = self.here.aws.client("events").list_rules(EventBusName=bus)["Rules"]
        return str(rule["EventPattern"])

    def matches(self, pattern: str, event: Mapping[str, Any]) -> bool:
        """Whether an event, envelope and all, is one that a pattern takes."""
        events = self.here.aws.client("events")
        answer = events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))
        return bool(answer["Result"])


def job_arn(name: str, place: Place) -> str:
    """The ARN of a job in a place."""
    return f"arn:aws:sagemaker:{place.region}:{place.account}:inference-recommendations-job/{name}"


@contextmanager
def hub_of(
    folder: Path,
    *,
    region: str,
    member: str,
    more: tuple[str, ...] = (),
    policies: Mapping[str, str],
) -> Iterator[Hub]:
    """A hub that watches one further region and one member account, which has joined it.

    There are SageMakers in ``more`` accounts, too.
    """
    pace = Pace(pending_s=1, running_s=4)
    regions = (HOME.region, region)
    with ExitStack() as stack:
        router = stack.enter_context(place_router())
        here = stack.enter_context(
            deployment(
                folder,
                pace=pace,
                parameters={"WatchRegions": region, "MemberAccounts": member},
                addresses={
                    "AWS_ENDPOINT_URL_SAGEMAKER": router.url,
                    "AWS_ENDPOINT_URL_CLOUDWATCH": router.url,
                },
                policies=policies,
            )
        )
        sagemakers = {HOME: here.sagemaker}
        for place in (Place(a, r) for a in (HOME.account, member, *more) for r in regions):
            if place != HOME:
                sagemakers[place] = stack.enter_context(_sagemaker(place, pace))
        addresses = {place: each.endpoint_url for place, each in sagemakers.items()}
        router.before(addresses, _accounts_by_key(here))
        made = Hub(here, sagemakers, router, regions)
        made.join(member)
        yield made


@contextmanager
def _sagemaker(place: Place, pace: Pace) -> Iterator[LocalSageMaker]:
    def now() -> datetime:
        return datetime.now(UTC)

    where = {"account": place.account, "region": place.region}
    with local_sagemaker(now=now(), clock=now, pace=pace, **where) as made:
        yield made


def _accounts_by_key(here: Deployment) -> AccountOf:
    """STS tells whose an access key is, in AWS as well."""

    @cache
    def account_of(key: str) -> str:
        try:
            found = here.aws.client("sts").get_access_key_info(AccessKeyId=key)
        except ClientError:
            return ""
        return str(found["Account"])

    return account_of


def _allowing(statement: Mapping[str, Any]) -> str:
    allowed = {"Effect": "Allow", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})

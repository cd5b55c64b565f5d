"""The configuration in force: from the environment of this desk, or from a deployed stack."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from recgate.dialect.permissions.in_force import ACCOUNT, REGION, InForce
from recgate.domain.route import Route, SlackBot, SlackWebhook, SnsTopic
from recgate.flows.checkup.facts import Stack
from recgate.settings import MEMBER_ROLE, Settings

RULES = ("StatusChangedRule", "NativeStatusChangedRule", "JobRequestedRule", "MemberEventsRule")
SCHEDULES = {"WatchSchedule": "WatchFunction", "DigestSchedule": "NoticeQueue"}
"""The schedules of template.yaml and what each starts, by logical ids."""
FUNCTIONS = {"CheckFunction": "the check", "WatchFunction": "the watcher"}
ROLES = {"CheckRole": "the check", "WatchRole": "the watcher"}
ROLE_OF = {"CheckFunction": "CheckRole", "WatchFunction": "WatchRole"}


def told_to(function: str, stack: Stack) -> Mapping[str, str]:
    """The variables of a function that say where it works, with what the stack has there."""
    parts = stack.resources
    if function == "CheckFunction":
        ledger = f"dynamodb:{parts.get('LedgerTable', '')}"
        return {"RECGATE_LEDGER": ledger, "RECGATE_QUEUE_URL": parts.get("NoticeQueue", "")}
    return {"RECGATE_WATCH_TABLE": parts.get("WatchTable", ""), "RECGATE_BUS": "default"}


def stack_settings(stack: Stack, settings: Settings) -> Settings:
    """The settings that a stack's functions have, from its parts and parameters; the rest, such
    as the address of Slack, is that of ``settings``.
    """
    parts, parameters = stack.resources, stack.parameters
    bucket = parts.get("ReportsBucket", "")
    return replace(
        settings,
        policies=Path("policies"),
        ledger=f"dynamodb:{parts.get('LedgerTable', '')}",
        jobs=None,
        queue_url=parts.get("NoticeQueue", ""),
        dead_letter_url=parts.get("DeadLetterQueue", ""),
        sns_topic_arn=parts.get("NoticeTopic", ""),
        slack_secret=parameters.get("SlackSecretName", ""),
        slack_channel=parameters.get("SlackChannel", ""),
        console=False,
        account=stack.account,
        watch_table=parts.get("WatchTable", ""),
        bus="default",
        regions=_listed(parameters.get("WatchRegions", "")),
        members=_listed(parameters.get("MemberAccounts", "")),
        member_role=parameters.get("MemberRoleName") or MEMBER_ROLE,
        reports=f"s3:{bucket}" if bucket else "",
    )


def in_force(
    settings: Settings,
    routes: Iterable[Route],
    *,
    partition: str = "aws",
    account: str = "",
    region: str = "",
    stack: Stack | None = None,
    you: str = "",
) -> InForce:
    """What permissions are needed for. ``settings`` are the stack's if there is one.

    What routes.yaml names beside the parameters of the stack is needed all the same.
    """
    kind, _, table = settings.ledger.partition(":")
    store, _, bucket = settings.reports.partition(":")
    config = InForce(
        partition=partition,
        account=account or settings.account or ACCOUNT,
        region=region or REGION,
        regions=settings.regions,
        members=settings.members,
        member_role=settings.member_role,
        ledger_table=table if kind == "dynamodb" else "",
        watch_table=settings.watch_table,
        bus=settings.bus,
        queue=settings.queue_url.rsplit("/", 1)[-1],
        dead_letters=settings.dead_letter_url.rsplit("/", 1)[-1],
        topic=settings.sns_topic_arn,
        bucket=bucket if store == "s3" else "",
        slack_secret=settings.slack_secret,
        you=you,
    )
    if stack is not None:
        config = _with_stack(config, stack)
    return _with_routes(config, routes)


def _with_stack(config: InForce, stack: Stack) -> InForce:
    parts, parameters = stack.resources, stack.parameters
    key = parts.get("NoticeKey", "")
    return replace(
        config,
        topic_key=config.arn("kms", f"key/{key}") if key else "",
        topics=_listed(parameters.get("RouteTopicArns", "")),
        secrets=_listed(parameters.get("RouteSecretArns", "")),
        secret_key=parameters.get("SlackSecretKeyArn", ""),
        check_log_group=parts.get("CheckLogGroup", ""),
        watch_log_group=parts.get("WatchLogGroup", ""),
        stack=stack.name,
        functions=tuple(parts[name] for name in FUNCTIONS if parts.get(name)),
        roles=tuple(
            f"arn:{config.partition}:iam::{config.account}:role/{parts[name]}"
            for name in ROLES
            if parts.get(name)
        ),
        rules=tuple(parts[name] for name in RULES if parts.get(name)),
        schedules=tuple(parts[name] for name in SCHEDULES if parts.get(name)),
    )


def _with_routes(config: InForce, routes: Iterable[Route]) -> InForce:
    topics, secrets = dict.fromkeys(config.topics), dict.fromkeys(config.secrets)
    for route in routes:
        match route.destination:
            case SnsTopic(topic_arn=arn) if arn != config.topic:
                topics[arn] = None
            case SlackBot(token_secret=secret) | SlackWebhook(webhook_secret=secret):
                if secret != config.slack_secret and not _covers(config.secrets, secret):
                    secrets[secret] = None
    return replace(config, topics=tuple(topics), secrets=tuple(secrets))


def _covers(arns: Iterable[str], secret: str) -> bool:
    """Whether one of these ARNs is that of the secret: its name, and six characters more."""
    return any(
        arn == secret or arn.partition(":secret:")[2].rpartition("-")[0] == secret for arn in arns
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())

"""The configuration in force: from the environment of this desk, or from a deployed stack."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from recgate.dialect.permissions.in_force import ACCOUNT, REGION, InForce
from recgate.domain.route import Route, SlackBot, SlackWebhook, SnsTopic
from recgate.flows.checkup.facts import Stack
from recgate.settings import MEMBER_ROLE, Settings

RULES = ("StatusChangedRule", "NativeStatusChangedRule", "JobRequestedRule", "MemberEventsRule")
SCHEDULES = {
    "WatchSchedule": "WatchFunction",
    "SealSchedule": "SealFunction",
    "DigestSchedule": "NoticeQueue",
}
"""The schedules of template.yaml and what each starts, by logical ids."""
FUNCTIONS = {
    "CheckFunction": "the check",
    "WatchFunction": "the watcher",
    "SealFunction": "the sealer",
}
ROLES = {"CheckRole": "the check", "WatchRole": "the watcher", "SealRole": "the sealer"}
ROLE_OF = {
    "CheckFunction": "CheckRole",
    "WatchFunction": "WatchRole",
    "SealFunction": "SealRole",
}


def told_to(function: str, stack: Stack, partition: str) -> Mapping[str, str]:
    """The variables of a function that say where it works, with what the stack has there."""
    parts = stack.resources
    ledger = f"dynamodb:{parts.get('LedgerTable', '')}"
    if function == "CheckFunction":
        return {"RECGATE_LEDGER": ledger, "RECGATE_QUEUE_URL": parts.get("NoticeQueue", "")}
    if function == "SealFunction":
        return {
            "RECGATE_LEDGER": ledger,
            "RECGATE_ARCHIVE": f"s3:{parts.get('EvidenceBucket', '')}",
            "RECGATE_SIGNING_KEY": f"kms:{signing_key_of(stack, partition)}",
        }
    return {"RECGATE_WATCH_TABLE": parts.get("WatchTable", ""), "RECGATE_BUS": "default"}


def signing_key_of(stack: Stack, partition: str) -> str:
    """The ARN of the key that a stack's records are signed with; '' where it has none."""
    made = stack.resources.get("EvidenceKey", "")
    arn = f"arn:{partition}:kms:{stack.region}:{stack.account}:key/{made}" if made else ""
    return stack.parameters.get("SigningKeyArn") or arn


def stack_settings(stack: Stack, settings: Settings) -> Settings:
    """The settings that a stack's functions have, from its parts and parameters; the rest, such
    as the address of Slack, is that of ``settings``.
    """
    parts, parameters = stack.resources, stack.parameters
    bucket, archive = (parts.get(name, "") for name in ("ReportsBucket", "EvidenceBucket"))
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
        archive=f"s3:{archive}" if archive else "",
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
    vault, _, archive = settings.archive.partition(":")
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
        archive=archive if vault == "s3" else "",
        slack_secret=settings.slack_secret,
        you=you,
    )
    config = replace(config, signing_key=_key_arn(config, settings.signing_key))
    if stack is not None:
        config = _with_stack(config, stack)
    return _with_routes(config, routes)


def _key_arn(config: InForce, named: str) -> str:
    """The ARN of a key that is named by its ARN, its id, or its alias, which tells no ARN."""
    kind, _, key = named.partition(":")
    if kind != "kms" or key.startswith("arn:"):
        return key if kind == "kms" else ""
    return config.arn("kms", "key/EVIDENCE_KEY" if key.startswith("alias/") else f"key/{key}")


def _with_stack(config: InForce, stack: Stack) -> InForce:
    parts, parameters = stack.resources, stack.parameters
    key = parts.get("NoticeKey", "")
    return replace(
        config,
        topic_key=config.arn("kms", f"key/{key}") if key else "",
        signing_key=signing_key_of(stack, config.partition),
        topics=_listed(parameters.get("RouteTopicArns", "")),
        secrets=_listed(parameters.get("RouteSecretArns", "")),
        secret_key=parameters.get("SlackSecretKeyArn", ""),
        check_log_group=parts.get("CheckLogGroup", ""),
        watch_log_group=parts.get("WatchLogGroup", ""),
        seal_log_group=parts.get("SealLogGroup", ""),
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

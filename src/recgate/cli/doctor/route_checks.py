"""What is looked at of the routes: secrets, Slack's tokens and channels, topics."""

from collections.abc import Iterator, Mapping
from functools import partial
from shlex import quote

from recgate.adapters.secrets import SecretStore
from recgate.adapters.slack_diagnosis import diagnose_bot
from recgate.adapters.slack_membership import membership
from recgate.adapters.sns_diagnosis import diagnose_topic
from recgate.cli.doctor.clients import Clients
from recgate.dialect.secret import Secret, SecretRefused, SecretUnavailable, keeps_secrets
from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import LATER, AnswerClass
from recgate.dialect.slack_remedies import HISTORY_SCOPES, remedy_for
from recgate.dialect.sns_filter_policy import Passage
from recgate.domain.checkup import CheckId, Health, Result
from recgate.domain.route import Route, SlackBot, SlackWebhook, SnsTopic
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.run import Check

_SLACK_TIMEOUT_S = 5.0
_TOKEN_BEGINS = "xox"  # noqa: S105  # how a token begins, not a token


def route_checks(
    routes: Mapping[str, Route], clients: Clients, desk: Desk, *, slack_api: str
) -> Iterator[Check]:
    """One look for each route that leads to Slack or SNS; the secret is never shown."""
    for name, route in routes.items():
        match route.destination:
            case SlackBot() as bot:
                yield Check(
                    CheckId.SECRET, partial(_bot_results, name, bot, clients, desk, slack_api), name
                )
            case SlackWebhook(webhook_secret=secret):
                yield Check(
                    CheckId.SECRET, partial(_webhook_results, name, secret, clients, desk), name
                )
            case SnsTopic(topic_arn=arn):
                yield Check(CheckId.TOPIC, partial(_topic_results, name, arn, clients, desk), name)


def _store(clients: Clients) -> SecretStore:
    return SecretStore(lambda: clients("secretsmanager"), lambda: clients("ssm"))


def _bot_results(
    name: str, bot: SlackBot, clients: Clients, desk: Desk, slack_api: str
) -> Iterator[Result]:
    where = bot.token_secret
    try:
        token = _store(clients).token(where)()
    except (SecretRefused, SecretUnavailable) as failure:
        yield _unread(name, where, failure, desk)
        return
    if not token.reveal().startswith(_TOKEN_BEGINS):
        words = f"the secret {where} holds no Slack token"
        remedy = f"store the bot token, which begins with xoxb-: {_put(where, desk)}"
        yield Result(CheckId.SECRET, Health.FAILED, words, remedy, name)
        return
    yield Result(CheckId.SECRET, Health.OK, f"{where} holds a token", about=name)
    yield _token(name, token, slack_api)
    answer = membership(token, bot.channel, base_url=slack_api, timeout_s=_SLACK_TIMEOUT_S)
    yield _channel(name, bot.channel, answer)


def _token(name: str, token: Secret, slack_api: str) -> Result:
    found = diagnose_bot(token, base_url=slack_api, timeout_s=_SLACK_TIMEOUT_S)
    check = CheckId.SLACK_TOKEN
    if not found.is_known:
        said = f"Slack says {found.answer.code}"
        if found.answer.kind in LATER:
            return Result(check, Health.NOT_KNOWN, said, "try again", name)
        return Result(check, Health.FAILED, said, remedy_for(found.answer), name)
    who = f"the bot {found.bot} of the workspace {found.workspace}"
    if found.scopes is None:
        words = f"{who}; Slack did not say which scopes it has"
        return Result(check, Health.NOT_KNOWN, words, "try again", name)
    if not found.lost:
        return Result(check, Health.OK, f"{who}, with every scope that is used", about=name)
    mute = any(each.startswith("chat:write:") for each in found.lost)
    remedy = "give the Slack app the scope and install it again"
    words = f"{who} lacks the scope {'; '.join(found.lost)}"
    return Result(check, Health.FAILED if mute else Health.WARNING, words, remedy, name)


def _channel(name: str, channel: str, answer: SlackAnswer) -> Result:
    check = CheckId.SLACK_CHANNEL
    if answer.kind is AnswerClass.POSTED:
        return Result(check, Health.OK, f"the bot is in {channel}", about=name)
    remedy = remedy_for(answer, scopes=HISTORY_SCOPES)
    if answer.kind is AnswerClass.DESTINATION:
        words = f"the bot cannot use {channel}: Slack says {answer.code}"
        return Result(check, Health.FAILED, words, remedy, name)
    # A missing scope, a token that is not known (told above), or no answer.
    words = f"nobody could say whether the bot is in {channel}: Slack says {answer.code}"
    return Result(check, Health.NOT_KNOWN, words, remedy, name)


def _webhook_results(name: str, where: str, clients: Clients, desk: Desk) -> Iterator[Result]:
    try:
        url = _store(clients).webhook_url(where)()
    except (SecretRefused, SecretUnavailable) as failure:
        yield _unread(name, where, failure, desk)
        return
    if keeps_secrets(url.reveal()):
        words = f"{where} holds the address of a webhook; only a message can try it"
        yield Result(CheckId.SECRET, Health.OK, words, about=name)
        return
    words = f"the secret {where} holds no https address"
    remedy = f"store the URL of the incoming webhook: {_put(where, desk)}"
    yield Result(CheckId.SECRET, Health.FAILED, words, remedy, name)


def _unread(
    name: str, where: str, failure: SecretRefused | SecretUnavailable, desk: Desk
) -> Result:
    """Why a secret was not read. Who may not read it here may all the same have deployed a
    function that may: the permissions of its role say that.
    """
    said = str(failure)
    if isinstance(failure, SecretUnavailable):
        return Result(CheckId.SECRET, Health.NOT_KNOWN, said, "try again", name)
    if "AccessDenied" in said or "Credentials" in said:
        words = f"{said} with these credentials"
        remedy = f"allow it to you, or rely on the permissions of the check: {desk.policy}"
        return Result(CheckId.SECRET, Health.NOT_KNOWN, words, remedy, name)
    remedy = _make(where, desk) if "NotFound" in said else failure.remedy
    return Result(CheckId.SECRET, Health.FAILED, said, remedy, name)


def _make(where: str, desk: Desk) -> str:
    """The command that makes a secret; its value is in a file, not in the shell's history."""
    if where.startswith("ssm:"):
        return desk.aws(
            f"ssm put-parameter --name {quote(where.removeprefix('ssm:'))} --type SecureString "
            "--value file://FILE"
        )
    return desk.aws(
        f"secretsmanager create-secret --name {quote(where)} --secret-string file://FILE"
    )


def _put(where: str, desk: Desk) -> str:
    if where.startswith("ssm:"):
        return f"{_make(where, desk)} --overwrite"
    return desk.aws(
        f"secretsmanager put-secret-value --secret-id {quote(where)} --secret-string file://FILE"
    )


def _topic_results(name: str, arn: str, clients: Clients, desk: Desk) -> Iterator[Result]:
    """Who hears a topic. Filter policies are those of messages: `recgate notify test` tells."""
    found = diagnose_topic(clients("sns", arn.split(":")[3]), arn, {})
    check = CheckId.TOPIC
    if any(problem.endswith(": NotFound") for problem in found.problems):
        yield Result(check, Health.FAILED, f"there is no topic {arn}", _create(arn, desk), name)
        return
    if found.problems and not found.subscribers:
        said = "; ".join(found.problems)
        remedy = f"allow sns:ListSubscriptionsByTopic on {arn}"
        yield Result(check, Health.NOT_KNOWN, said, remedy, name)
        return
    pending = [
        each
        for each in found.subscribers
        if each.filtered.passage is Passage.KEPT_OUT and "not confirmed" in each.filtered.why
    ]
    confirmed = len(found.subscribers) - len(pending)
    if not confirmed and not pending:
        words = f"nobody hears it: {arn} has no subscription"
        yield Result(check, Health.WARNING, words, _subscribe(arn, desk), name)
    elif pending:
        who = ", ".join(f"{each.protocol} {each.endpoint}" for each in pending[:3])
        words = (
            f"{len(pending)} of {len(found.subscribers)} subscriptions wait for their owner: {who}"
        )
        yield Result(check, Health.WARNING, words, "follow the link that SNS sent", name)
    else:
        words = f"{confirmed} confirmed subscription{'' if confirmed == 1 else 's'}"
        yield Result(check, Health.OK, words, about=name)


def _subscribe(arn: str, desk: Desk) -> str:
    return desk.aws(
        f"sns subscribe --topic-arn {quote(arn)} --protocol email "
        "--notification-endpoint YOU@EXAMPLE.COM"
    )


def _create(arn: str, desk: Desk) -> str:
    return desk.aws(f"sns create-topic --name {quote(arn.rsplit(':', 1)[-1])}")

"""What can be found out about a route before anything is sent through it."""

from recgate.adapters.aws_clients import Aws
from recgate.adapters.secrets import SecretStore
from recgate.adapters.slack_diagnosis import BotDiagnosis, diagnose_bot
from recgate.adapters.sns_diagnosis import Subscriber, TopicDiagnosis, diagnose_topic
from recgate.cli.notify_report import Finding
from recgate.dialect.secret import SecretRefused, SecretUnavailable
from recgate.dialect.sns_filter_policy import Passage
from recgate.domain.route import Route, SlackBot, SnsTopic
from recgate.domain.telling import Telling
from recgate.rendering.sns.publish import publish_arguments_of
from recgate.settings import Settings


def diagnose(route: Route, telling: Telling, settings: Settings, aws: Aws) -> list[Finding]:
    """What is known of the route, trouble and all; nothing where nobody can be asked.

    A secret that cannot be read is left to the delivery, which says the same.
    """
    match route.destination:
        case SlackBot(token_secret=secret):
            store = SecretStore(lambda: aws.client("secretsmanager"), lambda: aws.client("ssm"))
            try:
                token = store.token(secret)()
            except (SecretRefused, SecretUnavailable) as failure:
                return [Finding(str(failure), is_trouble=True)]
            if not token.reveal().startswith("xox"):
                return [Finding(f"the secret {secret} holds no Slack token", is_trouble=True)]
            return _bot(diagnose_bot(token, base_url=settings.slack_api))
        case SnsTopic(topic_arn=arn):
            attributes = publish_arguments_of(telling)["MessageAttributes"]
            return _topic(diagnose_topic(aws.client("sns", arn.split(":")[3]), arn, attributes))
        case _:
            return []


def _bot(found: BotDiagnosis) -> list[Finding]:
    if not found.is_known:
        return [Finding(f"auth.test: Slack says {found.answer.code}", is_trouble=True)]
    known = [Finding(f"The token is that of {found.bot} in the workspace {found.workspace}")]
    if found.scopes is None:
        return [*known, Finding("Slack did not say which scopes the token has")]
    if not found.lost:
        return [*known, Finding("It has every scope that recgate uses")]
    return known + [
        Finding(f"Missing scope {words}", is_trouble=words.startswith("chat:write:"))
        for words in found.lost
    ]


def _topic(found: TopicDiagnosis) -> list[Finding]:
    """Each subscription, what could not be found out, and whether anybody gets the message."""
    if not found.was_reached:
        return [Finding(problem, is_trouble=True) for problem in found.problems]
    findings = [*map(_subscriber, found.subscribers), *map(Finding, found.problems)]
    if found.problems or any(
        each.filtered.passage is not Passage.KEPT_OUT for each in found.subscribers
    ):
        return findings
    words = "nobody gets what is published: " + (
        "no subscription lets it through" if found.subscribers else "the topic has no subscription"
    )
    return [*findings, Finding(words, is_trouble=True)]


def _subscriber(found: Subscriber) -> Finding:
    who = f"{found.protocol} {found.endpoint}"
    answer = found.filtered
    words = {
        Passage.THROUGH: f"{who}: gets it",
        Passage.KEPT_OUT: f"{who}: does not get it: {answer.why}",
        Passage.CANNOT_TELL: f"{who}: nobody can tell: {answer.why}",
    }[answer.passage]
    return Finding("; ".join([words, *found.remarks]))

"""A wrong parameter is refused before anything is deployed, and a secret is never one."""

import re
from pathlib import Path
from typing import Any

import pytest

from recgate.cli.doctor.stack_checks import VERSION_VARIABLE
from recgate.settings import Settings, settings_from
from tests.deploy.template import FUNCTIONS, MEMBER, load_template, variables

PARAMETERS = load_template()["Parameters"]
OF_MEMBERS = load_template(MEMBER)["Parameters"]


def accepts(parameter: str, value: str) -> bool:
    """Whether CloudFormation would take the value (it matches the whole of it; of a list, every
    member).
    """
    pattern = {**OF_MEMBERS, **PARAMETERS}[parameter]["AllowedPattern"]
    return re.fullmatch(pattern, value) is not None


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("SlackSecretName", ""),
        ("SlackSecretName", "recgate/slack-bot-token"),
        (
            "SlackSecretName",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:recgate/slack-AbC123",
        ),
        ("SlackSecretName", "ssm:/recgate/slack"),
        ("SlackChannel", ""),
        ("SlackChannel", "C0123456789"),
        ("NotificationEmail", ""),
        ("NotificationEmail", "ml-platform@example.com"),
        ("SlackSecretKeyArn", ""),
        (
            "SlackSecretKeyArn",
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
        ("WatchRegions", ""),
        ("WatchRegions", "us-east-1"),
        ("WatchRegions", "us-gov-west-1"),
        ("MemberAccounts", ""),
        ("MemberAccounts", "222233334444"),
        ("MemberRoleName", "recgate-member"),
        ("HubAccount", "111122223333"),
        ("HubBusArn", "arn:aws:events:eu-west-1:111122223333:event-bus/recgate-members"),
        ("CheckRoleArn", "arn:aws:iam::111122223333:role/recgate-CheckRole-1AB2CD3EF4GH"),
        ("RoleRegion", "eu-west-1"),
        ("DeskPrincipalArns", ""),
        (
            "DeskPrincipalArns",
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_ML_*",
        ),
    ],
)
def test_what_people_mean_is_taken(parameter: str, value: str) -> None:
    """Every form that docs/deploying.md offers."""
    assert accepts(parameter, value)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("SlackSecretName", "xoxb-1234567890-abcdefghij"),
        ("SlackSecretName", "https://hooks.slack.com/services/T000/B000/XXXX"),
        ("SlackSecretName", "ssm:recgate/slack"),
        ("SlackSecretName", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:recgate/slack"),
        ("SlackChannel", "#ml-verdicts"),
        ("SlackChannel", "ml-verdicts"),
        ("NotificationEmail", "ml-platform"),
        ("SlackSecretKeyArn", "alias/recgate"),
        ("WatchRegions", "Ireland"),
        ("WatchRegions", "eu-west"),
        ("MemberAccounts", "2222-3333-4444"),
        ("MemberAccounts", "222233334444/eu-west-1"),
        ("MemberRoleName", "arn:aws:iam::111122223333:role/recgate-member"),
        ("HubAccount", ""),
        ("HubBusArn", "recgate-members"),
        ("CheckRoleArn", "recgate-CheckRole-1AB2CD3EF4GH"),
        ("RoleRegion", ""),
        ("DeskPrincipalArns", "arn:aws:iam::111122223333:root"),
        ("DeskPrincipalArns", "*"),
    ],
)
def test_what_cannot_work_is_refused(parameter: str, value: str) -> None:
    """A pasted token or webhook, a channel's name, an ARN without its last six characters."""
    assert not accepts(parameter, value)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_every_parameter_is_described_and_has_a_default(name: str) -> None:
    """Deploying with no answers at all must work; and who is asked is told what for."""
    parameter = PARAMETERS[name]

    assert parameter["Description"]
    assert "Default" in parameter
    if "AllowedPattern" in parameter or "MinValue" in parameter:
        assert parameter["ConstraintDescription"].startswith("must be")


@pytest.mark.parametrize("name", sorted(OF_MEMBERS))
def test_every_parameter_of_a_member_is_described(name: str) -> None:
    """Most of them have to be given: they are outputs of the hub."""
    parameter = OF_MEMBERS[name]

    assert parameter["Description"]
    assert parameter["ConstraintDescription"].startswith("must be")


def test_every_parameter_is_asked_for_in_a_group() -> None:
    """The console asks in the order of the groups; what is in none comes last, unexplained."""
    groups = load_template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    grouped = [name for group in groups for name in group["Parameters"]]

    assert sorted(grouped) == sorted(PARAMETERS)


class _Environment(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return default


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_variable_of_a_function_is_a_setting(function: str) -> None:
    """A misspelt one would be left out of account without a word."""
    environment = _Environment()

    settings_from(environment)

    ours = {name for name in variables(function) if name.startswith("RECGATE_")}
    assert ours > {VERSION_VARIABLE}
    assert ours - {VERSION_VARIABLE} <= environment.asked  # that one is read by the doctor


def test_the_defaults_of_the_template_are_those_of_the_code() -> None:
    """What a desk does without settings is what is deployed without answers."""
    settings = Settings(policies=Path("policies"))

    assert PARAMETERS["SettlingMinutes"]["Default"] == settings.settling.total_seconds() / 60
    assert PARAMETERS["VerdictMinutes"]["Default"] == settings.verdict_within.total_seconds() / 60
    assert PARAMETERS["MinP99Samples"]["Default"] == settings.minimum_samples
    assert PARAMETERS["MemberRoleName"]["Default"] == settings.member_role
    assert variables("WatchFunction")["RECGATE_BUS"] == settings.bus


def test_the_function_gets_the_secrets_name_and_never_its_value() -> None:
    """A resolved secret would be readable in the function's configuration."""
    template = str(load_template())

    assert "resolve:secretsmanager" not in template
    assert "resolve:ssm" not in template
    assert variables("CheckFunction")["RECGATE_SLACK_SECRET"] == {
        "Fn::If": ["HasSlack", {"Ref": "SlackSecretName"}, {"Ref": "AWS::NoValue"}]
    }

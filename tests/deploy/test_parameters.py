"""A wrong parameter is refused before anything is deployed, and a secret is never one."""

import re

import pytest

from tests.deploy.template import load_template, properties

PARAMETERS = load_template()["Parameters"]


def accepts(parameter: str, value: str) -> bool:
    """Whether CloudFormation would take the value (it matches the whole of it)."""
    return re.fullmatch(PARAMETERS[parameter]["AllowedPattern"], value) is not None


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


def test_the_function_gets_the_secrets_name_and_never_its_value() -> None:
    """A resolved secret would be readable in the function's configuration."""
    template = str(load_template())

    assert "resolve:secretsmanager" not in template
    assert "resolve:ssm" not in template
    assert properties("CheckFunction")["Environment"]["Variables"]["RECGATE_SLACK_SECRET"] == {
        "Fn::If": ["HasSlack", {"Ref": "SlackSecretName"}, {"Ref": "AWS::NoValue"}]
    }

"""The settings, checked once."""

from datetime import timedelta
from pathlib import Path

import pytest

from recgate.dialect.slack_codes import WEB_API
from recgate.settings import Settings, SettingsInvalid, settings_from


def test_nothing_set_is_a_desk() -> None:
    """Embedded parts; SageMaker is asked for jobs; nobody is told."""
    assert settings_from({}) == Settings(policies=Path("policies"))


def test_every_setting_is_read() -> None:
    """As the template sets them."""
    settings = settings_from(
        {
            "RECGATE_POLICIES": "/var/task/policies",
            "RECGATE_LEDGER": "dynamodb:ledger",
            "RECGATE_JOBS": "examples/jobs",
            "RECGATE_QUEUE_URL": "https://sqs/queue",
            "RECGATE_DLQ_URL": "https://sqs/dead",
            "RECGATE_SNS_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:t",
            "RECGATE_SLACK_SECRET": "recgate/slack",
            "RECGATE_SLACK_CHANNEL": "C0123456789",
            "RECGATE_SLACK_API": "http://127.0.0.1:1/api",
            "RECGATE_CONSOLE": "1",
            "RECGATE_METRICS": "off",
            "RECGATE_SETTLING_MINUTES": "7.5",
            "RECGATE_MIN_P99_SAMPLES": "50",
            "RECGATE_REPORTS": "s3:pages",
            "RECGATE_REPORTS_URL": "https://pages.example/recgate/",
            "RECGATE_ARCHIVE": "s3:evidence",
            "RECGATE_SIGNING_KEY": "kms:alias/recgate",
        }
    )

    assert settings == Settings(
        policies=Path("/var/task/policies"),
        ledger="dynamodb:ledger",
        jobs=Path("examples/jobs"),
        queue_url="https://sqs/queue",
        dead_letter_url="https://sqs/dead",
        sns_topic_arn="arn:aws:sns:eu-west-1:111122223333:t",
        slack_secret="recgate/slack",
        slack_channel="C0123456789",
        slack_api="http://127.0.0.1:1/api/",
        console=True,
        metrics=False,
        settling=timedelta(minutes=7.5),
        minimum_samples=50,
        reports="s3:pages",
        reports_url="https://pages.example/recgate",
        archive="s3:evidence",
        signing_key="kms:alias/recgate",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECGATE_SETTLING_MINUTES", "soon"),
        ("RECGATE_SETTLING_MINUTES", "-1"),
        ("RECGATE_SETTLING_MINUTES", "nan"),
        ("RECGATE_MIN_P99_SAMPLES", "inf"),
        ("RECGATE_SNS_TOPIC_ARN", "ml-verdicts"),
        ("RECGATE_SNS_TOPIC_ARN", "arn:aws:sns"),
        ("RECGATE_SLACK_SECRET", "xoxb-1-2-pasted"),
        ("RECGATE_SLACK_SECRET", "https://hooks.slack.com/services/T1/B1/pasted"),
        ("RECGATE_REPORTS_URL", "http://pages.example"),
        ("RECGATE_REPORTS_URL", "https://pages.example/<x>"),
        ("RECGATE_SLACK_API", "http://slack.com/api/"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    """At the start, not in the middle of a job; a token never goes over plain HTTP."""
    with pytest.raises(SettingsInvalid, match=name) as refused:
        settings_from({name: value})

    assert "pasted" not in str(refused.value)


def test_the_address_of_slack_is_slacks() -> None:
    """Only a test says otherwise."""
    assert settings_from({}).slack_api == WEB_API


def test_the_places_are_home_first_and_each_once() -> None:
    """Every account in every region."""
    settings = settings_from(
        {
            "RECGATE_ACCOUNT": "111122223333",
            "RECGATE_REGIONS": "us-east-1, eu-west-1",
            "RECGATE_MEMBERS": "444455556666",
        }
    )

    places = settings.places("eu-west-1")

    assert [str(place) for place in places] == [
        "111122223333/eu-west-1",
        "111122223333/us-east-1",
        "444455556666/eu-west-1",
        "444455556666/us-east-1",
    ]
    assert [places.is_member(place) for place in places] == [False, False, True, True]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGIONS", "eu-west-1;us-east-1"),
        ("REGIONS", "Ireland"),
        ("MEMBERS", "4444"),
        ("ACCOUNT", "me"),
        ("VERDICT_MINUTES", "soon"),
        ("MOST_RECEIVES", "-1"),
    ],
)
def test_a_place_or_number_that_cannot_be_meant_is_named(name: str, value: str) -> None:
    """Better no start than a region that nobody watches."""
    with pytest.raises(SettingsInvalid, match=f"RECGATE_{name}"):
        settings_from({f"RECGATE_{name}": value})

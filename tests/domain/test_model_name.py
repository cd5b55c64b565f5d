"""By what name decisions about a model are found."""

from typing import Any

import pytest

from recgate.domain.model_name import model_name, package_version

_ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/fraud"


@pytest.mark.parametrize(
    ("job", "name", "version"),
    [
        ({"model_package_arn": f"{_ARN}/14"}, "fraud", 14),
        ({"model_package_arn": _ARN}, "fraud", None),
        ({"model_package_arn": _ARN.replace("aws:", "aws-cn:") + "/2"}, "fraud", 2),
        ({"model_package_arn": f"{_ARN}/14", "model_name": "other"}, "fraud", 14),
        ({"model_package_arn": f"{_ARN}/x"}, f"{_ARN}/x", None),
        ({"model_package_arn": f"{_ARN}/{'9' * 5_000}"}, f"{_ARN}/{'9' * 5_000}", None),
        ({"model_package_arn": f"{_ARN}/٣"}, f"{_ARN}/٣", None),
        ({"model_package_arn": None, "model_name": "plain"}, "plain", None),
        ({"model_package_arn": "", "model_name": ""}, None, None),
        ({"model_name": 5}, None, None),
        ({}, None, None),
        ("no object", None, None),
    ],
)
def test_all_versions_of_a_package_have_the_name_of_their_group(
    job: Any, name: str | None, version: int | None
) -> None:
    """A plain model has its own; what names none is found under none."""
    record = {"job": job}

    assert (model_name(record), package_version(record)) == (name, version)


def test_a_record_without_a_job_names_no_model() -> None:
    """As broken a record as there can be."""
    assert model_name({}) is None
    assert package_version({}) is None

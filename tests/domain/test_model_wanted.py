"""A model as somebody asks for it."""

from dataclasses import replace

import pytest

from recgate.domain.model_wanted import ModelWanted, NoModel, model_wanted
from tests.domain.test_approval import made

PLACE = "arn:aws:sagemaker:eu-west-1:111122223333:"
HERE = ("111122223333", "eu-west-1")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ranker", ModelWanted("ranker")),
        ("ranker/14", ModelWanted("ranker", 14)),
        (
            f"{PLACE}model-package/ranker/14",
            ModelWanted("ranker", 14, *HERE, "model-package", "aws"),
        ),
        (
            f"{PLACE}model-package-group/ranker",
            ModelWanted("ranker", None, *HERE, "model-package-group", "aws"),
        ),
        (f"{PLACE}model/ranker", ModelWanted("ranker", None, *HERE, "model", "aws")),
        ("ranker/" + "9" * 5_000, ModelWanted("ranker/" + "9" * 5_000)),
        ("a model with spaces/x", ModelWanted("a model with spaces/x")),
    ],
)
def test_a_model_has_several_names(text: str, wanted: ModelWanted) -> None:
    """All of them lead to the name by which an index finds it."""
    assert model_wanted(text) == wanted
    assert model_wanted(model_wanted(text).words) == wanted


@pytest.mark.parametrize(
    "text",
    [
        *(f"{PLACE}inference-recommendations-job/x", "arn:aws:s3:::b", " "),
        f"{PLACE}model-package/ranker/{'9' * 5_000}",
        *(f"{PLACE}model/ranker/2", f"{PLACE}model-package-group/ranker/2"),
    ],
)
def test_what_is_no_model_is_refused_with_what_would_be_one(text: str) -> None:
    """The ARN of a job is not quietly looked for as a name."""
    with pytest.raises(NoModel, match="GROUP/VERSION"):
        model_wanted(text)


def test_a_version_and_a_place_leave_out_what_is_of_another() -> None:
    """The package's own place counts, which may be another account's than the job's."""
    second = made(1, version=2)
    elsewhere = replace(second, account="999999999999", region="us-east-1")

    assert model_wanted("ranker").is_exactly(second)
    assert model_wanted("ranker/2").is_exactly(second)
    assert not model_wanted("ranker/1").is_exactly(second)
    assert model_wanted("ranker/1").is_about(second)
    assert model_wanted(f"{PLACE}model-package/ranker/2").is_exactly(elsewhere)
    assert not model_wanted(f"{PLACE.replace('3333', '4444')}model-package/ranker/2").is_about(
        second
    )


def test_a_wanted_model_is_said_in_words() -> None:
    """For a message about it."""
    assert str(model_wanted("ranker/2")) == "ranker version 2"
    assert str(model_wanted(f"{PLACE}model/r")) == "r in eu-west-1 of 111122223333"


def test_an_arn_is_of_one_kind_and_a_name_of_any() -> None:
    """A plain model is not approved because a package group of its name is, nor the other way."""
    package = made(1)
    plain = replace(package, package_arn=None, version=None)

    assert model_wanted("ranker").is_about(package)
    assert model_wanted("ranker").is_about(plain)
    assert not model_wanted(f"{PLACE}model/ranker").is_about(package)
    assert model_wanted(f"{PLACE}model/ranker").is_about(plain)
    for kind in ("model-package", "model-package-group"):
        assert model_wanted(f"{PLACE}{kind}/ranker").is_about(package)
        assert not model_wanted(f"{PLACE}{kind}/ranker").is_about(plain)

"""Which chain a record belongs to."""

import pytest

from recgate.domain.chain import LOCAL, chain_of, checkpoint_stream, home_chain, is_chain

HOME = "999988887777/us-east-1"
JOB = "job:arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/fraud-v14"


@pytest.mark.parametrize(
    ("stream", "chain"),
    [
        (JOB, "111122223333/eu-west-1"),
        (JOB.replace("arn:aws:", "arn:aws-us-gov:"), "111122223333/eu-west-1"),
        (JOB + "\nwith another line", "111122223333/eu-west-1"),
        ("job:fraud-v14", HOME),
        ("job:arn:aws:sagemaker:eu-west-1:1111:inference-recommendations-job/x", HOME),
        (JOB.replace("eu-west-1", "no-region"), HOME),
        (JOB.replace("eu-west-1", ""), HOME),
        (JOB.replace("111122223333", "١١١١٢٢٢٢٣٣٣٣"), HOME),
        ("effect:k:slack", HOME),
        (f"effect:{JOB}:slack", HOME),
        ("configuration", HOME),
        ("checkpoint:111122223333/eu-west-1", "111122223333/eu-west-1"),
        ("checkpoint:local", LOCAL),
    ],
)
def test_a_job_is_chained_where_it_ran_and_the_rest_at_home(stream: str, chain: str) -> None:
    """The name of the stream alone decides, so that a record in another chain can be found."""
    assert chain_of(stream, HOME) == chain


def test_a_checkpoint_stands_in_the_chain_that_it_is_about() -> None:
    """Else cutting off one chain's end would leave its checkpoints."""
    assert chain_of(checkpoint_stream("111122223333/eu-west-1"), LOCAL) == "111122223333/eu-west-1"


@pytest.mark.parametrize(
    ("account", "region", "home"),
    [
        ("111122223333", "eu-west-1", "111122223333/eu-west-1"),
        ("", "eu-west-1", LOCAL),
        ("111122223333", "", LOCAL),
    ],
)
def test_a_deployment_is_at_home_in_its_account_and_region(
    account: str, region: str, home: str
) -> None:
    """Half a name is none."""
    assert home_chain(account, region) == home


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("local", True),
        ("111122223333/eu-west-1", True),
        ("111122223333/us-gov-west-1", True),
        ("111122223333/eusc-de-east-1", True),
        ("", False),
        ("local ", False),
        ("11112222333/eu-west-1", False),
        ("111122223333/eu-west-1/..", False),
        ("111122223333/../x-1", False),
        ("111122223333/eu-west-1\n", False),
    ],
)
def test_only_such_names_are_chains(name: str, *, expected: bool) -> None:
    """They become parts of names in the archive: nothing in them may lead elsewhere."""
    assert is_chain(name) is expected

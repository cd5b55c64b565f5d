"""The template says which version it deploys."""

from recgate import __version__
from tests.deploy.template import FUNCTIONS, variables


def test_every_function_knows_the_version_that_was_deployed() -> None:
    """`recgate doctor` compares it with its own."""
    said = [variables(function)["RECGATE_VERSION"] for function in FUNCTIONS]

    assert said == [__version__] * len(FUNCTIONS)

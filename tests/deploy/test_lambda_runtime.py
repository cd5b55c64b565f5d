"""The local Lambda runtime behaves as Lambda does, so that what runs under it runs there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.lambda_runtime import FUNCTION_ARN, LambdaFunction, lambda_function

FUNCTIONS = Path(__file__).parent / "functions_under_test"


@pytest.fixture(name="echo", scope="module")
def _echo() -> Iterator[LambdaFunction]:
    settings = {"RECGATE_SETTING": "from the template"}
    with lambda_function("echo.handler", env=settings, folder=FUNCTIONS) as function:
        yield function


def test_the_handler_gets_the_event_and_its_answer_comes_back(echo: LambdaFunction) -> None:
    """JSON in, JSON out, with the context that Lambda gives."""
    event = {"name": "größer ≤ 1", "nested": [1, 2.5, None]}

    outcome = echo.invoke(event, timeout_s=20)

    assert outcome.error is None
    assert outcome.payload["event"] == event
    assert outcome.payload["request_id"] == outcome.request_id
    assert outcome.payload["function_arn"] == FUNCTION_ARN
    assert 0 < outcome.payload["remaining_ms"] <= 20_000


def test_a_warm_function_is_the_same_process(echo: LambdaFunction) -> None:
    """What a handler keeps between invocations is kept here too."""
    first = echo.invoke({})
    second = echo.invoke({})

    assert first.payload["pid"] == second.payload["pid"]
    assert first.request_id != second.request_id


def test_the_function_sees_its_variables_and_no_others(
    echo: LambdaFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable of the developer's shell cannot make a test pass."""
    monkeypatch.setenv("RECGATE_NOT_FOR_THE_FUNCTION", "secret")

    with lambda_function("echo.handler", env={}, folder=FUNCTIONS) as bare:
        outcome = bare.invoke({})

    assert outcome.payload["leaked"] is None
    assert outcome.payload["setting"] is None
    assert echo.invoke({}).payload["setting"] == "from the template"


def test_an_exception_is_the_outcome_and_the_function_lives_on(echo: LambdaFunction) -> None:
    """Lambda reports the exception's type, its message and the stack."""
    outcome = echo.invoke({"do": "raise"})

    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.message) == ("TooLarge", "256 KB is too much")
    assert any("echo.py" in line for line in outcome.error.stack_trace)
    assert echo.invoke({"name": "after"}).payload["event"] == {"name": "after"}


def test_both_streams_are_captured(echo: LambdaFunction) -> None:
    """Logs and metrics are what a function prints."""
    echo.invoke({"name": "the-printed-one"})

    assert "handled the-printed-one" in echo.stdout
    assert "complained" in echo.stderr


def test_a_hanging_function_is_killed_and_started_anew(echo: LambdaFunction) -> None:
    """As Lambda does at the function's timeout."""
    before = echo.invoke({}).payload["pid"]

    outcome = echo.invoke({"do": "hang"}, timeout_s=0.3)

    assert outcome.error is not None
    assert outcome.error.type == "Sandbox.Timedout"
    assert echo.invoke({}).payload["pid"] != before


def test_a_function_that_dies_is_an_error_and_is_started_anew(echo: LambdaFunction) -> None:
    """A crash between two steps: the next delivery gets a fresh process."""
    outcome = echo.invoke({"do": "die"})

    assert outcome.error is not None
    assert outcome.error.type == "Runtime.ExitError"
    assert "code 3" in outcome.error.message
    assert echo.invoke({"name": "again"}).payload["event"] == {"name": "again"}


def test_a_process_lost_while_idle_takes_no_event_with_it(echo: LambdaFunction) -> None:
    """The question for work that the dead process left open is not answered."""
    pid = echo.invoke({}).payload["pid"]
    echo.end_process()

    outcome = echo.invoke({"name": "not lost"}, timeout_s=20)

    assert outcome.payload["event"] == {"name": "not lost"}
    assert outcome.payload["pid"] != pid


@pytest.mark.parametrize(
    ("handler", "error_type", "message"),
    [
        ("broken.handler", "RuntimeError", "RECGATE_QUEUE_URL is not set"),
        ("no_such_module.handler", "Runtime.ImportModuleError", "no_such_module"),
        ("echo.no_such_function", "Runtime.HandlerNotFound", "no_such_function"),
    ],
)
def test_a_function_that_cannot_start_says_why(handler: str, error_type: str, message: str) -> None:
    """An init failure is reported by the runtime client, in its words."""
    with lambda_function(handler, env={}, folder=FUNCTIONS) as function:
        outcome = function.invoke({}, timeout_s=20)

    assert outcome.error is not None
    assert outcome.error.type == error_type
    assert message in outcome.error.message

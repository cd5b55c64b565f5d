"""The EventBridge bus that status changes are announced on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol

from recgate.aws_asking import never_sent
from recgate.dialect.eventbridge_answers import answer_of, bus_error, refused, unavailable
from recgate.dialect.status_change_event import EventEntry, calls, event_entry
from recgate.domain.status_change import StatusChange
from recgate.watch_ports import BusRefused, BusUnavailable

DEFAULT_BUS = "default"
"""The bus that every account has in every region."""


class Events(Protocol):
    """What is used of boto3's ``events`` client, for which no stubs are installed."""

    def put_events(self, *, Entries: Sequence[EventEntry]) -> Mapping[str, Any]:  # noqa: N803
        """PutEvents."""
        ...

    def describe_event_bus(self, *, Name: str) -> Mapping[str, Any]:  # noqa: N803
        """DescribeEventBus."""
        ...


class EventBridgeBus:
    """Implements `recgate.watch_ports.EventBus`; retries inside one call are the client's own.

    ``bus_name`` may be an ARN. A bus other than ``default`` is described before the first put:
    PutEvents answers with an event id for a bus that does not exist, and the event is gone
    (https://github.com/aws/aws-cli/issues/9186).
    """

    def __init__(self, client: Events, bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name
        self._is_there = bus_name == DEFAULT_BUS

    def put(self, changes: Sequence[StatusChange]) -> Sequence[StatusChange]:
        """Put one event for each change, in order; gives those that the bus did not take.

        An error is raised only while nothing was taken; after that the rest is given back, so
        that what was taken is remembered, and the next put meets the error first.
        Raises BusUnavailable, BusRefused.
        """
        self._look_for_the_bus()
        waiting = iter(changes)
        left: list[StatusChange] = []
        any_taken = False
        for entries in calls(event_entry(change, self._bus_name) for change in changes):
            sent = list(islice(waiting, len(entries)))
            try:
                answer = self._put(entries)
            except (BusUnavailable, BusRefused):
                if not any_taken:
                    raise
                return [*left, *sent, *waiting]
            left += [change for change, taken in zip(sent, answer, strict=True) if not taken]
            any_taken = any_taken or any(answer)
        return left

    def _put(self, entries: Sequence[EventEntry]) -> Sequence[bool]:
        action = "events:PutEvents"
        with _reporting(action, self._bus_name):
            response = self._client.put_events(Entries=entries)
        answer = answer_of(response, len(entries))
        if answer.is_denial:
            raise refused(action, self._bus_name, ", ".join(answer.codes))
        return answer.taken

    def _look_for_the_bus(self) -> None:
        if not self._is_there:
            action = "events:DescribeEventBus"
            with _reporting(action, self._bus_name):
                self._client.describe_event_bus(Name=self._bus_name)
            self._is_there = True


@contextmanager
def _reporting(action: str, bus_name: str) -> Iterator[None]:
    """Turn what boto3 raises inside into the errors of the port."""
    # Whoever has a client has loaded botocore already: this costs nothing.
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    try:
        yield
    except exceptions.ClientError as error:
        # The message is in ours where it may be; the cause would print it where it must not.
        raise bus_error(error.response, action, bus_name) from None
    except never_sent() as error:
        raise refused(action, bus_name, type(error).__name__) from error
    except (exceptions.BotoCoreError, ResponseParserError) as error:
        raise unavailable(action, bus_name, type(error).__name__) from error

"""What the event bus promises: what was taken is said to be, and nothing else is."""

import json
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from recgate.adapters.eventbridge_bus import EventBridgeBus
from recgate.domain.status_change import ListedJob, StatusChange
from recgate.watch_ports import BusRefused, BusUnavailable
from tests.builders import NOW
from tests.servers.aws import LocalAws, aws_client, local_aws
from tests.servers.aws_json import Fault, serving
from tests.servers.sample_jobs import arn_of
from tests.servers.web_page import page

BUS = "ml-events"


def changes(count: int, **members: Any) -> list[StatusChange]:
    """So many jobs that completed, named after their places."""
    job = ListedJob("", "", "COMPLETED", NOW, NOW, "Default")
    return [
        StatusChange(replace(job, name=name, arn=arn_of(name), **members), "IN_PROGRESS")
        for name in (f"job-{place:03}" for place in range(count))
    ]


def names_of(left: Sequence[StatusChange]) -> list[str]:
    return [change.job.name for change in left]


class ScriptedEvents:
    """An EventBridge with one bus: it takes what it is not told to refuse, and says so.

    ``faults`` are what the next calls meet (None: an answer). ``refuse`` has the error codes of
    single jobs. ``answers`` replace the answers to the next calls, in which nothing is taken.
    """

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.problems: list[str] = []
        self.forget()

    def forget(self) -> None:
        """Begin anew, for the next test."""
        self.faults: list[Fault | None] = []
        self.describe_fault: Fault | None = None
        self.refuse: dict[str, str] = {}
        self.answers: list[dict[str, Any]] = []
        self.taken: list[str] = []
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    def take(self, operation: str, request: Mapping[str, Any]) -> Fault | None:
        self.calls.append((operation, request))
        if operation == "DescribeEventBus":
            return self.describe_fault
        return self.faults.pop(0) if self.faults else None

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "DescribeEventBus":
            return {"Name": request["Name"]}
        if self.answers:
            return self.answers.pop(0)
        entries = [self._put(json.loads(each["Detail"])) for each in request["Entries"]]
        failed = sum("ErrorCode" in entry for entry in entries)
        return {"FailedEntryCount": failed, "Entries": entries}

    def _put(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        name = detail["JobName"]
        if name in self.refuse:
            return {"ErrorCode": self.refuse[name], "ErrorMessage": "no"}
        self.taken.append(name)
        return {"EventId": f"id of {name}"}

    @property
    def sizes(self) -> list[int]:
        """How many entries each PutEvents had."""
        return [len(request["Entries"]) for name, request in self.calls if name == "PutEvents"]


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[ScriptedEvents, str]]:
    """One server for all tests, with its address."""
    served = ScriptedEvents()
    with serving(served) as address:
        yield served, address
    assert served.problems == []


@pytest.fixture
def events(running: tuple[ScriptedEvents, str]) -> ScriptedEvents:
    running[0].forget()
    return running[0]


@pytest.fixture(scope="module")
def client(running: tuple[ScriptedEvents, str]) -> Iterator[Any]:
    with closing(aws_client("events", running[1])) as made:
        yield made


@pytest.fixture(scope="module")
def impatient(running: tuple[ScriptedEvents, str]) -> Iterator[Any]:
    """A client that waits a tenth of a second for an answer."""
    with closing(aws_client("events", running[1], read_timeout=0.1)) as made:
        yield made


@pytest.fixture
def bus(client: Any) -> EventBridgeBus:
    return EventBridgeBus(client, BUS)


# --- a real bus ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@contextmanager
def watched_bus(aws: LocalAws) -> Iterator[str]:
    """A bus with a rule that sends everything of recgate to a queue; the queue's URL."""
    aws.reset()
    events, sqs = aws.client("events"), aws.client("sqs")
    events.create_event_bus(Name=BUS)
    events.put_rule(Name="all", EventBusName=BUS, EventPattern='{"source": ["recgate"]}')
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    target = {"Id": "1", "Arn": arn["QueueArn"]}
    events.put_targets(Rule="all", EventBusName=BUS, Targets=[target])
    yield f"{aws.endpoint_url}/{url.partition('://')[2].partition('/')[2]}"


def test_every_change_reaches_the_rules_of_the_bus(aws: LocalAws) -> None:
    """Twenty-three events in three calls; none is left out, none comes twice."""
    with watched_bus(aws) as queue:
        left = EventBridgeBus(aws.client("events"), BUS).put(changes(23))

        heard = []
        while (
            messages := aws.client("sqs")
            .receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=600)
            .get("Messages")
        ):
            heard += [json.loads(message["Body"]) for message in messages]

    assert left == []
    assert sorted(event["detail"]["JobName"] for event in heard) == names_of(changes(23))
    assert {event["detail-type"] for event in heard} == {
        "Inference Recommendations Job Status Change"
    }


def test_a_bus_that_is_not_there_is_refused_before_anything_is_put(aws: LocalAws) -> None:
    """PutEvents itself gives an event id, and the event is gone."""
    aws.reset()

    with pytest.raises(BusRefused) as refusal:
        EventBridgeBus(aws.client("events"), "ml-evnets").put(changes(1))

    assert str(refusal.value) == (
        "EventBridge refused events:DescribeEventBus on the bus ml-evnets: "
        "ResourceNotFoundException; there is no such bus: check its name (RECGATE_BUS), the "
        "region and the account, or make it"
    )


# --- what is sent --------------------------------------------------------------------------


def test_the_bus_is_looked_for_once(bus: EventBridgeBus, events: ScriptedEvents) -> None:
    """It costs a call for a process, not for a put."""
    bus.put(changes(1))
    bus.put(changes(1))

    assert [name for name, _ in events.calls] == ["DescribeEventBus", "PutEvents", "PutEvents"]


def test_the_default_bus_is_always_there(client: Any, events: ScriptedEvents) -> None:
    """So nobody needs a permission to look for it."""
    EventBridgeBus(client, "default").put(changes(1))

    assert [name for name, _ in events.calls] == ["PutEvents"]


def test_a_look_that_failed_is_made_again(bus: EventBridgeBus, events: ScriptedEvents) -> None:
    """Nothing is put on a bus that nobody has seen."""
    events.describe_fault = Fault("error", "ThrottlingException")
    with pytest.raises(BusUnavailable, match=r"events:DescribeEventBus.*ThrottlingException"):
        bus.put(changes(1))
    events.describe_fault = None

    assert bus.put(changes(1)) == []
    assert events.taken == ["job-000"]


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])]
)
def test_ten_go_in_a_call_and_in_order(
    bus: EventBridgeBus, events: ScriptedEvents, count: int, sizes: list[int]
) -> None:
    """EventBridge takes no more at once."""
    assert bus.put(changes(count)) == []

    assert events.sizes == sizes
    assert events.taken == names_of(changes(count))


def test_fewer_go_in_a_call_when_they_are_large(
    bus: EventBridgeBus, events: ScriptedEvents
) -> None:
    """256 KB for all entries of a call."""
    large = changes(5, failure_reason="x" * 100_000)

    assert bus.put(large) == []

    assert events.sizes == [2, 2, 1]


# --- what was not taken --------------------------------------------------------------------


def test_entries_that_were_not_taken_are_given_back(
    bus: EventBridgeBus, events: ScriptedEvents
) -> None:
    """Those and no others, of every call, in order; the calls after them are made."""
    events.refuse = {"job-003": "ThrottlingException", "job-011": "InternalFailure"}

    left = bus.put(changes(13))

    assert names_of(left) == ["job-003", "job-011"]
    assert events.sizes == [10, 3]
    assert len(events.taken) == 11


def test_all_throttled_one_by_one_is_no_error(bus: EventBridgeBus, events: ScriptedEvents) -> None:
    """Everybody can say what was taken: nothing."""
    events.refuse = dict.fromkeys(names_of(changes(2)), "ThrottlingException")

    assert bus.put(changes(2)) == changes(2)


OK = {"EventId": "1"}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"FailedEntryCount": 0},
        {"FailedEntryCount": 0, "Entries": []},
        {"FailedEntryCount": 0, "Entries": [OK]},
        {"FailedEntryCount": 0, "Entries": [OK, OK, OK]},
        {"FailedEntryCount": 1, "Entries": [OK, OK]},
        {"FailedEntryCount": 0, "Entries": [OK, {"ErrorCode": "InternalFailure"}]},
        {"FailedEntryCount": 0, "Entries": [OK, {}]},
        {"FailedEntryCount": 0, "Entries": [OK, {"EventId": ""}]},
        {"Entries": [OK, OK]},
    ],
    ids=str,
)
def test_an_answer_that_contradicts_itself_says_nothing_was_taken(
    bus: EventBridgeBus, events: ScriptedEvents, answer: dict[str, Any]
) -> None:
    """Announced twice is better than never."""
    events.answers = [answer]

    assert bus.put(changes(2)) == changes(2)


def test_an_entry_with_an_id_and_an_error_was_not_taken(
    bus: EventBridgeBus, events: ScriptedEvents
) -> None:
    """The error counts."""
    events.answers = [
        {"FailedEntryCount": 1, "Entries": [{**OK, "ErrorCode": "InternalFailure"}, OK]}
    ]

    assert names_of(bus.put(changes(2))) == ["job-000"]


# --- errors of a whole call ----------------------------------------------------------------

_PASSING = [
    Fault("error", "ThrottlingException"),
    Fault("error", "InternalException", 500),
    Fault("error", "Whatever", 503),
    Fault("error", "Whatever", 429),
    Fault("drop"),
    Fault("hang"),
]
_LASTING = [
    Fault("error", "AccessDeniedException", 400, "User x is not authorized"),
    Fault("error", "ResourceNotFoundException"),
    Fault("error", "ValidationException"),
    Fault("error", "ExpiredTokenException"),
]


@pytest.mark.parametrize("fault", _PASSING, ids=lambda fault: fault.code or fault.kind)
def test_what_may_pass_is_unavailable_while_nothing_was_taken(
    client: Any, impatient: Any, events: ScriptedEvents, fault: Fault
) -> None:
    """The next sweep puts them again; no call comes after it."""
    events.faults = [fault]
    bus = EventBridgeBus(impatient if fault.kind == "hang" else client, "default")

    with pytest.raises(BusUnavailable) as unavailable:
        bus.put(changes(11))

    assert str(unavailable.value).startswith(
        f"EventBridge did not answer events:PutEvents on the bus default: {fault.code}"
    )
    assert str(unavailable.value).endswith("; try again")
    assert events.sizes == [10]


@pytest.mark.parametrize("fault", _LASTING, ids=lambda fault: fault.code)
def test_what_will_not_pass_is_refused_while_nothing_was_taken(
    bus: EventBridgeBus, events: ScriptedEvents, fault: Fault
) -> None:
    """With the action and the bus."""
    events.faults = [fault]

    with pytest.raises(BusRefused, match=rf"events:PutEvents on the bus {BUS}: {fault.code}"):
        bus.put(changes(11))

    assert events.sizes == [10]


@pytest.mark.parametrize(
    "fault", [*_PASSING, *_LASTING], ids=lambda fault: fault.code or fault.kind
)
def test_after_something_was_taken_the_rest_is_given_back(
    client: Any, impatient: Any, events: ScriptedEvents, fault: Fault
) -> None:
    """What was taken has to be remembered, which an error would prevent."""
    events.faults = [None, fault]
    events.refuse = {"job-004": "InternalFailure"}
    bus = EventBridgeBus(impatient if fault.kind == "hang" else client, "default")

    left = bus.put(changes(25))

    assert names_of(left) == ["job-004", *names_of(changes(25))[10:]]
    assert events.sizes == [10, 10]


def test_an_error_after_calls_that_took_nothing_is_raised(
    bus: EventBridgeBus, events: ScriptedEvents
) -> None:
    """There is nothing to remember."""
    events.faults = [None, Fault("error", "ThrottlingException")]
    events.refuse = dict.fromkeys(names_of(changes(10)), "InternalFailure")

    with pytest.raises(BusUnavailable):
        bus.put(changes(11))


def test_a_call_that_took_nothing_does_not_undo_the_one_before(
    bus: EventBridgeBus, events: ScriptedEvents
) -> None:
    """Something was taken in this put, whichever call it was."""
    events.faults = [None, None, Fault("error", "ThrottlingException")]
    events.refuse = dict.fromkeys(names_of(changes(20))[10:], "InternalFailure")

    left = bus.put(changes(21))

    assert names_of(left) == names_of(changes(21))[10:]


def test_a_denial_names_the_action_the_bus_and_the_cure(
    bus: EventBridgeBus, events: ScriptedEvents
) -> None:
    """Whole."""
    events.faults = [_LASTING[0]]

    with pytest.raises(BusRefused) as refusal:
        bus.put(changes(1))

    assert str(refusal.value) == (
        "EventBridge refused events:PutEvents on the bus ml-events: AccessDeniedException (User "
        "x is not authorized); allow events:PutEvents on the bus, and check region and credentials"
    )


@pytest.mark.parametrize("code", ["AccessDeniedException", "NotAuthorizedForSourceException"])
def test_a_denial_of_every_entry_is_a_refusal(
    bus: EventBridgeBus, events: ScriptedEvents, code: str
) -> None:
    """EventBridge says it entry by entry; nobody would ever read why nothing comes through."""
    events.refuse = dict.fromkeys(names_of(changes(3)), code)

    with pytest.raises(BusRefused, match=rf"events:PutEvents on the bus {BUS}: {code}; allow"):
        bus.put(changes(3))


def test_a_denial_of_some_entries_is_not_a_refusal(
    bus: EventBridgeBus, events: ScriptedEvents
) -> None:
    """Those that were taken have to be remembered; one bad entry must not stop the others."""
    events.refuse = {"job-001": "AccessDeniedException"}
    assert names_of(bus.put(changes(3))) == ["job-001"]

    events.refuse = {"job-000": "MalformedDetail"}
    assert names_of(bus.put(changes(1))) == ["job-000"]


def test_a_wrong_signature_keeps_the_session_token_to_itself(
    bus: EventBridgeBus, events: ScriptedEvents
) -> None:
    """Its message holds the request's headers."""
    events.faults = [Fault("error", "InvalidSignatureException", 403, "token=s3cr3t")]

    with pytest.raises(BusRefused, match="check the machine's clock") as refusal:
        bus.put(changes(1))

    assert "s3cr3t" not in "".join(traceback.format_exception(refusal.value))


def test_the_error_page_of_a_proxy_is_unavailable() -> None:
    """HTML where JSON is due."""
    with (
        page(502) as address,
        closing(aws_client("events", address)) as client,
        pytest.raises(BusUnavailable, match=r"HTTP 502.*try again"),
    ):
        EventBridgeBus(client, "default").put(changes(1))


def test_the_page_of_a_proxy_has_taken_nothing() -> None:
    """Though its status is 200."""
    with page(200) as address, closing(aws_client("events", address)) as client:
        left = EventBridgeBus(client, "default").put(changes(12))

    assert left == changes(12)


def test_a_name_that_no_bus_has_is_refused(bus: EventBridgeBus, client: Any) -> None:
    """It is not even sent."""
    with pytest.raises(BusRefused, match=r"ParamValidationError; check the bus's name"):
        EventBridgeBus(client, "").put(changes(1))


def test_no_credentials_are_refused_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk without a profile."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    session: Any = boto3.session.Session(region_name="eu-west-1")
    client = session.client("events", endpoint_url="http://127.0.0.1:9", config=Config(proxies={}))

    with closing(client), pytest.raises(BusRefused, match=r"NoCredentialsError.*and credentials"):
        EventBridgeBus(client, "default").put(changes(1))

"""A local AWS for tests: moto behind HTTP on loopback, with clients that reach nothing else."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "eu-west-1"

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def aws_client(service: str, endpoint_url: str, **config: Any) -> Any:
    """A boto3 client with dummy credentials for this endpoint; the caller closes it.

    ``config`` goes to `botocore.config.Config` over what suits a test: short timeouts, no
    proxy, one attempt.
    """
    settings: dict[str, Any] = {
        "connect_timeout": 5,
        "read_timeout": 10,
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "proxies": {},
    } | config
    session: Any = boto3.session.Session(  # the stubs want the service's name as a literal
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        region_name=REGION,
    )
    return session.client(service, endpoint_url=endpoint_url, config=Config(**settings))


class LocalAws:
    """A running local AWS. Its state is one for the whole process: `reset` it between tests."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The client for this service, made once and closed with the server."""
        if service not in self._clients:
            self._clients[service] = aws_client(service, self.endpoint_url)
        return self._clients[service]

    def reset(self) -> None:
        """Forget everything that was made in any service."""
        request = Request(f"{self.endpoint_url}/moto-api/reset", method="POST")  # noqa: S310
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            answer.read()

    def close_clients(self) -> None:
        """Close the clients that were made here."""
        for client in self._clients.values():
            client.close()


@contextmanager
def local_aws() -> Iterator[LocalAws]:
    """Run a local AWS on a free port of 127.0.0.1 while the block lasts."""
    server = make_server(
        "127.0.0.1",
        0,
        _one_at_a_time(DomainDispatcherApplication(create_backend_app)),
        threaded=True,
        request_handler=_SilentHandler,
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="local-aws")
    thread.start()
    aws = LocalAws(f"http://127.0.0.1:{server.server_port}")
    try:
        yield aws
    finally:
        aws.close_clients()
        server.shutdown()
        thread.join()
        server.server_close()


def create_ledger_table(client: "DynamoDBClient", name: str) -> None:
    """Make the table that `DynamoDbLedger` works on, with the keys that the template gives it."""
    _create_table(
        client,
        name,
        text="stream",
        number="position",
        indexes={
            "decisions-by-day": "decision_day",
            "decisions-by-id": "decision_id",
            "decisions-by-model": "decision_model",
        },
    )


def create_watch_table(client: "DynamoDBClient", name: str) -> None:
    """Make the table that `DynamoDbWatchMemory` works on."""
    _create_table(client, name, text="place", number="part")


def _create_table(
    client: "DynamoDBClient",
    name: str,
    *,
    text: str,
    number: str,
    indexes: Mapping[str, str] | None = None,
) -> None:
    """``indexes`` names for each the text that it finds by, in the order of ``recorded_at``."""
    hashes = dict(indexes or {})
    texts = [text, *hashes.values(), *(["recorded_at"] if hashes else [])]
    attributes: Any = [{"AttributeName": each, "AttributeType": "S"} for each in texts]
    made: dict[str, Any] = {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": attribute, "KeyType": "HASH"},
                    {"AttributeName": "recorded_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index, attribute in hashes.items()
        ]
    }
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": text, "KeyType": "HASH"},
            {"AttributeName": number, "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[*attributes, {"AttributeName": number, "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
        **(made if hashes else {}),
    )


class _SilentHandler(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Keep the test's output to the test."""


def _one_at_a_time(app: Wsgi) -> Wsgi:
    """The same application, one request after the other.

    moto undoes a cancelled transaction by putting back a copy of the table: a write that
    another thread made meanwhile would be lost, which no DynamoDB does.
    """
    lock = threading.Lock()

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with lock:
            return list(app(environ, start_response))

    return serve

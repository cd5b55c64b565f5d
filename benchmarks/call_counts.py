"""Counts what boto3 sends to AWS, by service and operation, while a block lasts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from botocore.session import Session

_REQUEST = "recgate_benchmark_request"


@dataclass(frozen=True, slots=True)
class Call:
    """One answered call. ``service`` is boto3's name of it; ``attempts`` counts the retries in."""

    service: str
    operation: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    attempts: int

    @property
    def name(self) -> str:
        """``service.Operation``."""
        return f"{self.service}.{self.operation}"


@contextmanager
def hearing_calls(heard: Callable[[Call], None]) -> Iterator[None]:
    """Hear of every call of the botocore sessions that are made while the block lasts.

    The hook is botocore's own, so the code whose calls are counted is the deployed code,
    unchanged. Nothing is kept here.
    """
    import botocore

    def asked(**told: Any) -> None:  # noqa: ANN401  what botocore tells its listeners
        told["context"][_REQUEST] = dict(told["params"])

    def answered(**told: Any) -> None:  # noqa: ANN401
        model: OperationModel = told["model"]
        answer: Mapping[str, Any] = told["parsed"]
        retries = int(answer.get("ResponseMetadata", {}).get("RetryAttempts", 0))
        service, request = str(model.service_model.service_name), told["context"][_REQUEST]
        heard(Call(service, model.name, request, answer, retries + 1))

    def listen(session: "Session") -> None:
        session.register("provide-client-params.*.*", asked)
        session.register("after-call.*.*", answered)

    botocore.register_initializer(listen)
    try:
        yield
    finally:
        botocore.unregister_initializer(listen)


@contextmanager
def counting_calls() -> Iterator[Counter[str]]:
    """Count the same calls by ``service.Operation``; `Counter.clear` begins anew."""
    count: Counter[str] = Counter()

    def heard(call: Call) -> None:
        count[call.name] += call.attempts

    with hearing_calls(heard):
        yield count

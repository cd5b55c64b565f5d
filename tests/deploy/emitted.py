"""The metrics and log lines that the functions really print, from running what prints them."""

import io
import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from aws_lambda_powertools import Logger

from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.verdict import Verdict
from recgate.flows.announce import Announcement
from recgate.flows.evidence.sealed import ChainSealed, Sealed, Stopped
from recgate.flows.record_and_tell import Checked
from recgate.functions.seal_telemetry import SealTelemetry
from recgate.functions.telemetry import Telemetry
from recgate.functions.watcher import Watcher
from tests.builders import decision, snapshot


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as CloudWatch tells it apart: each set of dimensions is one of its own."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


@cache
def emitted() -> Mapping[Metric, str]:
    """Every metric of the functions, with its unit."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        telemetry = Telemetry(logger=_logger(io.StringIO()))
        for checked in _checked():
            telemetry.result(checked)
        Watcher({}, logger=_logger(io.StringIO())).handle(None)
        SealTelemetry(logger=_logger(io.StringIO())).sealed(_sealed())
    found: dict[Metric, str] = {}
    for line in printed.getvalue().splitlines():
        found |= _metrics(json.loads(line))
    return found


def logged() -> list[dict[str, Any]]:
    """The log lines of a decision under each verdict."""
    log = io.StringIO()
    telemetry = Telemetry(metrics=False, logger=_logger(log))
    for checked in _checked():
        telemetry.job(JobNotice("fraud-ranker-v14", Trigger(TriggerSource.SWEEP)))
        telemetry.result(checked)
    return [json.loads(line) for line in log.getvalue().splitlines()]


def _checked() -> list[Checked]:
    """A decision under each verdict, delivered in each way."""
    made = decision(snapshot())
    outcomes: tuple[Delivery, ...] = (
        Delivered("1718614800.000100"),
        TryAgain("Slack asks for patience", after_s=30.0),
        *(Refused("not_in_channel", kind=kind, remedy="invite the bot") for kind in RefusalKind),
    )
    told = tuple(Announcement("slack", delivery) for delivery in outcomes)
    return [
        Checked(
            replace(made, evaluation=made.evaluation._replace(verdict=verdict)),
            is_news=True,
            announcements=told,
            page_trouble="the bucket is not there",
        )
        for verdict in Verdict
    ]


def _sealed() -> Sealed:
    """A run of the sealer that found all in order."""
    return Sealed((ChainSealed("local", Stopped.NOT, sealed=2, left=0, age=timedelta(0)),))


def _metrics(line: Mapping[str, Any]) -> dict[Metric, str]:
    """The metrics of one line in CloudWatch's embedded metric format."""
    return {
        Metric(
            block["Namespace"],
            metric["Name"],
            frozenset((name, line[name]) for name in dimensions),
        ): metric["Unit"]
        for block in line["_aws"]["CloudWatchMetrics"]
        for metric in block["Metrics"]
        for dimensions in block["Dimensions"]
    }


def _logger(stream: io.StringIO) -> Logger:
    # powertools keeps one logger a service, with the stream it first had: so one a use.
    return Logger(service=f"recgate {uuid4()}", stream=stream)

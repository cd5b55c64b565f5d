"""Which looks are taken, and why the others are not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from recgate.adapters.checkup.keeping import table
from recgate.adapters.sagemaker_job_list import SageMakerJobList
from recgate.cli.doctor.clients import Clients
from recgate.cli.doctor.ground import Ground
from recgate.cli.doctor.permission_checks import permission_checks
from recgate.cli.doctor.route_checks import route_checks
from recgate.cli.doctor.stack_checks import OF_A_STACK, StackLook
from recgate.cli.read_ledger import ledger_to_read
from recgate.domain.checkup import CheckId, Health, Result
from recgate.domain.route import SlackBot, SlackWebhook, SnsTopic
from recgate.flows.checkup import keeping, watching
from recgate.flows.checkup.facts import NotThere
from recgate.flows.checkup.run import Check
from recgate.ports import JobSourceBusy, JobSourceRefused, RecgateError

_MOST_REGIONS = 8
"""Regions that are asked; there are rarely more, and each is one call."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look at, and the results that are there without a look."""

    checks: tuple[Check, ...]
    results: tuple[Result, ...]


def plan(ground: Ground, clients: Clients, now: datetime) -> Plan:
    """Everything that can be looked at with what was found so far."""
    return Plan(tuple(_checks(ground, clients, now)), tuple(_unlooked(ground)))


def _checks(ground: Ground, clients: Clients, now: datetime) -> Iterator[Check]:
    yield from _ledger(ground, clients)
    if ground.caller is None:
        return
    slack_api = ground.settings.slack_api
    yield from route_checks(ground.routes, clients, ground.desk, slack_api=slack_api)
    if not ground.desk.region:
        return
    for region in _regions(ground)[:_MOST_REGIONS]:
        yield Check(CheckId.SAGEMAKER, partial(_sagemaker, region, clients, now), region)
    yield from permission_checks(ground.config(clients), ground.caller.arn, clients, ground.desk)
    yield Check(CheckId.TRAIL, partial(_trail, ground, clients))
    if ground.stack is not None:
        look = StackLook(ground.stack, ground.settings, clients, ground.desk, now)
        yield from look.checks()


def _unlooked(ground: Ground) -> Iterator[Result]:
    """What is not looked at, and why."""
    told = {result.id for result in ground.results}
    if ground.caller is None:
        why, remedy = "AWS is not asked without credentials that it takes", ""
    elif not ground.desk.region:
        why, remedy = "AWS is asked in a region", ""
    else:
        why = ""
    left = [] if why else _regions(ground)[_MOST_REGIONS:]
    if left:
        words = f"{_MOST_REGIONS} regions are asked, and more are watched: {', '.join(left)}"
        remedy = ground.desk.elsewhere("doctor", left[0])
        yield Result(CheckId.SAGEMAKER, Health.NOT_CHECKED, words, remedy)
    if why:
        yield from _each((CheckId.SAGEMAKER, CheckId.PERMISSIONS, CheckId.TRAIL), why, remedy)
    if not ground.desk.stack:
        why = "no deployed stack was named"
        yield from _each(OF_A_STACK, why, "recgate doctor --stack NAME")
    elif ground.stack is None:
        why = why or "it needs the stack"
        yield from _each([each for each in OF_A_STACK if each not in told], why, "")
    yield from _unlooked_routes(ground)


def _unlooked_routes(ground: Ground) -> Iterator[Result]:
    kinds = {type(route.destination) for route in ground.routes.values()}
    of_slack = (CheckId.SECRET, CheckId.SLACK_TOKEN, CheckId.SLACK_CHANNEL)
    for checks, needed in (
        ((CheckId.TOPIC,), {SnsTopic}),
        ((CheckId.SECRET,), {SlackBot, SlackWebhook}),
        (of_slack[1:], {SlackBot}),
    ):
        if not kinds & needed:
            yield from _each(checks, "no route leads there", "")
        elif ground.caller is None:
            yield from _each(checks, "AWS is not asked without credentials that it takes", "")


def _each(checks: object, why: str, remedy: str) -> Iterator[Result]:
    for check in checks:  # type: ignore[attr-defined]
        yield Result(check, Health.NOT_CHECKED, why, remedy)


def _regions(ground: Ground) -> list[str]:
    """Every region that is watched, in this account: members let in the functions only."""
    return list(dict.fromkeys((ground.desk.region, *ground.settings.regions)))


def _sagemaker(region: str, clients: Clients, now: datetime) -> Iterator[Result]:
    check = CheckId.SAGEMAKER
    try:
        SageMakerJobList(clients("sagemaker", region)).changed(now, None, at_most=0)
    except JobSourceBusy as why:
        remedy = "check that SageMaker is in this region, and the network; try again"
        yield Result(check, Health.NOT_KNOWN, str(why), remedy, region)
    except JobSourceRefused as why:
        remedy = "allow sagemaker:ListInferenceRecommendationsJobs on *"
        yield Result(check, Health.FAILED, str(why), remedy, region)
    else:
        yield Result(check, Health.OK, "lists jobs", about=region)


def _trail(ground: Ground, clients: Clients) -> Iterator[Result]:
    from recgate.adapters.checkup.watching import trails

    yield watching.trail_result(trails(clients("cloudtrail")), ground.desk.region, ground.desk)


def _ledger(ground: Ground, clients: Clients) -> Iterator[Check]:
    name = ground.settings.ledger
    kind, _, in_dynamodb = name.partition(":")
    if kind == "dynamodb":
        if ground.caller is not None and ground.desk.region:
            yield Check(CheckId.LEDGER, partial(_table, in_dynamodb, ground, clients))
        else:
            yield Check(CheckId.LEDGER, partial(_no_account, name))
    elif name == "memory":
        yield Check(CheckId.LEDGER, _no_ledger)
    else:
        yield Check(CheckId.LEDGER, partial(_file, name, ground))


def _no_account(name: str) -> Iterator[Result]:
    words = f"{name}: AWS is not asked without credentials and a region"
    yield Result(CheckId.LEDGER, Health.NOT_CHECKED, words)


def _no_ledger() -> Iterator[Result]:
    words = "none is named: jobs are judged, and decisions not kept"
    yield Result(
        CheckId.LEDGER, Health.NOT_CHECKED, words, "export RECGATE_LEDGER=FILE, or --stack NAME"
    )


def _table(name: str, ground: Ground, clients: Clients) -> Iterator[Result]:
    try:
        found = table(clients("dynamodb"), name)
    except NotThere:
        yield keeping.missing_result(CheckId.LEDGER, f"the table {name}", ground.desk)
        return
    indexes = keeping.LEDGER_INDEXES
    yield keeping.table_result(CheckId.LEDGER, found, ground.desk, indexes=indexes)


def _file(name: str, ground: Ground) -> Iterator[Result]:
    from recgate.adapters.aws_clients import Aws

    if not Path(name.removeprefix("sqlite:")).exists():
        words = f"there is no file {name} yet; the first record makes it"
        yield Result(CheckId.LEDGER, Health.OK, words)
        return
    try:
        with ledger_to_read(name, Aws()) as (opened, _):
            opened.read("recgate doctor")
    except RecgateError as problem:
        remedy = "name another file: export RECGATE_LEDGER=FILE"
        yield Result(CheckId.LEDGER, Health.FAILED, str(problem), remedy)
        return
    yield Result(CheckId.LEDGER, Health.OK, f"{name} can be read")

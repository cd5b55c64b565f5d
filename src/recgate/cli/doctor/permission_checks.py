"""What you and the roles of the functions may do, by IAM's simulator."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from recgate.adapters.checkup import caller as asked
from recgate.cli.doctor.clients import Clients
from recgate.cli.doctor.in_force import ROLES
from recgate.dialect.permissions.desk import desk_statements, judging_statements
from recgate.dialect.permissions.functions import (
    check_statements,
    seal_statements,
    watch_statements,
)
from recgate.dialect.permissions.in_force import InForce, unfilled
from recgate.dialect.permissions.statement import Simulation, Statement, simulations
from recgate.domain.checkup import CheckId, Result
from recgate.flows.checkup import permissions
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import Simulated
from recgate.flows.checkup.run import Check

_STATEMENTS_OF = {
    "CheckRole": check_statements,
    "WatchRole": watch_statements,
    "SealRole": seal_statements,
}


def permission_checks(
    config: InForce, caller_arn: str, clients: Clients, desk: Desk
) -> Iterator[Check]:
    """You first, then the role of each function that a stack has."""
    check = CheckId.PERMISSIONS
    yield Check(check, partial(_yours, config, caller_arn, clients, desk), permissions.YOU)
    for name, role_arn in zip(ROLES, config.roles, strict=False):
        look = partial(_of_a_role, name, role_arn, config, clients, desk)
        yield Check(check, look, ROLES[name])


def _yours(config: InForce, caller_arn: str, clients: Clients, desk: Desk) -> Iterator[Result]:
    iam = clients("iam")
    principal = asked.principal(iam, caller_arn)
    # What doctor tries by itself is told by what became of it.
    untried = [each for each in desk_statements(config) if not each.is_tried]
    questions = list(_questions(untried))
    must = _permissions(_questions(judging_statements(config)))
    yield permissions.caller_result(
        _simulated(iam, principal, questions), _permissions(questions), must, desk
    )


def _of_a_role(
    name: str, role_arn: str, config: InForce, clients: Clients, desk: Desk
) -> Iterator[Result]:
    questions = list(_questions(_STATEMENTS_OF[name](config)))
    found = _simulated(clients("iam"), role_arn, questions)
    yield permissions.role_result(
        found,
        _permissions(questions),
        ROLES[name],
        desk,
        topics=config.topics,
        secrets=tuple(config.secret_arn(each) for each in config.secrets),
    )


def _questions(statements: Iterable[Statement]) -> Iterator[Simulation]:
    """What can be asked: whose resource is known by its name."""
    return simulations(
        replace(each, resources=tuple(arn for arn in each.resources if not unfilled(arn)))
        for each in statements
    )


def _simulated(iam: object, principal: str, questions: Iterable[Simulation]) -> list[Simulated]:
    return [
        answer
        for each in questions
        for answer in asked.simulated(iam, principal, each.actions, each.resource, each.context)
    ]


def _permissions(questions: Iterable[Simulation]) -> list[permissions.Permission]:
    return [(action, each.resource) for each in questions for action in each.actions]

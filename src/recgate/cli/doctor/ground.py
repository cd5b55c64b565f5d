"""What every other look rests on: settings, policies, who is asking, the region, the stack."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from recgate.adapters.aws_clients import AwsNotConfigured
from recgate.adapters.checkup.caller import caller as asked_caller
from recgate.adapters.checkup.stack import stack as asked_stack
from recgate.cli.doctor.clients import Clients
from recgate.cli.doctor.in_force import in_force, stack_settings
from recgate.dialect.permissions.in_force import InForce
from recgate.domain.checkup import CheckId, Health, Result
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Route
from recgate.flows.checkup import ground, policies
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import Caller, CallerProblem, CannotLook, NotThere, Stack
from recgate.ports import PoliciesInvalid
from recgate.settings import Settings, SettingsInvalid, settings_from
from recgate.wiring import built_in_routes, policy_source

_NOT_RECGATES = "CheckFunction"
"""Without it, a stack is somebody else's."""

_FOLDER_FIRST = "it needs a folder of policies that is valid"


@dataclass(slots=True)
class Ground:
    """What was found before anything else is looked at; ``results`` say it.

    ``caller`` None: nobody knows who is asking, and AWS is not asked more. ``stack`` None: none
    was named, or it cannot be used.
    """

    desk: Desk
    settings: Settings
    policies: Path
    loaded: PolicySet | None = None
    caller: Caller | None = None
    stack: Stack | None = None
    results: list[Result] = field(default_factory=list)
    works_alone: bool = False
    """Nobody is signed in, and nothing that is configured needs it."""

    @property
    def routes(self) -> Mapping[str, Route]:
        """Every route that messages would be told by."""
        return policies.routes_of(self.loaded, built_in_routes(self.settings))

    def config(self, clients: Clients) -> InForce:
        """The configuration in force, as permissions see it."""
        assert self.caller is not None  # noqa: S101  whoever asks has looked
        return in_force(
            self.settings,
            self.routes.values(),
            partition=self.caller.arn.split(":")[1],
            account=self.caller.account if self.stack is None else self.stack.account,
            region=clients.region,
            stack=self.stack,
            you=self.caller.arn,
        )


def look_at_the_ground(
    desk: Desk,
    environment: Mapping[str, str],
    folder: Path,
    clients: Clients,
    *,
    folder_is_named: bool,
) -> Ground:
    """Everything in its order: what comes later needs what came before. It raises nothing.

    ``folder_is_named``: somebody said which folder of policies; else it may be missing here.
    """
    desk = replace(desk, policies=str(folder) if folder_is_named else "")
    found = Ground(desk, Settings(policies=folder), folder)
    found.results += _settings(found, environment)
    needs_aws = bool(desk.stack or desk.profile) or _needs_aws(found.settings)
    region = clients.region
    found.desk = replace(desk, region=region)
    found.results += _credentials(found, clients, needs_aws=needs_aws)
    found.results.append(ground.region_result(region, is_needed=needs_aws))
    if desk.stack and found.caller is not None and region:
        found.results += _stack(found, clients)
    found.results += _policies(found, is_named=folder_is_named)
    return found


def _settings(found: Ground, environment: Mapping[str, str]) -> Iterator[Result]:
    try:
        found.settings = replace(settings_from(environment), policies=found.policies)
    except SettingsInvalid as problem:
        yield Result(CheckId.SETTINGS, Health.FAILED, str(problem), "correct or unset the variable")
        return
    named = sorted(name for name in environment if name.startswith("RECGATE_"))
    words = f"{', '.join(named)} can be used" if named else "no RECGATE_* variable is set"
    yield Result(CheckId.SETTINGS, Health.OK, words)


def _needs_aws(settings: Settings) -> bool:
    return settings.ledger.startswith("dynamodb:") or bool(
        settings.queue_url
        or settings.sns_topic_arn
        or settings.slack_secret
        or settings.watch_table
        or settings.reports.startswith("s3:")
    )


def _credentials(found: Ground, clients: Clients, *, needs_aws: bool) -> Iterator[Result]:
    wanted = found.settings.account
    try:
        caller = asked_caller(clients.of_the_caller())
    except CannotLook as why:
        yield Result(CheckId.CREDENTIALS, Health.NOT_KNOWN, str(why), why.remedy)
        return
    except AwsNotConfigured as problem:
        remedy = "--profile NAME, one of: aws configure list-profiles"
        yield Result(CheckId.CREDENTIALS, Health.FAILED, str(problem), remedy)
        return
    found.works_alone = caller.problem is CallerProblem.NONE and not needs_aws
    if caller.problem is None:
        found.caller = caller
    yield ground.credentials_result(caller, found.desk, wanted=wanted, are_needed=needs_aws)


def _stack(found: Ground, clients: Clients) -> Iterator[Result]:
    name = found.desk.stack
    try:
        stack = asked_stack(clients("cloudformation"), name)
    except NotThere:
        words = f"there is no stack {name} in {found.desk.region}"
        yield ground.missing_stack(found.desk, words)
        return
    except CannotLook as why:
        yield Result(CheckId.STACK, Health.NOT_KNOWN, str(why), why.remedy)
        return
    if _NOT_RECGATES not in stack.resources:
        words = f"the stack {name} in {found.desk.region} is not recgate's: no {_NOT_RECGATES}"
        yield ground.missing_stack(found.desk, words)
        return
    found.stack = stack
    found.settings = replace(stack_settings(stack, found.settings), policies=found.policies)
    yield ground.stack_result(stack)


def _policies(found: Ground, *, is_named: bool) -> Iterator[Result]:
    """The folder at this desk; what is deployed is inside of a package, which no desk can read."""
    if not (is_named or found.policies.exists()):
        yield policies.no_folder(str(found.policies))
        yield Result(CheckId.WAIVERS, Health.NOT_CHECKED, _FOLDER_FIRST)
        return
    try:
        found.loaded = policy_source(found.policies, built_in_routes(found.settings)).load()
    except PoliciesInvalid as problem:
        yield policies.invalid_result(problem, str(found.policies))
        yield Result(CheckId.WAIVERS, Health.NOT_CHECKED, _FOLDER_FIRST)
        return
    yield policies.policies_result(found.loaded, str(found.policies))
    yield policies.waivers_result(found.loaded, found.desk)

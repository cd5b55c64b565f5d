"""Credentials, region, stack and version: what every other look rests on."""

from collections.abc import Mapping
from shlex import quote

from recgate.domain.checkup import CheckId, Health, Result
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import Caller, CallerProblem, Function, Stack

_WITHOUT = "recorded jobs are judged without them (recgate check --file F), jobs in SageMaker not"

_FINISHED = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html"""


def credentials_result(caller: Caller, desk: Desk, *, wanted: str, are_needed: bool) -> Result:
    """Who is asking. ``wanted`` is the account that the settings name, '' for any."""

    def result(health: Health, finding: str, remedy: str = "") -> Result:
        return Result(CheckId.CREDENTIALS, health, finding, remedy)

    named = f"the profile {desk.profile}" if desk.profile else "the AWS configuration"
    match caller.problem:
        case CallerProblem.NONE:
            health = Health.FAILED if are_needed else Health.WARNING
            return result(
                health,
                f"there are no AWS credentials: {_WITHOUT}",
                "aws configure sso, or export AWS_PROFILE=NAME",
            )
        case CallerProblem.EXPIRED:
            return result(
                Health.FAILED, f"the credentials of {named} have expired: {caller.said}", desk.login
            )
        case CallerProblem.REFUSED:
            return result(
                Health.FAILED,
                f"AWS does not take the credentials of {named}: {caller.said}",
                f"{desk.login}, or correct the access key",
            )
    if wanted and caller.account != wanted:
        return result(
            Health.FAILED,
            f"{caller.arn} is of account {caller.account}; RECGATE_ACCOUNT is {wanted}",
            f"choose a profile of account {wanted}: --profile NAME",
        )
    return result(Health.OK, f"{caller.arn}, account {caller.account}")


def region_result(region: str, *, is_needed: bool) -> Result:
    """Whether a region is set at all; that its services answer is SageMaker's and the stack's."""
    if region:
        return Result(CheckId.REGION, Health.OK, region)
    health = Health.FAILED if is_needed else Health.WARNING
    return Result(
        CheckId.REGION,
        health,
        "no region is set, and jobs are looked for in one",
        "--region NAME, or export AWS_DEFAULT_REGION=NAME",
    )


def stack_result(stack: Stack) -> Result:
    """Whether what was deployed last is there."""
    words = f"{stack.name} in {stack.region}: {stack.status}"
    again = f"sam build && sam deploy --stack-name {stack.name} --region {stack.region}"
    if stack.status in _FINISHED:
        return Result(CheckId.STACK, Health.OK, words)
    if stack.status.endswith("_IN_PROGRESS"):
        return Result(CheckId.STACK, Health.WARNING, f"{words}: wait until it has ended", "")
    return Result(CheckId.STACK, Health.FAILED, words, again)


def missing_stack(desk: Desk, why: str) -> Result:
    """The stack that was named is not one of recgate's, or not there."""
    return Result(
        CheckId.STACK,
        Health.FAILED,
        why,
        f"correct --stack and --region, or deploy: sam build && sam deploy --guided "
        f"--stack-name {desk.stack} --region {desk.region}",
    )


def version_result(deployed: str, mine: str, stack: Stack) -> Result:
    """Whether the deployed version is this one. '' is one that did not say its version."""
    again = f"sam build && sam deploy --stack-name {stack.name} --region {stack.region}"
    if deployed == mine:
        return Result(CheckId.VERSION, Health.OK, f"{mine} is deployed, and here")
    if not deployed:
        words = f"the deployed version does not say which it is; here it is {mine}"
        return Result(CheckId.VERSION, Health.WARNING, words, again)
    return Result(
        CheckId.VERSION,
        Health.WARNING,
        f"{deployed} is deployed; here it is {mine}",
        f"{again}, or install {deployed} here",
    )


def function_result(
    function: Function, about: str, desk: Desk, *, role: str, told: Mapping[str, str]
) -> Result:
    """Whether Lambda runs the function, as the stack's role, on the stack's own parts.

    ``role`` is that role's name, ``told`` what the stack's parts are, by the variables that tell
    the function of them.
    """

    def result(health: Health, finding: str, remedy: str = "") -> Result:
        return Result(CheckId.FUNCTION, health, finding, remedy, about)

    again = f"sam build && sam deploy --stack-name {desk.stack} --region {desk.region}"
    if function.state not in ("", "Active", "Inactive"):
        return result(Health.FAILED, f"{function.name} is {function.state} {function.why}", again)
    if function.last_update == "Failed":
        return result(Health.FAILED, f"its last update failed {function.why}", again)
    runs_as = function.role_arn.rsplit("/", 1)[-1]
    if runs_as != role:
        return result(
            Health.FAILED,
            f"{function.name} runs as the role {runs_as}, the stack's is {role}",
            desk.aws(
                f"lambda update-function-configuration --function-name {quote(function.name)} "
                f"--role {quote(_role_arn(function.arn, role))}"
            ),
        )
    if function.environment is None:
        return result(
            Health.NOT_KNOWN,
            f"Lambda did not tell the environment of {function.name} {function.why}",
            "allow kms:Decrypt on the function's key",
        )
    usual = {"RECGATE_BUS": "default"}
    has = usual | dict(function.environment)
    wrong = [name for name, value in told.items() if has.get(name) != value]
    if wrong:
        # What stands there may be anything, so it is not repeated.
        return result(
            Health.FAILED,
            f"{', '.join(wrong)} of {function.name} {'is' if len(wrong) == 1 else 'are'} missing "
            "or not this stack's",
            f"set {' '.join(f'{name}={quote(told[name])}' for name in wrong)} among its "
            "environment variables in the Lambda console: a deployment does not see a change by "
            "hand",
        )
    return result(Health.OK, f"{function.name} is {function.state or 'there'}")


def _role_arn(function_arn: str, role: str) -> str:
    _, partition, _, _, account = function_arn.split(":")[:5]
    return f"arn:{partition}:iam::{account}:role/{role}"

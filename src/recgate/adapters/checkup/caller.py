"""Who is asking, and what IAM's simulator says that somebody may do."""

from collections.abc import Iterable, Mapping, Sequence

from recgate.adapters.checkup.asking import Client, asked
from recgate.flows.checkup.facts import Caller, CallerProblem, CannotLook, NotThere, Simulated

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_SIGN_IN = ("SSO", "Token", "Login")
"""What the names of botocore's errors about a sign-in have in common."""

_SIMULATE = "iam:SimulatePrincipalPolicy"


def caller(sts: Client) -> Caller:
    """Who is asking. Raises CannotLook when STS gives no answer.

    GetCallerIdentity needs no permission, and cannot be denied:
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    try:
        found = sts.get_caller_identity()
        arn, account = str(found["Arn"]), str(found["Account"])
    except exceptions.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _EXPIRED:
            return Caller(problem=CallerProblem.EXPIRED, said=code)
        if not 400 <= status < 500:
            raise CannotLook(f"STS did not say who is asking: {code}", remedy="try again") from None
        return Caller(problem=CallerProblem.REFUSED, said=code)
    except exceptions.NoCredentialsError:
        return Caller(problem=CallerProblem.NONE)
    except exceptions.BotoCoreError as error:
        kind = type(error).__name__
        if isinstance(error, exceptions.PartialCredentialsError):
            return Caller(problem=CallerProblem.REFUSED, said=kind)
        if any(word in kind for word in _SIGN_IN):
            return Caller(problem=CallerProblem.EXPIRED, said=kind)
        raise CannotLook(
            f"STS did not say who is asking: {kind}",
            remedy="check the network and --endpoint-url, try again",
        ) from None
    except (ResponseParserError, KeyError) as error:  # a proxy's page is a 200, too
        raise CannotLook(
            f"what answered is not STS: {type(error).__name__}",
            remedy="check the network and --endpoint-url, try again",
        ) from None
    return Caller(arn, account)


def principal(iam: Client, arn: str) -> str:
    """The user or role whose policies decide for a caller with this ARN.

    A session tells its role's name and not its path, so IAM is asked for it. Raises CannotLook,
    also for a root user and a federated one, whom nobody can simulate:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    kind, _, rest = arn.split(":", 5)[-1].partition("/")
    if kind in ("user", "role"):
        return arn
    if kind != "assumed-role":
        raise CannotLook(
            f"{arn} cannot be simulated: IAM simulates users and roles",
            remedy="work with a role: --profile NAME",
        )
    name = rest.split("/")[0]
    account = arn.split(":")[4]
    role = f"arn:{arn.split(':')[1]}:iam::{account}:role/{name}"
    try:
        with asked("read your role", "iam:GetRole", role):
            return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except NotThere:
        raise CannotLook(f"IAM knows no role {name}", remedy="sign in again") from None


def simulated(
    iam: Client,
    principal_arn: str,
    actions: Sequence[str],
    resource: str,
    context: Mapping[str, Sequence[str]],
) -> Iterable[Simulated]:
    """What the principal may do with one resource. ``context`` are condition keys and values.

    Its own policies, its boundary and the organisation's are counted; policies of resources are
    not. Raises CannotLook.
    """
    entries = [
        {
            "ContextKeyName": key,
            "ContextKeyType": "stringList" if len(values) > 1 else "string",
            "ContextKeyValues": list(values),
        }
        for key, values in context.items()
    ]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=principal_arn,
        ActionNames=list(actions),
        ResourceArns=[resource],
        ContextEntries=entries,
    )
    try:
        with asked("simulate the permissions", _SIMULATE, principal_arn):
            return [
                Simulated(
                    str(each["EvalActionName"]),
                    resource,
                    each["EvalDecision"] == "allowed",
                    tuple(map(str, each.get("MissingContextValues") or ())),
                )
                for page in pages
                for each in page.get("EvaluationResults", ())
            ]
    except NotThere:
        raise CannotLook(f"IAM knows no {principal_arn}", remedy="deploy the stack again") from None

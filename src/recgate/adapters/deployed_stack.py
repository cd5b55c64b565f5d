"""A deployed stack, as CloudFormation and Lambda tell it: what its functions were told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from recgate.dialect.aws_refusals import Question, classified, refusal, unanswered
from recgate.domain.place import Place
from recgate.ports import RecgateError

CHECK_FUNCTION = "CheckFunction"
"""The logical id of the check function in template.yaml."""

SEAL_FUNCTION = "SealFunction"
"""That of the function that signs and archives, which knows the archive and the key."""

_NO_SUCH = "does not exist"
"""CloudFormation has one code, ValidationError, for whatever is not there or not well said."""


class StackUnusable(RecgateError):
    """The stack cannot be found or read; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class DeployedFunction:
    """A function of a stack: where it runs, and the environment that it was given."""

    name: str
    home: Place
    environment: Mapping[str, str]


# mypy_boto3_cloudformation and mypy_boto3_lambda are not installed: a desk makes two calls of them.
def deployed_function(
    cloudformation: Any,  # noqa: ANN401
    functions: Any,  # noqa: ANN401
    *,
    stack: str,
    logical_id: str = CHECK_FUNCTION,
) -> DeployedFunction:
    """The function of that logical id. ``functions`` is the client of Lambda.

    Raises StackUnusable: no such stack, one without that function, no permission, no answer.
    """
    region = str(cloudformation.meta.region_name)
    name = _function_name(cloudformation, stack, logical_id, region)
    question = Question(
        "Lambda",
        f"tell the configuration of {name} of stack {stack!r} in {region}",
        "lambda:GetFunctionConfiguration",
        f"arn:{functions.meta.partition}:lambda:{region}:*:function:{name}",
    )
    with _asked(question, missing=f"Function {name} of stack {stack!r} is gone: deploy it again."):
        found = functions.get_function_configuration(FunctionName=name)
    account = str(found["FunctionArn"]).split(":")[4]
    return DeployedFunction(name, Place(account, region), _variables(found, name, stack))


def _function_name(cloudformation: Any, stack: str, logical_id: str, region: str) -> str:  # noqa: ANN401
    question = Question(
        "CloudFormation",
        f"describe stack {stack!r} in {region}",
        "cloudformation:DescribeStackResource",
        f"arn:{cloudformation.meta.partition}:cloudformation:{region}:*:stack/{stack}/*",
    )
    foreign = (
        f"Stack {stack!r} in {region} is not one of recgate's: it has no {logical_id}. Name the "
        "stack that was made from recgate's template.yaml with --stack."
    )
    missing = (
        f"There is no stack {stack!r} in {region}: check --stack, --region and --profile, or "
        "deploy recgate there (docs/deploying.md)."
    )
    with _asked(question, missing=missing, foreign=(logical_id, foreign)):
        found = cloudformation.describe_stack_resource(
            StackName=stack, LogicalResourceId=logical_id
        )["StackResourceDetail"]
    name = found.get("PhysicalResourceId")
    if not name or found.get("ResourceStatus") == "DELETE_COMPLETE":
        raise StackUnusable(
            f"Stack {stack!r} in {region} has no {logical_id} now ({found.get('ResourceStatus')}): "
            "deploy it again, or wait until its deployment has ended."
        )
    return str(name)


def _variables(found: Mapping[str, Any], name: str, stack: str) -> Mapping[str, str]:
    """The environment variables; none at all is no answer, because the template gives some."""
    environment = found.get("Environment") or {}
    variables = environment.get("Variables")
    if not variables:
        code = (environment.get("Error") or {}).get("ErrorCode", "there are none")
        raise StackUnusable(
            f"Lambda did not tell the environment of {name} of stack {stack!r}: {code}. Allow "
            "kms:Decrypt on the function's key, if it has one, or deploy the stack again."
        )
    return {str(key): str(value) for key, value in variables.items()}


@contextmanager
def _asked(
    question: Question, *, missing: str, foreign: tuple[str, str] | None = None
) -> Iterator[None]:
    """Turn what boto3 raises inside into StackUnusable.

    ``missing`` is what to say when the thing is not there; ``foreign`` is a name, and what to
    say instead when it is this one that is not there.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        said = error.response.get("Error", {}).get("Message", "")
        if code == "ResourceNotFoundException" or (code == "ValidationError" and _NO_SUCH in said):
            other = foreign is not None and foreign[0] in said
            raise StackUnusable(foreign[1] if foreign and other else missing) from error
        # The cause is printed with the error, and may hold more than should be printed.
        raise StackUnusable(str(classified(error.response, question))) from None
    except BotoCoreError as error:
        kind = type(error).__name__
        lacking = "Credential" in kind or "Token" in kind or kind == "ParamValidationError"
        words = refusal(question, kind, str(error)) if lacking else unanswered(question, kind)
        raise StackUnusable(words) from error

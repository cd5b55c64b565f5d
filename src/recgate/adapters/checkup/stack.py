"""A stack, its functions, and what polls its queue."""

from recgate.adapters.checkup.asking import Client, asked
from recgate.flows.checkup.facts import Function, NotThere, Poller, Stack


def stack(cloudformation: Client, name: str) -> Stack:
    """The stack of that name. Raises NotThere, CannotLook."""
    meta = cloudformation.meta
    region, arn = str(meta.region_name), f"arn:{meta.partition}:cloudformation"
    resource = f"{arn}:{region}:*:stack/{name}/*"
    with asked(f"describe stack {name!r}", "cloudformation:DescribeStacks", resource):
        (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        account, status = str(found["StackId"]).split(":")[4], str(found["StackStatus"])
    with asked(
        f"list the resources of stack {name!r}", "cloudformation:DescribeStackResources", resource
    ):
        made = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return Stack(
        name,
        region,
        account,
        status,
        {str(each["LogicalResourceId"]): str(each.get("PhysicalResourceId", "")) for each in made},
        {
            str(each["ParameterKey"]): str(each.get("ParameterValue", ""))
            for each in found.get("Parameters", ())
        },
        {
            str(each["OutputKey"]): str(each.get("OutputValue", ""))
            for each in found.get("Outputs", ())
        },
        found.get("LastUpdatedTime") or found.get("CreationTime"),
    )


def function(functions: Client, name: str) -> Function:
    """The function of that name. Raises NotThere, CannotLook."""
    meta = functions.meta
    resource = f"arn:{meta.partition}:lambda:{meta.region_name}:*:function:{name}"
    with asked(f"describe the function {name}", "lambda:GetFunctionConfiguration", resource):
        found = functions.get_function_configuration(FunctionName=name)
    environment = found.get("Environment") or {}
    variables = None if environment.get("Error") else environment.get("Variables") or {}
    return Function(
        name,
        str(found["FunctionArn"]),
        str(found.get("Role", "")),
        str(found.get("State", "")),
        str(found.get("LastUpdateStatus", "")),
        {str(key): str(value) for key, value in variables.items()}
        if variables is not None
        else None,
        str(found.get("StateReasonCode") or found.get("LastUpdateStatusReasonCode") or ""),
    )


def pollers(functions: Client, name: str) -> list[Poller]:
    """What hands messages to the function of that name. Raises CannotLook."""
    try:
        with asked("see what polls the queue", "lambda:ListEventSourceMappings", "*"):
            found = functions.list_event_source_mappings(FunctionName=name)
    except NotThere:
        return []
    return [
        Poller(str(each["UUID"]), str(each.get("State", "")), str(each.get("EventSourceArn", "")))
        for each in found.get("EventSourceMappings", ())
    ]

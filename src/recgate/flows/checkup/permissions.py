"""Which permissions are missing, by what IAM's simulator says."""

from collections.abc import Collection, Sequence
from shlex import quote

from recgate.domain.checkup import CheckId, Health, Result
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import Simulated

YOU = "you"
_MOST_NAMED = 4

Permission = tuple[str, str]
"""An action and the resource that it is needed on."""


def caller_result(
    simulated: Sequence[Simulated],
    asked: Collection[Permission],
    must: Collection[Permission],
    desk: Desk,
) -> Result:
    """What the person at this desk may not do.

    ``asked`` is everything that was simulated; without ``must`` no job can be judged here, and
    without the others some commands do not work.
    """
    denied, unknown = _sorted_out(simulated, asked)
    remedy = f"attach what this prints: {desk.policy}"
    vital = [each for each in denied if each in must]
    if vital:
        words = f"you may not {_words(vital)}: jobs cannot be judged here"
        return Result(CheckId.PERMISSIONS, Health.FAILED, words, remedy, YOU)
    if unknown:
        return _unknown(unknown, simulated, YOU)
    if denied:
        words = f"you may not {_words(denied)}: what needs it does not work here"
        return Result(CheckId.PERMISSIONS, Health.WARNING, words, remedy, YOU)
    return _fine(len(set(asked)), YOU)


def role_result(
    simulated: Sequence[Simulated],
    asked: Collection[Permission],
    about: str,
    desk: Desk,
    *,
    topics: Sequence[str] = (),
    secrets: Sequence[str] = (),
) -> Result:
    """What the role of a function may not do.

    ``topics`` and ``secrets`` are the ARNs that routes need beside the stack's own: those that the
    stack's parameters name already, too.
    """
    denied, unknown = _sorted_out(simulated, asked)
    if denied:
        words = f"the role of {about} may not {_words(denied)}"
        cure = _cure(denied, desk, topics, secrets)
        return Result(CheckId.PERMISSIONS, Health.FAILED, words, cure, about)
    return _unknown(unknown, simulated, about) if unknown else _fine(len(set(asked)), about)


def _cure(
    denied: Sequence[Permission], desk: Desk, topics: Sequence[str], secrets: Sequence[str]
) -> str:
    """What routes.yaml names beside the stack's own is let in by parameters of the stack.

    A parameter replaces what it said before, so it is told whole.
    """
    again = f"sam deploy --stack-name {desk.stack} --region {desk.region}"
    resources = {resource for _, resource in denied}
    in_routes = {*topics, *secrets}
    if resources <= in_routes and all(map(_is_parameter, resources)):
        return "keep that secret in Secrets Manager and name its ARN in RouteSecretArns"
    parameters = []
    arns = [_full_arn(each) for each in secrets if not _is_parameter(each)]
    if arns and not resources.isdisjoint(secrets):
        parameters.append(f"RouteSecretArns={','.join(arns)}")
    if not resources.isdisjoint(topics):
        parameters.append(f"RouteTopicArns={','.join(topics)}")
    if parameters:
        again += f" --parameter-overrides {' '.join(map(quote, parameters))}"
    if resources <= in_routes:
        return again
    return f"undo what was changed by hand at the role, or deploy the template again: {again}"


def _is_parameter(arn: str) -> bool:
    """Whether a secret is kept in SSM, for which the stack has no parameter."""
    return arn.split(":")[2:3] == ["ssm"]


def _full_arn(arn: str) -> str:
    """The ARN of a secret, with a word to replace where only its name is known."""
    return arn.replace("-??????", "-SIX_CHARACTERS")


def _sorted_out(
    simulated: Sequence[Simulated], asked: Collection[Permission]
) -> tuple[list[Permission], list[Permission]]:
    """What is denied, and what nobody can say: no answer, or one that rests on unknown keys."""
    # One action on one resource is asked under several conditions: the worst answer counts.
    answers: dict[Permission, Simulated] = {}
    for each in sorted(simulated, key=_badness):
        answers[each.action, each.resource] = each
    denied, unknown = [], []
    for permission in dict.fromkeys(asked):
        answer = answers.get(permission)
        if answer is None or answer.missing_keys:
            unknown.append(permission)
        elif not answer.is_allowed:
            denied.append(permission)
    return denied, unknown


def _badness(answer: Simulated) -> int:
    """Allowed, not known, denied."""
    return 1 if answer.missing_keys else 0 if answer.is_allowed else 2


def _unknown(unknown: Sequence[Permission], simulated: Sequence[Simulated], about: str) -> Result:
    keys = sorted({key for each in simulated for key in each.missing_keys})
    why = f"a policy asks for {', '.join(keys)}" if keys else "IAM gave no answer"
    return Result(
        CheckId.PERMISSIONS,
        Health.NOT_KNOWN,
        f"nobody can say about {_words(unknown)}: {why}, which a simulation is not told",
        "try it: recgate check JOB",
        about,
    )


def _fine(count: int, about: str) -> Result:
    words = f"all {count} permissions are there, as far as policies of IAM decide"
    return Result(CheckId.PERMISSIONS, Health.OK, words, about=about)


def _words(permissions: Sequence[Permission]) -> str:
    named = [f"{action} on {resource}" for action, resource in permissions[:_MOST_NAMED]]
    more = len(permissions) - _MOST_NAMED
    return "; ".join(named) + (f"; and {more} more" if more > 0 else "")

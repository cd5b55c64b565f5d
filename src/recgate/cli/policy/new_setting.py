"""What stands around a new policy: the folder's routes and owners, and a name that is free."""

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from recgate.cli.policy import new_answers
from recgate.cli.policy.new_files import Places
from recgate.cli.policy.new_job import JobStart
from recgate.domain.new_policy import scope_of
from recgate.domain.route import Route
from recgate.ports import PoliciesInvalid, RecgateError
from recgate.settings import settings_from
from recgate.wiring import built_in_routes, policy_source

_ROUTES = ("routes.yaml", "routes.yml")
_STUB = "version: 1\npolicy: stub\nrequire: {max_instance_count: 1}\n"
"""The routes are read without the folder's policies: a mistake in one of these is another day's."""

_RUN = re.compile(r"[-_.]*(v?[0-9]+[-_.]*)+$")
"""What tells one job of a model from the next: ``-v14``, ``-20250617``."""

_NAME_ROOM = 60
_FIRST_NAME = "prod-realtime"


class RoutesUnusable(RecgateError):
    """The routes of the folder have mistakes."""


def routes_of(folder: Path) -> Mapping[str, Route]:
    """The routes that a policy in this folder may name. Raises RoutesUnusable, SettingsInvalid."""
    built_in = built_in_routes(settings_from(os.environ))
    found = [folder / name for name in _ROUTES if (folder / name).is_file()]
    if not found:
        return built_in
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copyfile(found[0], Path(scratch) / found[0].name)
        (Path(scratch) / "stub.yaml").write_text(_STUB, "utf-8")
        try:
            return policy_source(Path(scratch), built_in).load().routes
        except PoliciesInvalid as refusal:
            raise RoutesUnusable(
                f"{found[0]} has mistakes, so no route can be named: recgate policy validate "
                "tells them."
            ) from refusal


def owner_of(folder: Path) -> str:
    """The owner of the policies that are there, if they have one and the same; else empty."""
    try:
        routes = built_in_routes(settings_from(os.environ))
        owners = {policy.owner for policy in policy_source(folder, routes).load().policies}
    except RecgateError:
        return ""  # nothing is known of a folder that is not there, or has mistakes
    return owners.pop() if len(owners) == 1 else ""


def name_for(start: JobStart | None, folder: Path) -> str:
    """A name that is free: after the model of the job, or the job without its number."""
    name = _FIRST_NAME
    if start is not None:
        job = start.snapshot
        groups = scope_of(job).model_package_groups
        named = groups[0] if groups else _RUN.sub("", job.job_name)
        name = re.sub(r"[^a-z0-9]+", "-", named.lower()).strip("-")[:_NAME_ROOM].strip("-")
    name = name or _FIRST_NAME
    for number in range(1, 100):
        offered = name if number == 1 else f"{name}-{number}"
        try:
            Places(folder, new_answers.name(offered)).check_free()
        except (RecgateError, ValueError):  # routes.yaml and waivers.yaml are something else
            continue
        return offered
    return name

"""Which job is meant: JOB, --job-name, --cli-input-json or --cli-input-yaml."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import click

from recgate.adapters.described_job.model import INPUT_MEMBERS
from recgate.dialect.job_names import JOB_NAME, NamedJob, named_job
from recgate.dialect.mistake import did_you_mean, quoted
from recgate.ports import RecgateError

_PREFIXES = ("file://", "fileb://")


class RequestUnusable(RecgateError):
    """The request that was given as JSON or YAML cannot be read, or asks for nothing known."""


def job_asked_for(
    *,
    job: str | None,
    job_name: str | None,
    cli_input_json: str | None,
    cli_input_yaml: str | None,
) -> NamedJob | None:
    """The job, None when nobody named one. What is named on the command line comes before input.

    Raises RequestUnusable, click.UsageError.
    """
    if job and job_name and job != job_name:
        raise click.UsageError("JOB and --job-name name two jobs; give one of them.")
    if cli_input_json is not None and cli_input_yaml is not None:
        raise click.UsageError("--cli-input-json and --cli-input-yaml: give one of them.")
    # The input is read in any case: a mistake in it is never passed over in silence.
    given: str | None = None
    if cli_input_json is not None:
        given = _job_name(*_json_input(cli_input_json), _hint(cli_input_json))
    elif cli_input_yaml is not None:
        given = _job_name(*_yaml_input(cli_input_yaml), _hint(cli_input_yaml))
    named = job or job_name or given
    return None if named is None else _checked(named)


def _checked(text: str) -> NamedJob:
    found = named_job(text)
    if not JOB_NAME.fullmatch(found.name) or len(found.name) > 64:
        raise RequestUnusable(
            f"{quoted(text)} names no job: a name has at most 64 letters, digits and hyphens "
            "between them, an ARN is arn:aws:sagemaker:REGION:ACCOUNT:"
            "inference-recommendations-job/NAME. recgate describe list shows the jobs there are."
        )
    return found


def _job_name(request: object, label: str, hint: str) -> str | None:
    """The name in a request. Raises RequestUnusable for anything that SageMaker would not take."""
    if not isinstance(request, Mapping):
        raise RequestUnusable(
            f'{label}: an object is needed, such as {{"JobName": "NAME"}}; --generate-cli-skeleton '
            f"prints an empty one.{hint}"
        )
    for member in request:
        if member not in INPUT_MEMBERS:
            guess = did_you_mean(str(member), INPUT_MEMBERS)
            known = guess or f"; known is {', '.join(INPUT_MEMBERS)}."
            raise RequestUnusable(f"{label}: unknown member {quoted(str(member))}{known}")
    name = request.get("JobName")
    if name is not None and not isinstance(name, str):
        raise RequestUnusable(
            f"{label}: JobName is {quoted(name)}, and must be text. Put it in quotes."
        )
    return name or None


def _json_input(value: str) -> tuple[object, str]:
    text, label = _text(value, "--cli-input-json")
    try:
        return json.loads(text), label
    except json.JSONDecodeError as problem:
        raise RequestUnusable(
            f"{label}:{problem.lineno}:{problem.colno}: is not JSON: {problem.msg}.{_hint(value)}"
        ) from problem
    except RecursionError as problem:
        raise RequestUnusable(f"{label}: is nested too deeply to be a request.") from problem


def _yaml_input(value: str) -> tuple[object, str]:
    import yaml

    text, label = _text(value, "--cli-input-yaml")
    try:
        return yaml.safe_load(text), label
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        said = getattr(problem, "problem", None) or "it cannot be read"
        raise RequestUnusable(f"{label}{place}: is not YAML: {said}.{_hint(value)}") from problem
    except RecursionError as problem:
        raise RequestUnusable(f"{label}: is nested too deeply to be a request.") from problem


def _text(value: str, option: str) -> tuple[str, str]:
    """The text of the option or of the file that it names, and what to call it in errors."""
    prefix = next((each for each in _PREFIXES if value.startswith(each)), None)
    if prefix is None:
        return value, option
    named = os.path.expandvars(value.removeprefix(prefix))
    path = Path(named).expanduser()
    try:
        return path.read_text("utf-8-sig"), str(path)
    except UnicodeDecodeError as problem:
        raise RequestUnusable(f"{path}: is not UTF-8. Write it again as UTF-8.") from problem
    except OSError as problem:
        raise RequestUnusable(
            f"{path}: cannot be read: {problem.strerror}. {option} names a file that is there."
        ) from problem


def _hint(value: str) -> str:
    """What was probably meant when the value is the name of a file."""
    try:
        is_file = Path(value).is_file()
    except (OSError, ValueError):  # a text that can be no name of a file
        return ""
    return f" A file is named as file://{value}" if is_file else ""

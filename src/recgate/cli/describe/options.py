"""The options of `recgate describe JOB`: all of the AWS CLI's, and those of the page."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from recgate.adapters.described_job.connection import SECONDS, Connection

C = TypeVar("C", bound=Callable[..., object])

PAGE, JSON, YAML, YAML_STREAM, TEXT, TABLE = "page", "json", "yaml", "yaml-stream", "text", "table"
INPUT, YAML_INPUT, OUTPUT = "input", "yaml-input", "output"

_REFUSED_PROMPT = (
    "--cli-auto-prompt: recgate asks nothing on the way. recgate describe --help lists the "
    "options, and a shell completes them after: recgate completion --help"
)


def connection_options(command: Callable[..., object]) -> Callable[..., object]:
    """Add the options about asking AWS; the command gets them as ``connection``."""

    @wraps(command)
    def connected(
        *,
        region: str | None,
        profile: str | None,
        endpoint_url: str | None,
        sign_request: bool,
        verify_ssl: bool,
        ca_bundle: Path | None,
        cli_read_timeout: int,
        cli_connect_timeout: int,
        **rest: Any,  # noqa: ANN401  the command's own
    ) -> object:
        asked = Connection(
            # The AWS CLI v2 knows this variable, botocore only AWS_DEFAULT_REGION.
            region=region or os.environ.get("AWS_REGION") or None,
            profile=profile,
            endpoint_url=endpoint_url,
            signed=sign_request,
            verified=verify_ssl,
            ca_bundle=ca_bundle,
            read_timeout_s=cli_read_timeout,
            connect_timeout_s=cli_connect_timeout,
        )
        return command(connection=asked, named_region=region, **rest)

    return _with(
        connected,
        click.option("--region", help="The AWS region to ask. Default: that of the job's ARN."),
        click.option("--profile", help="The profile of the AWS configuration to use."),
        click.option("--endpoint-url", metavar="URL", help="Another address for AWS."),
        click.option(
            "--no-sign-request",
            "sign_request",
            flag_value=False,
            default=True,
            type=bool,
            help="Ask without credentials.",
        ),
        click.option(
            "--no-verify-ssl",
            "verify_ssl",
            flag_value=False,
            default=True,
            type=bool,
            help="Take any certificate; it is said on standard error.",
        ),
        click.option(
            "--ca-bundle",
            type=click.Path(exists=True, path_type=Path),
            metavar="F",
            help="The authorities to trust, in one PEM file.",
        ),
        click.option(
            "--cli-read-timeout",
            type=click.IntRange(min=0),
            default=SECONDS,
            show_default=True,
            metavar="SECONDS",
            help="How long to wait for an answer; 0 waits for ever.",
        ),
        click.option(
            "--cli-connect-timeout",
            type=click.IntRange(min=0),
            default=SECONDS,
            show_default=True,
            metavar="SECONDS",
            help="How long to wait for a connection; 0 waits for ever.",
        ),
    )


def input_options(command: C) -> C:
    """Add what names the job, as the AWS CLI takes it, and the skeletons."""
    return _with(
        command,
        click.option("--job-name", metavar="NAME", help="The job, whatever its name is."),
        click.option(
            "--cli-input-json",
            metavar="JSON",
            help='The request as JSON, such as {"JobName": "NAME"}, or file://F. A job that is '
            "named beside it counts instead.",
        ),
        click.option("--cli-input-yaml", metavar="YAML", help="The same as YAML, or file://F."),
        click.option(
            "--generate-cli-skeleton",
            "skeleton",
            is_flag=False,
            flag_value=INPUT,
            type=click.Choice([INPUT, YAML_INPUT, OUTPUT]),
            help="Ask nobody; print an empty request (input, what it is without a word after it; "
            "or yaml-input), or an answer with the names of its members for values (output).",
        ),
    )


def output_options(command: C) -> C:
    """Add how the answer is printed."""
    return _with(
        command,
        click.option(
            "--output",
            type=click.Choice([PAGE, JSON, YAML, YAML_STREAM, TEXT, TABLE]),
            help="page is for people, with tags, steps and measured latencies; the others are "
            "the AWS CLI's. Default: page; json with --query.",
        ),
        click.option(
            "--query", metavar="JMESPATH", help="Print only this of the answer (jmespath.org)."
        ),
        click.option(
            "--color",
            type=click.Choice(["on", "off", "auto"]),
            default="auto",
            show_default=True,
            help="Colours on the page and in tables; auto: at a terminal.",
        ),
    )


def accepted_options(command: C) -> C:
    """Add the options of the AWS CLI that change nothing here, or are refused with words."""

    def refuse_prompt(_ctx: click.Context, _option: click.Parameter, value: bool) -> None:  # noqa: FBT001  click's own call
        if value:
            raise click.UsageError(_REFUSED_PROMPT)

    return _with(
        command,
        click.option(
            "--no-paginate",
            is_flag=True,
            expose_value=False,
            help="Changes nothing: one job is one answer, not pages.",
        ),
        click.option(
            "--no-cli-pager",
            is_flag=True,
            expose_value=False,
            help="Changes nothing: no pager is started.",
        ),
        click.option(
            "--cli-binary-format",
            type=click.Choice(["base64", "raw-in-base64-out"]),
            expose_value=False,
            help="Changes nothing: nothing binary is asked or answered.",
        ),
        click.option(
            "--cli-auto-prompt",
            is_flag=True,
            expose_value=False,
            callback=refuse_prompt,
            help="Refused: recgate asks nothing on the way; a shell completes the options.",
        ),
        click.option(
            "--no-cli-auto-prompt",
            is_flag=True,
            expose_value=False,
            help="Changes nothing: see above.",
        ),
    )


def _with(command: C, *options: Callable[[C], C]) -> C:
    """The command with the options, the first of them first in its help."""
    for option in reversed(options):
        command = option(command)
    return command

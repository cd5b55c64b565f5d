"""`recgate preview`: every message about a decision on one page, before anybody is sent one."""

import os
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.decision_of import decision_of, decision_options
from recgate.cli.deployment import deployment_of
from recgate.cli.page_output import check_page_options, page_options, put_out
from recgate.domain.decision import Decision
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import SlackBot
from recgate.domain.routing import routes_for
from recgate.domain.telling import Telling
from recgate.ports import PoliciesInvalid
from recgate.rendering.preview.page import Preview, preview_page
from recgate.rendering.preview.routes import hearings
from recgate.rendering.report.names import job_file_name
from recgate.rendering.safe_text import clean
from recgate.settings import Settings, settings_from
from recgate.wiring import built_in_routes, policy_source

_REASON = 400


@click.command("preview")
@decision_options
@page_options("recgate-preview-JOB.html")
def preview_command(*, out: str | None, opens: bool | None, **options: Any) -> int:  # noqa: ANN401
    """Draw every message about a job or a decision on one page, and send none.

    \b
    recgate preview --file examples/jobs/fraud-ranker-v14.json
    recgate preview fraud-ranker-v14 --stack recgate --region eu-west-1 --out page.html

    DECISION is one that is recorded; --file is judged now by the policies. The page shows Slack
    in light and dark and on a phone, the simpler forms, the thread, the message about the running
    job, e-mail, SMS, Amazon Q, what programs get, how much of each limit is used, and which
    routes hear it and why. It is one file, without scripts, and asks nobody for anything.

    Exit codes: 0 the page is written, 2 it could not be (no such decision, an unreadable file).
    """  # noqa: D301  click reads the \b as "keep these lines"
    check_page_options(out, opens=opens)
    decision = decision_of(**options)
    put_out(
        preview_page(_preview(decision, options)),
        name=f"recgate-preview-{job_file_name(decision)}.html",
        out=out,
        opens=opens,
        said="Preview written to {}; nothing was sent",
    )
    return 0


def _preview(decision: Decision, options: Mapping[str, Any]) -> Preview:
    telling = Telling(decision)
    try:
        policies = policy_source(options["policies"], built_in_routes(_settings(options))).load()
    except (PoliciesInvalid, OSError) as problem:
        why = f"The policies could not be read, so the routes are not known: {problem}"
        return Preview(telling, no_routes=clean(why, _REASON))
    return Preview(telling, _mentions(decision, policies), hearings(decision, policies))


def _settings(options: Mapping[str, Any]) -> Settings:
    """Those of the stack, if one was named, else those of the environment."""
    if not options["stack"]:
        return settings_from(os.environ)
    aws_options = {name: options[name] for name in ("region", "profile", "endpoint_url")}
    with closing(Aws(**aws_options)) as aws:
        return deployment_of(aws, options["stack"]).settings


def _mentions(decision: Decision, policies: PolicySet) -> tuple[str, ...]:
    """Whom the first Slack route that hears the decision mentions."""
    told = routes_for(
        decision.snapshot, decision.evaluation, policies.routes, policies.default_routes
    )
    for name in told:
        destination = policies.routes[name].destination
        if isinstance(destination, SlackBot):
            return destination.mention_on_fail
    return ()

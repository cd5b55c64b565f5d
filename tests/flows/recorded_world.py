"""A ledger with a record of every kind: what the flows write when all that can happen happens."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.recorded_jobs import RecordedFolder
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.describe import snapshot_from
from recgate.domain.chain import checkpoint_stream
from recgate.domain.decision_record import decision_record
from recgate.domain.delivery import Delivered, RefusalKind, Refused, TryAgain
from recgate.domain.notice import JobNotice, Request, RequestedAction, Trigger, TriggerSource
from recgate.domain.route import Console, Route, SlackBot
from recgate.domain.statement import statement_bytes
from recgate.flows.check import check
from recgate.flows.evidence.checkpoint import checkpoint_body
from recgate.flows.parts import CheckParts
from recgate.ports import Entry, JobSource, PolicySource
from tests.builders import NOW
from tests.flows.fakes import NOTICE, Clock, Jobs, TalkingChannel
from tests.flows.test_show_progress import RUNNING
from tests.rendering.decisions import decisions

ROOT = Path(__file__).parents[2]
WAIVERS = """\
version: 1
waivers:
  - id: W-1
    policy: prod-realtime
    limit: max_cost_per_hour_usd
    up_to: 30
    only_for: {job_names: ["*"]}
    reason: GPU shortage
    requested_by: dana@example.com
    approved_by: finops@example.com
    starts: 2026-11-20
    expires: 2026-12-20
  - id: W-2
    policy: nobodys
"""
OF_FIELDS = """\
version: 1
policy: dev
docs: https://wiki.example.com/dev
notify: [slack]
require:
  job:
    - {path: OutputConfig.KmsKeyId, present: true, reason: results are encrypted}
    - {path: JobType, one_of: [Default, Advanced]}
"""
ROUTES = """\
version: 1
default: [slack]
routes:
  slack: {slack: {channel: C0123456789, token_secret: recgate/slack-bot-token, progress: true}}
"""
CHAT = Route("chat", SlackBot("C0123456789", "recgate/token", progress=True))


class World:
    """One deployment with the shipped policies, a waiver, and a channel that answers in turn."""

    def __init__(self, ledger: SqliteLedger, policies: Path) -> None:
        self.ledger, self.policies = ledger, policies
        self.clock, self.chat = Clock(NOW + timedelta(hours=1)), TalkingChannel()
        self.jobs: JobSource = RecordedFolder(ROOT / "examples" / "jobs")

    def parts(self, *, tells: bool = True) -> CheckParts:
        return CheckParts(
            jobs=self.jobs,
            policies=self._source(),
            ledger=self.ledger,
            read_snapshot=snapshot_from,
            channel_for=lambda _: self.chat,
            conversation_for=lambda _: self.chat,
            clock=self.clock,
            worker="one",
            built_in_routes={"chat": CHAT, "console": Route("console", Console())},
            remind=lambda _state, _number, _after_s: True,
            tells=tells,
        )

    def _source(self) -> PolicySource:
        routes = {"chat": CHAT}
        return PolicyFiles(
            self.policies, built_in_routes=routes, default_routes=("chat",), revision="1f2e3d"
        )

    def check(self, name: str, trigger: Trigger, *, tells: bool = True) -> None:
        self.clock.advance(minutes=1)
        check(JobNotice(name, trigger), self.parts(tells=tells))


def recorded_world(ledger: SqliteLedger, policies: Path) -> None:
    """Let everything happen that is recorded."""
    world = World(ledger, policies)
    sweep = Trigger(TriggerSource.SWEEP, event_id="e-1", time=NOW)
    asked = Request(RequestedAction.CREATED, by="arn:aws:iam::111122223333:user/dana", at=NOW)
    called = Trigger(TriggerSource.CLOUDTRAIL, event_id="e-2", request=asked)
    jobs = sorted((ROOT / "examples" / "jobs").glob("*.json"))
    names = [path.stem for path in jobs if not path.name.endswith(".extra.json")]
    world.chat.answers += [
        TryAgain("Slack says ratelimited", after_s=30.0),
        TryAgain("the connection broke", ambiguous=True),
        Refused("not_in_channel", "invite the bot", RefusalKind.DESTINATION),
        Delivered("C1:1", note="sent without the table", parent="C1:0"),
    ]
    for name in names:
        world.check(name, called)
        world.check(name, sweep)
    # Another configuration: by a desk that tells nobody, and then by the function.
    (policies / "waivers.yaml").write_text(WAIVERS, "utf-8")
    (policies / "routes.yaml").write_text(ROUTES, "utf-8")
    (policies / "dev.yaml").write_text(OF_FIELDS, "utf-8")
    for name in names:
        world.check(name, Trigger(TriggerSource.COMMAND_LINE), tells=False)
        world.check(name, sweep)
    # Broken policies.
    (policies / "serverless.yaml").write_text("version: 1\npolicy: serverless\n", "utf-8")
    world.check(names[0], sweep)
    # A job that runs.
    (policies / "serverless.yaml").unlink()
    world.jobs = Jobs(RUNNING)
    check(NOTICE, world.parts())
    for number, made in enumerate(decisions().values()):
        body = decision_record(made, effects=None if number % 2 else ())
        ledger.append(f"job:golden-{number}", 0, Entry("decision", made.key, NOW, body))
    for chain in ledger.chains():
        head = ledger.head(chain)
        assert head is not None
        entry = Entry("checkpoint", "2026-11-21", NOW, checkpoint_body(chain, NOW.date(), head))
        ledger.append(checkpoint_stream(chain), 0, entry)


@contextmanager
def records(policies: Path) -> Iterator[list[dict[str, Any]]]:
    """Every record of that world, as it is signed."""
    with SqliteLedger(":memory:") as ledger:
        recorded_world(ledger, policies)
        bodies = {(each.stream, each.position): each.body for each in ledger.every_entry()}
        made = []
        for chain in ledger.chains():
            for link in ledger.links(chain):
                named = json.loads(link.document)
                body = bodies.pop((named["stream"], named["position"]))
                made.append(json.loads(statement_bytes(link.document, body)))
        assert bodies == {}
        yield made

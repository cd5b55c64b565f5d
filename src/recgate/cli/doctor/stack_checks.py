"""What is looked at of a deployed stack, each part on its own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from recgate import __version__
from recgate.adapters.checkup import delivery as asked_delivery
from recgate.adapters.checkup import keeping as asked_keeping
from recgate.adapters.checkup import stack as asked_stack
from recgate.adapters.checkup import watching as asked_watching
from recgate.adapters.sns_diagnosis import diagnose_topic
from recgate.cli.doctor.clients import Clients
from recgate.cli.doctor.evidence_checks import evidence_checks
from recgate.cli.doctor.in_force import FUNCTIONS, ROLE_OF, SCHEDULES, told_to
from recgate.dialect.sns_filter_policy import Passage
from recgate.domain.checkup import CheckId, Health, Result
from recgate.flows.checkup import delivery, ground, keeping, watching
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import CannotLook, NotThere, Queue, Stack
from recgate.flows.checkup.run import Check
from recgate.settings import Settings

OF_A_STACK = (
    CheckId.STACK,
    CheckId.VERSION,
    CheckId.FUNCTION,
    CheckId.RULE,
    CheckId.SCHEDULE,
    CheckId.SWEEP,
    CheckId.QUEUE,
    CheckId.POLLING,
    CheckId.DEAD_LETTERS,
    CheckId.WATCH_MEMORY,
    CheckId.PAGES,
    CheckId.SIGNING_KEY,
    CheckId.ARCHIVE,
    CheckId.SEALING,
    CheckId.CHECKPOINT,
    CheckId.ALARM,
    CheckId.ALARMS_HEARD,
)
"""What cannot be looked at without a stack."""

VERSION_VARIABLE = "RECGATE_VERSION"
"""The variable in which a deployed function says its version."""

_YOUNG = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class StackLook:
    """A stack that is there, and what it takes to look at its parts."""

    stack: Stack
    settings: Settings
    clients: Clients
    desk: Desk
    now: datetime

    def checks(self) -> Iterator[Check]:
        """Every look; what the template gives under a condition is looked at if it is there."""
        parts = self.stack.resources
        yield Check(CheckId.VERSION, self._version)
        for name, about in FUNCTIONS.items():
            yield Check(CheckId.FUNCTION, partial(self._function, name, about), about)
        wanted = delivery.patterns(self.settings.members)
        for name in wanted:
            yield Check(CheckId.RULE, partial(self._rule, name), name)
        for name in SCHEDULES:
            yield Check(CheckId.SCHEDULE, partial(self._schedule, name), name)
        yield Check(CheckId.SWEEP, self._sweep)
        yield Check(CheckId.QUEUE, self._queue)
        yield Check(CheckId.POLLING, self._polling)
        yield Check(CheckId.DEAD_LETTERS, self._dead_letters)
        yield Check(CheckId.WATCH_MEMORY, self._watch_memory)
        yield Check(CheckId.PAGES, self._pages)
        yield from evidence_checks(self.stack, self.clients, self.desk, self.now)
        alarms = [parts[name] for name in parts if name.endswith("Alarm")]
        yield Check(CheckId.ALARM, partial(self._alarms, alarms))
        yield Check(CheckId.ALARMS_HEARD, partial(self._heard, alarms))

    def _part(self, name: str) -> str:
        """The physical id of a part. Raises NotThere."""
        found = self.stack.resources.get(name)
        if not found:
            raise NotThere(f"the stack has no {name}")
        return found

    def _arn(self, service: str, resource: str) -> str:
        partition = self.clients(service).meta.partition
        return f"arn:{partition}:{service}:{self.stack.region}:{self.stack.account}:{resource}"

    def _queue_arn(self, name: str) -> str:
        return self._arn("sqs", self._part(name).rsplit("/", 1)[-1])

    def _gone(self, check: CheckId, problem: NotThere, about: str = "") -> tuple[Result, ...]:
        return (replace(keeping.missing_result(check, str(problem), self.desk), about=about),)

    def _version(self) -> Iterator[Result]:
        found = asked_stack.function(self.clients("lambda"), self._part("CheckFunction"))
        if found.environment is None:
            raise CannotLook("Lambda did not tell the environment of the check function")
        deployed = found.environment.get(VERSION_VARIABLE, "")
        yield ground.version_result(deployed, __version__, self.stack)

    def _function(self, name: str, about: str) -> tuple[Result, ...]:
        try:
            found = asked_stack.function(self.clients("lambda"), self._part(name))
        except NotThere as problem:
            return self._gone(CheckId.FUNCTION, problem, about)
        role = self._part(ROLE_OF[name])
        told = told_to(name, self.stack, self.clients("lambda").meta.partition)
        return (ground.function_result(found, about, self.desk, role=role, told=told),)

    def _rule(self, name: str) -> tuple[Result, ...]:
        try:
            found = asked_delivery.rule(self.clients("events"), self._part(name))
        except NotThere as problem:
            return self._gone(CheckId.RULE, problem, name)
        wanted = delivery.patterns(self.settings.members)[name]
        return (
            delivery.rule_result(
                found,
                wanted,
                name,
                self.desk,
                queue_arn=self._queue_arn("NoticeQueue"),
                letters_arn=self._queue_arn("DeadLetterQueue"),
            ),
        )

    def _schedule(self, name: str) -> tuple[Result, ...]:
        try:
            found = asked_delivery.schedule(self.clients("scheduler"), self._part(name))
        except NotThere as problem:
            return self._gone(CheckId.SCHEDULE, problem, name)
        if SCHEDULES[name] == "NoticeQueue":
            target = self._queue_arn("NoticeQueue")
            is_wanted = self.stack.parameters.get("Digest", "ENABLED") == "ENABLED"
            expression = ""  # the parameter DigestTime
        else:
            target = self._arn("lambda", f"function:{self._part(SCHEDULES[name])}")
            is_wanted, expression = True, delivery.EVERY_MINUTE
        return (
            delivery.schedule_result(
                found,
                name,
                self.desk,
                target_arn=target,
                is_wanted=is_wanted,
                expression=expression,
            ),
        )

    def _sweep(self) -> Iterator[Result]:
        function = self._part("WatchFunction")
        found = asked_delivery.sweeps(self.clients("cloudwatch"), function, self.now)
        made = self.stack.made_at
        is_new = made is not None and self.now - made.astimezone(UTC) < _YOUNG
        yield delivery.sweep_result(found, self.desk, is_new=is_new)

    def _look_at_queue(self, name: str) -> tuple[Queue, str]:
        return asked_delivery.queue(self.clients("sqs"), self._part(name))

    def _queue(self) -> tuple[Result, ...]:
        try:
            found, arn = self._look_at_queue("NoticeQueue")
        except NotThere as problem:
            return self._gone(CheckId.QUEUE, problem)
        letters = self._queue_arn("DeadLetterQueue")
        return (delivery.queue_result(found, arn, letters, self.desk),)

    def _dead_letters(self) -> tuple[Result, ...]:
        try:
            found, _ = self._look_at_queue("DeadLetterQueue")
        except NotThere as problem:
            return self._gone(CheckId.DEAD_LETTERS, problem)
        return (delivery.dead_letters_result(found, self.desk),)

    def _polling(self) -> Iterator[Result]:
        found = asked_stack.pollers(self.clients("lambda"), self._part("CheckFunction"))
        yield delivery.polling_result(found, self._queue_arn("NoticeQueue"), self.desk)

    def _watch_memory(self) -> tuple[Result, ...]:
        try:
            found = asked_keeping.table(self.clients("dynamodb"), self._part("WatchTable"))
        except NotThere as problem:
            return self._gone(CheckId.WATCH_MEMORY, problem)
        return (keeping.table_result(CheckId.WATCH_MEMORY, found, self.desk),)

    def _pages(self) -> tuple[Result, ...]:
        try:
            bucket = self._part("ReportsBucket")
            asked_keeping.bucket_is_there(self.clients("s3"), bucket)
        except NotThere as problem:
            return self._gone(CheckId.PAGES, problem)
        return (Result(CheckId.PAGES, Health.OK, f"the bucket {bucket} is there"),)

    def _alarms(self, names: list[str]) -> tuple[Result, ...]:
        found = asked_watching.alarms(self.clients("cloudwatch"), names)
        return watching.alarm_results(found, names, self.desk)

    def _heard(self, names: list[str]) -> Iterator[Result]:
        found = asked_watching.alarms(self.clients("cloudwatch"), names)
        topic = self._part("NoticeTopic")
        yield watching.heard_result(found, topic, self._subscribers(topic), self.desk)

    def _subscribers(self, topic: str) -> int | None:
        """How many confirmed, None when nobody could say."""
        found = diagnose_topic(self.clients("sns"), topic, {})
        if found.problems and not found.subscribers:
            return None
        return sum(each.filtered.passage is not Passage.KEPT_OUT for each in found.subscribers)

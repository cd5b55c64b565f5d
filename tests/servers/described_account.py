"""A small CloudFormation and IAM: what moto does not know of a stack, and IAM's simulator.

Both speak the query protocol; which of them is asked stands in ``Action``.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

ACCOUNT = "123456789012"
"""moto's."""


@dataclass
class DescribedStack:
    """A stack as CloudFormation describes it."""

    resources: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    status: str = "UPDATE_COMPLETE"
    made_at: str = "2026-11-01T08:00:00Z"


@dataclass
class DescribedAccount:
    """What the account says; its state may be changed between two questions.

    ``denied`` are actions that the simulator denies to a principal (its ARN ends so);
    ``missing_keys`` are condition keys that it wants and was not told, by action.
    ``refused`` are actions of any service, with the error code that they are refused with.
    """

    url: str = ""
    stacks: dict[str, DescribedStack] = field(default_factory=dict)
    denied: set[tuple[str, str]] = field(default_factory=set)
    missing_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    role_path: str = "/"
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, asked: dict[str, str]) -> tuple[int, str]:
        """The status and the body of an answer."""
        self.asked.append(asked)
        action = asked["Action"]
        if action in self.refused:
            return _error(self.refused[action], f"not authorized to perform {action}", 403)
        if action in ("DescribeStacks", "DescribeStackResources"):
            stack = self.stacks.get(asked["StackName"])
            if stack is None:
                words = f"Stack with id {asked['StackName']} does not exist"
                return _error("ValidationError", words, 400)
            body = _stack(asked["StackName"], stack)
            return 200, _answer(action, body if action == "DescribeStacks" else _parts(stack))
        if action == "GetRole":
            return 200, _answer(action, self._role(asked["RoleName"]))
        if action == "SimulatePrincipalPolicy":
            return 200, _answer(action, self._simulated(asked))
        return _error("InvalidAction", action, 400)

    def _role(self, name: str) -> str:
        arn = f"arn:aws:iam::{ACCOUNT}:role{self.role_path}{name}"
        return (
            f"<Role><Path>{self.role_path}</Path><RoleName>{name}</RoleName><RoleId>AROA1</RoleId>"
            f"<Arn>{arn}</Arn><CreateDate>2026-11-01T08:00:00Z</CreateDate></Role>"
        )

    def _simulated(self, asked: Mapping[str, str]) -> str:
        principal, resource = asked["PolicySourceArn"], asked["ResourceArns.member.1"]
        actions = [value for key, value in asked.items() if key.startswith("ActionNames.member.")]
        return (
            "<IsTruncated>false</IsTruncated><EvaluationResults>"
            + "".join(self._evaluated(principal, action, resource) for action in actions)
            + "</EvaluationResults>"
        )

    def _evaluated(self, principal: str, action: str, resource: str) -> str:
        is_denied = any(principal.endswith(who) and action == what for who, what in self.denied)
        missing = "".join(f"<member>{key}</member>" for key in self.missing_keys.get(action, ()))
        return (
            f"<member><EvalActionName>{action}</EvalActionName>"
            f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
            f"<EvalDecision>{'implicitDeny' if is_denied else 'allowed'}</EvalDecision>"
            f"<MissingContextValues>{missing}</MissingContextValues></member>"
        )


def _stack(name: str, stack: DescribedStack) -> str:
    arn = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/{name}/0"
    parameters = "".join(
        f"<member><ParameterKey>{key}</ParameterKey>"
        f"<ParameterValue>{escape(value)}</ParameterValue></member>"
        for key, value in stack.parameters.items()
    )
    return (
        f"<Stacks><member><StackName>{name}</StackName><StackId>{arn}</StackId>"
        f"<StackStatus>{stack.status}</StackStatus><CreationTime>{stack.made_at}</CreationTime>"
        f"<Parameters>{parameters}</Parameters></member></Stacks>"
    )


def _parts(stack: DescribedStack) -> str:
    members = "".join(
        f"<member><LogicalResourceId>{logical}</LogicalResourceId>"
        f"<PhysicalResourceId>{escape(physical)}</PhysicalResourceId>"
        "<ResourceType>AWS::Some::Thing</ResourceType><ResourceStatus>CREATE_COMPLETE"
        "</ResourceStatus><Timestamp>2026-11-01T08:00:00Z</Timestamp></member>"
        for logical, physical in stack.resources.items()
    )
    return f"<StackResources>{members}</StackResources>"


def _answer(action: str, body: str) -> str:
    return f"<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"


def _error(code: str, message: str, status: int) -> tuple[int, str]:
    words = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    return status, f"<ErrorResponse><Error><Type>Sender</Type>{words}</Error></ErrorResponse>"


@contextmanager
def described_account() -> Iterator[DescribedAccount]:
    """Run it on a free port of 127.0.0.1 while the block lasts."""
    account = DescribedAccount()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            target = self.headers.get("X-Amz-Target", "")
            if target:  # a service of the JSON protocol: all that it can do here is refuse
                code = account.refused[target.rpartition(".")[2]]
                status, body = 400, json.dumps({"__type": code, "message": "not authorized"})
            else:
                status, body = account.answer(dict(parse_qsl(raw, keep_blank_values=True)))
            written = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output to the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="described-account")
    thread.start()
    account.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield account
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""Calls Slack's Web API once each, and says what the answer means.

slack_sdk by itself sends again after a dropped connection, which posts twice, and logs what it
sends; neither happens here.
"""

from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from recgate.dialect.secret import Secret, silent_logger
from recgate.dialect.slack_answers import SlackAnswer, bot_answer, file_answer, no_answer


class SlackWebApi:
    """The Web API with one token; every call is made once and never raises."""

    def __init__(self, token: Secret, *, base_url: str, timeout_s: float) -> None:
        self._token = token
        self._base_url = base_url
        self._timeout_s = timeout_s

    def post(self, message: Mapping[str, Any]) -> SlackAnswer:
        """Post a message; one with ``ts`` changes the message that this names."""
        method = "chat.update" if "ts" in message else "chat.postMessage"
        return self._call(method, json=dict(message))[0]

    def ask(
        self, method: str, arguments: Mapping[str, Any]
    ) -> tuple[SlackAnswer, Mapping[str, Any]]:
        """Call a method with plain arguments; what the answer means, and its JSON."""
        answer, data, _ = self._call(method, params=dict(arguments))
        return answer, data

    def whoami(self) -> tuple[SlackAnswer, Mapping[str, Any], Mapping[str, str]]:
        """Ask whose token it is: what the answer means, its JSON, and its headers."""
        return self._call("auth.test")

    def put(self, url: str, content: bytes) -> SlackAnswer:
        """Send a file to the address that Slack gave for it; the token stays here."""
        request = Request(  # noqa: S310  # the caller has looked at the address
            url,
            data=content,
            headers={"Content-Type": "application/octet-stream"},
            method="POST",
        )
        try:
            with build_opener(_NoRedirects).open(request, timeout=self._timeout_s) as response:
                return file_answer(response.status, dict(response.headers))
        except HTTPError as refusal:
            with refusal:
                return file_answer(refusal.code, dict(refusal.headers))
        except Exception as failure:  # whatever an odd answer causes in http.client
            return no_answer(failure)

    def _call(
        self, method: str, **sent: dict[str, Any]
    ) -> tuple[SlackAnswer, Mapping[str, Any], Mapping[str, str]]:
        from slack_sdk import WebClient
        from slack_sdk.errors import SlackApiError

        client = WebClient(
            token=self._token.reveal(),
            base_url=self._base_url,
            timeout=self._timeout_s,  # type: ignore[arg-type]  # urllib takes a float
            retry_handlers=[],  # the default one sends again after a dropped connection
            logger=silent_logger(),
        )
        try:
            response = client.api_call(method, **sent)  # type: ignore[arg-type]  # json or params
        except SlackApiError as refusal:
            response = refusal.response
        except Exception as failure:  # slack_sdk lets through whatever an odd answer causes
            return no_answer(failure), {}, {}
        data = response.data if isinstance(response.data, Mapping) else {}
        headers = dict(response.headers)
        return bot_answer(response.status_code, data, headers), data, headers


class _NoRedirects(HTTPRedirectHandler):
    """Leaves a redirect unfollowed: it would lead to an address that nobody has looked at."""

    def redirect_request(
        self, req: Request, fp: object, code: int, msg: str, headers: object, newurl: str
    ) -> None:
        """None: the redirect is an answer like any other."""

"""The pages about decisions in an S3 bucket."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from recgate.domain.decision import Decision
from recgate.domain.telling import Telling
from recgate.rendering.report.names import report_object_key
from recgate.rendering.report.page import report_page
from recgate.telling_ports import ReportUnavailable

_CONSOLES = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
"""The consoles of the other partitions, by how the names of their regions begin.

https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

_CURES = {
    "NoSuchBucket": "Deploy the stack again, or set the bucket that there is",
    "PermanentRedirect": "Ask with a client of the bucket's own region",
    "SlowDown": "The next decision is tried again",
    "ServiceUnavailable": "The next decision is tried again",
    "InternalError": "The next decision is tried again",
}


class Objects(Protocol):
    """What is used of boto3's ``s3`` client, for which no stubs are installed."""

    def put_object(self, **arguments: Any) -> Mapping[str, Any]:  # noqa: ANN401
        """PutObject."""
        ...


class S3Reports:
    """Implements `recgate.telling_ports.Reports` with one ``PutObject`` for each page.

    ``client`` belongs to the bucket's ``region`` and makes one attempt: no verdict waits for its
    page. ``address`` is where people reach the bucket's objects behind a sign-in of their own
    (a proxy of the company, CloudFront); empty: they open the object in the S3 console, which
    asks for a sign-in.

    A page never gets a presigned link: whoever holds one sees the page, and it dies with the
    session of the role that signed it, within hours.

    How the object is encrypted is the bucket's own setting.
    """

    def __init__(self, client: Objects, bucket: str, *, region: str, address: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._region = region
        self._address = address.rstrip("/")

    def keep(self, decision: Decision) -> str:
        """Put the page, over the one that is there if need be. Raises ReportUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        key = report_object_key(decision)
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=report_page(Telling(decision)).encode(),
                ContentType="text/html; charset=utf-8",
                CacheControl="private",
            )
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code") or "unknown error")
            # Neither S3's message nor the cause: they may quote the signed request.
            raise self._unavailable(
                decision, f"S3 refused: {code}", self._cure(code, key)
            ) from None
        except (BotoCoreError, ResponseParserError) as error:
            why = f"S3 gave no answer ({type(error).__name__})"
            cure = f"Check the network, the credentials and the region {self._region}"
            raise self._unavailable(decision, why, cure) from None
        return self._address_of(key)

    def _address_of(self, key: str) -> str:
        if self._address:
            return f"{self._address}/{key}"
        ending = (host for begins, host in _CONSOLES.items() if self._region.startswith(begins))
        console = f"{self._region}.{next(ending, 'console.aws.amazon.com')}"
        return (
            f"https://{console}/s3/object/{self._bucket}"
            f"?region={self._region}&prefix={quote(key, safe='')}"
        )

    def _cure(self, code: str, key: str) -> str:
        resource = f"arn:*:s3:::{self._bucket}/{key.partition('/')[0]}/*"
        allow = (
            f"Allow s3:PutObject on {resource}, and the use of the bucket's KMS key if it has one"
        )
        return _CURES.get(code, allow)

    def _unavailable(self, decision: Decision, why: str, cure: str) -> ReportUnavailable:
        return ReportUnavailable(
            f"The page about decision {decision.key[:12]} is not in bucket {self._bucket}: "
            f"{why}. {cure}. Until then messages go out without a link to it."
        )

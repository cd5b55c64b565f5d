"""An SNS topic."""

from typing import TYPE_CHECKING

from recgate.dialect.sns_answers import refusal_of
from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain
from recgate.domain.telling import Message
from recgate.rendering.sns.publish import publish_arguments_of

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsChannel:
    """Implements `recgate.telling_ports.Channel` with one ``Publish``.

    ``client`` belongs to the topic's region, which may differ from ours, and makes one attempt:
    trying again is the queue's business.
    """

    def __init__(self, topic_arn: str, client: "SNSClient") -> None:
        self._topic_arn = topic_arn
        self._client = client

    def deliver(self, message: Message) -> Delivery:
        """Publish the message once, for every kind of subscriber."""
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectTimeoutError,
            EndpointConnectionError,
            NoCredentialsError,
            ParamValidationError,
            PartialCredentialsError,
        )

        try:
            answer = self._client.publish(TopicArn=self._topic_arn, **publish_arguments_of(message))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return refusal_of(code, status, self._topic_arn)
        except (NoCredentialsError, PartialCredentialsError) as error:
            return self._refused(error, "give recgate AWS credentials", RefusalKind.CREDENTIALS)
        except ParamValidationError as error:
            return self._refused(
                error,
                "report this message as a fault of recgate, with the job's name",
                RefusalKind.PAYLOAD,
            )
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            return TryAgain(f"SNS was not reached ({type(error).__name__})")
        except BotoCoreError as error:
            return TryAgain(f"SNS gave no answer ({type(error).__name__})", ambiguous=True)
        return Delivered(answer["MessageId"])

    def _refused(self, error: Exception, remedy: str, kind: RefusalKind) -> Refused:
        what = f"the message for {self._topic_arn} was not sent: {type(error).__name__}"
        return Refused(what, remedy, kind)

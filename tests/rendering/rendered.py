"""One message in every medium, as the golden files keep it."""

import json
from typing import Any

from recgate.domain.telling import Message
from recgate.rendering.slack.forms import forms_of
from recgate.rendering.sns.publish import publish_arguments_of
from recgate.rendering.text_of import text_of


def rendered_files(name: str, message: Message) -> dict[str, str]:
    """The message as text, for Slack in its three forms, and for SNS, by the file of each."""
    slack = dict(zip(("rich", "sections", "text"), forms_of(message), strict=True))
    sns: dict[str, Any] = publish_arguments_of(message)
    sns["Message"] = json.loads(sns["Message"])
    for audience in ("sqs", "lambda", "https"):
        sns["Message"][audience] = json.loads(sns["Message"][audience])
    return {
        f"{name}.txt": text_of(message),
        f"{name}.slack.json": json.dumps(slack, indent=1, ensure_ascii=False) + "\n",
        f"{name}.sns.json": json.dumps(sns, indent=1, ensure_ascii=False) + "\n",
    }

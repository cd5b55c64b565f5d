"""A folder of policies as the deployment would read it: with the routes of the settings."""

import os
from pathlib import Path

from recgate.adapters.policy_files.folder import PolicyFiles
from recgate.settings import settings_from
from recgate.wiring import built_in_routes


def policy_folder(folder: Path) -> PolicyFiles:
    """The folder, with the routes that RECGATE_SLACK_SECRET and RECGATE_SNS_TOPIC_ARN describe:
    a policy may name them without a routes.yaml. Raises SettingsInvalid.
    """
    return PolicyFiles(folder, built_in_routes=built_in_routes(settings_from(os.environ)))

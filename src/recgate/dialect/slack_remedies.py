"""What people can do about each of Slack's refusals, in words. Data, and one way to ask for it.

Sources: the descriptions of the errors on the pages that `recgate.dialect.slack_codes` names.
"""

from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import AnswerClass
from recgate.domain.delivery import RefusalKind

HISTORY_SCOPES = "channels:history (in a private channel groups:history)"
"""What an app needs to look for what it has posted."""
FILE_SCOPES = "files:write"
"""What an app needs to post a picture."""

_INVITE = "invite the bot: /invite @recgate"
_ANOTHER = "or name another channel in routes.yaml"
_POSTING = f"ask who manages the channel to let the app post there, {_ANOTHER}"
_INSTALL = "install the Slack app again and store its new token in the route's secret"
_NEW_WEBHOOK = "make a new incoming webhook and store its URL in the route's secret"
_ADMIN = "ask the workspace's administrators"
_STORE = "store the bot token of the Slack app (it begins with xoxb-) in the route's secret"

REMEDIES = {
    # the channel
    "not_in_channel": _INVITE,
    "user_not_in_channel": _INVITE,
    "channel_not_found": "check the channel's ID in routes.yaml (a webhook whose channel is gone "
    f"has to be made anew); into a private channel, {_INVITE}",
    "duplicate_channel_not_found": "check the channel's ID in routes.yaml",
    "invalid_channel": "name the channel by its ID (C0123456789) in routes.yaml",
    "is_archived": f"unarchive the channel, {_ANOTHER}",
    "is_inactive": f"the channel is frozen: ask its administrators to open it, {_ANOTHER}",
    "channel_is_archived": "unarchive the channel, or make a webhook for another one",
    "restricted_action": _POSTING,
    "restricted_action_read_only_channel": f"the channel is read-only: {_POSTING}",
    "restricted_action_thread_only_channel": "the channel takes replies only: "
    "name another one in routes.yaml",
    "posting_to_channel_denied": _POSTING,
    "posting_to_general_channel_denied": f"{_ADMIN} to let apps post to #general, "
    "or make a webhook for another channel",
    "action_prohibited": f"{_ADMIN} to allow the app's posts there, "
    "or make a webhook for another channel",
    "ekm_access_denied": f"{_ADMIN}: the organisation's encryption keys (EKM) "
    "are suspended for this channel",
    "messages_tab_disabled": "switch on the Messages tab under App Home in the Slack app, "
    "or name a channel in routes.yaml",
    "method_not_supported_for_channel_type": f"name a channel of messages, {_ANOTHER}",
    "channels_limit_exceeded": "name one channel, by its ID, in routes.yaml",
    "team_not_found": "check that the channel and the Slack app are of the same workspace",
    "user_not_found": "check whom the webhook leads to, or make one for a channel",
    "cant_broadcast_message": "nobody can mend it: the reply stays in its thread",
    "no_dual_broadcast_content_update": "nobody can mend it: the message stays as it is",
    # the token or the webhook
    "invalid_auth": f"{_INSTALL}; "
    "if the token is right, let the addresses that recgate calls from use it",
    "not_authed": _STORE,
    "not_allowed_token_type": _STORE,
    "is_bot": _STORE,
    "token_expired": "store the new token in the route's secret",
    "token_revoked": _INSTALL,
    "account_inactive": f"the app was removed or its workspace deleted: {_INSTALL}",
    "team_access_not_granted": f"{_ADMIN} to grant the Slack app access to this workspace",
    "app_access_restricted": f"{_ADMIN} to approve the Slack app",
    "access_denied": f"{_ADMIN} to let the Slack app use this channel",
    "accesslimited": f"{_ADMIN}: access to the workspace is limited for now",
    "enterprise_is_restricted": f"{_ADMIN}: the organisation does not allow this call",
    "two_factor_setup_required": "set up two-factor authentication for the account "
    "that installed the Slack app",
    "send_on_behalf_not_allowed": "make the Slack app post as itself",
    "invalid_token": _NEW_WEBHOOK,
    "no_service": _NEW_WEBHOOK,
    "no_active_hooks": _NEW_WEBHOOK,
    "no_team": f"the webhook's workspace is not there: {_NEW_WEBHOOK}",
    "team_disabled": f"the webhook's workspace is not active: {_ADMIN}",
    "no_service_id": "store the whole URL of the incoming webhook in the route's secret",
}
"""By Slack's word for the error. The scopes are not here: `remedy_for` names them."""

REMEDY_OF_KIND = {
    RefusalKind.DESTINATION: "check the channel and who may post to it, "
    "or name another one in routes.yaml",
    RefusalKind.CREDENTIALS: "check the Slack app's installation and the secret of the route",
    RefusalKind.PAYLOAD: "report this message as a fault of recgate, with the job's name",
}

KINDS = {
    AnswerClass.DESTINATION: RefusalKind.DESTINATION,
    AnswerClass.REPLY_IN_THREAD: RefusalKind.DESTINATION,
    AnswerClass.AUTH: RefusalKind.CREDENTIALS,
}
"""Who can mend a refusal; whatever is not here is ours to mend."""

_SCOPE_CODES = ("missing_scope", "no_permission")


def remedy_for(answer: SlackAnswer, *, scopes: str = "chat:write") -> str:
    """The cure of a refusal. ``scopes`` is what the call needs, where Slack does not name it."""
    if answer.code in _SCOPE_CODES:
        needed = answer.needed.replace(",", ", ") or scopes
        return f"give the Slack app {needed} and install it again"
    kind = KINDS.get(answer.kind, RefusalKind.PAYLOAD)
    return REMEDIES.get(answer.code, REMEDY_OF_KIND[kind])


def coded(answer: SlackAnswer, *, scopes: str) -> str:
    """Slack's word, and the cure if people have one: ``missing_scope (give the Slack app …)``."""
    curable = answer.kind in KINDS or answer.code in REMEDIES
    return f"{answer.code} ({remedy_for(answer, scopes=scopes)})" if curable else answer.code

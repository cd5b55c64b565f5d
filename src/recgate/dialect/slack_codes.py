"""Slack's words for errors, and what can be done about each. Data only.

Sources: the errors of https://docs.slack.dev/reference/methods/chat.postMessage, chat.update,
conversations.history, conversations.replies, files.getUploadURLExternal and
files.completeUploadExternal, and the error strings of
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
"""

from enum import StrEnum

WEB_API = "https://slack.com/api/"
"""Where Slack's Web API is; a test names another address."""


class AnswerClass(StrEnum):
    """What can be done about an answer."""

    POSTED = "posted"
    NOT_SENT = "not sent"
    """Slack was not reached: nothing can have arrived."""
    TRANSIENT = "transient"
    TRANSIENT_AMBIGUOUS = "transient, the message may have arrived"
    TRANSIENT_LONG = "transient, for a long time"
    DEGRADE = "send it simpler"
    DEGRADE_DROP_METADATA = "send it without metadata"
    DEGRADE_DROP_FILE = "send it without the file"
    REPOST = "the message to update is gone"
    REPOST_TOP_LEVEL = "the thread is closed"
    REPLY_IN_THREAD = "the channel takes replies only"
    DESTINATION = "the destination refuses"
    AUTH = "the credentials are refused"
    INTERACTION_EXPIRED = "the interaction is over"
    BUG = "our mistake"
    UNKNOWN = "an answer that we do not know"


LATER = frozenset(
    {
        AnswerClass.NOT_SENT,
        AnswerClass.TRANSIENT,
        AnswerClass.TRANSIENT_AMBIGUOUS,
        AnswerClass.TRANSIENT_LONG,
    }
)
"""After these the same message may be sent again."""

CODES: dict[AnswerClass, tuple[str, ...]] = {
    AnswerClass.TRANSIENT: (
        "ratelimited",
        "rate_limited",
        "service_unavailable",
        "internal_error",
        "request_timeout",
        "update_failed",
        "external_channel_migrating",
        "streaming_state_conflict",
        "message_limit_exceeded",
        "unable_to_share_files",
        "file_update_failed",
    ),
    AnswerClass.TRANSIENT_AMBIGUOUS: ("fatal_error",),
    AnswerClass.TRANSIENT_LONG: (
        "org_login_required",
        "team_added_to_org",
    ),
    AnswerClass.DEGRADE: (
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "invalid_attachments",
        "attachment_payload_limit_exceeded",
        "too_many_attachments",
        "too_many_contact_cards",
        "no_text",
        "block_mismatch",
        "markdown_text_conflict",
        "view_too_large",
    ),
    AnswerClass.DEGRADE_DROP_METADATA: (
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "metadata_must_be_sent_from_app",
    ),
    AnswerClass.DEGRADE_DROP_FILE: (
        "file_not_found",
        "file_deleted",
        "file_is_deleted",
        "missing_file_data",
        "blocked_file_type",
        "file_type_not_allowed",
        "file_upload_size_restricted",
        "file_uploads_disabled",
        "file_uploads_except_images_disabled",
        "storage_limit_reached",
        "file_share_limit_reached",
        "max_file_sharing_exceeded",
        "snippet_too_large",
        "alt_txt_too_large",
        "unknown_snippet_type",
        "unknown_subtype",
        "slack_connect_blocked_file_type",
        "slack_connect_file_link_sharing_blocked",
        "slack_connect_file_upload_sharing_blocked",
        "slack_connect_canvas_sharing_blocked",
        "slack_connect_clip_sharing_blocked",
        "slack_connect_lists_sharing_blocked",
        "missing_argument",
    ),
    AnswerClass.REPOST: (
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
    ),
    AnswerClass.REPOST_TOP_LEVEL: (
        "cannot_reply_to_message",
        "thread_not_found",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
    ),
    AnswerClass.REPLY_IN_THREAD: ("restricted_action_thread_only_channel",),
    AnswerClass.DESTINATION: (
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "is_inactive",
        "restricted_action",
        "restricted_action_read_only_channel",
        "ekm_access_denied",
        "messages_tab_disabled",
        "posting_to_channel_denied",
        "team_not_found",
        "invalid_channel",
        "channels_limit_exceeded",
        "user_not_in_channel",
        "cant_broadcast_message",
        "no_dual_broadcast_content_update",
        "duplicate_channel_not_found",
        "method_not_supported_for_channel_type",
    ),
    AnswerClass.AUTH: (
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "missing_scope",
        "not_allowed_token_type",
        "no_permission",
        "access_denied",
        "accesslimited",
        "app_access_restricted",
        "two_factor_setup_required",
        "enterprise_is_restricted",
        "is_bot",
        "send_on_behalf_not_allowed",
        "team_access_not_granted",
    ),
    AnswerClass.INTERACTION_EXPIRED: (
        "expired_trigger_id",
        "exchanged_trigger_id",
        "invalid_trigger_id",
        "duplicate_external_id",
    ),
    AnswerClass.BUG: (
        "invalid_arg_name",
        "invalid_cursor",
        "invalid_limit",
        "invalid_ts_latest",
        "invalid_ts_oldest",
        "invalid_array_arg",
        "invalid_arguments",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "missing_post_type",
        "as_user_not_supported",
        "deprecated_endpoint",
        "method_deprecated",
        "unknown_method",
        "draft_already_deleted",
        "draft_already_sent",
        "draft_has_conflict",
        "draft_not_found",
        "duplicate_message_not_found",
    ),
}

CLASS_OF_CODE = {code: kind for kind, codes in CODES.items() for code in codes}
"""By the ``error`` of a Web API method."""

CLASS_OF_BODY: dict[tuple[int, str], AnswerClass] = {
    (400, "invalid_payload"): AnswerClass.DEGRADE,
    (400, "invalid_blocks"): AnswerClass.DEGRADE,
    (400, "invalid_blocks_format"): AnswerClass.DEGRADE,
    (400, "invalid_attachments"): AnswerClass.DEGRADE,
    (400, "no_text"): AnswerClass.DEGRADE,
    (400, "too_many_attachments"): AnswerClass.DEGRADE,
    (400, "missing_text_or_fallback_or_attachments"): AnswerClass.DEGRADE,
    (400, "user_not_found"): AnswerClass.DESTINATION,
    (403, "action_prohibited"): AnswerClass.DESTINATION,
    (403, "invalid_token"): AnswerClass.AUTH,
    (403, "posting_to_general_channel_denied"): AnswerClass.DESTINATION,
    (404, "channel_not_found"): AnswerClass.DESTINATION,
    (404, "no_service"): AnswerClass.AUTH,
    (404, "no_active_hooks"): AnswerClass.AUTH,
    (404, "no_team"): AnswerClass.AUTH,
    (404, "no_service_id"): AnswerClass.AUTH,
    (403, "team_disabled"): AnswerClass.AUTH,
    (410, "channel_is_archived"): AnswerClass.DESTINATION,
    (429, "rate_limited"): AnswerClass.TRANSIENT,
    (500, "rollup_error"): AnswerClass.TRANSIENT,
    (500, "internal_error"): AnswerClass.TRANSIENT,
}
"""By status and body of an incoming webhook."""

"""What strict apps cannot do without, held against the document by which every answer is judged.

An app that decodes into typed structures fails on a whole page for one field that is missing, null
or of another type. These are the fields that such apps demand; a field that the document requires,
and does not let be null, is in every answer (``tests.contract.judge``).

Source: the decoders of Tusky, Ice Cubes and Mastodon for Android, and
https://docs.joinmastodon.org/entities/
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.contract.bundle import bundle

SCHEMAS: Final[dict[str, Any]] = bundle()["components"]["schemas"]

DEMANDED: Final = {
    "Account": """id username acct created_at display_name note url uri avatar avatar_static header
        header_static fields locked emojis bot group statuses_count followers_count following_count
        roles""",
    "CredentialAccount": "source role",
    "AccountSource": "sensitive note fields privacy follow_requests_count",
    "Status": """id uri account content created_at emojis reblogs_count favourites_count
        replies_count sensitive spoiler_text visibility media_attachments mentions tags""",
    "MediaAttachment": "id type",
    "Mention": "id username url acct",
    "StatusTag": "name url",
    "Tag": "id name url history",
    "TagHistory": "day uses accounts",
    "CustomEmoji": "shortcode url static_url visible_in_picker",
    "Poll": "id expired multiple votes_count options emojis",
    "PollOption": "title",
    "PreviewCard": """url title description type author_name author_url provider_name provider_url
        html width height embed_url authors""",
    "Notification": "id type created_at account group_key",
    "GroupedNotifications": "accounts statuses notification_groups",
    "NotificationGroup": """group_key notifications_count type most_recent_notification_id
        latest_page_notification_at sample_account_ids""",
    "Relationship": """id following showing_reblogs notifying followed_by blocking blocked_by muting
        muting_notifications requested requested_by domain_blocking endorsed note""",
    "Context": "ancestors descendants",
    "Filter": "id title context filter_action keywords statuses",
    "FilterKeyword": "id keyword whole_word",
    "List": "id title replies_policy exclusive",
    "Conversation": "id unread accounts",
    "Search": "accounts statuses hashtags",
    "StatusSource": "id text spoiler_text",
    "StatusEdit": "content spoiler_text sensitive created_at account media_attachments emojis",
    "ScheduledStatus": "id scheduled_at params media_attachments",
    "Announcement": """id content all_day published_at updated_at mentions statuses tags emojis
        reactions""",
    "Token": "access_token token_type scope created_at",
    "WebPushSubscription": "id endpoint server_key alerts",
    "PushAlerts": "follow favourite reblog mention poll status",
    "Instance": """domain title version source_url description usage thumbnail icon languages
        configuration registrations api_versions contact rules""",
    "InstanceConfiguration": "urls accounts statuses media_attachments polls translation vapid",
    "StatusLimits": "max_characters max_media_attachments characters_reserved_per_url",
    "PollLimits": "max_options max_characters_per_option min_expiration max_expiration",
    "Registrations": "enabled approval_required",
    "V1Instance": "uri title description short_description email version languages urls stats",
    "Rule": "id text hint",
    "Report": "id action_taken category comment forwarded created_at target_account",
    "Role": "id name permissions color highlighted",
    "Suggestion": "source account",
    "FeaturedTag": "id name url statuses_count",
    "NotificationRequest": "id created_at updated_at notifications_count account",
}
NUMBERS: Final = {
    ("WebPushSubscription", "id"),
    ("NotificationGroup", "most_recent_notification_id"),
}
"""Ids that are decoded as integers; all others are text."""
TEXTS: Final = {
    ("FeaturedTag", "statuses_count"),
    ("TagHistory", "day"),
    ("TagHistory", "uses"),
    ("TagHistory", "accounts"),
    ("NotificationRequest", "notifications_count"),
    ("Role", "permissions"),
}
WORDS: Final = {
    ("Status", "visibility"): {"public", "unlisted", "private", "direct"},
    ("MediaAttachment", "type"): {"image", "gifv", "video", "audio", "unknown"},
    ("PreviewCard", "type"): {"link", "photo", "video", "rich"},
    ("Filter", "filter_action"): {"warn", "hide", "blur"},
    ("List", "replies_policy"): {"followed", "list", "none"},
}
"""Where one unknown word is a page that does not decode: no other may be said."""


@pytest.mark.parametrize("entity", DEMANDED)
def test_what_apps_demand_is_always_there(entity: str) -> None:
    whole = _flat(SCHEMAS[entity])
    for field in DEMANDED[entity].split():
        assert field in whole["required"], f"{entity}.{field} may be missing"
        assert "null" not in set(_types(whole["properties"][field])), f"{entity}.{field} is null"


@pytest.mark.parametrize(("entity", "field"), sorted(NUMBERS | TEXTS))
def test_numbers_and_texts_are_what_apps_decode(entity: str, field: str) -> None:
    types = set(_types(_flat(SCHEMAS[entity])["properties"][field]))
    assert types == ({"integer"} if (entity, field) in NUMBERS else {"string"})


@pytest.mark.parametrize(("entity", "field"), WORDS)
def test_no_word_is_said_that_apps_do_not_know(entity: str, field: str) -> None:
    said = set(_resolved(_flat(SCHEMAS[entity])["properties"][field])["enum"])
    assert said <= WORDS[entity, field]


def test_lists_are_never_null_and_ids_are_text() -> None:
    for name in _entities_of_answers():
        for field, schema in _flat(SCHEMAS[name]).get("properties", {}).items():
            types = set(_types(schema))
            where = f"{name}.{field}"
            if "array" in types and where not in _NULL_FOR_MASTODON_TOO:
                assert "null" not in types, where
            if field == "id" and (name, field) not in NUMBERS:
                assert types == {"string"}, where


_NULL_FOR_MASTODON_TOO: Final = {
    "AccountWarning.status_ids",
    "Report.status_ids",
    "ScheduledParams.media_ids",
    "Report.rule_ids",
    "FilterResult.keyword_matches",
    "FilterResult.status_matches",
    "Relationship.languages",
}


def _entities_of_answers() -> Iterator[str]:
    for name, schema in SCHEMAS.items():
        if not name.endswith(("Form", "Change", "Choice")) and "object" in set(_types(schema)):
            yield name


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    return schema


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """An entity with what it takes over from others."""
    schema = _resolved(schema)
    whole: dict[str, Any] = {
        "properties": dict(schema.get("properties", {})),
        "required": set(schema.get("required", ())),
    }
    for part in schema.get("allOf", ()):
        inner = _flat(part)
        whole["properties"] = inner["properties"] | whole["properties"]
        whole["required"] |= inner["required"]
    return whole


def _types(schema: dict[str, Any]) -> Iterator[str]:
    schema = _resolved(schema)
    written = schema.get("type", ())
    yield from (written,) if isinstance(written, str) else written
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _types(part)

"""What apps ask a server about itself: the Instance entities, both versions. Pure.

Only what is offered is announced: no translation, no collections.

Source: https://docs.joinmastodon.org/entities/Instance/ and V1_Instance/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fedinet import __version__
from fedinet.accounts.model import (
    MAX_BIO,
    MAX_DESCRIPTION,
    MAX_FIELD_NAME,
    MAX_FIELD_VALUE,
    MAX_FIELDS,
    MAX_NAME,
)
from fedinet.discovery.nodeinfo import Usage
from fedinet.kernel.uris import Origin
from fedinet.media.entities import CONFIGURATION
from fedinet.media.model import MAX_ATTACHMENTS
from fedinet.pins.model import MAX_PINS, MAX_TAGS
from fedinet.polls.model import MAX_LENGTH, MAX_OPTION, MAX_OPTIONS, MIN_LENGTH
from fedinet.posts.model import MAX_CHARACTERS

VERSION: Final = f"4.5.0 (compatible; fedinet {__version__})"
"""Apps read the first three numbers. Source: https://docs.joinmastodon.org/methods/instance/"""
API_VERSIONS: Final = {"mastodon": 8}
"""What apps may use: 2 grouped notifications, 3 PKCE, 4 ``delete_media``, 6 endorsements and
featured hashtags, 7 quotes, 8 all of the profile to be edited. 10 would promise collections."""

_ACCOUNTS: Final = {
    "max_featured_tags": MAX_TAGS,
    "max_pinned_statuses": MAX_PINS,
    "max_profile_fields": MAX_FIELDS,
    "profile_field_name_limit": MAX_FIELD_NAME,
    "profile_field_value_limit": MAX_FIELD_VALUE,
    "max_display_name_length": MAX_NAME,
    "max_note_length": MAX_BIO,
    "max_avatar_description_length": MAX_DESCRIPTION,
    "max_header_description_length": MAX_DESCRIPTION,
}
_STATUSES: Final = {
    "max_characters": MAX_CHARACTERS,
    "max_media_attachments": MAX_ATTACHMENTS,
    "characters_reserved_per_url": 23,
}
_POLLS: Final = {
    "max_options": MAX_OPTIONS,
    "max_characters_per_option": MAX_OPTION,
    "min_expiration": int(MIN_LENGTH.total_seconds()),
    "max_expiration": int(MAX_LENGTH.total_seconds()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """The node as its owner describes it. ``streaming``: where apps would listen."""

    origin: Origin
    name: str
    purpose: str
    language: str
    thumbnail: str
    icons: Mapping[int, str]
    """Addresses of the square picture by its width in pixels."""
    push_key: str
    """By which push services know this node (VAPID)."""
    usage: Usage
    rules: Sequence[object]
    has_terms: bool
    joining: str
    """How one becomes a member, in the community's language. HTML."""
    email: str
    """To write to; empty: none is named."""
    contact: object | None
    """The Account of the steward who is named."""

    @property
    def streaming(self) -> str:
        return f"{'wss' if self.origin.scheme == 'https' else 'ws'}://{self.origin.domain}"


def instance_v2(node: Described) -> dict[str, object]:
    """Source: https://docs.joinmastodon.org/entities/Instance/"""
    return {
        "domain": node.origin.domain,
        "title": node.name,
        "version": VERSION,
        "source_url": f"{node.origin}/about",
        "description": node.purpose,
        "usage": {"users": {"active_month": node.usage.active_month}},
        "thumbnail": {"url": node.thumbnail, "description": ""},
        "icon": [{"src": url, "size": f"{px}x{px}"} for px, url in node.icons.items()],
        "languages": (node.language,),
        "configuration": {
            "urls": {
                "streaming": node.streaming,
                "status": None,
                "about": f"{node.origin}/about",
                "privacy_policy": f"{node.origin}/privacy",
                "terms_of_service": f"{node.origin}/terms" if node.has_terms else None,
            },
            "vapid": {"public_key": node.push_key},
            "accounts": _ACCOUNTS,
            "statuses": _STATUSES,
            "media_attachments": CONFIGURATION,
            "polls": _POLLS,
            "translation": {"enabled": False},
            "timelines_access": {
                "live_feeds": {"local": "public", "remote": "authenticated"},
                "hashtag_feeds": {"local": "public", "remote": "authenticated"},
                "trending_link_feeds": {"local": "authenticated", "remote": "authenticated"},
            },
            "limited_federation": False,
        },
        "registrations": {
            "enabled": False,
            "approval_required": False,
            "reason_required": None,
            "message": node.joining,
            "min_age": None,
            "url": None,
        },
        "api_versions": API_VERSIONS,
        "wrapstodon": None,
        "contact": {"email": node.email, "account": node.contact},
        "rules": node.rules,
    }


def instance_v1(node: Described) -> dict[str, object]:
    """Source: https://docs.joinmastodon.org/entities/V1_Instance/"""
    return {
        "uri": node.origin.domain,
        "title": node.name,
        "short_description": node.purpose,
        "description": node.purpose,
        "email": node.email,
        "version": VERSION,
        "urls": {"streaming_api": node.streaming},
        "stats": {
            "user_count": node.usage.members,
            "status_count": node.usage.local_posts,
            "domain_count": node.usage.servers,
        },
        "thumbnail": node.thumbnail,
        "languages": (node.language,),
        "registrations": False,
        "approval_required": False,
        "invites_enabled": True,
        "configuration": {
            "accounts": _ACCOUNTS,
            "statuses": _STATUSES,
            "media_attachments": CONFIGURATION,
            "polls": _POLLS,
        },
        "contact_account": node.contact,
        "rules": node.rules,
    }

"""Announcements as apps know them.

Source: https://docs.joinmastodon.org/entities/Announcement/
"""

from collections.abc import Sequence

from fedinet.announcements.model import Announcement, Reaction
from fedinet.emojis.model import entity as emoji_entity
from fedinet.http.json import timestamp
from fedinet.kernel.names import NodeUris
from fedinet.markup.names import hashtag
from fedinet.markup.outline import without_headings


def announcement_entity(
    one: Announcement, reactions: Sequence[Reaction], uris: NodeUris, *, for_member: bool = True
) -> dict[str, object]:
    """``for_member``: with what the member who asks did; streams send it to all alike."""
    return {
        "id": str(one.id),
        "content": without_headings(one.html),
        "starts_at": None,
        "ends_at": None if one.ended_at is None else timestamp(one.ended_at),
        "all_day": False,
        "published_at": timestamp(one.published_at),
        "updated_at": timestamp(one.updated_at),
        **({"read": one.is_read} if for_member else {}),
        "mentions": (),
        "statuses": (),
        "tags": [
            {"name": written, "url": uris.tag_page(named[0])}
            for written in one.tags
            if (named := hashtag(written)) is not None
        ],
        "emojis": [emoji_entity(emoji, str(uris.origin)) for emoji in one.emojis],
        "reactions": [
            reaction_entity(reaction, uris) | ({"me": reaction.is_mine} if for_member else {})
            for reaction in reactions
        ],
    }


def reaction_entity(reaction: Reaction, uris: NodeUris) -> dict[str, object]:
    """Source: https://docs.joinmastodon.org/entities/Reaction/"""
    picture: dict[str, object] = {}
    if reaction.picture is not None:
        shown = emoji_entity(reaction.picture, str(uris.origin))
        picture = {"url": shown["url"], "static_url": shown["static_url"]}
    return {"name": reaction.name, "count": reaction.count, **picture}

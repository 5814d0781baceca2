"""Which types of object are posts, here or elsewhere. Pure.

What others publish is a post if a person can read it, whatever its type is
called: a Review, a Recipe, an Album. What is no thing to read never is one.
"""

from typing import Final

from fedinet.vocab.activity import ACTOR_TYPES, Document, listed

SHORT_TYPES: Final = frozenset({"Note", "Question", "ChatMessage"})
LONG_TYPES: Final = frozenset(
    {"Article", "Page", "Event", "Video", "Audio", "Image", "Document", "Place"}
)
NOTE_TYPES: Final = SHORT_TYPES | LONG_TYPES
"""What becomes a post here, by its name."""
_THINGS: Final = LONG_TYPES - {"Article", "Page"}

ANY_THING: Final = "Object"
"""In the handler table: every other type of object that may be a post."""

_MAX_KIND: Final = 50
_ACTIVITIES: Final = frozenset(
    {
        "Accept", "Activity", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike",
        "EmojiReact", "FeatureRequest", "Flag", "Follow", "Ignore", "IntransitiveActivity",
        "Invite", "Join", "Leave", "Like", "LikeRequest", "Listen", "Lock", "Move", "Offer",
        "QuoteRequest", "Read", "Reject", "Remove", "ReplyRequest", "TentativeAccept",
        "TentativeReject", "Travel", "Undo", "Update", "View",
    }
)  # fmt: skip
_COLLECTIONS: Final = frozenset(
    {
        "Collection", "CollectionPage", "OrderedCollection", "OrderedCollectionPage",
        "FeaturedCollection", "FeaturedItem",
    }
)  # fmt: skip
_PARTS: Final = frozenset(
    {
        "AnnounceAuthorization", "Badge", "CacheFile", "CryptographicKey", "Emoji",
        "FeatureAuthorization", "Hashtag", "IdentityProof", "Key", "LikeApproval",
        "LikeAuthorization", "Link", "Mention", "Multikey", "Profile", "PropertyValue",
        "QuoteAuthorization", "Relationship", "ReplyAuthorization", "Tombstone",
        "WatchAction",
    }
)  # fmt: skip
_NO_POSTS: Final = ACTOR_TYPES | _ACTIVITIES | _COLLECTIONS | _PARTS


def may_be_post(kind: str) -> bool:
    """Tell whether an object of this type may be something to read."""
    return _short(kind) not in _NO_POSTS


def is_to_read(kind: str) -> bool:
    """Tell a text of some length (an Article, a Page, a Review) from short posts, films and events.

    Of these a title is the name of a text, and a picture its cover.
    """
    return kind not in SHORT_TYPES and kind not in _THINGS and kind not in _COLLECTIONS


def kind_of(document: Document) -> str | None:
    """The first type that we know (some servers name several), else the first that may be a post.

    Types of other vocabularies lose their prefix or address: ``schema:Recipe`` is a ``Recipe``.
    """
    named = [member for member in listed(document.get("type")) if isinstance(member, str)]
    known = next((name for name in named if name in NOTE_TYPES), None)
    if known is not None:
        return known
    names = [_short(name) for name in named]
    if not named and isinstance(document.get("content"), str):
        return ANY_THING  # its server forgot to say, and means a post
    if not names or any(name in _NO_POSTS for name in names):
        return None
    return next((name for name in names if name.isidentifier() and len(name) <= _MAX_KIND), None)


def _short(kind: str) -> str:
    return kind.rpartition("#")[2].rpartition("/")[2].rpartition(":")[2]

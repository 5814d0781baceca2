"""The URIs of our own things. Pure.

Source: docs/architecture.md, "Names that others rely on".
"""

from dataclasses import dataclass
from uuid import uuid4

from fedinet.kernel.ids import ActorUri, InboxUrl, KeyUri, ObjectUri, PostId
from fedinet.kernel.uris import Origin, origin_of


@dataclass(frozen=True, slots=True)
class NodeUris:
    """Mints and recognises the names under one origin."""

    origin: Origin

    @property
    def node_actor(self) -> ActorUri:
        return ActorUri(f"{self.origin}/actor")

    @property
    def shared_inbox(self) -> InboxUrl:
        return InboxUrl(f"{self.origin}/inbox")

    def actor(self, username: str) -> ActorUri:
        return ActorUri(f"{self.origin}/users/{username}")

    def profile_page(self, username: str) -> str:
        return f"{self.origin}/@{username}"

    def post(self, post_id: PostId) -> ObjectUri:
        return ObjectUri(f"{self.origin}/posts/{post_id}")

    def post_page(self, username: str, post_id: PostId) -> str:
        return f"{self.origin}/@{username}/{post_id}"

    def quote_stamp(self, quote_id: int) -> str:
        return f"{self.origin}/quotes/{quote_id}"

    def tag_page(self, tag: str) -> str:
        return f"{self.origin}/tags/{tag}"

    def is_ours(self, uri: str) -> bool:
        """Tell whether the URI is under our origin; such a URI is never fetched."""
        return uri == str(self.origin) or uri.startswith(f"{self.origin}/")


def new_activity_uri(actor: ActorUri) -> ObjectUri:
    """Mint an id for an activity of one of our actors."""
    return ObjectUri(f"{origin_of(actor)}/activities/{uuid4()}")


def followers_synchronisation(actor: ActorUri) -> str:
    """Where another server reads which of its people follow one of our actors (FEP-8fcf)."""
    return f"{actor}/followers_synchronization"


def main_key(actor: ActorUri) -> KeyUri:
    """The RSA key that every peer understands."""
    return KeyUri(f"{actor}#main-key")


def ed25519_key(actor: ActorUri) -> KeyUri:
    return KeyUri(f"{actor}#ed25519-key")

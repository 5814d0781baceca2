"""Our actors as documents for other servers. Pure.

Source: facts of Mastodon's ``process_account_service.rb`` (what is read) and
``actor_serializer.rb`` (what is written); FEP-521a, FEP-2c59.
"""

from collections.abc import Sequence
from dataclasses import replace

from fedinet.actors.model import PLAIN, Actor, StoredKey
from fedinet.emojis.model import tag as emoji_tag
from fedinet.kernel.uris import origin_of
from fedinet.signing.keys import KeyKind, read_public_der
from fedinet.vocab.activity import Document
from fedinet.vocab.context import ACTIVITYSTREAMS, ACTOR_CONTEXT


def actor_document(actor: Actor, keys: Sequence[StoredKey]) -> Document:
    """Describe one of ours, with ``@context``, as it is served at its id.

    Who is suspended says nothing of themselves, as with Mastodon.
    """
    if actor.is_suspended:
        actor = replace(
            actor, name=actor.username, summary_html="", fields=(), avatar_url=None,
            header_url=None, emojis=(), discoverable=False, indexable=False, presentation=PLAIN,
        )  # fmt: skip
    return {"@context": ACTOR_CONTEXT, **_described(actor, keys)}


def tombstone(actor: Actor) -> Document:
    """What is served at the id of one who left, with status 410."""
    return {"@context": ACTIVITYSTREAMS, "id": actor.uri, "type": "Tombstone"}


def _described(actor: Actor, keys: Sequence[StoredKey]) -> dict[str, object]:
    document: dict[str, object] = {
        "id": actor.uri,
        "type": actor.kind,
        "preferredUsername": actor.username,
        "name": actor.name,
        "summary": actor.summary_html,
        "url": actor.page_url,
        "webfinger": actor.full_handle,
        "inbox": actor.inbox_url,
        "outbox": actor.outbox_uri,
        "manuallyApprovesFollowers": actor.approves_followers,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        # The day is enough; the second would say when somebody sat at a keyboard.
        "published": actor.joined_at.strftime("%Y-%m-%dT00:00:00Z"),
        "endpoints": _endpoints(actor),
        **_public_keys(actor, keys),
        **_optional(actor),
    }
    if actor.kind == "Application":
        document["allies"] = f"{actor.uri}/allies"
    else:
        document |= {
            "showMedia": actor.presentation.show_media,
            "showRepliesInMedia": actor.presentation.show_media_replies,
            "showFeatured": actor.presentation.show_featured,
        }
    if actor.is_suspended:
        document["suspended"] = True
    return document


def _endpoints(actor: Actor) -> dict[str, object]:
    """Where other servers and, of people, their ActivityPub clients find what they need."""
    shared: dict[str, object] = {"sharedInbox": actor.shared_inbox_url}
    if actor.kind == "Application":
        return shared
    origin = origin_of(actor.uri)
    return shared | {
        "oauthAuthorizationEndpoint": f"{origin}/oauth/authorize",
        "oauthTokenEndpoint": f"{origin}/oauth/token",
        "proxyUrl": f"{actor.uri}/proxy",
        "uploadMedia": f"{actor.uri}/media",
    }


def _optional(actor: Actor) -> dict[str, object]:
    """What is left out where there is nothing to say."""
    found: dict[str, object] = {
        "followers": actor.followers_uri,
        "following": actor.following_uri,
        "liked": None if actor.following_uri is None else f"{actor.uri}/liked",
        "featured": actor.featured_uri,
        "featuredTags": None if actor.featured_uri is None else f"{actor.uri}/collections/tags",
        "movedTo": actor.moved_to,
        "alsoKnownAs": list(actor.also_known_as),
        "icon": _image(actor.avatar_url, actor.presentation.avatar_description),
        "image": _image(actor.header_url, actor.presentation.header_description),
        "attributionDomains": list(actor.presentation.attribution_domains),
        "attachment": [
            {"type": "PropertyValue", "name": field.name, "value": field.value}
            for field in actor.fields
        ],
        "tag": [emoji_tag(emoji, str(origin_of(actor.uri))) for emoji in actor.emojis],
    }
    return {name: value for name, value in found.items() if value}


def _public_keys(actor: Actor, keys: Sequence[StoredKey]) -> dict[str, object]:
    """RSA where every peer looks, Ed25519 as a Multikey for those that know it."""
    found: dict[str, object] = {}
    for stored in keys:
        key = read_public_der(stored.public_der)
        if key.kind is KeyKind.RSA:
            found["publicKey"] = {"id": stored.id, "owner": actor.uri, "publicKeyPem": key.pem}
        else:
            found["assertionMethod"] = [
                {
                    "id": stored.id,
                    "type": "Multikey",
                    "controller": actor.uri,
                    "publicKeyMultibase": key.multikey,
                }
            ]
    return found


def _image(url: str | None, description: str) -> dict[str, object] | None:
    """A picture; its description where Mastodon 4.6 reads it."""
    if url is None:
        return None
    image: dict[str, object] = {"type": "Image", "url": url}
    return image | {"summary": description} if description else image

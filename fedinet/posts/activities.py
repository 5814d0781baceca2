"""Posts as ActivityStreams documents. Pure.

Source: facts of Mastodon 4.2 to 4.7 (FEDERATION.md), FEP-7888, FEP-044f.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from fedinet.actors.model import Actor
from fedinet.allies.activities import allies_uri
from fedinet.audiences.model import Visibility
from fedinet.emojis.model import tag as emoji_tag
from fedinet.kernel.ids import ObjectUri
from fedinet.kernel.names import NodeUris, new_activity_uri
from fedinet.kernel.uris import origin_of
from fedinet.polls.activities import question
from fedinet.posts.article_document import article_parts
from fedinet.posts.given import as_given
from fedinet.posts.model import Attachment, Post
from fedinet.posts.quote_document import content_with_link, policy, quote_parts, quote_tags
from fedinet.vocab import attachment
from fedinet.vocab.activity import PUBLIC, Document
from fedinet.vocab.context import ACTIVITY_CONTEXT, NOTE_CONTEXT


def create_note(post: Post, author: Actor, people: Sequence[Actor]) -> Document:
    """Announce a new post. ``people``: whom it mentions, of those in its audience."""
    note = _note(post, author, people)
    return _activity("Create", create_uri(post), post.published_at, note=note)


def create_envelope(post: Post, author: Actor, people: Sequence[Actor]) -> Document:
    """Make the same of a post of ours that only names it. Nothing its client said is in it."""
    to, cc = _addressing(post.visibility, author, people)
    return {
        "id": create_uri(post),
        "type": "Create",
        "actor": author.uri,
        "published": _timestamp(post.published_at),
        "to": to,
        "cc": cc,
        "object": post.uri,
    }


def update_note(
    post: Post,
    author: Actor,
    people: Sequence[Actor],
    *,
    uri: ObjectUri | None = None,
    counted_at: datetime | None = None,
) -> Document:
    """Announce what a post says now. Peers take it if ``updated`` is newer than what they have.

    ``counted_at``: only the counts of its poll are new, since then; it is no edit.
    """
    uri = uri or new_activity_uri(author.uri)
    changed_at = counted_at or post.edited_at or post.published_at
    return _activity("Update", uri, changed_at, note=_note(post, author, people))


def delete_note(
    post: Post, author: Actor, people: Sequence[Actor], *, uri: ObjectUri | None = None
) -> Document:
    """Announce that a post is gone. It is addressed as the post was, and says nothing of it."""
    to, cc = _addressing(post.visibility, author, people)
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": uri or new_activity_uri(author.uri),
        "type": "Delete",
        "actor": author.uri,
        "to": to,
        "cc": cc,
        "object": {"id": post.uri, "type": "Tombstone"},
    }


def create_uri(post: Post) -> ObjectUri:
    """Name the Create of a local post: the same in its delivery and in the author's outbox."""
    return ObjectUri(f"{origin_of(post.uri)}/activities/{post.id}")


def note_document(post: Post, author: Actor, people: Sequence[Actor]) -> Document:
    """Make the document that is served at the post's own id."""
    return {"@context": NOTE_CONTEXT, **_note(post, author, people)}


def tombstone(uri: ObjectUri) -> Document:
    """Make what is served in place of a deleted post."""
    return {"@context": ACTIVITY_CONTEXT, "id": uri, "type": "Tombstone"}


def outbox_page(
    author: Actor, items: Sequence[Document], *, before: int | None, older: int | None
) -> Document:
    """Make one page of an outbox, newest first; ``older`` is None on the last."""
    page = f"{author.uri}/outbox?page=true"
    return {
        "@context": NOTE_CONTEXT,
        "id": page if before is None else f"{page}&max_id={before}",
        "type": "OrderedCollectionPage",
        "partOf": f"{author.uri}/outbox",
        **({} if older is None else {"next": f"{page}&max_id={older}"}),
        "orderedItems": [
            {key: value for key, value in item.items() if key != "@context"} for item in items
        ],
    }


def _activity(kind: str, uri: ObjectUri, published: datetime, *, note: Document) -> Document:
    return {
        "@context": NOTE_CONTEXT,
        "id": uri,
        "type": kind,
        "actor": note["attributedTo"],
        "published": _timestamp(published),
        "to": note["to"],
        "cc": note["cc"],
        **({"audience": note["audience"]} if "audience" in note else {}),
        "object": note,
    }


def _note(post: Post, author: Actor, people: Sequence[Actor]) -> Document:
    to, cc = _addressing(post.visibility, author, people)
    content = content_with_link(post)
    files = [_attachment(found) for found in post.attachments]
    note: Document = {
        "id": post.uri,
        "type": post.kind,
        "summary": post.content_note or None,
        "inReplyTo": post.parent_uri,
        "published": _timestamp(post.published_at),
        **({} if post.edited_at is None else {"updated": _timestamp(post.edited_at)}),
        "url": post.page_url,
        "attributedTo": author.uri,
        "to": to,
        "cc": cc,
        "sensitive": post.sensitive,
        "content": content,
        **({} if post.language is None else {"contentMap": {post.language: content}}),
        "source": {"content": post.source, "mediaType": "text/markdown"},
        "attachment": files,
        "tag": [
            *map(_mention, people),
            *_hashtags(post, author),
            *(emoji_tag(emoji, str(origin_of(author.uri))) for emoji in post.emojis),
            *quote_tags(post),
        ],
        **article_parts(post, author, files),
        **quote_parts(post),
        **({} if post.poll is None else question(post.poll)),
        **_collections(post),
        **policy(post, author),
    }
    return as_given(post, note)


def _addressing(
    visibility: Visibility, author: Actor, people: Sequence[Actor]
) -> tuple[list[str], list[str]]:
    """Say ``to`` and ``cc`` as Mastodon reads them.

    A post for this community has no address at all: it has no form for other servers.
    """
    named: list[str] = [actor.uri for actor in people]
    followers = [] if author.followers_uri is None else [author.followers_uri]
    match visibility:
        case Visibility.EVERYONE:
            return [PUBLIC], [*followers, *named]
        case Visibility.QUIET:
            return followers, [PUBLIC, *named]
        case Visibility.ALLIES:
            return [allies_uri(NodeUris(origin_of(author.uri)))], named
        case Visibility.FOLLOWERS:
            return followers, named
        case Visibility.MENTIONED:
            return named, []
        case Visibility.COMMUNITY:
            return [], []


def _mention(actor: Actor) -> Document:
    return {"type": "Mention", "href": actor.uri, "name": f"@{actor.full_handle}"}


def _hashtags(post: Post, author: Actor) -> list[Document]:
    uris = NodeUris(origin_of(author.uri))
    return [
        {"type": "Hashtag", "href": uris.tag_page(tag.name), "name": f"#{tag.written}"}
        for tag in post.tags
    ]


def _attachment(found: Attachment) -> Document:
    return attachment.attachment_document(
        attachment.Attachment(
            found.url,
            found.media_type,
            found.description,
            width=found.width,
            height=found.height,
            blurhash=found.blurhash,
            focus=found.focus,
        )
    )


def _collections(post: Post) -> Document:
    """Point to the collections of a public post. Objects, since Mastodon looks inside them.

    Their ``totalItems`` is for the author alone, so it is not here.
    """
    if post.visibility not in (Visibility.EVERYONE, Visibility.QUIET):
        return {}
    replies = f"{post.uri}/replies"
    first = {
        "type": "CollectionPage",
        "partOf": replies,
        "next": f"{replies}?page=true",
        "items": list[str](),
    }
    return {
        "replies": {"id": replies, "type": "Collection", "first": first},
        "likes": {"id": f"{post.uri}/likes", "type": "OrderedCollection"},
        "shares": {"id": f"{post.uri}/shares", "type": "OrderedCollection"},
        **({} if post.context is None else {"context": post.context}),
    }


def _timestamp(moment: datetime) -> str:
    """Milliseconds, so that two edits within a second stay two."""
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")

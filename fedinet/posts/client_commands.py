"""Objects that members' ActivityPub clients make and change. Never the network.

They become posts like any other: the same tables, audiences, effects and gate.
Only their addresses are the client's own, letter by letter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from fedinet.actors.model import Actor, check_is_here
from fedinet.audiences.model import Visibility
from fedinet.audiences.store import name_members
from fedinet.client.model import NotPossible
from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorUri, ObjectUri, PostId
from fedinet.kernel.names import NodeUris
from fedinet.markup.compose import MentionLink, render
from fedinet.polls.activities import read_poll
from fedinet.polls.commands import open_poll
from fedinet.polls.model import Poll
from fedinet.posts import given_store, local_store, reach, store
from fedinet.posts.commands import OnPublished
from fedinet.posts.given import COLLECTION_TYPES, Given, without_poll
from fedinet.posts.model import Post, Tag, reply_visibility
from fedinet.posts.signals import PostEdited, published
from fedinet.queue.signals import announce
from fedinet.vocab.activity import Document
from fedinet.vocab.poll import parse_poll

_A_MOMENT: Final = timedelta(milliseconds=1)
_NAMED: Final = frozenset({Visibility.FOLLOWERS, Visibility.MENTIONED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whom a client addressed an object to. ``shown``: those whom everybody may see named."""

    visibility: Visibility
    followers: bool
    people: Sequence[Actor]
    shown: Sequence[Actor]


async def publish_given(
    tx: Tx,
    author: Actor,
    given: Given,
    to: Reach,
    *,
    mentioned: Mapping[str, Actor],
    items: Sequence[str],
    uris: NodeUris,
    now: datetime,
    on_published: OnPublished,
) -> tuple[Post, Document]:
    """Store an object and promise its delivery. Returns the post and its Create.

    ``items``: what a new collection holds from the start.

    Raises:
        NotPossible: it is for more people than what it answers.
    """
    check_is_here(author)
    parent = await _find_parent(tx, author, given, to)
    post_id = await local_store.next_post_id(tx)
    html, tags, document = _rendered(given, mentioned, uris)
    poll = _asked(given, now)
    post = Post(
        id=post_id,
        uri=uris.post(post_id),
        page_url=uris.post_page(author.username, post_id),
        author_id=author.id,
        is_local=True,
        visibility=to.visibility,
        kind=given.kind,
        source=given.source,
        html=html,
        about=given.about,
        content_note=given.content_note,
        sensitive=given.sensitive or bool(given.content_note),
        language=given.language,
        parent_id=None if parent is None else parent.id,
        parent_uri=None if given.parent_uri is None else ObjectUri(given.parent_uri),
        root_id=post_id if parent is None else parent.root_id,
        context_uri=None if parent is None else parent.context,
        given=document if poll is None else without_poll(document),
        poll=poll,
        published_at=now,
        mentions=tuple(sorted({actor.id for actor in to.shown if actor.id != author.id})),
        tags=tags,
    )
    is_told = given.kind not in COLLECTION_TYPES
    facts = [published(post, is_awaited=True)] if is_told else []
    await local_store.insert_post(tx, post, *facts)
    await given_store.write_given(tx, post)
    if poll is not None:
        await open_poll(tx, post.id, poll)
    if to.visibility in _NAMED:
        await name_members(tx, post.id, [actor.id for actor in to.people if actor.id != author.id])
    others = [actor for actor in to.people if actor.id != author.id]
    create = await reach.send_given(tx, author, post, others, followers=to.followers)
    if is_told:
        await on_published(tx, post)
    else:
        await given_store.add_items(tx, post.id, items)
    return post, create


async def edit_given(
    tx: Tx,
    author: Actor,
    post_id: PostId,
    given: Given,
    *,
    mentioned: Mapping[str, Actor],
    besides: Sequence[Actor],
    uris: NodeUris,
    uri: ObjectUri,
    now: datetime,
) -> Post:
    """Change what an object says, keep what it said, and promise the Update. The audience stays.

    So do the options of a poll, or votes would be for something else.

    Raises:
        NotFound: not a post of this author.
    """
    post = await store.lock_own(tx, reach.as_viewer(author), post_id)
    html, tags, document = _rendered(given, mentioned, uris)
    edited = replace(
        post,
        source=given.source,
        html=html,
        about=given.about,
        content_note=given.content_note,
        sensitive=given.sensitive or bool(given.content_note),
        language=given.language,
        given=document if post.poll is None else without_poll(document),
        edited_at=max(now, (post.edited_at or post.published_at) + _A_MOMENT),
        revision=post.revision + 1,
        tags=tags,
    )
    await local_store.update_post(tx, edited)
    await given_store.write_given(tx, edited)
    await reach.send_update(tx, author, edited, uri=uri, besides=besides)
    await announce(tx, PostEdited(post.id))
    return edited


def _asked(given: Given, now: datetime) -> Poll | None:
    """The poll of a new Question; None where nobody could vote. Counting is ours."""
    remote = parse_poll(given.document) if given.kind == "Question" else None
    if remote is None:
        return None
    poll = read_poll(remote, now)
    return replace(poll, counts=(0,) * len(poll.options), voters=0)


def _rendered(
    given: Given, mentioned: Mapping[str, Actor], uris: NodeUris
) -> tuple[str, tuple[Tag, ...], Document]:
    """What people read, its subjects, and what is served; Markdown becomes ``content``."""
    if not given.markdown:
        return given.html(given.content_html), given.tags, given.document
    known = {
        handle: MentionLink(href=actor.page_url, actor_uri=actor.uri, name=actor.username)
        for handle, actor in mentioned.items()
    }
    rendered = render(given.markdown, mentions=known, tag_url=uris.tag_page)
    tags = {tag.name: tag for tag in (*given.tags, *(Tag(n, w) for n, w in rendered.tags))}
    document = {**given.document, "content": rendered.html}
    if "tag" not in document:
        by_uri = {actor.uri: actor for actor in mentioned.values()}
        document["tag"] = [
            {
                "type": "Mention",
                "href": link.actor_uri,
                "name": f"@{by_uri[ActorUri(link.actor_uri)].full_handle}",
            }
            for link in rendered.mentions
        ] + [
            {"type": "Hashtag", "href": uris.tag_page(tag.name), "name": f"#{tag.written}"}
            for tag in tags.values()
        ]
    return given.html(rendered.html), tuple(tags.values()), document


async def _find_parent(tx: Tx, author: Actor, given: Given, to: Reach) -> Post | None:
    """Find what it answers, if that is here and for the author.

    Raises:
        NotPossible: an answer keeps the audience of what it answers, or a narrower one.
    """
    if given.parent_uri is None:
        return None
    viewer = reach.as_viewer(author)
    parent = await store.find_visible_by_uri(tx, viewer, given.parent_uri)
    if parent is None:
        return None
    if reply_visibility(parent.visibility, to.visibility) is not to.visibility:
        raise NotPossible(
            "wider_than_parent", "An answer cannot be for more people than what it answers"
        )
    return await store.get_answerable(tx, viewer, parent.id)

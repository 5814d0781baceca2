"""What happens between people, for tests: activities in, answers out, effects told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fedinet.actors.model import Actor
from fedinet.actors.store import set_suspended
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.follows import blocking
from fedinet.inbox.dispatch import Gathered, Inbound, dispatch
from fedinet.kernel.ids import PostId
from fedinet.kernel.outcomes import Applied, Outcome
from fedinet.posts import commands, store
from fedinet.posts.model import Draft, Post
from fedinet.queue.signals import announce, decode
from fedinet.timelines.commands import place_own_post
from fedinet.vocab.activity import PUBLIC, Document, parse_activity, reduce_foreign
from fedinet.wiring.afterwards import EFFECTS
from fedinet.wiring.handlers import HANDLERS
from tests.integration.people import URIS, seen_by

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    """One promised delivery."""

    sender: int
    to: Sequence[int]
    to_followers: bool
    is_direct: bool
    activity: Mapping[str, Any]


def inbound(sender: Actor, document: Document, *, now: datetime = NOW, **documents: Any) -> Inbound:
    activity = reduce_foreign(parse_activity(document))
    return Inbound(
        activity=activity,
        actor_id=sender.id,
        received_at=now,
        now=now,
        gathered=Gathered(documents=documents.get("documents", {})),
    )


async def receive(
    tx: Tx, sender: Actor, document: Document, *, now: datetime = NOW, **documents: Any
) -> Outcome:
    """What the inbox does once it has verified the sender; signals are stored too."""
    outcome = await dispatch(tx, HANDLERS, inbound(sender, document, now=now, **documents))
    if isinstance(outcome, Applied):
        await announce(tx, *outcome.signals)
    return outcome


async def sent(tx: Tx) -> list[Sent]:
    """Everything promised so far, oldest first."""
    rows = await tx.fetch(
        "SELECT sender_id, recipients, followers, direct, body FROM outgoing ORDER BY id"
    )
    return [
        Sent(
            row["sender_id"],
            row["recipients"],
            row["followers"],
            row["direct"],
            json.loads(row["body"]),
        )
        for row in rows
    ]


async def tell(tx: Tx) -> None:
    """Tell every stored signal to its effects, as the worker does after the commit."""
    rows = await tx.fetch("DELETE FROM signals RETURNING id, kind, body")
    by_kind: dict[type, list[object]] = {}
    for row in sorted(rows, key=lambda row: row["id"]):
        fact = decode(row["kind"], row["body"])
        by_kind.setdefault(type(fact), []).append(fact)
    for kind, facts in by_kind.items():
        for effect in EFFECTS.get(kind, ()):
            await effect(tx, facts)


async def publish(
    tx: Tx,
    author: Actor,
    text: str = "Bread is ready",
    visibility: Visibility = Visibility.EVERYONE,
    *mentioned: Actor,
    parent: Post | None = None,
) -> Post:
    """A member publishes, as the page and the API do."""
    return await commands.publish(
        tx,
        URIS,
        author,
        Draft(text=text, visibility=visibility, parent_id=None if parent is None else parent.id),
        mentioned={actor.handle: actor for actor in mentioned},
        now=NOW,
        on_published=place_own_post,
    )


async def hide(tx: Tx, owner: Actor, actor: Actor, way: str) -> None:
    """Make what ``actor`` does no news for the owner, in one of the ways."""
    match way:
        case "muted":
            await blocking.mute(tx, owner, actor)
        case "blocked":
            await blocking.block(tx, owner, actor)
        case "blocked_by":
            await blocking.block(tx, actor, owner)
        case _:
            await set_suspended(tx, actor.id, suspended=True)


async def deliver_note(
    tx: Tx,
    author: Actor,
    number: int = 1,
    *,
    to: Sequence[str] = (PUBLIC,),
    cc: Sequence[str] = (),
    in_reply_to: str | None = None,
    mentions: Sequence[Actor] = (),
) -> Post:
    """Somebody elsewhere publishes; who follows them or is mentioned must be here."""
    uri = f"{author.uri}/notes/{number}"
    addressed = [*cc, *(actor.uri for actor in mentions)]
    note: dict[str, object] = {
        "id": uri,
        "type": "Note",
        "attributedTo": author.uri,
        "content": f"<p>Note {number}</p>",
        "to": list(to),
        "cc": addressed,
        "inReplyTo": in_reply_to,
        "tag": [
            {"type": "Mention", "href": actor.uri, "name": f"@{actor.full_handle}"}
            for actor in mentions
        ],
    }
    create: dict[str, object] = {
        "id": f"{uri}/create",
        "type": "Create",
        "actor": author.uri,
        "to": list(to),
        "cc": addressed,
        "object": note,
    }
    outcome = await receive(tx, author, create)
    assert isinstance(outcome, Applied), outcome
    row = await tx.fetchval("SELECT id FROM posts WHERE uri = $1", uri)
    return await store.get_visible(tx, seen_by(author), PostId(row))

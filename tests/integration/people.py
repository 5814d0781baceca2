"""Actors and what is between them, as plain rows: no keys, no network."""

from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor, insert_local_actor
from fedinet.audiences.model import Viewer
from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of

URIS: Final = NodeUris(origin_of("https://home.example"))
HOME: Final = Domain("home.example")


async def given_member(
    tx: Tx, username: str, *, uris: NodeUris = URIS, domain: Domain = HOME
) -> Actor:
    """Somebody with an account here."""
    actor_id = await insert_local_actor(
        tx, uris=uris, account_domain=domain, username=username, kind="Person"
    )
    await tx.execute("INSERT INTO accounts (actor_id, password_hash) VALUES ($1, '')", actor_id)
    return await get_actor(tx, actor_id)


async def given_remote(
    tx: Tx, username: str, host: str = "b.example", *, uri: str = "", followers: str = ""
) -> Actor:
    """Somebody elsewhere whom we know."""
    uri = uri or f"https://{host}/users/{username}"
    actor_id = await tx.fetchval(
        """
        INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url,
                            shared_inbox_url, followers_uri)
        VALUES ($1, $2, $3, $4, false, 'Person', $5, $6, $7, $8)
        RETURNING id
        """,
        uri,
        f"https://{host}",
        username,
        host,
        f"https://{host}/@{username}",
        f"{uri}/inbox",
        f"https://{host}/inbox",
        followers or f"{uri}/followers",
    )
    return await get_actor(tx, ActorId(actor_id))


async def given_follow(tx: Tx, follower: Actor, target: Actor, state: str = "accepted") -> None:
    await tx.execute(
        "INSERT INTO follows (follower_id, target_id, state, uri) VALUES ($1, $2, $3, '')",
        follower.id,
        target.id,
        state,
    )


async def given_block(tx: Tx, blocker: Actor, blocked: Actor) -> None:
    await tx.execute(
        "INSERT INTO blocks (actor_id, target_id) VALUES ($1, $2)", blocker.id, blocked.id
    )


def seen_by(actor: Actor) -> Viewer:
    """An actor as the gate knows them."""
    return Viewer(actor.id, is_member=actor.is_local)

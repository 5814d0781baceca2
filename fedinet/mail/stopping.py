"""Whether an address may be written to: the one place to stop it, to ask, and to begin again.

Whoever queues a message need not ask: the queue does, before it sends. An
address is known by a keyed hash, so that the list of who wants nothing names nobody.
"""

import hmac
from collections.abc import Iterable
from typing import Final

from fedinet.db.query import Conn, Pool, Tx
from fedinet.mail import stops_store, strikes_store
from fedinet.mail.model import MAY_BE_LEFT, Stop, StopReason, Topic
from fedinet.node.secrets import SecretBox

LEAVING_PAGE: Final = "/unsubscribe"


def address_tag(box: SecretBox, address: str) -> str:
    """The address as the queue and the list of stops know it; letters of both cases are one."""
    return box.lasting_tag(f"mail to {address.strip().lower()}")


async def stop_writing(
    tx: Tx,
    box: SecretBox,
    address: str,
    topic: Topic | None = None,
    *,
    reason: StopReason = StopReason.ASKED,
    said: str = "",
) -> None:
    """Never write to an address of this topic again; None: of nothing but security. Idempotent.

    What waits in the queue is withheld too. ``said``: of a server, without addresses.
    """
    await stops_store.insert_stop(tx, address_tag(box, address), topic, reason, said=said)


async def write_again(tx: Tx, box: SecretBox, address: str, topic: Topic | None = None) -> bool:
    """Take back one stop, as it was given. False: there was none."""
    tag = address_tag(box, address)
    if topic is None:
        await strikes_store.delete_strikes(tx, tag)
    return await stops_store.delete_stop(tx, tag, topic)


async def may_write(conn: Conn | Pool, box: SecretBox, address: str, topic: Topic) -> bool:
    """Tell whether a message of a topic would be sent there now."""
    if topic is Topic.SECURITY:
        return True
    return not await stops_store.is_stopped(conn, address_tag(box, address), topic)


async def who_is_stopped(
    conn: Conn | Pool, box: SecretBox, addresses: Iterable[str], topic: Topic
) -> dict[str, StopReason]:
    """Which of many addresses would get no message of a topic, as they were given, and why."""
    tags = {address: address_tag(box, address) for address in addresses}
    stopped = await stops_store.filter_stopped(conn, list(tags.values()), topic)
    return {address: stopped[tag] for address, tag in tags.items() if tag in stopped}


async def stops_of(conn: Conn | Pool, box: SecretBox, address: str) -> list[Stop]:
    """What is not sent to an address, for who has shown that they read it."""
    return await stops_store.list_stops(conn, address_tag(box, address))


def leaving_path(box: SecretBox, address: str, topic: Topic) -> str:
    """The page where the reader of an address stops a topic, without signing in. Never expires."""
    tag = address_tag(box, address)
    return f"{LEAVING_PAGE}?token={tag}.{topic}.{_proof(box, tag, topic)}"


def read_leaving(box: SecretBox, token: str) -> tuple[str, Topic] | None:
    """Which address (its tag) and topic a link is about; None: not a link of ours."""
    parts = token.split(".")
    if len(parts) != 3 or parts[1] not in MAY_BE_LEFT:
        return None
    tag, topic = parts[0], Topic(parts[1])
    if not hmac.compare_digest(_proof(box, tag, topic).encode(), parts[2].encode()):
        return None
    return tag, topic


def _proof(box: SecretBox, tag: str, topic: Topic) -> str:
    return box.lasting_tag(f"stop {topic} to {tag}")

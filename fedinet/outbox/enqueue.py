"""Promise a delivery, in the caller's transaction. No network, no inboxes yet."""

from base64 import b64encode
from hashlib import sha256

import msgspec

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId, Domain, ObjectUri
from fedinet.outbox.audience import Audience
from fedinet.vocab.activity import Document

OUTGOING_CHANNEL = "fedinet_outgoing"

_INSERT = query(
    "outbox.insert_outgoing",
    f"""
    WITH promised AS (
        INSERT INTO outgoing
            (sender_id, activity_uri, body, digest, followers, recipients, inboxes, direct)
        VALUES ($1, $2, $3, $4, $5, $6::bigint[], $7::text[], $8))
    SELECT pg_notify('{OUTGOING_CHANNEL}', '')
""",  # noqa: S608  # a constant
)

_INSERT_FORWARDED = query(
    "outbox.insert_forwarded",
    f"""
    WITH promised AS (
        INSERT INTO outgoing
            (sender_id, activity_uri, body, digest, followers, recipients, except_host)
        VALUES ($1, $2, $3, $4, true, ARRAY[]::bigint[], $5))
    SELECT pg_notify('{OUTGOING_CHANNEL}', '')
""",  # noqa: S608  # a constant
)


async def enqueue(tx: Tx, sender: ActorId, audience: Audience, activity: Document) -> None:
    """Promise that ``activity`` is delivered if, and only if, ``tx`` commits.

    The body is encoded once, here; the worker resolves ``audience`` to inboxes,
    signs these very bytes and POSTs them (fanout.py, deliver.py).
    """
    body = msgspec.json.encode(activity)
    uri = activity.get("id")
    await tx.execute(
        _INSERT,
        sender,
        uri if isinstance(uri, str) else None,
        body,
        b64encode(sha256(body).digest()).decode(),
        audience.followers,
        list(audience.actors),
        list(audience.inboxes),
        audience.direct,
    )


async def forward(
    tx: Tx, sender: ActorId, body: bytes, *, uri: ObjectUri | None, came_from: Domain
) -> None:
    """Promise that somebody else's activity goes on to the followers of ``sender``, as it came.

    Not a byte changes, so that its proofs and signatures hold. ``came_from`` is
    the host that has it already.
    """
    digest = b64encode(sha256(body).digest()).decode()
    await tx.execute(_INSERT_FORWARDED, sender, uri, body, digest, came_from)

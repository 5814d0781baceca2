"""Promise a delivery, in the caller's transaction. No network, no inboxes yet."""

from base64 import b64encode
from hashlib import sha256

import msgspec

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.outbox.audience import Audience
from fedinet.vocab.activity import Document

OUTGOING_CHANNEL = "fedinet_outgoing"

_INSERT = query(
    "outbox.insert_outgoing",
    """
    INSERT INTO outgoing
        (sender_id, activity_uri, body, digest, followers, recipients, inboxes, direct)
    VALUES ($1, $2, $3, $4, $5, $6::bigint[], $7::text[], $8)
""",
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
    await tx.execute("SELECT pg_notify($1, '')", OUTGOING_CHANNEL)

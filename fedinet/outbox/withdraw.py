"""Taking back what was promised to a host and has not left: of one audience, not its deletes."""

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId, Domain

_SAYS = """position(convert_to($2::text || '"', 'UTF8') IN o.body) > 0
       AND position(convert_to('"type":"Tombstone"', 'UTF8') IN o.body) = 0"""
"""On ``outgoing o``: it is addressed to what ends with ``$2``, and deletes nothing.

Quotation marks in texts are written with a backslash, so that no text can look so.
"""

_DROP_DELIVERIES = query(
    "outbox.withdraw_deliveries",
    f"""
    DELETE FROM deliveries d
     USING outgoing o
     WHERE d.host = $1 AND o.id = d.outgoing_id AND {_SAYS}
""",  # noqa: S608  # constants
)

_LEAVE_OUT = query(
    "outbox.withdraw_recipient",
    f"""
    UPDATE outgoing o
       SET recipients = array_remove(o.recipients, $1::bigint)
     WHERE o.fanned_out_at IS NULL AND $1 = ANY (o.recipients) AND {_SAYS}
""",  # noqa: S608  # constants
)


async def withdraw(tx: Tx, host: Domain, recipient: ActorId, *, addressed_to: str) -> None:
    """Send nothing more to this host, or this actor, that is addressed to a collection.

    ``addressed_to``: how the collection's address ends.

    Deletes still go: what is gone here shall be gone there.
    """
    await tx.execute(_LEAVE_OUT, recipient, addressed_to)
    await tx.execute(_DROP_DELIVERIES, host, addressed_to)

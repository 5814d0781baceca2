"""What rows of ``join_requests`` hold under ``secret.key``. SQL lives here only."""

from typing import Final

from fedinet.db.query import query
from fedinet.node.resealing import SealedColumn

SEALED_KEYS: Final = SealedColumn(
    query(
        "joining.list_sealed_keys",
        "SELECT id, key_sealed FROM join_requests WHERE key_sealed IS NOT NULL",
    ),
    query(
        "joining.reseal_keys",
        """
    UPDATE join_requests t SET key_sealed = n.sealed
      FROM unnest($1::bigint[], $2::bytea[]) AS n (key, sealed)
     WHERE t.id = n.key
""",
    ),
)

SEALED_INVITATIONS: Final = SealedColumn(
    query(
        "joining.list_sealed_invitations",
        "SELECT id, invitation_sealed FROM join_requests WHERE invitation_sealed IS NOT NULL",
    ),
    query(
        "joining.reseal_invitations",
        """
    UPDATE join_requests t SET invitation_sealed = n.sealed
      FROM unnest($1::bigint[], $2::bytea[]) AS n (key, sealed)
     WHERE t.id = n.key
""",
    ),
)

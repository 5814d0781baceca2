"""What rows of ``join_requests`` hold under ``secret.key``. SQL lives here only."""

from typing import Final

from fedinet.node.resealing import sealed_column

SEALED_KEYS: Final = sealed_column("joining", "join_requests", "key_sealed", key="id", of="bigint")

SEALED_INVITATIONS: Final = sealed_column(
    "joining", "join_requests", "invitation_sealed", key="id", of="bigint"
)

"""The row of ``house_imprint``: who answers for the community. SQL of it lives here only."""

from fedinet.charter.law_model import Imprint
from fedinet.db.query import Conn, Pool, Tx, query

_FIND = query(
    "charter.find_imprint",
    """
    SELECT controller, address, email, register_number, host, backups, authority
      FROM house_imprint
""",
)

_WRITE = query(
    "charter.write_imprint",
    """
    INSERT INTO house_imprint
        (controller, address, email, register_number, host, backups, authority)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (only_row) DO UPDATE
       SET controller = excluded.controller, address = excluded.address,
           email = excluded.email, register_number = excluded.register_number,
           host = excluded.host, backups = excluded.backups, authority = excluded.authority
""",
)


async def find_imprint(conn: Conn | Pool) -> Imprint:
    """What is filled in so far; an empty one at first."""
    row = await conn.fetchrow(_FIND)
    return Imprint() if row is None else Imprint(**dict(row))


async def write_imprint(tx: Tx, imprint: Imprint) -> None:
    await tx.execute(
        _WRITE,
        imprint.controller,
        imprint.address,
        imprint.email,
        imprint.register_number,
        imprint.host,
        imprint.backups,
        imprint.authority,
    )

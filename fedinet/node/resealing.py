"""What a table holds under ``secret.key``, sealed anew when there is another key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from fedinet.db.query import Tx, query
from fedinet.node.secrets import SecretBox

_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Of a table. ``read`` gives keys and what is sealed; ``write`` takes both as arrays."""

    read: str
    write: str


def sealed_column(owner: str, table: str, column: str, *, key: str, of: str) -> SealedColumn:
    """Register the statements of one column, for the slice ``owner``, which says so in its store.

    ``key``: the column that tells rows apart; ``of``: its type in PostgreSQL.
    """
    return SealedColumn(
        query(
            f"{owner}.list_{table}_{column}",
            f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL",  # noqa: S608
        ),
        query(
            f"{owner}.reseal_{table}_{column}",
            f"""
    UPDATE {table} t SET {column} = n.sealed
      FROM unnest($1::{of}[], $2::bytea[]) AS n (key, sealed)
     WHERE t.{key} = n.key
""",  # noqa: S608
        ),
    )


async def reseal(tx: Tx, box: SecretBox, column: SealedColumn, row_of: Callable[[Any], str]) -> int:
    """Open and seal what each row holds; ``row_of`` names a row by its key. Returns how many.

    Raises:
        WrongSecretKey: one of them does not open.
    """
    count = 0
    cursor = await tx.cursor(column.read)
    while rows := await cursor.fetch(_AT_ONCE):
        names = [row_of(key) for key, _ in rows]
        anew = [
            box.seal(box.open(sealed, row=name), row=name)
            for name, (_, sealed) in zip(names, rows, strict=True)
        ]
        await tx.execute(column.write, [key for key, _ in rows], anew)
        count += len(rows)
    return count

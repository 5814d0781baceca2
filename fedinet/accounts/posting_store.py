"""What apps post by default, in two columns of ``accounts``. SQL of those lives here only."""

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import AccountId

_UPDATE = query(
    "accounts.update_posting",
    """
    UPDATE accounts
       SET post_language = CASE WHEN $2::text IS NULL THEN post_language ELSE nullif($2, '') END,
           posts_sensitive = coalesce($3::boolean, posts_sensitive)
     WHERE id = $1
""",
)

_FIND = query(
    "accounts.find_posting",
    """
    SELECT coalesce(post_language, language) AS language, posts_sensitive
      FROM accounts
     WHERE id = $1
""",
)


async def update_posting(
    tx: Tx, account_id: AccountId, *, language: str | None, sensitive: bool | None
) -> None:
    """Change the defaults of new posts; None: as it is, "": the language of the pages."""
    await tx.execute(_UPDATE, account_id, language, sensitive)


async def find_posting(conn: Conn, account_id: AccountId) -> tuple[str, bool]:
    """The language of new posts, and whether they are sensitive, where nobody says."""
    row = await conn.fetchrow(_FIND, account_id)
    return ("en", False) if row is None else (row["language"], row["posts_sensitive"])

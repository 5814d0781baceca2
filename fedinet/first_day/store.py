"""How far a community has come, in one statement: reads over what other slices keep."""

from dataclasses import dataclass

from fedinet.db.query import Conn, query
from fedinet.joining.readings_store import STEWARDS
from fedinet.kernel.ids import AccountId, ActorId

_READ = query(
    "first_day.read_beginning",
    f"""
    SELECT (SELECT count(*) FROM (SELECT FROM posts
                                   WHERE author_id = $1
                                   LIMIT $2) AS own) AS posts,
           EXISTS (SELECT FROM totp WHERE account_id = $3 AND confirmed_at IS NOT NULL)
           OR EXISTS (SELECT FROM passkeys WHERE account_id = $3) AS is_safe,
           (SELECT count(*) {STEWARDS}) AS stewards,
           EXISTS (SELECT FROM house_rules WHERE removed_at IS NULL) AS has_rules,
           EXISTS (SELECT FROM house_imprint WHERE controller <> '') AS has_imprint,
           EXISTS (SELECT FROM invited_people)
           OR EXISTS (SELECT FROM invitations WHERE revoked_at IS NULL OR uses > 0) AS has_invited,
           (SELECT mark FROM backup_passphrase) AS kept_mark
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """``posts`` and ``is_safe``: of who looks. ``kept_mark``: of the passphrase that is kept."""

    posts: int
    is_safe: bool
    stewards: int
    has_rules: bool
    has_imprint: bool
    has_invited: bool
    """People of a list, or anybody by a link."""
    kept_mark: str | None


async def read_beginning(
    conn: Conn, actor_id: ActorId, account_id: AccountId, *, most: int
) -> Beginning:
    """Read it for a steward, whose posts are counted up to ``most``."""
    row = await conn.fetchrow(_READ, actor_id, most, account_id)
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return Beginning(**dict(row))

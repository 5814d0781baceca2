"""Who may read the rules: stewards choose once, for the page and for apps. SQL lives here too."""

from enum import StrEnum

from fedinet.db.query import Conn, Tx, query
from fedinet.policy import commands
from fedinet.policy.audit_store import Change, as_json
from fedinet.policy.commands import PUBLISH, Steward

_READ = query("policy.read_shown_to", "SELECT shown_to FROM policy")
_SET = query("policy.set_shown_to", "UPDATE policy SET shown_to = $1")


class ShownTo(StrEnum):
    PAGE = "page"
    """Everybody, one page after the other; no list that machines collect."""
    EVERYBODY = "everybody"
    """That list too."""
    MEMBERS = "members"
    NOBODY = "nobody"

    def on_page(self, *, is_member: bool) -> bool:
        """Tell whether this reader is shown the rules on the page."""
        return self in (ShownTo.PAGE, ShownTo.EVERYBODY) or (self is ShownTo.MEMBERS and is_member)

    def in_lists(self, *, is_member: bool) -> bool:
        """Tell whether this reader's app is given all of them."""
        return self is ShownTo.EVERYBODY or (self is ShownTo.MEMBERS and is_member)


async def read_shown_to(conn: Conn) -> ShownTo:
    return ShownTo(await conn.fetchval(_READ))


async def show_to(tx: Tx, shown_to: ShownTo, *, by: Steward) -> None:
    """Choose who may read the rules. The same again changes nothing."""
    before = await read_shown_to(tx)
    if before is shown_to:
        return
    await tx.execute(_SET, shown_to.value)
    said = Change(
        action=PUBLISH,
        subject=PUBLISH,
        before=as_json(before.value),
        after=as_json(shown_to.value),
    )
    await commands.note(tx, [said], by=by)

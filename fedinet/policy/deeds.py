"""What stewards do that changes no rule, written to the same record as the rules."""

from collections.abc import Mapping

import msgspec

from fedinet.db.query import Tx
from fedinet.policy import store
from fedinet.policy.audit_store import HOUSE, Change, write_down
from fedinet.policy.commands import Steward


async def record_words(
    tx: Tx, page: str, before: Mapping[str, str], after: Mapping[str, str], *, by: Steward
) -> None:
    """Write down that what the community says of itself at ``page`` was written anew, if it was."""
    old, new = (_encoded(words) for words in (before, after))
    if old != new:
        await record_deed(tx, Change(action=HOUSE, subject=page, before=old, after=new), by=by)


async def record_deed(tx: Tx, change: Change, *, by: Steward) -> None:
    """Write down what was done; ``change`` has one of the actions ``OF_NO_RULE``."""
    version = (await store.lock_policy(tx)).version
    await write_down(tx, [change], at=by.now, by=by.name, reason=by.reason, version=version)


def _encoded(words: Mapping[str, str]) -> str | None:
    kept = {name: text for name, text in words.items() if text}
    return msgspec.json.encode(kept).decode() if kept else None

"""What a person reads when stewards chose a reason; and how stewards change the list. Commands."""

import logging
from collections.abc import Mapping

from fedinet.charter.store import find_rules
from fedinet.db.query import Conn, Tx
from fedinet.http.i18n import catalogue
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.moderation import reasons_store
from fedinet.moderation.model import Category
from fedinet.moderation.reasons import (
    BUILT_IN,
    MAX_NAMED_RULES,
    MAX_REASONS,
    OWN_WORDS,
    Because,
    ReasonWords,
    check_words,
    in_use,
    in_words,
)
from fedinet.node.store import get_node

logger = logging.getLogger(__name__)


async def reason_in_words(conn: Conn, because: Because, own: str, *, language: str | None) -> str:
    """Say a reason in the language of who reads it; None: the community's.

    ``own``: what the steward adds, as they wrote it. A reason that is not offered any more still
    has its words.

    Raises:
        NotFound: there is no such reason. Unprocessable: too many rules.
    """
    if because == OWN_WORDS:
        return own
    if len(because.rule_ids) > MAX_NAMED_RULES:
        said = N_("Name at most %(most)d house rules.")
        wrong = f"{len(because.rule_ids)} rules"
        raise Unprocessable(wrong, public=said, values={"most": MAX_NAMED_RULES})
    reader = language or (await get_node(conn)).language
    say = catalogue(reader).gettext
    rules = await find_rules(conn, because.rule_ids)
    text = say(BUILT_IN["rules"].text) if rules else ""
    if because.reason_id is not None:
        found = await reasons_store.find_reason(conn, because.reason_id)
        if found is None:
            raise NotFound(f"no reason {because.reason_id}")
        text = found.read_in(reader, say).text
    return in_words(text, [rule.read_in(reader).text for rule in rules], own)


async def language_of_reason(conn: Conn, because: Because, *, language: str | None) -> str:
    """In which language ``reason_in_words`` says it; ``""``: a steward wrote all of it."""
    if because == OWN_WORDS:
        return ""
    return language or (await get_node(conn)).language


async def add_reason(tx: Tx, category: Category | None, written: Mapping[str, ReasonWords]) -> int:
    """Offer another reason to stewards.

    Raises:
        Invalid: in no language, half written, too long, or one too many.
    """
    _check(written, key=None)
    await reasons_store.lock_reasons(tx)
    known = await reasons_store.list_reasons(tx)
    _check_room(len(in_use(known)))
    reason_id = await reasons_store.insert_reason(tx, category, written)
    logger.info("moderation.reason_added reason=%d", reason_id)
    return reason_id


async def change_reason(
    tx: Tx, reason_id: int, category: Category | None, written: Mapping[str, ReasonWords]
) -> None:
    """Write a reason anew, for whoever is told from now on. Of ours, nothing: as it came.

    Raises:
        NotFound: there is none. Invalid: as for a new one.
    """
    found = await reasons_store.find_reason(tx, reason_id)
    if found is None:
        raise NotFound(f"no reason {reason_id}")
    _check(written, key=found.key)
    await reasons_store.update_reason(tx, reason_id, category, written)
    logger.info("moderation.reason_changed reason=%d", reason_id)


async def retire_reason(tx: Tx, reason_id: int, *, retired: bool) -> None:
    """Offer a reason no more, or again. What was said with it stays as it was said. Idempotent.

    Raises:
        NotFound: there is none. Invalid: too many are in use.
    """
    await reasons_store.lock_reasons(tx)
    others = [one for one in await reasons_store.list_reasons(tx) if one.id != reason_id]
    if not retired:
        _check_room(len(in_use(others)))
    if not await reasons_store.retire(tx, reason_id, retired=retired):
        raise NotFound(f"no reason {reason_id}")
    logger.info("moderation.reason_%s reason=%d", "retired" if retired else "back", reason_id)


def _check(written: Mapping[str, ReasonWords], *, key: str | None) -> None:
    problems = check_words(written, key=key)
    if problems:
        raise Invalid(*problems)


def _check_room(others: int) -> None:
    if others >= MAX_REASONS:
        said = N_("%(most)d reasons are the most. Put one away first.")
        raise Invalid(Problem("name_en", said, {"most": MAX_REASONS}))

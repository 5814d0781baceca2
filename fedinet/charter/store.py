"""Rows of ``house_rules`` and ``house_texts``. SQL that writes them lives here only."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

import asyncpg
import msgspec

from fedinet.charter.model import MAX_RULES, Kind, Rule, RuleWords, Text, TextWords
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId

_COLUMNS: Final = "id, text, hint, translations"

_LOCK = query(
    "charter.lock_house", "SELECT pg_advisory_xact_lock(hashtextextended('house rules', 0))"
)

_LIST = query(
    "charter.list_rules",
    f"""
    SELECT {_COLUMNS}
      FROM house_rules
     WHERE removed_at IS NULL
     ORDER BY position, id
     LIMIT {MAX_RULES}
""",
)

_LIST_AND = query(
    "charter.list_rules_and",
    f"""
    SELECT {_COLUMNS}, removed_at IS NULL AS is_in_force
      FROM house_rules
     WHERE removed_at IS NULL OR id = ANY($1)
     ORDER BY position, id
""",
)

_FIND = query(
    "charter.find_rules",
    f"SELECT {_COLUMNS} FROM house_rules WHERE id = ANY($1) ORDER BY position, id",
)

_INSERT = query(
    "charter.insert_rule",
    """
    INSERT INTO house_rules (position, text, hint, translations)
    VALUES ((SELECT coalesce(max(position), 0) + 1 FROM house_rules), $1, $2, $3::jsonb)
    RETURNING id
""",
)

_UPDATE = query(
    "charter.update_rule",
    """
    UPDATE house_rules SET text = $2, hint = $3, translations = $4::jsonb
     WHERE id = $1 AND removed_at IS NULL
    RETURNING id
""",
)

_REMOVE = query(
    "charter.remove_rule",
    "UPDATE house_rules SET removed_at = now() WHERE id = $1 AND removed_at IS NULL",
)

_ORDER = query(
    "charter.order_rules",
    """
    UPDATE house_rules SET position = wanted.position
      FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, position)
     WHERE house_rules.id = wanted.id
""",
)

_TEXT: Final = """
    SELECT t.kind, t.effective_on, t.source, t.html, t.written_at, t.translations,
           (SELECT min(n.effective_on) FROM house_texts n
             WHERE n.kind = t.kind AND n.effective_on > t.effective_on) AS succeeded_on
      FROM house_texts t
     WHERE t.kind = $1 AND t.effective_on """

_TEXT_ON = query("charter.find_text", _TEXT + "<= $2 ORDER BY t.effective_on DESC LIMIT 1")
_TEXTS_ON = query(
    "charter.list_texts",
    f"""
    SELECT DISTINCT ON (one.kind) one.*
      FROM ({_TEXT.replace("= $1 AND t.effective_on", "= ANY($1::text[]) AND t.effective_on <= $2")}
           ) AS one
     ORDER BY one.kind, one.effective_on DESC
""",
)
_TEXT_FROM = query("charter.find_text_from", _TEXT + "= $2")

_WRITE = query(
    "charter.write_text",
    """
    INSERT INTO house_texts (kind, effective_on, source, html, written_by, translations)
    VALUES ($1, $2, $3, $4, $5, $6::jsonb)
    ON CONFLICT (kind, effective_on) DO UPDATE
       SET source = excluded.source, html = excluded.html, written_at = now(),
           written_by = excluded.written_by, translations = excluded.translations
""",
)


async def lock_house(tx: Tx) -> None:
    """Let changes of rules and texts queue: who is second sees what the first has saved, and the
    number and order of rules are of all of them together.
    """
    await tx.execute(_LOCK)


async def list_rules(conn: Conn | Pool) -> list[Rule]:
    """List the rules in force, in their order; at most ``MAX_RULES``."""
    return [_rule(row) for row in await conn.fetch(_LIST)]


async def find_rules(conn: Conn | Pool, ids: Collection[int]) -> list[Rule]:
    """Read rules by number, those that were taken back too, in the order of all."""
    return [_rule(row) for row in await conn.fetch(_FIND, list(ids))] if ids else []


async def list_rules_and(conn: Conn | Pool, ids: Collection[int]) -> tuple[list[Rule], list[Rule]]:
    """The rules in force, and those of these numbers, which may have been taken back."""
    rows = await conn.fetch(_LIST_AND, list(ids))
    in_force = [_rule(row) for row in rows if row["is_in_force"]]
    return in_force, [_rule(row) for row in rows if row["id"] in ids]


async def insert_rule(tx: Tx, words: RuleWords, translations: Mapping[str, RuleWords]) -> int:
    """Add a rule after all others."""
    return int(await tx.fetchval(_INSERT, words.text, words.hint, _encoded(translations)))


async def update_rule(
    tx: Tx, rule_id: int, words: RuleWords, translations: Mapping[str, RuleWords]
) -> bool:
    """Change the words of a rule. False: there is none in force."""
    encoded = _encoded(translations)
    return await tx.fetchval(_UPDATE, rule_id, words.text, words.hint, encoded) is not None


async def remove_rule(tx: Tx, rule_id: int) -> None:
    await tx.execute(_REMOVE, rule_id)


async def order_rules(tx: Tx, ids: Sequence[int]) -> None:
    """Put the rules into this order."""
    await tx.execute(_ORDER, list(ids))


async def find_text(conn: Conn | Pool, kind: Kind, *, on: date) -> Text | None:
    """Read the text that holds on a day; None where there is none, or it was taken back."""
    return _text(await conn.fetchrow(_TEXT_ON, kind, on))


async def list_texts(conn: Conn | Pool, *kinds: Kind, on: date) -> dict[Kind, Text | None]:
    """The same for several kinds at once; each of them is in the answer."""
    found = map(_text, await conn.fetch(_TEXTS_ON, list(kinds), on))
    texts = {text.kind: text for text in found if text is not None}
    return {kind: texts.get(kind) for kind in kinds}


async def find_text_from(conn: Conn | Pool, kind: Kind, effective_on: date) -> Text | None:
    """Read the very text that holds from a day on."""
    return _text(await conn.fetchrow(_TEXT_FROM, kind, effective_on))


async def write_text(
    tx: Tx,
    kind: Kind,
    words: TextWords,
    translations: Mapping[str, TextWords],
    *,
    effective_on: date,
    by: AccountId,
) -> None:
    """Write what holds from a day on; the same day again replaces it."""
    encoded = msgspec.json.encode(dict(translations)).decode()
    await tx.execute(_WRITE, kind, effective_on, words.source, words.html, by, encoded)


def _encoded(translations: Mapping[str, RuleWords]) -> str:
    return msgspec.json.encode(translations).decode()


def _rule(row: asyncpg.Record) -> Rule:
    return Rule(
        id=row["id"],
        words=RuleWords(row["text"], row["hint"]),
        translations=msgspec.json.decode(row["translations"], type=dict[str, RuleWords]),
    )


def _text(row: asyncpg.Record | None) -> Text | None:
    if row is None or not row["source"]:
        return None
    return Text(
        kind=Kind(row["kind"]),
        effective_on=row["effective_on"],
        source=row["source"],
        html=row["html"],
        written_at=row["written_at"],
        succeeded_on=row["succeeded_on"],
        translations=msgspec.json.decode(row["translations"], type=dict[str, TextWords]),
    )

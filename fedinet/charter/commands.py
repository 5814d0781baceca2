"""What owner and admins do: write, change, order and take back rules; write the texts."""

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType

from fedinet.charter import contact_store, store
from fedinet.charter.law_model import Paper
from fedinet.charter.model import (
    MAX_RULES,
    MAX_TEXT,
    Kind,
    RuleWords,
    TextWords,
    check_rule,
    moved,
    render,
)
from fedinet.charter.publishing import publish, publish_rules
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.mail.model import check_email

logger = logging.getLogger(__name__)


_NO_OTHERS: Mapping[str, str] = MappingProxyType({})


async def add_rule(tx: Tx, words: RuleWords, translations: Mapping[str, RuleWords]) -> int:
    """Add a rule after all others.

    Raises:
        Invalid: without words, too long, or one too many.
    """
    _check(words, translations)
    await store.lock_house(tx)
    if len(await store.list_rules(tx)) >= MAX_RULES:
        raise Invalid(
            Problem("text", N_("%(most)d rules are the most. Nobody reads more."), _MOST_RULES)
        )
    rule_id = await store.insert_rule(tx, words, _written(translations))
    await publish_rules(tx, today=_today())
    logger.info("charter.rule_added rule=%d", rule_id)
    return rule_id


async def change_rule(
    tx: Tx, rule_id: int, words: RuleWords, translations: Mapping[str, RuleWords]
) -> None:
    """Write a rule anew; it stays the same rule for reports that name it.

    Raises:
        Invalid: without words, or too long. NotFound: no such rule in force.
    """
    _check(words, translations)
    if not await store.update_rule(tx, rule_id, words, _written(translations)):
        raise NotFound(f"no rule {rule_id}")
    await publish_rules(tx, today=_today())
    logger.info("charter.rule_changed rule=%d", rule_id)


async def move_rule(tx: Tx, rule_id: int, *, up: bool) -> None:
    """Move a rule a place up or down. At the end, or gone, nothing happens."""
    await store.lock_house(tx)
    order = [rule.id for rule in await store.list_rules(tx)]
    await store.order_rules(tx, moved(order, rule_id, up=up))
    await publish_rules(tx, today=_today())


async def remove_rule(tx: Tx, rule_id: int) -> None:
    """Take a rule back. Idempotent."""
    await store.remove_rule(tx, rule_id)
    await publish_rules(tx, today=_today())
    logger.info("charter.rule_removed rule=%d", rule_id)


async def write_text(
    tx: Tx,
    kind: Kind,
    source: str,
    *,
    others: Mapping[str, str] = _NO_OTHERS,
    effective_on: date,
    today: date,
    by: AccountId,
) -> None:
    """Write a text in Markdown; empty takes it back. What held before today stays on record.

    ``others``: the same in other languages; what is empty there is read in the community's.

    Raises:
        Invalid: too long, or in force before it was written.
    """
    for field, typed in (
        ("source", source),
        *((f"source_{code}", text) for code, text in others.items()),
    ):
        if len(typed) > MAX_TEXT:
            most = {"most": MAX_TEXT}
            raise Invalid(Problem(field, N_("This has more than %(most)d characters."), most))
    if not today <= effective_on <= today.replace(year=today.year + 2, day=1):
        raise Invalid(Problem("from", N_("Please choose today or a later day.")))
    words = TextWords(source, render(source))
    translated = {
        code: TextWords(text, render(text)) for code, text in others.items() if text and source
    }
    await store.write_text(tx, kind, words, translated, effective_on=effective_on, by=by)
    if kind is Kind.TERMS:
        html = {"": words.html, **{code: other.html for code, other in translated.items()}}
        await publish(tx, Paper.TERMS, html, in_force_on=effective_on, today=today)
    logger.info("charter.text_written kind=%s from=%s by=%d", kind, effective_on, by)


async def write_contact(tx: Tx, email: str, steward: str) -> None:
    """Say whom to write to. ``steward``: the number of their account; both may be empty.

    Raises:
        Invalid: no address, or nobody with a role here.
    """
    stewards = {
        str(one.account_id): one.account_id for one in await contact_store.list_stewards(tx)
    }
    problems = check_email(email) if email else []
    if steward and steward not in stewards:
        problems.append(Problem("steward", N_("Please choose one of these.")))
    if problems:
        raise Invalid(*problems)
    await contact_store.write_contact(tx, email, stewards.get(steward))
    logger.info("charter.contact_written")


def _today() -> date:
    return datetime.now(UTC).date()


def _check(words: RuleWords, translations: Mapping[str, RuleWords]) -> None:
    problems = check_rule(words)
    for language, other in translations.items():
        problems += check_rule(other, language=language)
    if problems:
        raise Invalid(*problems)


def _written(translations: Mapping[str, RuleWords]) -> dict[str, RuleWords]:
    return {language: words for language, words in translations.items() if words.text}


_MOST_RULES = {"most": MAX_RULES}

"""What is published gets a number and a day, and members accept it. Commands.

What changes more than once on a day is one version, unless somebody accepted it meanwhile.
"""

import logging
from collections.abc import Mapping
from datetime import date

from fedinet.charter import imprint_store, store, versions_store
from fedinet.charter.law_model import AGREED, Imprint, Paper, check_imprint, rules_html
from fedinet.db.query import Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import Invalid

logger = logging.getLogger(__name__)


async def publish(
    tx: Tx, paper: Paper, html: Mapping[str, str], *, in_force_on: date, today: date
) -> None:
    """Make this the last version, where it says anything new. ``html``: by language, with ""."""
    await versions_store.lock(tx)
    last = (await versions_store.list_latest(tx)).get(paper)
    if last is not None and dict(last.html) == dict(html) and last.in_force_on <= in_force_on:
        return
    number = 1 if last is None else last.number + 1
    if (
        last is not None
        and last.published_at.date() == today
        and not last.asks
        and not await versions_store.is_accepted(tx, last)
    ):
        number = last.number
    await versions_store.write_version(tx, paper, number, html, in_force_on)
    logger.info("charter.published paper=%s number=%d", paper, number)


async def publish_rules(tx: Tx, *, today: date) -> None:
    """Publish the rules as they stand now."""
    html = rules_html(await store.list_rules(tx))
    await publish(tx, Paper.RULES, html, in_force_on=today, today=today)


async def write_imprint(tx: Tx, imprint: Imprint) -> None:
    """Say who answers for the community. The desk stops asking when it is whole.

    Raises:
        Invalid: no address, or too long.
    """
    problems = check_imprint(imprint)
    if problems:
        raise Invalid(*problems)
    await imprint_store.write_imprint(tx, imprint)
    if imprint.is_finished:
        await settle_matter(tx, MatterKind.IMPRINT, "imprint")
    logger.info("charter.imprint_written missing=%d", len(imprint.missing))


async def ask_members(tx: Tx, paper: Paper, number: int) -> None:
    """Ask every member to accept a version; who joined with it is not asked.

    Raises:
        NotFound: no such version, or nothing that is agreed to.
    """
    if paper not in AGREED or not await versions_store.ask_to_accept(tx, paper, number):
        raise NotFound(f"no version {number} of {paper} to accept")
    logger.info("charter.asked paper=%s number=%d", paper, number)


async def accept_all(tx: Tx, account_id: AccountId) -> None:
    """Note that somebody joins, and agrees to the terms and rules as they are then."""
    latest = await versions_store.list_latest(tx)
    agreed = [(paper, latest[paper].number) for paper in AGREED if paper in latest]
    await versions_store.accept(tx, account_id, agreed)

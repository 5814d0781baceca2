"""Visitors report what they see here: no account, few a day, and a link by which they come back."""

import logging
from dataclasses import dataclass
from typing import Final

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.kernel.errors import TooManyRequests
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.mail.model import check_email
from fedinet.moderation import reports_store, visitors_store
from fedinet.moderation.model import Category, check_comment
from fedinet.moderation.reported_store import hand_over
from fedinet.moderation.reporting import tell_of_report
from fedinet.moderation.reports_store import NewReport
from fedinet.posts.model import Post

logger = logging.getLogger(__name__)

MAX_NAME: Final = 80
MAX_OPEN_OF_VISITORS: Final = 200
"""Of all visitors together: whoever sends more is heard when stewards have settled some."""
_LATER_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a visitor typed. ``name`` and ``email`` may be empty."""

    category: Category
    comment: str
    name: str
    email: str
    language: str


async def report_as_visitor(
    tx: Tx, target: Actor, post: Post | None, visit: Visit, *, key: str
) -> None:
    """Store a report by somebody without an account; one with this key is there once.

    ``key``: of their link.

    Raises:
        Invalid: an address that is none, or a long name. Unprocessable: a bad comment.
        TooManyRequests: too many of visitors are open.
    """
    name, email = " ".join(visit.name.split()), visit.email.strip()
    problems = check_email(email) if email else []
    if len(name) > MAX_NAME or not name.isprintable():
        wrong = N_("This has more than %(most)d characters.")
        problems.append(Problem("name", wrong, {"most": MAX_NAME}))
    if problems:
        raise Invalid(*problems)
    comment = check_comment(visit.comment)
    await visitors_store.lock(tx)
    if await visitors_store.find(tx, key) is not None:
        return
    if await visitors_store.count_open(tx, most=MAX_OPEN_OF_VISITORS) >= MAX_OPEN_OF_VISITORS:
        raise TooManyRequests("too many reports of visitors", retry_after_s=_LATER_S)
    new = NewReport(
        reporter_id=None,
        target_id=target.id,
        uri="",
        category=visit.category,
        comment=comment,
        post_ids=() if post is None else (post.id,),
    )
    report_id = await reports_store.insert_report(tx, new)
    await hand_over(tx, report_id, [] if post is None else [post])
    await visitors_store.insert(tx, report_id, key, name=name, email=email, language=visit.language)
    await tell_of_report(tx, report_id, by=None, target=target)
    logger.info("moderation.visitor_report report=%d", report_id)

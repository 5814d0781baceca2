"""A member reports somebody: to the stewards here, and to the server of who is reported.

Stewards are told, and settle it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor_by_uri, get_actor
from fedinet.charter import store as charter
from fedinet.db.query import Conn, Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_stewards
from fedinet.kernel.errors import NotFound, TooManyRequests, Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.names import NodeUris, new_activity_uri
from fedinet.kernel.problems import N_
from fedinet.moderation import activities, reporters_store, reports_store
from fedinet.moderation.acts_store import NewAct, insert_act
from fedinet.moderation.answering import answer_visitor
from fedinet.moderation.model import (
    MAX_AN_HOUR,
    MAX_OPEN_OF_ONE,
    MAX_POSTS,
    MAX_TOGETHER,
    Category,
    Report,
    check_comment,
    check_note,
    graver,
    more_said,
)
from fedinet.moderation.reported_store import hand_over
from fedinet.moderation.reports_store import NewReport
from fedinet.moderation.rights import Act, Acting, check_is_other
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.posts.reach import as_viewer
from fedinet.posts.store import list_visible

_LATER_S: Final = 3600
_TOO_MANY_AN_HOUR: Final = N_(
    "You have reported %(most)d people within an hour, and the stewards have it all."
    " Report the others later. What you know more about somebody whom you reported"
    " already can be sent at once: it is added to that report."
)
_TOO_MANY_OPEN: Final = N_(
    "%(most)d of your reports are still open: the stewards have to settle some of them before you"
    " can make another. What you know more about somebody whom you reported already can be sent"
    " at once: it is added to that report."
)


async def tell_of_report(tx: Tx, report_id: int, *, by: ActorId | None, target: Actor) -> None:
    """Put an open report on the stewards' desk."""
    await tell_stewards(
        tx,
        MatterKind.REPORT,
        str(report_id),
        name=target.display_name,
        href=f"/admin/reports/{report_id}",
        by=by,
        about=target.id,
    )


async def report(
    tx: Tx,
    uris: NodeUris,
    reporter: Actor,
    target: Actor,
    *,
    post_ids: Sequence[PostId],
    comment: str,
    category: Category,
    forward: bool,
    rule_ids: Sequence[int] = (),
) -> Report:
    """Store a report; with ``forward`` the node tells the other server, and not by whom.

    Only posts of the target count, and of these what the reporter may see: the stewards read
    them from now on, and what they say now.
    ``rule_ids``: house rules; only those in force count, and whoever names one
    says that it is about them. What is said of the same person again is added to the
    report that is open.

    Raises:
        Unprocessable: of oneself, or too long.
        TooManyRequests: a new one, and too many of theirs are open or were made within an hour.
    """
    if target.id == reporter.id:
        raise Unprocessable("report of oneself", public=N_("You cannot report yourself"))
    await reporters_store.lock_reporter(tx, reporter.id)
    visible = await list_visible(tx, as_viewer(reporter), post_ids[:MAX_POSTS])
    posts = [post for _, post in sorted(visible.items()) if post.author_id == target.id]
    about = tuple(post.id for post in posts)
    node = await find_actor_by_uri(tx, uris.node_actor)
    goes_out = forward and not target.is_local and node is not None
    uri = new_activity_uri(uris.node_actor) if goes_out else ""
    broken = await _in_force(tx, rule_ids)
    new = NewReport(
        reporter_id=reporter.id,
        target_id=target.id,
        uri=uri,
        category="violation" if broken else category,
        comment=check_comment(comment),
        post_ids=about,
        forwarded=goes_out,
        rule_ids=broken,
    )
    report_id, is_news = await _keep(tx, new, reporter)
    await hand_over(tx, report_id, posts)
    if is_news:
        await tell_of_report(tx, report_id, by=reporter.id, target=target)
    if is_news and goes_out and node is not None:
        named = await reports_store.list_uris(tx, about, target.id)
        told = activities.flag(node.uri, target.uri, named, uri=uri, comment=new.comment)
        await enqueue(tx, node.id, Audience(actors=(target.id,), direct=True), told)
    return await get_report(tx, report_id)


async def _keep(tx: Tx, new: NewReport, reporter: Actor) -> tuple[int, bool]:
    """Store a report, or add it to the one that is open; and whether it says anything new."""
    known = await reporters_store.find_open(tx, reporter.id, new.target_id)
    if known is not None:
        report_id, said, category = known
        whole = replace(
            new,
            comment=more_said(said, new.comment),
            category=graver(category, new.category),
        )
        return report_id, await reporters_store.extend(tx, report_id, whole)
    most = MAX_OPEN_OF_ONE
    if await reporters_store.count_open_of(tx, reporter.id, most=most) >= most:
        said = _TOO_MANY_OPEN
    elif await reporters_store.count_lately(tx, reporter.id) >= MAX_AN_HOUR:
        said, most = _TOO_MANY_AN_HOUR, MAX_AN_HOUR
    else:
        return await reports_store.insert_report(tx, new), True
    raise TooManyRequests(
        f"{reporter.username} reports without end",
        retry_after_s=_LATER_S,
        public=said,
        values={"most": most},
    )


async def _in_force(tx: Tx, rule_ids: Sequence[int]) -> tuple[int, ...]:
    if not rule_ids:
        return ()
    return tuple(sorted({rule.id for rule in await charter.list_rules(tx)} & set(rule_ids)))


async def settle_report(
    tx: Tx,
    report_id: int,
    *,
    settled: bool,
    by: Acting,
    now: datetime,
    note: str = "",
    answer: str = "",
    of: ActorId | None = None,
) -> None:
    """Mark a report as settled, or open it again; a note joins those that stand there. Idempotent.

    A visitor who made it reads ``answer``, and their name and address are forgotten.
    ``of``: something is done about them, which is on the record; otherwise this itself is.

    Raises:
        NotFound: there is no such report, or it is not of whom ``of`` names.
        Unprocessable: it is about who would do that; or the answer is too long.
    """
    made = await get_report(tx, report_id)
    if of is not None and made.target_id != of:
        raise NotFound(f"report {report_id} is not of {of}")
    check_is_other(by, made.target_id)
    was_open = await reports_store.lock(tx, report_id)
    await reports_store.resolve(tx, report_id, resolved=settled, by=by.actor_id)
    if note and by.actor_id is not None:
        await reports_store.add_note(tx, report_id, by.actor_id, note)
    if settled == was_open and of is None:
        done = NewAct(Act.SETTLE if settled else Act.REOPEN, reason=note, report_id=report_id)
        await insert_act(tx, made.target_id, done, by=by)
    if settled:
        await _take_off_the_desk(tx, report_id, answer, now=now)
        return
    target = await get_actor(tx, made.target_id)
    await tell_of_report(tx, report_id, by=by.actor_id, target=target)


async def settle_together(
    tx: Tx,
    report_ids: Sequence[int],
    *,
    by: Acting,
    now: datetime,
    note: str = "",
    answer: str = "",
    of: ActorId,
) -> None:
    """Settle those of these reports about one person that are still open, by one decision.

    One line of the record names them all, with ``note``; visitors among those who made them
    read ``answer``.

    Raises:
        NotFound: one is not about ``of``.
        Unprocessable: they are about who would settle them; or the answer is too long.
    """
    check_is_other(by, of)
    settled: list[int] = []
    for report_id in sorted(set(report_ids))[:MAX_TOGETHER]:
        if not await reports_store.lock(tx, report_id):
            continue
        if (await get_report(tx, report_id)).target_id != of:
            raise NotFound(f"report {report_id} is not of {of}")
        await reports_store.resolve(tx, report_id, resolved=True, by=by.actor_id)
        if note and by.actor_id is not None:
            await reports_store.add_note(tx, report_id, by.actor_id, note)
        await _take_off_the_desk(tx, report_id, answer, now=now)
        settled.append(report_id)
    if settled:
        first, *others = settled
        named = ", ".join(map(str, others))
        done = NewAct(Act.SETTLE, detail=named, reason=note, report_id=first)
        await insert_act(tx, of, done, by=by)


async def _take_off_the_desk(tx: Tx, report_id: int, answer: str, *, now: datetime) -> None:
    await settle_matter(tx, MatterKind.REPORT, str(report_id))
    await answer_visitor(tx, report_id, answer, by_reported=False, now=now)


async def answer_alone(tx: Tx, report_id: int, answer: str, *, by: Acting, now: datetime) -> None:
    """Let the only steward, about whom a visitor's report is, say what they did of what it asks.

    It stays open, for a second steward to settle.

    Raises:
        NotFound: there is no such report. Unprocessable: it is about somebody else, or need not
            be read by them; or the answer is empty, or too long.
    """
    made = await get_report(tx, report_id)
    if not made.must_be_read or made.target_id != by.actor_id:
        said = N_("Somebody else does that: ask another steward")
        raise Unprocessable(f"{by.name} answers report {report_id}", public=said)
    if not answer.strip():
        raise Unprocessable("empty answer", public=N_("Write something first"))
    await reports_store.lock(tx, report_id)
    await answer_visitor(tx, report_id, answer, by_reported=True, now=now)


async def assign_report(tx: Tx, report_id: int, to: ActorId | None, *, by: Acting) -> None:
    """Say which steward works on it; None: nobody.

    Raises:
        NotFound: there is no such report. Unprocessable: it is about who would say so.
    """
    check_is_other(by, (await get_report(tx, report_id)).target_id)
    if not await reports_store.assign(tx, report_id, to):
        raise NotFound(f"no report {report_id}")


async def change_subject(
    tx: Tx,
    report_id: int,
    *,
    by: Acting,
    category: Category | None,
    rule_ids: Sequence[int] | None,
) -> None:
    """Say that it is about something else, or other rules, of those in force; None: as it was.

    Raises:
        NotFound: there is no such report.
        Unprocessable: it is about who would change it: its kind says who reads its words.
    """
    check_is_other(by, (await get_report(tx, report_id)).target_id)
    rules = None if rule_ids is None else await _in_force(tx, rule_ids)
    if not await reports_store.set_subject(tx, report_id, category, rules):
        raise NotFound(f"no report {report_id}")


async def note_report(tx: Tx, report_id: int, *, by: ActorId, note: str) -> None:
    """Leave a note for the other stewards.

    Raises:
        NotFound: there is no such report. Unprocessable: too long, or empty.
    """
    text = check_note(note)
    if not text:
        raise Unprocessable("empty note", public=N_("Write something first"))
    await get_report(tx, report_id)
    await reports_store.lock(tx, report_id)
    await reports_store.add_note(tx, report_id, by, text)


async def get_report(conn: Conn, report_id: int) -> Report:
    """Read one report.

    Raises:
        NotFound: there is none.
    """
    found = await reports_store.find_report(conn, report_id)
    if found is None:
        raise NotFound(f"no report {report_id}")
    return found

"""Members ask for a second look; another steward keeps, softens or takes back. Commands."""

import logging
from datetime import datetime
from typing import Final

from fedinet.accounts.model import Role
from fedinet.accounts.notices import tell_member
from fedinet.accounts.standing_store import list_accounts, lock_owners
from fedinet.accounts.store import find_account_of
from fedinet.actors.store import get_actor
from fedinet.db.query import Conn, Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_once, tell_stewards
from fedinet.kernel.errors import FedinetError, NotFound, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_
from fedinet.mail.model import MailKind
from fedinet.moderation import looks_store
from fedinet.moderation.commands import act_on
from fedinet.moderation.looks import (
    BY_LOOK,
    LATE_AFTER,
    LIFTS,
    Outcome,
    Reviewed,
    check_may_answer,
    check_may_ask,
    check_words,
    subjects,
)
from fedinet.moderation.model import check_reason
from fedinet.moderation.rights import Act, Acting, check_may_act

logger = logging.getLogger(__name__)

_MOST_ACCOUNTS: Final = 1000


async def ask_to_look(tx: Tx, member_id: ActorId, act_id: int, raw: str, *, now: datetime) -> None:
    """Ask once that a steward looks again at what was done about oneself. The same twice is once.

    Raises:
        NotFound: no such act of theirs, or none that takes something.
        Unprocessable: asked before, over, too late, no words, or too many.
    """
    words = check_words(raw)
    reviewed = await get_reviewed(tx, act_id, of=member_id)
    if reviewed.look is not None and reviewed.look.words == words:
        return
    check_may_ask(reviewed, now=now)
    if not await looks_store.insert_look(tx, act_id, words):
        check_may_ask(await get_reviewed(tx, act_id, of=member_id), now=now)
    member = await get_actor(tx, member_id)
    await tell_stewards(
        tx,
        MatterKind.LOOK,
        str(act_id),
        name=f"@{member.username}",
        href=f"/admin/looks/{act_id}",
        by=member_id,
    )
    logger.info("moderation.look_asked act=%d", act_id)


async def answer_look(
    tx: Tx, act_id: int, word: str, raw: str, *, by: Acting, now: datetime
) -> None:
    """Say what comes of a second look: ``keep``, ``undo``, or the softer act that takes its place.

    Each is an act on the record, with ``raw`` as its reason; the member is told of it.

    Raises:
        NotFound: nobody asked about such an act.
        Forbidden: another steward has to, or their role is too high for ``by``.
        Unprocessable: answered before, no reason, no such answer, or about oneself.
    """
    reviewed = await get_asked(tx, act_id)
    answer, done = check_reason(raw), reviewed.done
    await lock_owners(tx)  # first, as in every act: who lifts it meanwhile closes this look, too
    if not await looks_store.lock_open(tx, act_id):
        said = N_("This was answered meanwhile.")
        raise Unprocessable(f"look {act_id} is answered", public=said)
    await check_may_look(tx, reviewed, by)
    if not answer:
        raise Unprocessable("no reason", public=N_("Say why: the member reads it."))
    chosen = dict(reviewed.choices).get(word)
    if chosen is None:
        said = N_("Choose what is to be done")
        raise Unprocessable(f"no answer {word[:40]!r}", public=said)
    outcome = {"keep": Outcome.KEPT, "undo": Outcome.UNDONE}.get(word, Outcome.SOFTENED)
    await close(tx, act_id, outcome, answer, by=by)
    steps = [chosen] if outcome is not Outcome.SOFTENED else [LIFTS[done.act], chosen]
    for step in steps:
        await act_on(
            tx,
            done.target_id,
            step,
            by=by,
            now=now,
            reason=answer,
            detail=BY_LOOK,
            report_id=done.report_id,
            by_mail=step is Act.UNSUSPEND and outcome is Outcome.UNDONE,
        )
    account = await find_account_of(tx, done.target_id)
    if account is not None:
        kind = MailKind.LOOK_KEPT if outcome is Outcome.KEPT else MailKind.LOOK_CHANGED
        await tell_member(tx, account.id, kind, now=now, facts={"reason": answer})


async def close(tx: Tx, act_id: int, outcome: Outcome, answer: str, *, by: Acting) -> None:
    """Write down what came of a second look, and take it off the desk."""
    await looks_store.close_look(tx, act_id, outcome, answer, by=by)
    await settle_matter(tx, MatterKind.LOOK, *subjects(act_id))
    logger.info("moderation.look_%s act=%d by=%s", outcome, act_id, by.name)


async def check_may_look(conn: Conn, reviewed: Reviewed, by: Acting) -> None:
    """Refuse whoever may not answer this second look.

    Raises:
        Forbidden: their role, or another steward has to. Unprocessable: about oneself.
    """
    of = reviewed.done.target_id
    accounts = await list_accounts(conn, limit=_MOST_ACCOUNTS)
    roles: dict[ActorId, Role] = {one.actor_id: one.role for one in accounts}
    role = roles.get(of, "member")
    check_may_act(by, of, role)
    able: list[ActorId] = []
    for one in accounts:
        if one.role == "member" or one.is_frozen or one.is_suspended:
            continue
        other = Acting(name=one.username, actor_id=one.actor_id, role=one.role)
        try:
            check_may_act(other, of, role)
        except FedinetError:
            continue
        able.append(one.actor_id)
    check_may_answer(by, reviewed.done, able)


async def get_asked(conn: Conn, act_id: int) -> Reviewed:
    """Read an act that somebody asked about.

    Raises:
        NotFound: there is none.
    """
    found = (await looks_store.review(conn, [act_id])).get(act_id)
    if found is None or found.look is None:
        raise NotFound(f"no look {act_id}")
    return found


async def get_reviewed(conn: Conn, act_id: int, *, of: ActorId) -> Reviewed:
    """Read an act of one member.

    Raises:
        NotFound: there is none.
    """
    found = (await looks_store.review(conn, [act_id])).get(act_id)
    if found is None or found.done.target_id != of:
        raise NotFound(f"no act {act_id} of {of}")
    return found


async def remind_of_looks(tx: Tx, *, now: datetime) -> None:
    """Tell stewards once more of what waits for a week; what nobody waits for leaves the desk."""
    waiting = await looks_store.list_waiting(tx, late_before=now - LATE_AFTER)
    wanted = {
        subjects(act_id)[is_late]: (f"@{username}", f"/admin/looks/{act_id}")
        for act_id, username, is_late in waiting
    }
    await tell_once(tx, MatterKind.LOOK, wanted)

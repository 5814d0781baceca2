"""What stewards do about people, here and elsewhere. Reversible but for posts taken away.

Each act is written down with its reason, and a member is told of it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from fedinet.accounts.commands import tell_followers
from fedinet.accounts.model import Role
from fedinet.accounts.notices import tell_member
from fedinet.accounts.sign_out import sign_out_everywhere
from fedinet.accounts.standing_store import (
    Standing,
    lock_owners,
    lock_standing,
    set_frozen,
    set_role,
)
from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor, set_limited, set_suspended
from fedinet.db.query import Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.kernel.problems import N_
from fedinet.mail.model import MailKind
from fedinet.moderation import looks, looks_store
from fedinet.moderation.acts_store import NewAct, insert_act
from fedinet.moderation.model import check_reason
from fedinet.moderation.reasoning import language_of_reason, reason_in_words
from fedinet.moderation.reasons import OWN_WORDS, Because
from fedinet.moderation.rights import (
    OF_MEMBERS,
    Act,
    Acting,
    check_may_act,
    check_may_give,
    check_owner_remains,
)
from fedinet.moderation.signals import MemberActedOn
from fedinet.queue.signals import announce

logger = logging.getLogger(__name__)

_Change: TypeAlias = Callable[[Tx, Actor, Standing | None, datetime], Awaitable[None]]


async def act_on(
    tx: Tx,
    target_id: ActorId,
    act: Act,
    *,
    by: Acting,
    now: datetime,
    reason: str = "",
    because: Because = OWN_WORDS,
    detail: str = "",
    said: str = "",
    report_id: int | None = None,
    by_mail: bool = True,
) -> Actor:
    """Do something to somebody, a member or a person elsewhere; what is so already stays so.

    Of who is suspended the gate hides everything. A member's sessions, tokens and what rings
    for them end, and followers elsewhere are told; somebody elsewhere can only take things
    back (``actor_suspended``), nothing is delivered to them, and their follows stay, frozen.
    ``because`` is a reason of those that stewards choose from: the member reads it in their own
    language, before ``reason``, which is what the steward adds.
    ``said``: what is taken away. ``by_mail``: a member is told there too, if they have confirmed
    an address.

    Raises:
        NotFound: nobody, or no such reason. Forbidden: the target's role is too high for ``by``.
        Unprocessable: oneself, the last owner, not for people elsewhere, or a bad reason.
    """
    reason = check_reason(reason)
    target, standing, owners = await _lock(tx, target_id, act, by)
    if standing is not None:
        check_owner_remains(owners, standing.account_id, act, standing.role)
    language = None if standing is None else standing.language
    reason = await reason_in_words(tx, because, reason, language=language)
    if act is Act.WARN and not reason:
        raise Unprocessable("warning without words", public=N_("Say what it is about"))
    if target.is_local and _is_so(act, target, standing):
        return target
    if act in _CHANGES:
        await _CHANGES[act](tx, target, standing, now)
    done = NewAct(
        act,
        detail=detail,
        reason=reason,
        reason_id=because.reason_id,
        reason_language=await language_of_reason(tx, because, language=language),
        report_id=report_id,
        said=said,
    )
    await _write_down(tx, target, done, by=by)
    await _close_looks(tx, target, done, by=by)
    if by_mail and standing is not None and act in _MAILS:
        facts = {"reason": reason}
        await tell_member(tx, standing.account_id, _MAILS[act], now=now, facts=facts)
    return await get_actor(tx, target.id)


async def give_role(
    tx: Tx, target_id: ActorId, role: Role, *, by: Acting, reason: str = ""
) -> Actor:
    """Give a member another role. The last owner who can act stays owner. Idempotent.

    Raises:
        NotFound: nobody. Forbidden: the target's role, or the new one, is too high for ``by``.
        Unprocessable: oneself, the last owner, nobody with an account, or a bad reason.
    """
    reason = check_reason(reason)
    target, standing, owners = await _lock(tx, target_id, Act.ROLE, by)
    check_may_give(by, role)
    if standing is None or standing.role == role:
        return target
    check_owner_remains(owners, standing.account_id, Act.ROLE, role)
    await set_role(tx, standing.account_id, role)
    await _write_down(tx, target, NewAct(Act.ROLE, detail=role, reason=reason), by=by)
    return target


async def _lock(
    tx: Tx, target_id: ActorId, act: Act, by: Acting
) -> tuple[Actor, Standing | None, frozenset[AccountId]]:
    """Who is acted on, their account (None: of another server), and the owners who can act.

    Nobody else acts on them until ``tx`` ends. The owners come first in every transaction, so
    that two of them never wait for each other.
    """
    owners = await lock_owners(tx)
    if by.role == "owner" and by.account_id is not None and by.account_id not in owners:
        raise Forbidden(f"{by.name} is no acting owner any more")
    standing = await lock_standing(tx, target_id)
    target = await get_actor(tx, target_id)
    check_may_act(by, target_id, "member" if standing is None else standing.role)
    if target.is_gone:
        raise Unprocessable(f"{target.uri} is gone", public=N_("This person has left"))
    if target.is_local and standing is None:
        raise Unprocessable(f"{target.uri} is no person", public=N_("Nobody acts on this account"))
    if act in OF_MEMBERS and standing is None:
        said = N_("This can only be done to members of this community")
        raise Unprocessable(f"{act} of {target.uri}", public=said)
    return target, standing, owners


def _is_so(act: Act, target: Actor, standing: Standing | None) -> bool:
    """Tell whether there is nothing left to be done."""
    is_frozen = standing is not None and standing.is_frozen
    return {
        Act.SUSPEND: target.is_suspended,
        Act.UNSUSPEND: not target.is_suspended,
        Act.LIMIT: target.is_limited,
        Act.UNLIMIT: not target.is_limited,
        Act.FREEZE: is_frozen,
        Act.UNFREEZE: not is_frozen,
    }.get(act, False)


async def _suspend(tx: Tx, target: Actor, standing: Standing | None, now: datetime) -> None:
    await set_suspended(tx, target.id, suspended=True)
    if standing is not None:
        await sign_out_everywhere(tx, standing.account_id)
        await tell_followers(tx, await get_actor(tx, target.id), now)


async def _unsuspend(tx: Tx, target: Actor, standing: Standing | None, now: datetime) -> None:
    await set_suspended(tx, target.id, suspended=False)
    if standing is not None:
        await tell_followers(tx, await get_actor(tx, target.id), now)


async def _limit(tx: Tx, target: Actor, _standing: Standing | None, _now: datetime) -> None:
    await set_limited(tx, target.id, limited=True)


async def _unlimit(tx: Tx, target: Actor, _standing: Standing | None, _now: datetime) -> None:
    await set_limited(tx, target.id, limited=False)


async def _freeze(tx: Tx, _target: Actor, standing: Standing | None, _now: datetime) -> None:
    if standing is not None:
        await set_frozen(tx, standing.account_id, frozen=True)


async def _unfreeze(tx: Tx, _target: Actor, standing: Standing | None, _now: datetime) -> None:
    if standing is not None:
        await set_frozen(tx, standing.account_id, frozen=False)


_CHANGES: Final[Mapping[Act, _Change]] = {
    Act.SUSPEND: _suspend,
    Act.UNSUSPEND: _unsuspend,
    Act.LIMIT: _limit,
    Act.UNLIMIT: _unlimit,
    Act.FREEZE: _freeze,
    Act.UNFREEZE: _unfreeze,
}

_MAILS: Final[Mapping[Act, MailKind]] = {
    Act.WARN: MailKind.WARNED,
    Act.REMOVE: MailKind.POST_REMOVED,
    Act.LIMIT: MailKind.LIMITED,
    Act.FREEZE: MailKind.FROZEN,
    Act.SUSPEND: MailKind.SUSPENDED,
    Act.UNSUSPEND: MailKind.UNSUSPENDED,
}
"""What cannot wait until they look: what was taken, and that they may come back."""


async def note_help(tx: Tx, target: Actor, act: Act, *, by: Acting) -> None:
    """Write down that a steward helped a member in, and tell them; ``act``: one of ``HELPING``."""
    await _write_down(tx, target, NewAct(act, reason=""), by=by)


async def _write_down(tx: Tx, target: Actor, done: NewAct, *, by: Acting) -> None:
    act_id = await insert_act(tx, target.id, done, by=by)
    logger.info("moderation.%s actor=%s by=%s", done.act, target.uri, by.name)
    if target.is_local:
        await announce(tx, MemberActedOn(act_id))


async def _close_looks(tx: Tx, target: Actor, done: NewAct, *, by: Acting) -> None:
    """Whoever asked to look again at what is taken back now has their answer."""
    if done.act not in looks.LIFTED:
        return
    for act_id in await looks_store.list_open_of(tx, target.id, looks.LIFTED[done.act]):
        await looks_store.close_look(tx, act_id, looks.Outcome.UNDONE, done.reason, by=by)
        await settle_matter(tx, MatterKind.LOOK, *looks.subjects(act_id))

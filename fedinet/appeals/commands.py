"""Asking the stewards to look again, and what they answer. Never the network."""

from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.appeals import store
from fedinet.appeals.model import (
    MAX_ANSWERS,
    MAX_OPEN,
    MAX_OPEN_OF_MEMBER,
    MAX_UNVERIFIED,
    Appeal,
    State,
    check_contact,
    check_words,
)
from fedinet.appeals.signals import AppealAnswered
from fedinet.appeals.store import NewAppeal
from fedinet.db.query import Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_stewards
from fedinet.kernel.errors import NotFound, TooManyRequests, Unprocessable
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.problems import N_
from fedinet.policy.model import Decision, Rule
from fedinet.queue.signals import announce

_DAY_S: Final = 86_400


def deciding_rule(decision: Decision) -> str:
    """The key of the rule that an appeal is about; ``""``: the mode alone."""
    if isinstance(decision.decided_by, Rule):
        return decision.decided_by.key
    return decision.matched[0].key if decision.matched else ""


async def appeal_of_member(
    tx: Tx, member: Actor, domain: Domain, words: str, *, rule_key: str
) -> int:
    """A member asks to look again at what holds for a server. One open at a time for each.

    Raises:
        Unprocessable: no words, or too many.
        TooManyRequests: too many of theirs are open.
    """
    said = check_words(words)
    await store.lock_of(tx, str(member.id))
    mine = [one for one in await store.list_of_member(tx, member.id) if one.is_open]
    same = next((one for one in mine if one.domain == domain), None)
    if same is not None:
        return same.id if same.words == said else await _say_more(tx, same, said)
    if len(mine) >= MAX_OPEN_OF_MEMBER:
        raise TooManyRequests(f"{len(mine)} open of {member.username}", retry_after_s=_DAY_S)
    new = NewAppeal(domain=domain, rule_key=rule_key, words=said, member_id=member.id)
    return await _open(tx, new, name=f"@{member.username}", by=member.id)


async def appeal_of_server(
    tx: Tx,
    domain: Domain,
    words: str,
    *,
    rule_key: str,
    now: datetime,
    signer_uri: str = "",
    contact: str = "",
) -> int:
    """Somebody of another server asks. ``signer_uri``: its actor that proved it.

    Signed, it is one appeal for each server: what comes again is added. Unsigned,
    only the same click is one, and a few are taken.

    Raises:
        Unprocessable: no words, or too many.
        TooManyRequests: enough is open of that server, or of all.
    """
    said, reach = check_words(words), check_contact(contact)
    await store.lock_of(tx, "elsewhere")
    theirs = await store.list_open_of_server(tx, domain)
    alike = [one for one in theirs if one.is_verified == bool(signer_uri)]
    same = next((one for one in alike if signer_uri or one.is_sent_twice(said, reach, now)), None)
    if same is not None:
        return same.id if same.words == said else await _say_more(tx, same, said)
    if len(alike) >= MAX_UNVERIFIED:
        raise TooManyRequests(f"{len(alike)} open of {domain}", retry_after_s=_DAY_S)
    is_signed = bool(signer_uri)
    if await store.count_open_elsewhere(tx, is_signed=is_signed, most=MAX_OPEN) >= MAX_OPEN:
        raise TooManyRequests(f"{MAX_OPEN} open", retry_after_s=_DAY_S)
    new = NewAppeal(
        domain=domain, rule_key=rule_key, words=said, signer_uri=signer_uri, contact=reach
    )
    return await _open(tx, new, name=domain)


async def add_words(tx: Tx, appeal_id: int, words: str) -> None:
    """Who appeals says more, while it is open. The same words twice are said once.

    Raises:
        NotFound, Unprocessable: it is not there, settled, or long enough.
    """
    appeal = await _locked(tx, appeal_id)
    if not appeal.is_open:
        raise Unprocessable(f"appeal {appeal_id} is settled", public=N_("This is settled"))
    await _say_more(tx, appeal, check_words(words))


async def answer(
    tx: Tx, appeal_id: int, words: str, *, by: ActorId, settle: State | None = None
) -> None:
    """A steward writes to who appeals, and settles it with ``settle``. Twice is once.

    Raises:
        NotFound: there is no such appeal.
        Unprocessable: it is settled, no words, or too many.
    """
    appeal = await _locked(tx, appeal_id)
    if not appeal.is_open:
        if settle is appeal.state:
            return
        raise Unprocessable(f"appeal {appeal_id} is settled", public=N_("This is settled"))
    await store.insert_answer(tx, appeal_id, check_words(words), steward=by)
    if settle is not None:
        await store.settle(tx, appeal_id, settle, by=by)
        await settle_matter(tx, MatterKind.APPEAL, str(appeal_id))
    await announce(tx, AppealAnswered(appeal_id))


async def _open(tx: Tx, new: NewAppeal, *, name: str, by: ActorId | None = None) -> int:
    appeal_id = await store.insert_appeal(tx, new)
    await _tell(tx, appeal_id, name, by)
    return appeal_id


async def _say_more(tx: Tx, appeal: Appeal, words: str) -> int:
    said = await store.list_answers(tx, appeal.id)
    if len(said) >= MAX_ANSWERS:
        raise Unprocessable(
            f"{len(said)} answers", public=N_("Enough was said. Please wait for an answer")
        )
    if not any(one.words == words and not one.by_steward for one in said):
        await store.insert_answer(tx, appeal.id, words, steward=None)
        await _tell(tx, appeal.id, appeal.domain, appeal.member_id)
    return appeal.id


async def _tell(tx: Tx, appeal_id: int, name: str, by: ActorId | None) -> None:
    href = f"/admin/appeals/{appeal_id}"
    await tell_stewards(tx, MatterKind.APPEAL, str(appeal_id), name=name, href=href, by=by)


async def _locked(tx: Tx, appeal_id: int) -> Appeal:
    appeal = await store.lock_appeal(tx, appeal_id)
    if appeal is None:
        raise NotFound(f"no appeal {appeal_id}")
    return appeal

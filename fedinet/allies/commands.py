"""What stewards do about allied communities: name one, end it, take its rules. Never the network.

Each is written into the policy's record of changes; what the other side must
be asked or told is a job (``jobs.py``).
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec

from fedinet.actors.keys import find_node_actor
from fedinet.allies import activities, entrances_store, people_store, store
from fedinet.allies.model import CHECKED_EVERY, Ally, EndedBy, Standing, ended, named
from fedinet.db.query import Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_stewards, was_settled_lately
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.names import NodeUris, new_activity_uri
from fedinet.kernel.problems import N_
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.outbox.withdraw import withdraw
from fedinet.policy.audit_store import Change
from fedinet.policy.commands import ALLY, Steward, note
from fedinet.queue.jobs import enqueue_job

DESK: Final = "/admin/policy/allies"
CHECK_ALLY: Final = "allies.check"
"""Job with ``{"domain": …}``: look at the other node, tell it what it must hear."""


async def propose(tx: Tx, uris: NodeUris, domain: Domain, *, by: Steward) -> Ally:
    """Name another community, ask it to name us, and say yes where it has asked.

    Where we name it already, the word is renewed, and a new key of its node accepted.

    Raises:
        Unprocessable: it is this community itself, or too many are named.
    """
    if domain == uris.origin.domain:
        raise Unprocessable("an alliance with ourselves", public=N_("This is this community"))
    ally = await store.lock_ally(tx, domain)
    if (ally is None or ally.our_until is None) and not await store.may_name_more(tx):
        raise Unprocessable("too many allies", public=N_("Too many communities are named already"))
    before = ally or Ally(domain=domain, origin=f"{uris.origin.scheme}://{domain}")
    after = named(before, new_activity_uri(uris.node_actor), by.now)
    action = "renew" if before.we_name_them(by.now) else "name"
    await _write(tx, before, after, action, by=by)
    await check_soon(tx, domain, key=after.our_uri + str(after.our_since))
    return after


async def end(tx: Tx, uris: NodeUris, domain: Domain, *, by: Steward) -> Ally:
    """Take our word back, or say no to theirs: it is over for both at once.

    Raises:
        NotFound: nothing was said between us and them.
    """
    before = await store.lock_ally(tx, domain)
    if before is None or before.standing(by.now) in (Standing.UNKNOWN, Standing.ENDED):
        raise NotFound(f"no word with {domain}", public=N_("This is no allied community"))
    await _tell(tx, uris, before)
    after = ended(before, EndedBy.US, by.now)
    await _write(tx, before, after, "end", by=by)
    await _let_go(tx, before)
    return after


async def take_rules(tx: Tx, domain: Domain, *, takes: bool, by: Steward) -> Ally:
    """Say whether the rules that they share become drafts here.

    Raises:
        NotFound: they are no ally.
    """
    before = await store.lock_ally(tx, domain)
    if before is None or not before.is_allied(by.now):
        raise NotFound(f"no ally {domain}", public=N_("This is no allied community"))
    after = replace(before, takes_rules=takes)
    if after != before:
        await _write(tx, before, after, "rules", by=by)
        await check_soon(tx, domain, key=f"rules {by.now}")
    return after


async def ended_by_them(tx: Tx, before: Ally, now: datetime) -> None:
    """Write down that the other side took its word back, or said no."""
    after = ended(before, EndedBy.THEM, now)
    if _is_hearsay(before, after):
        await _tell_ours(tx, after, now)
    else:
        await _write(tx, before, after, "end", by=Steward(name=before.domain, now=now))
    if _is_hearsay(before, after):
        await store.forget_ally(tx, before.domain)
    await _let_go(tx, before)


async def write_seen(tx: Tx, before: Ally, after: Ally, now: datetime) -> None:
    """Store what a look at the other node brought; the record has it where the standing changed."""
    was, is_now = before.standing(now), after.standing(now)
    if was is is_now or _is_hearsay(before, after):
        await _tell_ours(tx, after, now)
        await store.save_ally(tx, after, check_after=now + CHECKED_EVERY)
        return
    by = Steward(name=before.domain, now=now)
    action = "end" if is_now is Standing.ENDED else is_now.value
    await _write(tx, before, after, action, by=by)
    if is_now is Standing.ENDED:
        await _let_go(tx, before)


async def check_soon(tx: Tx, domain: Domain, *, key: str, due_at: datetime | None = None) -> None:
    """Promise to look at the other node. The same ``key`` twice is one look."""
    unique = f"{domain} {key}"[:400]
    await enqueue_job(tx, CHECK_ALLY, {"domain": domain}, unique_key=unique, due_at=due_at)


def _is_hearsay(before: Ally, after: Ally) -> bool:
    """Tell whether it is all their word: nothing holds by it, and they can say it without end.

    So it is not written into the record of changes, which only grows.
    """
    return not any(one.our_until or one.allied_at for one in (before, after))


async def _let_go(tx: Tx, ally: Ally) -> None:
    """What an alliance brought ends with it: nothing more goes there, nobody is listed."""
    await people_store.forget_people(tx, ally.domain)
    await entrances_store.forget_entrance(tx, ally.domain)
    if ally.node_id is not None:
        await withdraw(tx, ally.domain, ally.node_id, addressed_to=activities.COLLECTION)


async def _tell(tx: Tx, uris: NodeUris, ally: Ally) -> None:
    """Promise them our farewell, where they have heard of our word or asked for it."""
    node = await find_node_actor(tx, uris)
    if node is None or ally.node_id is None or not (ally.told or ally.their_offer):
        return
    audience = Audience(actors=(ally.node_id,), direct=True)
    await enqueue(tx, node.id, audience, activities.farewell(uris, ally))


async def _tell_ours(tx: Tx, ally: Ally, now: datetime) -> None:
    """Put it on the stewards' desk while they are asked, or should go on; else take it off."""
    asks = ally.standing(now) is Standing.ASKED
    if asks and await was_settled_lately(tx, MatterKind.ALLY, ally.domain):
        return  # asked, taken back and asked again: told once a day
    if asks or ally.ends_soon(now) or ally.new_key:
        await tell_stewards(tx, MatterKind.ALLY, ally.domain, name=ally.domain, href=DESK)
    else:
        await settle_matter(tx, MatterKind.ALLY, ally.domain)


async def _write(tx: Tx, before: Ally, after: Ally, action: str, *, by: Steward) -> None:
    await _tell_ours(tx, after, by.now)
    await store.save_ally(tx, after, check_after=by.now + CHECKED_EVERY)
    change = Change(
        action=ALLY + action,
        subject=f"ally {after.domain}",
        domains=(after.domain,),
        before=_shown(before, by.now),
        after=_shown(after, by.now),
    )
    await note(tx, [change], by=by)


def _shown(ally: Ally, now: datetime) -> str:
    """How it stands, as the record of changes keeps it."""
    shown = {
        "standing": ally.standing(now),
        "ours_until": ally.our_until,
        "theirs_until": ally.their_until,
        "key": ally.node_key,
        "new_key": ally.new_key,
        "takes_rules": ally.takes_rules,
    }
    return msgspec.json.encode(shown).decode()

"""What other servers report to us: Flag. Stored for the stewards; nothing happens by itself.

Source: facts of Mastodon 4.2-4.7, C8. The reporter is mostly a server's own actor.
"""

from typing import Final

from fedinet.actors.store import get_actor
from fedinet.db.query import Tx
from fedinet.inbox.dispatch import ANYTHING, UNKNOWN_OBJECT, HandlerTable, Inbound
from fedinet.kernel.ids import ActorId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.kernel.uris import origin_of
from fedinet.markup.sanitise import plain_text
from fedinet.moderation import reporters_store, reports_store
from fedinet.moderation.model import (
    MAX_NAMED,
    MAX_OPEN_OF_ONE,
    MAX_OPEN_OF_OWNER,
    MAX_RECEIVED_COMMENT,
    MAX_TARGETS,
)
from fedinet.moderation.reported_store import hand_over_from
from fedinet.moderation.reporting import tell_of_report
from fedinet.moderation.reports_store import NewReport, Reported
from fedinet.net.domains import registrable
from fedinet.policy.model import Effect
from fedinet.vocab.activity import text_of, uris_of
from fedinet.vocab.values import web_url

handlers = HandlerTable()

_MAX_UNKNOWN: Final = 20


@handlers.on("Flag", ANYTHING)
async def receive_flag(tx: Tx, inbound: Inbound) -> Outcome:
    """Keep what is about members or their posts, one report for each member.

    Addresses that are nothing of ours are kept as they are, a few of them: they
    may be the other half of a quarrel.
    """
    if Effect.REJECT_REPORTS in inbound.effects:
        return Dropped("policy")
    document = inbound.activity.document
    named = [uri for uri in uris_of(document.get("object"))[:MAX_NAMED] if web_url(uri)]
    found = await reports_store.find_ours(tx, named)
    if not found:
        return UNKNOWN_OBJECT
    known = {one.uri for one in found}
    unknown = tuple(uri for uri in named if uri not in known)[:_MAX_UNKNOWN]
    if await _has_said_enough(tx, inbound):
        return Dropped("too_many_reports")
    comment = plain_text(text_of(document, "content")[: MAX_RECEIVED_COMMENT * 4])
    kept = 0
    for target_id in _targets(found):
        uri = inbound.activity.id or ""
        if await reports_store.has_report(tx, inbound.actor_id, target_id, uri):
            continue
        new = NewReport(
            reporter_id=inbound.actor_id,
            target_id=target_id,
            uri=uri,
            category="other",
            comment=comment[:MAX_RECEIVED_COMMENT],
            post_ids=tuple(
                one.post_id for one in found if one.post_id and one.actor_id == target_id
            ),
            unknown=unknown,
        )
        report_id = await reports_store.insert_report(tx, new)
        await hand_over_from(tx, report_id, new, origin_of(inbound.activity.actor))
        target = await get_actor(tx, target_id)
        await tell_of_report(tx, report_id, by=inbound.actor_id, target=target)
        kept += 1
    return Applied() if kept else Dropped("already_known")


async def _has_said_enough(tx: Tx, inbound: Inbound) -> bool:
    """Tell whether so much of the reporter, or of all at their domain, waits for the stewards."""
    most = MAX_OPEN_OF_ONE
    if await reporters_store.count_open_of(tx, inbound.actor_id, most=most) >= most:
        return True
    owner, most = registrable(origin_of(inbound.activity.actor).domain), MAX_OPEN_OF_OWNER
    return await reporters_store.count_open_of_owner(tx, owner, most=most) >= most


def _targets(found: list[Reported]) -> list[ActorId]:
    return list(dict.fromkeys(one.actor_id for one in found))[:MAX_TARGETS]

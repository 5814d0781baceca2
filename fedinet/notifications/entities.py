"""Notifications as apps know them.

Source: https://docs.joinmastodon.org/entities/Notification/
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.store import find_actors, get_actor
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn
from fedinet.desk.store import find_matters
from fedinet.follows.cuts_store import find_cuts
from fedinet.http.json import timestamp
from fedinet.kernel.ids import ActorId, PostId
from fedinet.moderation.acts_store import find_acts
from fedinet.moderation.entities import report_entity, warning_entity
from fedinet.moderation.model import as_read_by
from fedinet.moderation.reports_store import find_reports
from fedinet.notifications import store
from fedinet.notifications.model import Kind, Notification
from fedinet.notifications.wanted import WORDS
from fedinet.posts.store import list_visible
from fedinet.reactions.statuses import render_posts


async def find_entity(
    request: web.Request,
    conn: Conn,
    owner: Viewer,
    notification_id: int,
    *,
    filtered: bool = False,
) -> dict[str, object] | None:
    """Encode one of the owner's own; None where apps have no word for it, or it shows nothing.

    ``filtered``: even if the owner's policy keeps it back.
    """
    told = await store.find_notification(conn, owner, notification_id, filtered=filtered)
    if told is None or told.kind not in WORDS:
        return None
    entities = await render_notifications(request, conn, owner, [told])
    return entities[0] if entities else None


async def render_notifications(
    request: web.Request, conn: Conn, owner: Viewer, told: Sequence[Notification]
) -> list[dict[str, object]]:
    """Notification entities; one whose post was deleted meanwhile is left out."""
    parts = await gather_parts(request, conn, owner, told, [one.actor_id for one in told])
    return [
        _entity(one, parts.accounts[one.actor_id])
        | ({} if one.post_id is None else {"status": parts.statuses[one.post_id]})
        | parts.more(one)
        for one in told
        if parts.has(one)
    ]


@dataclass(frozen=True, slots=True)
class Parts:
    """What notifications name, rendered: accounts and statuses by id, the rest by notification."""

    accounts: Mapping[ActorId, msgspec.Raw]
    statuses: Mapping[PostId, msgspec.Raw]
    reports: Mapping[int, dict[str, object]]
    events: Mapping[int, dict[str, object]]
    warnings: Mapping[int, dict[str, object]]

    def has(self, one: Notification) -> bool:
        """Tell whether all that it names is (still) there."""
        return (
            one.actor_id in self.accounts
            and (one.post_id is None or one.post_id in self.statuses)
            and (one.kind is not Kind.REPORT or one.id in self.reports)
            and (one.kind is not Kind.SEVERED or one.id in self.events)
            and (one.kind is not Kind.MODERATED or one.id in self.warnings)
        )

    def more(self, one: Notification) -> dict[str, object]:
        """The fields that only some types have."""
        match one.kind:
            case Kind.REPORT:
                return {"report": self.reports[one.id]}
            case Kind.SEVERED:
                return {"event": self.events[one.id]}
            case Kind.MODERATED:
                return {"moderation_warning": self.warnings[one.id]}
            case _:
                return {}


async def gather_parts(
    request: web.Request,
    conn: Conn,
    owner: Viewer,
    told: Sequence[Notification],
    actor_ids: Iterable[ActorId],
) -> Parts:
    post_ids = [one.post_id for one in told if one.post_id is not None]
    posts = await list_visible(conn, owner, post_ids) if post_ids else {}
    statuses: dict[PostId, msgspec.Raw] = {}
    if posts:
        rendered = await render_posts(request, conn, owner, posts.values())
        statuses = dict(zip(posts, rendered, strict=True))
    actors = await find_actors(conn, actor_ids)
    return Parts(
        accounts=await request.app[ACCOUNTS].render(conn, owner.actor_id, actors.values()),
        statuses=statuses,
        reports=await _reports(request, conn, owner, told),
        events=await _events(conn, told),
        warnings=await _warnings(request, conn, owner, told),
    )


async def _warnings(
    request: web.Request, conn: Conn, owner: Viewer, told: Sequence[Notification]
) -> dict[int, dict[str, object]]:
    """What stewards did to the account of who reads, by notification."""
    about = {o.id: o.about_id for o in told if o.kind is Kind.MODERATED and o.about_id is not None}
    if not about or owner.actor_id is None:
        return {}
    acts = await find_acts(conn, about.values())
    me = await get_actor(conn, owner.actor_id)
    account = await request.app[ACCOUNTS].render_one(conn, owner.actor_id, me)
    return {
        number: warning_entity(acts[act_id], account)
        for number, act_id in about.items()
        if act_id in acts
    }


async def _events(conn: Conn, told: Sequence[Notification]) -> dict[int, dict[str, object]]:
    """What rules did to follows, by notification.

    Source: https://docs.joinmastodon.org/entities/RelationshipSeveranceEvent/
    """
    about = {o.id: o.about_id for o in told if o.kind is Kind.SEVERED and o.about_id is not None}
    if not about:
        return {}
    cuts = await find_cuts(conn, about.values())
    return {
        number: {
            "id": str(cut.id),
            "type": "domain_block",
            "purged": False,
            "target_name": cut.domain,
            "followers_count": cut.followers,
            "following_count": cut.following,
            "created_at": timestamp(cut.at),
        }
        for number, cut_id in about.items()
        if (cut := cuts.get(cut_id)) is not None
    }


async def _reports(
    request: web.Request, conn: Conn, owner: Viewer, told: Sequence[Notification]
) -> dict[int, dict[str, object]]:
    """The reports that stewards are told of, by notification."""
    about = {
        one.id: one.about_id for one in told if one.kind is Kind.REPORT and one.about_id is not None
    }
    if not about:
        return {}
    matters = await find_matters(conn, about.values())
    found = await find_reports(conn, [int(matter.subject) for matter in matters.values()])
    named = {report.target_id for report in found.values()}
    people = await find_actors(
        conn, named | {report.reporter_id for report in found.values() if report.reporter_id}
    )
    targets = [people[one.target_id] for one in found.values() if one.target_id in people]
    accounts = await request.app[ACCOUNTS].render(conn, owner.actor_id, targets)
    entities: dict[int, dict[str, object]] = {}
    for told_id, matter_id in about.items():
        report = found.get(int(matters[matter_id].subject)) if matter_id in matters else None
        if report is not None and report.target_id in accounts:
            reporter = None if report.reporter_id is None else people.get(report.reporter_id)
            shown = as_read_by(report, owner.actor_id, reporter)
            if report.target_id == owner.actor_id:
                shown = replace(shown, post_ids=())  # a letter says who reported it
            entities[told_id] = report_entity(shown, accounts[report.target_id])
    return entities


def _entity(told: Notification, account: msgspec.Raw) -> dict[str, object]:
    filtered = {"filtered": True} if told.is_filtered else {}
    return {
        **filtered,
        "id": str(told.id),
        "type": WORDS[told.kind],
        "created_at": timestamp(told.created_at),
        "group_key": told.key,
        "account": account,
    }

"""Scheduled posts for the page where members write: what ``posts.later`` asks for."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from fedinet.actors.store import get_actor
from fedinet.db.query import Conn, Pool, Tx
from fedinet.http.auth import Member
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import Invalid, Problem
from fedinet.posts import commands as posts
from fedinet.posts.commands import Mentioned
from fedinet.posts.later import Waiting, WaitsOtherwise
from fedinet.posts.later_form import DATE, TIME
from fedinet.posts.model import Draft
from fedinet.scheduled import commands, store
from fedinet.scheduled.model import NoRoom, ScheduledPost, check_due, is_the_day, mark_of

PATH = "/scheduled"


class WritingLater:
    """``posts.later.Later``."""

    async def find(self, conn: Conn | Pool, owner_id: ActorId, scheduled_id: int) -> Waiting | None:
        one = await store.find(conn, scheduled_id)
        return None if one is None or one.actor_id != owner_id else _waiting(one)

    async def find_form(self, conn: Conn | Pool, owner_id: ActorId, form: str) -> Waiting | None:
        one = await store.find_by_key(conn, owner_id, form)
        return None if one is None else _waiting(one)

    def problem(self, due_at: datetime, now: datetime, zone: ZoneInfo) -> Problem | None:
        try:
            check_due(due_at, now)
        except Unprocessable as error:
            return Problem.told_by(error, DATE if is_the_day(due_at, now, zone) else TIME)
        return None

    async def keep(
        self,
        tx: Tx,
        uris: NodeUris,
        writer: Member,
        draft: Draft,
        due_at: datetime,
        *,
        mentioned: Mentioned,
        now: datetime,
        once: str | None,
        instead: Waiting | None,
    ) -> str:
        author = await get_actor(tx, writer.actor_id)
        earlier = None if once is None else await store.find_by_key(tx, writer.actor_id, once)
        if earlier is not None and (instead is None or instead.id != earlier.id):
            weighed = await posts.weigh(tx, uris, author, draft, mentioned=mentioned)
            if (earlier.draft, earlier.due_at) != (weighed.draft, due_at):
                raise WaitsOtherwise
            return shown_at(earlier)
        try:
            if instead is None:
                one = await commands.schedule(
                    tx, uris, author, draft, due_at, mentioned=mentioned, now=now, key=once
                )
            else:
                one = await commands.rewrite(
                    tx,
                    uris,
                    author,
                    instead.id,
                    draft=draft,
                    due_at=due_at,
                    seen=instead.mark,
                    mentioned=mentioned,
                    now=now,
                )
        except NoRoom as error:
            raise Invalid(Problem.told_by(error, DATE)) from error
        return shown_at(one)

    async def take(self, tx: Tx, writer: Member, instead: Waiting) -> Collection[str]:
        return await commands.take(tx, writer.actor_id, instead.id, seen=instead.mark)


def shown_at(one: ScheduledPost) -> str:
    """Where its writer sees that it waits."""
    return f"{PATH}?kept={one.id}#s{one.id}"


def _waiting(one: ScheduledPost) -> Waiting:
    return Waiting(
        id=one.id,
        draft=one.draft,
        due_at=one.due_at,
        is_due=not one.has_failed,
        mark=mark_of(one),
    )

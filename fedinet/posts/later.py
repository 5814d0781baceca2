"""What the page for writing needs of those who keep posts until they are due.

They stand above posts (``fedinet/scheduled``); the application gives them to the page.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from fedinet.db.query import Conn, Pool, Tx
from fedinet.http.auth import Member
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import N_, Problem
from fedinet.posts.commands import Mentioned
from fedinet.posts.model import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A post that is published later, as it was when its writer opened it."""

    id: int
    draft: Draft
    due_at: datetime
    is_due: bool
    """It still will be published by itself; False: that failed, and its writer was told."""
    mark: str
    """Another one once anything of it has changed."""


class NotWaiting(Unprocessable):
    """What somebody writes anew was published meanwhile, or taken back."""

    status = 409

    def __init__(self, scheduled_id: int) -> None:
        super().__init__(
            f"scheduled post {scheduled_id} does not wait",
            public=N_(
                "This post does not wait any more: it was published meanwhile, or taken back. "
                "Publish it to make a new post of what stands here"
            ),
        )


class ChangedMeanwhile(Unprocessable):
    """It was written anew elsewhere, in another window or by an app."""

    status = 409
    sentence = N_(
        "This post was changed elsewhere while you were writing. "
        "Send it again to put yours in its place"
    )

    def __init__(self, scheduled_id: int) -> None:
        super().__init__(f"scheduled post {scheduled_id} was changed", public=self.sentence)
        self.scheduled_id = scheduled_id


class WaitsOtherwise(Exception):  # no fault: the same form, with other words
    """The same form was kept for later before, and said something else."""


class Later(Protocol):
    """Who keeps posts until they are due."""

    async def find(self, conn: Conn | Pool, owner_id: ActorId, scheduled_id: int) -> Waiting | None:
        """None: it is not there, or somebody else's."""
        ...

    async def find_form(self, conn: Conn | Pool, owner_id: ActorId, form: str) -> Waiting | None:
        """What waits of the form with this key."""
        ...

    def problem(self, due_at: datetime, now: datetime, zone: ZoneInfo) -> Problem | None:
        """Why a post cannot be kept until then, at the field that is to be changed."""
        ...

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
        """Keep a draft, in place of another one where there is one. Returns where it is shown.

        Raises:
            NotWaiting, ChangedMeanwhile: about ``instead``.
            WaitsOtherwise: about ``once``.
            Unprocessable, Forbidden, NotFound: it cannot be published, or not then.
        """
        ...

    async def take(self, tx: Tx, writer: Member, instead: Waiting) -> Collection[str]:
        """Let it wait no more, since it is published now. Returns the keys to remember the post by.

        Raises:
            NotWaiting, ChangedMeanwhile: nothing to publish, or something else.
        """
        ...


LATER: web.AppKey[Later] = web.AppKey("later")
